//! 图: functions from numbers to SVG. The page puts the table of the same numbers beside each. Colours and sizes
//! are presentation attributes, since the policy of the page forbids inline styles.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::lang::{Lang, thousands};

/// One place with its counts of households.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Division code.
    pub code: String,
    /// Name in the page's language.
    pub name: String,
    /// Households that receive.
    pub receiving: u64,
    /// Households that look entitled, do not receive and wait to be verified.
    pub missed: u64,
    /// The list behind the place.
    pub href: String,
}

impl Place {
    /// Coverage in tenths of a percent; `None` where there is nobody.
    #[must_use]
    pub fn permille(&self) -> Option<u64> {
        permille(self.receiving, self.missed)
    }
}

/// Receiving ÷ (receiving + missed) in tenths of a percent, rounded half up; `None` where there is nobody.
#[must_use]
pub fn permille(receiving: u64, missed: u64) -> Option<u64> {
    let all = receiving.checked_add(missed).filter(|n| *n > 0)?;
    Some(receiving.checked_mul(2000)?.checked_add(all)? / (2 * all))
}

/// 94.8%; a dash where there is nobody.
#[must_use]
pub fn percent(permille: Option<u64>) -> String {
    permille.map_or_else(|| "—".to_owned(), |p| format!("{}.{}%", p / 10, p % 10))
}

/// The five tints from light to dark and the permille from which each holds.
const TINTS: [(u64, &str); 5] =
    [(800, "#f3f7fd"), (600, "#d3e3fb"), (400, "#a9c9f7"), (200, "#7fb0f5"), (0, "#4f93f0")];

/// A tint and what it stands for.
#[derive(Clone, Debug)]
pub struct Tint {
    /// Colour.
    pub fill: &'static str,
    /// Range in words.
    pub words: String,
}

/// The legend of the tile map for the tints that the thresholds of these places give.
#[must_use]
pub fn tints(l: Lang, places: &[Place]) -> Vec<Tint> {
    let steps = steps(places);
    let mut upper: Option<u64> = None;
    let mut out = Vec::new();
    for (from, fill) in steps {
        let words = match upper {
            None => l.f1("{} 及以上", percent(Some(from))),
            Some(to) if from == 0 => l.f1("{} 以下", percent(Some(to))),
            Some(to) => format!("{}–{}", percent(Some(from)), percent(Some(to))),
        };
        out.push(Tint { fill, words });
        upper = Some(from);
    }
    out
}

/// Thresholds that spread the places over the five tints: equal steps between the least and the largest coverage.
fn steps(places: &[Place]) -> Vec<(u64, &'static str)> {
    let values: Vec<u64> = places.iter().filter_map(Place::permille).collect();
    let (Some(lo), Some(hi)) = (values.iter().min(), values.iter().max()) else {
        return TINTS.to_vec();
    };
    let width = (hi - lo).div_ceil(5).max(1);
    TINTS
        .iter()
        .zip((0..5u64).rev())
        .map(|((_, fill), k)| (if k == 0 { 0 } else { lo + k * width }, *fill))
        .collect()
}

fn tint(value: Option<u64>, steps: &[(u64, &'static str)]) -> &'static str {
    let Some(value) = value else { return "#ffffff" };
    steps.iter().find(|(from, _)| value >= *from).map_or("#4f93f0", |(_, fill)| fill)
}

/// Escapes text for SVG.
pub(crate) fn esc(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Column and row of the places whose position is drawn up; the others follow below in order.
fn positions(places: &[Place]) -> Vec<(u64, u64)> {
    let known: BTreeMap<&str, (u64, u64)> = include_str!("../assets/tiles.csv")
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split(',');
            let code = cells.next()?;
            Some((code, (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?)))
        })
        .collect();
    let first_free =
        places.iter().filter_map(|p| known.get(p.code.as_str())).map(|(_, row)| row + 1).max().unwrap_or(0);
    let mut next = 0;
    places
        .iter()
        .map(|p| {
            known.get(p.code.as_str()).copied().unwrap_or_else(|| {
                let at = (next % 5, first_free + next / 5);
                next += 1;
                at
            })
        })
        .collect()
}

/// 方格示意图: a tile a place, its value written in it, a link to its list.
#[must_use]
pub fn tile_map(l: Lang, places: &[Place]) -> String {
    let steps = steps(places);
    let at = positions(places);
    let rows = at.iter().map(|(_, r)| r + 1).max().unwrap_or(1);
    let mut svg = format!(
        r#"<svg class="chart chart-w" viewBox="0 0 620 {}" role="group" aria-label="{}">"#,
        rows * 90,
        esc(l.t("各乡镇覆盖率方格图"))
    );
    for (place, (column, row)) in places.iter().zip(at) {
        let (x, y) = (2 + column * 124, 2 + row * 90);
        let (start, end) = match place.href.as_str() {
            "" => ("<g>".to_owned(), "</g>"),
            href => (format!(r#"<a href="{}">"#, esc(href)), "</a>"),
        };
        let _ = write!(
            svg,
            r##"{start}<rect x="{x}" y="{y}" width="118" height="84" rx="6" fill="{fill}" stroke="#79849a"/><text x="{tx}" y="{y1}" class="strong t14">{name}</text><text x="{tx}" y="{y2}" class="strong t19">{value}</text><text x="{tx}" y="{y3}" class="ink">{missed}</text>{end}"##,
            fill = tint(place.permille(), &steps),
            tx = x + 10,
            y1 = y + 23,
            y2 = y + 49,
            y3 = y + 71,
            name = esc(&place.name),
            value = percent(place.permille()),
            missed = esc(&l.f1("待核 {} 户", thousands(place.missed))),
        );
    }
    svg.push_str("</svg>");
    svg
}

/// 条形图: receiving and to be verified side by side, most to verify first.
#[must_use]
pub fn bars(l: Lang, places: &[Place]) -> String {
    let mut sorted: Vec<&Place> = places.iter().collect();
    sorted.sort_by(|a, b| b.missed.cmp(&a.missed).then_with(|| a.code.cmp(&b.code)));
    let most = sorted.iter().map(|p| p.receiving.saturating_add(p.missed)).max().unwrap_or(0).max(1);
    let step = nice_step(most);
    let label = if l.is_en() { 104 } else { 70 };
    // Room for the bar; the number stands to its right.
    let room = 372 - label - 48;
    let len = |n: u64| n.saturating_mul(room) / most;
    let height = 30 + sorted.len() as u64 * 26;
    let mut svg = format!(
        r##"<svg class="chart chart-b" viewBox="0 0 372 {height}" role="img" aria-label="{}"><defs><pattern id="hat" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/><rect width="2.4" height="6" fill="#b35900"/></pattern></defs>"##,
        esc(l.t("各乡镇正在享受与待核实户数，数值见表"))
    );
    let mut mark = 0;
    while mark <= most {
        let x = label + len(mark);
        let _ = write!(
            svg,
            r#"<line class="gl" x1="{x}" x2="{x}" y1="18" y2="{}"/><text x="{x}" y="13" class="mid">{}</text>"#,
            height - 4,
            thousands(mark)
        );
        mark += step;
    }
    for (i, p) in sorted.iter().enumerate() {
        let y = 26 + i as u64 * 26;
        let (a, b) = (len(p.receiving), len(p.missed).max(2));
        let _ = write!(
            svg,
            r##"<text x="{tx}" y="{ty}" class="endt ink">{name}</text><rect x="{label}" y="{y}" width="{a}" height="17" fill="#6f9fe8"/><rect x="{bx}" y="{y}" width="{b}" height="17" fill="url(#hat)" stroke="#b35900" stroke-width="1"/><text x="{nx}" y="{ty}" class="strong">{n}</text>"##,
            tx = label - 8,
            ty = y + 13,
            bx = label + a,
            nx = label + a + b + 6,
            name = esc(&p.name),
            n = thousands(p.missed),
        );
    }
    svg.push_str("</svg>");
    svg
}

/// 1, 2 or 5 times a power of ten, so that at most five marks fit.
pub(crate) fn nice_step(most: u64) -> u64 {
    let mut power = 1u64;
    loop {
        for step in [power, power.saturating_mul(2), power.saturating_mul(5)] {
            if most / step <= 4 {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(code: &str, receiving: u64, missed: u64) -> Place {
        Place {
            code: code.to_owned(),
            name: format!("甲<{code}>"),
            receiving,
            missed,
            href: format!("/leads?in={code}&kind=missed"),
        }
    }

    #[test]
    fn coverage_is_exact_to_a_tenth_of_a_percent() {
        assert_eq!(percent(permille(3398, 187)), "94.8%");
        assert_eq!(percent(permille(0, 0)), "—");
        assert_eq!(percent(permille(5, 0)), "100.0%");
        assert_eq!(percent(permille(1, 2)), "33.3%");
    }

    #[test]
    fn the_map_escapes_and_places_every_tile_once() {
        let svg = tile_map(Lang::Zh, &[place("990121103", 331, 19), place("110101001", 10, 0)]);
        assert!(svg.contains("94.6%"));
        assert!(svg.contains("待核 19 户"));
        assert!(svg.contains("/leads?in=990121103&amp;kind=missed"));
        assert!(!svg.contains("甲<"));
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(!svg.contains("style="));
    }

    #[test]
    fn bars_start_at_zero_and_keep_their_proportion() {
        let svg = bars(Lang::Zh, &[place("990121103", 300, 100), place("990121104", 200, 0)]);
        assert!(svg.contains(r#"width="190""#), "{svg}");
        assert!(svg.contains(r#"width="63""#));
        assert!(svg.contains(r#"width="127""#));
        assert_eq!(nice_step(350), 100);
        assert_eq!(nice_step(7), 2);
    }

    #[test]
    fn the_legend_covers_every_value() {
        let places = [place("990121103", 90, 10), place("990121104", 50, 50)];
        let steps = steps(&places);
        assert_eq!(steps.last().map(|(from, _)| *from), Some(0));
        assert_eq!(tint(Some(900), &steps), "#f3f7fd");
        assert_eq!(tint(Some(500), &steps), "#4f93f0");
        assert_eq!(tints(Lang::En, &places).len(), 5);
    }
}
