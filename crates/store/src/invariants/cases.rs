//! I7: what was decided against a family.

use std::collections::{BTreeMap, BTreeSet};

use doudi_casework::case::Case;
use doudi_casework::decision::{MIN_ADVERSE_REASON, RefusalGround};
use doudi_casework::notice::{Notice, NoticeKind};
use doudi_casework::text::written_length;
use doudi_policy::Truth;

use super::{Found, unreadable};
use crate::classes::{CASE_DATA, NOTICE_DATA};
use crate::db::args;
use crate::{Store, StoreResult};

const NOTICES: &str = "SELECT id, case_id, data FROM notices WHERE kind IN ('refusal', 'stop') ORDER BY id";

impl Store {
    /// I7: another person decided, with a reason, having seen evidence; a notice with the way to appeal went out; what is
    /// unknown is no ground. Stops are held to the notice, since the award keeps only the words of the reason.
    pub(super) async fn legal_decisions(&self) -> StoreResult<Found> {
        let (mut counted, mut broken) = (0_i64, Vec::new());
        let mut remedies: BTreeMap<i64, bool> = BTreeMap::new();
        let mut stops: BTreeSet<i64> = BTreeSet::new();
        let notices = self
            .db
            .fetch(NOTICES, args![], |c| {
                let id = c.int()?;
                Ok((c.int()?, unreadable(c.sealed_json::<Notice>(&NOTICE_DATA, id))?))
            })
            .await?;
        for (case, notice) in notices {
            let whole = notice
                .as_ref()
                .is_some_and(|n| n.appeal.is_some() && written_length(&n.reason) >= MIN_ADVERSE_REASON);
            if notice.is_some_and(|n| n.kind == NoticeKind::Stop) {
                counted = counted.saturating_add(1);
                stops.insert(case);
                if !whole {
                    broken.push(format!("case {case}: the notice of the stop has no reason or no remedy"));
                }
            } else {
                let known = remedies.entry(case).or_default();
                *known = *known || whole;
            }
        }
        let mut refused = Vec::new();
        self.db
            .stream("SELECT id, data FROM cases WHERE status = 'refused' ORDER BY id", args![], |c| {
                let id = c.int()?;
                let case = unreadable(c.sealed_json::<Case>(&CASE_DATA, id))?;
                refused.push((id, case.map_or_else(|| vec!["cannot be read"], |case| faults(&case))));
                Ok(())
            })
            .await?;
        for (id, mut faults) in refused {
            counted = counted.saturating_add(1);
            if !remedies.get(&id).is_some_and(|whole| *whole) {
                faults.push("no notice with reason and remedy");
            }
            broken.extend(faults.into_iter().map(|fault| format!("case {id}: {fault}")));
        }
        Ok((counted, broken))
    }
}

/// What a refusal lacks.
fn faults(case: &Case) -> Vec<&'static str> {
    let Some(decision) = &case.decision else { return vec!["refused without a decision"] };
    let human = &decision.human;
    let rests_on_unknown =
        decision.ground == Some(RefusalGround::ConditionsNotMet) && !matches!(decision.finding, Truth::False);
    let checks = [
        (case.hands().contains(&human.by()), "whoever visited or proposed has decided"),
        (written_length(human.reason()) < MIN_ADVERSE_REASON, "no written reason"),
        (human.evidence_seen().iter().all(|e| e.trim().is_empty()), "no evidence was seen"),
        (decision.ground.is_none(), "no ground"),
        (rests_on_unknown, "rests on what is unknown"),
    ];
    checks.into_iter().filter(|(broken, _)| *broken).map(|(_, fault)| fault).collect()
}
