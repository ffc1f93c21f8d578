//! 办理表单: the form of each action of a case and the command that a sent form makes. Which actions there are and
//! who may take them is decided by the casework table; nothing here repeats it.

use doudi_casework::act::Command;
use doudi_casework::case::{LeadResult, Proposal};
use doudi_casework::kin::{KinRecord, NearRelation};
use doudi_casework::procedure::PayStart;
use doudi_casework::{Action, Actor, Case, HumanDecision, Level, RefusalGround};
use doudi_policy::{Date, Fen, Truth};
use doudi_registry::{PersonId, Staff};

use crate::error::WebError;
use crate::family::Family;
use crate::field::{Choice, Field};
use crate::judge::{Judged, Programme};
use crate::lang::{Lang, money};
use crate::posted::Posted;
use crate::view::{FormErrors, Note};

/// What a form needs to know.
pub struct Desk<'a> {
    /// Language.
    pub l: Lang,
    /// The case.
    pub case: &'a Case,
    /// The family.
    pub family: &'a Family,
    /// Who acts.
    pub actor: Actor,
    /// Today.
    pub today: Date,
    /// What the rules say in `decide` mode.
    pub decide: &'a Judged,
    /// What they say in `adverse` mode.
    pub adverse: &'a Judged,
    /// People of the sheet in order.
    pub people: &'a [PersonId],
    /// Who may be sent.
    pub visitors: &'a [Staff],
    /// Departments asked and answered.
    pub sources: (u32, u32),
    /// Everybody who works for the place, in whatever post.
    pub officials: &'a [Staff],
    /// Recognitions on file that a confirmation replaces, and whether they end with it.
    pub replaced: &'a [(String, bool)],
    /// When money starts.
    pub pay_start: PayStart,
}

/// A form as it is drawn.
pub struct FormView {
    /// Action id: the last part of the address.
    pub action: &'static str,
    /// Heading.
    pub label: String,
    /// What it does.
    pub intro: String,
    /// Things to know before signing.
    pub notes: Vec<Note>,
    /// Fields.
    pub fields: Vec<Field>,
    /// Words on the button.
    pub button: String,
    /// `btn-1`, `btn-warn` or nothing.
    pub button_class: &'static str,
    /// Whether it stands open.
    pub open: bool,
}

impl Desk<'_> {
    fn programme(&self) -> Option<&Programme> {
        self.decide.programme(&self.case.programme)
    }

    /// What the rules say for an approval.
    #[must_use]
    pub fn finding(&self) -> Truth {
        self.programme().map_or(Truth::Unknown, |p| p.outcome)
    }

    fn adverse_finding(&self) -> Truth {
        self.adverse.programme(&self.case.programme).map_or(Truth::Unknown, |p| p.outcome)
    }

    /// The amount, where the rules leave a single one.
    #[must_use]
    pub fn amount(&self) -> Option<Fen> {
        match self.programme()?.amount {
            (Some(lo), Some(hi)) if lo == hi => Some(lo),
            _ => None,
        }
    }

    /// Whom an award would cover: the persons who meet a programme of persons, else the counted members.
    #[must_use]
    pub fn covered(&self) -> Vec<PersonId> {
        let at = |i: usize| self.people.get(i).copied();
        let meeting = self.programme().map_or(&[][..], |p| p.members.as_slice());
        if !meeting.is_empty() {
            return meeting.iter().filter_map(|m| at(*m)).collect();
        }
        self.decide
            .counted
            .iter()
            .enumerate()
            .filter(|(_, c)| c.truth == Truth::True)
            .filter_map(|(i, _)| at(i))
            .collect()
    }
}

/// The form of an action; `None` for a visit, which has a page of its own.
#[must_use]
pub fn form(desk: &Desk<'_>, action: Action, open: bool) -> Option<FormView> {
    let l = desk.l;
    let mut view = FormView {
        action: action.id(),
        label: l.label(action.zh(), action.en()),
        intro: String::new(),
        notes: Vec::new(),
        fields: Vec::new(),
        button: l.label(action.zh(), action.en()),
        button_class: if open { "btn-1" } else { "" },
        open,
    };
    match action {
        Action::RecordVisit => return None,
        Action::Assign => {
            view.fields = vec![
                Field::new("radio", "staff", l.t("派谁去看")).options(
                    desk.visitors
                        .iter()
                        .map(|s| {
                            Choice::new(s.id.to_string(), l.name(&s.name))
                                .note(l.pick(s.post.zh(), s.post.en()))
                                .selected(desk.case.assigned == Some(s.id))
                        })
                        .collect(),
                ),
            ];
        }
        Action::CloseLead => {
            view.intro = l.t("这户不进入申请时用。结果会计入规则的准确率。").to_owned();
            view.fields = vec![
                Field::new("radio", "result", l.t("结果")).options(
                    LeadResult::ALL
                        .iter()
                        .filter(|r| by_hand(**r))
                        .map(|r| Choice::new(r.id(), l.pick(r.zh(), r.en())))
                        .collect(),
                ),
                Field::new("area", "note", l.t("办结说明")),
            ];
        }
        Action::Accept => {
            view.intro =
                l.t("这户愿意申请时用。受理后期限开始计算；部门能核到的，不再要群众提供。").to_owned();
            view.fields = kin_fields(l, l.t("有近亲属是经办人员或村干部的，填下面四项；没有就空着"));
            view.button = l.t("受理申请").to_owned();
        }
        Action::RegisterKin => view.fields = kin_fields(l, ""),
        Action::RequestSupplement => {
            view.intro = l.t("只能告知一次，请一次写全；部门能核到的不要写。").to_owned();
            view.fields = vec![Field::new("area", "missing", l.t("缺什么，一行一项"))];
        }
        Action::RequestCheck => view.intro = l.t("向各部门发起家庭经济状况核对。").to_owned(),
        Action::RecordCheck => {
            let (asked, answered) = desk.sources;
            view.intro = l.t("没有返回的，所问的事实仍是“未知”，不当作“没有”。").to_owned();
            view.fields = vec![
                Field::new("number", "asked", l.t("问了几个来源")).value(asked.to_string()),
                Field::new("number", "answered", l.t("返回几个")).value(answered.to_string()),
                Field::new("area", "differences", l.t("与申报不同的地方，怎样处理的"))
                    .hint(l.t("没有差异就空着")),
                Field::new("checks", "settled", l.t("差异"))
                    .options(vec![Choice::new("1", l.t("没有差异，或差异都已处理")).selected(true)]),
            ];
        }
        Action::ProposeApprove => {
            view.notes = vec![finding_note(desk)];
            if desk.amount().is_none() {
                view.fields.push(
                    Field::new("money", "amount", l.t("金额"))
                        .unit(l.t("元"))
                        .hint(l.t("规则没有算出唯一的金额，请在范围内填写")),
                );
            }
            view.fields.push(
                Field::new("area", "text", l.t("初审意见")).hint(l.t("写明困难原因、走访和核对的情况、建议")),
            );
        }
        Action::ProposeRefuse => {
            view.button_class = "btn-warn";
            view.notes = vec![adverse_note(desk)];
            view.fields = vec![
                grounds(l),
                Field::new("area", "text", l.t("理由")).hint(l.t("写明事实和依据，不少于 10 个字")),
            ];
        }
        Action::StartPublicity => {
            view.intro = match desk.case.opinion().map(|o| &o.proposal) {
                Some(Proposal::Approve { amount, covered }) => l.f3(
                    "公示只写三项：申请人 {}，{} 人，{} 元。期满自动关闭。",
                    doudi_casework::notice::mask_name(&desk.family.head),
                    covered.len(),
                    money(*amount),
                ),
                _ => String::new(),
            };
        }
        Action::RecordObjection => {
            view.fields = vec![
                Field::new("text", "from", l.t("谁提的")).hint(l.t("可以不署名，空着即可")),
                Field::new("area", "text", l.t("异议内容")),
            ];
        }
        Action::Submit => view.intro = l.t("报上一级确认。报送后不能再改初审意见。").to_owned(),
        Action::Return => {
            view.fields =
                vec![Field::new("area", "reason", l.t("缺什么")).hint(l.t("一次写全，由原经办人补"))];
        }
        Action::Confirm => {
            view.notes = vec![confirm_note(desk)];
            view.fields = vec![evidence(desk), Field::new("area", "reason", l.t("确认意见"))];
            view.button = match desk.case.first_help {
                Some(_) => l.t("补手续，不再另发").to_owned(),
                None => match desk.pay_start {
                    PayStart::NextMonth => l.t("确认，次月起发放").to_owned(),
                    PayStart::ApplicationMonth => l.t("确认，从申请当月起发放").to_owned(),
                },
            };
        }
        Action::Refuse => {
            view.button_class = "btn-warn";
            view.notes = vec![adverse_note(desk)];
            view.fields = vec![
                grounds(l),
                evidence(desk),
                Field::new("area", "reason", l.t("理由")).hint(l.t("会原样写进书面告知，不少于 10 个字")),
            ];
        }
        Action::Withdraw => {
            view.intro = l.t("只能由申请人提出。以后可以随时再申请。").to_owned();
            view.fields = vec![Field::new("area", "reason", l.t("谁要求撤回、为什么"))];
        }
        Action::GiveFirstHelp => {
            view.intro = l.t("情况紧急时先救助，再补手续。").to_owned()
                + l.t("乡镇先行救助的限额以内由乡镇给；超过的由县级经办在本案登记。");
            view.fields = vec![
                Field::new("money", "amount", l.t("金额或物资折价")).unit(l.t("元")),
                Field::new("area", "cause", l.t("发生了什么")),
                Field::new("text", "witness", l.t("在场的第二人")),
            ];
        }
        Action::BackFill => {
            view.fields =
                vec![Field::new("area", "text", l.t("补写的情况")).hint(l.t("对象、事由、金额，由本人签字"))];
        }
        Action::RecordNotice => {
            view.fields = vec![
                Field::new("checks", "ways", l.t("怎样送达"))
                    .hint(l.t("不予确认的至少两种，其中一种不是电子的"))
                    .options(vec![
                        Choice::new("paper", l.t("书面")),
                        Choice::new("visit", l.t("上门")),
                        Choice::new("phone", l.t("电话")),
                        Choice::new("sms", l.t("短信")),
                    ]),
            ];
        }
    }
    view.fields = view.fields.into_iter().map(|f| f.within(action.id())).collect();
    Some(view)
}

fn by_hand(result: LeadResult) -> bool {
    match result {
        LeadResult::NotReached
        | LeadResult::NoNeed
        | LeadResult::PolicyExplained
        | LeadResult::PushedToDepartment
        | LeadResult::StopProposed => true,
        LeadResult::ApplicationStarted | LeadResult::FirstHelpGiven => false,
    }
}

fn kin_fields(l: Lang, hint: &str) -> Vec<Field> {
    vec![
        Field::new("text", "kin_member", l.t("家庭成员")).hint(hint),
        Field::new("text", "kin_official", l.t("近亲属姓名和职务")),
        Field::new("select", "kin_relation", l.t("是该成员的"))
            .options(NearRelation::ALL.iter().map(|r| Choice::new(r.id(), l.pick(r.zh(), r.en()))).collect()),
        Field::new("select", "kin_level", l.t("近亲属在哪一级任职（村按乡镇）"))
            .options(Level::ALL.iter().map(|r| Choice::new(r.id(), l.pick(r.zh(), r.en()))).collect()),
    ]
}

fn grounds(l: Lang) -> Field {
    Field::new("radio", "ground", l.t("情形")).options(vec![
        Choice::new("conditions_not_met", l.t("不符合条件")).note(l.t("规则试算必须是“不符合”；待查不算")),
        Choice::new("not_cooperating", l.t("不配合调查")).note(l.t("必须已书面告知过缺什么")),
    ])
}

fn evidence(desk: &Desk<'_>) -> Field {
    let l = desk.l;
    let mut options = vec![Choice::new("explanation", l.t("计算说明"))];
    if desk.case.check_done() {
        options.push(Choice::new("check", l.t("核对结果")));
    }
    if !desk.case.visits.is_empty() {
        options.push(Choice::new("visits", l.f1("走访记录 {} 份", desk.case.visits.len())));
    }
    if desk.case.opinion().is_some() {
        options.push(Choice::new("opinion", l.t("初审意见")));
    }
    if desk.case.notice().is_some() {
        options.push(Choice::new("publicity", l.t("公示")));
    }
    Field::new("checks", "seen", l.t("我看过的凭据")).hint(l.t("至少勾选一项；会记入决定")).options(options)
}

fn finding_note(desk: &Desk<'_>) -> Note {
    let l = desk.l;
    match desk.finding() {
        Truth::True => {
            let text = match desk.amount() {
                Some(amount) => {
                    l.f2("{} 人，{} 元。这是规则试算，由您决定。", desk.covered().len(), money(amount))
                }
                None => l.t("这是规则试算，由您决定。").to_owned(),
            };
            Note::ok(l.t("规则试算：符合"), text)
        }
        Truth::False => {
            Note::warn(l.t("规则试算：不符合"), l.t("不符合时不能同意。请看计算说明，核对所用的事实。"))
        }
        Truth::Unknown => {
            let lack = desk.programme().map_or_else(String::new, |p| p.lack.join(l.t("；")));
            Note::warn(l.t("规则试算：待查"), l.f1("还差：{}。查清之前不能同意，也不能拒绝。", lack))
        }
    }
}

/// What a confirmation pays is what was proposed; where the rules give another sum by now, both are said.
fn confirm_note(desk: &Desk<'_>) -> Note {
    let l = desk.l;
    if let Some(help) = &desk.case.first_help {
        return help_note(desk, help.amount);
    }
    let proposal = desk.case.opinion().map(|o| (o.on, &o.proposal));
    let (Truth::True, Some((on, Proposal::Approve { amount, covered }))) = (desk.finding(), proposal) else {
        return finding_note(desk);
    };
    let pays =
        l.f3("确认即按初审意见发放：{} 人，{} 元（{} 提出）。", covered.len(), money(*amount), l.date(on));
    let mut pays = pays;
    for (name, ends) in desk.replaced {
        pays.push_str(&if *ends {
            l.f1("这户的{}由它接替，同时结束。", name)
        } else {
            l.f1("这户的{}不变：其中有人不在这次保障之内。", name)
        });
    }
    let now = desk.covered();
    match desk.amount() {
        Some(sum) if sum != *amount || now.len() != covered.len() => Note::warn(
            l.t("规则试算与初审意见不一致"),
            pays + &l.f2(
                "规则现在算出的是 {} 人，{} 元：提出意见以后，标准或事实有了变化。要按现在的数发放，请先退回乡镇重新提出意见。",
                now.len(),
                money(sum),
            ),
        ),
        _ => Note::ok(l.t("规则试算：符合"), pays + l.t("这是规则试算，由您决定。")),
    }
}

/// What was handed out beside what the rules give.
fn help_note(desk: &Desk<'_>, given: Fen) -> Note {
    let l = desk.l;
    let gap = |sum: Fen| money(Fen(given.0.abs_diff(sum.0).try_into().unwrap_or(i64::MAX)));
    let compared = match desk.amount() {
        Some(sum) if given > sum => {
            l.f3("先行救助 {} 元，规则试算 {} 元，多给 {} 元。", money(given), money(sum), gap(sum))
        }
        Some(sum) if given < sum => {
            l.f3("先行救助 {} 元，规则试算 {} 元，少给 {} 元。", money(given), money(sum), gap(sum))
        }
        Some(_) => l.f1("先行救助 {} 元，与规则试算一致。", money(given)),
        None => l.f1("先行救助 {} 元；规则没有算出唯一的金额，无法比较。", money(given)),
    };
    let text = compared + l.t("钱已当场给付，确认只补手续，不再另发。");
    match desk.finding() {
        Truth::True if desk.amount() == Some(given) => Note::ok(l.t("规则试算：符合"), text),
        Truth::True => Note::warn(l.t("规则试算：符合"), text),
        Truth::False => Note::warn(l.t("规则试算：不符合"), text),
        Truth::Unknown => Note::warn(l.t("规则试算：待查"), text),
    }
}

fn adverse_note(desk: &Desk<'_>) -> Note {
    let l = desk.l;
    let text = l.t("不利决定要写明理由，书面告知，并说明怎样申诉；规则结果是“待查”时不能作为理由。");
    match desk.adverse_finding() {
        Truth::True => Note::warn(l.t("规则试算：符合"), text),
        Truth::False => Note::info(l.t("规则试算：不符合"), text),
        Truth::Unknown => {
            let lack = desk.adverse.programme(&desk.case.programme).map_or(&[][..], |p| p.lack.as_slice());
            let ask = l.f1("先问清：{}。没有问过的、过期的和推定的，都不能作为理由。", lack.join(l.t("、")));
            Note::warn(
                l.t("规则试算：待查"),
                if lack.is_empty() { text.to_owned() } else { format!("{text}{ask}") },
            )
        }
    }
}

/// Makes the command of a sent form.
///
/// # Errors
/// Fields that cannot be read, as form errors; refusals of the domain.
pub fn command(desk: &Desk<'_>, action: Action, posted: &Posted) -> Result<Command, CommandError> {
    let l = desk.l;
    let mut errors = FormErrors::none(l);
    let id = |field: &str| format!("{}-{field}", action.id());
    let text = |field: &str| posted.get(field).to_owned();
    let policy_version = desk.decide.package_hash.clone();
    let command = match action {
        Action::RecordVisit => {
            return Err(CommandError::Web(WebError::NotFound));
        }
        Action::Assign => {
            let chosen = desk.visitors.iter().find(|s| s.id.to_string() == posted.get("staff"));
            let Some(staff) = chosen else {
                errors.add(id("staff"), l.t("请选派谁去看"));
                return Err(CommandError::Form(errors));
            };
            Command::Assign { to: staff.id, name: staff.name.clone() }
        }
        Action::CloseLead => {
            let result = LeadResult::from_id(posted.get("result")).filter(|r| by_hand(*r));
            let Some(result) = result else {
                errors.add(id("result"), l.t("请选一个结果"));
                return Err(CommandError::Form(errors));
            };
            Command::CloseLead { result, note: text("note") }
        }
        Action::Accept => Command::Accept { kin: kin(desk, posted).into_iter().collect() },
        Action::RegisterKin => match kin(desk, posted) {
            Some(record) => Command::RegisterKin { record },
            None => {
                errors.add(id("kin_member"), l.t("请填写家庭成员和近亲属的姓名"));
                return Err(CommandError::Form(errors));
            }
        },
        Action::RequestSupplement => Command::RequestSupplement {
            missing: posted.get("missing").lines().map(|s| s.trim().to_owned()).collect(),
        },
        Action::RequestCheck => Command::RequestCheck,
        Action::RecordCheck => {
            let mut number = |field: &str| {
                posted.get(field).parse::<u32>().unwrap_or_else(|_| {
                    errors.add(id(field), l.t("请填整数，例如 9"));
                    0
                })
            };
            let (asked, answered) = (number("asked"), number("answered"));
            if !errors.is_empty() {
                return Err(CommandError::Form(errors));
            }
            Command::RecordCheck {
                asked,
                answered,
                differences: text("differences"),
                settled: posted.ticked("settled"),
            }
        }
        Action::ProposeApprove => {
            let amount = match desk.amount() {
                Some(amount) => amount,
                None => match Fen::parse_yuan(posted.get("amount")) {
                    Ok(amount) => amount,
                    Err(problem) => {
                        errors.add(id("amount"), l.pick(&problem.zh, &problem.en));
                        return Err(CommandError::Form(errors));
                    }
                },
            };
            Command::ProposeApprove {
                amount,
                covered: desk.covered(),
                finding: desk.finding(),
                text: text("text"),
                policy_version,
            }
        }
        Action::ProposeRefuse => Command::ProposeRefuse {
            ground: ground(posted, l, &id("ground"))?,
            finding: desk.adverse_finding(),
            text: text("text"),
            policy_version,
        },
        Action::StartPublicity => Command::StartPublicity,
        Action::RecordObjection => Command::RecordObjection {
            from: Some(text("from")).filter(|s| !s.is_empty()),
            text: text("text"),
        },
        Action::Submit => Command::Submit,
        Action::Return => Command::Return { reason: text("reason") },
        Action::Confirm => Command::Confirm {
            decision: HumanDecision::favourable(&desk.actor, text("reason"), seen(posted), policy_version)
                .map_err(WebError::from)?,
            finding: desk.finding(),
        },
        Action::Refuse => Command::Refuse {
            ground: ground(posted, l, &id("ground"))?,
            decision: HumanDecision::adverse(&desk.actor, text("reason"), seen(posted), policy_version)
                .map_err(WebError::from)?,
            finding: desk.adverse_finding(),
        },
        Action::Withdraw => Command::Withdraw { reason: text("reason") },
        Action::GiveFirstHelp => match Fen::parse_yuan(posted.get("amount")) {
            Ok(amount) => Command::GiveFirstHelp { amount, cause: text("cause"), witness: text("witness") },
            Err(problem) => {
                errors.add(id("amount"), l.pick(&problem.zh, &problem.en));
                return Err(CommandError::Form(errors));
            }
        },
        Action::BackFill => Command::BackFill { covered: desk.covered(), text: text("text"), policy_version },
        Action::RecordNotice => Command::RecordNotice { ways: posted.all("ways").to_vec() },
    };
    Ok(command)
}

/// Why a sent form makes no command.
pub enum CommandError {
    /// Fields to correct.
    Form(FormErrors),
    /// Anything else.
    Web(WebError),
}

impl From<WebError> for CommandError {
    fn from(error: WebError) -> Self {
        Self::Web(error)
    }
}

fn seen(posted: &Posted) -> Vec<String> {
    posted.all("seen").to_vec()
}

fn ground(posted: &Posted, l: Lang, id: &str) -> Result<RefusalGround, CommandError> {
    match posted.get("ground") {
        "conditions_not_met" => Ok(RefusalGround::ConditionsNotMet),
        "not_cooperating" => Ok(RefusalGround::NotCooperating),
        _ => {
            let mut errors = FormErrors::none(l);
            errors.add(id, l.t("请选一种情形"));
            Err(CommandError::Form(errors))
        }
    }
}

fn kin(desk: &Desk<'_>, posted: &Posted) -> Option<KinRecord> {
    let member = posted.get("kin_member");
    let official = posted.get("kin_official");
    if member.is_empty() && official.is_empty() {
        return None;
    }
    let level = Level::from_id(posted.get("kin_level"))?;
    let known = desk.officials.iter().find(|s| official.contains(&s.name));
    Some(KinRecord {
        member: member.to_owned(),
        official: official.to_owned(),
        staff: known.map(|s| s.id),
        relation: NearRelation::from_id(posted.get("kin_relation"))?,
        // Whom the platform knows works where the platform says; a wrong choice in the form lowers nothing.
        level: known.map_or(level, |s| level.max(Level::of(s.post))),
        on: desk.today,
    })
}

/// Fields of the form again, as they were sent.
#[must_use]
pub fn kept(fields: Vec<Field>, posted: &Posted, errors: &FormErrors) -> Vec<Field> {
    fields
        .into_iter()
        .map(|f| {
            let sent = posted.all(&f.name).to_vec();
            let error = errors.of(&f.id).to_owned();
            f.kept(&sent, &error)
        })
        .collect()
}
