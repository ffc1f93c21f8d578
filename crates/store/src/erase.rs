//! 清除: a second person carries out what was put forward. One transaction takes away the content of the groups that are
//! due, destroys the content of the leaves about it, vouches anew for what stays, and leaves one leaf that says by whom,
//! why and which groups. The book of payments stays whole: lines, awards and postings remain under numbers that lead to
//! nobody once the identity is gone.

use std::collections::BTreeSet;

use doudi_casework::retention::{self, Group, Schedule};
use doudi_payment::Differences;
use doudi_payment::refusal::Text;
use doudi_policy::{Date, Month};
use doudi_registry::{HouseholdId, StaffId};

use crate::audit::{ERASED_LEAVES, Entry, FAMILY_ERASED, Shelf};
use crate::classes::{HOUSEHOLD_ADDRESS, ROSTER_DIFFERENCES};
use crate::db::{Args, Tx, args};
use crate::retention::{ErasureState, LOCK_ERASURE, holdings_in, nothing_due, read_erasure, words};
use crate::{Store, StoreError, StoreResult, requests};

/// What the household's code begins with once it is erased.
pub const ERASED_CODE: &str = "erased-";

impl Store {
    /// Carries an erasure out, for what is due today; gives the groups that were erased.
    ///
    /// # Errors
    /// Refused where the same person put it forward, or nothing is due any more (a hold was set, a case was opened);
    /// `Moved` where it was settled already; otherwise those of the database. Then nothing is erased.
    pub async fn erase(
        &self,
        id: i64,
        schedule: &Schedule,
        by: StaffId,
        on: Date,
    ) -> StoreResult<BTreeSet<Group>> {
        let mut tx = self.db.begin().await?;
        tx.changes(Shelf::Erasures, id).await?;
        let erasure = tx
            .fetch_one(LOCK_ERASURE, args![id], read_erasure)
            .await?
            .ok_or_else(|| StoreError::not_found("erasure", id))?;
        if erasure.state != ErasureState::Proposed {
            return Err(StoreError::Moved);
        }
        if erasure.proposed_by == by {
            return Err(StoreError::refused(
                "清除是您提出的，须由第二人执行",
                "you put this erasure forward; a second person carries it out",
            ));
        }
        let household = erasure.household;
        // A hold that is being set comes before or after all of this.
        tx.changes(Shelf::Households, household.0).await?;
        let due = retention::due(schedule, &holdings_in(&mut tx, household, on).await?, on);
        if due.is_empty() {
            return Err(nothing_due());
        }
        let family = Family::of(&mut tx, household, &due).await?;
        let subjects = family.subjects();
        let leaves = tx.forget(&subjects).await?;
        if due.contains(&Group::Findings) {
            family.findings(&mut tx).await?;
        }
        if due.contains(&Group::Files) {
            family.files(&mut tx).await?;
        }
        if due.contains(&Group::Money) {
            family.money(&mut tx).await?;
        }
        if due.contains(&Group::Register) {
            family.register(&mut tx).await?;
        }
        tx.execute(
            "UPDATE erasures SET state = 'done', parts = $2, settled_on = $3, settled_by = $4 WHERE id = $1",
            args![id, words(&due), on, by],
        )
        .await?;
        // What is told of money that was erased counts as gone only after the line above.
        if holdings_in(&mut tx, household, on).await?.last.is_empty() {
            requests::fulfil(&mut tx, household, by, on).await?;
        }
        let entry = Entry::of(FAMILY_ERASED, "household", household.0)
            .by(by)
            .with("erasure", id)
            .with("basis", erasure.basis.id())
            .with("parts", words(&due))
            .with("proposed_by", erasure.proposed_by.0)
            .with(ERASED_LEAVES, leaves.join(" "));
        tx.commit(entry).await?;
        self.db.scrub().await?;
        Ok(due)
    }
}

async fn list(tx: &mut Tx, wanted: bool, household: HouseholdId, sql: &'static str) -> StoreResult<Vec<i64>> {
    if wanted { tx.fetch(sql, args![household], |c| c.int()).await } else { Ok(Vec::new()) }
}

/// Takes away the words about a family; whether there is a line about it.
fn say_nothing_of(seen: &mut Differences, household: HouseholdId) -> bool {
    let mut found = false;
    for row in seen.rows.iter_mut().filter(|row| row.household == household) {
        found = true;
        if row.reason.is_some() {
            row.reason = Some(Text::new("", ""));
        }
    }
    found
}

/// Numbers of what goes.
struct Family {
    household: HouseholdId,
    /// Whether the identity goes.
    whole: bool,
    /// Members who belong to no other family.
    own: Vec<i64>,
    findings: Vec<i64>,
    cases: Vec<i64>,
    leads_of_cases: Vec<i64>,
    /// Awards with and without lines on a roster.
    paid: Vec<i64>,
    unpaid: Vec<i64>,
    assessments: Vec<i64>,
    authorisations: Vec<i64>,
}

impl Family {
    async fn of(tx: &mut Tx, household: HouseholdId, due: &BTreeSet<Group>) -> StoreResult<Self> {
        let (findings, files) = (due.contains(&Group::Findings), due.contains(&Group::Files));
        let mut assessments = list(
            tx,
            findings,
            household,
            "SELECT id FROM assessments WHERE household = $1 AND case_id IS NULL ORDER BY id",
        )
        .await?;
        assessments.extend(
            list(
                tx,
                files,
                household,
                "SELECT id FROM assessments WHERE household = $1 AND case_id IS NOT NULL ORDER BY id",
            )
            .await?,
        );
        Ok(Self {
            household,
            whole: due.contains(&Group::Register),
            own: list(tx, true, household,
                "SELECT DISTINCT m.person FROM memberships m WHERE m.household = $1 \
                 AND NOT EXISTS (SELECT 1 FROM memberships o WHERE o.person = m.person AND o.household <> $1) ORDER BY m.person",
            )
            .await?,
            findings: list(tx, findings, household,
                "SELECT id FROM leads WHERE household = $1 AND status = 'closed' AND case_id IS NULL ORDER BY id",
            )
            .await?,
            cases: list(tx, files, household, "SELECT id FROM cases WHERE household = $1 AND is_open = 0 ORDER BY id").await?,
            leads_of_cases: list(tx, files, household,
                "SELECT id FROM leads WHERE household = $1 AND case_id IS NOT NULL ORDER BY id",
            )
            .await?,
            paid: list(tx, files, household,
                "SELECT a.id FROM awards a WHERE a.household = $1 AND EXISTS (SELECT 1 FROM roster_lines l WHERE l.award = a.id) ORDER BY a.id",
            )
            .await?,
            unpaid: list(tx, files, household,
                "SELECT a.id FROM awards a WHERE a.household = $1 AND NOT EXISTS (SELECT 1 FROM roster_lines l WHERE l.award = a.id) ORDER BY a.id",
            )
            .await?,
            assessments,
            authorisations: list(tx, files, household, "SELECT id FROM authorisations WHERE household = $1 ORDER BY id").await?,
        })
    }

    /// What the leaves that go are about.
    fn subjects(&self) -> Vec<String> {
        let named = |noun: &'static str, ids: &[i64]| -> Vec<String> {
            ids.iter().map(|id| format!("{noun}:{id}")).collect()
        };
        let mut all = named("lead", &self.findings);
        all.extend(named("lead", &self.leads_of_cases));
        all.extend(named("case", &self.cases));
        all.extend(named("award", &self.paid));
        all.extend(named("award", &self.unpaid));
        all.extend(named("assessment", &self.assessments));
        all.extend(named("authorisation", &self.authorisations));
        if self.whole {
            all.push(format!("household:{}", self.household));
            all.extend(named("person", &self.own));
        }
        all
    }

    async fn findings(&self, tx: &mut Tx) -> StoreResult<()> {
        self.leads(tx, &self.findings).await?;
        for assessment in &self.assessments {
            tx.changes(Shelf::Assessments, *assessment).await?;
        }
        self.delete(tx, "DELETE FROM assessments WHERE household = $1 AND case_id IS NULL").await
    }

    async fn files(&self, tx: &mut Tx) -> StoreResult<()> {
        let visits: BTreeSet<i64> = {
            let sql = "SELECT id FROM visits WHERE household = $1";
            tx.fetch(sql, args![self.household], |c| c.int()).await?.into_iter().collect()
        };
        self.observations(tx, &visits).await?;
        for case in &self.cases {
            for shelf in [Shelf::Cases, Shelf::Visits, Shelf::Notices] {
                tx.changes(shelf, *case).await?;
            }
            for sql in [
                "DELETE FROM visits WHERE case_id = $1",
                "DELETE FROM notices WHERE case_id = $1",
                "DELETE FROM cases WHERE id = $1",
            ] {
                tx.execute(sql, args![*case]).await?;
            }
        }
        self.leads(tx, &self.leads_of_cases).await?;
        self.events(tx, "SELECT id FROM events WHERE household = $1 AND kind <> 'payment'").await?;
        for award in &self.unpaid {
            tx.changes(Shelf::Awards, *award).await?;
            tx.changes(Shelf::AwardPersons, *award).await?;
            tx.execute("DELETE FROM award_persons WHERE award = $1", args![*award]).await?;
            tx.execute("DELETE FROM awards WHERE id = $1", args![*award]).await?;
        }
        for award in &self.paid {
            tx.changes(Shelf::Awards, *award).await?;
            tx.execute("UPDATE awards SET case_id = NULL, reasons = '' WHERE id = $1", args![*award]).await?;
        }
        for assessment in &self.assessments {
            tx.changes(Shelf::Assessments, *assessment).await?;
        }
        for (shelf, which) in [
            (
                Shelf::Letters,
                "SELECT query FROM query_letters WHERE query IN (SELECT id FROM source_queries WHERE household = $1) ORDER BY query",
            ),
            (Shelf::Queries, "SELECT id FROM source_queries WHERE household = $1 ORDER BY id"),
            (Shelf::Authorisations, "SELECT id FROM authorisations WHERE household = $1 ORDER BY id"),
            (Shelf::Receiving, "SELECT id FROM receiving WHERE household = $1 ORDER BY id"),
        ] {
            tx.changes_of(shelf, which, args![self.household]).await?;
        }
        for sql in [
            "DELETE FROM assessments WHERE household = $1 AND case_id IS NOT NULL",
            "DELETE FROM query_letters WHERE query IN (SELECT id FROM source_queries WHERE household = $1)",
            "DELETE FROM source_queries WHERE household = $1",
            "DELETE FROM authorisations WHERE household = $1",
            "DELETE FROM receiving WHERE household = $1",
        ] {
            self.delete(tx, sql).await?;
        }
        self.account_without_lines(tx).await
    }

    async fn money(&self, tx: &mut Tx) -> StoreResult<()> {
        self.events(tx, "SELECT id FROM events WHERE household = $1 AND kind = 'payment'").await?;
        let lines = tx
            .fetch(
                "SELECT DISTINCT roster, beneficiary, period FROM roster_lines WHERE household = $1 ORDER BY roster, beneficiary",
                args![self.household],
                |c| Ok((c.int()?, c.text()?, c.parse::<Month>()?)),
            )
            .await?;
        for (roster, beneficiary, _) in &lines {
            tx.changes_all(&[Shelf::Lines, Shelf::Reasons].map(|shelf| (shelf, *roster))).await?;
            tx.execute(
                "DELETE FROM roster_reasons WHERE roster = $1 AND beneficiary = $2",
                args![*roster, beneficiary],
            )
            .await?;
        }
        tx.execute("UPDATE roster_lines SET bank_reason = '' WHERE household = $1", args![self.household])
            .await?;
        let months: BTreeSet<Month> = lines.iter().map(|(.., month)| *month).collect();
        let (first, last) = (months.first().copied(), months.last().copied());
        if let (Some(first), Some(last)) = (first, last) {
            self.differences(tx, first, last.plus(1)).await?;
        }
        self.account(tx).await
    }

    /// The words about this family in what rosters of some months said of their changes.
    async fn differences(&self, tx: &mut Tx, first: Month, last: Month) -> StoreResult<()> {
        let rosters = tx
            .fetch(
                "SELECT id, differences FROM rosters WHERE period >= $1 AND period <= $2 AND differences IS NOT NULL ORDER BY id",
                args![first, last],
                |c| {
                    let id = c.int()?;
                    Ok((id, c.sealed_json::<Differences>(&ROSTER_DIFFERENCES, id)?))
                },
            )
            .await?;
        for (roster, mut seen) in rosters {
            if !say_nothing_of(&mut seen, self.household) {
                continue;
            }
            tx.changes(Shelf::Rosters, roster).await?;
            let sealed = tx.vault.seal_json(&ROSTER_DIFFERENCES, roster, &seen)?;
            tx.execute("UPDATE rosters SET differences = $2 WHERE id = $1", args![roster, sealed]).await?;
        }
        Ok(())
    }

    async fn register(&self, tx: &mut Tx) -> StoreResult<()> {
        let household = self.household;
        self.observations(tx, &BTreeSet::new()).await?;
        for person in &self.own {
            tx.changes(Shelf::Persons, *person).await?;
            let kin = "SELECT staff FROM staff_kin WHERE person = $1 ORDER BY staff";
            for staff in tx.fetch(kin, args![*person], |c| c.int()).await? {
                tx.changes(Shelf::StaffKin, staff).await?;
            }
            tx.execute("DELETE FROM staff_kin WHERE person = $1", args![*person]).await?;
            tx.execute(
                "UPDATE persons SET number = NULL, number_index = NULL, name = '', name_folded = '', sex = 'unknown', birth = NULL, died = NULL, ethnic = '' WHERE id = $1",
                args![*person],
            )
            .await?;
        }
        let members = "SELECT DISTINCT person FROM memberships WHERE household = $1 ORDER BY person";
        for person in tx.fetch(members, args![household], |c| c.int()).await? {
            tx.changes(Shelf::Memberships, person).await?;
        }
        self.delete(tx, "DELETE FROM memberships WHERE household = $1").await?;
        tx.changes(Shelf::Households, household.0).await?;
        let address = tx.vault.seal(&HOUSEHOLD_ADDRESS, household, "")?;
        tx.execute(
            "UPDATE households SET code = $2, class = NULL, address = $3 WHERE id = $1",
            args![household, format!("{ERASED_CODE}{household}"), address],
        )
        .await?;
        let holds = "SELECT id FROM legal_holds WHERE household = $1 ORDER BY id";
        for hold in tx.fetch(holds, args![household], |c| c.int()).await? {
            tx.changes(Shelf::Holds, hold).await?;
        }
        tx.execute(
            "UPDATE legal_holds SET reason = '', release_reason = '' WHERE household = $1",
            args![household],
        )
        .await?;
        requests::blank(tx, household).await?;
        self.delete(tx, "DELETE FROM audit_shown WHERE household = $1").await?;
        self.account_without_lines(tx).await
    }

    async fn leads(&self, tx: &mut Tx, leads: &[i64]) -> StoreResult<()> {
        for lead in leads {
            tx.changes(Shelf::LeadSheets, *lead).await?;
            tx.changes(Shelf::Leads, *lead).await?;
            tx.execute("DELETE FROM lead_sheets WHERE lead = $1", args![*lead]).await?;
            tx.execute("DELETE FROM leads WHERE id = $1", args![*lead]).await?;
        }
        Ok(())
    }

    async fn events(&self, tx: &mut Tx, which: &'static str) -> StoreResult<()> {
        for event in tx.fetch(which, args![self.household], |c| c.int()).await? {
            tx.changes(Shelf::Events, event).await?;
            tx.execute("DELETE FROM events WHERE id = $1", args![event]).await?;
        }
        Ok(())
    }

    /// What is observed of the household and of its own members, and what its visits found out of others.
    async fn observations(&self, tx: &mut Tx, visits: &BTreeSet<i64>) -> StoreResult<()> {
        let of_household =
            "SELECT id FROM observations WHERE subject_kind = 'household' AND subject = $1 ORDER BY id";
        let mut gone = tx.fetch(of_household, args![self.household], |c| c.int()).await?;
        for person in &self.own {
            let of_person =
                "SELECT id FROM observations WHERE subject_kind = 'person' AND subject = $1 ORDER BY id";
            gone.extend(tx.fetch(of_person, args![*person], |c| c.int()).await?);
        }
        let elsewhere = "SELECT o.id, o.origin FROM observations o WHERE o.origin_kind = 'visit' AND o.subject_kind = 'person' \
                         AND o.subject IN (SELECT person FROM memberships WHERE household = $1)";
        let theirs = tx.fetch(elsewhere, args![self.household], |c| Ok((c.int()?, c.int()?))).await?;
        gone.extend(theirs.into_iter().filter(|(_, visit)| visits.contains(visit)).map(|(id, _)| id));
        gone.sort_unstable();
        gone.dedup();
        for observation in gone {
            tx.changes(Shelf::Observations, observation).await?;
            tx.execute("DELETE FROM observations WHERE id = $1", args![observation]).await?;
        }
        Ok(())
    }

    /// An account from which nothing was ever paid belongs to no voucher.
    async fn account_without_lines(&self, tx: &mut Tx) -> StoreResult<()> {
        let lines = "SELECT count(*) FROM roster_lines WHERE household = $1";
        match tx.fetch_one(lines, args![self.household], |c| c.int()).await? {
            Some(0) | None => self.account(tx).await,
            Some(_) => Ok(()),
        }
    }

    async fn account(&self, tx: &mut Tx) -> StoreResult<()> {
        tx.changes(Shelf::Accounts, self.household.0).await?;
        self.delete(tx, "DELETE FROM accounts WHERE household = $1").await
    }

    async fn delete(&self, tx: &mut Tx, sql: &'static str) -> StoreResult<()> {
        let args: Args = args![self.household];
        tx.execute(sql, args).await?;
        Ok(())
    }
}
