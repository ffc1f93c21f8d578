//! The policy packages: from a folder where one is named, else those inside the program.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

/// Package texts as (path, text), the path beginning with `policies/`.
pub(crate) fn policies(folder: Option<&Path>) -> Result<Vec<(String, String)>> {
    texts(folder, "policies", POLICIES)
}

fn texts(folder: Option<&Path>, top: &str, inside: &[(&str, &str)]) -> Result<Vec<(String, String)>> {
    let Some(folder) = folder else {
        return Ok(inside.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect());
    };
    if !folder.is_dir() {
        bail!("找不到文件夹 {0}。请检查路径。/ There is no folder {0}. Check the path.", folder.display());
    }
    let mut found = Vec::new();
    walk(folder, top, &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<(String, String)>) -> Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = format!("{prefix}/{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            walk(&path, &name, found)?;
        } else if path.extension().is_some_and(|e| e == "toml" || e == "md" || e == "csv") {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("{} 不是 UTF-8 文本 / is not UTF-8 text", path.display()))?;
            found.push((name, text));
        }
    }
    Ok(())
}
