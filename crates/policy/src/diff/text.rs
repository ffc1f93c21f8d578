//! 比较的文字: a difference as an official reads it.

use std::fmt::Write as _;

use super::{Detail, Diff, GoldenDiff, GoldenResult, Item, Kind, What};
use crate::explain::{Text, verdict_word};
use crate::lang::Lang;
use crate::value::{Fen, Truth};

/// The kinds in the order in which they are told.
const KINDS: [Kind; 7] =
    [Kind::Parameter, Kind::Rule, Kind::Outcome, Kind::Group, Kind::Indicator, Kind::Fact, Kind::Source];

/// One difference on one line: what, where, from what to what, from when.
#[must_use]
pub fn headline(item: &Item) -> Text {
    Text::both(|lang| line(item, item.title.pick(lang), lang))
}

fn line(item: &Item, name: &str, lang: Lang) -> String {
    let mut text = name.to_owned();
    if !item.place.is_empty() {
        let place: Vec<&str> = item.place.iter().map(|p| p.pick(lang)).collect();
        let place = place.join(lang.pick("，", ", "));
        text.push_str(&format!("{}{place}{}", lang.pick("（", " ("), lang.pick("）", ")")));
    }
    let value = item.details.iter().find(|d| d.part == "value").filter(|_| item.kind == Kind::Parameter);
    if let Some(value) = value {
        let side = |t: &Option<Text>| t.as_ref().map(|t| t.pick(lang).to_owned());
        let _ = match (side(&value.before), side(&value.after)) {
            (Some(x), Some(y)) if x == y => write!(text, "{}{y}", lang.pick("：", ": ")),
            (Some(x), Some(y)) => write!(text, "{}{x} → {y}", lang.pick("：", ": ")),
            (None, Some(y)) => write!(text, "{}{y}", lang.pick("：新定 ", ": newly ")),
            (Some(x), None) => write!(text, "{}{x}", lang.pick("：不再有 ", ": no longer ")),
            (None, None) => Ok(()),
        };
    }
    if let Some(from) = item.from {
        text.push_str(&match lang {
            Lang::Zh => format!("，自 {from} 起"),
            Lang::En => format!(", from {from}"),
        });
    }
    text
}

fn what_word(what: What, lang: Lang) -> &'static str {
    match what {
        What::Added => lang.pick("新增", "added"),
        What::Removed => lang.pick("删去", "removed"),
        What::Changed => lang.pick("改动", "changed"),
        What::Moved => lang.pick("改期", "moved in time"),
        What::Reworded => lang.pick("改名称或文字", "reworded"),
    }
}

fn kind_word(kind: Kind, lang: Lang) -> &'static str {
    match kind {
        Kind::Parameter => lang.pick("参数", "Parameters"),
        Kind::Rule => lang.pick("规则", "Rules"),
        Kind::Outcome => lang.pick("待遇", "Outcomes"),
        Kind::Group => lang.pick("待遇组", "Groups of outcomes"),
        Kind::Indicator => lang.pick("预警指标", "Indicators"),
        Kind::Fact => lang.pick("事实", "Facts"),
        Kind::Source => lang.pick("依据", "Sources"),
    }
}

/// The whole comparison as text.
#[must_use]
pub fn render_text(diff: &Diff, goldens: &GoldenDiff, lang: Lang) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", verdict(diff, lang));
    for kind in KINDS {
        let items: Vec<&Item> = diff.items.iter().filter(|i| i.kind == kind).collect();
        if items.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{}", kind_word(kind, lang));
        for item in items {
            let name = format!("{} {}", item.title.pick(lang), item.id);
            let _ = writeln!(out, "  [{}] {}", what_word(item.what, lang), line(item, &name, lang));
            for detail in &item.details {
                let shown = item.kind == Kind::Parameter && detail.part == "value";
                if !shown {
                    out.push_str(&detailed(detail, item.what, lang));
                }
            }
        }
    }
    if !diff.renamed.is_empty() {
        let _ = writeln!(out, "\n{}", lang.pick("改编号", "Other ids"));
        for renamed in &diff.renamed {
            let title = renamed.title.pick(lang);
            let _ = writeln!(out, "  {title}: {} → {}", renamed.before, renamed.after);
        }
    }
    out.push_str(&reached(diff, lang));
    out.push_str(&golden_text(goldens, lang));
    out
}

fn verdict(diff: &Diff, lang: Lang) -> String {
    if diff.is_empty() {
        return lang.pick("两边的规则相同。", "The two are the same law.").to_owned();
    }
    if !diff.in_substance() {
        return lang
            .pick(
                "没有实质变化：只改了编号、名称或文字，待遇和预警的算法逐项相同。",
                "Nothing changes in substance: only ids, names or wording differ; what outcomes and indicators compute is the same.",
            )
            .to_owned();
    }
    let count = diff.items.iter().filter(|i| i.what != What::Reworded).count();
    let results = !diff.reached.is_empty();
    match (lang, results) {
        (Lang::Zh, true) => format!("有 {count} 处实质变化，会影响结果。"),
        (Lang::Zh, false) => format!("有 {count} 处变化，都不影响待遇和预警的结果。"),
        (Lang::En, true) => format!("{count} change(s) in substance; results are affected."),
        (Lang::En, false) => format!("{count} change(s), none of which affects a result."),
    }
}

fn detailed(detail: &Detail, what: What, lang: Lang) -> String {
    let label = detail.label.pick(lang);
    let colon = lang.pick("：", ": ");
    let side = |t: &Option<Text>| t.as_ref().map(|t| t.pick(lang).to_owned()).filter(|t| !t.is_empty());
    match (side(&detail.before), side(&detail.after)) {
        (Some(x), None) if what == What::Removed => format!("      {label}{colon}{x}\n"),
        (None, Some(y)) if what == What::Added => format!("      {label}{colon}{y}\n"),
        (Some(x), Some(y)) if x.chars().count() + y.chars().count() < 60 => {
            format!("      {label}{colon}{x} → {y}\n")
        }
        (x, y) => {
            let nothing = || lang.pick("（无）", "(none)").to_owned();
            format!(
                "      {label}\n        {} {}\n        {} {}\n",
                lang.pick("原：", "was:"),
                x.unwrap_or_else(nothing),
                lang.pick("现：", "now:"),
                y.unwrap_or_else(nothing)
            )
        }
    }
}

fn reached(diff: &Diff, lang: Lang) -> String {
    let mut out = String::new();
    if !diff.reached.is_empty() {
        let _ = writeln!(out, "\n{}", lang.pick("影响", "Effect"));
    }
    for reached in &diff.reached {
        let titles = reached.outcomes.iter().map(|o| o.title.pick(lang).to_owned());
        let groups = reached.groups.iter().map(|g| g.title.pick(lang).to_owned());
        let codes = reached.indicators.iter().map(|i| i.id.clone());
        let all: Vec<String> = titles.chain(groups).chain(codes).collect();
        let from = reached.from;
        let _ = match (lang, all.is_empty()) {
            (Lang::Zh, false) => writeln!(out, "  自 {from} 起：{}", all.join("、")),
            (Lang::Zh, true) => writeln!(out, "  自 {from} 起：结果又相同"),
            (Lang::En, false) => writeln!(out, "  from {from}: {}", all.join(", ")),
            (Lang::En, true) => writeln!(out, "  from {from}: results are the same again"),
        };
    }
    if !diff.uncompared.is_empty() {
        let months: Vec<String> = diff.uncompared.iter().map(ToString::to_string).collect();
        let months = months.join(" ");
        let _ = match lang {
            Lang::Zh => writeln!(out, "  未能比较的月份（其中一边不能编译，或词汇不合）：{months}"),
            Lang::En => writeln!(
                out,
                "  months that could not be compared (one side does not compile, or the vocabularies differ): {months}"
            ),
        };
    }
    out
}

fn golden_text(goldens: &GoldenDiff, lang: Lang) -> String {
    let mut out = format!("\n{}\n", lang.pick("样例户", "Golden households"));
    let [[a, a_bad], [b, b_bad], [c, c_bad]] = [goldens.first, goldens.second, goldens.second_under_first];
    let _ = match lang {
        Lang::Zh => writeln!(
            out,
            "  甲方期望 {a} 条，不符 {a_bad} 条；乙方期望 {b} 条，不符 {b_bad} 条；乙方期望按甲方规则 {c} 条，不符 {c_bad} 条"
        ),
        Lang::En => writeln!(
            out,
            "  expectations of the first: {a}, failed {a_bad}; of the second: {b}, failed {b_bad}; of the second under the first: {c}, failed {c_bad}"
        ),
    };
    let mut list = |head: (&str, &str), titles: &[String]| {
        if !titles.is_empty() {
            let _ = writeln!(out, "  {}{}", lang.pick(head.0, head.1), titles.join(lang.pick("；", "; ")));
        }
    };
    list(("新增：", "added: "), &goldens.added);
    list(("删去：", "removed: "), &goldens.removed);
    if goldens.changed.is_empty() {
        let same = ("没有一户的结果改变", "no household comes out differently");
        let _ = writeln!(out, "  {}", lang.pick(same.0, same.1));
    } else {
        let n = goldens.changed.len();
        let _ = match lang {
            Lang::Zh => writeln!(out, "  {n} 户的结果改变："),
            Lang::En => writeln!(out, "  {n} household(s) come out differently:"),
        };
    }
    for change in &goldens.changed {
        let _ = writeln!(out, "  {} ({}:{})", change.title, change.file, change.line);
        for result in &change.results {
            let member = result.member.as_ref().map(|m| format!(" {m}")).unwrap_or_default();
            let title = result.of.title.pick(lang);
            let (x, y) = (came_out(result, 0, lang), came_out(result, 1, lang));
            let _ = writeln!(out, "    {title}{member}{}{x} → {y}", lang.pick("：", ": "));
        }
    }
    for (title, why) in &goldens.uncompared {
        let _ = writeln!(out, "  {title}: {}", why.pick(lang));
    }
    out
}

/// A result in words: `符合 768.00 元`.
pub(super) fn came_out(result: &GoldenResult, side: usize, lang: Lang) -> String {
    let Some(met) = result.met.get(side).copied().flatten() else {
        return lang.pick("没有这一项", "no such outcome").to_owned();
    };
    let word = verdict_word(met, lang);
    let yuan =
        |n: Option<i64>| n.map_or_else(|| lang.pick("不限", "no limit").to_owned(), |n| Fen(n).to_string());
    match result.amount_fen.get(side).copied().flatten() {
        Some((low, high)) if low == high && met == Truth::True => {
            format!("{word} {}{}", yuan(low), lang.pick(" 元", " yuan"))
        }
        Some((low, high)) => {
            format!(
                "{word} {}{}{}{}",
                yuan(low),
                lang.pick("～", " to "),
                yuan(high),
                lang.pick(" 元", " yuan")
            )
        }
        None => word.to_owned(),
    }
}
