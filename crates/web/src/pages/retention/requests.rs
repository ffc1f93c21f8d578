//! 清除请求: a family asks to have its records erased. The page answers at once, in words, what may be erased now, what may
//! not yet and until when; the request stays open until somebody settles it, and nothing settles it by itself.

use std::collections::BTreeMap;

use axum::extract::Path;
use doudi_casework::retention::{Group, Standing};
use doudi_registry::HouseholdId;
use doudi_store::requests::{ErasureRequest, MOST_ASKED, RequestState};

use super::{Form, group_words, reason, standing_tag};
use crate::ctx::{Worker, see_other};
use crate::error::{PageResult, WebError};
use crate::lang::Lang;
use crate::mask;
use crate::pages::rights::{self, Again};
use crate::posted::Posted;
use crate::routes::Place;

/// Requests of a family, as the record page shows them.
pub(in crate::pages) struct Asked {
    /// Whether one stands.
    pub(in crate::pages) stands: bool,
    /// The one that stands, in words; else empty.
    pub(in crate::pages) words: String,
    /// What is answered to it: group and how it stands.
    pub(in crate::pages) answers: Vec<(&'static str, String)>,
    /// Those that are settled.
    pub(in crate::pages) settled: Vec<String>,
    /// Whether the reader may put one on record, take it back, refuse it.
    pub(in crate::pages) records: bool,
    pub(in crate::pages) withdraws: bool,
    pub(in crate::pages) refuses: bool,
    /// Who asks and why it is refused, as they were typed and not taken.
    pub(in crate::pages) by_typed: String,
    pub(in crate::pages) reason_typed: String,
}

impl Asked {
    pub(super) async fn of(
        worker: &Worker,
        id: HouseholdId,
        standings: &BTreeMap<Group, Standing>,
        typed: &impl Fn(Form) -> String,
    ) -> Result<Self, WebError> {
        let ctx = &worker.ctx;
        let l = ctx.l();
        let all = ctx.state().store().requests_of(id).await?;
        let open = all.iter().find(|r| r.state == RequestState::Open);
        let may = |action: &str| ctx.may(action, Place::Household);
        let words = |r: &ErasureRequest| mask::written(&request_words(l, r)).into_owned();
        let on_file = standings.iter().filter(|(_, s)| **s != Standing::Nothing);
        Ok(Self {
            stands: open.is_some(),
            words: open.map_or_else(String::new, words),
            answers: match open {
                Some(_) => on_file.map(|(group, s)| (group_words(l, *group), answer(l, s))).collect(),
                None => Vec::new(),
            },
            settled: all.iter().filter(|r| r.state != RequestState::Open).map(words).collect(),
            records: open.is_none()
                && !standings.values().all(|s| *s == Standing::Nothing)
                && may("erasure.request"),
            withdraws: open.is_some() && may("erasure.withdraw"),
            refuses: open.is_some_and(|r| r.recorded_by != worker.staff.id) && may("erasure.refuse"),
            by_typed: typed(Form::Request),
            reason_typed: typed(Form::Refuse),
        })
    }
}

/// What is answered to a request about one group.
fn answer(l: Lang, standing: &Standing) -> String {
    match standing {
        Standing::Due(_) => l.t("已到期，可以提出清除，由第二人执行").to_owned(),
        Standing::Until(day) => l.f1("保存期到 {} 为止，之后可以清除", l.date(*day)),
        Standing::NoTerm => l.t("没有规定保存多久，现在不清除").to_owned(),
        other => standing_tag(l, other).words,
    }
}

/// A request in a sentence, with how it was settled.
pub(in crate::pages) fn request_words(l: Lang, request: &ErasureRequest) -> String {
    let day = l.date(request.asked_on);
    let asked = match request.asked_by.as_str() {
        "" => l.f1("{} 有人请求清除。", day),
        by => l.f2("{} 由 {} 请求清除。", day, by),
    };
    let settled = l.date(request.settled_on.unwrap_or(request.asked_on));
    let outcome = match request.state {
        RequestState::Open => l.t("还没有办结。").to_owned(),
        RequestState::Done => l.f1("{} 已全部清除。", settled),
        RequestState::Withdrawn => l.f1("{} 撤回。", settled),
        RequestState::Refused => l.f2("{} 拒绝，理由：{}", settled, &request.reason),
    };
    format!("{asked}{}{outcome}", if l.is_en() { " " } else { "" })
}

/// `POST /households/{id}/request`: puts a request on record.
pub async fn record(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let (l, id, by) = (worker.l(), HouseholdId(id), posted.get("asked_by"));
    if by.is_empty() || by.chars().count() > MOST_ASKED {
        let wrong = l.f1("请写是谁提出的，不超过 {} 个字。", MOST_ASKED);
        return rights::show(&worker, id, Again::typed(l, Form::Request, by, &wrong)).await;
    }
    let done = worker.ctx.state().store().request_erasure(id, by, worker.staff.id, worker.ctx.today()).await;
    done.map_err(|e| WebError::from(e).back_to(&format!("/households/{id}/record#retention"), by))?;
    Ok(see_other(&format!("/households/{id}/record?done=requested#retention")))
}

/// `POST /households/{id}/request/withdraw`: the family takes it back.
pub async fn withdraw(worker: Worker, Path(id): Path<i64>, _: Posted) -> PageResult {
    let id = HouseholdId(id);
    let done = worker.ctx.state().store().withdraw_request(id, worker.staff.id, worker.ctx.today()).await;
    done.map_err(|e| WebError::from(e).back_to(&format!("/households/{id}/record#retention"), ""))?;
    Ok(see_other(&format!("/households/{id}/record?done=withdrawn#retention")))
}

/// `POST /households/{id}/request/refuse`: a second person refuses it, with a reason.
pub async fn refuse(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let id = HouseholdId(id);
    let text = match reason(&worker, id, Form::Refuse, &posted).await {
        Ok(text) => text,
        Err(again) => return again,
    };
    let store = worker.ctx.state().store();
    let done = store.refuse_request(id, text, worker.staff.id, worker.ctx.today()).await;
    done.map_err(|e| WebError::from(e).back_to(&format!("/households/{id}/record#retention"), text))?;
    Ok(see_other(&format!("/households/{id}/record?done=refused#retention")))
}
