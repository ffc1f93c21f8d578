//! `doudi check`: what has to hold in a database at rest and while the program runs.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use doudi_access::audit::{Note, VerifierKey};
use doudi_policy::lang::Lang;
use doudi_store::invariants::{Invariant, SHOWN_ELSEWHERE};

use crate::audit_log::{AuditLog, now_ms};
use crate::cli::{CheckArgs, Format, WitnessArgs};
use crate::say::say;

/// Of what breaks an invariant, so many are named one by one in the text; JSON names all.
const MOST_NAMED: usize = 20;

pub(crate) async fn run(args: CheckArgs) -> Result<ExitCode> {
    let lang = Lang::from(args.lang);
    super::must_exist(&args.database)?;
    let log = AuditLog::open_if_there(&args.database, args.audit_key.as_deref(), lang)?;
    let mut kept = Vec::new();
    if let Some(own) = log.as_ref().map(AuditLog::last_note).transpose()?.flatten() {
        kept.push((lang.pick("密钥旁的检查点", "head beside the key").to_owned(), own));
    }
    let witnessed = Witnessed::look(&args.witness, lang)?;
    if let Some(seen) = &witnessed {
        kept.push((seen.place.clone(), seen.note.clone()));
    }
    let with_keys = args.keys.keys.is_some() || !args.keys.share.is_empty();
    let store = if with_keys {
        args.keys.open(&args.database, lang).await?
    } else {
        super::open_closed(&args.database, lang).await?
    };
    let found = store.invariants(log.as_ref().map(|l| l.key().public()), &kept, now_ms()).await;
    store.close().await;
    let found = found.map_err(|e| anyhow!("{}", lang.pick(&e.zh(), &e.en())))?;
    let late = witnessed.as_ref().is_some_and(Witnessed::late);
    let holds = found.iter().all(|i| i.broken.is_empty()) && !late;
    match args.format {
        Format::Json => {
            let all: Vec<_> = found
                .iter()
                .map(|i| {
                    serde_json::json!({
                        "id": i.id, "zh": i.zh, "en": i.en, "counted": i.counted,
                        "holds": i.broken.is_empty(), "broken": i.broken,
                    })
                })
                .collect();
            let elsewhere: Vec<_> = SHOWN_ELSEWHERE
                .iter()
                .map(|s| serde_json::json!({ "id": s.id, "zh": s.zh, "en": s.en }))
                .collect();
            let witness = witnessed.as_ref().map(|w| {
                serde_json::json!({ "file": w.place, "age_seconds": w.age_s, "limit_seconds": w.limit_s, "holds": !w.late() })
            });
            let all = serde_json::json!({
                "holds": holds, "invariants": all, "shown_elsewhere": elsewhere, "witness": witness,
                "signatures_checked": log.is_some(), "decisions_checked": with_keys,
            });
            say!("{all}")?;
        }
        Format::Text | Format::Html => {
            for one in found.iter().filter(|one| with_keys || one.id != "I7") {
                tell(one, lang)?;
            }
            for other in &SHOWN_ELSEWHERE {
                say!("· {} {}", other.id, lang.pick(other.zh, other.en))?;
            }
            if !with_keys {
                say!(
                    "· {}",
                    lang.pick(
                        "I7 不利决定合法：决定是加密的，没有给出密钥（--keys、--share），未检查",
                        "I7 adverse decisions: they are sealed and no keys were given (--keys, --share), so they were not looked at"
                    )
                )?;
            }
            if log.is_none() {
                say!(
                    "· {}",
                    lang.pick(
                        "没有审计签名密钥，检查点的签名没有核对",
                        "there is no key of the log here; signatures of heads were not looked at"
                    )
                )?;
            }
            match &witnessed {
                Some(seen) => seen.tell(lang)?,
                None => say!(
                    "· {}",
                    lang.pick(
                        "没有给出见证（--witnessed），无从得知最近一次见证的时间",
                        "no witness was named (--witnessed), so the age of the last witnessed head is not known"
                    )
                )?,
            }
        }
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(one: &Invariant, lang: Lang) -> Result<()> {
    let what = lang.pick(one.zh, one.en);
    if one.broken.is_empty() {
        return say!(
            "{}",
            lang.pick(
                &format!("✓ {} {what}（查 {} 项）", one.id, one.counted),
                &format!("✓ {} {what} ({} looked at)", one.id, one.counted)
            )
        );
    }
    say!(
        "{}",
        lang.pick(
            &format!("✗ {} {what}（查 {} 项，{} 处不符）", one.id, one.counted, one.broken.len()),
            &format!("✗ {} {what} ({} looked at, {} broken)", one.id, one.counted, one.broken.len())
        )
    )?;
    for broken in one.broken.iter().take(MOST_NAMED) {
        say!("    {broken}")?;
    }
    let more = one.broken.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        say!("    {}", lang.pick(&format!("……另有 {more} 处"), &format!("… and {more} more")))?;
    }
    if one.id == "I12" {
        say!(
            "    {}",
            lang.pick(
                "请确认 doudi serve 在运行，或执行 doudi audit sequence 查看原因：叶尚未定序",
                "see that doudi serve is running, or run doudi audit sequence to learn why"
            )
        )?;
    }
    Ok(())
}

/// The last head that a witness has signed.
pub(super) struct Witnessed {
    pub(super) place: String,
    pub(super) note: String,
    age_s: i64,
    limit_s: i64,
}

impl Witnessed {
    /// Reads the note that a witness has signed and how long ago that was; `None` where none is named.
    pub(super) fn look(args: &WitnessArgs, lang: Lang) -> Result<Option<Self>> {
        let Some(file) = &args.witnessed else { return Ok(None) };
        let place = file.display().to_string();
        let text = fs::read_to_string(file).with_context(|| place.clone())?;
        let limit_s = i64::from(args.max_age).saturating_mul(60);
        let key = args.witness_key.as_deref().map(VerifierKey::from_text).transpose()?;
        let signed_s = signed_at(&text, key.as_ref(), file)?;
        let Some(signed_s) = signed_s else {
            let said = lang.pick("上没有见证人的签名", "has no line of a witness");
            return Err(anyhow!("{place} {said}"));
        };
        let age_s = (now_ms() / 1000).saturating_sub(i64::try_from(signed_s).unwrap_or(i64::MAX));
        Ok(Some(Self { place, note: text, age_s, limit_s }))
    }

    /// Whether it is older than is allowed.
    pub(super) fn late(&self) -> bool {
        self.age_s > self.limit_s
    }

    /// Says how old it is.
    pub(super) fn tell(&self, lang: Lang) -> Result<()> {
        let Self { age_s, limit_s, .. } = self;
        if self.late() {
            say!(
                "{}",
                lang.pick(
                    &format!("✗ 见证：上次见证在 {age_s} 秒前，超过 {limit_s} 秒；这段时间内的改动可能查不出来，请立即导出并请见证方会签"),
                    &format!("✗ witness: the last head was witnessed {age_s} s ago, more than {limit_s} s; what was altered since may not be found. Export and have it cosigned now"),
                )
            )
        } else {
            say!(
                "{}",
                lang.pick(
                    &format!("✓ 见证：上次见证在 {age_s} 秒前（上限 {limit_s} 秒）"),
                    &format!("✓ witness: the last head was witnessed {age_s} s ago ({limit_s} s at most)"),
                )
            )
        }
    }
}

/// When the newest cosignature was made, in seconds since 1970; checked where the witness's key is given.
fn signed_at(text: &str, key: Option<&VerifierKey>, file: &Path) -> Result<Option<u64>> {
    let note = Note::from_text(text).with_context(|| file.display().to_string())?;
    match key {
        Some(key) => {
            let signed = note.verify(std::slice::from_ref(key))?;
            Ok(signed.into_iter().filter_map(|(_, time)| time).max())
        }
        None => Ok(note.signatures().iter().filter_map(doudi_access::audit::NoteSignature::told_time).max()),
    }
}
