//! 施行地区: a package that says `division` holds there and nowhere else. Each of its outcomes and indicators gets one
//! more condition, that the household lies in the division; a household whose place is not known leaves it open.

use std::collections::BTreeMap;

use super::decl::{Body, Level, ParameterDecl, RuleDecl, SayDecl, Validity};
use super::load::Build;
use super::reader::{Reader, Text};
use super::{Book, NameEntry};
use crate::diag::Fault;
use crate::plan::{Entity, ParamRow, Span, Type};
use crate::syntax::ast::{Expr, ExprKind};
use crate::value::{Date, DivisionCode, Truth};

/// `division = "990121"` in `package.toml`.
pub(super) fn division(reader: &mut Reader<'_>, text: Option<Text>) -> Option<DivisionCode> {
    let text = text?;
    let cure = ("写 2、4、6 或 9 位代码", "write 2, 4, 6 or 9 digits");
    match text.text.parse::<DivisionCode>() {
        Ok(code) if code.level() <= 4 => Some(code),
        Ok(code) => {
            let wrong = (format!("区划 {code} 是村级"), format!("the division {code} is a village"));
            reader.fault(text.place, Fault::new("bad-division", wrong, cure));
            None
        }
        Err(bad) => {
            reader.fault(text.place, Fault::new("bad-division", (bad.zh, bad.en), cure));
            None
        }
    }
}

/// Declares what says whether a household lies in the division of a package, once a division.
pub(super) fn declare(build: &mut Build, reader: &mut Reader<'_>, package: &str) {
    let found = build.book.packages.iter().find(|p| p.id == package);
    let Some((area, basis)) = found.and_then(|p| Some((p.division.clone()?, p.legal_basis.clone()))) else {
        return;
    };
    let id = rule_id(&area);
    if build.book.rules.iter().any(|rule| rule.id == id) {
        return;
    }
    let at = reader.text.find(area.as_str()).unwrap_or(0);
    let place = at..at + area.as_str().len();
    let span = reader.span(&place);
    let validity = since(build, &area);
    let (zh, en) = title(build, &area);
    let parameter = ParameterDecl {
        id: format!("in_force_in_{area}"),
        zh: format!("在{zh}施行"),
        en: format!("in force in {en}"),
        package: package.to_owned(),
        ty: Type::Bool,
        keys: Vec::new(),
        contested: false,
        derived: true,
        overridable_by: Vec::new(),
        min: None,
        max: None,
        source: basis.clone(),
        rows: rows(&area, validity, basis.first().map_or(package, String::as_str), package),
        span,
    };
    let label = format!("户籍在{zh}");
    let as_parameter = NameEntry::Parameter(build.book.parameters.len());
    let as_rule = NameEntry::Rule(id.clone());
    let names =
        [(&id, &as_rule), (&label, &as_rule), (&parameter.id, &as_parameter), (&parameter.zh, &as_parameter)];
    for (text, entry) in names {
        build.declare(reader, &Text { text: text.clone(), place: place.clone() }, entry, false);
    }
    build.book.rules.push(RuleDecl {
        id,
        zh: label,
        en: format!("registered in {en}"),
        package: package.to_owned(),
        of: Entity::Household,
        validity,
        source: basis,
        body: Body::Value(named(&parameter.id)),
        excepts: Vec::new(),
        defaults: Vec::new(),
        say: vec![
            said(Truth::True, format!("户籍在{zh}"), format!("registered in {en}")),
            said(
                Truth::False,
                format!("户籍不在{zh}，本项目只在那里施行"),
                format!("not registered in {en}, the only place where the programme is in force"),
            ),
            said(
                Truth::Unknown,
                "还不知道户籍在哪里".to_owned(),
                "where the household is registered is not known".to_owned(),
            ),
        ],
        enum_index: None,
        span,
    });
    build.book.parameters.push(parameter);
}

/// Adds the condition to the outcomes and indicators of the packages that say a division.
pub(super) fn narrow(book: &mut Book) {
    let areas: BTreeMap<&str, String> =
        book.packages.iter().filter_map(|p| Some((p.id.as_str(), rule_id(p.division.as_ref()?)))).collect();
    for outcome in &mut book.outcomes {
        if let Some(rule) = areas.get(outcome.package.as_str()) {
            outcome.within = Some(both(rule, &outcome.met_when));
        }
    }
    for indicator in &mut book.indicators {
        if let Some(rule) = areas.get(indicator.package.as_str()) {
            indicator.within = Some(both(rule, &indicator.when));
        }
    }
}

fn rule_id(area: &DivisionCode) -> String {
    format!("registered_in_{area}")
}

/// No text of the packages holds the expression.
fn named(name: &str) -> Expr {
    Expr { kind: ExprKind::Name(name.to_owned()), span: Span { file: u32::MAX, start: 0, end: 0 } }
}

fn both(rule: &str, written: &Expr) -> Expr {
    Expr { kind: ExprKind::And(Box::new(named(rule)), Box::new(written.clone())), span: written.span }
}

fn said(when: Truth, zh: String, en: String) -> SayDecl {
    SayDecl { when: Some(when), zh, en, places: Vec::new() }
}

/// The name of the local layer of the division, without what stands in brackets; else its code.
fn title(build: &Build, area: &DivisionCode) -> (String, String) {
    let layer = build.book.overlays.iter().find(|o| o.division == *area);
    let plain = |text: &str, bracket| text.split(bracket).next().unwrap_or(text).trim().to_owned();
    match layer.map(|o| (plain(&o.zh, '（'), plain(&o.en, '('))) {
        Some((zh, en)) if !zh.is_empty() => (zh.clone(), if en.is_empty() { zh } else { en }),
        _ => (format!("区划{area}"), format!("division {area}")),
    }
}

/// From the first day of the first outcome of the division on.
fn since(build: &Build, area: &DivisionCode) -> Validity {
    let packages: Vec<&str> = build
        .book
        .packages
        .iter()
        .filter(|p| p.division.as_ref() == Some(area))
        .map(|p| p.id.as_str())
        .collect();
    let of: Vec<Validity> = build
        .book
        .outcomes
        .iter()
        .filter(|o| packages.contains(&o.package.as_str()))
        .map(|o| o.validity)
        .collect();
    let first = |day: fn(&Validity) -> Date| of.iter().map(day).min().unwrap_or(Date(0));
    Validity { from: first(|v| v.from), to: None, enacted: first(|v| v.enacted) }
}

/// 是 for the division, 否 for those beside it and beside each that it lies in. A code that is too short to tell, or none
/// at all, finds no row and stays unknown.
fn rows(area: &DivisionCode, since: Validity, source: &str, package: &str) -> Vec<(Level, ParamRow)> {
    let layer = package.split('/').next().unwrap_or_default();
    let row = |division: DivisionCode, value: i64| ParamRow {
        division: Some(division),
        keys: Vec::new(),
        from: since.from,
        to: None,
        enacted: since.enacted,
        value,
        ratio: None,
        source: source.to_owned(),
        layer: layer.to_owned(),
    };
    let mut rows = vec![(Level::Nation, row(area.clone(), 1))];
    for level in 1..=area.level() {
        let Some(own) = area.at_level(level) else { continue };
        let above = own.parent().map_or_else(String::new, |p| p.as_str().to_owned());
        let width = own.as_str().len() - above.len();
        let most = if width == 3 { 1_000 } else { 100 };
        // A part of zeros alone is no division of its own.
        for part in 1..most {
            let beside = format!("{above}{part:0width$}").parse::<DivisionCode>();
            let beside = beside.ok().filter(|code| *code != own && code.level() == level);
            rows.extend(beside.map(|code| (Level::Nation, row(code, 0))));
        }
    }
    rows
}
