//! `doudi check`: what has to hold while the program runs.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use doudi_policy::lang::Lang;

use crate::audit_log::now_ms;
use crate::cli::CheckArgs;
use crate::say::say;

/// A leaf that waits longer than this, in milliseconds, has no sequencer.
const LONGEST_WAIT_MS: i64 = 60_000;

pub(crate) async fn run(args: CheckArgs) -> Result<ExitCode> {
    let lang = Lang::from(args.lang);
    super::must_exist(&args.database)?;
    let store = super::open_closed(&args.database, lang).await?;
    let waiting = store.waiting_leaves().await.map_err(|e| anyhow!("{}", lang.pick(&e.zh(), &e.en())));
    store.close().await;
    let waiting = waiting?;
    let age_s = waiting.oldest_ms.map_or(0, |oldest| now_ms().saturating_sub(oldest) / 1000);
    if age_s.saturating_mul(1000) <= LONGEST_WAIT_MS {
        say!(
            "{}",
            lang.pick(
                &format!("审计树：正常（待定序 {} 片）", waiting.leaves),
                &format!("audit tree: well ({} leaves waiting)", waiting.leaves),
            )
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    say!(
        "{}",
        lang.pick(
            &format!(
                "审计树：{} 片叶尚未定序，最早的已等 {age_s} 秒（最多 60 秒）。请确认 doudi serve 在运行，或执行 doudi audit sequence 查看原因",
                waiting.leaves
            ),
            &format!(
                "audit tree: {} leaves have no place yet, the oldest for {age_s} s (60 at most). See that doudi serve is running, or run doudi audit sequence to learn why",
                waiting.leaves
            ),
        )
    )?;
    Ok(ExitCode::FAILURE)
}
