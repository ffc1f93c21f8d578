//! `doudi audit`: the audit tree, for the office that keeps it and for those who watch over it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use doudi_access::audit::{
    Checkpoint, Note, SignatureKind, TILE_WIDTH, TileId, TileNodes, Tree, VerifierKey, Witness,
    consistency_proof, hash_leaf, root_of,
};
use doudi_policy::lang::Lang;
use doudi_store::StoreError;

use super::check::Witnessed;
use crate::audit_export::write_files;
use crate::audit_log::{AuditLog, beside, now_ms, open_key, read_if_there, replace};
use crate::cli::{AuditArgs, AuditCommand, Format, LogArgs};
use crate::say::{aside, say};

/// Looks at a lease that somebody holds, half a second apart: a little longer than a lease lasts.
const LEASE_LOOKS: u32 = 12;

pub(crate) async fn run(args: AuditArgs) -> Result<ExitCode> {
    let lang = Lang::from(args.lang);
    match args.command {
        AuditCommand::Sequence { log } => sequence(&log, lang).await,
        AuditCommand::Verify { log, since, witness, format } => {
            verify(&log, &since, Witnessed::look(&witness, lang)?, format, lang).await
        }
        AuditCommand::Export { log, folder } => export(&log, &folder, lang).await,
        AuditCommand::Witness { folder, state, log, name, every } => {
            witness(&folder, &state, (&log, &name), every, lang).await
        }
        AuditCommand::Baseline { database } => baseline(&database, lang).await,
        AuditCommand::Key { log } => {
            super::must_exist(&log.database)?;
            say!("{}", existing_log(&log, lang)?.key().public().to_text())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn open_log(args: &LogArgs, lang: Lang) -> Result<AuditLog> {
    AuditLog::open(&args.database, args.audit_key.as_deref(), lang)
}

/// The log of a key that is there: who only looks makes none.
fn existing_log(args: &LogArgs, lang: Lang) -> Result<AuditLog> {
    let log = AuditLog::open_if_there(&args.database, args.audit_key.as_deref(), lang)?;
    log.ok_or_else(|| {
        anyhow!(
            "{}",
            lang.pick(
                "没有审计签名密钥，也没有新建；请核对 --audit-key，或先执行 doudi audit sequence",
                "there is no key of the audit log, and none was made; check --audit-key, or run doudi audit sequence first"
            )
        )
    })
}

fn told(error: &StoreError, lang: Lang) -> anyhow::Error {
    anyhow!("{}", lang.pick(&error.zh(), &error.en()))
}

async fn baseline(database: &str, lang: Lang) -> Result<ExitCode> {
    super::must_exist(database)?;
    let store = super::open_closed(database, lang).await?;
    let made = store.audit_baseline().await.map_err(|e| told(&e, lang));
    store.close().await;
    let keys = made?;
    say!(
        "{}",
        lang.pick(
            &format!("从现在起担保 {keys} 组此前没有叶的行；此前是否被改动过，无从得知"),
            &format!("{keys} groups of rows that no leaf knew are vouched for from now on; whether they were altered before is not known")
        )
    )?;
    Ok(ExitCode::SUCCESS)
}

async fn sequence(args: &LogArgs, lang: Lang) -> Result<ExitCode> {
    super::must_exist(&args.database)?;
    let log = open_log(args, lang)?;
    let store = super::open_closed(&args.database, lang).await?;
    let mut grown = log.grow(&store, lang).await;
    // The lease of a process that has ended runs out; one that is alive does the work itself.
    for _ in 0..LEASE_LOOKS {
        if !matches!(grown, Ok(None)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        grown = log.grow(&store, lang).await;
    }
    store.close().await;
    match grown? {
        Some(added) => say!(
            "{}",
            lang.pick(
                &format!("已定序 {added} 片叶并签发检查点"),
                &format!("{added} leaves sequenced, head signed")
            )
        )?,
        None => say!(
            "{}",
            lang.pick("另一个进程正在定序，不用再做", "another process is the sequencer; nothing to do")
        )?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn verify(
    args: &LogArgs,
    since: &[PathBuf],
    witnessed: Option<Witnessed>,
    format: Format,
    lang: Lang,
) -> Result<ExitCode> {
    super::must_exist(&args.database)?;
    let log = AuditLog::open_if_there(&args.database, args.audit_key.as_deref(), lang)?;
    let mut kept = Vec::new();
    for file in since {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        kept.push((file.display().to_string(), text));
    }
    if let Some(seen) = &witnessed {
        kept.push((seen.place.clone(), seen.note.clone()));
    }
    if let Some(own) = log.as_ref().map(AuditLog::last_note).transpose()?.flatten() {
        kept.push((lang.pick("密钥旁的检查点", "head beside the key").to_owned(), own));
    }
    let store = super::open_closed(&args.database, lang).await?;
    let seen =
        store.verify_audit(log.as_ref().map(|l| l.key().public()), &kept).await.map_err(|e| told(&e, lang));
    store.close().await;
    let seen = seen?;
    let well = seen.findings.is_empty();
    if format == Format::Json {
        let findings: Vec<_> = seen
            .findings
            .iter()
            .map(|f| serde_json::json!({ "place": f.place, "zh": f.zh, "en": f.en }))
            .collect();
        let all = serde_json::json!({
            "holds": well, "leaves": seen.leaves, "waiting": seen.waiting, "heads": seen.heads,
            "rows": seen.shelves, "findings": findings, "signatures_checked": log.is_some(),
            "witness_is_late": witnessed.as_ref().map(Witnessed::late),
        });
        say!("{all}")?;
        return Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if log.is_none() {
        say!(
            "{}",
            lang.pick(
                "没有审计签名密钥：检查点的签名没有核对",
                "there is no key of the log here: signatures of heads were not looked at"
            )
        )?;
    }
    if let Some(seen) = &witnessed {
        seen.tell(lang)?;
    }
    for finding in &seen.findings {
        say!("✗ {}：{}", finding.place, lang.pick(&finding.zh, &finding.en))?;
    }
    say!(
        "{}",
        lang.pick(
            &format!(
                "{}：{} 片叶（另有 {} 片待定序），{} 个检查点，{} 组业务行，{} 处不符",
                if well { "核验通过" } else { "核验不通过" },
                seen.leaves,
                seen.waiting,
                seen.heads,
                seen.shelves,
                seen.findings.len()
            ),
            &format!(
                "{}: {} leaves ({} more waiting), {} heads, {} groups of rows, {} findings",
                if well { "everything holds" } else { "does not hold" },
                seen.leaves,
                seen.waiting,
                seen.heads,
                seen.shelves,
                seen.findings.len()
            ),
        )
    )?;
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn export(args: &LogArgs, folder: &Path, lang: Lang) -> Result<ExitCode> {
    super::must_exist(&args.database)?;
    let log = existing_log(args, lang)?;
    let store = super::open_closed(&args.database, lang).await?;
    let written = write_files(&store, &log, folder, 0, lang).await;
    store.close().await;
    let (size, files) = written?;
    say!(
        "{}",
        lang.pick(
            &format!("已导出 {size} 片叶，{files} 个文件：{}", folder.display()),
            &format!("{size} leaves exported in {files} files: {}", folder.display())
        )
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Whether every entry and every tile of a folder belongs to the tree of a head: who cosigns has looked at all of it.
fn whole(folder: &Path, head: &Checkpoint) -> Result<bool> {
    let read = |path: String| fs::read(folder.join(&path)).with_context(|| path);
    let mut tree = Tree::new();
    let mut made: BTreeMap<(u8, u64), Vec<u8>> = BTreeMap::new();
    let tiles = TileId::between(0, head.size());
    for tile in tiles.iter().filter(|tile| tile.level == 0) {
        let bundle = read(tile.entries_path())?;
        let mut rest = bundle.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(*length));
            let Some((entry, after)) = after.split_at_checked(length) else { return Ok(false) };
            for node in tree.append(hash_leaf(entry))? {
                if node.id.level % 8 == 0 {
                    let place = (node.id.level / 8, node.id.index / TILE_WIDTH);
                    made.entry(place).or_default().extend(node.hash.0);
                }
            }
            rest = after;
        }
        if !rest.is_empty() {
            return Ok(false);
        }
    }
    for tile in tiles {
        if made.get(&(tile.level, tile.index)) != Some(&read(tile.path())?) {
            return Ok(false);
        }
    }
    Ok(tree.root() == *head.root())
}

/// Cosigns once, or again and again. What cannot be cosigned now is told, and tried again at the next turn: the log may be
/// about to be exported.
async fn witness(
    folder: &Path,
    state: &Path,
    (log, name): (&str, &str),
    every: Option<u64>,
    lang: Lang,
) -> Result<ExitCode> {
    let Some(seconds) = every else { return cosign(folder, state, log, name, lang) };
    loop {
        if let Err(problem) = cosign(folder, state, log, name, lang) {
            aside!("{}", crate::say::problem(&problem));
        }
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}

/// Checks the exported tiles against the head and the head against what was signed last, and only then signs.
fn cosign(folder: &Path, state: &Path, log: &str, name: &str, lang: Lang) -> Result<ExitCode> {
    let log = VerifierKey::from_text(log)?;
    let secret_file = beside(state, "key");
    let key = open_key(&secret_file, SignatureKind::Cosignature, Some(name), lang)?;
    let checkpoint = folder.join("checkpoint");
    let text = fs::read_to_string(&checkpoint).with_context(|| checkpoint.display().to_string())?;
    let mut note = Note::from_text(&text)?;
    let head = Checkpoint::open(&note, &log)?;
    let seen = match read_if_there(state)? {
        Some(text) => Some(Checkpoint::open(&Note::from_text(&text)?, &log)?),
        None => None,
    };
    // Fewer leaves need no proof to be refused.
    let older = seen.as_ref().map_or(0, Checkpoint::size);
    let nodes = TileNodes::new(head.size(), |tile: TileId| fs::read(folder.join(tile.path())).ok());
    if root_of(&nodes, head.size())? != *head.root() || !whole(folder, &head)? {
        bail!(
            "{}",
            lang.pick(
                "文件夹里的记录和瓦片算不出检查点的树根，没有会签；用 docs/audit/verify.py 看是哪个文件",
                "entries and tiles in the folder do not give the root of the checkpoint; nothing was cosigned; docs/audit/verify.py names the file"
            )
        );
    }
    let proof =
        if older <= head.size() { consistency_proof(&nodes, older, head.size())? } else { Vec::new() };
    let witness = Witness::from_key(key, log);
    let time_s = u64::try_from(now_ms() / 1000).unwrap_or(0);
    let signed = witness.cosign(seen.as_ref(), &note, &proof, time_s)?;
    note.add(signed.line);
    // What was signed is kept before anybody gets it.
    replace(state, &note.to_text())?;
    replace(&checkpoint, &note.to_text())?;
    // The next export puts a head without this line in the place of the checkpoint.
    replace(&folder.join("witnessed"), &note.to_text())?;
    say!(
        "{}\n{}",
        lang.pick(
            &format!("已会签 {} 片叶；上次会签 {older} 片", head.size()),
            &format!("{} leaves cosigned; {older} the last time", head.size())
        ),
        witness.public().to_text()
    )?;
    Ok(ExitCode::SUCCESS)
}
