//! 不变式: what holds in any database of this program, at any time. Each is one small function that counts what it looked
//! at and names what breaks it. They trust neither the code that wrote the rows nor the constraints of the database.

mod cases;
mod clock;
mod money;
mod places;

pub use clock::LONGEST_WAIT_MS;

use doudi_access::audit::VerifierKey;

use crate::db::args;
use crate::{Store, StoreError, StoreResult};

/// One invariant and what was found of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Its id, `I1` to `I12`.
    pub id: &'static str,
    /// What holds, in Chinese.
    pub zh: &'static str,
    /// The same in English.
    pub en: &'static str,
    /// Rows that were looked at.
    pub counted: i64,
    /// What breaks it; empty where it holds.
    pub broken: Vec<String>,
}

/// What was looked at, and what breaks the invariant.
type Found = (i64, Vec<String>);

/// An invariant that no look at a database at rest can show, and where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownElsewhere {
    /// Its id.
    pub id: &'static str,
    /// What holds and where it is shown, in Chinese.
    pub zh: &'static str,
    /// The same in English.
    pub en: &'static str,
}

/// Those that need more than a database.
pub const SHOWN_ELSEWHERE: [ShownElsewhere; 4] = [
    ShownElsewhere {
        id: "I3",
        zh: "确认过的写入不丢：须与客户端的确认清单比对，由断电、强杀演练证明",
        en: "what was acknowledged is durable: shown by the drills that kill the program, which hold the list of what it acknowledged",
    },
    ShownElsewhere {
        id: "I4",
        zh: "没有凭空出现的写入：同上，另由 I5 逐行核对",
        en: "nothing appears that nobody sent: shown by the same drills, and row by row by I5",
    },
    ShownElsewhere {
        id: "I9",
        zh: "同一操作重做结果不变：由测试重放证明",
        en: "doing a thing twice is doing it once: shown by tests that repeat it",
    },
    ShownElsewhere {
        id: "I10",
        zh: "不泄露：由诱饵数据扫描证明",
        en: "nothing leaks: shown by the scan for bait",
    },
];

impl Store {
    /// Looks at everything; at I7 only where the store was opened with its keys. `log`, `kept` as for [`Store::verify_audit`]; `now_ms` is the time in milliseconds since 1970
    /// (UTC).
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn invariants(
        &self,
        log: Option<&VerifierKey>,
        kept: &[(String, String)],
        now_ms: i64,
    ) -> StoreResult<Vec<Invariant>> {
        let examined = self.verify_audit(log, kept).await?;
        let leaves = i64::try_from(examined.leaves).unwrap_or(i64::MAX);
        let altered = examined.findings.into_iter().map(|f| format!("{}: {} / {}", f.place, f.zh, f.en));
        let audit = (leaves.saturating_add(examined.waiting.try_into().unwrap_or(0)), altered.collect());
        let all = [
            (
                "I1",
                "借贷相等：每张凭证、全部账目",
                "debits equal credits, in each voucher and in the whole book",
                self.conservation().await?,
            ),
            (
                "I2",
                "不重复发放：每户每人每项每月至多一笔，重发只接退回的，不超过核定金额",
                "nobody is paid twice: one live line for each programme, month and person, a second one only after a return, never more than was granted",
                self.single_pay().await?,
            ),
            (
                "I5",
                "审计齐全：树与每个签名的头一致，业务行与叶所记一致",
                "the record is whole: the tree fits every signed head, rows are what leaves say",
                audit,
            ),
            (
                "I6",
                "名册合计：封存的、逐行的、记账的相同，状态合法",
                "totals of a roster as sealed, as lines and as posted are the same, and its state is a legal one",
                self.roster_totals().await?,
            ),
            (
                "I7",
                "不利决定合法：另一人决定，有理由、有凭据、有告知和救济途径，不以未知为据",
                "an adverse decision has another person, a reason, evidence, a notice and a remedy, and never rests on what is unknown",
                if self.keys().is_ok() { self.legal_decisions().await? } else { Found::default() },
            ),
            (
                "I8",
                "每行归属一个区划，没有悬空的区划",
                "every row belongs to one division that exists",
                self.owned_by_divisions().await?,
            ),
            (
                "I11",
                "审计时间不倒退",
                "the time of the record does not run back",
                self.monotone_time().await?,
            ),
            (
                "I12",
                "作业可续：没有无人定序的叶，没有无主的租约",
                "every job is done or can go on: no leaf without a sequencer, no lease without an end",
                self.live_jobs(now_ms).await?,
            ),
        ];
        let all =
            all.into_iter().map(|(id, zh, en, (counted, broken))| Invariant { id, zh, en, counted, broken });
        Ok(all.collect())
    }

    async fn number(&self, sql: &'static str) -> StoreResult<i64> {
        Ok(self.db.fetch_one(sql, args![], |c| c.int()).await?.unwrap_or(0))
    }

    /// What a statement names, each with what is wrong with it.
    async fn named(&self, what: &str, sql: &'static str) -> StoreResult<Vec<String>> {
        self.db.fetch(sql, args![], |c| Ok(format!("{what} {}", c.text()?))).await
    }

    async fn named_all(&self, statements: &[(&str, &'static str)]) -> StoreResult<Vec<String>> {
        let mut all = Vec::new();
        for (what, sql) in statements {
            all.extend(self.named(what, sql).await?);
        }
        Ok(all)
    }
}

/// A stored value that cannot be read breaks the invariant that needs it, and does not end the look.
fn unreadable<T>(read: StoreResult<T>) -> StoreResult<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(StoreError::Corrupt(_) | StoreError::Json(_) | StoreError::Sealed { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
