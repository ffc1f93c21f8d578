//! 走访: what the visitor sees and writes. The visitor may be the neighbour: the page says what to look at and asks
//! what is open, and holds no value, no source and no reason of the signal.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use doudi_casework::act::Command;
use doudi_casework::{Answer, Case, Surveyor, Told};
use doudi_policy::eval::{Mode, OpenFact, Subject};
use doudi_policy::plan::{FactDecl, Type};
use doudi_policy::{Date, Fen};
use doudi_registry::{CaseId, PersonId, Post, Scalar, Staff, Subject as Observed};

use crate::cases_view;
use crate::ctx::{Worker, html, see_other};
use crate::error::{PageResult, WebError};
use crate::family::Family;
use crate::field::Choice;
use crate::judge;
use crate::lang::Lang;
use crate::page::Page;
use crate::posted::Posted;
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
    companions: Vec<Choice>,
    errors: FormErrors,
    met: String,
    signed: String,
    note: String,
}

struct Visit<'a> {
    worker: &'a Worker,
    case: Case,
    family: Family,
    notes: Vec<String>,
    questions: Vec<Question>,
    companions: Vec<Staff>,
}

async fn load(worker: &Worker, id: i64) -> Result<Visit<'_>, WebError> {
    worker.must_be(FIELD)?;
    let l = worker.l();
    let state = worker.ctx.state();
    let case = cases_view::load(state, CaseId(id)).await?;
    worker.must_cover(&case.division).await?;
    if worker.staff.post == Post::VillageWorker
        && case.assigned.is_some_and(|a| a != worker.staff.id)
        && !case.visits.iter().any(|v| v.surveyors.iter().any(|s| s.staff == worker.staff.id))
    {
        return Err(WebError::forbidden(
            "这次走访没有派给您，请问镇里经办",
            "this visit was not given to you; ask the township clerk",
        ));
    }
    let family = state.family(case.household).await?;
    let today = worker.ctx.today();
    let sheet = judge::sheet_of(state, &family, case.lead, today).await?;
    let judged = judge::judge(l, state, &sheet, today.month(), today, Mode::Decide)?;
    let people: Vec<Option<PersonId>> = sheet.members.iter().map(|m| m.person.map(PersonId)).collect();
    let open: &[OpenFact] = judged.programme(&case.programme).map_or(&[], |p| p.open.as_slice());
    let open = of_everybody(open, people.len());
    let questions = questions(l, state.law().book(), &family, &people, &open);
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
    Ok(Visit { worker, case, family, notes, questions, companions })
}

/// Facts that tell who is ill by being asked of one person only.
const OF_EVERYBODY: &[&str] = &["rehab_self_paid_12m", "medical_self_paid_12m"];

/// The open facts, those about illness asked of every member: the visitor may be the neighbour.
fn of_everybody(open: &[OpenFact], members: usize) -> Vec<OpenFact> {
    let mut out = open.to_vec();
    for fact in open.iter().filter(|f| OF_EVERYBODY.contains(&f.fact.as_str())) {
        for member in (0..members).filter_map(|m| u32::try_from(m).ok()) {
            let subject = Subject::Member(member);
            if out.iter().all(|f| f.fact != fact.fact || f.subject != subject) {
                out.push(OpenFact { subject, ..fact.clone() });
            }
        }
    }
    out
}

/// What the visitor can find out, as questions: facts that a visit or the family itself can tell.
#[must_use]
pub fn questions(
    l: Lang,
    book: &doudi_policy::book::Book,
    family: &Family,
    people: &[Option<PersonId>],
    open: &[OpenFact],
) -> Vec<Question> {
    let mut out: Vec<Question> = Vec::new();
    for fact in open {
        let n = out.len();
        let mut question = Question {
            id: format!("q{n}"),
            name: String::new(),
            text: String::new(),
            hint: String::new(),
            kind: "choice",
            unit: "",
            options: Vec::new(),
            value: String::new(),
            unsure: false,
            error: String::new(),
            fact: fact.fact.clone(),
            subject: Observed::Household(family.household.id),
        };
        match (fact.fact.as_str(), fact.subject) {
            ("members", _) => {
                question.text = l.t("除了户口本上的人，还有别人长期一起住、一起吃饭吗？").to_owned();
                question.options =
                    vec![Choice::new("no", l.t("没有")), Choice::new("yes", l.t("有，写在下面"))];
            }
            ("obligors", _) => {
                question.text = l.t("还有不住在一起、但该赡养或抚养他们的亲人吗？").to_owned();
                question.options =
                    vec![Choice::new("no", l.t("没有")), Choice::new("yes", l.t("有，写在下面"))];
            }
            (_, Subject::Obligor(_)) => continue,
            (id, subject) => {
                let Some(decl) = vocab::find(book, id) else { continue };
                if !decl.from.iter().any(|f| matches!(f.as_str(), "visit" | "declaration")) {
                    continue;
                }
                if let Subject::Member(m) = subject {
                    let person = usize::try_from(m).ok().and_then(|i| people.get(i)).copied().flatten();
                    let Some(person) = person else { continue };
                    question.subject = Observed::Person(person);
                    if family.name(person).is_none() {
                        continue;
                    }
                }
                ask(l, book, decl, &mut question);
            }
        }
        question.name = format!("q.{}.{}", subject_key(question.subject), question.fact);
        if out.iter().all(|q| q.name != question.name) {
            out.push(question);
        }
    }
    out
}

fn subject_key(subject: Observed) -> String {
    match subject {
        Observed::Household(_) => "h".to_owned(),
        Observed::Person(id) => id.to_string(),
    }
}

/// Words and answers of a question about a fact.
fn ask(l: Lang, book: &doudi_policy::book::Book, fact: &FactDecl, question: &mut Question) {
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
}

impl Visit<'_> {
    async fn page(&self, posted: Option<&Posted>, errors: FormErrors) -> Result<VisitPage, WebError> {
        let l = self.worker.l();
        let ctx = &self.worker.ctx;
        let sent = |name: &str| posted.map_or("", |p| p.get(name)).to_owned();
        let with = posted.map_or(&[][..], |p| p.all("with"));
        let mut questions = self.questions.clone();
        if let Some(posted) = posted {
            for q in &mut questions {
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

    /// Answers that were given: question and value. 说不清 and empty boxes are no answers.
    fn answers(&self, posted: &Posted, errors: &mut FormErrors) -> Vec<(Question, Scalar)> {
        let l = self.worker.l();
        let mut out = Vec::new();
        for q in &self.questions {
            let text = posted.get(&q.name);
            if text == "?" || posted.ticked(&q.unsure_name()) {
                continue;
            }
            if text.is_empty() {
                // Asked, and there is none: only where the visitor says so.
                if q.numeric() && posted.ticked(&none_name(&subject_key(q.subject))) {
                    out.push((q.clone(), Scalar::Number(0)));
                }
                continue;
            }
            match scalar(l, q, text) {
                Ok(value) => out.push((q.clone(), value)),
                Err(message) => errors.add(q.id.clone(), message),
            }
        }
        out
    }
}

fn scalar(l: Lang, q: &Question, text: &str) -> Result<Scalar, String> {
    match q.kind {
        "money" => Fen::parse_yuan(text)
            .map_err(|e| l.f2("“{}”：{}", &q.text, l.pick(&e.zh, &e.en)))
            .and_then(|fen| {
                if fen.0 < 0 {
                    Err(l.f1("“{}”不能是负数", &q.text))
                } else {
                    Ok(Scalar::Number(fen.0))
                }
            }),
        "number" => text.parse().map(Scalar::Number).map_err(|_| l.f1("“{}”要填整数，例如 2", &q.text)),
        "date" => text
            .parse::<Date>()
            .map(|d| Scalar::Text(d.to_string()))
            .map_err(|_| l.f1("“{}”要填日期，例如 2024-06-17", &q.text)),
        _ if q.options.iter().any(|o| o.value == text) => Ok(match text {
            "true" => Scalar::Bool(true),
            "false" => Scalar::Bool(false),
            other => Scalar::Text(other.to_owned()),
        }),
        _ => Err(l.f1("“{}”请从给出的里面选", &q.text)),
    }
}

/// `/visit/{case}`
pub async fn form(worker: Worker, Path(id): Path<i64>) -> PageResult {
    let visit = load(&worker, id).await?;
    html(&visit.page(None, FormErrors::none(worker.l())).await?)
}

/// `POST /visit/{case}`
pub async fn record(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let visit = load(&worker, id).await?;
    let l = worker.l();
    // The same form sent again, or an old one, would record a second visit whose answers nobody reads.
    if posted.get("version") != visit.case.version.to_string() {
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
    let answers = visit.answers(&posted, &mut errors);
    let with: Vec<&Staff> =
        visit.companions.iter().filter(|s| posted.all("with").contains(&s.id.to_string())).collect();
    if !errors.is_empty() {
        let page = visit.page(Some(&posted), errors).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response());
    }
    let today = worker.ctx.today();
    let mut surveyors = vec![surveyor(&worker.staff)];
    surveyors.extend(with.into_iter().map(surveyor));
    let signed = posted.get("signed");
    let command = Command::RecordVisit {
        on: today,
        surveyors,
        signed_by: Some(signed.to_owned()).filter(|s| !s.is_empty()),
        met,
        told: Told { answers: answers.iter().map(|(q, v)| answer(q, v)).collect() },
        note: posted.get("note").to_owned(),
    };
    let back = format!("/visit/{id}");
    cases_view::change(&worker, &visit.case, command)
        .await
        .map_err(|e| e.back_to(&back, posted.get("note")))?;
    Ok(see_other("/workbench?done=visited"))
}

/// Who went, as the record of the visit keeps them.
#[must_use]
pub fn surveyor(staff: &Staff) -> Surveyor {
    Surveyor { staff: staff.id, name: staff.name.clone(), post: staff.post }
}

/// An answer as the record of the visit keeps it. Nobody else at home, or no other obligor, makes a list complete.
#[must_use]
pub fn answer(q: &Question, value: &Scalar) -> Answer {
    let (fact, value) = match (q.fact.as_str(), value) {
        ("members" | "obligors", Scalar::Text(t)) => {
            (format!("{}_complete", q.fact), Scalar::Bool(t == "no"))
        }
        (fact, value) => (fact.to_owned(), value.clone()),
    };
    Answer { subject: q.subject, fact, value }
}
