//! The story that the demo tells.

use anyhow::Result;
use doudi_policy::Fen;
use doudi_policy::book::Book;
use doudi_policy::lang::Lang;
use doudi_registry::Lead;

use super::build::Built;
use crate::say::{grouped, percent, say};

/// How many reasons for setting rows aside are told.
const REASONS_TOLD: usize = 4;

pub(crate) fn tell(built: &Built, lang: Lang) -> Result<()> {
    let s = &built.summary;
    let (households, persons) = (grouped(s.households), grouped(s.persons));
    let rows = grouped(s.rows_accepted + s.rows_quarantined);
    let (aside, helped) = (grouped(s.rows_quarantined), grouped(built.helped));
    let missed = grouped(built.missed_households);
    let feeds = built.feeds;
    match lang {
        Lang::Zh => {
            say!("\n云岭省青石县（虚构），2024年6月17日\n")?;
            say!("户籍登记 {households} 户、{persons} 人。")?;
            say!("{feeds} 份部门数据共 {rows} 行，{aside} 行有问题，放在一边等人核对，例如：")?;
        }
        Lang::En => {
            say!("\nQingshi County, Yunling Province (fictional), 17 June 2024\n")?;
            say!("{households} households and {persons} people on the hukou register.")?;
            say!(
                "{feeds} department files with {rows} rows; {aside} rows are set aside for a person to check, such as:"
            )?;
        }
    }
    let told = built.reasons.iter().filter(|r| r.code != "duplicate");
    for reason in told.take(REASONS_TOLD) {
        let such_as = if reason.varied { lang.pick("例如：", "such as: ") } else { "" };
        say!("  {:>6}  {such_as}{}", grouped(reason.rows), lang.pick(&reason.what.zh, &reason.what.en))?;
    }
    match lang {
        Lang::Zh => {
            say!("\n{helped} 户正在得到帮助。")?;
            say!("还有 {missed} 户看来符合条件，没有人替他们提出过。\n")?;
        }
        Lang::En => {
            say!("\n{helped} families receive help.")?;
            say!("{missed} more look entitled, and nobody has asked for them.\n")?;
        }
    }
    if let Some(lead) = &built.guided {
        family(lead, &built.place, &built.book, lang)?;
    }
    measure(built, lang)
}

fn yuan(amount: Option<Fen>, lang: Lang) -> String {
    match amount {
        Some(fen) => lang.pick(&format!("{fen} 元"), &format!("¥{fen}")).to_owned(),
        None => lang.pick("尚不能算", "not yet known").to_owned(),
    }
}

/// One of them in six lines.
fn family(lead: &Lead, place: &str, book: &Book, lang: Lang) -> Result<()> {
    let outcome = book.outcomes_at(lead.period, lead.created_on).into_iter().find(|o| o.id == lead.outcome);
    let title = outcome.map_or(lead.outcome.as_str(), |o| lang.pick(&o.zh, &o.en));
    let sources: Vec<String> = outcome.map(|o| o.source.clone()).unwrap_or_default();
    let articles: Vec<String> =
        sources.iter().filter(|s| s.contains('#')).map(|s| article(s, book, lang)).collect();
    let mut asked: Vec<&str> = Vec::new();
    for open in &lead.open_facts {
        let fact = book.facts().iter().find(|f| f.id == open.fact);
        let label = fact.map_or(open.fact.as_str(), |f| lang.pick(&f.zh, &f.en));
        if !asked.contains(&label) {
            asked.push(label);
        }
    }
    let shown = asked.iter().take(5).copied().collect::<Vec<_>>().join(lang.pick("、", ", "));
    let first = lead.indicators.first().map_or("", |i| lang.pick(&i.zh, &i.en));
    let more = lead.indicators.len().saturating_sub(1);
    let next = match (lead.due_on, lang) {
        (Some(day), Lang::Zh) => format!("派人到户，{day} 前"),
        (Some(day), Lang::En) => format!("somebody visits by {day}"),
        (None, Lang::Zh) => "排队等候上门：本镇本月能走访的户数已排满，越等越靠前，不会丢".to_owned(),
        (None, Lang::En) => "waits for a visit: the township's visits of this month are taken; it ages in sight and is never dropped".to_owned(),
    };
    match lang {
        Lang::Zh => {
            say!("其中一户：")?;
            say!("  住在  {place}")?;
            say!("  为何  {first}；另有 {more} 种信号")?;
            say!("  项目  {title}，每月最多 {}（试算，不是决定）", yuan(lead.amount_hi, lang))?;
            say!("  依据  {}", articles.join("；"))?;
            say!(
                "  待问  {} 项：{shown}{}",
                lead.open_facts.len(),
                if asked.len() > 5 { " 等" } else { "" }
            )?;
            say!("  下步  {next}")?;
        }
        Lang::En => {
            say!("One of them:")?;
            say!("  lives    in {place}")?;
            say!("  because  {first}; and {more} more signs")?;
            say!(
                "  may get  {title}, up to {} a month (a trial, not a decision)",
                yuan(lead.amount_hi, lang)
            )?;
            say!("  law      {}", articles.join("; "))?;
            say!(
                "  to ask   {} questions: {shown}{}",
                lead.open_facts.len(),
                if asked.len() > 5 { ", …" } else { "" }
            )?;
            say!("  next     {next}")?;
        }
    }
    say!("")
}

/// `M57#8` as the document's title and article.
fn article(cite: &str, book: &Book, lang: Lang) -> String {
    let Some((doc, article)) = cite.split_once('#') else { return cite.to_owned() };
    let title = book.sources().iter().find(|d| d.id == doc).map_or(doc, |d| lang.pick(&d.zh, &d.en));
    match lang {
        Lang::Zh => format!("{title}第{article}条"),
        Lang::En => format!("{title}, art. {article}"),
    }
}

/// How good the leads are, since the county's truth is known.
fn measure(built: &Built, lang: Lang) -> Result<()> {
    let m = built.measured.overall();
    let (hits, leads) = (grouped(m.hits), grouped(m.leads));
    let (seen, found) = (grouped(m.observed), grouped(m.observed_found));
    let unseen = grouped(m.unseen);
    match lang {
        Lang::Zh => {
            say!("虚构县知道真相：{leads} 户线索中 {hits} 户确实漏了（{}%）；", percent(m.hits, m.leads))?;
            say!(
                "部门看得见的 {seen} 户漏保家庭，找到 {found} 户（{}%）；另有 {unseen} 户没有部门看得见难处，多半要靠村里走访。",
                percent(m.observed_found, m.observed)
            )?;
            say!(
                "导入 {} 秒，比对 {} 秒，内存最多 {} MB。",
                tenths(built.summary.import_ms),
                tenths(built.summary.sweep_ms),
                built.summary.peak_rss_mb
            )
        }
        Lang::En => {
            say!(
                "The fictional county knows the truth: of {leads} households with a lead, {hits} are really missed ({} %);",
                percent(m.hits, m.leads)
            )?;
            say!(
                "of {seen} missed families that a department can see, {found} are found ({} %); no department sees the hardship of {unseen} more, most of whom only the village can find.",
                percent(m.observed_found, m.observed)
            )?;
            say!(
                "Import {} s, sweep {} s, at most {} MB of memory.",
                tenths(built.summary.import_ms),
                tenths(built.summary.sweep_ms),
                built.summary.peak_rss_mb
            )
        }
    }
}

fn tenths(ms: u64) -> String {
    format!("{}.{}", ms / 1000, ms % 1000 / 100)
}

/// Three doors.
pub(crate) fn links(built: &Built, base: &str, lang: Lang) -> Result<()> {
    let household = built.guided.as_ref().map_or(0, |lead| lead.household.0);
    let finished = built.past.finished.map(|h| h.0);
    match lang {
        Lang::Zh => {
            say!("\n  {base}/            您今天是谁？从这里开始")?;
            say!("  {base}/households/{household}  上面这户人家的一条救助链")?;
            match finished {
                Some(id) => say!("  {base}/households/{id}  走完全程的一户：从线索到封存的名册"),
                None => say!("  {base}/coverage    各乡镇的覆盖情况"),
            }?;
            say!("\n按 Ctrl+C 结束。")
        }
        Lang::En => {
            say!("\n  {base}/?lang=en            Who are you today? Start here")?;
            say!("  {base}/households/{household}?lang=en  the family above and its chain")?;
            match finished {
                Some(id) => {
                    say!(
                        "  {base}/households/{id}?lang=en  a finished chain, from the lead to a sealed roster"
                    )
                }
                None => say!("  {base}/coverage?lang=en    coverage by township"),
            }?;
            say!("\nCtrl+C ends it.")
        }
    }
}
