//! The law by an independent hand: doudi against the same rules written for OpenFisca (`bench/openfisca/`).

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::run::{root, run, succeeds};

/// The folder of the Python side.
const SIDE: &str = "bench/openfisca";

fn environment() -> PathBuf {
    root().join("target/openfisca")
}

fn python() -> String {
    environment().join("bin/python").to_string_lossy().into_owned()
}

/// Installs what the Python side needs, below `target/`; again only when its list has changed.
pub(crate) fn install() -> Result<()> {
    if !succeeds("python3", &["-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"]) {
        bail!(
            "The comparison with OpenFisca needs Python 3.11 or newer with venv; install it and run the task again."
        );
    }
    let list = root().join(SIDE).join("requirements.txt");
    let wanted = std::fs::read_to_string(&list).with_context(|| format!("reading {}", list.display()))?;
    let stamp = environment().join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    run("", "python3", &["-m", "venv", "--clear", "target/openfisca"])?;
    run(SIDE, &python(), &["-m", "pip", "install", "--quiet", "--requirement", "requirements.txt"])?;
    std::fs::write(&stamp, wanted).with_context(|| format!("writing {}", stamp.display()))
}

/// Both sides on the same households, and the proof that a difference would be noticed.
pub(crate) fn compare(households: &str) -> Result<()> {
    install()?;
    let data = "target/openfisca-households";
    let bench = |args: &[&str]| {
        let mut all = vec!["run", "--quiet", "--release", "--package", "doudi-bench", "--"];
        all.extend(args);
        run("", "cargo", &all)
    };
    bench(&["openfisca", households, data])?;
    bench(&["mutants"])?;
    let up = Path::new("../..");
    let (data, policies) = (up.join(data), up.join("policies"));
    let (data, policies) = (data.to_string_lossy(), policies.to_string_lossy());
    run(SIDE, &python(), &["test_examples.py", &policies])?;
    run(SIDE, &python(), &["compare.py", &data, &policies])?;
    run(SIDE, &python(), &["test_compare.py", &data, &policies])
}
