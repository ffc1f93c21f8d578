//! 拒绝留痕: whoever tries what is not theirs leaves a leaf, so that a curious colleague is seen. Many refusals must not
//! fill the disk: equal ones of one person within a minute are one leaf with their number, and a person who tries very
//! many different things leaves so many leaves a minute and one with the number of the rest.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use doudi_registry::StaffId;

/// Milliseconds for which equal refusals are counted together.
pub const MINUTE_MS: i64 = 60_000;
/// Leaves about different refusals of one person within a minute; what is beyond is counted in one leaf more.
pub const LEAVES_A_MINUTE: usize = 30;

/// Why somebody was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The post does no such thing.
    Post,
    /// It lies outside the area, or is not there: the answer does not tell which.
    NotFound,
    /// A rule about this very thing: another level, a relative, four eyes.
    Rule,
    /// A token that opens nothing here: none, shut, or past its day.
    Token,
    /// Too many different things within a minute to name each.
    Many,
}

impl Why {
    /// As it stands in the leaf.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::NotFound => "not_found",
            Self::Rule => "rule",
            Self::Token => "token",
            Self::Many => "many",
        }
    }
}

/// Who is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asker {
    /// A member of staff.
    Staff(StaffId),
    /// The program of a department, by its number.
    Service(i64),
    /// A program that nobody here knows.
    Unknown,
}

/// Something that somebody may not do. Nothing of what stands there is in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// Who.
    pub asker: Asker,
    /// What was asked for, as the policies call it.
    pub action: String,
    /// Kind and number of the thing.
    pub subject: Option<(&'static str, i64)>,
    /// Why.
    pub why: Why,
}

/// What goes into one leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) refused: Refused,
    /// How many refusals it stands for.
    pub(super) count: u64,
}

/// A refusal whose leaf is written, and how many like it have come since.
#[derive(Debug)]
struct Slot {
    since_ms: i64,
    more: u64,
}

/// Refusals of the last minute. What is counted here when the program ends is lost; the first of each has its leaf.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<BTreeMap<Refused, Slot>>);

impl Refusals {
    /// What is to be written now that this one has come: often its own leaf, and the numbers of those whose minute is over.
    pub(super) fn take(&self, refused: &Refused, now_ms: i64) -> Vec<Told> {
        // The map is whole at every moment, whatever became of the thread that held it.
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut told = Vec::new();
        slots.retain(|refused, slot| {
            // A clock that was set back ends the minute, too.
            let fresh = (0..MINUTE_MS).contains(&now_ms.saturating_sub(slot.since_ms));
            if !fresh && slot.more > 0 {
                told.push(Told { refused: refused.clone(), count: slot.more });
            }
            fresh
        });
        let named = slots.keys().filter(|k| k.asker == refused.asker && k.why != Why::Many).count();
        let key = if slots.contains_key(refused) || named < LEAVES_A_MINUTE {
            refused.clone()
        } else {
            Refused { asker: refused.asker, action: String::new(), subject: None, why: Why::Many }
        };
        if let Some(slot) = slots.get_mut(&key) {
            slot.more = slot.more.saturating_add(1);
        } else {
            told.push(Told { refused: key.clone(), count: 1 });
            slots.insert(key, Slot { since_ms: now_ms, more: 0 });
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::{Asker, LEAVES_A_MINUTE, MINUTE_MS, Refusals, Refused, Why};
    use doudi_registry::StaffId;

    fn refused(actor: i64, id: i64) -> Refused {
        let subject = Some(("household", id));
        Refused {
            asker: Asker::Staff(StaffId(actor)),
            action: "household.read".into(),
            subject,
            why: Why::NotFound,
        }
    }

    #[test]
    fn equal_refusals_of_a_minute_are_one_leaf_and_a_number() {
        let all = Refusals::default();
        let counts = |now, id| all.take(&refused(1, id), now).iter().map(|t| t.count).collect::<Vec<_>>();
        assert_eq!(counts(0, 7), [1], "the first is written at once");
        for n in 1..1000 {
            assert_eq!(counts(n, 7), [0_u64; 0], "{n}");
        }
        // Another person's refusal is a leaf of its own, and tells the number of the first when its minute is over.
        assert_eq!(all.take(&refused(2, 7), 2000).len(), 1);
        assert_eq!(counts(MINUTE_MS, 7), [999, 1]);
        assert_eq!(counts(3 * MINUTE_MS, 8), [1], "one alone has said all that there is");
    }

    #[test]
    fn whoever_tries_everything_leaves_a_bounded_number_of_leaves() {
        let all = Refusals::default();
        let (mut leaves, mut said) = (0, 0);
        for id in 0..10_000_i64 {
            for told in all.take(&refused(1, id), id) {
                leaves += 1;
                said += told.count;
                assert_eq!(told.refused.why == Why::Many, id >= LEAVES_A_MINUTE as i64, "{id}");
            }
        }
        assert_eq!(leaves, LEAVES_A_MINUTE + 1);
        let after = all.take(&refused(1, 3), 2 * MINUTE_MS);
        said += after.iter().map(|t| t.count).sum::<u64>();
        assert_eq!(said, 10_001, "every refusal is counted");
    }
}
