//! 说明: why a household or member came out as it did, as data and as text, HTML and JSON in both languages.

use serde::Serialize;
use serde_json::Value;

use crate::eval::{OpenFact, Trace};
use crate::lang::Lang;
use crate::sheet::FactSheet;
use crate::value::{Month, Truth};

/// 说明 of one outcome for one household or member.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Outcome id.
    pub programme: String,
    /// 中文 title of the outcome.
    pub zh: String,
    /// English title of the outcome.
    pub en: String,
    /// Whether it is met.
    pub outcome: Truth,
    /// Least and largest possible amount in fen where it is met or may be; `None` is unbounded.
    pub amount: (Option<i64>, Option<i64>),
    /// Month that was assessed.
    pub period: Month,
    /// What would decide it.
    pub open_facts: Vec<OpenFact>,
}

/// Explains outcome `o` of the traced household, or of its member `member` (place in the household's list) for an
/// outcome of members. `sheet` lends names and provenance.
#[must_use]
pub fn explain(
    trace: &Trace<'_>,
    _sheet: Option<&FactSheet>,
    o: usize,
    _member: Option<usize>,
) -> Explanation {
    let outcome = trace.plan().outcomes.get(o);
    Explanation {
        programme: outcome.map(|x| x.id.clone()).unwrap_or_default(),
        zh: outcome.map(|x| x.zh.clone()).unwrap_or_default(),
        en: outcome.map(|x| x.en.clone()).unwrap_or_default(),
        outcome: Truth::Unknown,
        amount: (None, None),
        period: trace.plan().period,
        open_facts: Vec::new(),
    }
}

impl Explanation {
    /// As plain text, aligned, for a terminal or a letter.
    #[must_use]
    pub fn render_text(&self, _lang: Lang) -> String {
        String::new()
    }

    /// As an HTML fragment with the classes of the project's stylesheet.
    #[must_use]
    pub fn render_html(&self, _lang: Lang) -> String {
        String::new()
    }

    /// With the stable keys `programme, outcome, amount_fen, unit, period, reasons, open_facts, trace`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Null
    }
}

/// The result of every programme for one household, as `doudi policy assess` prints it: an array of objects with
/// the stable keys; an outcome of members lists the members under `members`.
#[must_use]
pub fn result_json(_trace: &Trace<'_>, _sheet: Option<&FactSheet>) -> Value {
    Value::Null
}
