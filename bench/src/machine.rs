//! What the figures were measured on, as Linux tells it.

use std::fmt::{self, Display};
use std::time::{Duration, Instant};

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// The first number of a line such as `MemTotal:  24 kB`.
fn field_kb(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kb = line.and_then(|rest| rest.split_whitespace().next()).and_then(|n| n.parse::<u64>().ok());
    kb.unwrap_or(0)
}

/// Load over one, five and fifteen minutes.
pub(crate) fn load() -> String {
    read("/proc/loadavg").split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// Cores, load and memory.
pub(crate) fn now() -> impl Display {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = field_kb(&read("/proc/meminfo"), "MemTotal:") / 1024;
    format!("{cores} cores, load {}, {memory} MB of memory, release build", load())
}

/// Largest resident memory of this process so far.
pub(crate) fn peak_mb() -> u64 {
    peak_kb("self") / 1024
}

/// Largest resident memory of a process so far, by its number; 0 once it has ended.
pub(crate) fn peak_kb(process: &str) -> u64 {
    field_kb(&read(&format!("/proc/{process}/status")), "VmHWM:")
}

/// Processor time of this process so far, in µs: a busy machine hardly changes it (a database server's is not in it).
fn cpu_us() -> u64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let of = |thread: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        stat.split_whitespace().next()?.parse::<u64>().ok()
    };
    let alive: u64 = threads.filter_map(of).sum();
    (alive / 1000).max(cpu_ms("self") * 1000)
}

/// The same of any process as the kernel adds it up over all threads, those that have ended too, in ms and steps of 10 ms.
pub(crate) fn cpu_ms(process: &str) -> u64 {
    let stat = read(&format!("/proc/{process}/stat"));
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |at| after.split_whitespace().nth(at).and_then(|t| t.parse::<u64>().ok()).unwrap_or(0);
    (ticks(11) + ticks(12)) * 10
}

/// Processor time of this thread so far.
pub(crate) fn thread_time() -> Duration {
    let nanos = read("/proc/thread-self/schedstat").split_whitespace().next().and_then(|n| n.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

/// Time on the clock and of the processor since the start.
pub(crate) struct Watch {
    start: Instant,
    cpu: u64,
}

impl Watch {
    pub(crate) fn start() -> Self {
        Self { start: Instant::now(), cpu: cpu_us() }
    }

    /// Time on the clock, never zero.
    pub(crate) fn took(&self) -> Duration {
        self.start.elapsed().max(Duration::from_micros(1))
    }

    /// Time of the processor, never zero.
    pub(crate) fn processor(&self) -> Duration {
        Duration::from_micros(cpu_us().saturating_sub(self.cpu).max(1))
    }

    /// How many of `n` a second.
    pub(crate) fn rate(&self, n: usize) -> u128 {
        (n as u128) * 1_000_000 / self.took().as_micros().max(1)
    }
}

/// How long the same kind of thing took, many times.
#[derive(Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn push(&mut self, took: Duration) {
        self.0.push(took);
    }
}

impl Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = self.0.clone();
        all.sort_unstable();
        let at = |part: usize| all.get(all.len() * part / 100).map_or(0, Duration::as_micros);
        let most = all.last().map_or(0, Duration::as_micros);
        let (half, ninety, most_but_one) = (at(50), at(90), at(99));
        write!(
            f,
            "p50 {half} µs, p90 {ninety} µs, p99 {most_but_one} µs, largest {most} µs, {} times",
            all.len()
        )
    }
}

impl Display for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms, {} ms of processor", self.took().as_millis(), self.processor().as_millis())
    }
}
