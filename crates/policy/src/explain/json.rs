//! 结果的 JSON: keys that scripts rely on; they only grow.

use serde_json::{Map, Value, json};

use super::words::unit_word;
use super::{Explanation, GroupOutcome, GroupResult, explain};
use crate::eval::{OpenFact, Subject, Trace};
use crate::lang::Lang;
use crate::plan::Entity;
use crate::sheet::FactSheet;
use crate::value::Truth;

fn subject_json(subject: Subject) -> Value {
    match subject {
        Subject::Household => json!({"of": "household"}),
        Subject::Member(at) => json!({"of": "member", "index": at}),
        Subject::Obligor(at) => json!({"of": "obligor", "index": at}),
    }
}

/// A group as `{group, title, kind, chosen_by, outcomes, text, open_facts, source}`. `stands` says whether an outcome
/// is to be had beside the others of its group, `pays_fen` what it then pays where that is known.
fn group_json(group: &GroupResult) -> Value {
    let known = |(lo, hi): (Option<i64>, Option<i64>)| lo.filter(|_| lo == hi);
    let one = |o: &GroupOutcome| {
        let met = o.outcome == Truth::True && o.unit.is_some();
        json!({
            "programme": o.programme,
            "title": o.title,
            "subject": subject_json(o.subject),
            "outcome": outcome_word(o.outcome),
            "amount_fen": known(o.amount_fen).filter(|_| met),
            "unit": o.unit.map(|per| unit_word(per, Lang::Zh)),
            "stands": outcome_word(o.stands),
            "pays_fen": known(o.pays_fen).filter(|_| met && o.stands == Truth::True),
        })
    };
    json!({
        "group": group.id,
        "title": group.title,
        "kind": group.kind,
        "chosen_by": group.chosen_by,
        "outcomes": group.outcomes.iter().map(one).collect::<Vec<_>>(),
        "text": group.text,
        "open_facts": open_facts_json(&group.open_facts),
        "source": group.source,
    })
}

/// 符合 as `met`, 不符合 as `not_met`, 未知 as `unknown`.
pub(super) fn outcome_word(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "met",
        Truth::False => "not_met",
        Truth::Unknown => "unknown",
    }
}

/// Open facts as `{fact, zh, en, subject, alone}`.
#[must_use]
pub fn open_facts_json(open: &[OpenFact]) -> Value {
    let one = |f: &OpenFact| {
        json!({
            "fact": f.fact, "zh": f.zh, "en": f.en,
            "subject": subject_json(f.subject), "alone": f.alone,
        })
    };
    Value::Array(open.iter().map(one).collect())
}

impl Explanation {
    /// With the stable keys `programme, outcome, amount_fen, unit, period, reasons, open_facts, trace`.
    /// `amount_fen` is null unless the outcome is met and the amount known; `amount_range_fen` is there while the
    /// outcome may still be met.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut out = self.result();
        let mut trace = Map::new();
        let whole = serde_json::to_value(self).unwrap_or_default();
        for key in [
            "conditions",
            "deciding",
            "correctable",
            "steps",
            "amount_formula",
            "inputs",
            "parameters",
            "articles",
            "nearest",
            "turn",
            "gaps",
            "ways",
            "record",
            "unsettled",
            "mode",
            "as_of",
            "package_hash",
            "division",
            "members",
            "obligors",
        ] {
            if let Some(value) = whole.get(key) {
                trace.insert(key.to_owned(), value.clone());
            }
        }
        out.insert("trace".to_owned(), Value::Object(trace));
        Value::Object(out)
    }

    /// Open facts with `state, source, as_of, from` beside them: why each is not known, and who could tell.
    fn open_json(&self) -> Value {
        let mut open = open_facts_json(&self.open_facts);
        for (fact, question) in open.as_array_mut().into_iter().flatten().zip(&self.questions) {
            if let (Value::Object(fact), Ok(Value::Object(more))) = (fact, serde_json::to_value(question)) {
                fact.extend(more);
            }
        }
        open
    }

    fn result(&self) -> Map<String, Value> {
        let known = match self.amount {
            (Some(lo), Some(hi)) if lo == hi && self.unit.is_some() => Some(lo),
            _ => None,
        };
        let mut out = Map::new();
        let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
        put("programme", json!(self.programme));
        put("title", json!(self.title));
        put("subject", subject_json(self.subject));
        put("outcome", json!(outcome_word(self.outcome)));
        put("amount_fen", json!(known.filter(|_| self.outcome == Truth::True)));
        if self.unit.is_some() && self.outcome != Truth::False {
            put("amount_range_fen", json!([self.amount.0, self.amount.1]));
        }
        put("unit", json!(self.unit.map(|per| unit_word(per, Lang::Zh))));
        put("period", json!(self.period));
        put("reasons", json!(self.reasons));
        put("open_facts", self.open_json());
        put("defaults", json!(self.defaults));
        put("groups", Value::Array(self.groups.iter().map(group_json).collect()));
        out
    }
}

/// The result of every programme for the traced household, as `doudi policy assess` prints it: an array of objects
/// with the stable keys. For an outcome of members the object holds the household-level view (any member, the sum
/// of the amounts), and `members` the result of each.
#[must_use]
pub fn result_json(trace: &Trace<'_>, sheet: Option<&FactSheet>) -> Value {
    let outcomes = trace.plan().outcomes.iter().enumerate();
    let one = |(o, outcome): (usize, &crate::plan::PlannedOutcome)| {
        if outcome.of != Entity::Member {
            return explain(trace, sheet, o, None).to_json();
        }
        let evaluation = trace.evaluation();
        let each = (0..trace.members()).map(|m| {
            let explained = explain(trace, sheet, o, Some(m));
            let name = explained.name(explained.subject).to_owned();
            let mut value = explained.to_json();
            if let Value::Object(map) = &mut value {
                map.insert("member".to_owned(), json!(m));
                map.insert("name".to_owned(), json!(name));
            }
            (value, explained)
        });
        let (members, explained): (Vec<Value>, Vec<Explanation>) = each.unzip();
        let household = explain(trace, sheet, o, Some(0));
        // Each member meets the group as the member does; the household tells of all of them.
        let groups = super::Teller { trace, sheet, place: None, codes: true }.groups(o, Entity::Household, 0);
        let teller = super::Teller { trace, sheet, place: None, codes: true };
        let open_facts = crate::eval::open_facts(trace, o, None);
        let mut whole = Explanation {
            subject: Subject::Household,
            outcome: evaluation.outcome(o, 0),
            amount: evaluation.amount(o, 0),
            questions: teller.questions(&open_facts),
            open_facts,
            defaults: each_once(explained.iter().flat_map(|e| e.defaults.clone())),
            groups,
            ..household
        };
        let reasons = explained.iter().filter(|e| e.outcome == whole.outcome).flat_map(|e| e.reasons.clone());
        whole.reasons = each_once(reasons);
        let mut out = whole.result();
        out.insert("members".to_owned(), Value::Array(members));
        out.insert(
            "trace".to_owned(),
            json!({"package_hash": whole.package_hash, "as_of": whole.as_of, "mode": whole.mode}),
        );
        Value::Object(out)
    };
    Value::Array(outcomes.map(one).collect())
}

fn each_once<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.fold(Vec::new(), |mut kept, one| {
        if !kept.contains(&one) {
            kept.push(one);
        }
        kept
    })
}
