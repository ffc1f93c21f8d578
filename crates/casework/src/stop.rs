//! 停发: a person ends a benefit after somebody has looked into it. Nothing else ends one against the family.

use doudi_policy::Month;

use crate::act::Context;
use crate::case::{Case, LeadResult};
use crate::decision::{HumanDecision, MIN_ADVERSE_REASON};
use crate::guard;
use crate::notice::{Notice, NoticeKind};
use crate::staff::{Actor, Level};
use crate::text::{Bilingual, Refusal, RefusalKind, written_length};

/// What a decision to stop leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Written notice with the reason and the way to appeal.
    pub notice: Notice,
    /// One line for the chain and the next roster.
    pub text: Bilingual,
}

/// 停发. `last` is the last month that is still paid.
///
/// # Errors
/// Another post or area, a near relative in the family, one's own visit or proposal, a lead that was not settled with the proposal of a review, a
/// reason that is too short, or a procedure without a remedy.
pub fn stop(
    case: &Case,
    decision: &HumanDecision,
    actor: &Actor,
    last: Month,
    context: &Context<'_>,
) -> Result<Stop, Refusal> {
    // No township stops a benefit by itself, and a relative's case goes up here as well.
    guard::decides(case.decision_level(context.procedure).max(Level::County), actor)?;
    if !case.division.within(&actor.area) {
        return Err(Refusal::new(RefusalKind::Area, "案件不在您负责的地区", "the case is outside your area"));
    }
    guard::recusal(case, actor)?;
    if decision.by() != actor.staff || decision.post() != actor.post {
        return Err(Refusal::input("决定须由本人作出", "a decision is made by the person who signs it"));
    }
    if case.hands().contains(&actor.staff) {
        return Err(Refusal::new(
            RefusalKind::FourEyes,
            "您参加过本案的走访或提过意见，不能再决定停发",
            "you visited or proposed in this case and cannot decide the stop as well",
        ));
    }
    if case.lead_result != Some(LeadResult::StopProposed) {
        return Err(Refusal::missing(
            "还没有人上门核实并建议复核，不能停发",
            "nobody has looked into it and proposed a review; nothing is stopped before that",
        ));
    }
    if written_length(decision.reason()) < MIN_ADVERSE_REASON {
        return Err(Refusal::input(
            format!("停发须写明事实和依据，不少于{MIN_ADVERSE_REASON}个字"),
            format!("a stop states facts and ground in {MIN_ADVERSE_REASON} characters or more"),
        ));
    }
    let Some(appeal) = &context.procedure.appeal else {
        return Err(Refusal::new(
            RefusalKind::Law,
            "本项救助的程序没有写明救济途径，不能作出停发决定",
            "the procedure of this programme names no remedy, so nothing can be stopped",
        ));
    };
    let reason = decision.reason().to_owned();
    Ok(Stop {
        text: Bilingual::new(
            format!("{}月起停发：{reason}", last.plus(1)),
            format!("stopped from {}: {reason}", last.plus(1)),
        ),
        notice: Notice {
            kind: NoticeKind::Stop,
            programme: case.programme.clone(),
            on: context.today,
            amount: None,
            members: None,
            handed_out: false,
            once: false,
            from: Some(last.plus(1)),
            until: None,
            deliver_by: None,
            reason,
            missing: Vec::new(),
            appeal: Some(appeal.into()),
        },
    })
}
