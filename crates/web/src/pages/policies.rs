//! 规则公开: every outcome, indicator, rule and parameter with its source, and how often indicators are right.

use askama::Template;
use doudi_policy::book::{Book, Named};
use doudi_policy::lang::Lang as PolicyLang;
use doudi_policy::plan::{IndicatorKind, ParamTable, Per, Type};
use doudi_policy::syntax::ast::Expr;
use doudi_policy::syntax::print::Names;
use doudi_policy::{Date, Fen};

use crate::chart;
use crate::ctx::{Ctx, html};
use crate::error::PageResult;
use crate::lang::{Lang, money, thousands};
use crate::page::Page;
use crate::pages::coverage::confirms;
use crate::vocab;

struct OutcomeRow {
    id: String,
    title: String,
    cites: Vec<String>,
}

struct IndicatorRow {
    id: String,
    title: String,
    kind: &'static str,
    cites: Vec<String>,
    leads: String,
    rate: String,
}

struct RuleRow {
    id: String,
    title: String,
    text: String,
    cites: Vec<String>,
}

struct ParameterRow {
    title: String,
    contested: bool,
    values: Vec<String>,
    from: String,
    source: String,
}

struct DocRow {
    id: String,
    title: String,
    number: String,
}

#[derive(Template)]
#[template(path = "page/policies.html")]
struct PoliciesPage {
    l: Lang,
    page: Page,
    asof: String,
    outcomes: Vec<OutcomeRow>,
    indicators: Vec<IndicatorRow>,
    rules: Vec<RuleRow>,
    parameters: Vec<ParameterRow>,
    docs: Vec<DocRow>,
}

/// `/policies`
pub async fn all(ctx: Ctx) -> PageResult {
    let l = ctx.l();
    let state = ctx.state();
    let law = state.law();
    let book = law.book();
    let today = ctx.today();
    let period = today.month();
    let plan = law.plan(period, today)?;
    let results = state.store().lead_results().await?;
    let mut indicators = Vec::new();
    for i in &plan.indicators {
        let open = crate::pages::leads::open_with(state, &i.id).await?;
        let sum = |only: bool| -> u64 {
            results
                .iter()
                .filter(|(id, result, _)| *id == i.id && (!only || confirms(result)))
                .filter_map(|(_, _, n)| u64::try_from(*n).ok())
                .sum()
        };
        let closed = sum(false);
        indicators.push(IndicatorRow {
            id: i.id.clone(),
            title: l.pick(&i.zh, &i.en).to_owned(),
            kind: match i.kind {
                IndicatorKind::Entry => l.t("可能漏保"),
                IndicatorKind::Exit => l.t("可能不再符合，先核实"),
            },
            cites: cites(l, book, &i.source),
            leads: thousands(open + closed),
            rate: if closed == 0 {
                l.t("还没有办结的").to_owned()
            } else {
                format!(
                    "{} ({}/{closed})",
                    chart::percent(chart::permille(sum(true), closed - sum(true))),
                    sum(true)
                )
            },
        });
    }
    let mut rules: Vec<RuleRow> = Vec::new();
    for rule in book.rules_at(period, today) {
        rules.push(RuleRow {
            id: rule.id.clone(),
            title: l.pick(&rule.zh, &rule.en).to_owned(),
            text: Book::rule_text(rule, policy_lang(l), &InLanguage { l, book }),
            cites: cites(l, book, &rule.source),
        });
    }
    let page = PoliciesPage {
        l,
        page: ctx.page(l.t("规则公开"), "/policies").await?,
        asof: l.f2("{} 现行，政策包 {}", l.date(today), plan.package_hash.get(..12).unwrap_or_default()),
        outcomes: plan
            .outcomes
            .iter()
            .map(|o| OutcomeRow {
                id: o.id.clone(),
                title: l.pick(&o.zh, &o.en).to_owned(),
                cites: cites(l, book, &o.source),
            })
            .collect(),
        indicators,
        rules,
        parameters: plan.params.iter().map(|p| parameter(l, book, p, today)).collect(),
        docs: book
            .sources()
            .iter()
            .map(|d| DocRow {
                id: d.id.clone(),
                title: l.pick(&d.zh, &d.en).to_owned(),
                number: d.number.clone(),
            })
            .collect(),
    };
    html(&page)
}

/// Names of the book in the page's language.
struct InLanguage<'a> {
    l: Lang,
    book: &'a Book,
}

impl Names for InLanguage<'_> {
    fn name(&self, name: &str) -> String {
        let pick = |id: &str, zh: &str| self.l.pick(zh, id).to_owned();
        match self.book.resolve(name) {
            Some(Named::Fact(_, fact)) => pick(&fact.id, &fact.zh),
            Some(Named::Rule(id)) => self
                .book
                .rules()
                .iter()
                .find(|r| r.id == id)
                .map_or_else(|| name.to_owned(), |r| pick(&r.id, &r.zh)),
            Some(Named::Parameter(at)) => {
                self.book.parameters().get(at).map_or_else(|| name.to_owned(), |p| pick(&p.id, &p.zh))
            }
            None => name.to_owned(),
        }
    }

    fn value(&self, other: &Expr, name: &str, _listed: bool) -> String {
        let pair = self.book.enum_of(other).and_then(|index| {
            let at = self.book.enum_value(index, name)?;
            let decl = self.book.enums().get(usize::from(index))?;
            decl.values.get(usize::from(at))
        });
        match pair {
            Some((id, zh)) => self.l.pick(zh, id).to_owned(),
            None => self.name(name),
        }
    }
}

fn policy_lang(l: Lang) -> PolicyLang {
    match l {
        Lang::Zh => PolicyLang::Zh,
        Lang::En => PolicyLang::En,
    }
}

/// Citations in words: our sentence of a cited fact, or title and article of a document.
#[must_use]
pub fn cites(l: Lang, book: &Book, sources: &[String]) -> Vec<String> {
    sources
        .iter()
        .map(|source| {
            if let Some(cite) = book.cites().iter().find(|c| c.id == *source) {
                return format!("{source} {}", l.pick(&cite.zh, &cite.en));
            }
            let (doc, article) = source.split_once('#').unwrap_or((source, ""));
            match book.sources().iter().find(|d| d.id == doc) {
                Some(d) if article.is_empty() => l.pick(&d.zh, &d.en).to_owned(),
                Some(d) => l.f2("{} 第 {} 条", l.pick(&d.zh, &d.en), article),
                None => source.clone(),
            }
        })
        .collect()
}

fn parameter(l: Lang, book: &Book, p: &ParamTable, today: Date) -> ParameterRow {
    let mut rows: Vec<_> =
        p.rows.iter().filter(|r| r.from <= today && r.to.is_none_or(|to| today <= to)).collect();
    rows.sort_by_key(|r| std::cmp::Reverse(r.division.as_ref().map_or(0, |d| d.as_str().len())));
    // What applies here: the rows of the most local layer that has any.
    let local = rows.first().and_then(|r| r.division.clone());
    rows.retain(|r| r.division == local);
    let values = rows
        .iter()
        .map(|r| {
            let keys: Vec<String> = r
                .keys
                .iter()
                .zip(&p.keys)
                .filter_map(|(at, e)| {
                    let decl = book.enums().get(usize::from(*e))?;
                    let (id, zh) = decl.values.get(usize::from(*at))?;
                    Some(if l.is_en() { id.replace('_', " ") } else { zh.clone() })
                })
                .collect();
            let value = value_words(l, book, p.ty, r.value, r.ratio);
            if keys.is_empty() { value } else { format!("{} {value}", keys.join(" ")) }
        })
        .collect();
    ParameterRow {
        title: l.pick(&p.zh, &p.en).to_owned(),
        contested: p.contested,
        values,
        from: rows.iter().map(|r| r.from).max().map_or_else(String::new, |d| l.date(d)),
        source: rows
            .first()
            .map_or_else(String::new, |r| cites(l, book, std::slice::from_ref(&r.source)).concat()),
    }
}

fn value_words(l: Lang, book: &Book, ty: Type, value: i64, ratio: Option<(i64, i64)>) -> String {
    match (ty, ratio) {
        (_, Some((num, den))) => percent(num, den),
        (Type::Money(Per::Once | Per::Month | Per::Year) | Type::Exact(_), None) => {
            format!("{} {}", money(Fen(value)), vocab::unit(l, ty))
        }
        (Type::Bool, None) => if value == 0 { l.t("否") } else { l.t("是") }.to_owned(),
        (Type::Date, None) => i32::try_from(value).map_or_else(|_| String::new(), |d| l.date(Date(d))),
        (Type::Enum(e), None) => book
            .enums()
            .get(usize::from(e))
            .and_then(|d| d.values.get(usize::try_from(value).ok()?))
            .map_or_else(String::new, |(id, zh)| l.pick(zh, id).to_owned()),
        (Type::Int | Type::Rate | Type::Month, None) => value.to_string(),
    }
}

/// An exact rate as a percentage where it ends within two decimals, else as a fraction.
fn percent(num: i64, den: i64) -> String {
    let scaled = num.checked_mul(10_000);
    match scaled {
        Some(s) if den != 0 && s % den == 0 => {
            let p = s / den;
            match (p / 100, p % 100) {
                (whole, 0) => format!("{whole}%"),
                (whole, rest) => format!("{whole}.{:02}%", rest.abs()),
            }
        }
        _ => format!("{num}/{den}"),
    }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn rates_read_as_percentages() {
        assert_eq!(percent(3, 10), "30%");
        assert_eq!(percent(1, 8), "12.50%");
        assert_eq!(percent(1, 3), "1/3");
        assert_eq!(percent(3, 2), "150%");
    }
}
