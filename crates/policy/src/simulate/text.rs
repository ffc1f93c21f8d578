//! 报告的文字: a report on a terminal.

use std::fmt::Write as _;

use super::report::{CostReport, CurveReport, ProgrammeReport, Report};
use crate::explain::unit_word;
use crate::lang::Lang;
use crate::plan::Entity;

/// 1,234,567
#[must_use]
pub fn grouped(number: i128) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = if number < 0 { "−".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// 1,234.50 for 123450 fen.
#[must_use]
pub fn yuan(fen: i128) -> String {
    let (whole, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let sign = if fen < 0 { "−" } else { "" };
    let whole = i128::try_from(whole).unwrap_or(i128::MAX);
    format!("{sign}{}.{rest:02}", grouped(whole))
}

/// The same with its sign also where it is more: `+1,234.50`.
#[must_use]
pub fn change(fen: i128) -> String {
    if fen > 0 { format!("+{}", yuan(fen)) } else { yuan(fen) }
}

/// 12.34% for 1234 hundredths of a percent.
#[must_use]
pub fn percent(hundredths: Option<u64>) -> String {
    hundredths.map_or_else(|| "—".to_owned(), |n| format!("{}.{:02}%", n / 100, n % 100))
}

/// Between two ends, `null` being no limit.
#[must_use]
pub fn between(cost: &CostReport, lang: Lang) -> String {
    let end = |fen: Option<i128>| fen.map_or_else(|| lang.pick("不限", "no limit").to_owned(), yuan);
    format!("{}{}{}", end(cost.open_low_fen), lang.pick("～", " to "), end(cost.open_high_fen))
}

/// The report as text.
#[must_use]
pub fn render_text(report: &Report, lang: Lang) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", report.title.pick(lang));
    for sentence in &report.change {
        let _ = writeln!(out, "  {}", sentence.pick(lang));
    }
    let p = &report.population;
    let (households, persons) = (grouped(p.households.into()), grouped(p.persons.into()));
    let of = p.of.pick(lang);
    let _ = match lang {
        Lang::Zh => writeln!(out, "\n{of}，{households} 户 {persons} 人，按 {} 的规则。", report.period),
        Lang::En => writeln!(
            out,
            "\n{of}: {households} households, {persons} people, by the law of {}.",
            report.period
        ),
    };
    if report.programmes.is_empty() {
        let _ = writeln!(
            out,
            "{}",
            lang.pick(
                "这项改动不影响任何待遇的计算：谁都不进、不出、不多、不少。",
                "The change reaches no outcome: nobody enters, leaves, or gets more or less."
            )
        );
        return out;
    }
    for programme in &report.programmes {
        out.push_str(&told(programme, lang));
    }
    let m = &report.monthly;
    let (change_fen, before, after) = (change(m.change_fen), yuan(m.before_fen), yuan(m.after_fen));
    let _ = match lang {
        Lang::Zh => {
            writeln!(out, "\n按月的各项合计（算得准的）：{before} → {after} 元/月，{change_fen} 元/月")
        }
        Lang::En => writeln!(
            out,
            "\nMonthly programmes together (where exact): {before} → {after} yuan a month, {change_fen}"
        ),
    };
    let [_, overlap] = m.overlap;
    if overlap.households > 0 {
        let (n, fen) = (grouped(overlap.households.into()), yuan(overlap.fen));
        let _ = match lang {
            Lang::Zh => writeln!(out, "  其中 {n} 户同时符合不能同享的两项，合计至多多算 {fen} 元/月"),
            Lang::En => writeln!(
                out,
                "  {n} households meet two that exclude each other; the sum counts at most {fen} yuan a month too much"
            ),
        };
    }
    let list: Vec<&str> = report.untouched.iter().map(|t| t.title.pick(lang)).collect();
    let _ = writeln!(out, "{}{}", lang.pick("不受影响：", "Not reached: "), list.join(lang.pick("、", ", ")));
    out.push_str(&follow(report, lang));
    out.push_str(&groups(report, lang));
    out.push_str(&people(report, lang));
    if report.programmes.len() > 1 {
        let more = (
            "其余各项的分组见 --format html 或 json。",
            "The groups of the other programmes are in --format html or json.",
        );
        let _ = writeln!(out, "\n{}", lang.pick(more.0, more.1));
    }
    out.push_str(&cliffs(report, lang));
    out.push_str(&disclosure(report, lang));
    out
}

/// 户 or 人.
#[must_use]
pub fn subjects(of: Entity, lang: Lang) -> &'static str {
    match of {
        Entity::Member => lang.pick("人", "people"),
        _ => lang.pick("户", "households"),
    }
}

fn told(p: &ProgrammeReport, lang: Lang) -> String {
    let who = subjects(p.of, lang);
    let n = |n: u64| grouped(n.into());
    let mut out = format!("\n{} {}\n", p.title.pick(lang), p.id);
    let (e, l) = (&p.entered, &p.left);
    let line = match lang {
        Lang::Zh => format!(
            "  符合 {} → {} {who}；新符合 {}（原不符合 {}，原未定 {}），不再符合 {}（转不符合 {}，转未定 {}）\n  未定 {} → {} {who}\n",
            n(p.before.met),
            n(p.after.met),
            n(e.all()),
            n(e.decided),
            n(e.open),
            n(l.all()),
            n(l.decided),
            n(l.open),
            n(p.before.unknown),
            n(p.after.unknown),
        ),
        Lang::En => format!(
            "  met {} → {} {who}; enter {} (were not met {}, were open {}), leave {} (now not met {}, now open {})\n  open {} → {} {who}\n",
            n(p.before.met),
            n(p.after.met),
            n(e.all()),
            n(e.decided),
            n(e.open),
            n(l.all()),
            n(l.decided),
            n(l.open),
            n(p.before.unknown),
            n(p.after.unknown),
        ),
    };
    out.push_str(&line);
    if p.left.receiving > 0 {
        let n = n(p.left.receiving);
        out.push_str(&match lang {
            Lang::Zh => format!("  不再符合的当中，{n} {who}正在享受\n"),
            Lang::En => format!("  of those who leave, {n} receive it today\n"),
        });
    }
    if p.receiving_open[1] > 0 {
        let n = n(p.receiving_open[1]);
        out.push_str(&match lang {
            Lang::Zh => format!("  未定的当中，{n} {who}正在享受\n"),
            Lang::En => format!("  of those that are open, {n} receive it today\n"),
        });
    }
    let Some(per) = p.per else { return out };
    let unit = unit_word(per, lang);
    let (before, after) = (yuan(p.cost_before.exact_fen), yuan(p.cost_after.exact_fen));
    let line = match lang {
        Lang::Zh => format!(
            "  费用（算得准的）{before} → {after} {unit}，{}：新符合 {}，不再符合 {}，前后都符合 {}（多得 {}，少得 {} {who}）\n",
            change(p.change_fen),
            change(e.fen),
            change(l.fen),
            change(p.kept_fen),
            n(p.raised),
            n(p.lowered),
        ),
        Lang::En => format!(
            "  cost (where exact) {before} → {after} {unit}, {}: enter {}, leave {}, stay {} (more for {}, less for {} {who})\n",
            change(p.change_fen),
            change(e.fen),
            change(l.fen),
            change(p.kept_fen),
            n(p.raised),
            n(p.lowered),
        ),
    };
    out.push_str(&line);
    if p.cost_before.open + p.cost_after.open > 0 {
        let ((b, a), (x, y)) = (
            (n(p.cost_before.open), n(p.cost_after.open)),
            (between(&p.cost_before, lang), between(&p.cost_after, lang)),
        );
        out.push_str(&match lang {
            Lang::Zh => format!("  因缺事实算不准：{b} → {a} {who}，另计 {x} → {y} {unit}\n"),
            Lang::En => {
                format!("  open for want of facts: {b} → {a} {who}, apart from that {x} → {y} {unit}\n")
            }
        });
    }
    out
}

fn follow(report: &Report, lang: Lang) -> String {
    let mut out = String::new();
    for f in &report.follow_on {
        let who = subjects(f.of, lang);
        let (title, entered, left) = (f.title.pick(lang), f.entered, f.left);
        let fen = f
            .per
            .map(|per| format!("{}{} {}", lang.pick("，", ", "), change(f.change_fen), unit_word(per, lang)));
        let fen = fen.unwrap_or_default();
        let _ = match lang {
            Lang::Zh => writeln!(out, "随之牵动：{title} 新符合 {entered} {who}，不再符合 {left} {who}{fen}"),
            Lang::En => writeln!(out, "Follows: {title}: enter {entered}, leave {left} {who}{fen}"),
        };
    }
    out
}

fn groups(report: &Report, lang: Lang) -> String {
    let mut out = String::new();
    let main = report.main();
    for table in &report.groups {
        let Some(p) = main.filter(|p| p.id == table.programme) else { continue };
        let _ = writeln!(out, "\n{} · {}", p.title.pick(lang), table.by.title.pick(lang));
        for row in &table.rows {
            let label = row.label.pick(lang);
            let _ = match (&row.counts, lang) {
                (None, Lang::Zh) => writeln!(out, "  {label}：过少，不列"),
                (None, Lang::En) => writeln!(out, "  {label}: too few to tell"),
                (Some(c), Lang::Zh) => writeln!(
                    out,
                    "  {label}：{} 中符合 {} → {}，新 +{}，出 −{}，未定 {}，{} 元",
                    c.subjects,
                    c.before,
                    c.after,
                    c.entered,
                    c.left,
                    c.unknown,
                    change(c.change_fen)
                ),
                (Some(c), Lang::En) => writeln!(
                    out,
                    "  {label}: of {} met {} → {}, in +{}, out −{}, open {}, {} yuan",
                    c.subjects,
                    c.before,
                    c.after,
                    c.entered,
                    c.left,
                    c.unknown,
                    change(c.change_fen)
                ),
            };
        }
    }
    out
}

fn people(report: &Report, lang: Lang) -> String {
    let mut out = String::new();
    let main = report.main();
    for table in &report.people {
        let Some(p) = main.filter(|p| p.id == table.programme) else { continue };
        let head = lang.pick("一视同仁", "equal treatment");
        let _ = writeln!(out, "\n{} · {head} · {}", p.title.pick(lang), table.by.title.pick(lang));
        for row in &table.rows {
            let label = row.label.pick(lang);
            let Some(c) = &row.counts else {
                let _ = writeln!(out, "  {label}{}", lang.pick("：过少，不列", ": too few to tell"));
                continue;
            };
            let mean = |fen: Option<i128>| fen.map_or_else(|| "—".to_owned(), yuan);
            let (share, mean) = (c.share.map(percent), c.mean_fen.map(mean));
            let _ = match lang {
                Lang::Zh => writeln!(
                    out,
                    "  {label}：{} 人，符合 {} → {}，人均 {} → {} 元，未定 {} → {}",
                    grouped(c.persons.into()),
                    share[0],
                    share[1],
                    mean[0],
                    mean[1],
                    c.unknown[0],
                    c.unknown[1]
                ),
                Lang::En => writeln!(
                    out,
                    "  {label}: {} people, met {} → {}, mean a head {} → {} yuan, open {} → {}",
                    grouped(c.persons.into()),
                    share[0],
                    share[1],
                    mean[0],
                    mean[1],
                    c.unknown[0],
                    c.unknown[1]
                ),
            };
        }
    }
    out
}

fn cliffs(report: &Report, lang: Lang) -> String {
    let c = &report.cliffs;
    let mut out = format!(
        "\n{}\n",
        lang.pick(
            "断崖：每月多挣一元，失去的多于一元",
            "Cliffs: one more yuan a month costs more than a yuan"
        )
    );
    let fen = |n: Option<i64>| n.map_or_else(|| "—".to_owned(), |n| yuan(n.into()));
    let (t, scanned) = (&c.total, c.total.scanned);
    let (m, l) = (t.median_fen.map(fen), t.largest_fen.map(fen));
    let _ = match lang {
        Lang::Zh => writeln!(
            out,
            "  有救助的 {} 户中抽查 {} 户，算得清 {scanned} 户：有断崖 {} → {} 户，中位 {} → {} 元，最大 {} → {} 元",
            grouped(c.families.into()),
            c.sample,
            t.with[0],
            t.with[1],
            m[0],
            m[1],
            l[0],
            l[1]
        ),
        Lang::En => writeln!(
            out,
            "  of {} families with help {} were sampled and {scanned} could be scanned: with a cliff {} → {}, median {} → {} yuan, largest {} → {} yuan",
            grouped(c.families.into()),
            c.sample,
            t.with[0],
            t.with[1],
            m[0],
            m[1],
            l[0],
            l[1]
        ),
    };
    if let Some(curve) = &c.curve {
        out.push_str(&drawn(curve, lang));
    }
    out
}

fn drawn(curve: &CurveReport, lang: Lang) -> String {
    let mut out = match lang {
        Lang::Zh => format!("  样例户“{}”，变动{}：\n", curve.household, curve.moved.pick(lang)),
        Lang::En => format!("  model family “{}”, moving {}:\n", curve.household, curve.moved.pick(lang)),
    };
    for (side, cliffs) in [lang.pick("现行", "before"), lang.pick("改后", "after")].iter().zip(&curve.cliffs)
    {
        for cliff in cliffs {
            let (at, drop) = (yuan(cliff.income_fen.into()), yuan(cliff.drop_fen.into()));
            let _ = match lang {
                Lang::Zh => writeln!(out, "    {side}：{at} 元/月时多挣一元，少得 {drop} 元/月"),
                Lang::En => {
                    writeln!(out, "    {side}: one more yuan at {at} a month costs {drop} yuan a month")
                }
            };
        }
    }
    out
}

fn disclosure(report: &Report, lang: Lang) -> String {
    let d = &report.disclosure;
    match (d.smallest_cell, lang) {
        (Some(n), Lang::Zh) => format!("\n少于 {n} 的格子不列，共 {} 行。\n", d.hidden_rows),
        (Some(n), Lang::En) => format!("\nCounts below {n} are not told: {} rows.\n", d.hidden_rows),
        (None, Lang::Zh) => "\n政策包没有写小格界限，分组表都不列。\n".to_owned(),
        (None, Lang::En) => {
            "\nThe packages state no smallest cell, so no table of groups is told.\n".to_owned()
        }
    }
}
