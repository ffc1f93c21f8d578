//! 走访: what the visitor sees and writes. The visitor may be the neighbour: the page says what to look at and asks
//! what is open, and holds no value, no source and no reason of the signal.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use doudi_casework::{Answer, Bilingual, Case, Surveyor, Told, Unanswered, Visit};
use doudi_policy::book::Book;
use doudi_policy::eval::{Mode, OpenFact, Subject};
use doudi_policy::plan::{FactDecl, Type};
use doudi_policy::sheet::FactSheet;
use doudi_policy::{Date, Fen};
use doudi_registry::{CaseId, PersonId, Post, Scalar, Staff, Subject as Observed, VisitId};

use crate::cases_view;
use crate::ctx::{Worker, html, see_other};
use crate::error::{PageResult, WebError};
use crate::family::Family;
use crate::field::Choice;
use crate::judge;
use crate::lang::Lang;
use crate::page::Page;
use crate::posted::Posted;
use crate::state::AppState;
use crate::view::FormErrors;
use crate::vocab;

/// Posts that go to families.
pub const FIELD: &[Post] =
    &[Post::VillageWorker, Post::SocialWorker, Post::TownshipClerk, Post::TownshipHead, Post::CountyOfficer];

/// One question, about one fact of one subject.
#[derive(Clone, Debug)]
pub struct Question {
    /// Id in the page.
    pub id: String,
    /// Name sent.
    pub name: String,
    /// Words.
    pub text: String,
    /// Help.
    pub hint: String,
    /// `choice`, `money`, `number`, `date`.
    kind: &'static str,
    /// Unit after the box.
    pub unit: &'static str,
    /// Choices other than 说不清.
    pub options: Vec<Choice>,
    /// What was sent.
    pub value: String,
    /// 说不清 was ticked.
    pub unsure: bool,
    /// What is wrong.
    pub error: String,
    fact: String,
    subject: Observed,
}

impl Question {
    /// The fact that is asked.
    #[must_use]
    pub fn fact(&self) -> &str {
        &self.fact
    }

    /// Of whom; `None` for the household.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self.subject {
            Observed::Household(_) => None,
            Observed::Person(id) => Some(id),
        }
    }

    fn is_text(&self) -> bool {
        self.kind != "choice"
    }

    fn numeric(&self) -> bool {
        matches!(self.kind, "money" | "number")
    }

    fn unsure_name(&self) -> String {
        format!("u{}", self.name)
    }
}

/// The questions about one person, or about the household.
struct Part {
    id: String,
    key: String,
    title: String,
    questions: Vec<Question>,
    /// Sums and numbers among them.
    sums: usize,
    /// Whether what is empty was asked and is none.
    none: bool,
}

impl Part {
    fn none_name(&self) -> String {
        none_name(&self.key)
    }
}

/// Name of the box that says: asked, and what is empty is none.
fn none_name(key: &str) -> String {
    format!("none.{key}")
}

#[derive(Template)]
#[template(path = "page/visit.html")]
struct VisitPage {
    l: Lang,
    page: Page,
    id: i64,
    version: u32,
    name: String,
    place: String,
    notes: Vec<String>,
    parts: Vec<Part>,
    earlier: Vec<Earlier>,
    companions: Vec<Choice>,
    errors: FormErrors,
    met: String,
    signed: String,
    note: String,
}

/// Something that an earlier visit of the case was told, and the question that corrects it.
#[derive(Clone)]
struct Earlier {
    /// Of whom, and what.
    label: String,
    /// What was told.
    told: String,
    /// On which day.
    on: String,
    /// The value as it stands.
    was: Scalar,
    /// The question; left empty where nothing has changed.
    question: Question,
}

struct Room<'a> {
    worker: &'a Worker,
    case: Case,
    family: Family,
    sheet: FactSheet,
    notes: Vec<String>,
    questions: Vec<Question>,
    earlier: Vec<Earlier>,
    companions: Vec<Staff>,
}

async fn load(worker: &Worker, id: i64) -> Result<Room<'_>, WebError> {
    let l = worker.l();
    let state = worker.ctx.state();
    let case = cases_view::load(state, CaseId(id)).await?;
    let family = state.family(case.household).await?;
    let today = worker.ctx.today();
    let sheet = judge::sheet_of(state, &family, case.lead, today).await?;
    let open = open_of(state, &sheet, &case.programme, today)?;
    let questions = questions(l, state.law().book(), &family, &people_of(&sheet), &open);
    let earlier = earlier(l, state.law().book(), &family, &sheet, &case, &questions);
    let mut notes = Vec::new();
    if let Some(lead) = case.lead {
        let lead = state.store().lead(lead).await?;
        notes.extend(lead.indicators.iter().map(|i| l.pick(&i.visit_zh, &i.visit_en).to_owned()));
        if notes.is_empty() {
            notes.push(l.pick(&lead.visit_note_zh, &lead.visit_note_en).to_owned());
        }
    }
    notes.retain(|n| !n.is_empty());
    notes.dedup();
    if notes.is_empty() {
        notes.push(l.t("看看这家人的日子过得怎么样，有什么难处。").to_owned());
    }
    let companions = state
        .staff_for(&case.division, FIELD)
        .await?
        .into_iter()
        .filter(|s| s.id != worker.staff.id && s.post != Post::CountyOfficer)
        .collect();
    Ok(Room { worker, case, family, sheet, notes, questions, earlier, companions })
}

fn people_of(sheet: &FactSheet) -> Vec<Option<PersonId>> {
    sheet.members.iter().map(|m| m.person.map(PersonId)).collect()
}

/// What the rules still ask of a family for a programme, so that the asking tells nobody who is ill.
fn open_of(
    state: &AppState,
    sheet: &FactSheet,
    programme: &str,
    today: Date,
) -> Result<Vec<OpenFact>, WebError> {
    let judged = judge::judge(Lang::Zh, state, sheet, today.month(), today, Mode::Decide)?;
    let open = judged.programme(programme).map_or(&[][..], |p| p.open.as_slice());
    Ok(of_everybody(state.law().book(), open, sheet.members.len()))
}

/// What visits of this case were told and is not asked again, each with the question that corrects it. Nothing that
/// a department knows is among it: the visitor may be the neighbour.
fn earlier(
    l: Lang,
    book: &Book,
    family: &Family,
    sheet: &FactSheet,
    case: &Case,
    asked: &[Question],
) -> Vec<Earlier> {
    let people = people_of(sheet);
    let mut latest: Vec<(&Answer, Date)> = Vec::new();
    for visit in case.visits.iter().filter(|v| case.learns_from(v)) {
        for answer in &visit.told.answers {
            latest.retain(|(a, _)| a.subject != answer.subject || a.fact != answer.fact);
            latest.push((answer, visit.on));
        }
    }
    let mut out: Vec<Earlier> = Vec::new();
    for (answer, on) in latest {
        if asked.iter().any(|q| q.subject == answer.subject && told_as(&q.fact) == answer.fact) {
            continue;
        }
        let subject = match answer.subject {
            Observed::Household(_) => Some(Subject::Household),
            Observed::Person(id) => {
                let at = people.iter().position(|p| *p == Some(id)).and_then(|at| u32::try_from(at).ok());
                at.map(Subject::Member)
            }
        };
        let Some(subject) = subject else { continue };
        let fact = answer.fact.strip_suffix(COMPLETE).unwrap_or(&answer.fact).to_owned();
        let Some(mut question) = question(l, book, family, &people, &fact, subject) else { continue };
        question.id = format!("e{}", out.len());
        question.name = question.name.replacen("q.", "e.", 1);
        out.push(Earlier {
            label: labelled(l, book, family, answer.subject, &answer.fact),
            told: vocab::told(l, book, &answer.fact, &answer.value),
            on: l.date(on),
            was: answer.value.clone(),
            question,
        });
    }
    out.sort_by_key(|e| e.question.person());
    out
}

/// 石望山：零工收入
pub(super) fn labelled(l: Lang, book: &Book, family: &Family, subject: Observed, fact: &str) -> String {
    let (who, label) = (family.whose(l, subject), vocab::label(l, book, fact));
    if who.is_empty() { label } else { l.f2("{}：{}", who, label) }
}

/// Questions without an answer in words, one for each fact with the people of whom it is asked.
pub(super) fn left_words<'u>(
    l: Lang,
    book: &Book,
    family: &Family,
    left: impl IntoIterator<Item = &'u Unanswered>,
) -> String {
    let facts = left.into_iter().map(|u| (u.fact.as_str(), family.whose(l, u.subject)));
    judge::grouped(l, book, facts).join(l.t("；"))
}

/// A question without an answer, as the record keeps it in both languages.
fn unanswered(book: &Book, family: &Family, q: &Question) -> Unanswered {
    let words = |l| labelled(l, book, family, q.subject, &q.fact);
    Unanswered {
        subject: q.subject,
        fact: told_as(&q.fact),
        label: Bilingual::new(words(Lang::Zh), words(Lang::En)),
    }
}

/// The open facts, and those that everybody is asked (about illness), of every member of every family, known or not: whoever visits may be
/// the neighbour, and a question that only some homes are asked would name who is ill.
fn of_everybody(book: &Book, open: &[OpenFact], members: usize) -> Vec<OpenFact> {
    let mut out = open.to_vec();
    for fact in book.facts().iter().filter(|f| f.ask_all && f.back == 0) {
        for member in (0..members).filter_map(|m| u32::try_from(m).ok()) {
            let subject = Subject::Member(member);
            if out.iter().all(|f| f.fact != fact.id || f.subject != subject) {
                out.push(OpenFact {
                    fact: fact.id.clone(),
                    zh: fact.zh.clone(),
                    en: fact.en.clone(),
                    subject,
                    alone: false,
                });
            }
        }
    }
    out
}

/// What the visitor can find out, as questions: facts that a visit or the family itself can tell.
#[must_use]
pub fn questions(
    l: Lang,
    book: &Book,
    family: &Family,
    people: &[Option<PersonId>],
    open: &[OpenFact],
) -> Vec<Question> {
    let mut out: Vec<Question> = Vec::new();
    for fact in open {
        let Some(mut question) = question(l, book, family, people, &fact.fact, fact.subject) else {
            continue;
        };
        if out.iter().all(|q| q.name != question.name) {
            question.id = format!("q{}", out.len());
            out.push(question);
        }
    }
    out
}

/// The question about one fact; `None` where a visit cannot find it out, or nobody on file is meant.
fn question(
    l: Lang,
    book: &Book,
    family: &Family,
    people: &[Option<PersonId>],
    fact: &str,
    whose: Subject,
) -> Option<Question> {
    let mut question = Question {
        id: String::new(),
        name: String::new(),
        text: String::new(),
        hint: String::new(),
        kind: "choice",
        unit: "",
        options: Vec::new(),
        value: String::new(),
        unsure: false,
        error: String::new(),
        fact: fact.to_owned(),
        subject: Observed::Household(family.household.id),
    };
    let anybody = || vec![Choice::new("no", l.t("没有")), Choice::new("yes", l.t("有，写在下面"))];
    match (fact, whose) {
        ("members", _) => {
            question.text = l.t("除了户口本上的人，还有别人长期一起住、一起吃饭吗？").to_owned();
            question.options = anybody();
        }
        ("obligors", _) => {
            question.text = l.t("还有不住在一起、但该赡养或抚养他们的亲人吗？").to_owned();
            question.options = anybody();
        }
        (_, Subject::Obligor(_)) => return None,
        (id, subject) => {
            let decl = vocab::find(book, id)?;
            if !decl.from.iter().any(|f| matches!(f.as_str(), "visit" | "declaration")) {
                return None;
            }
            if let Subject::Member(m) = subject {
                let person = usize::try_from(m).ok().and_then(|i| people.get(i)).copied().flatten()?;
                family.name(person)?;
                question.subject = Observed::Person(person);
            }
            ask(l, book, decl, &mut question);
        }
    }
    question.name = format!("q.{}.{}", subject_key(question.subject), question.fact);
    Some(question)
}

fn subject_key(subject: Observed) -> String {
    match subject {
        Observed::Household(_) => "h".to_owned(),
        Observed::Person(id) => id.to_string(),
    }
}

/// Words and answers of a question about a fact.
fn ask(l: Lang, book: &Book, fact: &FactDecl, question: &mut Question) {
    let label = vocab::label(l, book, &fact.id);
    match fact.ty {
        Type::Bool => {
            question.text = l.f1("{}，是不是？", label);
            question.options = vec![Choice::new("true", l.t("是")), Choice::new("false", l.t("不是"))];
        }
        Type::Enum(_) => {
            question.text = l.f1("{}，是哪一种？", label);
            question.options = vocab::enum_values(l, book, fact)
                .into_iter()
                .map(|(id, text)| Choice::new(id, text))
                .collect();
        }
        Type::Money(_) | Type::Exact(_) => {
            question.kind = "money";
            question.unit = vocab::unit(l, fact.ty);
            question.text = l.f1("{}，大约多少？", label);
        }
        Type::Int | Type::Rate => {
            question.kind = "number";
            question.text = l.f1("{}，多少？", label);
        }
        Type::Date | Type::Month => {
            question.kind = "date";
            question.text = l.f1("{}，哪一天？", label);
            question.hint = l.t("例如 2024-06-17").to_owned();
        }
    }
    let own = l.pick(&fact.ask_zh, &fact.ask_en);
    if !own.is_empty() {
        question.text = own.to_owned();
    }
}

impl Room<'_> {
    async fn page(&self, posted: Option<&Posted>, errors: FormErrors) -> Result<VisitPage, WebError> {
        let l = self.worker.l();
        let ctx = &self.worker.ctx;
        let sent = |name: &str| posted.map_or("", |p| p.get(name)).to_owned();
        let with = posted.map_or(&[][..], |p| p.all("with"));
        let (mut questions, mut earlier) = (self.questions.clone(), self.earlier.clone());
        if let Some(posted) = posted {
            for q in questions.iter_mut().chain(earlier.iter_mut().map(|e| &mut e.question)) {
                q.value = posted.get(&q.name).to_owned();
                q.unsure = posted.ticked(&q.unsure_name());
                q.error = errors.of(&q.id).to_owned();
            }
        }
        Ok(VisitPage {
            version: self.case.version,
            l,
            page: ctx.page(l.f1("{}户", &self.family.head), "/workbench").await?,
            id: self.case.id.0,
            name: self.family.head.clone(),
            place: ctx.state().area_name(l, &self.case.division).await?,
            notes: self.notes.clone(),
            parts: self.parts(questions, posted),
            earlier,
            companions: self
                .companions
                .iter()
                .map(|s| {
                    let value = s.id.to_string();
                    let chosen = with.contains(&value);
                    Choice::new(value, format!("{} {}", l.name(&s.name), l.pick(s.post.zh(), s.post.en())))
                        .selected(chosen)
                })
                .collect(),
            errors,
            met: sent("met"),
            signed: sent("signed"),
            note: sent("note"),
        })
    }

    /// The questions by person, the household first.
    fn parts(&self, questions: Vec<Question>, posted: Option<&Posted>) -> Vec<Part> {
        let l = self.worker.l();
        let mut parts: Vec<Part> = Vec::new();
        for question in questions {
            let key = subject_key(question.subject);
            let at = match parts.iter().position(|p| p.key == key) {
                Some(at) => at,
                None => {
                    parts.push(Part {
                        id: format!("part-{key}"),
                        title: match question.subject {
                            Observed::Household(_) => l.t("全家").to_owned(),
                            Observed::Person(id) => self.family.name(id).unwrap_or_default().to_owned(),
                        },
                        none: posted.is_some_and(|p| p.ticked(&none_name(&key))),
                        key,
                        questions: Vec::new(),
                        sums: 0,
                    });
                    parts.len() - 1
                }
            };
            if let Some(part) = parts.get_mut(at) {
                part.sums += usize::from(question.numeric());
                part.questions.push(question);
            }
        }
        parts.sort_by_key(|p| p.key != "h");
        parts
    }

    /// What was typed as an answer that the vocabulary can take.
    fn scalar(&self, q: &Question, text: &str) -> Result<Scalar, String> {
        let (l, ctx) = (self.worker.l(), &self.worker.ctx);
        let book = ctx.state().law().book();
        let offered = q.options.is_empty() || q.options.iter().any(|o| o.value == text);
        let (fact, value) = vocab::find(book, &q.fact)
            .and_then(|fact| Some((fact, vocab::typed(book, fact, text)?)))
            .filter(|_| offered)
            .ok_or_else(|| unreadable(l, q, text))?;
        match vocab::allowed(fact, &value, ctx.today()) {
            Ok(()) => Ok(value),
            Err(e) => Err(l.f2("“{}”：{}", &q.text, l.pick(&e.zh, &e.en))),
        }
    }

    /// What was sent: answers to what is open, corrections of what was told before, and what the family cannot say.
    fn told(&self, posted: &Posted, errors: &mut FormErrors) -> Told {
        let book = self.worker.ctx.state().law().book();
        let mut out = Told::default();
        for q in &self.questions {
            let text = posted.get(&q.name);
            if text == "?" || posted.ticked(&q.unsure_name()) {
                out.unclear.push(unanswered(book, &self.family, q));
                continue;
            }
            if text.is_empty() {
                // Asked, and there is none: only where the visitor says so.
                if q.numeric() && posted.ticked(&none_name(&subject_key(q.subject))) {
                    out.answers.push(answer(q, &Scalar::Number(0)));
                }
                continue;
            }
            match self.scalar(q, text) {
                Ok(value) => out.answers.push(answer(q, &value)),
                Err(message) => errors.add(q.id.clone(), message),
            }
        }
        for e in &self.earlier {
            match posted.get(&e.question.name) {
                "" => {}
                text => match self.scalar(&e.question, text) {
                    Ok(value) => {
                        let said = answer(&e.question, &value);
                        out.answers.extend(Some(said).filter(|said| said.value != e.was));
                    }
                    Err(message) => errors.add(e.question.id.clone(), message),
                },
            }
        }
        out
    }

    /// What the rules still need after a visit, that a visit can find out and this one did not ask.
    fn unasked(&self, visit: &Visit) -> Result<Vec<Unanswered>, WebError> {
        let state = self.worker.ctx.state();
        let book = state.law().book();
        let mut sheet = self.sheet.clone();
        judge::lay(state, &mut sheet, &visit.observations(VisitId(0)), visit.on);
        let open = open_of(state, &sheet, &self.case.programme, visit.on)?;
        let left = questions(Lang::Zh, book, &self.family, &people_of(&sheet), &open);
        let left = left.iter().map(|q| unanswered(book, &self.family, q));
        Ok(left.filter(|u| !visit.told.asked(u.subject, &u.fact)).collect())
    }
}

/// Why an answer was not taken.
fn unreadable(l: Lang, q: &Question, text: &str) -> String {
    match q.kind {
        "money" => match Fen::parse_yuan(text) {
            Err(e) => l.f2("“{}”：{}", &q.text, l.pick(&e.zh, &e.en)),
            Ok(_) => l.f1("“{}”请从给出的里面选", &q.text),
        },
        "number" => l.f1("“{}”要填整数，例如 2", &q.text),
        "date" => l.f1("“{}”要填日期，例如 2024-06-17", &q.text),
        _ => l.f1("“{}”请从给出的里面选", &q.text),
    }
}

/// `/visit/{case}`
pub async fn form(worker: Worker, Path(id): Path<i64>) -> PageResult {
    let room = load(&worker, id).await?;
    html(&room.page(None, FormErrors::none(worker.l())).await?)
}

/// `POST /visit/{case}`
pub async fn record(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let room = load(&worker, id).await?;
    let l = worker.l();
    // The same form sent again, or an old one, would record a second visit whose answers nobody reads.
    if posted.get("version") != room.case.version.to_string() {
        return Err(WebError::Refused {
            zh: "您打开这一页之后，这户已经登记过走访或有了新的办理，这次没有重复登记。还要补充的，请从新打开的走访页填写"
                .to_owned(),
            en: "a visit or another step has been recorded since you opened the page, and nothing was recorded twice; if something is missing, fill it in on the page as it is now"
                .to_owned(),
            back: format!("/visit/{id}"),
            kept: posted.get("note").to_owned(),
        });
    }
    let mut errors = FormErrors::none(l);
    let met = match posted.get("met") {
        "yes" => true,
        "no" => false,
        _ => {
            errors.add("met", l.t("请选：见到家里人了吗"));
            false
        }
    };
    let told = room.told(&posted, &mut errors);
    if !errors.is_empty() {
        let page = room.page(Some(&posted), errors).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response());
    }
    let with = room.companions.iter().filter(|s| posted.all("with").contains(&s.id.to_string()));
    let surveyors = std::iter::once(&worker.staff).chain(with).map(surveyor).collect();
    let signed = Some(posted.get("signed").to_owned()).filter(|s| !s.is_empty());
    let mut visit = visit_of(worker.ctx.today(), surveyors, signed, told, posted.get("note").to_owned());
    visit.met = met;
    if met {
        visit.told.unasked = room.unasked(&visit)?;
    }
    let done = if visit.told.unasked.is_empty() { "visited" } else { "visited_part" };
    let back = format!("/visit/{id}");
    cases_view::change(&worker, &room.case, visit.into())
        .await
        .map_err(|e| e.back_to(&back, posted.get("note")))?;
    Ok(see_other(&format!("/workbench?done={done}")))
}

/// A visit of a day on which the family was met.
#[must_use]
pub fn visit_of(
    on: Date,
    surveyors: Vec<Surveyor>,
    signed_by: Option<String>,
    told: Told,
    note: String,
) -> Visit {
    Visit { on, recorded_on: on, surveyors, signed_by, met: true, told, note, round: 1, supplementary: false }
}

/// Who went, as the record of the visit keeps them.
#[must_use]
pub fn surveyor(staff: &Staff) -> Surveyor {
    Surveyor { staff: staff.id, name: staff.name.clone(), post: staff.post }
}

/// What a list of people is called where it was told whether it is complete.
const COMPLETE: &str = "_complete";

/// The fact that an answer to a question tells.
fn told_as(fact: &str) -> String {
    match fact {
        "members" | "obligors" => format!("{fact}{COMPLETE}"),
        fact => fact.to_owned(),
    }
}

/// An answer as the record of the visit keeps it. Nobody else at home, or no other obligor, makes a list complete.
#[must_use]
pub fn answer(q: &Question, value: &Scalar) -> Answer {
    let fact = told_as(&q.fact);
    let value = match value {
        Scalar::Text(t) if fact != q.fact => Scalar::Bool(t == "no"),
        value => value.clone(),
    };
    Answer { subject: q.subject, fact, value }
}
