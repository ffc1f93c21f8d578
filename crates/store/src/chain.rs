//! 一户一条救助链: the readable history of a household. Events are appended and never changed.

use doudi_policy::Date;
use doudi_registry::{CaseId, EventId, HouseholdId, StaffId};
use serde::{Deserialize, Serialize};

use crate::audit::{Entry, Shelf};
use crate::classes::EVENT_CONTENT;
use crate::db::{Cells, Tx, args};
use crate::{Store, StoreError, StoreResult};

/// What an event of the chain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// 事实: something was learnt.
    Fact,
    /// 提示: a rule or a person found something; nobody has decided.
    Finding,
    /// 决定: a person decided.
    Decision,
    /// 发放
    Payment,
    /// 服务
    Service,
}

impl EventKind {
    /// Stored id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::Finding => "finding",
            Self::Decision => "decision",
            Self::Payment => "payment",
            Self::Service => "service",
        }
    }

    /// The kind of a stored id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Fact, Self::Finding, Self::Decision, Self::Payment, Self::Service]
            .into_iter()
            .find(|k| k.id() == id)
    }
}

/// One event of a household's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainEvent {
    /// Surrogate id; 0 before the store has given one. The order of ids is the order of recording.
    pub id: EventId,
    /// Household.
    pub household: HouseholdId,
    /// Case, if it happened in one.
    pub case: Option<CaseId>,
    /// Kind.
    pub kind: EventKind,
    /// Day on which it happened.
    pub on: Date,
    /// Who did it; `None` for the program.
    pub actor: Option<StaffId>,
    /// Name and post as they were then; empty for the program.
    pub actor_name: String,
    /// What happened, in Chinese.
    pub title_zh: String,
    /// The same in English.
    pub title_en: String,
    /// Particulars as JSON.
    pub body: String,
}

/// What is sealed of an event.
#[derive(Serialize, Deserialize)]
struct Content {
    title_zh: String,
    title_en: String,
    body: String,
}

fn read(c: &mut Cells<'_>) -> StoreResult<ChainEvent> {
    let id = c.int()?;
    let head = (c.int()?, c.opt_int()?, c.code(EventKind::from_id)?, c.parse()?, c.opt_int()?, c.text()?);
    let (household, case, kind, on, actor, actor_name) = head;
    let Content { title_zh, title_en, body } = c.sealed_json(&EVENT_CONTENT, id)?;
    Ok(ChainEvent {
        id: EventId(id),
        household: HouseholdId(household),
        case: case.map(CaseId),
        kind,
        on,
        actor: actor.map(StaffId),
        actor_name,
        title_zh,
        title_en,
        body,
    })
}

pub(crate) async fn append(tx: &mut Tx, events: &[ChainEvent]) -> StoreResult<i64> {
    let first = tx.take_ids("events", events.len()).await?;
    let numbered: Vec<(i64, &ChainEvent)> = (first..).zip(events).collect();
    let vault = tx.vault.clone();
    tx.bulk(
        "INSERT INTO events (id, household, case_id, kind, happened_on, actor, actor_name, content) VALUES",
        8,
        "",
        &numbered,
        |args, (id, e)| {
            args.push(*id)?;
            args.push(e.household)?;
            args.push(e.case)?;
            args.push(e.kind.id())?;
            args.push(e.on)?;
            args.push(e.actor)?;
            args.push(&e.actor_name)?;
            let (title_zh, title_en, body) = (e.title_zh.clone(), e.title_en.clone(), e.body.clone());
            args.push(vault.seal_json(&EVENT_CONTENT, id, &Content { title_zh, title_en, body })?)
        },
    )
    .await?;
    tx.added(Shelf::Events, first, events.len());
    Ok(first)
}

impl Store {
    /// Appends events. Returns the id of the first, the others follow.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn append_events(&self, events: &[ChainEvent]) -> StoreResult<EventId> {
        let mut tx = self.db.begin().await?;
        let first = append(&mut tx, events).await?;
        tx.commit(Entry::at_large("event.appended").with("first", first).with("count", events.len())).await?;
        Ok(EventId(first))
    }

    /// The chain of a household, oldest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn chain(&self, household: HouseholdId) -> StoreResult<Vec<ChainEvent>> {
        self.db
            .fetch(
                "SELECT id, household, case_id, kind, happened_on, actor, actor_name, content FROM events WHERE household = $1 ORDER BY id",
                args![household],
                read,
            )
            .await
    }

    /// One event.
    ///
    /// # Errors
    /// `NotFound`, or those of the database.
    pub async fn event(&self, id: EventId) -> StoreResult<ChainEvent> {
        self.db
            .fetch_one(
                "SELECT id, household, case_id, kind, happened_on, actor, actor_name, content FROM events WHERE id = $1",
                args![id],
                read,
            )
            .await?
            .ok_or_else(|| StoreError::not_found("event", id))
    }
}
