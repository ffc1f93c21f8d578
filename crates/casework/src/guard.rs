//! 守卫: whether this actor may take this action on this case today, before anything is entered.

use doudi_registry::Post;

use crate::act::Context;
use crate::case::{Case, Proposal, Publicity};
use crate::staff::{Actor, Level, list};
use crate::status::{Action, Status};
use crate::table::posts;
use crate::text::{Refusal, RefusalKind};

/// Checks table, area, recusal, four eyes and what must be done first.
///
/// # Errors
/// The first reason why not, in the order above, with the way on.
pub fn check(case: &Case, action: Action, actor: &Actor, context: &Context<'_>) -> Result<(), Refusal> {
    table(case.status, action, actor.post)?;
    if !case.division.within(&actor.area) {
        return Err(Refusal::new(
            RefusalKind::Area,
            format!("案件属地 {} 不在您负责的 {}", case.division.as_str(), actor.area.as_str()),
            format!(
                "the case belongs to {}, outside your area {}",
                case.division.as_str(),
                actor.area.as_str()
            ),
        ));
    }
    recusal(case, actor)?;
    time(case, context)?;
    match action {
        Action::CloseLead => close_lead(case),
        Action::RequestSupplement => request_supplement(case),
        Action::RequestCheck => request_check(case),
        Action::ProposeApprove => propose_approve(case),
        Action::StartPublicity => start_publicity(case, context),
        Action::Submit => submit(case, actor, context),
        Action::Return => match case.status {
            Status::Deciding => level(case, actor, context),
            _ => Ok(()),
        },
        Action::Confirm => {
            decide(case, actor, context)?;
            confirm(case)
        }
        Action::Refuse => {
            decide(case, actor, context)?;
            refuse(case, context)
        }
        Action::GiveFirstHelp => give_first_help(case, context),
        Action::RecordNotice => record_notice(case),
        Action::Assign
        | Action::RecordVisit
        | Action::Accept
        | Action::RegisterKin
        | Action::RecordCheck
        | Action::ProposeRefuse
        | Action::RecordObjection
        | Action::Withdraw
        | Action::BackFill => Ok(()),
    }
}

/// The cell of the table.
///
/// # Errors
/// The action does not exist in this status, or belongs to another post.
pub fn table(status: Status, action: Action, post: Post) -> Result<(), Refusal> {
    let allowed = posts(status, action);
    if allowed.is_empty() {
        return Err(Refusal::new(
            RefusalKind::Status,
            format!("案件“{}”时不能“{}”", status.zh(), action.zh()),
            format!("`{}` is not possible while the case is `{}`", action.en(), status.en()),
        ));
    }
    if !allowed.contains(&post) {
        let who = list(allowed);
        return Err(Refusal::new(
            RefusalKind::Post,
            format!("“{}”由{}办理，您的岗位是{}", action.zh(), who.zh, post.zh()),
            format!("`{}` is done by the {}; you are {}", action.en(), who.en, post.en()),
        ));
    }
    Ok(())
}

pub(crate) fn recusal(case: &Case, actor: &Actor) -> Result<(), Refusal> {
    if case.kin.iter().any(|k| k.staff == Some(actor.staff)) {
        return Err(Refusal::new(
            RefusalKind::Recusal,
            "您是这户成员的近亲属，须回避，请交同事办理",
            "you are a near relative of this family; leave the case to a colleague",
        ));
    }
    Ok(())
}

fn time(case: &Case, context: &Context<'_>) -> Result<(), Refusal> {
    match case.events.last() {
        Some(last) if context.today < last.on => Err(Refusal::input(
            format!("今天是 {}，早于上一步的 {}，请核对系统日期", context.today, last.on),
            format!("today is {}, before the last step on {}; check the system date", context.today, last.on),
        )),
        _ => Ok(()),
    }
}

fn close_lead(case: &Case) -> Result<(), Refusal> {
    if case.lead.is_none() || case.lead_result.is_some() {
        return Err(Refusal::missing("没有待办结的线索", "there is no lead to settle"));
    }
    Ok(())
}

fn request_supplement(case: &Case) -> Result<(), Refusal> {
    if case.supplements.is_empty() {
        return Ok(());
    }
    Err(Refusal::missing(
        "补正只能一次性告知，已经告知过；能核查到的不再要求群众提供",
        "what is missing is asked for once, and it was; look up what can be looked up",
    ))
}

fn request_check(case: &Case) -> Result<(), Refusal> {
    match &case.check {
        Some(check) if check.returned_on.is_none() => {
            Err(Refusal::missing("核对已发起，等待返回", "the data check is already under way"))
        }
        _ => Ok(()),
    }
}

fn propose_approve(case: &Case) -> Result<(), Refusal> {
    survey(case)?;
    if !case.check_done() {
        return Err(Refusal::missing(
            "核对结果还没有登记，或差异还没有处理",
            "the data check has not returned, or its differences are open",
        ));
    }
    Ok(())
}

pub(crate) fn survey(case: &Case) -> Result<(), Refusal> {
    if case.survey().is_some() {
        return Ok(());
    }
    Err(Refusal::missing(
        "还没有入户调查：须两人以上同行、见到家庭成员并由其签字",
        "there is no household survey yet: two surveyors or more, a member met, and signed by a member",
    ))
}

fn start_publicity(case: &Case, context: &Context<'_>) -> Result<(), Refusal> {
    match case.opinion().map(|o| &o.proposal) {
        Some(Proposal::Approve { .. }) => {}
        Some(Proposal::Refuse { .. }) | None => {
            return Err(Refusal::missing(
                "拟不同意的不公示，请直接报送",
                "a proposal to refuse is not put on public notice; submit it",
            ));
        }
    }
    if context.procedure.publicity.is_none() {
        return Err(Refusal::missing(
            "这项救助不公示，请直接报送",
            "this programme has no public notice; submit the case",
        ));
    }
    Ok(())
}

/// The standing public notice, where it shows what the standing opinion proposes.
fn fitting_notice(case: &Case) -> Option<&Publicity> {
    let Some(Proposal::Approve { amount, covered }) = case.opinion().map(|o| &o.proposal) else {
        return None;
    };
    case.notice().filter(|p| p.amount == *amount && usize::try_from(p.members) == Ok(covered.len()))
}

fn submit(case: &Case, actor: &Actor, context: &Context<'_>) -> Result<(), Refusal> {
    let Some(opinion) = case.opinion() else {
        return Err(Refusal::missing("还没有初审意见", "there is no first opinion yet"));
    };
    // Where the township decides, the second pair of eyes is the confirmation.
    let township_decides = case.decision_level(context.procedure) == Level::Township;
    if opinion.by == actor.staff && !township_decides {
        return Err(Refusal::new(
            RefusalKind::FourEyes,
            "初审意见是您提的，报送须由乡镇负责人签署",
            "the first opinion is yours; the head of the township office signs the submission",
        ));
    }
    let must_publish =
        matches!(opinion.proposal, Proposal::Approve { .. }) && context.procedure.publicity.is_some();
    if !must_publish {
        return Ok(());
    }
    let Some(notice) = fitting_notice(case) else {
        return Err(Refusal::missing(
            "初审意见还没有公示，请先开始公示",
            "the first opinion has not been on public notice; start that first",
        ));
    };
    if context.today <= notice.to {
        return Err(Refusal::missing(
            format!("公示到 {} 为止，期满后才能报送", notice.to),
            format!("the public notice runs to {}; submit after that day", notice.to),
        ));
    }
    Ok(())
}

fn level(case: &Case, actor: &Actor, context: &Context<'_>) -> Result<(), Refusal> {
    decides(case.decision_level(context.procedure), actor)
}

/// Whether an actor decides at a level.
pub(crate) fn decides(level: Level, actor: &Actor) -> Result<(), Refusal> {
    let post = level.post();
    if post == actor.post {
        return Ok(());
    }
    if level == Level::City && actor.post == Post::CountyOfficer {
        return Err(Refusal::new(
            RefusalKind::Recusal,
            format!("备案的近亲属在县级任职，本案由{}决定", post.zh()),
            format!("the registered relative works for the county; the {} decides this case", post.en()),
        ));
    }
    Err(Refusal::new(
        RefusalKind::Post,
        format!("本案由{}决定（{}）", level.zh(), post.zh()),
        format!("this case is decided at {} level ({})", level.en(), post.en()),
    ))
}

fn decide(case: &Case, actor: &Actor, context: &Context<'_>) -> Result<(), Refusal> {
    level(case, actor, context)?;
    if case.hands().contains(&actor.staff) {
        return Err(Refusal::new(
            RefusalKind::FourEyes,
            "您参加过本案的走访或提过意见，不能再作决定，请交同事办理",
            "you surveyed or proposed in this case and cannot decide it as well; leave it to a colleague",
        ));
    }
    if case.needs_county_visit() && case.county_visit().is_none() {
        return Err(Refusal::missing(
            "有近亲属备案或投诉，县级须先入户核查",
            "a relative is registered or a complaint was made: the county visits first",
        ));
    }
    Ok(())
}

fn confirm(case: &Case) -> Result<(), Refusal> {
    if case.first_help.is_some() {
        return Ok(());
    }
    match case.opinion().map(|o| &o.proposal) {
        Some(Proposal::Approve { .. }) => Ok(()),
        Some(Proposal::Refuse { .. }) | None => Err(Refusal::missing(
            "乡镇拟不同意；要改变，请退回重新提出意见，不能直接确认",
            "the township proposes to refuse; to change that, send the case back for a new opinion",
        )),
    }
}

fn refuse(case: &Case, context: &Context<'_>) -> Result<(), Refusal> {
    if case.first_help.is_some() {
        return Err(Refusal::missing(
            "救助已经给付，不能不予确认；手续不全请退回补正",
            "help was already given and is not refused afterwards; send incomplete records back",
        ));
    }
    if context.procedure.appeal.is_none() {
        return Err(Refusal::new(
            RefusalKind::Law,
            "本项救助的程序没有写明救济途径（procedure.toml 的 [appeal]），不能作出不予确认的决定",
            "the procedure of this programme names no remedy ([appeal] in procedure.toml), so nothing can be refused",
        ));
    }
    Ok(())
}

fn give_first_help(case: &Case, context: &Context<'_>) -> Result<(), Refusal> {
    // A procedure that names no sum for first help has none.
    if !case.urgent || context.procedure.township_ceiling.is_none() {
        return Err(Refusal::missing(
            "本案不是急难救助；遇有急难，请另立急难型临时救助",
            "this is no urgent case; open one for urgent temporary assistance",
        ));
    }
    Ok(())
}

fn record_notice(case: &Case) -> Result<(), Refusal> {
    if case.delivered.is_some() {
        return Err(Refusal::missing("送达已经登记", "the delivery is already recorded"));
    }
    Ok(())
}
