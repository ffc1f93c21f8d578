//! 报告的图: SVG from numbers. Sizes and colours are presentation attributes.

use std::fmt::Write as _;

use doudi_policy::simulate::report::CurveReport;
use doudi_policy::simulate::text::{change, grouped, yuan};

use crate::chart::{esc, nice_step};
use crate::lang::Lang;

/// The field of the curve within its picture.
const LEFT: i128 = 66;
const RIGHT: i128 = 690;
const TOP: i128 = 24;
const BOTTOM: i128 = 318;

/// Income across, money in hand up: without help, before and after.
pub(super) fn curve(curve: &CurveReport, moved: &str, l: Lang) -> String {
    let points = &curve.points;
    let hand = |p: &doudi_policy::simulate::CurvePoint, after: bool| {
        i128::from(p.income_fen) + i128::from(if after { p.after_fen } else { p.before_fen })
    };
    let right = points.iter().map(|p| i128::from(p.income_fen)).max().unwrap_or(0).max(1);
    let highest = points.iter().flat_map(|p| [hand(p, false), hand(p, true)]).max().unwrap_or(0).max(right);
    // Room above the highest point for the words beside it.
    let highest = highest + highest / 8;
    // In tenths of a unit of the picture, so that a slope stays even.
    let tenths = |n: i128| format!("{}.{}", n / 10, n % 10);
    let across = |income: i128| LEFT * 10 + (RIGHT - LEFT) * 10 * income / right;
    let up = |fen: i128| BOTTOM * 10 - (BOTTOM - TOP) * 10 * fen / highest;
    let (x, y) = (|income: i128| across(income) / 10, |fen: i128| up(fen) / 10);
    let mut svg = format!(
        r#"<svg class="chart chart-x" viewBox="0 0 724 366" role="img" aria-label="{}">"#,
        esc(&l.f1("收入与手里的钱：{}，改前与改后，数值见下表", moved))
    );
    let step = i128::from(nice_step(u64::try_from(highest / 100).unwrap_or(1).max(1)));
    let mut mark = 0;
    while mark * 100 <= highest {
        let at = y(mark * 100);
        let _ = write!(
            svg,
            r#"<line class="gl" x1="{LEFT}" x2="{RIGHT}" y1="{at}" y2="{at}"/><text x="{}" y="{}" class="endt">{}</text>"#,
            LEFT - 8,
            at + 4,
            grouped(mark)
        );
        if mark * 100 <= right {
            let _ =
                write!(svg, r#"<text x="{}" y="338" class="mid">{}</text>"#, x(mark * 100), grouped(mark));
        }
        mark += step;
    }
    let _ = write!(
        svg,
        r##"<line class="ax" x1="{LEFT}" x2="{RIGHT}" y1="{BOTTOM}" y2="{BOTTOM}"/><text x="374" y="358" class="mid">{}</text><text x="{LEFT}" y="12">{}</text><path d="M{LEFT} {BOTTOM}L{} {}" stroke="#79849a" stroke-width="1.2" fill="none"/>"##,
        esc(&l.f1("{}，元/月", moved)),
        esc(l.t("手里的钱，元/月（这笔收入＋各项月度待遇）")),
        x(right),
        y(right),
    );
    for (after, stroke) in [
        (false, r##"stroke="#5a6575" stroke-width="2" stroke-dasharray="7 4""##),
        (true, r##"stroke="#0958d9" stroke-width="3""##),
    ] {
        let mut path = String::new();
        for p in points {
            let letter = if path.is_empty() { 'M' } else { 'L' };
            let (x, y) = (tenths(across(p.income_fen.into())), tenths(up(hand(p, after))));
            let _ = write!(path, "{letter}{x} {y}");
        }
        let _ = write!(svg, r#"<path d="{path}" {stroke} fill="none"/>"#);
    }
    if let Some(cliff) = curve.cliffs[1].iter().max_by_key(|c| c.drop_fen) {
        let at = points.iter().find(|p| p.income_fen == cliff.income_fen);
        if let Some(p) = at {
            let (cx, cy) = (x(p.income_fen.into()), y(hand(p, true)));
            let anchor = if cx > 400 { (cx - 10, "endt") } else { (cx + 10, "") };
            let _ = write!(
                svg,
                r##"<circle cx="{cx}" cy="{cy}" r="5" fill="#0958d9"/><text x="{}" y="{}" class="strong {}">{}</text>"##,
                anchor.0,
                (cy - 14).max(TOP + 6),
                anchor.1,
                esc(&l.f1("断崖：少 {} 元", yuan(cliff.drop_fen.into())))
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

/// Bars of the parts of a change, to the right where it costs more and to the left where it costs less.
pub(super) fn parts(parts: &[(&'static str, i128)], l: Lang) -> String {
    let most = parts.iter().map(|(_, fen)| fen.unsigned_abs()).max().unwrap_or(0).max(1);
    let least = parts.iter().any(|(_, fen)| *fen < 0);
    let zero: u128 = if least { 140 } else { 0 };
    let room: u128 = if least { 140 } else { 290 };
    let height = 12 + parts.len() * 52;
    let mut svg = format!(
        r#"<svg class="chart" viewBox="0 0 420 {height}" role="img" aria-label="{}">"#,
        esc(l.t("多支出的构成，单位元，数值见表"))
    );
    for (at, (name, fen)) in parts.iter().enumerate() {
        let y = 21 + at * 52;
        let width = fen.unsigned_abs() * room / most;
        let start = if *fen < 0 { zero.saturating_sub(width) } else { zero };
        let text = if *fen < 0 { zero + 8 } else { zero + width + 8 };
        let _ = write!(
            svg,
            r##"<text x="0" y="{y}" class="ink">{}</text><rect x="{start}" y="{}" width="{}" height="16" fill="{}"/><text x="{text}" y="{}" class="strong">{}</text>"##,
            esc(name),
            y + 7,
            width.max(1),
            if *fen < 0 { "#c9d1dc" } else { "#6f9fe8" },
            y + 20,
            change(*fen),
        );
    }
    svg.push_str("</svg>");
    svg
}
