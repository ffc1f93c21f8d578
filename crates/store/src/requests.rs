//! 清除请求 (个人信息保护法第四十七条): a family's request to erase, put on record on any day, also while nothing is due.
//! It stays open until everything is erased, the family takes it back, or a second person refuses it with a reason.

use doudi_policy::Date;
use doudi_registry::{HouseholdId, StaffId};

use crate::audit::{Entry, Shelf};
use crate::classes::{REQUEST_ASKED, REQUEST_REASON};
use crate::db::{Cells, Tx, args};
use crate::{Store, StoreError, StoreResult};

/// Most characters of who asks.
pub const MOST_ASKED: usize = 60;

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    /// Nobody has settled it.
    Open,
    /// Everything on file was erased.
    Done,
    /// A second person refused it, with a reason.
    Refused,
    /// The family took it back.
    Withdrawn,
}

impl RequestState {
    /// Stored id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn from_id(id: &str) -> Option<Self> {
        [Self::Open, Self::Done, Self::Refused, Self::Withdrawn].into_iter().find(|s| s.id() == id)
    }
}

/// A request to erase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureRequest {
    /// Number.
    pub id: i64,
    /// The family.
    pub household: HouseholdId,
    /// Who asked, in words: a member of the family, or a guardian. Empty once the identity is erased.
    pub asked_by: String,
    /// When it was put on record.
    pub asked_on: Date,
    /// Who put it on record.
    pub recorded_by: StaffId,
    /// How it stands.
    pub state: RequestState,
    /// When it was settled.
    pub settled_on: Option<Date>,
    /// Why it was refused; else empty.
    pub reason: String,
}

fn read(c: &mut Cells<'_>) -> StoreResult<ErasureRequest> {
    let id = c.int()?;
    Ok(ErasureRequest {
        id,
        household: HouseholdId(c.int()?),
        asked_by: c.sealed_if_any(&REQUEST_ASKED, id)?,
        asked_on: c.parse()?,
        recorded_by: StaffId(c.int()?),
        state: c.code(RequestState::from_id)?,
        settled_on: c.opt_parse()?,
        reason: c.sealed_if_any(&REQUEST_REASON, id)?,
    })
}

impl Store {
    /// Puts a request to erase on record; nothing is erased by it. Gives its number.
    ///
    /// # Errors
    /// Refused where nobody is named, the words are longer than [`MOST_ASKED`], or a request stands already; otherwise
    /// those of the database.
    pub async fn request_erasure(
        &self,
        household: HouseholdId,
        asked_by: &str,
        by: StaffId,
        on: Date,
    ) -> StoreResult<i64> {
        let asked_by = asked_by.trim();
        if asked_by.is_empty() || asked_by.chars().count() > MOST_ASKED {
            return Err(StoreError::refused(
                format!("请写是谁提出的，不超过 {MOST_ASKED} 个字"),
                format!("write who asks, in at most {MOST_ASKED} characters"),
            ));
        }
        let mut tx = self.db.begin().await?;
        let id = tx.take_ids("erasure_requests", 1).await?;
        let sealed = tx.vault.seal(&REQUEST_ASKED, id, asked_by)?;
        tx.execute(
            "INSERT INTO erasure_requests (id, household, asked_by, asked_on, recorded_by, state, reason) VALUES ($1, $2, $3, $4, $5, 'open', '')",
            args![id, household, sealed, on, by],
        )
        .await
        .map_err(|e| {
            e.or_duplicate(
                "这户已有一项清除请求没有办结",
                "a request of this family to erase stands already",
            )
        })?;
        tx.added(Shelf::Requests, id, 1);
        tx.commit(Entry::of("erasure.requested", "household", household.0).by(by).with("request", id))
            .await?;
        Ok(id)
    }

    /// 拒绝 (个人信息保护法第五十条): a second person refuses the request that stands, with a reason.
    ///
    /// # Errors
    /// Refused without a reason, by whoever put the request on record, or where none stands; otherwise those of the
    /// database.
    pub async fn refuse_request(
        &self,
        household: HouseholdId,
        reason: &str,
        by: StaffId,
        on: Date,
    ) -> StoreResult<()> {
        if reason.trim().is_empty() {
            return Err(StoreError::refused("请写明拒绝的理由", "say why the request is refused"));
        }
        let mut tx = self.db.begin().await?;
        let open = open_in(&mut tx, household).await?.ok_or_else(none_stands)?;
        if open.recorded_by == by {
            return Err(StoreError::refused(
                "请求是您登记的，须由第二人决定",
                "you put this request on record; a second person decides on it",
            ));
        }
        tx.changes(Shelf::Requests, open.id).await?;
        let sealed = tx.vault.seal(&REQUEST_REASON, open.id, reason.trim())?;
        settle(&mut tx, open.id, RequestState::Refused, &sealed, (by, on)).await?;
        let entry = Entry::of("erasure.refused", "household", household.0).by(by);
        tx.commit(entry.with("request", open.id)).await
    }

    /// The family takes its request back.
    ///
    /// # Errors
    /// Refused where none stands; otherwise those of the database.
    pub async fn withdraw_request(&self, household: HouseholdId, by: StaffId, on: Date) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        let open = open_in(&mut tx, household).await?.ok_or_else(none_stands)?;
        tx.changes(Shelf::Requests, open.id).await?;
        settle(&mut tx, open.id, RequestState::Withdrawn, "", (by, on)).await?;
        let entry = Entry::of("erasure.withdrawn", "household", household.0).by(by);
        tx.commit(entry.with("request", open.id)).await
    }

    /// Requests of a family to erase, the latest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn requests_of(&self, household: HouseholdId) -> StoreResult<Vec<ErasureRequest>> {
        self.db
            .fetch(
                "SELECT id, household, asked_by, asked_on, recorded_by, state, settled_on, reason FROM erasure_requests WHERE household = $1 ORDER BY id DESC",
                args![household],
                read,
            )
            .await
    }
}

fn none_stands() -> StoreError {
    StoreError::refused("这户没有待办的清除请求", "no request of this family to erase stands")
}

async fn open_in(tx: &mut Tx, household: HouseholdId) -> StoreResult<Option<ErasureRequest>> {
    tx.fetch_one(
        "SELECT id, household, asked_by, asked_on, recorded_by, state, settled_on, reason FROM erasure_requests WHERE household = $1 AND state = 'open'",
        args![household],
        read,
    )
    .await
}

async fn settle(
    tx: &mut Tx,
    id: i64,
    state: RequestState,
    reason: &str,
    (by, on): (StaffId, Date),
) -> StoreResult<()> {
    let done = tx
        .execute(
            "UPDATE erasure_requests SET state = $2, reason = $3, settled_on = $4, settled_by = $5 WHERE id = $1 AND state = 'open'",
            args![id, state.id(), reason, on, by],
        )
        .await?;
    if done == 1 { Ok(()) } else { Err(StoreError::Moved) }
}

/// The request that stands is done: nothing is on file any more.
pub(crate) async fn fulfil(tx: &mut Tx, household: HouseholdId, by: StaffId, on: Date) -> StoreResult<()> {
    if let Some(open) = open_in(tx, household).await? {
        tx.changes(Shelf::Requests, open.id).await?;
        settle(tx, open.id, RequestState::Done, "", (by, on)).await?;
    }
    Ok(())
}

/// Takes the words out of the requests of a family whose identity is erased.
pub(crate) async fn blank(tx: &mut Tx, household: HouseholdId) -> StoreResult<()> {
    let which = "SELECT id FROM erasure_requests WHERE household = $1 ORDER BY id";
    tx.changes_of(Shelf::Requests, which, args![household]).await?;
    tx.execute(
        "UPDATE erasure_requests SET asked_by = '', reason = '' WHERE household = $1",
        args![household],
    )
    .await?;
    Ok(())
}
