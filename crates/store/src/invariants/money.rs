//! I1, I2 and I6: the book, single pay, the totals of rosters.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::Found;
use crate::db::args;
use crate::{Store, StoreResult, hex};

const UNBALANCED: &str =
    "SELECT voucher FROM ledger_entries GROUP BY voucher HAVING sum(debit) <> sum(credit) ORDER BY voucher";
const EMPTY_VOUCHERS: &str = "SELECT l.id FROM ledger l LEFT JOIN ledger_entries e ON e.voucher = l.id WHERE e.voucher IS NULL ORDER BY l.id";
const STRAY_ENTRIES: &str = "SELECT DISTINCT e.voucher FROM ledger_entries e LEFT JOIN ledger l ON l.id = e.voucher WHERE l.id IS NULL ORDER BY e.voucher";
const LOST_VOUCHERS: &str = "SELECT CAST(l.position AS TEXT) FROM ledger l WHERE l.position > 1 AND NOT EXISTS (SELECT 1 FROM ledger b WHERE b.position = l.position - 1) ORDER BY l.position";

const PAID_TWICE: &str = "SELECT programme || ' ' || beneficiary || ' ' || period || ' ' || purpose FROM roster_lines WHERE state <> 'voided' GROUP BY programme, beneficiary, period, purpose HAVING count(*) > 1 ORDER BY 1";
const PERSON_TWICE: &str = "SELECT CAST(person AS TEXT) || ' ' || exclusive_group || ' ' || period FROM line_persons WHERE live = 1 GROUP BY exclusive_group, person, period HAVING count(*) > 1 ORDER BY 1";
const LIVE_DIFFERS: &str = "SELECT DISTINCT l.id FROM roster_lines l JOIN line_persons p ON p.line = l.id WHERE p.live <> CASE WHEN l.state = 'voided' THEN 0 ELSE 1 END ORDER BY l.id";
const BAD_REISSUE: &str = "SELECT l.id FROM roster_lines l LEFT JOIN roster_lines p ON p.id = l.replaces WHERE l.replaces IS NOT NULL AND (p.id IS NULL OR p.state NOT IN ('returned', 'voided')) ORDER BY l.id";
const BEYOND_GRANT: &str = "SELECT l.id FROM roster_lines l LEFT JOIN awards a ON a.id = l.award WHERE l.state <> 'voided' AND (a.id IS NULL OR a.programme <> l.programme OR a.beneficiary <> l.beneficiary OR (l.purpose <> 'back_pay' AND l.amount > a.amount)) ORDER BY l.id";

const BAD_STATE: &str = "SELECT CAST(id AS TEXT) FROM rosters WHERE NOT ( \
     (state = 'draft' AND sealed_by IS NULL AND seal_digest IS NULL AND exported_on IS NULL AND acknowledged_on IS NULL) \
     OR (state = 'sealed' AND sealed_by <> made_by AND sealed_on IS NOT NULL AND seal_digest IS NOT NULL AND exported_on IS NULL AND acknowledged_on IS NULL) \
     OR (state = 'exported' AND sealed_by <> made_by AND sealed_on IS NOT NULL AND seal_digest IS NOT NULL AND exported_on IS NOT NULL AND acknowledged_on IS NULL) \
     OR (state = 'acknowledged' AND sealed_by <> made_by AND sealed_on IS NOT NULL AND seal_digest IS NOT NULL AND exported_on IS NOT NULL AND acknowledged_on IS NOT NULL)) ORDER BY id";
const STRAY_LINES: &str = "SELECT l.id FROM roster_lines l LEFT JOIN rosters r ON r.id = l.roster WHERE r.id IS NULL OR r.programme <> l.programme OR r.period <> l.period ORDER BY l.id";
const UNPOSTED: &str = "SELECT l.id FROM roster_lines l JOIN rosters r ON r.id = l.roster \
     LEFT JOIN (SELECT line, account, sum(credit - debit) AS held FROM ledger_entries GROUP BY line, account) e \
     ON e.line = l.id AND e.account = CASE l.state WHEN 'planned' THEN 'payable' WHEN 'sent' THEN 'in_transit' ELSE l.state END \
     WHERE r.state <> 'draft' AND l.state <> 'voided' AND coalesce(e.held, 0) <> l.amount ORDER BY l.id";
const SEALED_LINES: &str = "SELECT l.roster, e.line, r.household, e.credit FROM ledger l JOIN ledger_entries e ON e.voucher = l.id JOIN roster_lines r ON r.id = e.line WHERE l.kind = 'seal' AND e.account = 'payable' AND e.credit > 0 ORDER BY l.roster, l.position, e.position";
const ALTERED_LINES: &str = "SELECT l.id FROM roster_lines l JOIN rosters r ON r.id = l.roster \
     LEFT JOIN (SELECT v.roster, e.line, e.credit FROM ledger v JOIN ledger_entries e ON e.voucher = v.id WHERE v.kind = 'seal' AND e.account = 'payable' AND e.credit > 0) s \
     ON s.roster = l.roster AND s.line = l.id \
     WHERE r.state <> 'draft' AND l.state <> 'voided' AND (s.credit IS NULL OR s.credit <> l.amount) ORDER BY l.id";

impl Store {
    /// I1: every voucher balances, none is empty, none is gone, every entry has its voucher.
    pub(super) async fn conservation(&self) -> StoreResult<Found> {
        let counted = self.number("SELECT count(*) FROM ledger").await?;
        let broken = self
            .named_all(&[
                ("unbalanced voucher", UNBALANCED),
                ("voucher without entries", EMPTY_VOUCHERS),
                ("entries without voucher", STRAY_ENTRIES),
                ("voucher missing before position", LOST_VOUCHERS),
            ])
            .await?;
        Ok((counted, broken))
    }

    /// I2: one live line for each thing and each person; a second one only for what came back; not beyond the award.
    pub(super) async fn single_pay(&self) -> StoreResult<Found> {
        let counted = self.number("SELECT count(*) FROM roster_lines").await?;
        let broken = self
            .named_all(&[
                ("paid twice", PAID_TWICE),
                ("person paid for twice", PERSON_TWICE),
                ("line and its people differ", LIVE_DIFFERS),
                ("issued again without a return", BAD_REISSUE),
                ("line beyond its award", BEYOND_GRANT),
            ])
            .await?;
        Ok((counted, broken))
    }

    /// I6: what was sealed is what the lines and the book say.
    pub(super) async fn roster_totals(&self) -> StoreResult<Found> {
        let counted = self.number("SELECT count(*) FROM rosters").await?;
        let mut broken = self
            .named_all(&[
                ("roster in no legal state", BAD_STATE),
                ("line without its roster", STRAY_LINES),
                ("line and book differ", UNPOSTED),
                ("line is not as sealed", ALTERED_LINES),
            ])
            .await?;
        let mut sealed: BTreeMap<i64, Sha256> = BTreeMap::new();
        let lines =
            self.db.fetch(SEALED_LINES, args![], |c| Ok((c.int()?, c.text()?, c.int()?, c.int()?))).await?;
        for (roster, line, household, fen) in lines {
            sealed.entry(roster).or_default().update(format!("{line}:{household}:{fen}\n"));
        }
        let seals = self
            .db
            .fetch(
                "SELECT id, seal_digest FROM rosters WHERE seal_digest IS NOT NULL ORDER BY id",
                args![],
                |c| Ok((c.int()?, c.text()?)),
            )
            .await?;
        for (roster, seal) in seals {
            let posted = sealed.remove(&roster).unwrap_or_default();
            if hex(&posted.finalize()) != seal {
                broken.push(format!("roster {roster}: the seal is not over what was posted"));
            }
        }
        Ok((counted, broken))
    }
}
