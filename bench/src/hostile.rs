//! Hostile packages against the program itself: how long it takes to refuse each, and how much memory.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::machine::peak_kb;
use crate::packages::{Case, Expect, cases, lay_sample};

/// How often the memory of a running program is looked at.
const LOOK: Duration = Duration::from_micros(200);

pub(crate) fn measure(only: Option<&str>) -> Result<()> {
    let here = std::env::current_exe()?;
    let program = here.with_file_name("doudi");
    ensure!(program.is_file(), "build the program first: cargo build --release");
    println!("{:>8} {:>9}  case", "ms", "peak KB");
    let (mut slowest, mut largest, mut others) = (0, 0, 0);
    for case in cases().iter().filter(|case| only.is_none_or(|only| case.name.contains(only))) {
        let folder = tempfile::tempdir()?;
        lay_sample(folder.path());
        (case.lay)(folder.path());
        let (millis, peak, sound) = run(&program, case, folder.path())?;
        let same = sound == matches!(case.expect, Expect::Sound);
        println!(
            "{millis:>8} {peak:>9}  {}{}",
            case.name,
            if same { "" } else { ": the outcome is another" }
        );
        others += usize::from(!same);
        (slowest, largest) = (millis.max(slowest), peak.max(largest));
    }
    println!("slowest {slowest} ms, largest {largest} KB");
    ensure!(others == 0, "{others} cases came out otherwise");
    Ok(())
}

/// Milliseconds, largest resident memory in KB, whether nothing was wrong.
fn run(program: &Path, case: &Case, folder: &Path) -> Result<(u128, u64, bool)> {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(["policy", case.command])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("starting the program")?;
    let (peak, sound) = watch(&mut child)?;
    Ok((start.elapsed().as_millis(), peak, sound))
}

fn watch(child: &mut Child) -> Result<(u64, bool)> {
    let mut peak = 0;
    loop {
        peak = peak_kb(&child.id().to_string()).max(peak);
        if let Some(status) = child.try_wait()? {
            ensure!(status.code().is_some_and(|code| code <= 1), "the program was ended: {status}");
            return Ok((peak, status.success()));
        }
        std::thread::sleep(LOOK);
    }
}
