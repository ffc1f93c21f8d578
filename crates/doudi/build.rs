//! Puts the policy packages into the program, so that it needs no folder beside it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../..");
    let mut code = String::new();
    for (name, folder) in [("POLICIES", "policies")] {
        let top = root.join(folder);
        println!("cargo::rerun-if-changed={}", top.display());
        let mut files = Vec::new();
        if top.is_dir() {
            walk(&top, &mut files)?;
        }
        files.sort();
        let _ = writeln!(code, "pub(crate) const {name}: &[(&str, &str)] = &[");
        for file in files {
            let path = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            let full = file.canonicalize()?;
            let _ = writeln!(code, "    ({path:?}, include_str!({:?})),", full.to_string_lossy());
        }
        code.push_str("];\n");
    }
    let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("bundled.rs");
    fs::write(out, code)
}

/// All text files below a folder.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            walk(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "toml" || e == "md" || e == "csv") {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
    Ok(())
}
