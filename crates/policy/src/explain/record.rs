//! 记录: what an explanation was told from, whole, so that it can be told again to the same bytes: law, month, knowledge,
//! mode, facts with their origin and quality, voice and language. It also keeps what was told, so that a later telling
//! can say what differs. A record holds the facts of a family and is as confidential as they are.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

use super::{Explanation, InputFact, Letter, Shape, Teller, Telling, Text, UsedParameter, Voice, letter};
use crate::book::Book;
use crate::column::Batch;
use crate::diag::Diagnostic;
use crate::eval::{Mode, Subject, Trace};
use crate::lang::Lang;
use crate::plan::Plan;
use crate::sheet::{FactSheet, SheetProblem};
use crate::value::{Date, Month, Truth};

/// Version of the form of a record.
const FORM: u32 = 1;

/// 法的标记: by what digests a book of law is known again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LawMark {
    /// SHA-256 over all files ([`Book::package_hash`]).
    pub digest: String,
    /// SHA-256 of each file, so that a later reader learns which one has changed.
    pub files: BTreeMap<String, String>,
}

impl LawMark {
    /// The mark of a book.
    #[must_use]
    pub fn of(book: &Book) -> Self {
        let path = |path: &str| path.rsplit_once("policies/").map_or(path, |(_, below)| below).to_owned();
        Self {
            digest: book.package_hash(),
            files: book.files().iter().map(|f| (path(&f.path), digest(f.text.as_bytes()))).collect(),
        }
    }
}

/// 问的是什么: beside the law and the facts, what an explanation depends on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// Outcome (index in [`Plan::outcomes`]).
    pub outcome: usize,
    /// Member (place in the household's list), for an outcome of members.
    pub member: Option<usize>,
    /// How stale values are taken.
    pub mode: Option<Mode>,
    /// Name of the household's place.
    pub place: Option<String>,
    /// Whom the family asks: an office and a telephone.
    pub contact: Option<String>,
    /// Voice, language and shape.
    pub telling: Telling,
}

/// 说过的话: what was told, and from what values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// SHA-256 of the text.
    pub sha256: String,
    /// The text itself.
    pub text: String,
    /// Result.
    pub outcome: Truth,
    /// Least and largest possible amount in fen.
    pub amount_fen: (Option<i64>, Option<i64>),
    /// Facts that were read.
    pub inputs: Vec<InputFact>,
    /// Parameters that were read.
    pub parameters: Vec<UsedParameter>,
    /// What the rules gave.
    pub rules: Vec<RuleMark>,
}

/// What a rule gave for a subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleMark {
    /// Rule id.
    pub rule: String,
    /// Title.
    pub label: Text,
    /// Whose.
    pub subject: Subject,
    /// Value with the unit.
    pub value: Text,
}

/// 记录
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Version of the form.
    pub record: u32,
    /// Number: a digest over law, question and facts, the same for every voice, language and shape.
    pub id: String,
    /// Version of the program that told it.
    pub program: String,
    /// The law.
    pub law: LawMark,
    /// Outcome id.
    pub programme: String,
    /// Member (place in the list of members, from 0), for an outcome of members.
    pub member: Option<usize>,
    /// Month that was assessed.
    pub period: Month,
    /// Knowledge date.
    pub as_of: Date,
    /// How stale values were taken.
    pub mode: Mode,
    /// Name of the household's place.
    pub place: Option<String>,
    /// Whom the family asks.
    pub contact: Option<String>,
    /// To whom it speaks.
    pub voice: Voice,
    /// In which language.
    pub lang: Lang,
    /// As what.
    pub format: Shape,
    /// The facts with their sources, days, grades and states, and the division.
    pub facts: FactSheet,
    /// What was told.
    pub told: Told,
}

/// 记录读不懂
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// The text is no record.
    #[error(
        "不是说明记录：{0}。用 doudi policy explain --record 写出的文件。/ This is no record of an explanation: {0}. Name a file written by `doudi policy explain --record`."
    )]
    Unreadable(String),
    /// The form is one that this program does not know.
    #[error(
        "记录的格式是第 {0} 版，本程序只认第 {FORM} 版。请用写出它的版本重放。/ The record has form {0}; this program knows form {FORM}. Replay it with the version that wrote it."
    )]
    Form(u32),
}

/// 说不出来: why a record cannot be told (again).
#[derive(Clone, Debug, PartialEq)]
pub enum Untold {
    /// The law of that month does not compile.
    Law(Vec<Diagnostic>),
    /// The law of that month has no such outcome.
    NoOutcome(String),
    /// The household has no such member (from 0), or so many.
    NoMember(usize, usize),
    /// The vocabulary cannot take the facts.
    Facts(Vec<SheetProblem>),
}

/// What was found for a record, to be written in any language and shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// For the clerk.
    Clerk(Box<Explanation>),
    /// For the family, beside the explanation that it was made from.
    Citizen(Box<Explanation>, Box<Letter>),
}

impl Answer {
    /// The text in a language and shape; JSON holds both languages.
    #[must_use]
    pub fn render(&self, lang: Lang, shape: Shape) -> String {
        let pretty = |value| serde_json::to_string_pretty(&value).unwrap_or_default();
        match (self, shape) {
            (Self::Clerk(told), Shape::Text) => told.render_text(lang),
            (Self::Clerk(told), Shape::Html) => told.render_html(lang),
            (Self::Clerk(told), Shape::Json) => pretty(told.to_json()),
            (Self::Citizen(_, letter), Shape::Text) => letter.render_text(lang),
            (Self::Citizen(_, letter), Shape::Html) => letter.render_html(lang),
            (Self::Citizen(_, letter), Shape::Json) => pretty(letter.to_json()),
        }
    }

    /// The explanation.
    #[must_use]
    pub fn explanation(&self) -> &Explanation {
        match self {
            Self::Clerk(told) | Self::Citizen(told, _) => told,
        }
    }
}

impl Record {
    /// Explains a household and keeps from what: the number of the record stands in the text.
    ///
    /// # Errors
    /// An outcome or member that does not exist, facts that the vocabulary cannot take.
    pub fn write(
        law: &LawMark,
        book: &Book,
        plan: &Plan,
        sheet: &FactSheet,
        asked: Asked,
    ) -> Result<Self, Untold> {
        let mut record = Self::open(law, plan, sheet, asked);
        let answer = record.answer(book, plan)?;
        record.told = record.told_by(&answer);
        Ok(record)
    }

    /// The question alone, nothing told yet.
    #[must_use]
    pub fn open(law: &LawMark, plan: &Plan, sheet: &FactSheet, asked: Asked) -> Self {
        let outcome = plan.outcomes.get(asked.outcome);
        let Asked { member, mode, place, contact, telling, .. } = asked;
        let mut record = Self {
            record: FORM,
            id: String::new(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            law: law.clone(),
            programme: outcome.map(|o| o.id.clone()).unwrap_or_default(),
            member: member.filter(|_| plan.is_member_outcome(asked.outcome)),
            period: plan.period,
            as_of: plan.as_of,
            mode: mode.unwrap_or(Mode::Decide),
            place,
            contact,
            voice: telling.voice,
            lang: telling.lang,
            format: telling.shape,
            facts: FactSheet { facts: None, ..sheet.clone() },
            told: Told {
                sha256: String::new(),
                text: String::new(),
                outcome: Truth::Unknown,
                amount_fen: (None, None),
                inputs: Vec::new(),
                parameters: Vec::new(),
                rules: Vec::new(),
            },
        };
        record.id = record.number();
        record
    }

    /// The same record told in another language and shape by an answer to it.
    #[must_use]
    pub fn told_by(&self, answer: &Answer) -> Told {
        let told = answer.explanation();
        let text = answer.render(self.lang, self.format);
        let rules = told.steps.iter().map(|step| RuleMark {
            rule: step.rule.clone(),
            label: step.label.clone(),
            subject: step.subject,
            value: step.value.clone(),
        });
        Told {
            sha256: digest(text.as_bytes()),
            text,
            outcome: told.outcome,
            amount_fen: told.amount,
            inputs: told.inputs.clone(),
            parameters: told.parameters.clone(),
            rules: rules.collect(),
        }
    }

    /// Answers the question of the record from its own facts under a plan of its month.
    ///
    /// # Errors
    /// An outcome or member that does not exist, facts that the vocabulary cannot take.
    pub fn answer(&self, book: &Book, plan: &Plan) -> Result<Answer, Untold> {
        let o =
            plan.find_outcome(&self.programme).ok_or_else(|| Untold::NoOutcome(self.programme.clone()))?;
        let people = self.facts.members.len();
        if let Some(member) = self.member.filter(|at| *at >= people) {
            return Err(Untold::NoMember(member, people));
        }
        let batch = Batch::from_sheets(std::slice::from_ref(&self.facts), plan).map_err(Untold::Facts)?;
        let trace = Trace::of(plan, &batch, 0, self.mode);
        let teller = Teller {
            trace: &trace,
            sheet: Some(&self.facts),
            place: self.place.as_deref(),
            codes: self.voice == Voice::Clerk,
        };
        let mut told = teller.explain(o, self.member);
        told.record = Some(self.id.clone());
        Ok(match self.voice {
            Voice::Clerk => Answer::Clerk(Box::new(told)),
            Voice::Citizen => {
                let letter = letter::of(&teller, &told, o, book, self.contact.as_deref());
                Answer::Citizen(Box::new(told), Box::new(letter))
            }
        })
    }

    /// The number that law, question and facts give. Sixteen hex digits: enough to find a paper again, short enough to
    /// read out.
    #[must_use]
    pub fn number(&self) -> String {
        let question = serde_json::json!([
            self.record,
            self.law.digest,
            self.programme,
            self.member,
            self.period,
            self.as_of,
            self.mode,
            serde_json::to_string(&self.facts).unwrap_or_default(),
        ]);
        let whole = digest(question.to_string().as_bytes());
        let groups: Vec<&str> = (0..4).filter_map(|at| whole.get(at * 4..at * 4 + 4)).collect();
        groups.join("-")
    }

    /// As JSON, the form in which it is kept.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Reads a record.
    ///
    /// # Errors
    /// The text is no record, or one of a form that is not known.
    pub fn from_text(text: &str) -> Result<Self, RecordFault> {
        #[derive(Deserialize)]
        struct Form {
            record: u32,
        }
        let unreadable =
            |e: serde_json::Error| RecordFault::Unreadable(crate::glyph::visible(&e.to_string(), 200));
        let form: Form = serde_json::from_str(text).map_err(unreadable)?;
        if form.record != FORM {
            return Err(RecordFault::Form(form.record));
        }
        serde_json::from_str(text).map_err(unreadable)
    }
}

/// SHA-256, hex.
pub(super) fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
