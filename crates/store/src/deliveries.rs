//! Deliveries of the departments: what came, how many rows, which were set aside and why.

use doudi_policy::{Date, Month};
use doudi_registry::{DeliveryId, StaffId};

use crate::audit::{Entry, Shelf};
use crate::classes::{QUARANTINE_EN, QUARANTINE_SHOWN, QUARANTINE_ZH};
use crate::db::{Cells, args};
use crate::{Page, Paged, Store, StoreResult};

/// A delivery of one feed for one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Surrogate id; 0 before the store has given one.
    pub id: DeliveryId,
    /// Feed id.
    pub feed: String,
    /// Period that it covers.
    pub period: Month,
    /// Name of the file as it came.
    pub file_name: String,
    /// SHA-256 of the file as it came, hexadecimal.
    pub digest: String,
    /// `utf-8`, `gb18030`, `xlsx`.
    pub encoding: String,
    /// Rows after the header; always accepted + quarantined.
    pub rows: i64,
    /// Rows that were accepted.
    pub accepted: i64,
    /// Rows that were set aside with a reason.
    pub quarantined: i64,
    /// Fact values that the accepted rows gave.
    pub facts: i64,
    /// Day of receipt.
    pub received_on: Date,
    /// Who brought it in.
    pub received_by: Option<StaffId>,
    /// The day the data speak of.
    pub as_of: Date,
    /// Where the immutable Arrow file lies, relative to the data folder.
    pub path: String,
    /// SHA-256 of that file.
    pub path_digest: String,
    /// `preview` until the operator accepts it, then `accepted`; or `rejected`.
    pub state: String,
}

/// A row that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Line in the file, the header is line 1.
    pub line: i64,
    /// Code of the reason, for counting.
    pub code: String,
    /// Column meant, may be empty.
    pub field: String,
    /// What is wrong and how to cure it, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// What the file shows there, masked; may be empty.
    pub shown: String,
}

/// How many rows of a delivery were set aside for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineCount {
    /// Code of the reason.
    pub code: String,
    /// One of its texts, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// Rows.
    pub rows: i64,
}

fn read(c: &mut Cells<'_>) -> StoreResult<Delivery> {
    Ok(Delivery {
        id: DeliveryId(c.int()?),
        feed: c.text()?,
        period: c.parse()?,
        file_name: c.text()?,
        digest: c.text()?,
        encoding: c.text()?,
        rows: c.int()?,
        accepted: c.int()?,
        quarantined: c.int()?,
        facts: c.int()?,
        received_on: c.parse()?,
        received_by: c.opt_int()?.map(StaffId),
        as_of: c.parse()?,
        path: c.text()?,
        path_digest: c.text()?,
        state: c.text()?,
    })
}

impl Store {
    /// Records a delivery with the rows that were set aside.
    ///
    /// # Errors
    /// Refused as duplicate where the same bytes were accepted before, under whatever name.
    pub async fn add_delivery(
        &self,
        delivery: &Delivery,
        quarantine: &[Quarantined],
    ) -> StoreResult<DeliveryId> {
        let mut tx = self.db.begin().await?;
        let id = DeliveryId(tx.take_ids("deliveries", 1).await?);
        let d = delivery;
        tx.execute(
            "INSERT INTO deliveries (id, feed, period, file_name, digest, encoding, row_count, accepted, quarantined, facts, received_on, received_by, as_of, path, path_digest, state) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            args![
                id, &d.feed, d.period, &d.file_name, &d.digest, &d.encoding, d.rows, d.accepted,
                d.quarantined, d.facts, d.received_on, d.received_by, d.as_of, &d.path,
                &d.path_digest, &d.state
            ],
        )
        .await
        .map_err(|e| {
            e.or_duplicate(
                "同一份文件已经接收过（内容完全相同），没有再次写入；请核对是否拿错了上期文件",
                "the same file was accepted before, byte for byte, and was not written again; check whether it is last period's file",
            )
        })?;
        let first = tx.take_ids("quarantine", quarantine.len()).await?;
        let numbered: Vec<(i64, &Quarantined)> = (first..).zip(quarantine).collect();
        let vault = tx.vault.clone();
        tx.bulk(
            "INSERT INTO quarantine (id, delivery, line, code, field, zh, en, shown) VALUES",
            8,
            "",
            &numbered,
            |args, (row, q)| {
                args.push(*row)?;
                args.push(id)?;
                args.push(q.line)?;
                args.push(&q.code)?;
                args.push(&q.field)?;
                args.push(vault.seal(&QUARANTINE_ZH, row, &q.zh)?)?;
                args.push(vault.seal(&QUARANTINE_EN, row, &q.en)?)?;
                args.push(vault.seal_if_any(&QUARANTINE_SHOWN, row, &q.shown)?)
            },
        )
        .await?;
        tx.added(Shelf::Quarantine, first, quarantine.len());
        tx.added(Shelf::Deliveries, id.0, 1);
        tx.commit(
            Entry::of("delivery.recorded", "delivery", id.0)
                .by(d.received_by)
                .with("state", &d.state)
                .with("digest", &d.digest),
        )
        .await?;
        Ok(id)
    }

    /// Accepts or rejects a delivery that was only previewed.
    ///
    /// # Errors
    /// Refused as duplicate where the same bytes were accepted before; `Moved` where it is no preview any more.
    pub async fn settle_delivery(
        &self,
        id: DeliveryId,
        accept: bool,
        by: impl Into<Option<StaffId>>,
    ) -> StoreResult<()> {
        let state = if accept { "accepted" } else { "rejected" };
        let changed = self
            .db
            .change(
                (Shelf::Deliveries, id.0),
                "UPDATE deliveries SET state = $2 WHERE id = $1 AND state = 'preview'",
                args![id, state],
                Entry::of("delivery.settled", "delivery", id.0).by(by).with("state", state),
            )
            .await
            .map_err(|e| {
                e.or_duplicate(
                    "同一份文件已经接收过，没有再次写入",
                    "the same file was accepted before and was not written again",
                )
            })?;
        if changed == 1 { Ok(()) } else { Err(crate::StoreError::Moved) }
    }

    /// The accepted delivery with these bytes, if there is one.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn delivery_by_digest(&self, digest: &str) -> StoreResult<Option<Delivery>> {
        self.db
            .fetch_one(
                "SELECT id, feed, period, file_name, digest, encoding, row_count, accepted, quarantined, facts, received_on, received_by, as_of, path, path_digest, state \
                 FROM deliveries WHERE digest = $1 AND state = 'accepted'",
                args![digest],
                read,
            )
            .await
    }

    /// One delivery.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn delivery(&self, id: DeliveryId) -> StoreResult<Option<Delivery>> {
        self.db
            .fetch_one(
                "SELECT id, feed, period, file_name, digest, encoding, row_count, accepted, quarantined, facts, received_on, received_by, as_of, path, path_digest, state \
                 FROM deliveries WHERE id = $1",
                args![id],
                read,
            )
            .await
    }

    /// All deliveries, by feed, the latest period first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn deliveries(&self) -> StoreResult<Vec<Delivery>> {
        self.db
            .fetch(
                "SELECT id, feed, period, file_name, digest, encoding, row_count, accepted, quarantined, facts, received_on, received_by, as_of, path, path_digest, state \
                 FROM deliveries ORDER BY feed, period DESC, id DESC",
                args![],
                read,
            )
            .await
    }

    /// The accepted delivery of each feed with the latest period up to one, by feed.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn latest_deliveries(&self, up_to: Month) -> StoreResult<Vec<Delivery>> {
        let all = self
            .db
            .fetch(
                "SELECT id, feed, period, file_name, digest, encoding, row_count, accepted, quarantined, facts, received_on, received_by, as_of, path, path_digest, state \
                 FROM deliveries WHERE state = 'accepted' AND period <= $1 ORDER BY feed, period DESC, id DESC",
                args![up_to],
                read,
            )
            .await?;
        let mut latest: Vec<Delivery> = Vec::new();
        for delivery in all {
            if latest.last().is_none_or(|l| l.feed != delivery.feed) {
                latest.push(delivery);
            }
        }
        Ok(latest)
    }

    /// Rows of a delivery that were set aside, by line.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn quarantine(&self, delivery: DeliveryId, page: Page) -> StoreResult<Paged<Quarantined>> {
        let total = self
            .db
            .fetch_one("SELECT count(*) FROM quarantine WHERE delivery = $1", args![delivery], |c| c.int())
            .await?
            .unwrap_or(0);
        let rows = self
            .db
            .fetch(
                "SELECT id, line, code, field, zh, en, shown FROM quarantine WHERE delivery = $1 ORDER BY line, code LIMIT $2 OFFSET $3",
                args![delivery, page.limit(), page.offset()],
                |c| {
                    let row = c.int()?;
                    Ok(Quarantined {
                        line: c.int()?,
                        code: c.text()?,
                        field: c.text()?,
                        zh: c.sealed(&QUARANTINE_ZH, row)?,
                        en: c.sealed(&QUARANTINE_EN, row)?,
                        shown: c.sealed_if_any(&QUARANTINE_SHOWN, row)?,
                    })
                },
            )
            .await?;
        Ok(Paged { rows, total, page })
    }

    /// Reasons for which rows were set aside, the most frequent first; of one delivery, or of all.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn quarantine_counts(&self, delivery: Option<DeliveryId>) -> StoreResult<Vec<QuarantineCount>> {
        self.db
            .fetch(
                "SELECT n.a_row, q.code, q.zh, q.en, n.how_many FROM quarantine q JOIN (SELECT min(id) AS a_row, count(*) AS how_many FROM quarantine \
                 WHERE ($1 = -1 OR delivery = $1) GROUP BY code) n ON n.a_row = q.id ORDER BY n.how_many DESC, q.code",
                args![delivery.map_or(-1, |d| d.0)],
                |c| {
                    let row = c.int()?;
                    Ok(QuarantineCount {
                        code: c.text()?,
                        zh: c.sealed(&QUARANTINE_ZH, row)?,
                        en: c.sealed(&QUARANTINE_EN, row)?,
                        rows: c.int()?,
                    })
                },
            )
            .await
    }
}
