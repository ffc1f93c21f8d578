//! The story that the demo tells.

use doudi_policy::Fen;
use doudi_policy::book::Book;
use doudi_policy::lang::Lang;
use doudi_registry::Lead;

use super::build::Built;
use crate::say::grouped;

/// How many reasons for setting rows aside are told.
const REASONS_TOLD: usize = 4;

pub(crate) fn tell(built: &Built, lang: Lang) {
    let s = &built.summary;
    let (households, persons) = (grouped(s.households), grouped(s.persons));
    let rows = grouped(s.rows_accepted + s.rows_quarantined);
    let (aside, helped) = (grouped(s.rows_quarantined), grouped(built.helped));
    let missed = grouped(built.missed_households);
    let feeds = built.feeds;
    match lang {
        Lang::Zh => {
            println!("\n云岭省青石县（虚构），2024年6月17日\n");
            println!("户籍登记 {households} 户、{persons} 人。");
            println!("{feeds} 份部门数据共 {rows} 行，{aside} 行有问题，放在一边等人核对，例如：");
        }
        Lang::En => {
            println!("\nQingshi County, Yunling Province (fictional), 17 June 2024\n");
            println!("{households} households and {persons} people on the hukou register.");
            println!(
                "{feeds} department files with {rows} rows; {aside} rows are set aside for a person to check, such as:"
            );
        }
    }
    let told = built.reasons.iter().filter(|r| r.code != "duplicate");
    for reason in told.take(REASONS_TOLD) {
        let such_as = if reason.varied { lang.pick("例如：", "such as: ") } else { "" };
        println!("  {:>6}  {such_as}{}", grouped(reason.rows), lang.pick(&reason.what.zh, &reason.what.en));
    }
    match lang {
        Lang::Zh => {
            println!("\n{helped} 户正在得到帮助。");
            println!("还有 {missed} 户看来符合条件，没有人替他们提出过。\n");
        }
        Lang::En => {
            println!("\n{helped} families receive help.");
            println!("{missed} more look entitled, and nobody has asked for them.\n");
        }
    }
    if let Some(lead) = &built.guided {
        family(lead, &built.place, &built.book, lang);
    }
    measure(built, lang);
}

fn yuan(amount: Option<Fen>, lang: Lang) -> String {
    match amount {
        Some(fen) => lang.pick(&format!("{fen} 元"), &format!("¥{fen}")).to_owned(),
        None => lang.pick("尚不能算", "not yet known").to_owned(),
    }
}

/// One of them in six lines.
fn family(lead: &Lead, place: &str, book: &Book, lang: Lang) {
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
            println!("其中一户：");
            println!("  住在  {place}");
            println!("  为何  {first}；另有 {more} 种信号");
            println!("  项目  {title}，每月最多 {}（试算，不是决定）", yuan(lead.amount_hi, lang));
            println!("  依据  {}", articles.join("；"));
            println!(
                "  待问  {} 项：{shown}{}",
                lead.open_facts.len(),
                if asked.len() > 5 { " 等" } else { "" }
            );
            println!("  下步  {next}");
        }
        Lang::En => {
            println!("One of them:");
            println!("  lives    in {place}");
            println!("  because  {first}; and {more} more signs");
            println!(
                "  may get  {title}, up to {} a month (a trial, not a decision)",
                yuan(lead.amount_hi, lang)
            );
            println!("  law      {}", articles.join("; "));
            println!(
                "  to ask   {} questions: {shown}{}",
                lead.open_facts.len(),
                if asked.len() > 5 { ", …" } else { "" }
            );
            println!("  next     {next}");
        }
    }
    println!();
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
fn measure(built: &Built, lang: Lang) {
    let m = built.measured.overall();
    let percent = |part: usize, whole: usize| (part * 100).checked_div(whole).unwrap_or(0);
    let (hits, leads) = (grouped(m.hits), grouped(m.leads));
    let (seen, found) = (grouped(m.observed), grouped(m.observed_found));
    let unseen = grouped(m.unseen);
    match lang {
        Lang::Zh => {
            println!("虚构县知道真相：{leads} 户线索中 {hits} 户确实漏了（{}%）；", percent(m.hits, m.leads));
            println!(
                "部门看得见的 {seen} 户漏保家庭，找到 {found} 户（{}%）；另有 {unseen} 户没有部门看得见难处，多半要靠村里走访。",
                percent(m.observed_found, m.observed)
            );
            println!(
                "导入 {} 秒，比对 {} 秒，内存最多 {} MB。",
                tenths(built.summary.import_ms),
                tenths(built.summary.sweep_ms),
                built.summary.peak_rss_mb
            );
        }
        Lang::En => {
            println!(
                "The fictional county knows the truth: of {leads} households with a lead, {hits} are really missed ({} %);",
                percent(m.hits, m.leads)
            );
            println!(
                "of {seen} missed families that a department can see, {found} are found ({} %); no department sees the hardship of {unseen} more, most of whom only the village can find.",
                percent(m.observed_found, m.observed)
            );
            println!(
                "Import {} s, sweep {} s, at most {} MB of memory.",
                tenths(built.summary.import_ms),
                tenths(built.summary.sweep_ms),
                built.summary.peak_rss_mb
            );
        }
    }
}

fn tenths(ms: u64) -> String {
    format!("{}.{}", ms / 1000, ms % 1000 / 100)
}

/// Three doors.
pub(crate) fn links(built: &Built, base: &str, lang: Lang) {
    let household = built.guided.as_ref().map_or(0, |lead| lead.household.0);
    let finished = built.past.finished.map(|h| h.0);
    match lang {
        Lang::Zh => {
            println!("\n  {base}/            您今天是谁？从这里开始");
            println!("  {base}/households/{household}  上面这户人家的一条救助链");
            match finished {
                Some(id) => println!("  {base}/households/{id}  走完全程的一户：从线索到封存的名册"),
                None => println!("  {base}/coverage    各乡镇的覆盖情况"),
            }
            println!("\n按 Ctrl+C 结束。");
        }
        Lang::En => {
            println!("\n  {base}/?lang=en            Who are you today? Start here");
            println!("  {base}/households/{household}?lang=en  the family above and its chain");
            match finished {
                Some(id) => {
                    println!(
                        "  {base}/households/{id}?lang=en  a finished chain, from the lead to a sealed roster"
                    );
                }
                None => println!("  {base}/coverage?lang=en    coverage by township"),
            }
            println!("\nCtrl+C ends it.");
        }
    }
}
