//! 导出审计树: tiles, entries and the signed head as files, for witnesses and for `docs/audit/verify.py`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use doudi_access::audit::{Checkpoint, Note, TILE_WIDTH, TileId};
use doudi_policy::lang::Lang;
use doudi_store::{Store, StoreError};

use crate::audit_log::{AuditLog, read_if_there, replace};
use crate::say::aside;

/// Between two exports: what a witness has not seen can be rewritten, and this is half of the ten minutes that are promised.
const PAUSE: Duration = Duration::from_secs(300);
/// The name of the head in the folder.
const HEAD: &str = "checkpoint";

fn told(error: &StoreError, lang: Lang) -> anyhow::Error {
    anyhow!("{}", lang.pick(&error.zh(), &error.en()))
}

/// Writes the files that a tree of `since` leaves did not have; gives how many leaves there are and the files written.
/// Tiles and entries first, the checkpoint last: a folder whose head is new has everything below it.
pub(crate) async fn write_files(
    store: &Store,
    log: &AuditLog,
    folder: &Path,
    since: u64,
    lang: Lang,
) -> Result<(u64, usize)> {
    let Some(text) = store.latest_checkpoint().await.map_err(|e| told(&e, lang))? else {
        bail!(
            "{}",
            lang.pick(
                "还没有签发过检查点；请先执行 doudi audit sequence",
                "no head was signed yet; run doudi audit sequence first"
            )
        );
    };
    let head = Checkpoint::open(&Note::from_text(&text)?, log.key().public())?;
    let tiles = TileId::between(since, head.size());
    let mut files = 1;
    for tile in &tiles {
        let bytes = store.audit_tile_bytes(*tile).await.map_err(|e| told(&e, lang))?;
        put(folder, *tile, &tile.path(), &bytes)?;
        files += 1;
        if tile.level == 0 {
            let entries = store.audit_entry_bytes(*tile).await.map_err(|e| told(&e, lang))?;
            put(folder, *tile, &tile.entries_path(), &entries)?;
            files += 1;
        }
    }
    replace(&folder.join(HEAD), &text)?;
    Ok((head.size(), files))
}

/// A file is whole or not there; narrower ones of the same tile go once it is full.
fn put(folder: &Path, tile: TileId, name: &str, bytes: &[u8]) -> Result<()> {
    let path = folder.join(name);
    let fresh = folder.join(format!("{name}.new"));
    let written = || -> std::io::Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&fresh, bytes)?;
        fs::rename(&fresh, &path)?;
        let narrower = folder.join(format!("{name}.p"));
        if tile.width == TILE_WIDTH && narrower.is_dir() {
            fs::remove_dir_all(narrower)?;
        }
        Ok(())
    };
    written().with_context(|| path.display().to_string())
}

/// Exports what is new as long as the program runs. A failure is told and does not end the pages: the witness sees that
/// nothing new comes, and `doudi check` that nobody has witnessed.
pub(crate) async fn keep_exporting(store: &Store, log: &AuditLog, folder: Option<&Path>, lang: Lang) {
    let Some(folder) = folder else { return std::future::pending().await };
    // Nothing is signed in the first second of a new database.
    while let Ok(None) = store.latest_checkpoint().await {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    loop {
        if let Err(problem) = export_new(store, log, folder, lang).await {
            aside!("{}", crate::say::problem(&problem));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn export_new(store: &Store, log: &AuditLog, folder: &Path, lang: Lang) -> Result<()> {
    let there = read_if_there(&folder.join(HEAD))?;
    // A folder that was begun by another log, or is damaged, is written whole.
    let head =
        there.and_then(|text| Checkpoint::open(&Note::from_text(&text).ok()?, log.key().public()).ok());
    let since = head.map_or(0, |head| head.size());
    write_files(store, log, folder, since, lang).await.map(drop)
}
