//! 词汇: labels and values of facts, sources and subjects as people read them.

use doudi_policy::book::Book;
use doudi_policy::column::State;
use doudi_policy::plan::{FactDecl, Per, Type};
use doudi_policy::sheet::{FactSheet, SheetValue};
use doudi_policy::value::BadValue;
use doudi_policy::{Date, Fen};
use doudi_registry::Scalar;
use serde_json::Value;

use crate::lang::{Lang, money, thousands};
use crate::view::Grade;

/// A fact with its value and provenance, as a table row shows it.
#[derive(Clone, Debug)]
pub struct FactRow {
    /// Whose.
    pub subject: String,
    /// Place of the member on the sheet; `None` for the household.
    pub member: Option<usize>,
    /// Fact id.
    pub fact: String,
    /// Label.
    pub label: String,
    /// Value with its unit.
    pub value: String,
    /// Grade of the evidence.
    pub grade: Option<Grade>,
    /// Who says it.
    pub source: String,
    /// Of which day.
    pub as_of: String,
    /// Whether the family's page shows it: a value that may be used, or that what is on file cannot stand.
    pub told: bool,
}

impl FactRow {
    /// Whether the row says something: a plain no, none or zero, and what the register says anyway, are no news.
    #[must_use]
    pub fn is_notable(&self) -> bool {
        let dull =
            matches!(self.value.as_str(), "否" | "No" | "无" | "none" | "0" | "未就读" | "未列入" | "未受损");
        let expected = self.fact == "insured" && matches!(self.value.as_str(), "是" | "Yes");
        let register = matches!(self.fact.as_str(), "relation" | "birth");
        !(dull || expected || register || self.value.starts_with("0.00 "))
    }
}

/// Label of a fact.
#[must_use]
pub fn label(l: Lang, book: &Book, fact: &str) -> String {
    match fact {
        "members" | "members_complete" => return l.t("家里还有没有别的人").to_owned(),
        "obligors" | "obligors_complete" => return l.t("有没有别的赡养、抚养、扶养人").to_owned(),
        _ => {}
    }
    find(book, fact).map_or_else(|| fact.to_owned(), |f| capital(l, l.pick(&f.zh, &f.en)))
}

/// An English label begins with a capital letter.
fn capital(l: Lang, text: &str) -> String {
    let mut chars = text.chars();
    match (l, chars.next()) {
        (Lang::En, Some(first)) => first.to_uppercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// The declaration of a fact.
#[must_use]
pub fn find<'a>(book: &'a Book, fact: &str) -> Option<&'a FactDecl> {
    book.facts().iter().find(|f| f.id == fact)
}

/// The values of an enum fact: English id and label.
#[must_use]
pub fn enum_values(l: Lang, book: &Book, fact: &FactDecl) -> Vec<(String, String)> {
    let Type::Enum(at) = fact.ty else {
        return Vec::new();
    };
    book.enums().get(usize::from(at)).map_or_else(Vec::new, |e| {
        e.values.iter().map(|(id, zh)| (id.clone(), enum_label(l, id, zh))).collect()
    })
}

fn enum_label(l: Lang, id: &str, zh: &str) -> String {
    match l {
        Lang::Zh => zh.to_owned(),
        Lang::En => id.replace('_', " "),
    }
}

/// The unit after a number of this type.
#[must_use]
pub fn unit(l: Lang, ty: Type) -> &'static str {
    match ty {
        Type::Money(Per::Once) | Type::Exact(Per::Once) => l.t("元"),
        Type::Money(Per::Month) | Type::Exact(Per::Month) => l.t("元/月"),
        Type::Money(Per::Year) | Type::Exact(Per::Year) => l.t("元/年"),
        Type::Bool | Type::Int | Type::Rate | Type::Date | Type::Month | Type::Enum(_) => "",
    }
}

/// A value as people write it.
#[must_use]
pub fn value(l: Lang, book: &Book, fact: &FactDecl, value: &Value) -> String {
    let text = match value {
        Value::Null => return l.t("未知").to_owned(),
        Value::Bool(true) => return l.t("是").to_owned(),
        Value::Bool(false) => return l.t("否").to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match fact.ty {
        Type::Money(_) => match Fen::parse_yuan(&text) {
            Ok(fen) if l.is_en() => format!("{} {}", money(fen), unit(l, fact.ty)),
            Ok(fen) => format!("{} {}", money(fen), unit(l, fact.ty)),
            Err(_) => text,
        },
        Type::Int => text.parse::<u64>().map_or(text, thousands),
        Type::Date => text.parse::<Date>().map_or(text, |d| l.date(d)),
        Type::Enum(_) => enum_values(l, book, fact)
            .into_iter()
            .find(|(id, label)| *id == text || *label == text)
            .map_or(text, |(_, label)| label),
        Type::Bool => match text.as_str() {
            "true" => l.t("是").to_owned(),
            "false" => l.t("否").to_owned(),
            _ => text,
        },
        Type::Exact(_) | Type::Rate | Type::Month => text,
    }
}

/// As [`value`], where a bare no beside the label of a fact would hurt whoever reads it about a living person: the label
/// and the value that stand there instead. An empty label is the usual one.
#[must_use]
pub fn plainly(l: Lang, book: &Book, fact: &FactDecl, said: &Value) -> (&'static str, String) {
    match (fact.id.as_str(), said) {
        ("deceased", Value::Bool(false)) => (l.t("是否健在"), l.t("健在").to_owned()),
        ("deceased", Value::Bool(true)) => (l.t("是否健在"), l.t("已去世").to_owned()),
        _ => ("", value(l, book, fact, said)),
    }
}

/// What was told of a fact, as people write it. Of the lists of people it was told whether there is anybody else.
#[must_use]
pub fn told(l: Lang, book: &Book, fact: &str, said: &Scalar) -> String {
    match (find(book, fact), said) {
        (Some(decl), _) => value(l, book, decl, &crate::judge::scalar_value(decl.ty, said)),
        (None, Scalar::Bool(true)) => l.t("没有").to_owned(),
        (None, Scalar::Bool(false)) => l.t("有").to_owned(),
        (None, Scalar::Number(n)) => n.to_string(),
        (None, Scalar::Text(text)) => text.clone(),
    }
}

/// A value as a form sends it: money in yuan, a date as `2024-06-01`, an enum by id; `None` where it is none of the fact's.
#[must_use]
pub fn typed(book: &Book, fact: &FactDecl, text: &str) -> Option<Scalar> {
    match fact.ty {
        Type::Money(_) => Fen::parse_yuan(text).ok().map(|fen| Scalar::Number(fen.0)),
        Type::Int => text.parse().ok().map(Scalar::Number),
        Type::Date => text.parse::<Date>().ok().map(|d| Scalar::Text(d.to_string())),
        Type::Bool => text.parse().ok().map(Scalar::Bool),
        Type::Enum(_) => {
            let known = enum_values(Lang::Zh, book, fact).into_iter().any(|(id, _)| id == text);
            known.then(|| Scalar::Text(text.to_owned()))
        }
        Type::Exact(_) | Type::Rate | Type::Month => None,
    }
}

/// Whether a fact can have a value at all: within its bounds, and no day to come of what has happened.
///
/// # Errors
/// Why not.
pub fn allowed(fact: &FactDecl, value: &Scalar, today: Date) -> Result<(), BadValue> {
    let number = match (value, fact.ty) {
        (Scalar::Number(n), _) => Some(*n),
        (Scalar::Text(day), Type::Date) => day.parse::<Date>().ok().map(|d| i64::from(d.0)),
        (Scalar::Bool(_) | Scalar::Text(_), _) => None,
    };
    number.map_or(Ok(()), |number| fact.allows(number, today))
}

/// What a sheet holds, as an observation holds it; `None` for what no observation can hold.
#[must_use]
pub fn held(book: &Book, fact: &FactDecl, value: &Value) -> Option<Scalar> {
    match value {
        Value::Bool(b) => Some(Scalar::Bool(*b)),
        Value::Number(n) => typed(book, fact, &n.to_string()),
        Value::String(text) => typed(book, fact, text).or_else(|| {
            let all = enum_values(Lang::Zh, book, fact);
            all.into_iter().find(|(_, zh)| zh == text).map(|(id, _)| Scalar::Text(id))
        }),
        _ => None,
    }
}

/// Who supplied a value.
#[must_use]
pub fn source(l: Lang, id: &str) -> String {
    let id = id.split('@').next().unwrap_or(id);
    match id {
        "medical_enrolment" => l.t("医保参保"),
        "medical_insurance" => l.t("医保结算"),
        "disability" => l.t("残联"),
        "ss_contribution" => l.t("人社（社保缴费）"),
        "ss_pension" => l.t("人社（养老待遇）"),
        "ss_unemployment" => l.t("人社（失业）"),
        "civil_deaths" => l.t("民政、公安（死亡）"),
        "civil_births" => l.t("卫健（出生）"),
        "civil_moves" => l.t("公安（迁移）"),
        "vehicles" => l.t("公安交管（车辆）"),
        "real_estate" => l.t("自然资源（不动产）"),
        "market" => l.t("市场监管（登记）"),
        "education" => l.t("教育（学籍）"),
        "rural_watch" => l.t("农业农村（监测）"),
        "disaster" => l.t("应急（灾损）"),
        "bank_assets" => l.t("银行（经授权）"),
        "registry" | "hukou" | "register" => l.t("户籍登记"),
        "own_register" => l.t("民政在册"),
        "declaration" => l.t("本人申报"),
        "visit" => l.t("入户走访"),
        "assessment" => l.t("评估"),
        "derived" | "contract" => l.t("由规则推定"),
        other => return other.to_owned(),
    }
    .to_owned()
}

/// Every value on a sheet, the household first.
#[must_use]
pub fn rows(l: Lang, book: &Book, sheet: &FactSheet) -> Vec<FactRow> {
    let mut out = Vec::new();
    let mut push = |subject: &str, member: Option<usize>, id: &str, v: &SheetValue| {
        if v.value.is_null() && v.state.is_none() {
            return;
        }
        let Some(fact) = find(book, id) else { return };
        out.push(FactRow {
            subject: subject.to_owned(),
            member,
            fact: id.to_owned(),
            label: capital(l, l.pick(&fact.zh, &fact.en)),
            value: match v.state {
                Some(State::Conflict) => l.t("有矛盾或不可能，按未知处理").to_owned(),
                _ => value(l, book, fact, &v.value),
            },
            grade: v.grade.as_deref().and_then(|g| Grade::of(l, g)),
            source: v.source.as_deref().map_or_else(String::new, |s| source(l, s)),
            as_of: v.as_of.map_or_else(String::new, |d| d.to_string()),
            told: !v.value.is_null() || v.state == Some(State::Conflict),
        });
    };
    for (id, v) in &sheet.household {
        push(l.t("全家"), None, id, v);
    }
    for (i, member) in sheet.members.iter().enumerate() {
        let name = member.name.clone().unwrap_or_else(|| l.f1("成员 {}", i + 1));
        for (id, v) in &member.facts {
            push(&name, Some(i), id, v);
        }
    }
    out
}
