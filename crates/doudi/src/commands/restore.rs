//! `doudi restore` and `doudi backup verify`: a backup is believed only when every digest and the audit tree fit.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail};
use doudi_access::audit::VerifierKey;
use doudi_access::keys::Share;
use doudi_policy::lang::Lang;
use doudi_store::audit::head_of;
use doudi_store::backup::{Checked, Checker, Frame, Frames, Load, Witnessed};

use super::backup::{NOT_WHOLE, files_stay_inside, say_lost, told};
use crate::audit_log::{beside, now_ms, sync_folder};
use crate::cli::{Format, FromArgs, RestoreArgs};
use crate::say::say;
use crate::sealed_file::{Closed, SealedReader};

/// A backup that is being read.
struct Backup {
    frames: Frames<SealedReader>,
    checker: Checker,
    lang: Lang,
}

impl Backup {
    /// Brings the holders together and reads the beginning.
    fn open(args: &FromArgs, lang: Lang) -> Result<Self> {
        let closed = Closed::open(&args.from, lang)?;
        let mut shares = Vec::new();
        for file in &args.share {
            let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
            let share = Share::from_text(&text)
                .map_err(|f| anyhow!("{}: {}", file.display(), lang.pick(&f.zh(), &f.en())))?;
            shares.push(share);
        }
        let secret = closed.key().unlock(&shares).map_err(|f| anyhow!("{}", lang.pick(&f.zh(), &f.en())))?;
        let mut frames = Frames::new(closed.unlock(&secret)?);
        let first = frames.next_frame().map_err(|e| told(&e, lang))?;
        let checker = Checker::begin(first, heads(args, lang)?).map_err(|e| told(&e, lang))?;
        Ok(Self { frames, checker, lang })
    }

    fn next(&mut self) -> Result<Option<Frame>> {
        let lang = self.lang;
        let frame = self.frames.next_frame().map_err(|e| told(&e, lang))?;
        if let Some(frame) = &frame {
            self.checker.take(frame).map_err(|e| told(&e, lang))?;
        }
        Ok(frame)
    }

    fn checked(&self) -> Result<Checked> {
        self.checker.checked().map_err(|e| told(&e, self.lang))
    }
}

/// The checkpoints that other offices hold.
fn heads(args: &FromArgs, lang: Lang) -> Result<Vec<Witnessed>> {
    let log = args.log.as_deref().map(VerifierKey::from_text).transpose()?;
    let mut heads = Vec::new();
    for file in &args.witnessed {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let Some((size, root)) = head_of(&text, log.as_ref()) else {
            let said = lang.pick(
                "不是这个日志签发的检查点，没有恢复",
                "is no checkpoint that this log has signed; nothing was restored",
            );
            bail!("{} {said}", file.display());
        };
        heads.push(Witnessed { place: file.display().to_string(), size, root });
    }
    Ok(heads)
}

/// Everything that a restore checks, without writing.
pub(super) fn verify(args: &FromArgs, format: Format, lang: Lang) -> Result<ExitCode> {
    let started = Instant::now();
    let mut backup = Backup::open(args, lang)?;
    while backup.next()?.is_some() {}
    report(&backup.checked()?, started.elapsed().as_secs_f32(), false, format, lang)
}

pub(crate) async fn run(args: RestoreArgs) -> Result<ExitCode> {
    let lang = Lang::from(args.lang);
    let started = Instant::now();
    super::empty_or_new(&args.data)?;
    let mut backup = Backup::open(&args.from, lang)?;
    let fresh = Fresh::of(&args.database);
    let restored = restore(&args, &mut backup, lang).await;
    let checked = match restored {
        Ok(checked) => checked,
        Err(problem) => {
            fresh.remove();
            return Err(problem);
        }
    };
    report(&checked, started.elapsed().as_secs_f32(), true, args.format, lang)
}

async fn restore(args: &RestoreArgs, backup: &mut Backup, lang: Lang) -> Result<Checked> {
    let mut load = Load::begin(&args.database, backup.checker.start()).await.map_err(|e| told(&e, lang))?;
    let mut staging = Staging::beside(&args.data)?;
    let read = async {
        while let Some(frame) = backup.next()? {
            load.take(&frame).await.map_err(|e| told(&e, lang))?;
            staging.take(&frame)?;
        }
        backup.checked()
    };
    let checked = match read.await {
        Ok(checked) => checked,
        Err(problem) => {
            load.give_up().await;
            return Err(problem);
        }
    };
    staging.settle(&args.data)?;
    match load.finish(&checked).await {
        Ok(store) => {
            store.close().await;
            Ok(checked)
        }
        Err(error) => {
            let _ = fs::remove_dir_all(&args.data);
            Err(told(&error, lang))
        }
    }
}

/// An SQLite file that was not there before: a failed restore leaves none.
struct Fresh(Option<PathBuf>);

impl Fresh {
    fn of(url: &str) -> Self {
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
        let path = Path::new(path.split('?').next().unwrap_or_default());
        Self((!super::is_postgres(url) && !path.exists()).then(|| path.to_path_buf()))
    }

    fn remove(self) {
        for path in self.0.iter().flat_map(|p| [p.clone(), with_tail(p, "-wal"), with_tail(p, "-shm")]) {
            let _ = fs::remove_file(path);
        }
    }
}

fn with_tail(path: &Path, tail: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(tail);
    PathBuf::from(name)
}

/// Files under another name until everything fits.
struct Staging {
    folder: PathBuf,
    file: Option<File>,
}

impl Staging {
    fn beside(data: &Path) -> Result<Self> {
        let folder = beside(data, "restoring");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        Ok(Self { folder, file: None })
    }

    fn take(&mut self, frame: &Frame) -> Result<()> {
        match frame {
            Frame::File(path) => {
                if !files_stay_inside(path) {
                    bail!("{path}");
                }
                self.end_file()?;
                let place = self.folder.join(path);
                if let Some(parent) = place.parent() {
                    fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
                }
                let file = File::create_new(&place).with_context(|| place.display().to_string())?;
                self.file = Some(file);
                Ok(())
            }
            Frame::Data(bytes) => {
                if let Some(file) = &mut self.file {
                    file.write_all(bytes).with_context(|| self.folder.display().to_string())?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn end_file(&mut self) -> Result<()> {
        if let Some(file) = self.file.take() {
            file.sync_all()?;
        }
        Ok(())
    }

    /// Takes the place of the empty folder.
    fn settle(mut self, data: &Path) -> Result<()> {
        self.end_file()?;
        let moved = || -> std::io::Result<()> {
            fs::remove_dir(data)?;
            fs::rename(&self.folder, data)?;
            sync_folder(data)
        };
        moved().with_context(|| data.display().to_string())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn report(checked: &Checked, seconds: f32, written: bool, format: Format, lang: Lang) -> Result<ExitCode> {
    let Checked { manifest, missing } = checked;
    let age_s = manifest.newest_leaf_ms.map(|newest| now_ms().saturating_sub(newest) / 1000);
    let whole = manifest.lost_files().next().is_none() && missing.iter().all(|(_, range)| range.is_none());
    let code = if whole { ExitCode::SUCCESS } else { ExitCode::from(NOT_WHOLE) };
    if format == Format::Json {
        let missing: Vec<_> = missing
            .iter()
            .map(|(place, range)| {
                serde_json::json!({ "witness": place, "from": range.map(|r| r.0), "to": range.map(|r| r.1) })
            })
            .collect();
        let all = serde_json::json!({
            "restored": written, "whole": whole, "rpo_seconds": age_s, "rto_seconds": seconds,
            "witnessed": missing, "manifest_digest": manifest.digest(), "manifest": manifest,
        });
        say!("{all}")?;
        return Ok(code);
    }
    let (tables, rows, leaves) = (manifest.tables.len(), manifest.rows(), manifest.tree.size);
    let files = manifest.files.len() - manifest.lost_files().count();
    let done = if written {
        lang.pick("已恢复", "restored")
    } else {
        lang.pick("可以恢复（没有写入）", "can be restored (nothing was written)")
    };
    say!(
        "{}",
        lang.pick(
            &format!(
                "{done}：{tables} 张表 {rows} 行、{files} 个文件逐一核对无误；审计树 {leaves} 片叶，树根 {}",
                manifest.tree.root
            ),
            &format!(
                "{done}: {tables} tables with {rows} rows and {files} files compared, all fit; audit tree of {leaves} leaves with root {}",
                manifest.tree.root
            ),
        )
    )?;
    if let Some(age_s) = age_s {
        say!(
            "{}",
            lang.pick(
                &format!("备份里最新的记录距今 {age_s} 秒（RPO）；本次用时 {seconds:.1} 秒（RTO）"),
                &format!("the newest record in it is {age_s} s old (RPO); this took {seconds:.1} s (RTO)"),
            )
        )?;
    }
    for (place, range) in missing {
        match range {
            None => say!(
                "{}",
                lang.pick(
                    &format!("与见证 {place} 比对：没有缺失"),
                    &format!("compared with witness {place}: nothing is missing")
                )
            )?,
            Some((from, to)) => say!(
                "{}",
                lang.pick(
                    &format!("✗ 与见证 {place} 比对：缺第 {from}-{to} 号叶，这些是备份之后的记录，请据纸质材料和外部记录补录"),
                    &format!("✗ compared with witness {place}: leaves {from}-{to} are missing; they were recorded after the backup, enter them again from paper and from other offices"),
                )
            )?,
        }
    }
    say_lost(manifest, lang)?;
    Ok(code)
}
