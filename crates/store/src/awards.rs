//! Awards: standing rights to money, and the accounts it goes to.

use std::collections::BTreeSet;

use doudi_casework::procedure::PayKind;
use doudi_casework::{Actor, Bilingual, Case, Grant, HumanDecision};
use doudi_payment::award::nobody_loses;
use doudi_payment::bank::Payee;
use doudi_payment::refusal::Text;
use doudi_payment::{Award, Beneficiary, Kind, LineId};
use doudi_policy::{Fen, Month};
use doudi_registry::{AwardId, CaseId, EventId, HouseholdId, PersonId, StaffId};
use serde::{Deserialize, Serialize};

use crate::audit::{Entry, Shelf};
use crate::cases::{self, Desk};
use crate::chain::{self, ChainEvent, EventKind};
use crate::classes::{ACCOUNT_HOLDER, ACCOUNT_NUMBER, AWARD_REASONS};
use crate::db::{Args, Cells, Db, Tx, args};
use crate::{Store, StoreError, StoreResult};

pub(crate) fn parse_beneficiary(key: &str) -> Option<Beneficiary> {
    match key.split_at_checked(1)? {
        ("h", id) => Some(Beneficiary::Household(HouseholdId(id.parse().ok()?))),
        ("p", id) => Some(Beneficiary::Person(PersonId(id.parse().ok()?))),
        _ => None,
    }
}

fn kind_id(kind: Kind) -> &'static str {
    match kind {
        Kind::Monthly => "monthly",
        Kind::Once => "once",
    }
}

fn kind_from(id: &str) -> Option<Kind> {
    match id {
        "monthly" => Some(Kind::Monthly),
        "once" => Some(Kind::Once),
        _ => None,
    }
}

/// The awards of a confirmation: one of the household, or one of each person whom it covers.
pub(crate) fn from_grant(case: &Case, grant: &Grant, desk: &Desk<'_>) -> StoreResult<Vec<Award>> {
    let award = |beneficiary, covered: Vec<PersonId>, amount| Award {
        id: AwardId(0),
        case: Some(case.id),
        programme: grant.programme.clone(),
        group: desk.group.clone(),
        household: grant.household,
        beneficiary,
        covered,
        amount,
        kind: match grant.kind {
            PayKind::Monthly => Kind::Monthly,
            PayKind::Once => Kind::Once,
        },
        from: grant.from,
        to: None,
        reason: Text::new(
            format!("新确认{}（案件 {}）", desk.programme.zh, case.id),
            format!("{} confirmed (case {})", desk.programme.en, case.id),
        ),
        end_reason: None,
    };
    match (desk.per_person, grant.covered.as_slice()) {
        (false, covered) => {
            Ok(vec![award(Beneficiary::Household(grant.household), covered.to_vec(), grant.amount)])
        }
        (true, [person]) => Ok(vec![award(Beneficiary::Person(*person), vec![*person], grant.amount)]),
        (true, people) => {
            let shares = shares(people, grant.amount, desk)?;
            Ok(shares.into_iter().map(|(p, share)| award(Beneficiary::Person(p), vec![p], share)).collect())
        }
    }
}

/// What each of several persons gets. Together it is what was proposed; where the rules have come to say something else
/// since, nobody is paid by guess.
fn shares(people: &[PersonId], amount: Fen, desk: &Desk<'_>) -> StoreResult<Vec<(PersonId, Fen)>> {
    let of = |person: &PersonId| desk.shares.iter().find(|(p, _)| p == person).copied();
    let found: Option<Vec<(PersonId, Fen)>> = people.iter().map(of).collect();
    let sum = |shares: &Vec<(PersonId, Fen)>| {
        shares.iter().try_fold(Fen::ZERO, |sum, (_, share)| sum.checked_add(*share))
    };
    found.filter(|shares| !shares.is_empty() && sum(shares) == Some(amount)).ok_or_else(|| {
        StoreError::refused(
            "各人应得的金额与初审意见不一致，请退回重新提出意见",
            "what the rules give each person no longer adds up to the first opinion; send the case back for a new one",
        )
    })
}

/// Inserts awards; gives the id of the first.
pub(crate) async fn insert(tx: &mut Tx, awards: &[Award]) -> StoreResult<AwardId> {
    let first = tx.take_ids("awards", awards.len()).await?;
    let numbered: Vec<(i64, &Award)> = (first..).zip(awards).collect();
    let vault = tx.vault.clone();
    tx.bulk(
        "INSERT INTO awards (id, case_id, programme, exclusive_group, household, beneficiary, amount, kind, from_month, to_month, reasons) VALUES",
        11,
        "",
        &numbered,
        |args, (id, a)| {
            args.push(*id)?;
            args.push(a.case)?;
            args.push(&a.programme)?;
            args.push(&a.group)?;
            args.push(a.household)?;
            args.push(a.beneficiary.key())?;
            args.push(a.amount)?;
            args.push(kind_id(a.kind))?;
            args.push(a.from)?;
            args.push(a.to)?;
            let reasons = Reasons { begun: pair(&a.reason), ended: a.end_reason.as_ref().map(pair) };
            args.push(vault.seal_json(&AWARD_REASONS, id, &reasons)?)
        },
    )
    .await?;
    let covered: Vec<(i64, PersonId)> =
        numbered.iter().flat_map(|(id, a)| a.covered.iter().map(|p| (*id, *p))).collect();
    tx.bulk("INSERT INTO award_persons (award, person) VALUES", 2, "", &covered, |args, (award, person)| {
        args.push(*award)?;
        args.push(*person)
    })
    .await?;
    tx.added(Shelf::Awards, first, awards.len());
    tx.added(Shelf::AwardPersons, first, awards.len());
    Ok(AwardId(first))
}

/// Makes room for a new monthly award: the running one of the same programme and beneficiary ends the month before,
/// so that a family on the register is paid once and the next roster shows the change with its reason. Nothing is
/// reduced here, and nobody gets what excludes something else that they receive.
pub(crate) async fn succeed(tx: &mut Tx, award: &mut Award, desk: &Desk<'_>) -> StoreResult<()> {
    if award.kind == Kind::Once {
        return Ok(());
    }
    for person in &award.covered {
        excluded(tx, award, *person, desk).await?;
    }
    let running = tx
        .fetch(
            "SELECT id, amount, from_month FROM awards WHERE household = $1 AND programme = $2 AND beneficiary = $3 AND kind = 'monthly' \
             AND (to_month IS NULL OR to_month >= $4) ORDER BY id",
            args![award.household, &award.programme, award.beneficiary.key(), award.from],
            |c| Ok((AwardId(c.int()?), Fen(c.int()?), c.parse::<Month>()?)),
        )
        .await?;
    for (old, amount, from) in running {
        if from >= award.from {
            return Err(StoreError::refused(
                "从同一个月起已有这项待遇，不能重复确认",
                "this programme has been awarded from the same month; it cannot be confirmed twice",
            ));
        }
        if award.amount < amount {
            return Err(StoreError::refused(
                format!(
                    "确认的金额 {} 元低于现在享受的 {amount} 元，这是减发，不能用确认来办；请核对所用的事实",
                    award.amount
                ),
                format!(
                    "{} yuan is less than the {amount} yuan received now; a reduction is no confirmation: check the facts",
                    award.amount
                ),
            ));
        }
        let end = Text::new(
            format!("由新金额 {} 元接替", award.amount),
            format!("followed by {} yuan", award.amount),
        );
        end_at(tx, old, award.from.plus(-1), &end).await?;
        let case = award.case.map(|c| c.to_string()).unwrap_or_default();
        award.reason = Text::new(
            format!("复核后由 {amount} 元改为 {} 元（案件 {case}）", award.amount),
            format!("{amount} yuan became {} yuan after a review (case {case})", award.amount),
        );
    }
    // Rows of a register that was never taken over as awards.
    let person = match award.beneficiary {
        Beneficiary::Person(p) => p.0,
        Beneficiary::Household(_) => -1,
    };
    stop_receiving(
        tx,
        "SELECT id FROM receiving WHERE programme = $1 AND household = $2 AND award IS NULL AND from_month <= $4 \
         AND (to_month IS NULL OR to_month > $4) AND ($3 = -1 OR person = $3) ORDER BY id",
        args![&award.programme, award.household, person, award.from.plus(-1)],
        award.from.plus(-1),
    )
    .await
}

/// Ends the recognitions without money that a new award replaces; gives what the chain says of each. A recognition that
/// also covers somebody whom the award does not cover stays: ending it would be a loss, which takes a person.
pub(crate) async fn replace(tx: &mut Tx, award: &Award, desk: &Desk<'_>) -> StoreResult<Vec<Bilingual>> {
    let mut told = Vec::new();
    if award.kind == Kind::Once || award.amount <= Fen::ZERO {
        return Ok(told);
    }
    for (programme, name) in &desk.replaces {
        let rows = tx
            .fetch(
                "SELECT person, amount, from_month, award FROM receiving WHERE household = $1 AND programme = $2 AND to_month IS NULL ORDER BY person",
                args![award.household, programme],
                |c| {
                    let person = PersonId(c.int()?);
                    Ok((person, Fen(c.int()?), c.parse::<Month>()?, c.opt_int()?.map(AwardId)))
                },
            )
            .await?;
        let recognised: Vec<PersonId> = rows.iter().map(|(person, ..)| *person).collect();
        let paid = rows.iter().any(|(_, amount, ..)| *amount > Fen::ZERO);
        let Some(begun) = rows.iter().map(|(_, _, from, _)| *from).max() else { continue };
        if paid || !nobody_loses(&recognised, &award.covered) {
            continue;
        }
        let last = award.from.plus(-1).max(begun);
        let case = award.case.map(|c| c.to_string()).unwrap_or_default();
        let text = Bilingual::new(
            format!("{}到 {last} 为止，由{}接替（案件 {case}）", name.zh, desk.programme.zh),
            format!("{} ends with {last}, followed by {} (case {case})", name.en, desk.programme.en),
        );
        let reason = Text::new(text.zh.as_str(), text.en.as_str());
        let awards: BTreeSet<AwardId> = rows.iter().filter_map(|(.., id)| *id).collect();
        for id in awards {
            end_at(tx, id, last, &reason).await?;
        }
        // Rows of a register that was never taken over as awards.
        stop_receiving(
            tx,
            "SELECT id FROM receiving WHERE household = $1 AND programme = $2 AND award IS NULL AND to_month IS NULL ORDER BY id",
            args![award.household, programme],
            last,
        )
        .await?;
        told.push(text);
    }
    Ok(told)
}

/// Refuses where a person receives something that this award excludes, or the same in another household.
async fn excluded(tx: &mut Tx, award: &Award, person: PersonId, desk: &Desk<'_>) -> StoreResult<()> {
    for programme in desk.excludes.iter().chain([&award.programme]) {
        let elsewhere = tx
            .fetch_one(
                "SELECT household FROM receiving WHERE programme = $1 AND person = $2 AND (to_month IS NULL OR to_month >= $3) AND ($4 = 0 OR household <> $5)",
                args![programme, person, award.from, *programme == award.programme, award.household],
                |c| c.int(),
            )
            .await?;
        if elsewhere.is_some() {
            return Err(StoreError::refused(
                "有成员正在享受不能同享的待遇（或在另一户享受同一待遇），请先核实应保留哪一项",
                "a member receives something that excludes this, or the same in another household; find out first which one stays",
            ));
        }
    }
    Ok(())
}

async fn end_at(tx: &mut Tx, id: AwardId, last: Month, reason: &Text) -> StoreResult<()> {
    tx.changes(Shelf::Awards, id.0).await?;
    // The row's lock first: the reasons are read and written.
    let stored = tx
        .fetch_one(
            "UPDATE awards SET to_month = $2 WHERE id = $1 AND to_month IS NULL AND from_month <= $2 RETURNING reasons",
            args![id, last],
            |c| c.sealed_json::<Reasons>(&AWARD_REASONS, id),
        )
        .await?
        .ok_or(StoreError::Moved)?;
    let reasons = tx.vault.seal_json(&AWARD_REASONS, id, &Reasons { ended: Some(pair(reason)), ..stored })?;
    tx.execute("UPDATE awards SET reasons = $2 WHERE id = $1", args![id, reasons]).await?;
    let which = "SELECT id FROM receiving WHERE award = $1 AND to_month IS NULL ORDER BY id";
    stop_receiving(tx, which, args![id], last).await
}

/// Gives rows of who receives what their last month; a statement says which.
async fn stop_receiving(tx: &mut Tx, which: &'static str, args: Args, last: Month) -> StoreResult<()> {
    for id in tx.changes_of(Shelf::Receiving, which, args).await? {
        tx.execute("UPDATE receiving SET to_month = $2 WHERE id = $1", args![id, last]).await?;
    }
    Ok(())
}

/// The covered people now receive; the whole amount stands on the first.
pub(crate) async fn receive(
    tx: &mut Tx,
    id: AwardId,
    award: &Award,
    review: Option<Month>,
) -> StoreResult<()> {
    let until = match award.kind {
        Kind::Monthly => award.to,
        Kind::Once => Some(award.from),
    };
    let rows: Vec<(PersonId, Fen)> = award
        .covered
        .iter()
        .enumerate()
        .map(|(n, p)| (*p, if n == 0 { award.amount } else { Fen::ZERO }))
        .collect();
    let first = tx.take_ids("receiving", rows.len()).await?;
    tx.added(Shelf::Receiving, first, rows.len());
    let rows: Vec<(i64, (PersonId, Fen))> = (first..).zip(rows).collect();
    tx.bulk(
        "INSERT INTO receiving (id, programme, household, person, from_month, to_month, amount, next_review, account_tail, award) VALUES",
        10,
        "",
        &rows,
        |args, (row, (person, amount))| {
            args.push(*row)?;
            args.push(&award.programme)?;
            args.push(award.household)?;
            args.push(*person)?;
            args.push(award.from)?;
            args.push(until)?;
            args.push(*amount)?;
            args.push(review.map(Month::first_day))?;
            args.push("")?;
            args.push(id)
        },
    )
    .await
    .map_err(|e| {
        e.or_duplicate(
            "有人从同一个月起已在享同一待遇，不能重复确认",
            "somebody already receives this programme from the same month; it cannot be confirmed twice",
        )
    })?;
    Ok(())
}

/// Why an award began and ended, as it is sealed: Chinese, English.
#[derive(Serialize, Deserialize)]
struct Reasons {
    begun: (String, String),
    ended: Option<(String, String)>,
}

fn pair(text: &Text) -> (String, String) {
    (text.zh.clone(), text.en.clone())
}

fn read(c: &mut Cells<'_>) -> StoreResult<Award> {
    let id = c.int()?;
    let stored = c.sealed_if_any(&AWARD_REASONS, id)?;
    // Empty where the file was erased and the award stays for its payments.
    let Reasons { begun, ended } = match stored.as_str() {
        "" => Reasons { begun: Default::default(), ended: None },
        text => serde_json::from_str(text)?,
    };
    Ok(Award {
        id: AwardId(id),
        case: c.opt_int()?.map(CaseId),
        programme: c.text()?,
        group: c.text()?,
        household: HouseholdId(c.int()?),
        beneficiary: c.code(parse_beneficiary)?,
        covered: Vec::new(),
        amount: Fen(c.int()?),
        kind: c.code(kind_from)?,
        from: c.parse()?,
        to: c.opt_parse()?,
        reason: Text::new(begun.0, begun.1),
        end_reason: ended.map(|(zh, en)| Text::new(zh, en)),
    })
}

/// The line that is paid, and the account that the money goes to.
pub(crate) fn read_payee(c: &mut Cells<'_>) -> StoreResult<(LineId, Payee)> {
    let (line, household) = (c.text()?, c.int()?);
    let payee = Payee {
        name: c.sealed(&ACCOUNT_HOLDER, household)?,
        bank: c.text()?,
        account: c.sealed(&ACCOUNT_NUMBER, household)?,
    };
    Ok((LineId(line), payee))
}

fn with_people(mut awards: Vec<Award>, people: Vec<(i64, i64)>) -> Vec<Award> {
    let mut covered = std::collections::BTreeMap::<i64, Vec<PersonId>>::new();
    for (award, person) in people {
        covered.entry(award).or_default().push(PersonId(person));
    }
    for award in &mut awards {
        award.covered = covered.remove(&award.id.0).unwrap_or_default();
    }
    awards
}

/// Awards of a programme, and who they cover.
pub(crate) async fn of_programme(db: &Db, programme: &str) -> StoreResult<Vec<Award>> {
    let awards = db
        .fetch(
            "SELECT id, reasons, case_id, programme, exclusive_group, household, beneficiary, amount, kind, from_month, to_month \
             FROM awards WHERE programme = $1 ORDER BY id",
            args![programme],
            read,
        )
        .await?;
    let people = db
        .fetch(
            "SELECT p.award, p.person FROM award_persons p JOIN awards a ON a.id = p.award WHERE a.programme = $1 ORDER BY p.award, p.person",
            args![programme],
            |c| Ok((c.int()?, c.int()?)),
        )
        .await?;
    Ok(with_people(awards, people))
}

/// No bank has such a number.
const FIRST_DEMO_ACCOUNT: i64 = 9_900_000_000_000_000;

/// What became of a programme's register when it was taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Adopted {
    /// Awards made.
    pub awards: usize,
    /// Rows whose person is covered by another award of the same group: somebody has to say which one stays.
    pub waiting: usize,
}

impl Store {
    /// Adds awards that were decided elsewhere. Returns the id of the first, the others follow.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn add_awards(&self, awards: &[Award], by: impl Into<Option<StaffId>>) -> StoreResult<AwardId> {
        let mut tx = self.db.begin().await?;
        let first = insert(&mut tx, awards).await?;
        let entry = Entry::at_large("award.added").by(by);
        tx.commit(entry.with("first", first.0).with("count", awards.len())).await?;
        Ok(first)
    }

    /// Takes over what a household or a person receives by the register of the day the county started, as
    /// awards of a programme, with the month in which they began. Nobody is covered twice in one group: who has
    /// an award in the group already is left out of the next one, and a row of which nobody is left waits
    /// without an award until a person has settled it.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn adopt_awards(
        &self,
        programme: &str,
        group: &str,
        per_person: bool,
        reason: Text,
    ) -> StoreResult<Adopted> {
        let mut tx = self.db.begin().await?;
        let rows = tx
            .fetch(
                "SELECT household, person, from_month, to_month, amount FROM receiving WHERE programme = $1 AND award IS NULL ORDER BY household, person",
                args![programme],
                |c| {
                    Ok((
                        HouseholdId(c.int()?),
                        PersonId(c.int()?),
                        c.parse::<Month>()?,
                        c.opt_parse::<Month>()?,
                        Fen(c.int()?),
                    ))
                },
            )
            .await?;
        let taken: BTreeSet<PersonId> = tx
            .fetch(
                "SELECT p.person FROM award_persons p JOIN awards a ON a.id = p.award WHERE a.exclusive_group = $1 AND a.kind = 'monthly' AND a.to_month IS NULL",
                args![group],
                |c| Ok(PersonId(c.int()?)),
            )
            .await?
            .into_iter()
            .collect();
        let mut awards: Vec<Award> = Vec::new();
        for (household, person, from, to, amount) in &rows {
            match awards.last_mut() {
                Some(last) if !per_person && last.household == *household && last.from == *from => {
                    last.covered.push(*person);
                    last.amount = Fen(last.amount.0.saturating_add(amount.0));
                }
                _ => awards.push(Award {
                    id: AwardId(0),
                    case: None,
                    programme: programme.to_owned(),
                    group: group.to_owned(),
                    household: *household,
                    beneficiary: if per_person {
                        Beneficiary::Person(*person)
                    } else {
                        Beneficiary::Household(*household)
                    },
                    covered: vec![*person],
                    amount: *amount,
                    kind: Kind::Monthly,
                    from: *from,
                    to: *to,
                    reason: reason.clone(),
                    end_reason: None,
                }),
            }
        }
        for award in &mut awards {
            award.covered.retain(|p| !taken.contains(p));
        }
        awards.retain(|a| !a.covered.is_empty());
        let covered: usize = awards.iter().map(|a| a.covered.len()).sum();
        let first = insert(&mut tx, &awards).await?;
        // Whoever writes such rows takes ids first: nobody does until this has ended.
        let next = tx.take_ids("receiving", 0).await?;
        let touched = tx
            .fetch_one(
                "SELECT min(id), max(id) FROM receiving WHERE programme = $1 AND award IS NULL",
                args![programme],
                |c| Ok(c.opt_int()?.zip(c.opt_int()?)),
            )
            .await?;
        if let Some((low, high)) = touched.flatten() {
            tx.rewrites(Shelf::Receiving, low, high, next.saturating_sub(1)).await?;
        }
        tx.execute(
            "UPDATE receiving SET award = (SELECT a.id FROM awards a JOIN award_persons p ON p.award = a.id \
             WHERE a.household = receiving.household AND a.programme = receiving.programme AND a.from_month = receiving.from_month \
             AND a.id >= $2 AND p.person = receiving.person) WHERE programme = $1 AND award IS NULL",
            args![programme, first],
        )
        .await?;
        tx.commit(
            Entry::at_large("award.adopted")
                .with("programme", programme)
                .with("first", first.0)
                .with("count", awards.len()),
        )
        .await?;
        Ok(Adopted { awards: awards.len(), waiting: rows.len().saturating_sub(covered) })
    }

    /// Ends an award with a last month and a reason (the reason comes from a decision of a person).
    ///
    /// # Errors
    /// `Moved` where it has ended already.
    pub async fn end_award(
        &self,
        id: AwardId,
        last: Month,
        reason: Text,
        by: impl Into<Option<StaffId>>,
    ) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        end_at(&mut tx, id, last, &reason).await?;
        tx.commit(Entry::of("award.ended", "award", id.0).by(by).with("last", last)).await
    }

    /// 停发: ends an award after a person has decided so, on the proposal of a case that looked into it. The family
    /// gets a written notice with the way to appeal, and its chain says who decided and why.
    ///
    /// # Errors
    /// Refused by the casework; `Moved` where the award has ended already.
    pub async fn stop_award(
        &self,
        id: AwardId,
        case: CaseId,
        last: Month,
        decision: &HumanDecision,
        actor: &Actor,
        desk: &Desk<'_>,
    ) -> StoreResult<()> {
        let award = self.award(id).await?;
        let mut tx = self.db.begin().await?;
        let case = cases::lock(&mut tx, case).await?;
        if award.household != case.household || award.programme != case.programme {
            return Err(StoreError::refused(
                "这项待遇不属于该案件的家庭和项目",
                "the award is not of this case's family and programme",
            ));
        }
        let stop = doudi_casework::stop(&case, decision, actor, last, &desk.context)?;
        let reason = Text::new(stop.text.zh.as_str(), stop.text.en.as_str());
        end_at(&mut tx, id, last, &reason).await?;
        cases::issue(&mut tx, &case, &stop.notice, desk).await?;
        let body = serde_json::json!({ "zh": decision.reason(), "en": decision.reason() }).to_string();
        let event = ChainEvent {
            id: EventId(0),
            household: case.household,
            case: Some(case.id),
            kind: EventKind::Decision,
            on: desk.context.today,
            actor: Some(actor.staff),
            actor_name: format!("{} {}", actor.post.zh(), actor.name),
            title_zh: format!("{}：{}", desk.programme.zh, stop.text.zh),
            title_en: format!("{}: {}", desk.programme.en, stop.text.en),
            body,
        };
        chain::append(&mut tx, &[event]).await?;
        tx.commit(
            Entry::of("award.stopped", "case", case.id.0)
                .by(actor.staff)
                .with("award", id.0)
                .with("last", last),
        )
        .await
    }

    /// One award.
    ///
    /// # Errors
    /// `NotFound`, or those of the database.
    pub async fn award(&self, id: AwardId) -> StoreResult<Award> {
        let found = self
            .db
            .fetch(
                "SELECT id, reasons, case_id, programme, exclusive_group, household, beneficiary, amount, kind, from_month, to_month FROM awards WHERE id = $1",
                args![id],
                read,
            )
            .await?;
        let people = self
            .db
            .fetch(
                "SELECT award, person FROM award_persons WHERE award = $1 ORDER BY person",
                args![id],
                |c| Ok((c.int()?, c.int()?)),
            )
            .await?;
        with_people(found, people).pop().ok_or_else(|| StoreError::not_found("award", id))
    }

    /// The awards of a household, latest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn awards_of(&self, household: HouseholdId) -> StoreResult<Vec<Award>> {
        let awards = self
            .db
            .fetch(
                "SELECT id, reasons, case_id, programme, exclusive_group, household, beneficiary, amount, kind, from_month, to_month \
                 FROM awards WHERE household = $1 ORDER BY id DESC",
                args![household],
                read,
            )
            .await?;
        let people = self
            .db
            .fetch(
                "SELECT p.award, p.person FROM award_persons p JOIN awards a ON a.id = p.award WHERE a.household = $1 ORDER BY p.award, p.person",
                args![household],
                |c| Ok((c.int()?, c.int()?)),
            )
            .await?;
        Ok(with_people(awards, people))
    }

    /// The account of a household.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn account_of(&self, household: HouseholdId) -> StoreResult<Option<Payee>> {
        self.db
            .fetch_one(
                "SELECT holder, bank, account FROM accounts WHERE household = $1",
                args![household],
                |c| {
                    let name = c.sealed(&ACCOUNT_HOLDER, household)?;
                    Ok(Payee { name, bank: c.text()?, account: c.sealed(&ACCOUNT_NUMBER, household)? })
                },
            )
            .await
    }

    /// Records the account of a household.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn set_account(
        &self,
        household: HouseholdId,
        payee: &Payee,
        by: impl Into<Option<StaffId>>,
    ) -> StoreResult<()> {
        let vault = &self.db.vault;
        let holder = vault.seal(&ACCOUNT_HOLDER, household, &payee.name)?;
        let account = vault.seal(&ACCOUNT_NUMBER, household, &payee.account)?;
        self.db
            .change(
                (Shelf::Accounts, household.0),
                "INSERT INTO accounts (household, holder, bank, account) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (household) DO UPDATE SET holder = excluded.holder, bank = excluded.bank, account = excluded.account",
                args![household, holder, &payee.bank, account],
                Entry::of("account.set", "household", household.0).by(by),
            )
            .await?;
        Ok(())
    }

    /// Gives every household of the fictional county an account that no bank has. Returns how many were new.
    ///
    /// # Errors
    /// Refused where any division is real.
    pub async fn seed_demo_accounts(&self) -> StoreResult<u64> {
        if !self.is_fictional().await? {
            return Err(StoreError::refused(
                "演示账户只能用于虚构区划（99 开头）",
                "demonstration accounts exist only where every division is fictional (99…)",
            ));
        }
        let mut tx = self.db.begin().await?;
        let families = tx
            .fetch(
                "SELECT m.household, min(p.name) FROM memberships m JOIN persons p ON p.id = m.person \
                 WHERE m.kind = 'hukou' AND m.relation = 'head' AND m.to_on IS NULL \
                 AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.household = m.household) GROUP BY m.household ORDER BY m.household",
                args![],
                |c| Ok((c.int()?, c.text()?)),
            )
            .await?;
        let Some((last, _)) = families.last() else { return Ok(0) };
        tx.rewrites(Shelf::Accounts, 1, *last, *last).await?;
        let vault = tx.vault.clone();
        let written = tx
            .bulk(
                "INSERT INTO accounts (household, holder, bank, account) VALUES",
                4,
                "ON CONFLICT (household) DO NOTHING",
                &families,
                |args, (household, head)| {
                    let account = FIRST_DEMO_ACCOUNT.saturating_add(*household).to_string();
                    args.push(*household)?;
                    args.push(vault.seal(&ACCOUNT_HOLDER, household, head)?)?;
                    args.push("青石农村信用社")?;
                    args.push(vault.seal(&ACCOUNT_NUMBER, household, &account)?)
                },
            )
            .await?;
        if written > 0 {
            tx.commit(Entry::at_large("account.seeded").with("count", written)).await?;
        }
        Ok(written)
    }
}
