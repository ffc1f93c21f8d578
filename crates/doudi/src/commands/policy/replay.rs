//! `doudi policy replay`: tells a record of an explanation again and says what differs.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use doudi_policy::explain::{Record, Replay, replay};
use doudi_policy::lang::Lang;
use doudi_policy::sheet::{FactSheet, LARGEST_SHEET};

use super::explain::why_untold;
use super::{book_of, sheets, told};
use crate::cli::Format;
use crate::say::say;

/// Bytes of the largest record: the facts, the text, the law's digests.
const LARGEST_RECORD: u64 = 4 * LARGEST_SHEET as u64;

pub(super) fn run(
    folder: Option<&Path>,
    path: &Path,
    facts: Option<&Path>,
    format: Format,
    lang: Lang,
) -> Result<ExitCode> {
    let record = Record::from_text(&read(path)?)?;
    let now = facts.map(|facts| one_sheet(facts, &record, lang)).transpose()?;
    let book = book_of(folder, lang)?;
    let found = replay(&record, &book, now.as_ref()).map_err(|untold| why_untold(&untold, lang))?;
    match format {
        Format::Json => {
            let differences: Vec<_> = found
                .differences
                .iter()
                .map(|d| serde_json::json!({ "kind": d.kind, "zh": d.text.zh, "en": d.text.en }))
                .collect();
            say!(
                "{}",
                serde_json::json!({ "record": found.record, "same": found.same, "differences": differences })
            )?;
        }
        Format::Text | Format::Html => said(&found, &record, lang)?,
    }
    Ok(if found.same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn said(found: &Replay, record: &Record, lang: Lang) -> Result<()> {
    let (id, bytes) = (&found.record, found.text.len());
    if found.same {
        return match lang {
            Lang::Zh => {
                say!("记录 {id}：重放一致，{bytes} 字节全同（政策包 {}）。", short(&record.law.digest))
            }
            Lang::En => say!(
                "Record {id}: told again, all {bytes} bytes the same (law {}).",
                short(&record.law.digest)
            ),
        };
    }
    match lang {
        Lang::Zh => say!("记录 {id}：重放不一致，{} 处不同：", found.differences.len()),
        Lang::En => say!("Record {id}: told again, {} things differ:", found.differences.len()),
    }?;
    for difference in &found.differences {
        say!("  {}", difference.text.pick(lang))?;
    }
    Ok(())
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

fn read(path: &Path) -> Result<String> {
    let named = path.display().to_string();
    let cannot = || format!("读不了记录 {named} / cannot read the record {named}");
    let mut bytes = Vec::new();
    let most = LARGEST_RECORD.saturating_add(1);
    if named == "-" {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes).with_context(cannot)?;
    } else {
        std::fs::File::open(path)
            .with_context(cannot)?
            .take(most)
            .read_to_end(&mut bytes)
            .with_context(cannot)?;
    }
    if bytes.len() as u64 > LARGEST_RECORD {
        bail!(
            "记录 {named} 太大，不是 explain 写出的。/ The record {named} is too large for one that `explain` wrote."
        );
    }
    String::from_utf8(bytes)
        .map_err(|_| anyhow!("记录 {named} 不是 UTF-8 文字。/ The record {named} is no UTF-8 text."))
}

/// The one sheet of a file; one that names no place is of the record's.
fn one_sheet(path: &Path, record: &Record, lang: Lang) -> Result<FactSheet> {
    let named = path.display().to_string();
    let mut given = Vec::new();
    sheets::read(&named, record.facts.division.as_ref(), |one| {
        given.push(one);
        Ok(given.len() < 2)
    })?;
    let (Some(one), None) = (given.pop(), given.pop()) else {
        bail!("{named} 里不是一户。/ {named} does not hold exactly one household.");
    };
    one.sheet.map_err(|problems| anyhow!(told(&named, &problems, lang)))
}
