//! Observations from people (forms, visits, corrections, disputes) and the lines of deliveries that a case used.

use doudi_registry::{
    CaseId, DeliveryId, Grade, HouseholdId, Observation, ObservationId, Origin, PersonId, StaffId, Subject,
    VisitId,
};

use crate::audit::{Entry, Shelf};
use crate::classes::OBSERVATION_PAYLOAD;
use crate::db::{Args, Cells, Tx, args};
use crate::vault::Vault;
use crate::{Store, StoreError, StoreResult};

pub(crate) fn subject_parts(subject: Subject) -> (&'static str, i64) {
    match subject {
        Subject::Person(id) => ("person", id.0),
        Subject::Household(id) => ("household", id.0),
    }
}

fn origin_parts(origin: Origin) -> (&'static str, Option<i64>) {
    match origin {
        Origin::Delivery(id) => ("delivery", Some(id.0)),
        Origin::Form(id) => ("form", Some(id.0)),
        Origin::Visit(id) => ("visit", Some(id.0)),
        Origin::Dispute(id) => ("dispute", Some(id.0)),
        Origin::Register => ("register", None),
    }
}

fn read(c: &mut Cells<'_>) -> StoreResult<Observation> {
    let id = ObservationId(c.int()?);
    let (kind, subject) = (c.text()?, c.int()?);
    let subject = match kind.as_str() {
        "person" => Subject::Person(PersonId(subject)),
        "household" => Subject::Household(HouseholdId(subject)),
        other => return Err(StoreError::corrupt(other)),
    };
    let source = c.text()?;
    let (kind, from) = (c.text()?, c.opt_int()?);
    let origin = match (kind.as_str(), from) {
        ("delivery", Some(id)) => Origin::Delivery(DeliveryId(id)),
        ("form", Some(id)) => Origin::Form(CaseId(id)),
        ("visit", Some(id)) => Origin::Visit(VisitId(id)),
        ("dispute", Some(id)) => Origin::Dispute(ObservationId(id)),
        ("register", _) => Origin::Register,
        (other, _) => return Err(StoreError::corrupt(other)),
    };
    Ok(Observation {
        id,
        subject,
        source,
        origin,
        line: c.opt_int()?,
        grade: c.code(Grade::from_id)?,
        valid_from: c.parse()?,
        valid_to: c.opt_parse()?,
        recorded_at: c.parse()?,
        recorded_by: c.opt_int()?.map(StaffId),
        payload: c.sealed_json(&OBSERVATION_PAYLOAD, id)?,
    })
}

fn push(args: &mut Args, vault: &Vault, id: i64, o: &Observation) -> StoreResult<()> {
    let (subject_kind, subject) = subject_parts(o.subject);
    let (origin_kind, origin) = origin_parts(o.origin);
    args.push(id)?;
    args.push(subject_kind)?;
    args.push(subject)?;
    args.push(&o.source)?;
    args.push(origin_kind)?;
    args.push(origin)?;
    args.push(o.line)?;
    args.push(o.grade.id())?;
    args.push(o.valid_from)?;
    args.push(o.valid_to)?;
    args.push(o.recorded_at)?;
    args.push(o.recorded_by)?;
    args.push(vault.seal_json(&OBSERVATION_PAYLOAD, id, &o.payload)?)
}

pub(crate) async fn append(tx: &mut Tx, observations: &[Observation]) -> StoreResult<i64> {
    let first = tx.take_ids("observations", observations.len()).await?;
    let numbered: Vec<(i64, &Observation)> = (first..).zip(observations).collect();
    let vault = tx.vault.clone();
    tx.bulk(
        "INSERT INTO observations (id, subject_kind, subject, source, origin_kind, origin, line, grade, valid_from, valid_to, recorded_at, recorded_by, payload) VALUES",
        13,
        "",
        &numbered,
        |args, (id, o)| push(args, &vault, *id, o),
    )
    .await?;
    tx.added(Shelf::Observations, first, observations.len());
    Ok(first)
}

/// The latest word of a source about one fact of a subject.
pub(crate) async fn latest(
    tx: &mut Tx,
    subject: Subject,
    source: &str,
    fact: &str,
) -> StoreResult<Option<ObservationId>> {
    let (kind, id) = subject_parts(subject);
    let all = tx
        .fetch(
            "SELECT id, subject_kind, subject, source, origin_kind, origin, line, grade, valid_from, valid_to, recorded_at, recorded_by, payload \
             FROM observations WHERE subject_kind = $1 AND subject = $2 AND source = $3",
            args![kind, id, source],
            read,
        )
        .await?;
    let words =
        all.iter().filter(|o| !matches!(o.origin, Origin::Dispute(_)) && o.payload.contains_key(fact));
    Ok(words.max_by_key(|o| (o.valid_from, o.recorded_at, o.id)).map(|o| o.id))
}

/// One observation.
pub(crate) async fn one(tx: &mut Tx, id: ObservationId) -> StoreResult<Observation> {
    tx.fetch_one(
        "SELECT id, subject_kind, subject, source, origin_kind, origin, line, grade, valid_from, valid_to, recorded_at, recorded_by, payload \
         FROM observations WHERE id = $1",
        args![id],
        read,
    )
    .await?
    .ok_or_else(|| StoreError::not_found("observation", id))
}

impl Store {
    /// Appends observations; they are never changed. Returns the id of the first, the others follow.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn add_observations(&self, observations: &[Observation]) -> StoreResult<ObservationId> {
        let mut tx = self.db.begin().await?;
        let first = append(&mut tx, observations).await?;
        tx.commit(
            Entry::at_large("observation.recorded").with("first", first).with("count", observations.len()),
        )
        .await?;
        Ok(ObservationId(first))
    }

    /// What is on file about a subject, oldest first; for `doudi_registry::resolve`.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn observations_of(&self, subject: Subject) -> StoreResult<Vec<Observation>> {
        let (kind, id) = subject_parts(subject);
        self.db
            .fetch(
                "SELECT id, subject_kind, subject, source, origin_kind, origin, line, grade, valid_from, valid_to, recorded_at, recorded_by, payload \
                 FROM observations WHERE subject_kind = $1 AND subject = $2 ORDER BY id",
                args![kind, id],
                read,
            )
            .await
    }

    /// What is on file about a household and everybody who is in it at present, oldest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn observations_of_family(&self, household: HouseholdId) -> StoreResult<Vec<Observation>> {
        self.db
            .fetch(
                "SELECT id, subject_kind, subject, source, origin_kind, origin, line, grade, valid_from, valid_to, recorded_at, recorded_by, payload \
                 FROM observations WHERE (subject_kind = 'household' AND subject = $1) \
                 OR (subject_kind = 'person' AND subject IN (SELECT person FROM memberships WHERE household = $1 AND to_on IS NULL)) ORDER BY id",
                args![household],
                read,
            )
            .await
    }
}
