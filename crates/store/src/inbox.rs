//! 接口收件箱: files of departments as they came through the interface, sealed, until a person has looked at them. What
//! is settled loses its bytes in the same transaction; the receipt stays.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doudi_policy::{DivisionCode, Month};
use doudi_registry::DeliveryId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::audit::{Entry, Shelf};
use crate::classes::INBOX_CONTENT;
use crate::db::{Cells, Tx, args};
use crate::{Store, StoreError, StoreResult, hex};

/// Bytes of a piece: small enough that sealing anew holds little in memory.
const PART: usize = 48 * 1024;
/// Pieces of one statement.
const PARTS_AT_ONCE: usize = 16;
/// Files of one service that may wait.
pub const MOST_WAITING: i64 = 500;
/// Bytes of one service that may wait: 512 MiB.
pub const MOST_WAITING_BYTES: i64 = 512 << 20;

/// A file as it comes.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// Who sends it.
    pub service: i64,
    /// Feed id.
    pub feed: &'a str,
    /// The month it is about.
    pub period: Month,
    /// The area it is about.
    pub division: &'a DivisionCode,
    /// SHA-256 of the sender's key for this sending, if there is one.
    pub key_digest: Option<&'a str>,
    /// The bytes.
    pub content: &'a [u8],
    /// Seconds since 1970.
    pub now: i64,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It waits under this number.
    New(i64),
    /// It was received before, under this number.
    Same(i64),
    /// The sender's key stands for another file.
    KeyReused,
    /// So much of this service waits that no more is taken.
    Full,
}

/// Where a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboxState {
    /// Nobody has settled it.
    Waiting,
    /// Its good rows are a delivery.
    Accepted,
    /// Nothing of it was kept.
    Rejected,
}

impl InboxState {
    /// All.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Accepted, Self::Rejected];

    /// As it is stored and sent.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }

    fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.id() == id)
    }
}

/// Rows counted: `rows` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InboxCounts {
    /// Rows below the header.
    pub rows: i64,
    /// Rows that are good.
    pub accepted: i64,
    /// Rows set aside with a reason.
    pub quarantined: i64,
    /// Rows that repeat an earlier one.
    pub repeated: i64,
}

/// Why rows, or the whole file, were set aside: words for the sender, with nothing of any cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxReason {
    /// Code, for programs.
    pub code: String,
    /// How many rows; 0 for a reason of the whole file.
    pub rows: i64,
    /// What is wrong and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// The first lines; the header is line 1.
    pub lines: Vec<u32>,
}

/// What a person made of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The delivery; `None` where it was rejected.
    pub delivery: Option<DeliveryId>,
    /// Rows; `None` where it could not be read.
    pub counts: Option<InboxCounts>,
    /// Why rows or the file were set aside.
    pub reasons: Vec<InboxReason>,
    /// Seconds since 1970.
    pub now: i64,
}

/// A file of the inbox without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxItem {
    /// Number.
    pub id: i64,
    /// Who sent it.
    pub service: i64,
    /// Name of the service.
    pub service_name: String,
    /// Feed id.
    pub feed: String,
    /// The month it is about.
    pub period: Month,
    /// The area it is about.
    pub division: DivisionCode,
    /// SHA-256 of its bytes, in hexadecimal.
    pub digest: String,
    /// Bytes.
    pub size: i64,
    /// Seconds since 1970.
    pub received_at: i64,
    /// Where it stands.
    pub state: InboxState,
    /// Seconds since 1970.
    pub settled_at: Option<i64>,
    /// The delivery that it became.
    pub delivery: Option<DeliveryId>,
    /// Rows, once it was read.
    pub counts: Option<InboxCounts>,
    /// Why rows or the file were set aside.
    pub reasons: Vec<InboxReason>,
}

fn read(c: &mut Cells<'_>) -> StoreResult<InboxItem> {
    Ok(InboxItem {
        id: c.int()?,
        service: c.int()?,
        service_name: c.text()?,
        feed: c.text()?,
        period: c.parse()?,
        division: c.parse()?,
        digest: c.text()?,
        size: c.int()?,
        received_at: c.int()?,
        state: c.code(InboxState::from_id)?,
        settled_at: c.opt_int()?,
        delivery: c.opt_int()?.map(DeliveryId),
        counts: counts(c)?,
        reasons: c.json()?,
    })
}

fn counts(c: &mut Cells<'_>) -> StoreResult<Option<InboxCounts>> {
    let all = [c.opt_int()?, c.opt_int()?, c.opt_int()?, c.opt_int()?];
    Ok(match all {
        [Some(rows), Some(accepted), Some(quarantined), Some(repeated)] => {
            Some(InboxCounts { rows, accepted, quarantined, repeated })
        }
        _ => None,
    })
}

impl Store {
    /// Takes a file in. The same bytes of the same service for the same feed, month and area are one file, however often
    /// and however simultaneously they come.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn receive(&self, file: &Incoming<'_>) -> StoreResult<Received> {
        let digest = hex(&Sha256::digest(file.content));
        let size = i64::try_from(file.content.len()).unwrap_or(i64::MAX);
        let mut tx = self.db.begin().await?;
        let id = tx.take_ids("inbox", 1).await?;
        let written = tx
            .execute(
                "INSERT INTO inbox (id, service, feed, period, division, digest, size, key_digest, received_at, state, reasons) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', '[]') ON CONFLICT DO NOTHING",
                args![
                    id, file.service, file.feed, file.period, file.division, &digest, size, file.key_digest,
                    file.now
                ],
            )
            .await?;
        if written == 0 {
            let same = tx
                .fetch_one(
                    "SELECT id FROM inbox WHERE service = $1 AND feed = $2 AND period = $3 AND division = $4 AND digest = $5",
                    args![file.service, file.feed, file.period, file.division, &digest],
                    |c| c.int(),
                )
                .await?;
            return Ok(same.map_or(Received::KeyReused, Received::Same));
        }
        let waiting = tx
            .fetch_one(
                "SELECT count(*), CAST(coalesce(sum(size), 0) AS BIGINT) FROM inbox WHERE service = $1 AND state = 'waiting'",
                args![file.service],
                |c| Ok((c.int()?, c.int()?)),
            )
            .await?;
        if waiting.is_some_and(|(files, bytes)| files > MOST_WAITING || bytes > MOST_WAITING_BYTES) {
            return Ok(Received::Full);
        }
        write_parts(&mut tx, id, file.content).await?;
        tx.added(Shelf::Inbox, id, 1);
        tx.commit(
            Entry::of("inbox.received", "inbox", id)
                .with("service", file.service)
                .with("feed", file.feed)
                .with("period", file.period)
                .with("division", file.division)
                .with("digest", &digest),
        )
        .await?;
        Ok(Received::New(id))
    }

    /// One file.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn inbox_item(&self, id: i64) -> StoreResult<Option<InboxItem>> {
        self.db
            .fetch_one(
                "SELECT i.id, i.service, s.name, i.feed, i.period, i.division, i.digest, i.size, i.received_at, i.state, i.settled_at, i.delivery, i.row_count, i.accepted, i.quarantined, i.repeated, i.reasons \
                 FROM inbox i JOIN service_accounts s ON s.id = i.service WHERE i.id = $1",
                args![id],
                read,
            )
            .await
    }

    /// The files that wait, oldest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn inbox_waiting(&self) -> StoreResult<Vec<InboxItem>> {
        self.db
            .fetch(
                "SELECT i.id, i.service, s.name, i.feed, i.period, i.division, i.digest, i.size, i.received_at, i.state, i.settled_at, i.delivery, i.row_count, i.accepted, i.quarantined, i.repeated, i.reasons \
                 FROM inbox i JOIN service_accounts s ON s.id = i.service WHERE i.state = 'waiting' ORDER BY i.id",
                args![],
                read,
            )
            .await
    }

    /// The bytes of a file that waits, as they came: compared with their digest.
    ///
    /// # Errors
    /// `Moved` where it was settled, `Sealed` or `Corrupt` where it was altered.
    pub async fn inbox_content(&self, item: &InboxItem) -> StoreResult<Vec<u8>> {
        let id = item.id;
        let parts = self
            .db
            .fetch(
                "SELECT position, content FROM inbox_parts WHERE inbox = $1 ORDER BY position",
                args![id],
                |c| {
                    let position = c.int()?;
                    c.sealed(&INBOX_CONTENT, part_key(id, position))
                },
            )
            .await?;
        if parts.is_empty() {
            return Err(StoreError::Moved);
        }
        let corrupt = || StoreError::Corrupt(format!("inbox {id}"));
        let mut content = Vec::with_capacity(usize::try_from(item.size).unwrap_or_default());
        for part in &parts {
            content.extend(STANDARD.decode(part).map_err(|_| corrupt())?);
        }
        if hex(&Sha256::digest(&content)) != item.digest {
            return Err(corrupt());
        }
        Ok(content)
    }

    /// Records what a person made of a file, and destroys its bytes.
    ///
    /// # Errors
    /// `Moved` where it was settled before.
    pub async fn settle_inbox(&self, id: i64, settled: &Settled) -> StoreResult<()> {
        let state = if settled.delivery.is_some() { InboxState::Accepted } else { InboxState::Rejected };
        let counts = settled.counts;
        let mut tx = self.db.begin().await?;
        tx.changes(Shelf::Inbox, id).await?;
        let changed = tx
            .execute(
                "UPDATE inbox SET state = $2, settled_at = $3, delivery = $4, row_count = $5, accepted = $6, quarantined = $7, repeated = $8, reasons = $9 \
                 WHERE id = $1 AND state = 'waiting'",
                args![
                    id,
                    state.id(),
                    settled.now,
                    settled.delivery,
                    counts.map(|c| c.rows),
                    counts.map(|c| c.accepted),
                    counts.map(|c| c.quarantined),
                    counts.map(|c| c.repeated),
                    serde_json::to_string(&settled.reasons)?
                ],
            )
            .await?;
        if changed == 0 {
            return Err(StoreError::Moved);
        }
        tx.execute("DELETE FROM inbox_parts WHERE inbox = $1", args![id]).await?;
        let entry = Entry::of("inbox.settled", "inbox", id).with("state", state.id());
        let entry = match settled.delivery {
            Some(delivery) => entry.with("delivery", delivery.0),
            None => entry,
        };
        tx.commit(entry).await
    }
}

fn part_key(inbox: i64, position: i64) -> String {
    format!("{inbox}/{position}")
}

async fn write_parts(tx: &mut Tx, id: i64, content: &[u8]) -> StoreResult<()> {
    let parts: Vec<(i64, &[u8])> = (0..).zip(content.chunks(PART)).collect();
    let vault = tx.vault.clone();
    tx.bulk_sized(
        PARTS_AT_ONCE,
        "INSERT INTO inbox_parts (inbox, position, content) VALUES",
        3,
        "",
        &parts,
        |args, (position, part)| {
            args.push(id)?;
            args.push(*position)?;
            args.push(vault.seal(&INBOX_CONTENT, part_key(id, *position), &STANDARD.encode(part))?)
        },
    )
    .await?;
    Ok(())
}
