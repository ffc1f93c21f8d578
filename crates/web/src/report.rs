//! 模拟报告: one page that carries everything with it: no script, no request, a table beside each drawing. It can be
//! mailed, printed and archived.

mod draw;
mod tables;

use askama::Template;
use doudi_policy::eval::Mode;
use doudi_policy::explain::Text;
use doudi_policy::plan::{Entity, Per};
use doudi_policy::simulate::Report;
use doudi_policy::simulate::report::{CurveReport, FollowReport, GroupTable, ProgrammeReport};
use doudi_policy::simulate::text::{between, change, grouped, percent, yuan};

use crate::assets::CSS;
use crate::lang::Lang;
use tables::{Block, Cell, Row, Table};

/// A figure of the head.
struct Figure {
    label: String,
    value: String,
    unit: String,
    note: String,
}

struct Pair {
    name: String,
    value: String,
}

struct Drawn {
    svg: String,
    table: Table,
    about: String,
    note: String,
}

#[derive(Template)]
#[template(path = "report/simulation.html")]
struct Page<'a> {
    l: Lang,
    css: &'a str,
    title: String,
    change: Vec<String>,
    asof: String,
    demo: bool,
    nothing: bool,
    figures: Vec<Figure>,
    programmes: Table,
    untouched: String,
    overlap: String,
    curve: Option<Drawn>,
    cliffs: Table,
    cliffs_note: String,
    moves: Table,
    parts: Option<Drawn>,
    follows: Vec<String>,
    blocks: Vec<Block>,
    facts: Vec<Pair>,
    hidden: String,
}

/// The report as a page in a language.
#[must_use]
pub fn page(report: &Report, l: Lang) -> String {
    let p = &report.population;
    let (households, persons) = (grouped(p.households.into()), grouped(p.persons.into()));
    let of = pick(&p.of, l);
    let main = report.main();
    let page = Page {
        l,
        css: CSS,
        title: pick(&report.title, l),
        change: report.change.iter().map(|t| label(t, l)).collect(),
        asof: format!("{of} · {}", l.f2("{} 户 {} 人全部重算，去标识", households, persons)),
        demo: report.groups.iter().any(is_fictional),
        nothing: report.programmes.is_empty(),
        figures: main.map(|m| figures(m, l)).unwrap_or_default(),
        programmes: tables::programmes(report, l),
        untouched: joined(report.untouched.iter().map(|t| label(&t.title, l)), l),
        overlap: overlap(report, l),
        curve: report.cliffs.curve.as_ref().map(|c| curve(c, l)),
        cliffs: tables::cliffs(report, l),
        cliffs_note: cliffs_note(report, l),
        moves: tables::moves(report, l),
        parts: main.and_then(|m| parts(m, l)),
        follows: report.follow_on.iter().map(|f| follow(f, l)).collect(),
        blocks: tables::blocks(report, main, l),
        facts: facts(report, l),
        hidden: hidden(report, l),
    };
    // Writing to a String cannot fail.
    page.render().unwrap_or_default()
}

fn pick(text: &Text, l: Lang) -> String {
    l.pick(&text.zh, &text.en).to_owned()
}

/// As a heading: an English one begins with a capital letter.
fn label(text: &Text, l: Lang) -> String {
    l.label(&text.zh, &text.en)
}

fn policy_lang(l: Lang) -> doudi_policy::Lang {
    if l.is_en() { doudi_policy::Lang::En } else { doudi_policy::Lang::Zh }
}

fn joined(all: impl Iterator<Item = String>, l: Lang) -> String {
    all.collect::<Vec<_>>().join(if l.is_en() { ", " } else { "、" })
}

/// Whether the places of a table are those of a fictional county.
fn is_fictional(table: &GroupTable) -> bool {
    let code = |id: &String| id.parse::<doudi_policy::DivisionCode>().ok();
    let mut codes = table.rows.iter().filter_map(|row| code(&row.id)).peekable();
    codes.peek().is_some() && codes.all(|code| code.is_fictional())
}

/// 户 or 人.
fn subject(of: Entity, l: Lang) -> &'static str {
    match of {
        Entity::Member => l.t("人"),
        _ => l.t("户"),
    }
}

fn figures(p: &ProgrammeReport, l: Lang) -> Vec<Figure> {
    let who = subject(p.of, l);
    let title = label(&p.title, l);
    let count = |n: u64| grouped(n.into());
    let people = |persons: u64| match p.of {
        Entity::Member => String::new(),
        _ => l.f1("{} 人；", count(persons)),
    };
    let (e, left) = (&p.entered, &p.left);
    let mut figures = vec![
        Figure {
            label: l.f1("新符合：{}", &title),
            value: if e.all() == 0 { count(0) } else { format!("+{}", count(e.all())) },
            unit: who.to_owned(),
            note: format!(
                "{}{}",
                people(e.persons),
                l.f2("原不符合 {}，原未定 {}", count(e.decided), count(e.open))
            ),
        },
        Figure {
            label: l.f1("不再符合：{}", &title),
            value: count(left.all()),
            unit: who.to_owned(),
            note: format!("{}{}", people(left.persons), l.f1("其中正在享受 {}", count(left.receiving))),
        },
    ];
    if let Some(per) = p.per {
        figures.push(Figure {
            label: match per {
                Per::Month => l.t("每月多支出（算得准的）").to_owned(),
                Per::Year => l.t("每年多支出（算得准的）").to_owned(),
                Per::Once => l.t("一次性多支出（算得准的）").to_owned(),
            },
            value: change(p.change_fen),
            unit: l.t("元").to_owned(),
            note: format!("{} → {}", yuan(p.cost_before.exact_fen), yuan(p.cost_after.exact_fen)),
        });
    }
    let open = count(p.after.unknown);
    figures.push(Figure {
        label: l.t("因缺事实，定不了").to_owned(),
        value: open,
        unit: who.to_owned(),
        note: match (p.per, p.receiving_open[1]) {
            _ if p.after.unknown == 0 && p.cost_after.open == 0 => l.t("都定得了").to_owned(),
            (Some(_), 0) => l.f1("另计 {} 元", between(&p.cost_after, policy_lang(l))),
            (Some(_), n) => {
                l.f2("其中正在享受 {}；另计 {} 元", count(n), between(&p.cost_after, policy_lang(l)))
            }
            (None, _) => l.f1("改动前 {}", count(p.before.unknown)),
        },
    });
    figures
}

fn overlap(report: &Report, l: Lang) -> String {
    let [_, after] = report.monthly.overlap;
    if after.households == 0 {
        return String::new();
    }
    l.f2(
        "合计中有 {} 户同时符合不能同享的两项，至多多算 {} 元/月。",
        grouped(after.households.into()),
        yuan(after.fen),
    )
}

fn curve(curve: &CurveReport, l: Lang) -> Drawn {
    let moved = label(&curve.moved, l);
    let worst = curve.cliffs.iter().flatten().map(|c| c.drop_fen).max();
    Drawn {
        svg: draw::curve(curve, &moved, l),
        table: tables::curve(curve, &moved, l),
        about: l.f2("样例户“{}”，{} 人", &curve.household, curve.members),
        note: match worst {
            Some(drop) => {
                l.f2("变动的是{}，其他不变；最大的断崖：多挣一元，少得 {} 元/月。", moved, yuan(drop.into()))
            }
            None => l.f1("变动的是{}，其他不变；没有断崖。", moved),
        },
    }
}

fn cliffs_note(report: &Report, l: Lang) -> String {
    let c = &report.cliffs;
    let sampled =
        l.f2("有救助的 {} 户中均匀抽查 {} 户", grouped(c.families.into()), grouped(c.sample.into()));
    format!(
        "{sampled}{}",
        l.f1(
            "；{} 户因缺事实算不清，不在表内。断崖按“该得的都得到”计算各项月度待遇之和。",
            grouped(c.open.into())
        )
    )
}

/// What the change of the cost is made of.
fn parts(p: &ProgrammeReport, l: Lang) -> Option<Drawn> {
    p.per?;
    let parts = [
        (l.t("前后都符合的，补差变动"), p.kept_fen),
        (l.t("新符合的"), p.entered.fen),
        (l.t("不再符合的"), p.left.fen),
    ];
    let rows = parts.iter().map(|(name, fen)| Row::new(*name, vec![Cell::number(change(*fen))]));
    let mut table = Table::new(&[l.t("构成"), l.t("元")], rows.collect());
    table.foot = Some(Row::new(l.t("合计"), vec![Cell::number(change(p.change_fen))]));
    let sum: i128 = parts.iter().map(|(_, fen)| *fen).sum();
    let note = if sum == p.change_fen {
        String::new()
    } else {
        l.f1("其余 {} 元来自由未定转为有定数的。", change(p.change_fen - sum))
    };
    Some(Drawn { svg: draw::parts(&parts, l), table, about: label(&p.title, l), note })
}

fn follow(f: &FollowReport, l: Lang) -> String {
    let who = subject(f.of, l);
    let title = label(&f.title, l);
    let count = |n: u64| format!("{} {who}", grouped(n.into()));
    let moved = l.f3("{}：新符合 {}，不再符合 {}", title, count(f.entered), count(f.left));
    match f.per {
        Some(Per::Month) => format!("{moved}{}", l.f1("，{} 元/月", change(f.change_fen))),
        Some(_) => format!("{moved}{}", l.f1("，一次 {} 元", change(f.change_fen))),
        None => moved,
    }
}

fn facts(report: &Report, l: Lang) -> Vec<Pair> {
    let pair = |name: &str, value: String| Pair { name: name.to_owned(), value };
    let short = |hash: &String| hash.get(..12).unwrap_or(hash).to_owned();
    let [before, after] = report.package_hash.each_ref().map(short);
    let mut facts = vec![
        pair(l.t("月份"), l.month(report.period)),
        pair(
            l.t("旧数据"),
            match report.mode {
                Mode::Find => l.t("过期的数据照用，并按原值计算"),
                Mode::Decide | Mode::Adverse => l.t("过期的数据按未知处理"),
            }
            .to_owned(),
        ),
        pair(l.t("不变"), l.t("收入、财产、家庭人口，谁在享受").to_owned()),
        pair(l.t("没算"), l.t("行为变化、申请意愿、户外的人").to_owned()),
        pair(l.t("可重放"), l.f2("包 {} → {}", before, after)),
    ];
    if let Some(digest) = &report.population.digest {
        facts.push(pair(l.t("快照"), short(digest)));
    }
    facts
}

fn hidden(report: &Report, l: Lang) -> String {
    let d = &report.disclosure;
    match d.smallest_cell {
        Some(n) => l.f2(
            "为免认出个人，少于 {} 的格子不列；本报告略去 {} 行。地区表是机关自己的工作量，照列。",
            n,
            d.hidden_rows,
        ),
        None => l.t("政策包没有写小格界限，人和户的分组都不列。").to_owned(),
    }
}

/// The share of a pair of counts in words: `12.34% → 13.00%`.
fn shares(share: [Option<u64>; 2]) -> [String; 2] {
    share.map(percent)
}
