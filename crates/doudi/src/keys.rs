//! 密钥: where the keys of a database lie, whose shares open them, and the store opened with both.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use doudi_access::keys::{Cost, KeyFile, KeyPurpose, Share, Unlocked};
use doudi_access::{Algorithm, Fault, KeyRing, SoftKeys};
use doudi_policy::lang::Lang;
use doudi_store::{Keys, Store};
use rand_core::UnwrapErr;

use crate::audit_log::{private, read_if_there, replace};
use crate::commands::{is_postgres, open_closed, open_with, sqlite_path};

/// The key file and the shares that open it, for every command that reads or writes what is sealed.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct KeyArgs {
    /// Key file of the database (default: $DOUDI_KEYS, else keys/doudi.keys beside the database)
    #[arg(long, global = true)]
    pub(crate) keys: Option<PathBuf>,
    /// File with a holder's share, once for each who has come; `-` reads them from standard input, one a line. Default:
    /// $DOUDI_SHARES; those beside the key file only where every division is fictional
    #[arg(long, global = true)]
    pub(crate) share: Vec<PathBuf>,
}

/// Name of the key file in its folder.
const FILE: &str = "doudi.keys";
/// Folder of keys beside a database.
const FOLDER: &str = "keys";
/// Files of shares in a folder begin so.
const SHARE: &str = "share-";

/// Whether software keys are certified: they are not, and whoever makes them is told so.
pub(crate) fn uncertified(lang: Lang) -> &'static str {
    lang.pick(
        "软件密钥，未经商用密码产品认证，非密评。",
        "Keys in software: no certified cryptographic product (非密评).",
    )
}

pub(crate) fn told(fault: &Fault, lang: Lang) -> anyhow::Error {
    anyhow!("{}", lang.pick(&fault.zh(), &fault.en()))
}

/// Random numbers of the operating system, for making keys.
pub(crate) fn random() -> Result<UnwrapErr<getrandom::SysRng>> {
    // What would stop the program later is told here.
    getrandom::fill(&mut [0; 32]).map_err(|e| anyhow!("{e}"))?;
    Ok(UnwrapErr(getrandom::SysRng))
}

/// A new key file and its shares, not yet written anywhere.
pub(crate) struct Fresh {
    pub(crate) file: KeyFile,
    pub(crate) shares: Vec<Share>,
    pub(crate) keys: Keys,
}

/// Makes keys for `people` (holders, threshold).
pub(crate) fn make(
    purpose: KeyPurpose,
    suite: Algorithm,
    people: (u8, u8),
    cost: Cost,
    lang: Lang,
) -> Result<Fresh> {
    let mut rng = random()?;
    let ring = KeyRing::generate(suite, &mut rng);
    let (file, shares) =
        KeyFile::create(purpose, &ring, people, cost, suite, &mut rng).map_err(|f| told(&f, lang))?;
    let keys = Keys::new(SoftKeys::derive(&ring).map_err(|f| told(&f, lang))?);
    Ok(Fresh { file, shares, keys })
}

impl Fresh {
    /// Writes the key file; refuses to write over one.
    pub(crate) fn write(&self, path: &Path, lang: Lang) -> Result<()> {
        let text = self.file.to_json().map_err(|f| told(&f, lang))?;
        write_new(path, &text, lang)
    }

    /// Writes each share into a file of its own in a folder. Gives their paths.
    pub(crate) fn write_shares(&self, folder: &Path, lang: Lang) -> Result<Vec<PathBuf>> {
        let mut paths = Vec::with_capacity(self.shares.len());
        for share in &self.shares {
            let path = folder.join(format!("{SHARE}{}.txt", share.holder()));
            write_new(&path, &format!("{}\n", text_of(share)), lang)?;
            paths.push(path);
        }
        Ok(paths)
    }
}

/// A share as the line that its holder keeps.
pub(crate) fn text_of(share: &Share) -> String {
    share.to_text().expose_text().unwrap_or_default().to_owned()
}

/// A file that only its owner may read, and that was not there.
pub(crate) fn new_file(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a text into a [`new_file`].
fn write_new(path: &Path, text: &str, lang: Lang) -> Result<()> {
    use std::io::Write as _;
    let written = || -> std::io::Result<()> {
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        let mut out = new_file(path)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()
    };
    match written() {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => bail!(
            "{}: {}",
            path.display(),
            lang.pick(
                "文件已存在，不会覆盖：覆盖密钥就再也打不开数据库",
                "is there already and is not written over: without these keys the database never opens again"
            )
        ),
        other => other.with_context(|| path.display().to_string()),
    }
}

/// Writes the key file again after its ring was changed; the shares stay as they are.
pub(crate) fn rewrite(path: &Path, unlocked: &Unlocked, lang: Lang) -> Result<()> {
    let file = unlocked.rewrap(&mut random()?).map_err(|f| told(&f, lang))?;
    replace(path, &file.to_json().map_err(|f| told(&f, lang))?)
}

/// Where the key file of a database lies unless it is named: beside an SQLite file, in the current folder for PostgreSQL.
pub(crate) fn default_file(database: &str) -> PathBuf {
    if is_postgres(database) {
        return Path::new(FOLDER).join(FILE);
    }
    in_folder(Path::new(sqlite_path(database)).parent().unwrap_or(Path::new("")))
}

/// The key file below a folder.
pub(crate) fn in_folder(folder: &Path) -> PathBuf {
    folder.join(FOLDER).join(FILE)
}

impl KeyArgs {
    /// The key file that is meant.
    pub(crate) fn file(&self, database: &str) -> PathBuf {
        let named = self.keys.clone().or_else(|| std::env::var_os("DOUDI_KEYS").map(PathBuf::from));
        named.unwrap_or_else(|| default_file(database))
    }

    /// The shares that were given, by file, by standard input or by the environment; `None` where none were.
    fn given(&self, lang: Lang) -> Result<Option<Vec<Share>>> {
        if let Some(text) = std::env::var("DOUDI_SHARES").ok().filter(|_| self.share.is_empty()) {
            return shares_in(&text, lang).map(Some);
        }
        let mut all = Vec::new();
        for path in &self.share {
            if path.as_os_str() == "-" {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text)?;
                all.extend(shares_in(&text, lang)?);
            } else {
                all.extend(shares_of(path, lang)?);
            }
        }
        Ok((!all.is_empty()).then_some(all))
    }

    /// Opens the key file with the shares that were given, or with those beside it where everything is fictional.
    pub(crate) async fn unlock(&self, database: &str, lang: Lang) -> Result<Unlocked> {
        let path = self.file(database);
        let Some(text) = read_if_there(&path)? else {
            // A database that cannot be opened at all is told first.
            let file = Path::new(sqlite_path(database));
            let folder = file.parent().filter(|p| !p.as_os_str().is_empty());
            if is_postgres(database) || file.exists() || folder.is_some_and(|p| !p.is_dir()) {
                open_closed(database, lang).await?.close().await;
            }
            let path = path.display();
            bail!(lang.pick(
                &format!(
                    "没有密钥文件 {path}。数据库里的敏感内容只加密保存：新库请先执行 doudi keys create --file {path} --holders 3 --threshold 2；已有的库请用 --keys 指明它的密钥文件"
                ),
                &format!(
                    "there is no key file {path}. What is sensitive is only ever stored sealed: for a new database run doudi keys create --file {path} --holders 3 --threshold 2 first; for one that exists name its key file with --keys"
                ),
            ).to_owned());
        };
        let file = KeyFile::from_json(&text).map_err(|f| told(&f, lang))?;
        if file.purpose() != KeyPurpose::Master {
            bail!(lang.pick(
                "这是恢复密钥，不是数据库的主密钥",
                "these are recovery keys, not those of a database"
            ));
        }
        let shares = match self.given(lang)? {
            Some(shares) => shares,
            None => beside(&path, file.threshold(), database, lang).await?,
        };
        file.unlock(&shares).map_err(|f| told(&f, lang))
    }

    /// The keys themselves.
    pub(crate) async fn load(&self, database: &str, lang: Lang) -> Result<Keys> {
        of(&self.unlock(database, lang).await?, lang)
    }

    /// The database, opened with its keys.
    pub(crate) async fn open(&self, database: &str, lang: Lang) -> Result<Store> {
        let keys = self.load(database, lang).await?;
        open_with(database, Some(keys), lang).await
    }
}

/// The keys of an open file.
pub(crate) fn of(unlocked: &Unlocked, lang: Lang) -> Result<Keys> {
    Ok(Keys::new(SoftKeys::derive(unlocked.ring()).map_err(|f| told(&f, lang))?))
}

/// Shares that lie beside the key file. Keys and shares in one place protect nobody: that is for fictional people.
async fn beside(file: &Path, need: u8, database: &str, lang: Lang) -> Result<Vec<Share>> {
    let lacking = || {
        let (zh, en) = (
            format!(
                "打开密钥文件需要 {need} 位持有人的份额；请每人用 --share 给出自己的份额文件，或用 --share - 逐行输入"
            ),
            format!(
                "{need} holders' shares open the key file; give each with --share FILE, or type them with --share -"
            ),
        );
        anyhow!("{}", lang.pick(&zh, &en))
    };
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(SHARE)))
        .collect();
    paths.sort();
    if paths.is_empty() {
        return Err(lacking());
    }
    if is_postgres(database) || Path::new(sqlite_path(database)).exists() {
        let store = open_closed(database, lang).await?;
        let real = store.holds_real_divisions().await;
        store.close().await;
        if real.map_err(|e| anyhow!("{}", lang.pick(&e.zh(), &e.en())))? {
            let why = lang.pick(
                "这个数据库里有真实区划，放在密钥文件旁边的份额不会自动使用；请由持有人各自保管",
                "this database holds real divisions, and shares that lie beside the key file are not taken by themselves; let each holder keep their own",
            );
            return Err(lacking().context(why));
        }
    }
    let mut shares = Vec::new();
    for path in paths {
        shares.extend(shares_of(&path, lang)?);
    }
    Ok(shares)
}

fn shares_of(path: &Path, lang: Lang) -> Result<Vec<Share>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    private(path, lang)?;
    shares_in(&text, lang).with_context(|| path.display().to_string())
}

/// One share a line, or several with semicolons between.
fn shares_in(text: &str, lang: Lang) -> Result<Vec<Share>> {
    let lines = text.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| Share::from_text(line).map_err(|f| told(&f, lang))).collect()
}
