//! Assessments, kept whole, so that each can be replayed to the same bytes.

use doudi_policy::{Date, Month};
use doudi_registry::{AssessmentId, CaseId, HouseholdId, StaffId};
use sha2::{Digest as _, Sha256};

use crate::audit::{Entry, Shelf};
use crate::classes::{ASSESSMENT_DIGEST, ASSESSMENT_RESULT, ASSESSMENT_SHEET};
use crate::db::{Cells, Tx, args};
use crate::{Store, StoreError, StoreResult, hex};

/// An assessment with everything that it needs to be run again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// Surrogate id; 0 before the store has given one.
    pub id: AssessmentId,
    /// Household.
    pub household: HouseholdId,
    /// Case, if it was made in one.
    pub case: Option<CaseId>,
    /// Outcome id, or empty where all programmes were assessed.
    pub programme: String,
    /// Period.
    pub period: Month,
    /// As-of date: what was enacted by then.
    pub as_of: Date,
    /// `find`, `decide` or `adverse`.
    pub mode: String,
    /// Hash of the packages.
    pub package_hash: String,
    /// The fact sheet, as JSON, exactly as assessed.
    pub sheet: String,
    /// The result, as JSON, exactly as given.
    pub result: String,
    /// Day on which it was made.
    pub made_on: Date,
    /// Who asked for it.
    pub made_by: Option<StaffId>,
}

impl Assessment {
    /// SHA-256 over everything that determines the result, and the result.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let (period, as_of) = (self.period.to_string(), self.as_of.to_string());
        for part in
            [&self.programme, &period, &as_of, &self.mode, &self.package_hash, &self.sheet, &self.result]
        {
            // The length goes first, so that text cannot move from one field to the next unseen.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex(&hash.finalize())
    }
}

fn read(c: &mut Cells<'_>) -> StoreResult<Assessment> {
    let id = AssessmentId(c.int()?);
    let found = Assessment {
        id,
        household: HouseholdId(c.int()?),
        case: c.opt_int()?.map(CaseId),
        programme: c.text()?,
        period: c.parse()?,
        as_of: c.parse()?,
        mode: c.text()?,
        package_hash: c.text()?,
        sheet: c.sealed(&ASSESSMENT_SHEET, id)?,
        result: c.sealed(&ASSESSMENT_RESULT, id)?,
        made_on: c.parse()?,
        made_by: c.opt_int()?.map(StaffId),
    };
    if c.sealed(&ASSESSMENT_DIGEST, id)? == found.digest() {
        Ok(found)
    } else {
        Err(StoreError::Corrupt(format!("assessment {}", found.id)))
    }
}

pub(crate) async fn append(tx: &mut Tx, a: &Assessment) -> StoreResult<AssessmentId> {
    let id = AssessmentId(tx.take_ids("assessments", 1).await?);
    // A digest of content that could be guessed would tell whether the guess is right: it is sealed like the content.
    let (sheet, result, digest) = (
        tx.vault.seal(&ASSESSMENT_SHEET, id, &a.sheet)?,
        tx.vault.seal(&ASSESSMENT_RESULT, id, &a.result)?,
        tx.vault.seal(&ASSESSMENT_DIGEST, id, &a.digest())?,
    );
    tx.execute(
        "INSERT INTO assessments (id, household, case_id, programme, period, as_of, mode, package_hash, sheet, result, made_on, made_by, digest) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        args![
            id, a.household, a.case, &a.programme, a.period, a.as_of, &a.mode, &a.package_hash,
            sheet, result, a.made_on, a.made_by, digest
        ],
    )
    .await?;
    tx.added(Shelf::Assessments, id.0, 1);
    Ok(id)
}

impl Store {
    /// Keeps an assessment.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn add_assessment(&self, assessment: &Assessment) -> StoreResult<AssessmentId> {
        let mut tx = self.db.begin().await?;
        let id = append(&mut tx, assessment).await?;
        tx.commit(
            Entry::of("assessment.kept", "household", assessment.household.0)
                .by(assessment.made_by)
                .with("assessment", id.0),
        )
        .await?;
        Ok(id)
    }

    /// One assessment; its digest is checked.
    ///
    /// # Errors
    /// `NotFound`, `Corrupt` where the stored row was altered, or those of the database.
    pub async fn assessment(&self, id: AssessmentId) -> StoreResult<Assessment> {
        self.db
            .fetch_one(
                "SELECT id, household, case_id, programme, period, as_of, mode, package_hash, sheet, result, made_on, made_by, digest FROM assessments WHERE id = $1",
                args![id],
                read,
            )
            .await?
            .ok_or_else(|| StoreError::not_found("assessment", id))
    }

    /// The assessments of a household, latest first.
    ///
    /// # Errors
    /// As [`Self::assessment`].
    pub async fn assessments_of(&self, household: HouseholdId) -> StoreResult<Vec<Assessment>> {
        self.db
            .fetch(
                "SELECT id, household, case_id, programme, period, as_of, mode, package_hash, sheet, result, made_on, made_by, digest FROM assessments WHERE household = $1 ORDER BY id DESC",
                args![household],
                read,
            )
            .await
    }
}
