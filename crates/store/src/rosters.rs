//! Rosters: each step calls the pure function and writes roster, lines and book entries in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use doudi_payment::bank::Payee;
use doudi_payment::refusal::Text;
use doudi_payment::{
    Acknowledged, BankFile, Beneficiary, Differences, Line, LineId, LineState, NewRoster, Officer, Purpose,
    Refusal, ReturnFile, Roster, RosterAction, RosterState, Seal, TransactionKind,
};
use doudi_policy::{Date, Fen, Month};
use doudi_registry::{AwardId, EventId, HouseholdId, PersonId, RosterId, StaffId};

use crate::audit::{Entry, Shelf};
use crate::awards::{of_programme, parse_beneficiary, read_payee};
use crate::chain::{ChainEvent, EventKind};
use crate::classes::{LINE_REASON, REASON_EN, REASON_ZH, ROSTER_DIFFERENCES};
use crate::db::{Cells, Tx, args};
use crate::{Store, StoreError, StoreResult, chain, ledger};

/// A roster in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterItem {
    /// Id.
    pub id: RosterId,
    /// Outcome id.
    pub programme: String,
    /// Month.
    pub period: Month,
    /// State.
    pub state: RosterState,
    /// Who made it.
    pub made_by: StaffId,
    /// Day.
    pub made_on: Date,
    /// Who sealed it.
    pub sealed_by: Option<StaffId>,
    /// Lines that are not voided.
    pub lines: i64,
    /// Their sum.
    pub amount: Fen,
    /// Lines that came back and wait.
    pub returned: i64,
}

/// What a return file changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// Lines that arrived now.
    pub paid: usize,
    /// Lines that came back now.
    pub returned: usize,
    /// Rows that were known already.
    pub repeated: usize,
}

/// A payment of a household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// The line.
    pub line: Line,
    /// The roster it stands in.
    pub roster: RosterId,
}

fn read_line(c: &mut Cells<'_>) -> StoreResult<Line> {
    let id = c.text()?;
    Ok(Line {
        id: LineId(id.clone()),
        award: AwardId(c.int()?),
        programme: c.text()?,
        group: c.text()?,
        household: HouseholdId(c.int()?),
        beneficiary: c.code(parse_beneficiary)?,
        covered: Vec::new(),
        period: c.parse()?,
        purpose: c.code(Purpose::from_id)?,
        revision: u32::try_from(c.int()?).unwrap_or(0),
        replaces: c.opt_text()?.map(LineId),
        replaced_by: c.opt_text()?.map(LineId),
        amount: Fen(c.int()?),
        state: c.code(LineState::from_id)?,
        bank_reason: c.sealed_if_any(&LINE_REASON, &id)?,
    })
}

fn read_person(c: &mut Cells<'_>) -> StoreResult<(String, PersonId)> {
    Ok((c.text()?, PersonId(c.int()?)))
}

fn with_people(mut lines: Vec<Line>, people: Vec<(String, PersonId)>) -> Vec<Line> {
    let mut covered = BTreeMap::<String, Vec<PersonId>>::new();
    for (line, person) in people {
        covered.entry(line).or_default().push(person);
    }
    for line in &mut lines {
        line.covered = covered.remove(&line.id.0).unwrap_or_default();
    }
    lines
}

fn read_roster(c: &mut Cells<'_>) -> StoreResult<(Roster, i64)> {
    let roster = Roster {
        id: RosterId(c.int()?),
        programme: c.text()?,
        period: c.parse()?,
        state: c.code(RosterState::from_id)?,
        made_by: StaffId(c.int()?),
        made_on: c.parse()?,
        seal: {
            let (by, on, digest) = (c.opt_int()?, c.opt_parse()?, c.opt_text()?);
            match (by, on, digest) {
                (Some(by), Some(on), Some(digest)) => Some(Seal { by: StaffId(by), on, digest }),
                _ => None,
            }
        },
        exported_on: c.opt_parse()?,
        acknowledged_on: c.opt_parse()?,
        lines: Vec::new(),
    };
    Ok((roster, c.int()?))
}

/// A leaf vouches for all of a roster together.
pub(crate) const VOUCHED: [Shelf; 5] =
    [Shelf::Rosters, Shelf::Lines, Shelf::LinePersons, Shelf::Reasons, Shelf::Postings];

/// Takes the roster's lock until the end of the transaction and reads it with its lines.
async fn lock(tx: &mut Tx, id: RosterId) -> StoreResult<Roster> {
    tx.changes_all(&VOUCHED.map(|shelf| (shelf, id.0))).await?;
    let (mut roster, _) = tx
        .fetch_one(
            "UPDATE rosters SET version = version + 1 WHERE id = $1 \
             RETURNING id, programme, period, state, made_by, made_on, sealed_by, sealed_on, seal_digest, exported_on, acknowledged_on, version",
            args![id],
            read_roster,
        )
        .await?
        .ok_or_else(|| StoreError::not_found("roster", id))?;
    roster.lines = lines_of(tx, id).await?;
    Ok(roster)
}

async fn lines_of(tx: &mut Tx, id: RosterId) -> StoreResult<Vec<Line>> {
    let lines = tx
        .fetch(
            "SELECT id, award, programme, exclusive_group, household, beneficiary, period, purpose, revision, replaces, replaced_by, amount, state, bank_reason \
             FROM roster_lines WHERE roster = $1 ORDER BY id",
            args![id],
            read_line,
        )
        .await?;
    let people = tx
        .fetch(
            "SELECT p.line, p.person FROM line_persons p JOIN roster_lines l ON l.id = p.line WHERE l.roster = $1 ORDER BY p.line, p.person",
            args![id],
            read_person,
        )
        .await?;
    Ok(with_people(lines, people))
}

/// Lines of a month; of one programme, or of all where it is empty.
async fn lines_of_month(tx: &mut Tx, period: Month, programme: &str) -> StoreResult<Vec<Line>> {
    let lines = tx
        .fetch(
            "SELECT id, award, programme, exclusive_group, household, beneficiary, period, purpose, revision, replaces, replaced_by, amount, state, bank_reason \
             FROM roster_lines WHERE period = $1 AND ($2 = '' OR programme = $2) ORDER BY id",
            args![period, programme],
            read_line,
        )
        .await?;
    let people = tx
        .fetch(
            "SELECT p.line, p.person FROM line_persons p JOIN roster_lines l ON l.id = p.line WHERE l.period = $1 AND ($2 = '' OR l.programme = $2) ORDER BY p.line, p.person",
            args![period, programme],
            read_person,
        )
        .await?;
    Ok(with_people(lines, people))
}

/// The drafts of a programme that pay somebody for the first time, with their months.
async fn drafts_of(tx: &mut Tx, programme: &str) -> StoreResult<Vec<(RosterId, Month)>> {
    tx.fetch(
        "SELECT DISTINCT r.id, r.period FROM rosters r JOIN roster_lines l ON l.roster = r.id \
         WHERE r.programme = $1 AND r.state = 'draft' AND l.revision = 0 AND l.state <> 'voided'",
        args![programme],
        |c| Ok((RosterId(c.int()?), c.parse()?)),
    )
    .await
}

async fn insert_roster(tx: &mut Tx, roster: &Roster) -> StoreResult<()> {
    for shelf in VOUCHED {
        tx.added(shelf, roster.id.0, 1);
    }
    tx.execute(
        "INSERT INTO rosters (id, programme, period, state, made_by, made_on, version) VALUES ($1, $2, $3, $4, $5, $6, 1)",
        args![
            roster.id,
            &roster.programme,
            roster.period,
            roster.state.id(),
            roster.made_by,
            roster.made_on
        ],
    )
    .await?;
    insert_lines(tx, roster.id, &roster.lines).await
}

pub(crate) async fn insert_lines(tx: &mut Tx, roster: RosterId, lines: &[Line]) -> StoreResult<()> {
    let vault = tx.vault.clone();
    tx.bulk(
        "INSERT INTO roster_lines (id, roster, award, programme, exclusive_group, household, beneficiary, period, purpose, revision, replaces, replaced_by, amount, state, bank_reason) VALUES",
        15,
        "",
        lines,
        |args, l| {
            args.push(&l.id.0)?;
            args.push(roster)?;
            args.push(l.award)?;
            args.push(&l.programme)?;
            args.push(&l.group)?;
            args.push(l.household)?;
            args.push(l.beneficiary.key())?;
            args.push(l.period)?;
            args.push(l.purpose.id())?;
            args.push(l.revision)?;
            args.push(l.replaces.as_ref().map(|r| r.0.as_str()))?;
            args.push(l.replaced_by.as_ref().map(|r| r.0.as_str()))?;
            args.push(l.amount)?;
            args.push(l.state.id())?;
            args.push(vault.seal_if_any(&LINE_REASON, &l.id.0, &l.bank_reason)?)
        },
    )
    .await
    .map_err(|e| {
        e.or_duplicate(
            "同一户（人）同一项目同一月同一用途只能发放一次，名册没有写入",
            "a beneficiary is paid once for a programme, month and purpose; the roster was not written",
        )
    })?;
    let people: Vec<(&Line, PersonId)> =
        lines.iter().flat_map(|l| l.covered.iter().map(move |p| (l, *p))).collect();
    tx.bulk(
        "INSERT INTO line_persons (line, exclusive_group, person, period, live) VALUES",
        5,
        "",
        &people,
        |args, (l, person)| {
            args.push(&l.id.0)?;
            args.push(&l.group)?;
            args.push(*person)?;
            args.push(l.period)?;
            args.push(l.state != LineState::Voided)
        },
    )
    .await
    .map_err(|e| {
        e.or_duplicate(
            "有人同月在同一互斥组已有发放（可能在另一户），名册没有写入",
            "somebody is already paid for in this exclusive group and month, perhaps in another household; the roster was not written",
        )
    })?;
    Ok(())
}

/// Writes the roster's row and the lines that changed.
async fn update(tx: &mut Tx, before: &Roster, after: &Roster) -> StoreResult<()> {
    tx.execute(
        "UPDATE rosters SET state = $2, sealed_by = $3, sealed_on = $4, seal_digest = $5, exported_on = $6, acknowledged_on = $7 WHERE id = $1",
        args![
            after.id,
            after.state.id(),
            after.seal.as_ref().map(|s| s.by),
            after.seal.as_ref().map(|s| s.on),
            after.seal.as_ref().map(|s| s.digest.as_str()),
            after.exported_on,
            after.acknowledged_on
        ],
    )
    .await?;
    // Most lines only go from one state to the next, all of them at once; what else changes is written line by line.
    let mut together: BTreeMap<(LineState, LineState), u64> = BTreeMap::new();
    for (old, new) in before.lines.iter().zip(&after.lines) {
        if moves_alone(old, new) {
            change_line(tx, old, new).await?;
        } else if old != new {
            *together.entry((old.state, new.state)).or_default() += 1;
        }
    }
    for ((from, to), lines) in together {
        let stay = after.lines.iter().any(|l| l.state == from);
        if stay {
            for (old, new) in before.lines.iter().zip(&after.lines) {
                if (old.state, new.state) == (from, to) && !moves_alone(old, new) {
                    change_line(tx, old, new).await?;
                }
            }
            continue;
        }
        let changed = tx
            .execute(
                "UPDATE roster_lines SET state = $2 WHERE roster = $1 AND state = $3",
                args![after.id, to.id(), from.id()],
            )
            .await?;
        if changed != lines {
            return Err(StoreError::Moved);
        }
    }
    Ok(())
}

/// Whether more than the state of a line changes, or people are no longer paid for by it.
fn moves_alone(old: &Line, new: &Line) -> bool {
    old != new
        && (old.bank_reason != new.bank_reason
            || old.replaced_by != new.replaced_by
            || new.state == LineState::Voided)
}

async fn change_line(tx: &mut Tx, old: &Line, new: &Line) -> StoreResult<()> {
    let reason = tx.vault.seal_if_any(&LINE_REASON, &new.id.0, &new.bank_reason)?;
    let changed = tx
        .execute(
            "UPDATE roster_lines SET state = $2, bank_reason = $3, replaced_by = $4 WHERE id = $1 AND state = $5",
            args![
                &new.id.0,
                new.state.id(),
                reason,
                new.replaced_by.as_ref().map(|r| r.0.as_str()),
                old.state.id()
            ],
        )
        .await?;
    if changed != 1 {
        return Err(StoreError::Moved);
    }
    if new.state == LineState::Voided && old.state != LineState::Voided {
        tx.execute("UPDATE line_persons SET live = 0 WHERE line = $1", args![&new.id.0]).await?;
    }
    Ok(())
}

async fn differences(
    tx: &mut Tx,
    roster: &Roster,
    awards: &[doudi_payment::Award],
) -> StoreResult<Differences> {
    let previous = if roster.lines.iter().any(|l| l.revision > 0) {
        let old = "SELECT o.id, o.award, o.programme, o.exclusive_group, o.household, o.beneficiary, o.period, o.purpose, o.revision, o.replaces, o.replaced_by, o.amount, o.state, o.bank_reason \
             FROM roster_lines o JOIN roster_lines l ON l.replaces = o.id WHERE l.roster = $1 ORDER BY o.id";
        tx.fetch(old, args![roster.id], read_line).await?
    } else {
        let mut previous = lines_of_month(tx, roster.period.plus(-1), &roster.programme).await?;
        // Who stands in another roster of this month has not stopped.
        let mine: BTreeSet<&LineId> = roster.lines.iter().map(|l| &l.id).collect();
        let elsewhere: BTreeSet<(Beneficiary, Purpose)> =
            lines_of_month(tx, roster.period, &roster.programme)
                .await?
                .iter()
                .filter(|l| l.state != LineState::Voided && !mine.contains(&l.id))
                .map(|l| (l.beneficiary, l.purpose))
                .collect();
        previous.retain(|l| !elsewhere.contains(&(l.beneficiary, l.purpose)));
        previous
    };
    let mut found = Differences::between(&previous, &roster.lines, awards)?;
    let given = tx
        .fetch("SELECT beneficiary, zh, en FROM roster_reasons WHERE roster = $1", args![roster.id], |c| {
            let beneficiary = c.text()?;
            let row = reason_row(roster.id, &beneficiary);
            Ok((beneficiary, Text::new(c.sealed(&REASON_ZH, &row)?, c.sealed(&REASON_EN, &row)?)))
        })
        .await?;
    let given: BTreeMap<String, Text> = given.into_iter().collect();
    for row in &mut found.rows {
        if row.reason.is_none() {
            row.reason = given.get(&row.beneficiary.key()).cloned();
        }
    }
    Ok(found)
}

impl Store {
    /// Makes the draft of a month from the awards of a programme.
    ///
    /// # Errors
    /// Refused by the payment rules, among them which month is open; duplicate where another roster got there first.
    pub async fn make_roster(
        &self,
        programme: &str,
        period: Month,
        maker: Officer,
        on: Date,
    ) -> StoreResult<RosterId> {
        let awards = of_programme(&self.db, programme).await?;
        let mut tx = self.db.begin().await?;
        let existing = lines_of_month(&mut tx, period, "").await?;
        let id = RosterId(tx.take_ids("rosters", 1).await?);
        let new = NewRoster { id, programme: programme.to_owned(), period, maker, on };
        let made = tx
            .fetch(
                "SELECT DISTINCT period FROM rosters WHERE programme = $1 AND period IN ($2, $3)",
                args![programme, period, on.month()],
                |c| c.parse(),
            )
            .await?;
        doudi_payment::period::open(&new, &awards, &made)?;
        doudi_payment::period::settled(period, &drafts_of(&mut tx, programme).await?)?;
        let roster = Roster::make(new, &awards, &existing)?;
        if roster.lines.is_empty() {
            return Err(StoreError::refused(
                "本月没有需要新编制的发放行：待遇都已编入名册，或没有在享待遇",
                "there is nothing new to pay this month: every award is in a roster already, or there is none",
            ));
        }
        insert_roster(&mut tx, &roster).await?;
        tx.commit(
            Entry::of("roster.made", "roster", id.0)
                .by(maker.staff)
                .with("programme", programme)
                .with("period", period),
        )
        .await?;
        Ok(id)
    }

    /// One roster with its lines.
    ///
    /// # Errors
    /// `NotFound`, or those of the database.
    pub async fn roster(&self, id: RosterId) -> StoreResult<Roster> {
        let (mut roster, _) = self
            .db
            .fetch_one(
                "SELECT id, programme, period, state, made_by, made_on, sealed_by, sealed_on, seal_digest, exported_on, acknowledged_on, version FROM rosters WHERE id = $1",
                args![id],
                read_roster,
            )
            .await?
            .ok_or_else(|| StoreError::not_found("roster", id))?;
        let lines = self
            .db
            .fetch(
                "SELECT id, award, programme, exclusive_group, household, beneficiary, period, purpose, revision, replaces, replaced_by, amount, state, bank_reason \
                 FROM roster_lines WHERE roster = $1 ORDER BY id",
                args![id],
                read_line,
            )
            .await?;
        let people = self
            .db
            .fetch(
                "SELECT p.line, p.person FROM line_persons p JOIN roster_lines l ON l.id = p.line WHERE l.roster = $1 ORDER BY p.line, p.person",
                args![id],
                read_person,
            )
            .await?;
        roster.lines = with_people(lines, people);
        Ok(roster)
    }

    /// All rosters, the latest month first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn rosters(&self) -> StoreResult<Vec<RosterItem>> {
        self.db
            .fetch(
                "SELECT r.id, r.programme, r.period, r.state, r.made_by, r.made_on, r.sealed_by, \
                 CAST(coalesce(sum(CASE WHEN l.state <> 'voided' THEN 1 ELSE 0 END), 0) AS BIGINT), \
                 CAST(coalesce(sum(CASE WHEN l.state <> 'voided' THEN l.amount ELSE 0 END), 0) AS BIGINT), \
                 CAST(coalesce(sum(CASE WHEN l.state = 'returned' THEN 1 ELSE 0 END), 0) AS BIGINT) \
                 FROM rosters r LEFT JOIN roster_lines l ON l.roster = r.id \
                 GROUP BY r.id, r.programme, r.period, r.state, r.made_by, r.made_on, r.sealed_by ORDER BY r.period DESC, r.id DESC",
                args![],
                |c| {
                    Ok(RosterItem {
                        id: RosterId(c.int()?),
                        programme: c.text()?,
                        period: c.parse()?,
                        state: c.code(RosterState::from_id)?,
                        made_by: StaffId(c.int()?),
                        made_on: c.parse()?,
                        sealed_by: c.opt_int()?.map(StaffId),
                        lines: c.int()?,
                        amount: Fen(c.int()?),
                        returned: c.int()?,
                    })
                },
            )
            .await
    }

    /// Differences of a roster from the month before: as sealed, else as they are now.
    ///
    /// # Errors
    /// `NotFound`, or those of the database.
    pub async fn roster_differences(&self, id: RosterId) -> StoreResult<Differences> {
        let sealed = self
            .db
            .fetch_one("SELECT differences FROM rosters WHERE id = $1", args![id], |c| {
                c.opt_sealed(&ROSTER_DIFFERENCES, id)
            })
            .await?
            .ok_or_else(|| StoreError::not_found("roster", id))?;
        if let Some(text) = sealed {
            return Ok(serde_json::from_str(&text)?);
        }
        let roster = self.roster(id).await?;
        let awards = of_programme(&self.db, &roster.programme).await?;
        // Read only: the transaction is dropped.
        let mut tx = self.db.begin().await?;
        differences(&mut tx, &roster, &awards).await
    }

    /// Gives the reason of a difference that no award explains.
    ///
    /// # Errors
    /// Refused where the roster is sealed or the reason is empty.
    pub async fn explain_difference(
        &self,
        id: RosterId,
        beneficiary: Beneficiary,
        reason: &Text,
        by: impl Into<Option<StaffId>>,
    ) -> StoreResult<()> {
        if reason.zh.trim().is_empty() {
            return Err(StoreError::refused("请写明原因", "write the reason"));
        }
        let mut tx = self.db.begin().await?;
        let roster = lock(&mut tx, id).await?;
        if roster.state != RosterState::Draft {
            return Err(StoreError::refused(
                "名册已封存，不能再改",
                "the roster is sealed and cannot be changed",
            ));
        }
        let row = reason_row(id, &beneficiary.key());
        let (zh, en) =
            (tx.vault.seal(&REASON_ZH, &row, &reason.zh)?, tx.vault.seal(&REASON_EN, &row, &reason.en)?);
        tx.execute(
            "INSERT INTO roster_reasons (roster, beneficiary, zh, en) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (roster, beneficiary) DO UPDATE SET zh = excluded.zh, en = excluded.en",
            args![id, beneficiary.key(), zh, en],
        )
        .await?;
        let entry = Entry::of("roster.explained", "roster", id.0).by(by);
        tx.commit(entry.with("beneficiary", beneficiary.key())).await
    }

    /// Takes a line out of a draft, with the reason.
    ///
    /// # Errors
    /// Refused by the payment rules.
    pub async fn void_line(
        &self,
        id: RosterId,
        line: &LineId,
        officer: Officer,
        reason: &str,
    ) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        let before = lock(&mut tx, id).await?;
        let after = before.void_line(line, officer, reason)?;
        update(&mut tx, &before, &after).await?;
        tx.commit(Entry::of("roster.line-voided", "roster", id.0).by(officer.staff).with("line", &line.0))
            .await
    }

    /// Seals a roster: the second pair of eyes. The differences are kept as they were seen.
    ///
    /// # Errors
    /// Refused by the payment rules.
    pub async fn seal_roster(&self, id: RosterId, officer: Officer, on: Date) -> StoreResult<()> {
        let programme = self.roster_head(id).await?;
        let awards = of_programme(&self.db, &programme).await?;
        let mut tx = self.db.begin().await?;
        let before = lock(&mut tx, id).await?;
        if before.lines.iter().all(|l| l.revision == 0) {
            doudi_payment::period::settled(before.period, &drafts_of(&mut tx, &programme).await?)?;
        }
        let seen = differences(&mut tx, &before, &awards).await?;
        let sealed = before.seal(officer, on, &seen)?;
        update(&mut tx, &before, &sealed.roster).await?;
        let differences = tx.vault.seal_json(&ROSTER_DIFFERENCES, id, &seen)?;
        tx.execute("UPDATE rosters SET differences = $2 WHERE id = $1", args![id, differences]).await?;
        ledger::post(&mut tx, &sealed.transaction).await?;
        tx.commit(Entry::of("roster.sealed", "roster", id.0).by(officer.staff)).await
    }

    /// The bank file of a sealed roster; each family's chain says that the money is on its way.
    ///
    /// # Errors
    /// Refused by the payment rules: another state, lines that changed since the seal, an account missing.
    pub async fn export_roster(&self, id: RosterId, officer: Officer, on: Date) -> StoreResult<BankFile> {
        let mut tx = self.db.begin().await?;
        let before = lock(&mut tx, id).await?;
        let accounts = tx
            .fetch(
                "SELECT l.id, a.household, a.holder, a.bank, a.account FROM roster_lines l JOIN accounts a ON a.household = l.household WHERE l.roster = $1",
                args![id],
                read_payee,
            )
            .await?;
        let payees: BTreeMap<LineId, Payee> = accounts.into_iter().collect();
        let (after, file, transaction) = before.export(officer, on, &payees)?;
        update(&mut tx, &before, &after).await?;
        ledger::post(&mut tx, &transaction).await?;
        tell_families(&mut tx, &before, &after, officer, on).await?;
        tx.commit(Entry::of("roster.exported", "roster", id.0).by(officer.staff)).await?;
        Ok(file)
    }

    /// The bank file of a roster that has gone out, as it was sealed.
    ///
    /// # Errors
    /// `NotFound`; refused where the roster has not gone out or is not what was sealed.
    pub async fn sent_file(&self, id: RosterId) -> StoreResult<BankFile> {
        let roster = self.roster(id).await?;
        let vouchers = self.vouchers(id).await?;
        let sealed = vouchers.iter().find(|v| v.kind == TransactionKind::Seal);
        let sealed = sealed.ok_or_else(|| StoreError::not_found("roster", id))?;
        Ok(roster.sent_file(sealed, &self.payees_of(id).await?)?)
    }

    /// Applies a return file of the bank; the same file twice changes nothing.
    ///
    /// # Errors
    /// Refused as a whole, with every row that does not fit.
    pub async fn acknowledge_roster(
        &self,
        id: RosterId,
        officer: Officer,
        on: Date,
        file: &ReturnFile,
    ) -> StoreResult<Answered> {
        self.answer_roster(id, officer, on, |roster| roster.acknowledge(officer, on, file)).await
    }

    /// Takes from a return file the lines whose money had arrived and came back all the same: the second person's.
    ///
    /// # Errors
    /// Refused as a whole, with every row that does not fit.
    pub async fn bounce_roster(
        &self,
        id: RosterId,
        officer: Officer,
        on: Date,
        file: &ReturnFile,
    ) -> StoreResult<Answered> {
        self.answer_roster(id, officer, on, |roster| roster.bounce(officer, on, file)).await
    }

    async fn answer_roster(
        &self,
        id: RosterId,
        officer: Officer,
        on: Date,
        apply: impl FnOnce(&Roster) -> Result<Acknowledged, Vec<Refusal>>,
    ) -> StoreResult<Answered> {
        let mut tx = self.db.begin().await?;
        let before = lock(&mut tx, id).await?;
        let done = apply(&before)?;
        update(&mut tx, &before, &done.roster).await?;
        if let Some(transaction) = &done.transaction {
            ledger::post(&mut tx, transaction).await?;
        }
        tell_families(&mut tx, &before, &done.roster, officer, on).await?;
        tx.commit(
            Entry::of("roster.answered", "roster", id.0)
                .by(officer.staff)
                .with("paid", done.paid)
                .with("returned", done.returned),
        )
        .await?;
        Ok(Answered { paid: done.paid, returned: done.returned, repeated: done.repeated })
    }

    /// Issues lines again that came back: they are voided here and stand, one revision later, in a new roster,
    /// which is reviewed and sealed like every other.
    ///
    /// # Errors
    /// Refused by the payment rules; nothing is changed then.
    pub async fn reissue_lines(
        &self,
        id: RosterId,
        lines: &[LineId],
        officer: Officer,
        on: Date,
    ) -> StoreResult<RosterId> {
        let mut tx = self.db.begin().await?;
        let before = lock(&mut tx, id).await?;
        // Ids are taken in one order everywhere, so that two writers never wait for each other.
        let next = RosterId(tx.take_ids("rosters", 1).await?);
        let mut here = before.clone();
        let mut replacements = Vec::with_capacity(lines.len());
        for line in lines {
            let (after, new, transaction) = here.reissue(line, officer, on)?;
            if let Some(transaction) = &transaction {
                ledger::post(&mut tx, transaction).await?;
            }
            replacements.push(new);
            here = after;
        }
        update(&mut tx, &before, &here).await?;
        let new = NewRoster {
            id: next,
            programme: before.programme.clone(),
            period: before.period,
            maker: officer,
            on,
        };
        let roster = Roster::of_reissues(new, replacements)?;
        insert_roster(&mut tx, &roster).await?;
        tx.commit(Entry::of("roster.reissued", "roster", id.0).by(officer.staff).with("new", next.0)).await?;
        Ok(next)
    }

    /// What an officer may do with a roster now, with the refusal where not.
    #[must_use]
    pub fn roster_offers(roster: &Roster, officer: Officer) -> Vec<(RosterAction, Option<Refusal>)> {
        RosterAction::ALL
            .iter()
            .filter(|a| a.rule().1.contains(&roster.state))
            .map(|a| (*a, roster.permit(*a, officer).err()))
            .collect()
    }

    /// Every payment of a household, latest month first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn payments_of(&self, household: HouseholdId) -> StoreResult<Vec<Paid>> {
        let rows = self
            .db
            .fetch(
                "SELECT id, award, programme, exclusive_group, household, beneficiary, period, purpose, revision, replaces, replaced_by, amount, state, bank_reason, roster \
                 FROM roster_lines WHERE household = $1 ORDER BY period DESC, programme, revision DESC",
                args![household],
                |c| Ok((read_line(c)?, RosterId(c.int()?))),
            )
            .await?;
        let people = self
            .db
            .fetch(
                "SELECT p.line, p.person FROM line_persons p JOIN roster_lines l ON l.id = p.line WHERE l.household = $1 ORDER BY p.line, p.person",
                args![household],
                read_person,
            )
            .await?;
        let (lines, rosters): (Vec<Line>, Vec<RosterId>) = rows.into_iter().unzip();
        Ok(with_people(lines, people)
            .into_iter()
            .zip(rosters)
            .map(|(line, roster)| Paid { line, roster })
            .collect())
    }

    async fn roster_head(&self, id: RosterId) -> StoreResult<String> {
        self.db
            .fetch_one("SELECT programme FROM rosters WHERE id = $1", args![id], |c| c.text())
            .await?
            .ok_or_else(|| StoreError::not_found("roster", id))
    }
}

/// The name of a row in `roster_reasons`.
fn reason_row(roster: RosterId, beneficiary: &str) -> String {
    format!("{roster}/{beneficiary}")
}

/// One event in the chain of each family whose money moved.
async fn tell_families(
    tx: &mut Tx,
    before: &Roster,
    after: &Roster,
    officer: Officer,
    on: Date,
) -> StoreResult<()> {
    let events: Vec<ChainEvent> = before
        .lines
        .iter()
        .zip(&after.lines)
        .filter(|(old, new)| old.state != new.state)
        .map(|(_, line)| {
            let (zh, en) = match line.state {
                LineState::Sent => ("已送银行", "sent to the bank"),
                LineState::Paid => ("已到账", "arrived"),
                LineState::Returned => ("银行退回，待核对账户后重发", "came back, to be issued again"),
                LineState::Planned | LineState::Voided => ("已更正", "corrected"),
            };
            ChainEvent {
                id: EventId(0),
                household: line.household,
                case: None,
                kind: EventKind::Payment,
                on,
                actor: Some(officer.staff),
                actor_name: officer.post.zh().to_owned(),
                title_zh: format!("{} {} {}元 {zh}", line.period, line.purpose.zh(), line.amount),
                title_en: format!("{}: {} yuan {en}", line.period, line.amount),
                body: serde_json::json!({
                    "programme": line.programme, "roster": after.id, "line": line.id.0,
                    "state": line.state.id(), "reason": line.bank_reason,
                })
                .to_string(),
            }
        })
        .collect();
    chain::append(tx, &events).await?;
    Ok(())
}
