//! Hostile packages against the program itself: how long it takes to refuse each, and how much memory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::machine::{cpu_ms, peak_kb};
use crate::packages::{Case, Expect, cases, lay_sample};

/// How often the memory of a running program is looked at.
const LOOK: Duration = Duration::from_micros(200);

pub(crate) fn measure(only: Option<&str>) -> Result<()> {
    let here = std::env::current_exe()?;
    let program = here.with_file_name("doudi");
    ensure!(program.is_file(), "build the program first: cargo build --release");
    println!("{:>8} {:>8} {:>9}  case", "ms", "cpu ms", "peak KB");
    let (mut slowest, mut largest, mut others) = (0, 0, 0);
    for case in cases().iter().filter(|case| only.is_none_or(|only| case.name.contains(only))) {
        let folder = tempfile::tempdir()?;
        lay_sample(folder.path());
        (case.lay)(folder.path());
        let ran = run(&program, case, folder.path())?;
        let same = ran.sound == matches!(case.expect, Expect::Sound);
        let Ran { millis, cpu, peak, .. } = ran;
        let note = if same { "" } else { ": the outcome is another" };
        println!("{millis:>8} {cpu:>8} {peak:>9}  {}{note}", case.name);
        others += usize::from(!same);
        (slowest, largest) = (cpu.max(slowest), peak.max(largest));
    }
    println!("slowest {slowest} ms of processor, largest {largest} KB");
    ensure!(others == 0, "{others} cases came out otherwise");
    Ok(())
}

/// What a run took.
struct Ran {
    millis: u128,
    /// Milliseconds of processor.
    cpu: u64,
    /// Largest resident memory in KB.
    peak: u64,
    /// Whether nothing was wrong.
    sound: bool,
}

fn run(program: &Path, case: &Case, folder: &Path) -> Result<Ran> {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(["policy", case.command])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("starting the program")?;
    let process = child.id().to_string();
    let (mut cpu, mut peak) = (0, 0);
    loop {
        // What has ended but is not waited for still tells its time, no longer its memory.
        let ended = child_ended(&process);
        (cpu, peak) = (cpu_ms(&process).max(cpu), peak_kb(&process).max(peak));
        if ended {
            let status = child.wait()?;
            ensure!(status.code().is_some_and(|code| code <= 1), "the program was ended: {status}");
            return Ok(Ran { millis: start.elapsed().as_millis(), cpu, peak, sound: status.success() });
        }
        std::thread::sleep(LOOK);
    }
}

fn child_ended(process: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_none_or(|rest| rest.trim_start().starts_with(['Z', 'X']) || rest.is_empty())
}
