//! 编译: the whole book, from texts in memory to the plans of its months.

use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use doudi_policy::diag::render_all;
use doudi_policy::{Book, Diagnostic, Lang};

use crate::b1;
use crate::machine::Times;
use crate::support::files;

pub(crate) fn measure(rounds: usize) -> Result<()> {
    let texts = files();
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let faults = |faults: Vec<Diagnostic>| anyhow!("{}", render_all(&faults, Lang::En));
    let (month, day) = ("2024-06".parse()?, "2024-05-31".parse()?);
    let first = Book::from_files(texts.clone()).map_err(faults)?;
    let (months, _) = first.turns();
    println!(
        "{} files, {bytes} bytes; {} rules, {} parameters with {} rows, {} months in which some version begins or has ended",
        texts.len(),
        first.rules().len(),
        first.parameters().len(),
        first.parameters().iter().map(|p| p.rows.len()).sum::<usize>(),
        months.len(),
    );
    let plan = first.plan(month, day).map_err(faults)?;
    let (mut read, mut made, mut both, mut checked) =
        (Times::default(), Times::default(), Times::default(), Times::default());
    for _ in 0..rounds {
        let texts = texts.clone();
        let start = Instant::now();
        let book = Book::from_files(texts).map_err(faults)?;
        read.push(start.elapsed());
        let then = Instant::now();
        let again = book.plan(month, day).map_err(faults)?;
        made.push(then.elapsed());
        both.push(start.elapsed());
        ensure!(again == plan, "the plan depends on when it is compiled");
    }
    for _ in 0..rounds.div_ceil(10) {
        let start = Instant::now();
        ensure!(first.check().is_empty(), "the book has faults");
        checked.push(start.elapsed());
    }
    println!("texts in memory to book: {read}");
    println!("book to the plan of a month: {made}");
    println!("texts in memory to the plan of a month: {both}");
    println!("check, the plans of all those months: {checked}");
    nation(rounds)
}

/// A small book with a standard for each county, town and village.
fn nation(rounds: usize) -> Result<()> {
    let texts = b1::files()?;
    let rows = b1::COUNTIES * 2;
    let plan = b1::compiled(texts.clone())?;
    let mut took = Times::default();
    for _ in 0..rounds {
        let texts = texts.clone();
        let start = Instant::now();
        let again = b1::compiled(texts)?;
        took.push(start.elapsed());
        ensure!(again == plan, "the plan depends on when it is compiled");
    }
    println!("the rules B1 with a table of {rows} rows, texts in memory to plan: {took}");
    Ok(())
}
