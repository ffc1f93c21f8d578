//! 试算: what the rules say of one family, as the pages show it. Never a decision.

use std::collections::{BTreeMap, BTreeSet};

use doudi_policy::eval::{Mode, OpenFact, Subject, Trace, open_facts};
use doudi_policy::explain::explain_at;
use doudi_policy::plan::{Entity, NodeId, Plan, PlannedRule};
use doudi_policy::sheet::{FactSheet, SheetValue};
use doudi_policy::{
    Date, Fen, Month, Truth,
    column::{Batch, State},
};
use doudi_registry::{
    HouseholdId, LeadId, MembershipKind, Observation, PersonId, ReadMode, Resolved, Scalar,
    Subject as Observed, resolve,
};
use serde_json::Value;

use crate::error::WebError;
use crate::family::Family;
use crate::lang::{Lang, money};
use crate::state::AppState;
use crate::view::Tag;
use crate::vocab;

/// The rule that says who counts as a member of the family. Its id is part of the vocabulary that programmes share.
const MEMBER_RULE: &str = "counts_as_member";

/// One programme for one family.
#[derive(Clone, Debug)]
pub struct Programme {
    /// Outcome id.
    pub id: String,
    /// Title in the page's language.
    pub title: String,
    /// Whether the conditions are met.
    pub outcome: Truth,
    /// Amount where it is met or may be: least and largest in fen.
    pub amount: (Option<Fen>, Option<Fen>),
    /// Whether it pays money at all.
    pub pays: bool,
    /// Members who meet it or may, for programmes of persons.
    pub who: Vec<String>,
    /// Places of the members who meet it.
    pub members: Vec<usize>,
    /// For programmes of persons: places of the members who meet it, with what each is due.
    pub paid: Vec<(usize, Fen)>,
    /// For programmes of persons: the member whose conditions are shown.
    pub shown: Option<usize>,
    /// Conditions in order.
    pub conditions: Vec<Condition>,
    /// What is still open.
    pub open: Vec<OpenFact>,
    /// The same in words.
    pub lack: Vec<String>,
    /// What was taken as an article says because it is not known; filled by [`tell`].
    pub defaults: Vec<String>,
}

/// One condition.
#[derive(Clone, Debug)]
pub struct Condition {
    /// What is asked.
    pub text: String,
    /// What was found, where it was told.
    pub found: String,
    /// Truth.
    pub truth: Truth,
}

/// Whether a member counts.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Truth.
    pub truth: Truth,
    /// The clauses that speak of the member, in words.
    pub why: Vec<String>,
}

/// The result of all programmes.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Month.
    pub period: Month,
    /// Knowledge date.
    pub as_of: Date,
    /// Hash of the packages.
    pub package_hash: String,
    /// Programmes: met first, then those that lack least.
    pub programmes: Vec<Programme>,
    /// Members of the sheet in order.
    pub counted: Vec<Counted>,
}

impl Judged {
    /// A programme by outcome id.
    #[must_use]
    pub fn programme(&self, id: &str) -> Option<&Programme> {
        self.programmes.iter().find(|p| p.id == id)
    }
}

/// Runs all programmes over a sheet.
///
/// # Errors
/// The law of the month cannot be compiled, or the sheet cannot be read.
pub fn judge(
    l: Lang,
    state: &AppState,
    sheet: &FactSheet,
    period: Month,
    as_of: Date,
    mode: Mode,
) -> Result<Judged, WebError> {
    let plan = state.law().plan(period, as_of)?;
    let batch = batch_of(sheet, &plan)?;
    let trace = Trace::of(&plan, &batch, 0, mode);
    let mut programmes: Vec<Programme> =
        (0..plan.outcomes.len()).filter_map(|o| programme(l, state, sheet, &trace, o)).collect();
    // Stable: within a class the order of the packages stays.
    programmes.sort_by_key(|p| match p.outcome {
        Truth::True => (0, 0),
        Truth::Unknown => (1, p.lack.len()),
        Truth::False => (2, 0),
    });
    Ok(Judged {
        period,
        as_of,
        package_hash: plan.package_hash.clone(),
        counted: counted(l, &plan, &trace, sheet),
        programmes,
    })
}

/// A sheet as a batch of one.
///
/// # Errors
/// What is wrong with the sheet.
pub fn batch_of(sheet: &FactSheet, plan: &Plan) -> Result<Batch, WebError> {
    Batch::from_sheets(std::slice::from_ref(sheet), plan).map_err(|problems| {
        let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
        WebError::internal(text.join("; "))
    })
}

fn programme(l: Lang, state: &AppState, sheet: &FactSheet, trace: &Trace<'_>, o: usize) -> Option<Programme> {
    let plan = trace.plan();
    let outcome = plan.outcomes.get(o)?;
    let evaluation = trace.evaluation();
    let truth = evaluation.outcome(o, 0);
    let of_members = outcome.of == Entity::Member;
    let mut who = Vec::new();
    let mut members = Vec::new();
    let mut paid = Vec::new();
    let mut shown = 0;
    if of_members {
        for m in evaluation.members_of(0) {
            let t = evaluation.outcome_member(o, m);
            if t == Truth::True {
                members.push(m);
                let amount = evaluation.amount_member(o, m);
                paid.extend(amount.0.filter(|_| amount.0 == amount.1).map(|fen| (m, Fen(fen))));
            }
            if t == truth && t != Truth::False {
                who.push(member_name(l, sheet, m));
                if who.len() == 1 {
                    shown = m;
                }
            }
        }
    }
    let conditions = outcome
        .conditions
        .iter()
        .enumerate()
        .map(|(c, node)| Condition {
            text: condition_words(l, plan, *node),
            found: String::new(),
            truth: evaluation.condition(o, c, shown),
        })
        .filter(|c| !c.text.is_empty())
        .collect();
    let open = open_facts(trace, o, None);
    let lack = grouped(
        l,
        state.law().book(),
        open.iter().map(|f| (f.fact.as_str(), open_subject(l, sheet, f.subject))),
    );
    let (lo, hi) = evaluation.amount(o, 0);
    Some(Programme {
        id: outcome.id.clone(),
        title: l.pick(&outcome.zh, &outcome.en).to_owned(),
        outcome: truth,
        amount: (lo.map(Fen), hi.map(Fen)),
        pays: outcome.amount.is_some(),
        who,
        members,
        paid,
        shown: of_members.then_some(shown),
        conditions,
        open,
        lack: if truth == Truth::Unknown { lack } else { Vec::new() },
        defaults: Vec::new(),
    })
}

/// Title of the rule behind a condition; the text of the law where the condition is no rule.
fn condition_words(l: Lang, plan: &Plan, node: NodeId) -> String {
    rule_at(plan, node).map_or_else(String::new, |r| l.pick(&r.zh, &r.en).to_owned())
}

fn rule_at(plan: &Plan, node: NodeId) -> Option<&PlannedRule> {
    plan.rules.iter().find(|r| r.node == node)
}

fn member_name(l: Lang, sheet: &FactSheet, m: usize) -> String {
    sheet.members.get(m).and_then(|s| s.name.clone()).unwrap_or_else(|| l.f1("成员 {}", m + 1))
}

/// Name of the person of whom a fact is asked; empty for the household.
fn open_subject(l: Lang, sheet: &FactSheet, subject: Subject) -> String {
    let at = |i: u32| usize::try_from(i).unwrap_or(usize::MAX);
    match subject {
        Subject::Household => String::new(),
        Subject::Member(m) => member_name(l, sheet, at(m)),
        Subject::Obligor(o) => sheet
            .obligors
            .get(at(o))
            .and_then(|s| s.name.clone())
            .unwrap_or_else(|| l.f1("义务人 {}", at(o) + 1)),
    }
}

/// Open facts in words, one line a fact with the people of whom it is asked: 工资性收入（石望山、柳月梅）.
#[must_use]
pub fn grouped<'a>(
    l: Lang,
    book: &doudi_policy::book::Book,
    open: impl Iterator<Item = (&'a str, String)>,
) -> Vec<String> {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for (fact, who) in open {
        match groups.iter_mut().find(|(f, _)| *f == fact) {
            Some((_, people)) => people.push(who),
            None => groups.push((fact, vec![who])),
        }
    }
    groups
        .into_iter()
        .map(|(fact, people)| {
            let label = vocab::label(l, book, fact);
            let named: Vec<String> = people.into_iter().filter(|p| !p.is_empty()).collect();
            match named.len() {
                0 => label,
                1 | 2 => l.f2("{}（{}）", label, named.join(l.t("、"))),
                n => l.f2("{}（{} 人）", label, n),
            }
        })
        .collect()
}

fn counted(l: Lang, plan: &Plan, trace: &Trace<'_>, sheet: &FactSheet) -> Vec<Counted> {
    use doudi_policy::eval::Value as Possible;
    let Some(rule) = plan.rules.iter().find(|r| r.id == MEMBER_RULE) else {
        return Vec::new();
    };
    (0..sheet.members.len())
        .map(|m| {
            let truth = match trace.value(rule.node, m) {
                Possible::Truth(t) => t,
                _ => Truth::Unknown,
            };
            // The clauses of the rule that are themselves rules of members, and hold.
            let why = rule
                .inputs
                .iter()
                .filter_map(|input| match input {
                    doudi_policy::plan::Input::Rule(r) => plan.rules.get(usize::try_from(*r).ok()?),
                    _ => None,
                })
                .filter(|r| trace.value(r.node, m) == Possible::Truth(Truth::True))
                .map(|r| l.pick(&r.zh, &r.en).to_owned())
                .collect();
            Counted { truth, why }
        })
        .collect()
}

/// Conditions of a programme with what was found in this case, from the policy crate's own explanation; slower than
/// [`judge`], for pages that show them.
///
/// # Errors
/// The law of the month cannot be compiled, or the sheet cannot be read.
pub fn tell(
    l: Lang,
    state: &AppState,
    sheet: &FactSheet,
    judged: &mut Judged,
    mode: Mode,
    place: &str,
) -> Result<(), WebError> {
    let plan = state.law().plan(judged.period, judged.as_of)?;
    let batch = batch_of(sheet, &plan)?;
    let trace = Trace::of(&plan, &batch, 0, mode);
    for programme in &mut judged.programmes {
        let Some(o) = plan.find_outcome(&programme.id) else { continue };
        let told = explain_at(&trace, Some(sheet), o, programme.shown, place);
        let lang = match l {
            Lang::Zh => doudi_policy::lang::Lang::Zh,
            Lang::En => doudi_policy::lang::Lang::En,
        };
        programme.defaults = told.taken_for_known(lang);
        if !told.conditions.is_empty() {
            programme.conditions = told
                .conditions
                .iter()
                .map(|c| Condition {
                    text: l.pick(&c.text.zh, &c.text.en).to_owned(),
                    found: news(l.pick(&c.text.zh, &c.text.en), l.pick(&c.found.zh, &c.found.en)),
                    truth: c.truth,
                })
                .collect();
        }
    }
    Ok(())
}

/// What was found, unless it only says the condition over again: the tick beside it says that already.
fn news(asked: &str, found: &str) -> String {
    let plain = found.split(['：', ':']).next().unwrap_or(found).trim();
    if plain == asked.trim() { String::new() } else { found.to_owned() }
}

/// 符合 / 不符合 / 待查 as a tag.
#[must_use]
pub fn truth_tag(l: Lang, truth: Truth) -> Tag {
    match truth {
        Truth::True => Tag::ok(l.t("符合")),
        Truth::False => Tag::no(l.t("不符合")),
        Truth::Unknown => Tag::unknown(l.t("待查")),
    }
}

/// Class, icon and hidden word of a condition.
#[must_use]
pub fn truth_parts(l: Lang, truth: Truth) -> (&'static str, &'static str, &'static str) {
    match truth {
        Truth::True => ("c-ok", "check", l.t("符合：")),
        Truth::False => ("c-no", "cross", l.t("不符合：")),
        Truth::Unknown => ("c-unk", "q", l.t("待查：")),
    }
}

/// 1,344.00 · 0.00–768.00 · an empty text where nothing can be said.
#[must_use]
pub fn amount_words(amount: (Option<Fen>, Option<Fen>)) -> String {
    match amount {
        (Some(lo), Some(hi)) if lo == hi => money(lo),
        (Some(lo), Some(hi)) if lo.0 > 0 => format!("{}–{}", money(lo), money(hi)),
        (_, Some(hi)) => format!("≤ {}", money(hi)),
        (Some(lo), None) if lo.0 > 0 => format!("≥ {}", money(lo)),
        (_, None) => String::new(),
    }
}

/// The facts of a household as they are known now: the sheet of its latest lead (or, without one, the register),
/// what it receives, and over that what visits and forms have told since. A stored value that cannot be is unknown.
///
/// # Errors
/// When the store cannot be read.
pub async fn sheet_of(
    state: &AppState,
    family: &Family,
    lead: Option<LeadId>,
    today: Date,
) -> Result<FactSheet, WebError> {
    let store = state.store();
    let id = family.household.id;
    let lead = match lead {
        Some(lead) => Some(lead),
        None => latest_lead(state, id).await?,
    };
    let mut sheet = match lead {
        Some(lead) => FactSheet::from_json(&store.lead(lead).await?.sheet).unwrap_or_default(),
        None => FactSheet::default(),
    };
    if sheet.members.is_empty() {
        sheet = register_sheet(family);
        let received = store.receiving_of(id, today.month()).await?;
        mark_receiving(state, &mut sheet, &received);
    }
    sheet.division = Some(family.household.division.clone());
    lay(state, &mut sheet, &store.observations_of_family(id).await?, today);
    sheet.set_aside(&*state.law().plan(today.month(), today)?);
    family.lend_names(&mut sheet);
    Ok(sheet)
}

/// The latest lead of a household, closed ones too: what the departments knew does not go with the lead.
async fn latest_lead(state: &AppState, household: HouseholdId) -> Result<Option<LeadId>, WebError> {
    let leads = state.store().leads_of(household).await?;
    Ok(leads.iter().max_by_key(|l| (l.period, l.created_on, l.id)).map(|l| l.id))
}

/// Writes the names of the sources for their ids, for texts that show them as they stand.
pub fn name_sources(l: Lang, sheet: &mut FactSheet) {
    let members = sheet.members.iter_mut().flat_map(|m| m.facts.values_mut());
    for value in sheet.household.values_mut().chain(members) {
        if let Some(id) = &value.source {
            value.source = Some(vocab::source(l, id));
        }
    }
}

/// What the register alone says: class, relation, birth.
#[must_use]
pub fn register_sheet(family: &Family) -> FactSheet {
    let from_register = |value: Value| SheetValue {
        value,
        source: Some("registry".to_owned()),
        grade: Some("A".to_owned()),
        ..SheetValue::default()
    };
    let mut sheet = FactSheet { division: Some(family.household.division.clone()), ..FactSheet::default() };
    if let Some(class) = family.household.class {
        sheet.household.insert("registered_class".to_owned(), from_register(class.id().into()));
    }
    for m in &family.members {
        if m.membership.kind != MembershipKind::Hukou {
            continue;
        }
        let mut subject = doudi_policy::sheet::SheetSubject {
            name: Some(m.person.name.clone()),
            person: Some(m.person.id.0),
            facts: BTreeMap::new(),
        };
        subject.facts.insert("relation".to_owned(), from_register(m.membership.relation.id().into()));
        if let Some(birth) = m.person.birth {
            subject.facts.insert("birth".to_owned(), from_register(birth.to_string().into()));
        }
        sheet.members.push(subject);
    }
    sheet
}

/// Sets the facts that say who receives what, as the vocabulary names them for each programme.
fn mark_receiving(state: &AppState, sheet: &mut FactSheet, received: &[doudi_registry::Receiving]) {
    let facts = state.law().book().facts();
    for r in received {
        for fact in facts.iter().filter(|f| f.back == 0 && f.register.contains(&r.programme)) {
            let yes = SheetValue {
                value: true.into(),
                source: Some("own_register".to_owned()),
                grade: Some("A".to_owned()),
                ..SheetValue::default()
            };
            match fact.of {
                Entity::Household => {
                    sheet.household.insert(fact.id.clone(), yes);
                }
                Entity::Member => {
                    if let Some(m) = sheet.members.iter_mut().find(|m| m.person == Some(r.person.0)) {
                        m.facts.insert(fact.id.clone(), yes);
                    }
                }
                Entity::Constant | Entity::Obligor => {}
            }
        }
    }
}

/// Lays what people told over the sheet: of each fact the word that [`resolve`] lets stand.
pub fn lay(state: &AppState, sheet: &mut FactSheet, told: &[Observation], today: Date) {
    let book = state.law().book();
    let keys: BTreeSet<(Observed, &str)> =
        told.iter().flat_map(|o| o.payload.keys().map(|key| (o.subject, key.as_str()))).collect();
    for (subject, fact) in keys {
        let decl = vocab::find(book, fact);
        let fresh = decl.and_then(|d| d.fresh_months);
        // The sheet itself knows from the day of a value whether it is too old.
        let found = resolve(told, subject, fact, fresh, today, today, ReadMode::Find);
        let said = match &found {
            Resolved::Known { value, .. } => Some(value),
            Resolved::Unknown { .. } => None,
        };
        match fact {
            "members_complete" => sheet.members_complete = said == Some(&Scalar::Bool(true)),
            "obligors_complete" => sheet.obligors_complete = said == Some(&Scalar::Bool(true)),
            _ => {}
        }
        let Some(decl) = decl else { continue };
        let value = match found {
            Resolved::Known { value, provenance, .. } => SheetValue {
                value: scalar_value(decl.ty, &value),
                source: Some(provenance.source),
                as_of: Some(provenance.as_of),
                grade: Some(provenance.grade.id().to_owned()),
                ..SheetValue::default()
            },
            Resolved::Unknown { reason: State::Missing, .. } => continue,
            Resolved::Unknown { reason, .. } => SheetValue { state: Some(reason), ..SheetValue::default() },
        };
        match subject {
            Observed::Household(_) => {
                sheet.household.insert(fact.to_owned(), value);
            }
            Observed::Person(PersonId(id)) => {
                if let Some(m) = sheet.members.iter_mut().find(|m| m.person == Some(id)) {
                    m.facts.insert(fact.to_owned(), value);
                }
            }
        }
    }
}

/// An observation holds money in fen; a sheet holds yuan.
pub(crate) fn scalar_value(ty: doudi_policy::plan::Type, scalar: &Scalar) -> Value {
    use doudi_policy::plan::Type;
    match (scalar, ty) {
        (Scalar::Bool(b), _) => (*b).into(),
        (Scalar::Number(n), Type::Money(_)) => Fen(*n).to_string().into(),
        (Scalar::Number(n), _) => (*n).into(),
        (Scalar::Text(t), _) => t.clone().into(),
    }
}
