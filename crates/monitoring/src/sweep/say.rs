//! The texts of a lead.

use doudi_policy::eval::{Trace, Value};
use doudi_policy::plan::{NodeId, Plan, Type};
use doudi_policy::{Date, Fen, Month, Truth};
use doudi_registry::{FiredIndicator, LeadKind};

use super::Finding;
use crate::problem::Both;

/// Language of a filled text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    /// 中文
    Zh,
    /// English
    En,
}

/// A template with its places filled from the traced household.
pub(super) fn fill(trace: &Trace<'_>, template: &str, places: &[(String, NodeId)], tongue: Tongue) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            text.push('{');
            rest = after;
            continue;
        };
        match places.iter().find(|(n, _)| n == name.trim()) {
            Some((_, node)) => text.push_str(&shown(trace, *node, tongue)),
            None => text.push_str(unknown(tongue)),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

fn unknown(tongue: Tongue) -> &'static str {
    match tongue {
        Tongue::Zh => "未知",
        Tongue::En => "unknown",
    }
}

fn shown(trace: &Trace<'_>, node: NodeId, tongue: Tongue) -> String {
    let plan = trace.plan();
    let ty = plan.nodes.get(node.0 as usize).map(|n| n.ty);
    let zh = tongue == Tongue::Zh;
    match (trace.value(node, 0), ty) {
        (Value::Truth(Truth::True), _) => if zh { "是" } else { "yes" }.to_owned(),
        (Value::Truth(Truth::False), _) => if zh { "否" } else { "no" }.to_owned(),
        (Value::Number { lo, hi }, Some(ty)) => {
            between(lo.map(|n| number(n, ty, zh)), hi.map(|n| number(n, ty, zh)), zh)
        }
        (Value::Exact { lo, hi }, Some(ty)) => {
            between(lo.map(|f| fraction(f, ty, zh)), hi.map(|f| fraction(f, ty, zh)), zh)
        }
        (Value::Enum(mask), Some(Type::Enum(e))) if mask.count_ones() == 1 => {
            let values = plan.enums.get(usize::from(e)).map(|d| d.values.as_slice());
            let value = values.and_then(|v| v.get(mask.trailing_zeros() as usize));
            value.map_or_else(
                || unknown(tongue).to_owned(),
                |(id, label)| if zh { label.clone() } else { id.replace('_', " ") },
            )
        }
        _ => unknown(tongue).to_owned(),
    }
}

fn between(lo: Option<String>, hi: Option<String>, zh: bool) -> String {
    match (lo, hi, zh) {
        (Some(lo), Some(hi), _) if lo == hi => lo,
        (Some(lo), Some(hi), true) => format!("{lo}至{hi}"),
        (Some(lo), Some(hi), false) => format!("{lo} to {hi}"),
        (Some(lo), None, true) => format!("至少{lo}"),
        (Some(lo), None, false) => format!("at least {lo}"),
        (None, Some(hi), true) => format!("至多{hi}"),
        (None, Some(hi), false) => format!("at most {hi}"),
        (None, None, true) => "未知".to_owned(),
        (None, None, false) => "unknown".to_owned(),
    }
}

fn money(fen: i64, per: doudi_policy::plan::Per, zh: bool) -> String {
    use doudi_policy::plan::Per;
    let yuan = Fen(fen).to_string();
    match (per, zh) {
        (Per::Once, true) => format!("{yuan}元"),
        (Per::Month, true) => format!("{yuan}元/月"),
        (Per::Year, true) => format!("{yuan}元/年"),
        (Per::Once, false) => format!("{yuan} yuan"),
        (Per::Month, false) => format!("{yuan} yuan a month"),
        (Per::Year, false) => format!("{yuan} yuan a year"),
    }
}

fn number(n: i64, ty: Type, zh: bool) -> String {
    match ty {
        Type::Money(per) | Type::Exact(per) => money(n, per, zh),
        Type::Date => i32::try_from(n).map_or_else(|_| n.to_string(), |d| Date(d).to_string()),
        Type::Month => i32::try_from(n).map_or_else(|_| n.to_string(), |m| Month(m).to_string()),
        _ => n.to_string(),
    }
}

/// A fraction for reading: money to the fen below, a rate as it is.
fn fraction((num, den): (i64, i64), ty: Type, zh: bool) -> String {
    match ty {
        Type::Exact(per) | Type::Money(per) => money(num.checked_div_euclid(den).unwrap_or(num), per, zh),
        _ if den == 1 => num.to_string(),
        _ => format!("{num}/{den}"),
    }
}

/// One paragraph for the officer.
pub(super) fn reason(plan: &Plan, finding: &Finding, fired: &[FiredIndicator]) -> Both {
    let title = |o: usize| plan.outcomes.get(o).map_or(("", ""), |p| (p.zh.as_str(), p.en.as_str()));
    let (zh, en) = title(finding.outcome);
    let (mut zh, mut en) = match (finding.kind, finding.met) {
        (LeadKind::Missed, true) => (
            format!("按已掌握的情况符合{zh}条件，尚未享受"),
            format!("meets the conditions for {en} on what is known, and does not receive it"),
        ),
        (LeadKind::Missed, false) => (
            format!("可能符合{zh}条件，尚未享受，有情况待核实"),
            format!("may be entitled to {en}, does not receive it, and something is still open"),
        ),
        (LeadKind::Risk, _) => (
            format!("已得到救助的家庭出现新的困难信号，可能还需要{zh}"),
            format!("new signs of hardship in a family that is already helped; it may also need {en}"),
        ),
        (LeadKind::Delivery, _) => {
            (format!("{zh}在册，办理环节有逾期"), format!("{en} is on the register and the office is late"))
        }
        (LeadKind::Wrong, _) => (
            format!("{zh}在享，有情况请核实：是否同一人、是否属实"),
            format!("receives {en}; please ask whether it is the same person and whether it is so"),
        ),
    };
    for also in &finding.also {
        let (also_zh, also_en) = title(*also);
        zh.push_str(&format!("；也可能属于{also_zh}"));
        en.push_str(&format!("; perhaps {also_en} instead"));
    }
    for indicator in fired {
        zh.push_str(&format!("。{}", indicator.zh));
        en.push_str(&format!(". {}", indicator.en));
    }
    zh.push('。');
    en.push('.');
    Both { zh, en }
}

/// What the visitor is told: no value, no source, no illness.
pub(super) fn visit_note(finding: &Finding, fired: &[FiredIndicator]) -> Both {
    let mut note = Both::default();
    for indicator in fired {
        if !note.zh.contains(&indicator.visit_zh) {
            note.zh.push_str(&indicator.visit_zh);
            if !note.en.is_empty() {
                note.en.push(' ');
            }
            note.en.push_str(&indicator.visit_en);
        }
    }
    if !note.zh.is_empty() {
        return note;
    }
    match finding.kind {
        LeadKind::Missed | LeadKind::Risk => Both::new(
            "上门看望，了解家里有哪些人、靠什么生活、近来有什么变化；说明可以怎样申请帮助。",
            "Call on the family: who lives there, what they live on, what has changed; explain how to ask for help.",
        ),
        LeadKind::Delivery | LeadKind::Wrong => Both::new(
            "上门看望，了解家里人员和生活近来有什么变化。",
            "Call on the family and learn what has changed lately.",
        ),
    }
}
