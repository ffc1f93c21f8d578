//! 护栏: files of others are read in a process of its own, which has limits of memory, time and files before it sees
//! the first byte, knows no key, no database and no environment, and can answer with a table or a problem only.
//!
//! The program starts itself again for it: [`install`] says how, [`serve`] is what the child does.

use std::ffi::OsString;
use std::io::{self, BufReader, BufWriter, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::{LARGEST_FILE, Stop, Table, frame, read_here};
use crate::contract::{Encoding, Format};
use crate::problem::{FileProblem, FileProblemKind};

/// What the reading process may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Address space in bytes.
    pub memory: u64,
    /// Processor time in seconds.
    pub cpu: u64,
    /// Time on the clock in seconds.
    pub wall: u64,
    /// Bytes that it may answer.
    pub answer: u64,
}

const MIB: u64 = 1 << 20;

impl Limits {
    /// What a file of this size may need. A workbook that stays within what it may unpack to fits.
    #[must_use]
    pub fn of(format: Format, bytes: usize) -> Self {
        let size = u64::try_from(bytes).unwrap_or(u64::MAX).min(LARGEST_FILE);
        let (times, most) = match format {
            // The bytes, their text, the text again with plain line ends, and the rows.
            Format::Csv => (12, 8192 * MIB),
            // XML packs to a twentieth, and each cell is a text of its own.
            Format::Xlsx => (48, 4096 * MIB),
        };
        let cpu = 10 + size / MIB;
        Self {
            memory: (256 * MIB + size * times).min(most),
            cpu,
            // Others compute as well.
            wall: 20 + 3 * cpu,
            answer: (64 * MIB + size * times).min(4096 * MIB),
        }
    }
}

/// How the reading process is started.
#[derive(Clone, Debug)]
pub struct Guard {
    program: PathBuf,
    arguments: Vec<OsString>,
    limits: Option<Limits>,
}

static INSTALLED: OnceLock<Guard> = OnceLock::new();

/// From now on this process opens files of others only through the guard. The first call counts.
pub fn install(guard: Guard) {
    let _ = INSTALLED.set(guard);
}

pub(super) fn installed() -> Option<&'static Guard> {
    INSTALLED.get()
}

impl Guard {
    /// A program that calls [`serve`] when it is started with these arguments and the four of [`order`].
    pub fn new(program: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(OsString::from).collect();
        Self { program: program.into(), arguments, limits: None }
    }

    /// The same with limits that do not follow the size of the file.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits: Some(limits), ..self }
    }

    /// Reads a file in a process of its own.
    ///
    /// # Errors
    /// As [`super::read_table`], and [`FileProblemKind::Stopped`] where the process gave no answer.
    pub fn read_table(
        &self,
        name: &str,
        bytes: &[u8],
        format: Format,
        encoding: Encoding,
    ) -> Result<Table, FileProblem> {
        let limits = self.limits.unwrap_or_else(|| Limits::of(format, bytes.len()));
        let answer = self.ask(bytes, format, encoding, limits).unwrap_or_else(|error| {
            let detail = error.to_string();
            Err(FileProblemKind::Stopped(Stop::NotStarted { detail }))
        });
        answer.map_err(|kind| FileProblem::new(name, kind))
    }

    fn ask(
        &self,
        bytes: &[u8],
        format: Format,
        encoding: Encoding,
        limits: Limits,
    ) -> io::Result<frame::Answer> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .args(order(format, encoding, limits))
            .env_clear()
            .current_dir(std::path::Component::RootDir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What a library says while it fails may repeat what stands in the file.
            .stderr(Stdio::null())
            .spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (mut to, from) = pipes.ok_or_else(|| io::Error::other("no pipe"))?;
        let child = Mutex::new(child);
        let (done, alarm) = channel::<()>();
        let wall = Duration::from_secs(limits.wall);
        let deadline = Instant::now() + wall;
        let (answer, late) = std::thread::scope(|scope| {
            scope.spawn(move || {
                // A process that has seen enough closes the pipe; its answer says why.
                let _ = to.write_all(bytes);
            });
            let child = &child;
            let watch = scope.spawn(move || {
                let late = matches!(alarm.recv_timeout(wall), Err(RecvTimeoutError::Timeout));
                if late {
                    end(child);
                }
                late
            });
            // One byte more than may come tells an answer that was cut off from one that ended.
            let mut input = BufReader::with_capacity(1 << 16, from.take(limits.answer + 1));
            let answer = frame::read(&mut input);
            let all = input.get_ref().limit() == 0;
            drop(input);
            drop(done);
            let late = watch.join().unwrap_or(false);
            (if all { Ok(Err(FileProblemKind::Stopped(Stop::Answer))) } else { answer }, late)
        });
        let status = wait(&child, deadline)?;
        Ok(match answer {
            Ok(answer) => answer,
            Err(_) => Err(FileProblemKind::Stopped(match late {
                true => Stop::Time { seconds: limits.wall },
                false => stop_of(status, limits),
            })),
        })
    }
}

fn end(child: &Mutex<Child>) {
    // It may have ended by itself.
    let _ = child.lock().unwrap_or_else(PoisonError::into_inner).kill();
}

/// Waits for the process, which has closed its output; one that stays all the same is ended.
fn wait(child: &Mutex<Child>, deadline: Instant) -> io::Result<ExitStatus> {
    let deadline = deadline.min(Instant::now() + Duration::from_secs(2));
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let _ = child.kill();
    child.wait()
}

/// Exit code of a child that could not limit itself and has read nothing.
const UNLIMITED: i32 = 97;

/// Why a process that gave no answer ended.
fn stop_of(status: ExitStatus, limits: Limits) -> Stop {
    if status.code() == Some(UNLIMITED) {
        return Stop::NotStarted { detail: "setrlimit".to_owned() };
    }
    #[cfg(unix)]
    {
        use rustix::process::Signal;
        use std::os::unix::process::ExitStatusExt as _;
        let ended = |signal: Signal| status.signal() == Some(signal.as_raw());
        // The limit of processor time, then the abort of an allocation that failed.
        if ended(Signal::XCPU) || ended(Signal::KILL) {
            return Stop::Time { seconds: limits.cpu };
        }
        if ended(Signal::ABORT) || ended(Signal::SEGV) || ended(Signal::BUS) {
            return Stop::Memory { mib: limits.memory / MIB };
        }
    }
    let _ = limits;
    Stop::Fault
}

/// The last four arguments of the child: format, encoding, bytes of memory, seconds of processor time.
#[must_use]
pub fn order(format: Format, encoding: Encoding, limits: Limits) -> [String; 4] {
    let format = match format {
        Format::Csv => "csv",
        Format::Xlsx => "xlsx",
    };
    let encoding = match encoding {
        Encoding::Utf8 => "utf-8",
        Encoding::Gb18030 => "gb18030",
    };
    [format.to_owned(), encoding.to_owned(), limits.memory.to_string(), limits.cpu.to_string()]
}

/// What the child does: limits itself, reads standard input to its end, answers on standard output. Gives its exit code.
#[must_use]
pub fn serve(order: &[String]) -> u8 {
    let [format, encoding, memory, cpu] = order else {
        return 2;
    };
    let format = if format == "xlsx" { Format::Xlsx } else { Format::Csv };
    let encoding = if encoding == "gb18030" { Encoding::Gb18030 } else { Encoding::Utf8 };
    let (Ok(memory), Ok(cpu)) = (memory.parse(), cpu.parse()) else {
        return 2;
    };
    if confine(memory, cpu).is_err() {
        return u8::try_from(UNLIMITED).unwrap_or(u8::MAX);
    }
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(LARGEST_FILE + 1).read_to_end(&mut bytes);
    if read.is_err() {
        return 1;
    }
    let answer = read_here(&bytes, format, encoding);
    drop(bytes);
    u8::from(frame::write(&mut BufWriter::with_capacity(1 << 16, io::stdout().lock()), &answer).is_err())
}

/// Gives up for good what reading a file does not need. A limit that stands already and is lower stays.
#[cfg(unix)]
fn confine(memory: u64, cpu: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let set = |resource, most: u64, spare: u64| {
        let standing = getrlimit(resource).maximum;
        let cap = |n: u64| Some(standing.map_or(n, |standing| standing.min(n)));
        setrlimit(resource, Rlimit { current: cap(most), maximum: cap(most.saturating_add(spare)) })
    };
    // No core, no file beyond the three pipes, nothing written to a file, no process or thread.
    set(Resource::Core, 0, 0)?;
    set(Resource::Fsize, 0, 0)?;
    set(Resource::Nofile, 3, 0)?;
    set(Resource::Nproc, 0, 0)?;
    set(Resource::As, memory, 0)?;
    // The first second over sends the signal that says so.
    set(Resource::Cpu, cpu, 1)?;
    Ok(())
}

/// This process leaves no image of its memory behind when it fails: people, keys and passwords stand in it.
pub fn leave_no_core() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // Lowering a limit is always permitted.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}

/// Other systems have only the clock, which the parent holds.
#[cfg(not(unix))]
fn confine(_memory: u64, _cpu: u64) -> io::Result<()> {
    Ok(())
}
