//! What a transaction says of itself: who did what to whom, and what the rows were afterwards.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use doudi_access::Secret;
use doudi_access::audit::{Event, Leaf};
use doudi_registry::StaffId;

use super::refusals::{Asker, Told};
use super::{hash_text, signed};
use crate::db::{Tx, args};
use crate::{Store, StoreError, StoreResult, hex};

/// The content of a leaf before it is committed to.
#[derive(Debug)]
pub(crate) struct Entry {
    kind: &'static str,
    actor: Option<StaffId>,
    subject: String,
    fields: Vec<(String, String)>,
    shown: Vec<i64>,
}

impl Entry {
    fn new(kind: &'static str, subject: String) -> Self {
        let (fields, shown) = (Vec::new(), Vec::new());
        Self { kind, actor: None, subject, fields, shown }
    }

    /// Something of a kind happened to a subject, such as `case` 12.
    pub(crate) fn of(kind: &'static str, noun: &str, id: impl Display) -> Self {
        Self::new(kind, format!("{noun}:{id}"))
    }

    /// Something of a kind happened to many, or to none in particular.
    pub(crate) fn at_large(kind: &'static str) -> Self {
        Self::new(kind, String::new())
    }

    /// Somebody looks.
    pub(super) fn of_look(look: &Look) -> Self {
        let mut entry =
            Self::new("person.read", look.subject.clone()).by(look.actor).with("page", &look.page);
        if !look.shown.is_empty() {
            let shown: Vec<String> = look.shown.iter().map(i64::to_string).collect();
            entry = entry.with("shown", shown.join(" "));
        }
        entry.shown.clone_from(&look.shown);
        entry.shown.sort_unstable();
        entry.shown.dedup();
        entry
    }

    /// Somebody is refused, for the last time or the last so many times.
    pub(super) fn of_refused(told: &Told) -> Self {
        let refused = &told.refused;
        let subject = refused.subject.as_ref().map_or_else(String::new, |(noun, id)| format!("{noun}:{id}"));
        let entry = Self::new("access.refused", subject)
            .with("action", &refused.action)
            .with("why", refused.why.id())
            .with("count", told.count);
        match refused.asker {
            Asker::Staff(staff) => entry.by(staff),
            Asker::Service(service) => entry.with("service", service),
            Asker::Unknown => entry,
        }
    }

    /// Who did it.
    pub(crate) fn by(mut self, actor: impl Into<Option<StaffId>>) -> Self {
        self.actor = actor.into();
        self
    }

    /// A particular.
    pub(crate) fn with(mut self, name: &str, value: impl Display) -> Self {
        self.fields.push((name.to_owned(), value.to_string()));
        self
    }

    /// Writes the leaf, the last statement of its transaction.
    pub(crate) async fn write(mut self, tx: &mut Tx) -> StoreResult<()> {
        match &tx.by {
            Some(By::Staff(staff)) if self.actor.is_none() => self.actor = Some(*staff),
            Some(By::Operator(name)) => self.fields.push(("operator".to_owned(), name.to_string())),
            _ => {}
        }
        self.fields.extend(tx.told().await?);
        let actor = self.actor.map(|a| a.0.to_string()).unwrap_or_default();
        let named = [("actor", actor.as_str()), ("subject", self.subject.as_str())];
        let fields = self.fields.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let event = Event::new(named.into_iter().chain(fields))?;
        let mut random = [0; 40];
        getrandom::fill(&mut random).map_err(|e| StoreError::Random(e.to_string()))?;
        let (tail, salt) = random.split_first_chunk::<8>().ok_or_else(|| StoreError::corrupt("salt"))?;
        let salt = Secret::new(salt.try_into().map_err(|_| StoreError::corrupt("salt"))?);
        let now = now_ms();
        // Ordered by time, then by the order within the process; the rest keeps processes apart.
        let id = format!("{now:012x}{:06x}-{}", NEXT.fetch_add(1, Ordering::Relaxed) & 0xff_ffff, hex(tail));
        let leaf = Leaf::commit(&id, now, self.kind, &event, &salt)?;
        let canonical = event.canonical()?;
        let payload = canonical.expose_text().ok_or_else(|| StoreError::corrupt("payload"))?;
        tx.execute(
            "INSERT INTO audit_leaves (id, made_ms, kind, commitment, actor, subject, salt, payload) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            args![
                leaf.id(),
                signed(leaf.time_ms()),
                leaf.kind(),
                hash_text(leaf.commitment()),
                self.actor,
                &self.subject,
                hex(salt.expose()),
                payload
            ],
        )
        .await?;
        let shown: Vec<(&str, i64)> = self.shown.iter().map(|household| (leaf.id(), *household)).collect();
        tx.bulk(
            "INSERT INTO audit_shown (leaf, household) VALUES",
            2,
            "",
            &shown,
            |args, (leaf, household)| {
                args.push(*leaf)?;
                args.push(*household)
            },
        )
        .await?;
        Ok(())
    }
}

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The one clock of the store: the time in a leaf is when it was written, whatever day is being played.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Somebody for whom a store works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A member of staff.
    Staff(StaffId),
    /// Whoever gives commands at the machine, as the operating system knows them. That is no member of staff: it proves
    /// who was logged in there and nothing about a post.
    Operator(Arc<str>),
}

/// A look at personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Who looked; `None` for somebody without a role.
    pub actor: Option<StaffId>,
    /// Whose page: `household:12`, `case:7`; empty for a list.
    pub subject: String,
    /// Path of the page, without its query.
    pub page: String,
    /// Surrogate ids of the households in a list, such as the results of a search.
    pub shown: Vec<i64>,
}

/// A leaf as the office sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafItem {
    /// Its id.
    pub id: String,
    /// When it was written, in milliseconds since 1970 (UTC).
    pub made_ms: i64,
    /// Kind, such as `person.read`.
    pub kind: String,
    /// Who; `None` for the program, for somebody without a role, and after an erasure.
    pub actor: Option<StaffId>,
    /// The content as JSON; `None` after an erasure.
    pub payload: Option<String>,
}

impl Store {
    /// What was done to a subject such as `household:12` and who looked at it, oldest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn leaves_of(&self, subject: &str) -> StoreResult<Vec<LeafItem>> {
        self.db
            .fetch(
                "SELECT id, made_ms, kind, actor, payload FROM audit_leaves WHERE subject = $1 ORDER BY id",
                args![subject],
                |c| {
                    Ok(LeafItem {
                        id: c.text()?,
                        made_ms: c.int()?,
                        kind: c.text()?,
                        actor: c.opt_int()?.map(StaffId),
                        payload: c.opt_text()?,
                    })
                },
            )
            .await
    }

    /// 依法删除: destroys content and salt of a leaf. Its hash stays in the tree, and every proof holds.
    ///
    /// # Errors
    /// `NotFound` where there is no such leaf with content, where it vouches for rows (it holds ids and digests only), or
    /// where it tells of an erasure itself.
    pub async fn erase_leaf(&self, id: &str, actor: StaffId, reason: &str) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        let erased = tx
            .execute(
                "UPDATE audit_leaves SET payload = NULL, salt = NULL, actor = NULL, subject = '' WHERE id = $1 AND payload IS NOT NULL AND payload NOT LIKE '%\"rows.%' AND payload NOT LIKE '%\"run.%' AND kind <> $2",
                args![id, ERASED],
            )
            .await?;
        if erased != 1 {
            return Err(StoreError::not_found("leaf", id));
        }
        tx.execute("DELETE FROM audit_shown WHERE leaf = $1", args![id]).await?;
        tx.commit(Entry::of(ERASED, "leaf", id).by(actor).with("reason", reason)).await
    }
}

/// The kind of a leaf that tells of an erasure.
pub(super) const ERASED: &str = "leaf.erased";
