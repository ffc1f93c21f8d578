//! Who receives which programme.

use doudi_policy::{DivisionCode, Fen, Month};
use doudi_registry::{HouseholdId, PersonId, Receiving};

use crate::audit::{Entry, Shelf};
use crate::classes::RECEIVING_TAIL;
use crate::db::{Cells, Tx, args};
use crate::{Store, StoreResult};

fn read(c: &mut Cells<'_>) -> StoreResult<Receiving> {
    let id = c.int()?;
    Ok(Receiving {
        programme: c.text()?,
        household: HouseholdId(c.int()?),
        person: PersonId(c.int()?),
        from: c.parse()?,
        to: c.opt_parse()?,
        amount: Fen(c.int()?),
        next_review: c.opt_parse()?,
        account_tail: c.sealed_if_any(&RECEIVING_TAIL, id)?,
    })
}

/// Writes the award register inside a transaction, the ids of households and of persons shifted.
pub(crate) async fn write_receiving(
    tx: &mut Tx,
    rows: &[Receiving],
    (household_shift, person_shift): (i64, i64),
) -> StoreResult<u64> {
    let first = tx.take_ids("receiving", rows.len()).await?;
    let numbered: Vec<(i64, &Receiving)> = (first..).zip(rows).collect();
    let vault = tx.vault.clone();
    tx.added(Shelf::Receiving, first, rows.len());
    tx.bulk(
        "INSERT INTO receiving (id, programme, household, person, from_month, to_month, amount, next_review, account_tail) VALUES",
        9,
        "",
        &numbered,
        |args, (id, r)| {
            args.push(*id)?;
            args.push(&r.programme)?;
            args.push(r.household.0 + household_shift)?;
            args.push(r.person.0 + person_shift)?;
            args.push(r.from)?;
            args.push(r.to)?;
            args.push(r.amount)?;
            args.push(r.next_review)?;
            args.push(vault.seal_if_any(&RECEIVING_TAIL, id, &r.account_tail)?)
        },
    )
    .await
    .map_err(|e| {
        e.or_duplicate(
            "在享名册重复：同一人同一待遇同一起始月份已登记",
            "the award register repeats a person, programme and first month that are on file",
        )
    })
}

impl Store {
    /// Loads the award register of the day the county starts. Returns the rows written.
    ///
    /// # Errors
    /// Refused as duplicate where a person already receives the programme from the same month.
    pub async fn import_receiving(&self, rows: &[Receiving]) -> StoreResult<u64> {
        let mut tx = self.db.begin().await?;
        let written = write_receiving(&mut tx, rows, (0, 0)).await?;
        tx.commit(Entry::at_large("receiving.imported").with("count", written)).await?;
        Ok(written)
    }

    /// What a household receives in a month.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn receiving_of(&self, household: HouseholdId, month: Month) -> StoreResult<Vec<Receiving>> {
        self.db
            .fetch(
                "SELECT id, programme, household, person, from_month, to_month, amount, next_review, account_tail FROM receiving \
                 WHERE household = $1 AND from_month <= $2 AND (to_month IS NULL OR to_month >= $2) ORDER BY programme, person",
                args![household, month],
                read,
            )
            .await
    }

    /// Everything received in a month, by household.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn receiving_in(&self, month: Month) -> StoreResult<Vec<Receiving>> {
        self.db
            .fetch(
                "SELECT id, programme, household, person, from_month, to_month, amount, next_review, account_tail FROM receiving \
                 WHERE from_month <= $1 AND (to_month IS NULL OR to_month >= $1) ORDER BY household, programme, person",
                args![month],
                read,
            )
            .await
    }

    /// Households and persons who receive each programme in a month inside an area, with the monthly total.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn receiving_counts(
        &self,
        month: Month,
        area: Option<&DivisionCode>,
    ) -> StoreResult<Vec<ReceivingCount>> {
        let (from, to) = crate::area_range(area);
        self.db
            .fetch(
                "SELECT r.programme, count(DISTINCT r.household), count(DISTINCT r.person), CAST(coalesce(sum(r.amount), 0) AS BIGINT) \
                 FROM receiving r JOIN households h ON h.id = r.household \
                 WHERE r.from_month <= $1 AND (r.to_month IS NULL OR r.to_month >= $1) AND h.division >= $2 AND h.division < $3 \
                 GROUP BY r.programme ORDER BY r.programme",
                args![month, from, to],
                |c| {
                    Ok(ReceivingCount {
                        programme: c.text()?,
                        households: c.int()?,
                        persons: c.int()?,
                        amount: Fen(c.int()?),
                    })
                },
            )
            .await
    }
}

/// How many receive a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivingCount {
    /// Outcome id.
    pub programme: String,
    /// Households.
    pub households: i64,
    /// Persons.
    pub persons: i64,
    /// Monthly total.
    pub amount: Fen,
}
