//! `doudi policy explain`: why a household comes out as it does, to the clerk or to the family, with a record from which
//! it can be told again.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use doudi_policy::book::Book;
use doudi_policy::eval::{Mode, Trace};
use doudi_policy::explain::{Asked, LawMark, Record, Shape, Telling, Untold, Voice};
use doudi_policy::golden::{Golden, parse_goldens};
use doudi_policy::lang::Lang;
use doudi_policy::plan::Plan;
use doudi_policy::sheet::FactSheet;
use doudi_policy::{DivisionCode, Truth};

use super::{batch_of, division_of, find_outcome, place_of, plan_at, print_text, sheets, texts, times, told};
use crate::cli::{Format, ModeWord, Reader, When};
use crate::law;
use crate::say::aside;

/// What is asked.
pub(super) struct Asking {
    pub(super) programme: String,
    pub(super) facts: String,
    pub(super) member: Option<usize>,
    pub(super) reader: Reader,
    pub(super) mode: Option<ModeWord>,
    pub(super) contact: Option<String>,
    pub(super) record: Option<PathBuf>,
    pub(super) when: When,
}

/// A household with the law that it is asked about.
struct Household {
    book: Book,
    plan: Plan,
    sheet: FactSheet,
    mode: Mode,
}

pub(super) fn run(folder: Option<&Path>, asking: &Asking, format: Format, lang: Lang) -> Result<ExitCode> {
    if asking.contact.iter().any(|contact| contact.chars().any(char::is_control)) {
        bail!(lang.pick(
            "--contact 是一行文字，不能有换行或其他控制字符",
            "--contact is one line of text, without line breaks or other control characters"
        ));
    }
    let household = household(folder, asking, lang)?;
    let Household { book, plan, sheet, mode } = &household;
    let outcome = find_outcome(plan, &asking.programme)?;
    let batch = batch_of(std::slice::from_ref(sheet), plan, lang)?;
    let trace = Trace::of(plan, &batch, 0, *mode);
    let member = member(&trace, outcome, asking.member, lang)?;
    let asked = Asked {
        outcome,
        member,
        mode: Some(*mode),
        place: place(trace.division(), lang),
        contact: asking.contact.clone(),
        telling: Telling {
            voice: match asking.reader {
                Reader::Clerk => Voice::Clerk,
                Reader::Citizen => Voice::Citizen,
            },
            lang,
            shape: match format {
                Format::Text => Shape::Text,
                Format::Json => Shape::Json,
                Format::Html => Shape::Html,
            },
        },
    };
    let record = Record::write(&LawMark::of(book), book, plan, sheet, asked)
        .map_err(|untold| why_untold(&untold, lang))?;
    if let Some(path) = &asking.record {
        keep(path, &record)?;
        match lang {
            Lang::Zh => aside!("记录 {} 写入 {}；里面有这户的事实，请妥善保管。", record.id, path.display()),
            Lang::En => aside!(
                "Record {} written to {}; it holds the facts of the household: keep it safe.",
                record.id,
                path.display()
            ),
        }
    }
    print_text(&record.told.text)
}

/// Writes a record to a file that does not exist yet, for its owner only: a record is evidence, and confidential.
fn keep(path: &Path, record: &Record) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| {
        let path = path.display();
        format!("不能写记录 {path}；已有的文件不覆盖。/ Cannot write the record {path}; a file that exists is not overwritten.")
    })?;
    file.write_all(record.to_text().as_bytes())?;
    file.write_all(b"\n")?;
    Ok(())
}

/// Why nothing can be told, in words.
pub(super) fn why_untold(untold: &Untold, lang: Lang) -> anyhow::Error {
    match untold {
        Untold::Law(faults) => law::faults(faults, lang),
        Untold::NoOutcome(id) => {
            anyhow!("那个月的政策包里没有项目“{id}”。/ The law of that month has no programme `{id}`.")
        }
        Untold::NoMember(at, people) => no_member(at.saturating_add(1), *people),
        Untold::Facts(problems) => anyhow!(told("facts", problems, lang)),
    }
}

fn no_member(asked: usize, people: usize) -> anyhow::Error {
    anyhow!(
        "没有第 {asked} 位成员：表上有 {people} 位，--member 从 1 数起。/ There is no member {asked}: the sheet lists {people}, and --member counts from 1."
    )
}

/// The member who is explained: the one asked for; else the first who meets the outcome, or may, or is listed.
fn member(trace: &Trace<'_>, o: usize, asked: Option<usize>, lang: Lang) -> Result<Option<usize>> {
    let people = trace.members();
    if let Some(asked) = asked {
        if asked == 0 || asked > people {
            return Err(no_member(asked, people));
        }
        if !trace.plan().is_member_outcome(o) {
            bail!(
                "这个项目按家庭算，不要写 --member。/ This programme is of the household; leave --member out."
            );
        }
        return Ok(Some(asked - 1));
    }
    if !trace.plan().is_member_outcome(o) {
        return Ok(None);
    }
    if people == 0 {
        return Err(no_member(1, 0));
    }
    let truth = |at: &usize| trace.evaluation().outcome_member(o, *at);
    let first = |wanted: Truth| (0..people).find(|at| truth(at) == wanted);
    let at = first(Truth::True).or_else(|| first(Truth::Unknown)).unwrap_or(0);
    if people > 1 {
        let number = at + 1;
        match lang {
            Lang::Zh => {
                aside!("这个项目按人算，下面说的是第 {number} 位成员（共 {people} 位）；用 --member 看别人。")
            }
            Lang::En => aside!(
                "This programme is of each member; below is member {number} of {people}. --member shows another."
            ),
        }
    }
    Ok(Some(at))
}

/// Name of a place of the fictional county; other places are known by their code here.
fn place(division: Option<&DivisionCode>, lang: Lang) -> Option<String> {
    let names = doudi_synth::name_of(division?.as_str());
    if names.is_empty() {
        return None;
    }
    Some(match lang {
        Lang::Zh => names.concat(),
        Lang::En => {
            let english = names.iter().rev().map(|name| doudi_web::Lang::En.name(name));
            english.collect::<Vec<_>>().join(", ")
        }
    })
}

/// The sheet of a file, of standard input, or of a bundled golden household. The latter brings its own month, place and
/// mode, each of which the command line may replace.
fn household(folder: Option<&Path>, asking: &Asking, lang: Lang) -> Result<Household> {
    let (facts, when) = (asking.facts.as_str(), &asking.when);
    let mode = asking.mode.map(Mode::from);
    let files = texts(folder, lang)?;
    let book = law::book(&files, lang)?;
    if facts == "-" || Path::new(facts).exists() {
        let (period, as_of) = times(when)?;
        let plan = plan_at(&book, period, as_of, lang)?;
        let mut given = Vec::new();
        sheets::read(facts, division_of(when)?.as_ref(), |one| {
            given.push(one);
            Ok(given.len() < 2)
        })?;
        let (Some(one), None) = (given.pop(), given.pop()) else {
            bail!(
                "说明一次只看一户，{facts} 里不是一户。用 assess 试算多户。/ `explain` takes one household, and {facts} does not hold exactly one. Use `assess` for many."
            );
        };
        let sheet =
            one.sheet.map_err(|problems| anyhow!(told(&place_of(facts, one.line), &problems, lang)))?;
        return Ok(Household { book, plan, sheet, mode: mode.unwrap_or(Mode::Decide) });
    }
    let Some(golden) = bundled_golden(&book, &files, facts) else {
        bail!(
            "没有文件“{facts}”，也没有这个名字的样例户。/ There is no file `{facts}`, and no golden household of that name."
        );
    };
    let period = when.period.as_deref().map_or(Ok(golden.period), str::parse)?;
    let as_of = match (&when.as_of, &when.period) {
        (Some(day), _) => day.parse()?,
        (None, Some(_)) => period.last_day(),
        (None, None) => golden.as_of,
    };
    let plan = plan_at(&book, period, as_of, lang)?;
    let mut sheet = golden.sheet;
    if let Some(division) = division_of(when)? {
        sheet.division = Some(division);
    }
    Ok(Household { book, plan, sheet, mode: mode.unwrap_or(golden.mode) })
}

/// The golden household whose heading is `name` or begins with that word.
fn bundled_golden(book: &Book, files: &[(String, String)], name: &str) -> Option<Golden> {
    files
        .iter()
        .filter(|(path, _)| path.ends_with(".md") && path.contains("/tests/"))
        .filter_map(|(path, text)| parse_goldens(book, path, text).ok())
        .flatten()
        .find(|golden| {
            let first = golden.title.split([' ', '　', '：', ':']).next();
            golden.title == name || first == Some(name)
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use doudi_policy::lang::Lang;

    use super::place;

    #[test]
    fn a_place_of_the_fictional_county_is_called_by_its_name() {
        let of = |code: &str, lang| place(Some(&code.parse().unwrap()), lang);
        assert_eq!(of("990121", Lang::Zh).as_deref(), Some("青石县"));
        assert_eq!(of("990121103001", Lang::Zh).as_deref(), Some("青石县石桥镇河湾村"));
        assert_eq!(of("990121103", Lang::En).as_deref(), Some("Shiqiao, Qingshi County"));
        assert_eq!(of("520102", Lang::Zh), None, "a real place keeps its code");
        assert_eq!(place(None, Lang::Zh), None);
    }
}
