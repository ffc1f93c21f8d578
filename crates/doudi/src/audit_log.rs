//! 审计日志的钥匙与定序: the key that signs the log, the last head that it signed, and the loop that grows the tree.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow, bail};
use doudi_access::Secret;
use doudi_access::audit::{Checkpoint, LogKey, Note, SignatureKind};
use doudi_policy::lang::Lang;
use doudi_store::audit::Head;
use doudi_store::{Store, hex};

use crate::say::aside;

/// First line of a key file.
const FORMAT: &str = "doudi-audit-key/v1";
/// Leaves of one transaction of the sequencer: other writers wait no longer than this takes.
const RUN: u32 = 2_000;
/// Milliseconds that a lease lasts; a sequencer that has died is replaced after this.
const LEASE_MS: i64 = 5_000;
/// Between two looks for waiting leaves.
const PAUSE: Duration = Duration::from_millis(500);
/// A failure that goes on is told again after this many looks.
const TELL_AGAIN: u32 = 600;

/// The log of a database: its key, and where the last head that the key signed is kept.
pub(crate) struct AuditLog {
    key: LogKey,
    head: PathBuf,
    holder: String,
}

impl AuditLog {
    /// Opens the key file, or makes it.
    pub(crate) fn open(database: &str, file: Option<&Path>, lang: Lang) -> Result<Self> {
        let file = file.map_or_else(|| key_file(database), Path::to_path_buf);
        let key = open_key(&file, SignatureKind::Ed25519, None, lang)?;
        Ok(Self { key, head: beside(&file, "head"), holder: hex(&random::<8>()?) })
    }

    /// Opens the key file where there is one.
    pub(crate) fn open_if_there(database: &str, file: Option<&Path>, lang: Lang) -> Result<Option<Self>> {
        let path = file.map_or_else(|| key_file(database), Path::to_path_buf);
        if path.try_exists().with_context(|| path.display().to_string())? {
            Self::open(database, Some(&path), lang).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The key of the log.
    pub(crate) fn key(&self) -> &LogKey {
        &self.key
    }

    /// The last head that the key signed, as a note.
    pub(crate) fn last_note(&self) -> Result<Option<String>> {
        read_if_there(&self.head)
    }

    /// Sequences what waits and signs the head. Gives the leaves added; `None` where another process holds the lease.
    pub(crate) async fn grow(&self, store: &Store, lang: Lang) -> Result<Option<u64>> {
        let told = |e: doudi_store::StoreError| anyhow!("{}", lang.pick(&e.zh(), &e.en()));
        let mut added = 0_u64;
        loop {
            let run = store.sequence_leaves(&self.holder, now_ms(), LEASE_MS, RUN).await.map_err(told)?;
            let Some(grown) = run else { return Ok(None) };
            added = added.saturating_add(grown.added);
            if grown.added < u64::from(RUN) {
                break;
            }
        }
        let last = match self.last_note()? {
            Some(text) => Some(Checkpoint::open(&Note::from_text(&text)?, self.key.public())?),
            None => None,
        };
        if let Some((head, note)) = store.sign_head(&self.key, last.as_ref()).await.map_err(told)? {
            let text = note.to_text();
            // The head is kept here first: what is signed once must never be forgotten.
            replace(&self.head, &text)?;
            store.keep_checkpoint(&head, &text, now_ms()).await.map_err(told)?;
        } else if let (Some(head), Some(text)) = (&last, self.last_note()?) {
            // A process that ended between the two keeps left the database without its last head.
            let head = Head { size: head.size(), root: *head.root() };
            store.keep_checkpoint(&head, &text, now_ms()).await.map_err(told)?;
        }
        Ok(Some(added))
    }

    /// Grows the tree as long as the program runs. A failure is told and does not end the pages: leaves wait in the
    /// database, and `doudi check` says so.
    pub(crate) async fn keep_growing(&self, store: &Store, lang: Lang) {
        let mut failed = 0_u32;
        loop {
            let waiting = store.waiting_leaves().await.map_or(1, |w| w.leaves);
            if waiting > 0 {
                match self.grow(store, lang).await {
                    Ok(_) => failed = 0,
                    Err(problem) => {
                        if failed.is_multiple_of(TELL_AGAIN) {
                            aside!("{}", crate::say::problem(&problem));
                        }
                        failed = failed.saturating_add(1);
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Milliseconds since 1970 (UTC).
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Beside an SQLite file; in the current folder for PostgreSQL.
fn key_file(database: &str) -> PathBuf {
    if database.starts_with("postgres://") || database.starts_with("postgresql://") {
        return PathBuf::from("doudi.audit-key");
    }
    let path = database.strip_prefix("sqlite://").or_else(|| database.strip_prefix("sqlite:"));
    let path = path.unwrap_or(database).split('?').next().unwrap_or_default();
    PathBuf::from(format!("{path}.audit-key"))
}

/// The file of the same name with a further ending.
pub(crate) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// The text of a file, `None` where there is none.
pub(crate) fn read_if_there(file: &Path) -> Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| file.display().to_string()),
    }
}

/// Puts a text in the place of a file's, whole or not at all, and on the disk before it returns.
pub(crate) fn replace(file: &Path, text: &str) -> Result<()> {
    let fresh = beside(file, "new");
    let written = || -> std::io::Result<()> {
        let mut out = fs::File::create(&fresh)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        fs::rename(&fresh, file)?;
        sync_folder(file)
    };
    written().with_context(|| file.display().to_string())
}

/// Puts the name of a file on the disk.
pub(crate) fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| anyhow!("{e}"))?;
    Ok(bytes)
}

/// The key in a file, made where there is none. `name` is the key's name at first use; without one, a name that no
/// other log has.
pub(crate) fn open_key(file: &Path, kind: SignatureKind, name: Option<&str>, lang: Lang) -> Result<LogKey> {
    let text = match read_if_there(file)? {
        Some(text) => text,
        None => make_key(file, name)?,
    };
    private(file, lang)?;
    let mut lines = text.lines();
    let (format, name, secret) = (lines.next(), lines.next(), lines.next().and_then(secret));
    let (Some(FORMAT), Some(name), Some(secret)) = (format, name, secret) else {
        let told =
            lang.pick("不是审计签名密钥文件，或已损坏", "is no key file of an audit log, or is damaged");
        bail!("{} {told}", file.display());
    };
    Ok(LogKey::from_secret(name, kind, &Secret::new(secret))?)
}

fn make_key(file: &Path, name: Option<&str>) -> Result<String> {
    let name = match name {
        Some(name) => name.to_owned(),
        None => format!("doudi.local/audit-{}", hex(&random::<6>()?)),
    };
    let text = format!("{FORMAT}\n{name}\n{}\n", hex(&random::<32>()?));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = || -> std::io::Result<()> {
        let mut out = options.open(file)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()
    };
    written().with_context(|| file.display().to_string())?;
    Ok(text)
}

/// Refuses a secret that others on the machine can read.
pub(crate) fn private(file: &Path, lang: Lang) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if fs::metadata(file)?.permissions().mode() & 0o077 != 0 {
            let told = lang.pick(
                "其他用户也能读到这个文件，没有使用；请先执行 chmod 600",
                "can be read by others on this machine and was not used; run chmod 600 on it",
            );
            bail!("{}: {told}", file.display());
        }
    }
    #[cfg(not(unix))]
    let _ = (file, lang);
    Ok(())
}

fn secret(text: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[a, b]| Some(digit(a)? << 4 | digit(b)?)).collect();
    bytes.filter(|_| rest.is_empty())?.try_into().ok()
}
