//! `doudi keys`: the keys of a database, from the day they are made to the day an old one is destroyed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};
use doudi_access::keys::{Cost, KeyFile, KeyPurpose};
use doudi_access::{Algorithm, Epoch};
use doudi_monitoring::originals::Originals;
use doudi_monitoring::pipeline::{self, Folders};
use doudi_policy::lang::Lang;
use doudi_store::{Store, StoreError};

use crate::audit_log::read_if_there;
use crate::cli::Tongue;
use crate::keys::{self, KeyArgs};
use crate::say::{aside, grouped, say};

/// `doudi keys …`
#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    /// Language of what is printed
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) lang: Tongue,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

/// A database and its keys.
#[derive(Debug, Args)]
pub(crate) struct Kept {
    /// Database: sqlite://FILE or postgres://…
    #[arg(long, default_value = "sqlite://doudi.db")]
    database: String,
    /// Its keys.
    #[command(flatten)]
    keys: KeyArgs,
}

/// The suite of a generation of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// 国密: SM4-GCM with HMAC-SM3
    Sm4,
    /// International: AES-256-GCM-SIV with HMAC-SHA-256
    Aes,
}

impl From<Suite> for Algorithm {
    fn from(suite: Suite) -> Self {
        match suite {
            Suite::Sm4 => Self::Sm4GcmSm3,
            Suite::Aes => Self::Aes256GcmSivSha256,
        }
    }
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// 新建: make the keys of a new database, and one share for each holder
    Create {
        /// Key file to write; it is never written over
        #[arg(long, default_value = "keys/doudi.keys")]
        file: PathBuf,
        /// How many people hold a share
        #[arg(long)]
        holders: u8,
        /// How many of them must come together to open the file, two at least
        #[arg(long)]
        threshold: u8,
        /// Suite that seals
        #[arg(long, value_enum, default_value_t = Suite::Sm4)]
        suite: Suite,
        /// Write each share into a file of this folder instead of printing it, to be carried away by its holder
        #[arg(long)]
        shares: Option<PathBuf>,
    },
    /// 查看: how many people open the file; with their shares its generations; with a database what each one seals there
    Show(Kept),
    /// 轮换: add a generation, which seals from the next start of the program on; older ones still open
    Rotate {
        /// Which keys
        #[command(flatten)]
        kept: Kept,
        /// Suite of the new generation (default: as before)
        #[arg(long, value_enum)]
        suite: Option<Suite>,
    },
    /// 重新加密: seal everything anew with the newest generation, beside readers and writers; may be stopped and goes on
    Reseal {
        /// Which database
        #[command(flatten)]
        kept: Kept,
        /// Folder for deliveries, whose originals are sealed anew too
        #[arg(long, default_value = "doudi-data")]
        data: PathBuf,
        /// Rows of one transaction: other writers wait no longer than this takes
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        batch: u32,
    },
    /// 销毁: take an old generation out of the key file, once nothing in the database needs it. There is no way back
    Destroy {
        /// Which keys
        #[command(flatten)]
        kept: Kept,
        /// Folder for deliveries, whose originals must not need the generation any more
        #[arg(long, default_value = "doudi-data")]
        data: PathBuf,
        /// The generation
        #[arg(long)]
        epoch: u32,
    },
}

pub(crate) async fn run(args: KeysArgs) -> Result<ExitCode> {
    let lang = Lang::from(args.lang);
    match args.command {
        KeysCommand::Create { file, holders, threshold, suite, shares } => {
            create(&file, (holders, threshold), suite.into(), shares.as_deref(), lang)
        }
        KeysCommand::Show(kept) => show(&kept, lang).await,
        KeysCommand::Rotate { kept, suite } => rotate(&kept, suite.map(Algorithm::from), lang).await,
        KeysCommand::Reseal { kept, data, batch } => reseal(&kept, &Folders { data }, batch, lang).await,
        KeysCommand::Destroy { kept, data, epoch } => destroy(&kept, Folders { data }, epoch, lang).await,
    }
}

fn told(error: &StoreError, lang: Lang) -> anyhow::Error {
    anyhow!("{}", lang.pick(&error.zh(), &error.en()))
}

fn create(
    file: &Path,
    people: (u8, u8),
    suite: Algorithm,
    shares: Option<&Path>,
    lang: Lang,
) -> Result<ExitCode> {
    let fresh = keys::make(KeyPurpose::Master, suite, people, Cost::USUAL, lang)?;
    fresh.write(file, lang)?;
    let (holders, threshold) = people;
    say!(
        "{}",
        lang.pick(
            &format!(
                "密钥文件 {}：{holders} 人持有份额，{threshold} 人到场才能打开。每份只显示这一次，交给本人，各自锁好；份额少于 {threshold} 份，数据就再也打不开",
                file.display()
            ),
            &format!(
                "key file {}: {holders} people hold a share, and {threshold} of them open it. Each share is given once: hand it to its holder, to be locked up by them alone; with fewer than {threshold} left the data never opens again",
                file.display()
            ),
        )
    )?;
    match shares {
        Some(folder) => {
            for path in fresh.write_shares(folder, lang)? {
                say!("{}", path.display())?;
            }
        }
        None => {
            for share in &fresh.shares {
                let who = share.holder();
                say!("{}", lang.pick(&format!("第 {who} 位持有人："), &format!("holder {who}:")))?;
                say!("{}", keys::text_of(share))?;
            }
        }
    }
    say!("{}", keys::uncertified(lang))?;
    Ok(ExitCode::SUCCESS)
}

fn name_of(suite: Algorithm) -> &'static str {
    match suite {
        Algorithm::Sm4GcmSm3 => "SM4-GCM + HMAC-SM3",
        Algorithm::Aes256GcmSivSha256 => "AES-256-GCM-SIV + HMAC-SHA-256",
    }
}

async fn show(kept: &Kept, lang: Lang) -> Result<ExitCode> {
    let path = kept.keys.file(&kept.database);
    let Some(text) = read_if_there(&path)? else {
        let path = path.display();
        bail!("{}", lang.pick(&format!("没有密钥文件 {path}"), &format!("there is no key file {path}")));
    };
    let file = KeyFile::from_json(&text).map_err(|f| keys::told(&f, lang))?;
    let (holders, threshold) = (file.holders(), file.threshold());
    say!(
        "{}",
        lang.pick(
            &format!("{}：{holders} 人持有，{threshold} 人到场打开", path.display()),
            &format!("{}: {holders} holders, {threshold} open it", path.display()),
        )
    )?;
    say!("{}", keys::uncertified(lang))?;
    match kept.keys.unlock(&kept.database, lang).await {
        Ok(unlocked) => {
            let newest = unlocked.ring().newest();
            for (epoch, suite) in unlocked.ring().generations() {
                let use_ = if epoch == newest {
                    lang.pick("现用", "in use")
                } else {
                    lang.pick("只读旧值", "opens only")
                };
                say!("  {epoch}: {} ({use_})", name_of(suite))?;
            }
        }
        Err(closed) => aside!("{}", crate::say::problem(&closed)),
    }
    if super::must_exist(&kept.database).is_ok() {
        let store = super::open_closed(&kept.database, lang).await?;
        let found = store.epochs_in_use().await;
        store.close().await;
        for (epoch, values) in found.map_err(|e| told(&e, lang))? {
            let values = grouped(usize::try_from(values).unwrap_or_default());
            say!(
                "{}",
                lang.pick(
                    &format!("数据库中第 {epoch} 期加密的值：{values}"),
                    &format!("values in the database under generation {epoch}: {values}")
                )
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn rotate(kept: &Kept, suite: Option<Algorithm>, lang: Lang) -> Result<ExitCode> {
    let path = kept.keys.file(&kept.database);
    let mut unlocked = kept.keys.unlock(&kept.database, lang).await?;
    let newest = unlocked.ring().newest();
    let before = unlocked.ring().generations().into_iter().find(|(epoch, _)| *epoch == newest);
    let suite = suite.or(before.map(|(_, suite)| suite)).unwrap_or(Algorithm::Sm4GcmSm3);
    let epoch = unlocked.ring_mut().rotate(suite, &mut keys::random()?).map_err(|f| keys::told(&f, lang))?;
    keys::rewrite(&path, &unlocked, lang)?;
    say!(
        "{}",
        lang.pick(
            &format!(
                "已加入第 {epoch} 期密钥（{}），份额不变。现在请重新启动 doudi serve 和其他程序，它们从此用新密钥加密；再执行 doudi keys reseal，把旧值全部重新加密",
                name_of(suite)
            ),
            &format!(
                "generation {epoch} added ({}); the shares stay as they are. Start doudi serve and whatever else runs again, so that they seal with it; then run doudi keys reseal to seal everything older anew",
                name_of(suite)
            ),
        )
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses a folder that is not this database's: originals in the right one may need a key that is to go.
async fn check_folder(store: &Store, folders: &Folders, lang: Lang) -> Result<()> {
    let its = pipeline::these_are_its_files(store, folders).await.map_err(|e| super::told(&e, lang))?;
    if its {
        return Ok(());
    }
    let data = folders.data.display();
    bail!(
        "{}",
        lang.pick(
            &format!("{data} 里没有这个数据库的全部交付文件和原件；原件也用密钥加密，请用 --data 指明它的数据文件夹"),
            &format!("not all files of this database's deliveries and originals lie in {data}; originals are sealed with these keys, too: name its data folder with --data"),
        )
    )
}

async fn reseal(kept: &Kept, folders: &Folders, batch: u32, lang: Lang) -> Result<ExitCode> {
    super::must_exist(&kept.database)?;
    let mut stop = super::Stop::listen()?;
    let store = kept.keys.open(&kept.database, lang).await?;
    // A batch that is cut off is rolled back: the next start goes on before it.
    let done = tokio::select! {
        done = all_batches(&store, folders, batch, lang) => done,
        code = stop.come() => {
            aside!("{}", lang.pick("已停下；再次执行 doudi keys reseal 会接着做", "stopped; doudi keys reseal goes on from here"));
            Ok(ExitCode::from(code))
        }
    };
    store.close().await;
    done
}

async fn all_batches(store: &Store, folders: &Folders, batch: u32, lang: Lang) -> Result<ExitCode> {
    check_folder(store, folders, lang).await?;
    let newest = store.keys().map_err(|e| told(&e, lang))?.newest();
    let (mut table, mut rows, mut total) = ("", 0_u64, 0_u64);
    loop {
        let progress = store.reseal_batch(batch).await.map_err(|e| told(&e, lang))?;
        if progress.table != table && rows > 0 {
            say!("{table}: {}", grouped(usize::try_from(rows).unwrap_or_default()))?;
            rows = 0;
        }
        table = progress.table;
        rows = rows.saturating_add(progress.rows);
        total = total.saturating_add(progress.rows);
        if !progress.finished {
            continue;
        }
        let left: i64 = old_values(store, newest, lang).await?.iter().map(|(_, n)| n).sum();
        if left == 0 {
            break;
        }
    }
    // An import that began before the rotation has ended by now, or is refused by the database.
    let files = pipeline::reseal_originals(store, folders).await.map_err(|e| super::told(&e, lang))?;
    if files > 0 {
        say!("{}: {files}", lang.pick("原件", "originals"))?;
    }
    let old: Vec<String> = store
        .keys()
        .map_err(|e| told(&e, lang))?
        .epochs()
        .into_iter()
        .filter(|epoch| *epoch != newest)
        .map(|epoch| epoch.to_string())
        .collect();
    let total = grouped(usize::try_from(total).unwrap_or_default());
    let next = if old.is_empty() {
        String::new()
    } else {
        let old = old.join(", ");
        lang.pick(
            &format!("；旧密钥（第 {old} 期）可以用 doudi keys destroy --epoch 销毁，销毁后用它加密的旧备份也打不开"),
            &format!("; the older keys ({old}) may be destroyed with doudi keys destroy --epoch, after which old backups under them do not open either"),
        )
        .to_owned()
    };
    say!(
        "{}",
        lang.pick(
            &format!("重新加密 {total} 行，库中没有旧密钥加密的值了，全部为第 {newest} 期{next}"),
            &format!("{total} rows sealed anew; no value of an older key is left, all are of generation {newest}{next}"),
        )
    )?;
    Ok(ExitCode::SUCCESS)
}

/// What is still sealed with another key than the newest.
async fn old_values(store: &Store, newest: Epoch, lang: Lang) -> Result<Vec<(Epoch, i64)>> {
    let all = store.epochs_in_use().await.map_err(|e| told(&e, lang))?;
    Ok(all.into_iter().filter(|(epoch, _)| *epoch != newest).collect())
}

async fn destroy(kept: &Kept, folders: Folders, epoch: u32, lang: Lang) -> Result<ExitCode> {
    super::must_exist(&kept.database)?;
    let Some(epoch) = Epoch::new(epoch) else {
        bail!("{}", lang.pick("密钥期从 1 数起", "generations count from 1"));
    };
    let path = kept.keys.file(&kept.database);
    let mut unlocked = kept.keys.unlock(&kept.database, lang).await?;
    // Refused before anything is asked of the database.
    unlocked.ring_mut().destroy(epoch).map_err(|f| keys::told(&f, lang))?;
    // Opened with the old key still held: whoever has not started again since the rotation cannot write from now on.
    let store = kept.keys.open(&kept.database, lang).await?;
    let recorded = async {
        let left = store.epochs_in_use().await.map_err(|e| told(&e, lang))?.get(&epoch).copied();
        if let Some(left) = left {
            bail!(
                "{}",
                lang.pick(
                    &format!("还有 {left} 个值用第 {epoch} 期密钥加密，没有销毁；请先执行 doudi keys reseal"),
                    &format!("{left} values are still sealed with generation {epoch}, and it was not destroyed; run doudi keys reseal first"),
                )
            );
        }
        check_folder(&store, &folders, lang).await?;
        let here = Originals::new(folders.originals()).epochs();
        let files = here.map_err(|e| super::told(&e.into(), lang))?.get(&epoch).copied();
        if let Some(files) = files {
            bail!(
                "{}",
                lang.pick(
                    &format!("还有 {files} 份原件用第 {epoch} 期密钥加密，没有销毁；请先执行 doudi keys reseal"),
                    &format!("{files} originals are still sealed with generation {epoch}, and it was not destroyed; run doudi keys reseal first"),
                )
            );
        }
        store.record_destroyed(epoch).await.map_err(|e| told(&e, lang))
    };
    let recorded = recorded.await;
    store.close().await;
    recorded?;
    keys::rewrite(&path, &unlocked, lang)?;
    say!(
        "{}",
        lang.pick(
            &format!("第 {epoch} 期密钥已从 {} 中销毁；请把这个文件的旧副本也销毁", path.display()),
            &format!(
                "generation {epoch} is gone from {}; destroy older copies of this file, too",
                path.display()
            ),
        )
    )?;
    Ok(ExitCode::SUCCESS)
}
