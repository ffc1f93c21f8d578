//! Pages under load: the built program serves a county, and 100 clerks, each with a browser of their own, open pages the way
//! clerks do, with pauses. Everything is on: sessions, policies, sealed fields, a leaf before every page about people.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use ureq::Agent;

use crate::machine;

/// Clerks at work at once.
const CLERKS: u64 = 100;
/// Mean pause of a clerk between two pages: 100 of them open 20 pages a second.
const PAUSE: Duration = Duration::from_secs(5);
/// The clerk of the demo whose township the pages are about.
const WHO: &str = "1";

/// A program that ends with the measurement.
struct Served {
    child: Child,
    base: String,
    _folder: tempfile::TempDir,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> std::path::PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        std::path::PathBuf::from,
    );
    target.join("release/doudi")
}

fn serve(households: u32) -> Result<Served> {
    let folder = tempfile::tempdir()?;
    let mut child = Command::new(program())
        .args(["demo", "--port", "0", "--households", &households.to_string(), "--dir"])
        .arg(folder.path().join("county"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("starting the program")?;
    let out = child.stdout.take().ok_or_else(|| anyhow!("no output"))?;
    let mut base = None;
    let mut lines = BufReader::new(out).lines();
    for line in lines.by_ref() {
        let line = line?;
        if let Some(at) = line.find("http://127.0.0.1:") {
            let rest = line.get(at..).unwrap_or_default();
            base = rest.split_whitespace().next().map(|url| url.trim_end_matches('/').to_owned());
            break;
        }
    }
    // What it says later must have somewhere to go.
    thread::spawn(move || lines.for_each(drop));
    let base = base.ok_or_else(|| anyhow!("the program ended without an address"))?;
    Ok(Served { child, base, _folder: folder })
}

/// One clerk's browser.
struct Browser {
    agent: Agent,
    base: String,
    cookie: String,
    token: String,
}

impl Browser {
    fn open(base: &str, staff: &str) -> Result<Self> {
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        let mut browser = Self { agent, base: base.to_owned(), cookie: String::new(), token: String::new() };
        let (_, front) = browser.get("/")?;
        browser.token = token_of(&front)?;
        let (status, _) = browser.post("/role", &format!("staff={staff}&next=/workbench"))?;
        ensure!(status == 303, "taking a role: {status}");
        let (_, bench) = browser.get("/workbench")?;
        browser.token = token_of(&bench)?;
        Ok(browser)
    }

    fn get(&mut self, path: &str) -> Result<(u16, String)> {
        let request = self.agent.get(format!("{}{path}", self.base)).header("Cookie", &self.cookie);
        let answer = request.call().with_context(|| path.to_owned())?;
        self.read(answer)
    }

    fn post(&mut self, path: &str, fields: &str) -> Result<(u16, String)> {
        let request = self
            .agent
            .post(format!("{}{path}", self.base))
            .header("Cookie", &self.cookie)
            .header("Origin", &self.base)
            .content_type("application/x-www-form-urlencoded");
        let answer =
            request.send(format!("csrf={}&{fields}", self.token)).with_context(|| path.to_owned())?;
        self.read(answer)
    }

    fn read(&mut self, mut answer: ureq::http::Response<ureq::Body>) -> Result<(u16, String)> {
        for set in answer.headers().get_all("set-cookie") {
            let text = set.to_str()?;
            if let Some(pair) = text.split(';').next().filter(|p| p.starts_with("doudi_session=")) {
                pair.clone_into(&mut self.cookie);
            }
        }
        let status = answer.status().as_u16();
        Ok((status, answer.body_mut().read_to_string()?))
    }
}

fn token_of(page: &str) -> Result<String> {
    let mark = "name=\"csrf\" value=\"";
    let rest = page.find(mark).and_then(|at| page.get(at + mark.len()..)).context("a page without a form")?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

fn links(page: &str, start: &str) -> Vec<String> {
    let mut found: Vec<String> = page
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|href| href.strip_prefix(start).is_some_and(|id| id.parse::<u64>().is_ok()))
        .map(str::to_owned)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// What clerks open, and how often of 100.
struct Mix {
    households: Vec<String>,
    leads: Vec<String>,
}

impl Mix {
    fn of(base: &str) -> Result<Self> {
        let mut clerk = Browser::open(base, WHO)?;
        let mut households = Vec::new();
        for page in 1..=5 {
            households.extend(links(&clerk.get(&format!("/households?page={page}"))?.1, "/households/"));
        }
        let leads = links(&clerk.get("/leads")?.1, "/leads/");
        ensure!(households.len() > 50 && leads.len() > 5, "a county too small to measure");
        Ok(Self { households, leads })
    }

    fn next(&self, rng: &mut ChaCha8Rng) -> (&'static str, String) {
        let mut of = |all: &[String]| {
            let at = usize::try_from(rng.next_u64() % u64::try_from(all.len().max(1)).unwrap_or(1));
            all.get(at.unwrap_or(0)).cloned().unwrap_or_default()
        };
        let (household, lead) = (of(&self.households), of(&self.leads));
        match rng.next_u64() % 100 {
            0..20 => ("workbench", "/workbench".to_owned()),
            20..35 => ("leads", "/leads".to_owned()),
            35..50 => ("one lead", lead),
            50..75 => ("one household", household),
            75..80 => ("record of a household", format!("{household}/record")),
            80..85 => ("explanation", format!("{}/dibao", household.replace("/households/", "/explain/"))),
            85..95 => ("cases", "/cases".to_owned()),
            _ => ("households", "/households".to_owned()),
        }
    }
}

/// A page without what differs from browser to browser.
fn plain(page: &str, token: &str) -> String {
    page.replace(token, "")
}

/// Measures; fails where a page fails, or differs under load from what it is in quiet.
pub(crate) fn measure(seconds: u64, households: u32) -> Result<()> {
    let start = Instant::now();
    let served = serve(households)?;
    println!("a county of {households} households, seed 1, served after {} s", start.elapsed().as_secs());
    let mix = Arc::new(Mix::of(&served.base)?);
    let mut quiet = Browser::open(&served.base, WHO)?;
    let mut alike = BTreeMap::new();
    for path in mix.households.iter().take(20) {
        let (status, page) = quiet.get(path)?;
        ensure!(status == 200, "{path}: {status}");
        alike.insert(path.clone(), plain(&page, &quiet.token));
    }
    let before = served.child.id().to_string();
    // A hundred people do not log in within seconds, so that is done before and not measured.
    let browsers = (0..CLERKS).map(|_| Browser::open(&served.base, WHO)).collect::<Result<Vec<_>>>()?;
    let time = Duration::from_secs(seconds);
    let mut clerks = Vec::new();
    for (clerk, browser) in (0..).zip(browsers) {
        let (mix, alike) = (mix.clone(), alike.clone());
        clerks.push(thread::spawn(move || at_work(clerk, browser, &mix, &alike, time)));
    }
    let mut all: BTreeMap<&'static str, Vec<u64>> = BTreeMap::new();
    for clerk in clerks {
        for (what, micros) in clerk.join().map_err(|_| anyhow!("a clerk stopped"))?? {
            all.entry(what).or_default().push(micros);
            all.entry("all").or_default().push(micros);
        }
    }
    println!(
        "{CLERKS} clerks for {seconds} s with a mean pause of {} s; load at the end {}; the program's largest memory {} MB",
        PAUSE.as_secs(),
        machine::load(),
        machine::peak_kb(&before) / 1024
    );
    println!("page, requests, p50 ms, p95 ms, p99 ms, slowest ms");
    for (what, mut times) in all {
        times.sort_unstable();
        let at = |part: usize| {
            let micros = times.get(times.len().saturating_sub(1) * part / 100).copied().unwrap_or(0);
            format!("{}.{:01}", micros / 1000, micros % 1000 / 100)
        };
        println!("{what}, {}, {}, {}, {}, {}", times.len(), at(50), at(95), at(99), at(100));
    }
    Ok(())
}

type Times = Vec<(&'static str, u64)>;

fn at_work(
    clerk: u64,
    mut browser: Browser,
    mix: &Mix,
    alike: &BTreeMap<String, String>,
    time: Duration,
) -> Result<Times> {
    let mut rng = ChaCha8Rng::seed_from_u64(clerk);
    let until = Instant::now() + time;
    // Nobody begins at the same moment.
    thread::sleep(pause(&mut rng));
    let mut times = Vec::new();
    while Instant::now() < until {
        let (what, path) = mix.next(&mut rng);
        let start = Instant::now();
        let (status, page) = browser.get(&path)?;
        times.push((what, u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)));
        if status != 200 {
            bail!("{path}: {status}");
        }
        if let Some(quiet) = alike.get(&path) {
            ensure!(*quiet == plain(&page, &browser.token), "{path} differs under load");
        }
        thread::sleep(pause(&mut rng));
    }
    Ok(times)
}

/// Any pause up to twice [`PAUSE`], each as likely.
fn pause(rng: &mut ChaCha8Rng) -> Duration {
    let most = u64::try_from(PAUSE.as_millis()).unwrap_or(u64::MAX).saturating_mul(2);
    Duration::from_millis(rng.next_u64() % most.max(1))
}
