//! The interface of departments attacked by schemathesis: requests made from the description that the program itself
//! serves, right ones and wrong ones, with a token and without (`bench/schemathesis/`).

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::run::{root, run, succeeds};

/// Its side of the repository.
const SIDE: &str = "bench/schemathesis";
/// Where its packages lie.
const PACKAGES: &str = "target/schemathesis";
/// The fictional county that is served.
const COUNTY: &str = "target/schemathesis-county";
/// Seconds that the attack may take.
const SECONDS: &str = "90";
/// What has to hold of every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method,ignored_auth";

fn program(name: &str) -> String {
    root().join(PACKAGES).join("bin").join(name).to_string_lossy().into_owned()
}

/// Installs schemathesis below `target/`; again only when its list has changed.
pub(crate) fn install() -> Result<()> {
    if !succeeds("python3", &["-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"]) {
        bail!(
            "The attack on the interface needs Python 3.11 or newer with venv; install it and run the task again."
        );
    }
    let list = root().join(SIDE).join("requirements.txt");
    let wanted = std::fs::read_to_string(&list).with_context(|| format!("reading {}", list.display()))?;
    let stamp = root().join(PACKAGES).join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    run("", "python3", &["-m", "venv", "--clear", PACKAGES])?;
    run(SIDE, &program("python"), &["-m", "pip", "install", "--quiet", "--requirement", "requirements.txt"])?;
    std::fs::write(&stamp, wanted).with_context(|| format!("writing {}", stamp.display()))
}

/// Builds a small county, serves it on a free port, attacks the interface, and stops the server.
pub(crate) fn attack() -> Result<()> {
    install()?;
    run("", "cargo", &["build", "--quiet", "--release"])?;
    let doudi = root().join("target/release/doudi");
    let county = root().join(COUNTY);
    if county.exists() {
        std::fs::remove_dir_all(&county).with_context(|| format!("removing {}", county.display()))?;
    }
    let doudi_text = doudi.to_string_lossy().into_owned();
    run("", &doudi_text, &["demo", "--no-serve", "--households", "500", "--dir", COUNTY])?;
    let token = token(&doudi, &county)?;
    let (mut server, address) = serve(&doudi, &county)?;
    let attacked = schemathesis(&address, &token);
    // It is stopped whatever came of it; a server that has ended by itself is a finding.
    let ended = server.0.try_wait().ok().flatten();
    server.stop();
    attacked?;
    match ended {
        Some(status) => bail!("the server ended under the attack ({status})"),
        None => Ok(()),
    }
}

fn database(county: &Path) -> String {
    format!("sqlite:{}", county.join("doudi.db").display())
}

/// A token of a service that may deliver everything.
fn token(doudi: &Path, county: &Path) -> Result<String> {
    let made = Command::new(doudi)
        .args(["service", "--database", &database(county), "add", "schemathesis", "--scope", "deliver"])
        .args(["--division", "990121", "--until", &next_year()?])
        .output()
        .context("making a token")?;
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    let token = said.split_whitespace().find(|word| word.starts_with("doudi_"));
    token.map(str::to_owned).with_context(|| {
        format!("`doudi service add` gave no token: {said}{}", String::from_utf8_lossy(&made.stderr))
    })
}

/// A day within the two years that a token may last.
fn next_year() -> Result<String> {
    let day =
        Command::new("date").args(["-d", "+300 days", "+%F"]).output().context("asking for the date")?;
    Ok(String::from_utf8_lossy(&day.stdout).trim().to_owned())
}

/// The server, which ends with this value.
struct Server(Child);

impl Server {
    fn stop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(doudi: &Path, county: &Path) -> Result<(Server, String)> {
    let mut child = Command::new(doudi)
        .args(["serve", "--database", &database(county), "--port", "0", "--service-rate", "1000000"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting the server")?;
    let said = child.stdout.take().context("what the server says")?;
    let server = Server(child);
    for line in BufReader::new(said).lines() {
        let line = line.context("what the server says")?;
        if line.starts_with("http://") {
            return Ok((server, line.trim().to_owned()));
        }
    }
    bail!("the server ended before it listened")
}

fn schemathesis(address: &str, token: &str) -> Result<()> {
    let hooks: PathBuf = root().join(SIDE);
    let location = format!("{address}/api/v1/openapi.json");
    println!("\n$ st run {location} --max-time {SECONDS} --checks {CHECKS}");
    let status = Command::new(program("st"))
        .args(["--config-file", &hooks.join("schemathesis.toml").to_string_lossy()])
        .args(["run", &location, "--checks", CHECKS, "--max-time", SECONDS, "--seed", "1"])
        .args(["--header", &format!("Authorization: Bearer {token}"), "--warnings", "off"])
        // It leaves what it has learnt where it runs.
        .current_dir(root().join(PACKAGES))
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", &hooks)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .status()
        .context("`st` could not be started")?;
    if !status.success() {
        bail!("schemathesis found something, see above ({status})");
    }
    Ok(())
}
