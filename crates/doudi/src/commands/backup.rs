//! `doudi backup`: everything in the database and its files, while others write, sealed to a key that nobody holds alone.

mod files;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use doudi_access::keys::RecoveryKey;
use doudi_monitoring::originals::Originals;
use doudi_monitoring::pipeline::Folders;
use doudi_policy::lang::Lang;
use doudi_store::backup::{FileState, Frame, Manifest};
use doudi_store::{Store, StoreError};

pub(super) use files::stays_inside as files_stay_inside;

use super::restore;
use crate::audit_log::now_ms;
use crate::cli::{BackupArgs, BackupCommand, Format};
use crate::say::say;
use crate::sealed_file::SealedWriter;

/// Exit code of a run that did what it could and has something to say: a file or a range of the record is missing.
pub(super) const NOT_WHOLE: u8 = 3;

pub(crate) async fn run(args: BackupArgs) -> Result<ExitCode> {
    let lang = Lang::from(args.lang);
    match (args.command, args.to, args.recovery) {
        (Some(BackupCommand::Key { holders, threshold, to }), ..) => key(holders, threshold, &to, lang),
        (Some(BackupCommand::Verify(from)), ..) => restore::verify(&from, args.format, lang),
        (None, Some(to), Some(recovery)) => {
            let made = Making { data: &args.data, to: &to, recovery: &recovery, lang };
            made.run(&args.database, args.suite.into(), args.format).await
        }
        // The command line asks for both.
        (None, ..) => Ok(ExitCode::FAILURE),
    }
}

pub(super) fn told(error: &StoreError, lang: Lang) -> anyhow::Error {
    anyhow!("{}", lang.pick(&error.zh(), &error.en()))
}

struct Making<'a> {
    data: &'a Path,
    to: &'a Path,
    recovery: &'a Path,
    lang: Lang,
}

impl Making<'_> {
    async fn run(&self, database: &str, suite: doudi_access::Algorithm, format: Format) -> Result<ExitCode> {
        let lang = self.lang;
        super::must_exist(database)?;
        let text = fs::read_to_string(self.recovery).with_context(|| self.recovery.display().to_string())?;
        let key = RecoveryKey::from_json(&text)
            .map_err(|f| anyhow!("{}: {}", self.recovery.display(), lang.pick(&f.zh(), &f.en())))?;
        let started = Instant::now();
        let out = SealedWriter::create(self.to, key, suite, lang)?;
        let store = super::open_closed(database, lang).await?;
        let made = self.write(&store, out).await;
        store.close().await;
        let (manifest, bytes) = made?;
        self.report(&manifest, bytes, started.elapsed().as_secs_f32(), key, format)
    }

    async fn write(&self, store: &Store, mut out: SealedWriter) -> Result<(Manifest, u64)> {
        let lang = self.lang;
        let version = env!("CARGO_PKG_VERSION");
        let dumped = store.dump(version, now_ms(), &mut out).await.map_err(|e| told(&e, lang))?;
        let mut manifest = dumped.manifest.clone();
        manifest.files = files::write(self.data, &dumped, &mut out, lang)?;
        Frame::End(Box::new(manifest.clone())).write(&mut out).map_err(|e| told(&e, lang))?;
        let bytes = out.finish()?;
        store.record_backup(&manifest).await.map_err(|e| told(&e, lang))?;
        Ok((manifest, bytes))
    }

    fn report(
        &self,
        manifest: &Manifest,
        bytes: u64,
        seconds: f32,
        key: RecoveryKey,
        format: Format,
    ) -> Result<ExitCode> {
        let lost = manifest.lost_files().count();
        let originals = Originals::new(Folders { data: self.data.to_owned() }.originals()).all()?.len();
        if format == Format::Json {
            let all = serde_json::json!({
                "bytes": bytes, "seconds": seconds, "manifest_digest": manifest.digest(),
                "recovery_key": key.fingerprint(), "manifest": manifest,
                "originals": { "included": false, "in_the_data_folder": originals },
            });
            say!("{all}")?;
        } else {
            let lang = self.lang;
            let (rows, leaves, files) = (manifest.rows(), manifest.tree.size, manifest.files.len() - lost);
            say!(
                "{}",
                lang.pick(
                    &format!(
                        "已备份 {} 张表 {rows} 行、{files} 个文件，审计树 {leaves} 片叶；{bytes} 字节，用时 {seconds:.1} 秒",
                        manifest.tables.len()
                    ),
                    &format!(
                        "{} tables with {rows} rows and {files} files backed up, audit tree of {leaves} leaves; {bytes} bytes in {seconds:.1} s",
                        manifest.tables.len()
                    ),
                )
            )?;
            say!(
                "{}",
                lang.pick(
                    &format!(
                        "恢复密钥 {}：{} 位持有人中须有 {} 位到场。清单摘要 {}",
                        key.fingerprint(),
                        key.holders(),
                        key.threshold(),
                        manifest.digest()
                    ),
                    &format!(
                        "recovery key {}: {} of {} holders must come together. Manifest digest {}",
                        key.fingerprint(),
                        key.threshold(),
                        key.holders(),
                        manifest.digest()
                    ),
                )
            )?;
            say!(
                "{}",
                lang.pick(
                    &format!("原件不在备份里（数据文件夹现有 {originals} 份）：备份会比原件的保存期更久"),
                    &format!("originals are not in it ({originals} in the data folder): a backup would outlive their days"),
                )
            )?;
            say_lost(manifest, lang)?;
        }
        Ok(if lost == 0 { ExitCode::SUCCESS } else { ExitCode::from(NOT_WHOLE) })
    }
}

/// Names the files that are not in a backup.
pub(super) fn say_lost(manifest: &Manifest, lang: Lang) -> Result<()> {
    for file in manifest.lost_files() {
        let why = match file.state {
            FileState::Altered => lang.pick("与登记的摘要不符", "is not what the database knows"),
            FileState::Missing | FileState::Kept => {
                lang.pick("不在数据文件夹里", "was not in the data folder")
            }
        };
        say!("✗ {}：{why}{}", file.path, lang.pick("，没有备份", " and was not backed up"))?;
    }
    Ok(())
}

/// Makes a recovery key. The public part is on the disk before a share is shown, so that no share is ever for nothing.
fn key(holders: u8, threshold: u8, to: &Path, lang: Lang) -> Result<ExitCode> {
    let (key, shares) = RecoveryKey::create((holders, threshold), &mut crate::keys::random()?)
        .map_err(|f| anyhow!("{}", lang.pick(&f.zh(), &f.en())))?;
    let json = key.to_json().map_err(|f| anyhow!("{f}"))?;
    let written = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(to)?;
        writeln!(file, "{json}")?;
        file.sync_all()
    };
    written().with_context(|| to.display().to_string())?;
    say!(
        "{}",
        lang.pick(
            &format!(
                "公开部分已写入 {}（{}）。下面每行是一位持有人的份额，只显示这一次，不存盘：请各自抄在纸上，当面核对，分开锁好；任何 {threshold} 份合起来可以恢复，少一份也不行。",
                to.display(),
                key.fingerprint()
            ),
            &format!(
                "The public part is in {} ({}). Each line below is one holder's share, shown this once and kept nowhere: each holder copies it on paper, compares, and locks it away apart from the others. Any {threshold} restore; one fewer cannot.",
                to.display(),
                key.fingerprint()
            ),
        )
    )?;
    for share in &shares {
        say!("{}", share.to_text().expose_text().unwrap_or_default())?;
    }
    Ok(ExitCode::SUCCESS)
}
