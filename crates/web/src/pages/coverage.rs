//! 监测看板: coverage by township, first what was missed. Aggregates only, so anybody may look.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Query;
use doudi_policy::DivisionCode;
use doudi_registry::{LeadKind, LeadStatus};
use doudi_store::leads::LeadFilter;

use crate::chart::{self, Place, Tint};
use crate::ctx::{Ctx, html};
use crate::error::{PageResult, WebError};
use crate::lang::{Lang, thousands};
use crate::page::Page;
use crate::view::Figure;

/// Parameters of the board.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct CoverageQuery {
    programme: String,
}

struct Tab {
    href: String,
    label: String,
    current: bool,
}

struct Row {
    name: String,
    both: String,
    receiving: String,
    missed: String,
    rate: String,
    href: String,
}

struct IndicatorRow {
    id: String,
    title: String,
    leads: String,
    closed: String,
    confirmed: String,
}

#[derive(Template)]
#[template(path = "page/coverage.html")]
struct CoveragePage {
    l: Lang,
    page: Page,
    programme: String,
    asof: String,
    tabs: Vec<Tab>,
    figures: Vec<Figure>,
    tiles: String,
    tints: Vec<Tint>,
    bars: String,
    rows: Vec<Row>,
    sum: Row,
    indicators: Vec<IndicatorRow>,
}

/// Results of a closed lead that say there was a need after all.
#[must_use]
pub fn confirms(result: &str) -> bool {
    matches!(
        result,
        "awarded" | "application_started" | "first_help_given" | "pushed_to_department" | "referred"
    )
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// `/coverage?programme=`
pub async fn board(ctx: Ctx, Query(query): Query<CoverageQuery>) -> PageResult {
    let l = ctx.l();
    let state = ctx.state();
    let store = state.store();
    let today = ctx.today();
    let titles = state.law().outcome_titles(today);
    let programme = if titles.iter(l).any(|(id, _)| id == query.programme) {
        query.programme.clone()
    } else {
        titles.first().to_owned()
    };
    let county = county(&ctx).await?;
    let rows = store.coverage(&county, today.month()).await?;
    let missed = store.missed_by_division(&county, &programme).await?;
    let missed: BTreeMap<&str, u64> = missed.iter().map(|(code, n)| (code.as_str(), count(*n))).collect();
    let places: Vec<Place> = rows
        .iter()
        .map(|r| Place {
            code: r.division.to_string(),
            name: l.name(&r.name),
            receiving: r.receiving.iter().find(|(p, _)| *p == programme).map_or(0, |(_, n)| count(*n)),
            missed: missed.get(r.division.as_str()).copied().unwrap_or(0),
            href: mine(
                &ctx,
                &r.division,
                format!("/leads?kind=missed&outcome={programme}&in={}", r.division),
            ),
        })
        .collect();
    let receiving: u64 = places.iter().map(|p| p.receiving).sum();
    let waiting: u64 = places.iter().map(|p| p.missed).sum();
    let kinds = store.lead_counts(Some(&county)).await?;
    let of_kind = |kind: LeadKind| -> u64 {
        kinds
            .iter()
            .filter(|c| c.kind == kind && c.status != LeadStatus::Closed)
            .map(|c| count(c.leads))
            .sum()
    };
    let missed_href = mine(&ctx, &county, format!("/leads?kind=missed&outcome={programme}"));
    let figures = vec![
        Figure {
            label: l.t("可能应保未保，待核实").to_owned(),
            value: thousands(waiting),
            unit: l.t("户").to_owned(),
            note: l.t("规则提示，不是结论").to_owned(),
            href: missed_href.clone(),
        },
        Figure {
            label: l.t("覆盖率").to_owned(),
            value: chart::percent(chart::permille(receiving, waiting)),
            unit: String::new(),
            note: l.f3("{} ÷（{} + {}）", thousands(receiving), thousands(receiving), thousands(waiting)),
            href: "#m1".to_owned(),
        },
        Figure {
            label: l.t("未办结风险线索").to_owned(),
            value: thousands(of_kind(LeadKind::Risk)),
            unit: l.t("条").to_owned(),
            note: l.t("全部项目").to_owned(),
            href: mine(&ctx, &county, "/leads?kind=risk".to_owned()),
        },
        Figure {
            label: l.t("待核实，照常发放").to_owned(),
            value: thousands(of_kind(LeadKind::Wrong)),
            unit: l.t("条").to_owned(),
            note: l.t("核查决定前，一分不少").to_owned(),
            href: mine(&ctx, &county, "/leads?kind=wrong".to_owned()),
        },
    ];
    let page = CoveragePage {
        l,
        page: ctx.page(l.t("监测看板"), "/coverage").await?,
        programme: titles.get(l, &programme),
        asof: l.f2("{} 在册，{} 的线索", l.month(today.month()), l.date(today)),
        tabs: titles
            .iter(l)
            .map(|(id, title)| Tab {
                href: format!("/coverage?programme={id}"),
                label: title.to_owned(),
                current: id == programme,
            })
            .collect(),
        figures,
        tiles: chart::tile_map(l, &places),
        tints: chart::tints(l, &places),
        bars: chart::bars(l, &places),
        sum: row(&Place {
            code: county.to_string(),
            name: String::new(),
            receiving,
            missed: waiting,
            href: missed_href,
        }),
        rows: sorted(&places),
        indicators: indicators(&ctx, &county).await?,
    };
    html(&page)
}

/// The area that the board shows: the county of the person, else the first county on file.
async fn county(ctx: &Ctx) -> Result<DivisionCode, WebError> {
    if let Some(staff) = ctx.staff() {
        if let Some(county) = staff.division.at_level(3) {
            return Ok(county);
        }
        return Ok(staff.division.clone());
    }
    let mut at: Option<DivisionCode> = None;
    for _ in 0..3 {
        let below = ctx.state().store().child_divisions(at.as_ref()).await?;
        match below.into_iter().next() {
            Some(division) => at = Some(division.code),
            None => break,
        }
    }
    at.ok_or(WebError::NotFound)
}

/// The list behind a number; none where the list of the person would hold less than the number counts.
fn mine(ctx: &Ctx, division: &DivisionCode, href: String) -> String {
    let sees_all = ctx.staff().is_none_or(|s| division.within(&s.division));
    if sees_all { href } else { String::new() }
}

fn row(p: &Place) -> Row {
    Row {
        name: p.name.clone(),
        both: thousands(p.receiving + p.missed),
        receiving: thousands(p.receiving),
        missed: thousands(p.missed),
        rate: chart::percent(p.permille()),
        href: p.href.clone(),
    }
}

fn sorted(places: &[Place]) -> Vec<Row> {
    let mut places: Vec<&Place> = places.iter().collect();
    places.sort_by_key(|p| p.permille().unwrap_or(u64::MAX));
    places.into_iter().map(row).collect()
}

async fn indicators(ctx: &Ctx, county: &DivisionCode) -> Result<Vec<IndicatorRow>, WebError> {
    let l = ctx.l();
    let store = ctx.state().store();
    let results = store.lead_results().await?;
    let mut out = Vec::new();
    for (id, title) in ctx.state().law().indicator_titles(ctx.today()).iter(l) {
        let filter = LeadFilter {
            area: Some(county.clone()),
            indicator: Some(id.to_owned()),
            ..LeadFilter::default()
        };
        let open = store.leads(&filter, doudi_store::Page::first(1)).await?.total;
        let closed: i64 = results.iter().filter(|(i, _, _)| i == id).map(|(_, _, n)| n).sum();
        let confirmed: i64 =
            results.iter().filter(|(i, r, _)| i == id && confirms(r)).map(|(_, _, n)| n).sum();
        if open + closed == 0 {
            continue;
        }
        out.push(IndicatorRow {
            id: id.to_owned(),
            title: title.to_owned(),
            leads: thousands(count(open + closed)),
            closed: thousands(count(closed)),
            confirmed: thousands(count(confirmed)),
        });
    }
    Ok(out)
}
