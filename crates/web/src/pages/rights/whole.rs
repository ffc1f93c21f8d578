//! 副本的内容 (个人信息保护法第四十五条): everything that is held about a family, gathered once for the printed page and for the
//! file. Numbers of the family stand whole in it. What somebody outside the family said, and their name, does not.

use doudi_casework::case::LeadResult;
use doudi_casework::{Action, Case, Visit};
use doudi_payment::award::Kind;
use doudi_policy::{Date, Fen, Month};
use doudi_registry::{HouseholdId, LeadStatus, Post, Staff};
use doudi_store::retention::ErasureState;
use serde::{Serialize, Serializer};

use super::unnamed::Unnamed;
use super::{LookRow, fact_lines, look_rows, query_line};
use crate::cases_view;
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::family::Family;
use crate::judge;
use crate::lang::{Lang, money};
use crate::mask;
use crate::pages::leads::kind_words;
use crate::pages::retention::{groups_words, request_words};
use crate::pages::visit::{labelled, left_words};
use crate::pages::{received, received::Received};
use crate::vocab;

/// A day or month: as people write it on the page, as `2024-06-17` or `2024-06` in the file.
pub(super) struct Day {
    iso: String,
    words: String,
}

impl Day {
    fn of(l: Lang, day: Date) -> Self {
        Self { iso: day.to_string(), words: l.date(day) }
    }

    fn month(l: Lang, month: Month) -> Self {
        Self { iso: month.to_string(), words: l.month(month) }
    }

    /// Empty where there is none.
    fn maybe(day: Option<Self>) -> Self {
        day.unwrap_or(Self { iso: String::new(), words: String::new() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.iso.is_empty()
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.iso)
    }
}

/// Yuan: with separators on the page, as `1344.00` in the file.
pub(super) struct Sum(Fen);

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&money(self.0))
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_string())
    }
}

#[derive(Serialize)]
pub(super) struct Copy {
    pub(super) made_on: Day,
    pub(super) household_code: String,
    pub(super) division: String,
    pub(super) place: String,
    pub(super) address: String,
    pub(super) members: Vec<Member>,
    pub(super) facts: Vec<Fact>,
    pub(super) findings: Vec<Found>,
    pub(super) cases: Vec<CaseFile>,
    pub(super) visits: Vec<VisitTold>,
    pub(super) receiving: Vec<Help>,
    pub(super) awards: Vec<Awarded>,
    pub(super) payments: Vec<Payment>,
    pub(super) accounts: Vec<Account>,
    pub(super) authorisations: Vec<Authorised>,
    pub(super) disputes: Vec<Dispute>,
    pub(super) holds: Vec<Hold>,
    pub(super) erasures: Vec<Erased>,
    pub(super) looks: Vec<Look>,
}

#[derive(Serialize)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) relation: String,
    pub(super) number: String,
    pub(super) birth: Day,
}

#[derive(Serialize)]
pub(super) struct Fact {
    pub(super) subject: String,
    pub(super) label: String,
    pub(super) value: String,
    pub(super) source: String,
    pub(super) as_of: Day,
    /// Since when it is disputed, in words; else empty.
    pub(super) disputed: String,
}

/// 线索
#[derive(Serialize)]
pub(super) struct Found {
    pub(super) found_on: Day,
    pub(super) programme: String,
    pub(super) kind: String,
    pub(super) reason: String,
    pub(super) state: String,
}

#[derive(Serialize)]
pub(super) struct CaseFile {
    pub(super) programme: String,
    pub(super) number: String,
    pub(super) origin: String,
    pub(super) opened_on: Day,
    pub(super) state: String,
    pub(super) steps: Vec<Step>,
    pub(super) letters: Vec<Letter>,
}

#[derive(Serialize)]
pub(super) struct Step {
    pub(super) day: Day,
    pub(super) what: String,
    pub(super) office: String,
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct Letter {
    pub(super) issued_on: Day,
    pub(super) title: String,
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct VisitTold {
    pub(super) day: Day,
    pub(super) case: String,
    pub(super) office: String,
    pub(super) met: String,
    pub(super) note: String,
    pub(super) answers: Vec<Told>,
    /// What the family could not say.
    pub(super) unclear: String,
}

#[derive(Serialize)]
pub(super) struct Told {
    pub(super) what: String,
    pub(super) value: String,
}

#[derive(Serialize)]
pub(super) struct Help {
    pub(super) programme: String,
    pub(super) people: usize,
    pub(super) from: Day,
    pub(super) to: Day,
    pub(super) amount: Sum,
    pub(super) words: String,
}

#[derive(Serialize)]
pub(super) struct Awarded {
    pub(super) programme: String,
    pub(super) covers: String,
    pub(super) amount: Sum,
    /// How it is paid, in words.
    pub(super) paid: String,
    pub(super) from: Day,
    pub(super) to: Day,
    pub(super) reason: String,
    pub(super) end_reason: String,
}

#[derive(Serialize)]
pub(super) struct Payment {
    pub(super) programme: String,
    pub(super) period: Day,
    pub(super) amount: Sum,
    pub(super) state: String,
    /// What the bank said where it failed.
    pub(super) bank_reason: String,
}

#[derive(Serialize)]
pub(super) struct Account {
    pub(super) holder: String,
    pub(super) bank: String,
    pub(super) number: String,
}

/// 授权书: which allows asking banks and departments.
#[derive(Serialize)]
pub(super) struct Authorised {
    pub(super) code: String,
    pub(super) from: Day,
    pub(super) to: Day,
    pub(super) revoked_on: Day,
}

#[derive(Serialize)]
pub(super) struct Dispute {
    pub(super) what: String,
    pub(super) source: String,
    pub(super) held: String,
    pub(super) said: String,
    pub(super) asked_on: Day,
    pub(super) state: String,
    /// With what the answer came; empty before it.
    pub(super) letter: String,
}

#[derive(Serialize)]
pub(super) struct Hold {
    pub(super) since: Day,
    pub(super) released_on: Day,
}

/// A request to erase, or an erasure.
#[derive(Serialize)]
pub(super) struct Erased {
    pub(super) day: Day,
    pub(super) what: String,
}

#[derive(Serialize)]
pub(super) struct Look {
    pub(super) day: String,
    pub(super) office: String,
    pub(super) what: String,
    pub(super) times: usize,
}

impl From<LookRow> for Look {
    fn from(row: LookRow) -> Self {
        Self { day: row.day, office: row.office, what: row.what.to_owned(), times: row.times }
    }
}

/// Gathers the copy.
///
/// # Errors
/// When store or law cannot be read.
pub(super) async fn of(ctx: &Ctx, id: HouseholdId) -> Result<Copy, WebError> {
    let (l, state) = (ctx.l(), ctx.state());
    let store = state.store();
    let family = state.family(id).await?;
    let sheet = judge::sheet_of(state, &family, None, ctx.today()).await?;
    let outcomes = state.law().outcome_titles(ctx.today());
    let queries = store.queries_of(id).await?;
    let cases = store.cases_of(id).await?;
    let offices = Offices::of(ctx).await?;
    let unnamed = Unnamed::of(l, &family, &cases, &offices.staff);
    let members = family.members.iter().map(|m| Member {
        name: m.person.name.clone(),
        relation: l.pick(m.membership.relation.zh(), m.membership.relation.en()).to_owned(),
        number: m.person.number.as_ref().map_or_else(String::new, |n| n.as_str().to_owned()),
        birth: Day::maybe(m.person.birth.map(|d| Day::of(l, d))),
    });
    let facts = fact_lines(l, ctx, &family, &sheet, &queries).into_iter().map(|f| Fact {
        subject: f.subject,
        label: f.label,
        value: f.value,
        source: f.source,
        as_of: Day::maybe(f.day.map(|d| Day::of(l, d))),
        disputed: f.disputed,
    });
    let leads = store.leads_of(id).await?;
    let findings = leads.iter().map(|lead| Found {
        found_on: Day::of(l, lead.created_on),
        programme: outcomes.get(l, &lead.outcome),
        kind: kind_words(l, lead.kind).to_owned(),
        reason: unnamed.said(l.pick(&lead.reason_zh, &lead.reason_en)),
        state: match (lead.status, lead.closed_on) {
            (LeadStatus::Closed, Some(day)) => {
                let result = LeadResult::from_id(&lead.result);
                let result = result.map_or(lead.result.as_str(), |r| l.pick(r.zh(), r.en()));
                l.f2("{} 办结：{}", l.date(day), result)
            }
            (status, _) => l.pick(status.zh(), status.en()).to_owned(),
        },
    });
    let mut files = Vec::with_capacity(cases.len());
    for case in &cases {
        files.push(CaseFile {
            programme: outcomes.get(l, &case.programme),
            number: cases_view::number(case),
            origin: l.pick(case.origin.zh(), case.origin.en()).to_owned(),
            opened_on: Day::of(l, case.opened_on),
            state: l.pick(case.status.zh(), case.status.en()).to_owned(),
            steps: steps(l, case, &offices, &unnamed),
            letters: letters(ctx, case).await?,
        });
    }
    let mut visits = Vec::new();
    for case in &cases {
        visits.extend(case.visits.iter().map(|v| visit(ctx, &family, case, v, &offices, &unnamed)));
    }
    let awards = store.awards_of(id).await?;
    let awards = awards.iter().map(|a| Awarded {
        programme: outcomes.get(l, &a.programme),
        covers: {
            let names = a.covered.iter().map(|p| family.name(*p).unwrap_or(l.t("家里人")));
            names.collect::<Vec<_>>().join(l.t("、"))
        },
        amount: Sum(a.amount),
        paid: match (a.kind, a.amount) {
            (_, Fen::ZERO) => l.t("只认定，不发钱").to_owned(),
            (Kind::Monthly, amount) => l.f1("每月 {} 元", money(amount)),
            (Kind::Once, amount) => l.f1("一次性 {} 元", money(amount)),
        },
        from: Day::month(l, a.from),
        to: Day::maybe(a.to.map(|m| Day::month(l, m))),
        reason: unnamed.of_cases(l.pick(&a.reason.zh, &a.reason.en), &cases),
        end_reason: a
            .end_reason
            .as_ref()
            .map_or_else(String::new, |r| unnamed.of_cases(l.pick(&r.zh, &r.en), &cases)),
    });
    let paid = store.payments_of(id).await?;
    let payments = paid.iter().map(|p| Payment {
        programme: outcomes.get(l, &p.line.programme),
        period: Day::month(l, p.line.period),
        amount: Sum(p.line.amount),
        state: l.pick(p.line.state.zh(), p.line.state.en()).to_owned(),
        bank_reason: mask::written(&p.line.bank_reason).into_owned(),
    });
    let account = store.account_of(id).await?;
    let help = |r: Received| Help {
        programme: r.programme,
        people: r.people,
        from: Day::month(l, r.from),
        to: Day::maybe(r.to.map(|m| Day::month(l, m))),
        amount: Sum(r.amount),
        words: r.words,
    };
    let disputes = queries.iter().map(|q| {
        let line = query_line(ctx, &family, q);
        Dispute {
            what: line.what,
            source: line.source,
            held: line.held,
            said: line.said,
            asked_on: Day::of(l, q.asked_on),
            state: line.state,
            letter: line.letter,
        }
    });
    let holds = store.holds_of(id).await?.into_iter().map(|h| Hold {
        since: Day::of(l, h.since),
        released_on: Day::maybe(h.released.map(|(day, _)| Day::of(l, day))),
    });
    let authorised = store.authorisations_of(id).await?.into_iter().map(|a| Authorised {
        code: a.code,
        from: Day::of(l, a.from),
        to: Day::of(l, a.to),
        revoked_on: Day::maybe(a.revoked_on.map(|d| Day::of(l, d))),
    });
    let looks = store.looks_at(id, doudi_store::Page::first(u32::MAX)).await?;
    Ok(Copy {
        made_on: Day::of(l, ctx.today()),
        household_code: family.household.code.clone(),
        division: family.household.division.to_string(),
        place: state.place(l, &family.household.division).await?,
        address: family.household.address.clone(),
        members: members.collect(),
        facts: facts.collect(),
        findings: findings.collect(),
        cases: files,
        visits,
        receiving: received::of(ctx, id).await?.into_iter().map(help).collect(),
        awards: awards.collect(),
        payments: payments.collect(),
        accounts: account
            .into_iter()
            .map(|a| Account { holder: a.name, bank: a.bank, number: a.account })
            .collect(),
        authorisations: authorised.collect(),
        disputes: disputes.collect(),
        holds: holds.collect(),
        erasures: erased(ctx, id).await?,
        looks: look_rows(ctx, looks).await?.into_iter().map(Look::from).collect(),
    })
}

/// Requests to erase and what was erased, the latest first of each.
async fn erased(ctx: &Ctx, id: HouseholdId) -> Result<Vec<Erased>, WebError> {
    let (l, store) = (ctx.l(), ctx.state().store());
    let requests = store
        .requests_of(id)
        .await?
        .into_iter()
        .map(|r| Erased { day: Day::of(l, r.asked_on), what: request_words(l, &r) });
    let done = store.erasures_of(id).await?.into_iter().filter(|e| e.state == ErasureState::Done);
    let done = done.map(|e| Erased {
        day: Day::of(l, e.settled_on.unwrap_or(e.proposed_on)),
        what: l.f1("已清除：{}", groups_words(l, &e)),
    });
    Ok(requests.chain(done).collect())
}

/// Offices instead of people.
struct Offices {
    l: Lang,
    staff: Vec<Staff>,
    places: Vec<(doudi_policy::DivisionCode, String)>,
}

impl Offices {
    async fn of(ctx: &Ctx) -> Result<Self, WebError> {
        let staff = ctx.state().store().all_staff().await?;
        let mut places: Vec<(doudi_policy::DivisionCode, String)> = Vec::new();
        for s in &staff {
            if places.iter().all(|(code, _)| *code != s.division) {
                places.push((s.division.clone(), ctx.state().area_name(ctx.l(), &s.division).await?));
            }
        }
        Ok(Self { l: ctx.l(), staff, places })
    }

    /// Where somebody works and in which post they acted.
    fn name(&self, who: doudi_registry::StaffId, post: Option<Post>) -> String {
        let Some(staff) = self.staff.iter().find(|s| s.id == who) else { return String::new() };
        let place = self.places.iter().find(|(code, _)| *code == staff.division);
        let post = post.unwrap_or(staff.post);
        let l = self.l;
        l.f2("{} {}", place.map_or("", |(_, name)| name), l.pick(post.zh(), post.en()))
    }
}

/// What was done in a case, in order. What an objector said is no part of it; that one came is.
fn steps(l: Lang, case: &Case, offices: &Offices, unnamed: &Unnamed) -> Vec<Step> {
    let mut opinions = case.opinions.iter();
    case.events
        .iter()
        .map(|e| {
            let told = unnamed.said(l.pick(&e.text.zh, &e.text.en));
            let reason = match e.action {
                Some(Action::ProposeApprove | Action::ProposeRefuse | Action::BackFill) => {
                    opinions.next().map(|o| o.text.as_str())
                }
                Some(Action::Confirm) => case.decision.as_ref().map(|d| d.human.reason()),
                Some(Action::RecordCheck) => case.check.as_ref().map(|c| c.differences.as_str()),
                _ => None,
            };
            let reason =
                reason.map(|r| unnamed.said(r)).filter(|r| !r.is_empty() && !told.contains(r.as_str()));
            Step {
                day: Day::of(l, e.on),
                what: e.action.map_or_else(|| l.t("立案").to_owned(), |a| l.label(a.zh(), a.en())),
                office: e.by.map_or_else(String::new, |who| offices.name(who, e.post)),
                text: match reason {
                    Some(reason) => l.f2("{}。写明：{}", told, reason),
                    None => told,
                },
            }
        })
        .collect()
}

/// The written papers of a case as they were issued.
async fn letters(ctx: &Ctx, case: &Case) -> Result<Vec<Letter>, WebError> {
    let l = ctx.l();
    let issued = cases_view::notices(ctx.state(), case).await?;
    let letter = |n: &doudi_store::cases::IssuedNotice| Letter {
        issued_on: Day::of(l, n.issued_on),
        title: l.label(n.notice.kind.zh(), n.notice.kind.en()),
        text: mask::letter(l.pick(&n.zh, &n.en)).into_owned(),
    };
    Ok(issued.iter().map(letter).collect())
}

fn visit(
    ctx: &Ctx,
    family: &Family,
    case: &Case,
    v: &Visit,
    offices: &Offices,
    unnamed: &Unnamed,
) -> VisitTold {
    let (l, book) = (ctx.l(), ctx.state().law().book());
    let mut who: Vec<String> = v.surveyors.iter().map(|s| offices.name(s.staff, Some(s.post))).collect();
    who.dedup();
    VisitTold {
        day: Day::of(l, v.on),
        case: cases_view::number(case),
        office: who.join(l.t("、")),
        met: match (&v.signed_by, v.met) {
            (Some(name), true) => l.f1("{} 签字", name),
            (None, true) => l.t("见到家人").to_owned(),
            (_, false) => l.t("没见到").to_owned(),
        },
        note: unnamed.said(&v.note),
        answers: v
            .told
            .answers
            .iter()
            .map(|a| Told {
                what: labelled(l, book, family, a.subject, &a.fact),
                value: vocab::told(l, book, &a.fact, &a.value),
            })
            .collect(),
        unclear: left_words(l, book, family, &v.told.unclear),
    }
}
