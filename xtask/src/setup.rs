//! Installs what the tests need beyond the Rust toolchain.

use std::path::Path;

use anyhow::{Result, bail};

use crate::run::{root, run, succeeds};
use crate::{interface, openfisca};

/// Tells whether something is there.
type Check = fn() -> bool;

/// What must be there, and the Debian package that brings it.
const NEEDS: &[(&str, Check)] = &[
    ("postgresql", has_postgres),
    ("chromium", || succeeds("chromium", &["--version"])),
    ("openssl", || succeeds("openssl", &["dgst", "-sm3", "/dev/null"])),
    ("python3-venv", || succeeds("python3", &["-c", "import ensurepip"])),
    ("fonts-noto-cjk", || Path::new("/usr/share/fonts/opentype/noto").is_dir()),
];

fn has_postgres() -> bool {
    std::fs::read_dir("/usr/lib/postgresql")
        .is_ok_and(|versions| versions.flatten().any(|v| v.path().join("bin/initdb").is_file()))
}

/// Installs missing Debian packages (as root or with `CI=true`) the browser-test packages, OpenFisca and schemathesis.
pub(crate) fn setup() -> Result<()> {
    let missing: Vec<&str> = NEEDS.iter().filter(|(_, there)| !there()).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        let mut install = vec!["install", "--yes", "--no-install-recommends"];
        install.extend(&missing);
        if succeeds("sh", &["-c", "test \"$(id -u)\" = 0"]) {
            run("", "apt-get", &["update"])?;
            run("", "apt-get", &install)?;
        } else if std::env::var("CI").is_ok_and(|ci| ci == "true") {
            run("", "sudo", &["apt-get", "update"])?;
            let mut with_sudo = vec!["apt-get"];
            with_sudo.extend(&install);
            run("", "sudo", &with_sudo)?;
        } else {
            bail!(
                "The tests need: {0}. Install them with this line, then run the task again:\n\n    \
                 sudo apt-get update && sudo apt-get install --yes {0}\n",
                missing.join(" ")
            );
        }
    }
    if !succeeds("node", &["--version"]) {
        bail!("The browser journeys need Node.js 20 or newer; install it and run the task again.");
    }
    if root().join("e2e/package-lock.json").is_file() {
        run("e2e", "npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?;
    }
    openfisca::install()?;
    interface::install()
}
