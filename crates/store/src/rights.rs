//! 本人权利: who looked at a family, and what happens when a family says that something on file is wrong. The fact counts as
//! disputed from that moment, and a question stands with the source until it is answered.

use doudi_policy::{Date, DivisionCode};
use doudi_registry::{
    EventId, Grade, HouseholdId, Observation, ObservationId, Origin, PersonId, Post, Scalar, StaffId, Subject,
};

use crate::audit::{Entry, Shelf};
use crate::chain::{self, ChainEvent, EventKind};
use crate::classes::LETTER_NUMBER;
use crate::db::{Cells, args};
use crate::observations::{self, subject_parts};
use crate::{Page, Paged, Store, StoreError, StoreResult, area_range};

/// A look at a family, from the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedAt {
    /// When, in milliseconds since 1970 (UTC).
    pub made_ms: i64,
    /// Kind of the leaf: `person.read`, `person.revealed`, `person.copied`.
    pub kind: String,
    /// Office of whoever looked: the area and the post; `None` for somebody without a role.
    pub office: Option<(DivisionCode, Post)>,
    /// What the leaf names: `household:12`, `case:3`; empty for a list.
    pub subject: String,
}

/// What a family says is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contested {
    /// The family.
    pub household: HouseholdId,
    /// Whose fact.
    pub subject: Subject,
    /// Fact id.
    pub fact: String,
    /// Feed id or other source that says it.
    pub source: String,
    /// Grade of what it says.
    pub grade: Grade,
    /// Of which day.
    pub as_of: Date,
    /// What it says.
    pub held: Scalar,
    /// How it is according to the family, in their words.
    pub said: String,
    /// Until when an answer is owed; `None` where no term is set.
    pub due_on: Option<Date>,
}

/// How an answer of a source came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// 来函, with a number.
    Letter,
    /// 电话
    Telephone,
    /// 系统: through the departments' own system.
    System,
}

impl Came {
    /// Stored id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Letter => "letter",
            Self::Telephone => "telephone",
            Self::System => "system",
        }
    }

    /// The way of a stored id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Letter, Self::Telephone, Self::System].into_iter().find(|c| c.id() == id)
    }
}

/// Most characters of the number of a letter.
pub const MOST_NUMBER: usize = 80;

/// 答复凭据: with what an answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// How it came.
    pub came: Came,
    /// 文号; empty where it came without a letter.
    pub number: String,
    /// Day of the letter, of the call or of the entry in the system.
    pub on: Date,
}

impl Letter {
    /// Whether it can be the evidence of an answer to what was asked on a day.
    ///
    /// # Errors
    /// Refused where a letter has no number or too long a one, something else has one, or the day lies after today or
    /// before the question.
    pub fn check(&self, asked_on: Date, today: Date) -> StoreResult<()> {
        let number = self.number.trim();
        match self.came {
            Came::Letter if number.is_empty() => {
                return Err(StoreError::refused(
                    "请写来函的文号；没有文号的，请选电话或系统",
                    "write the number of the letter; where there is none, choose telephone or system",
                ));
            }
            Came::Telephone | Came::System if !number.is_empty() => {
                return Err(StoreError::refused(
                    "写了文号，就请选来函",
                    "a number is given, so choose letter",
                ));
            }
            Came::Letter | Came::Telephone | Came::System => {}
        }
        if number.chars().count() > MOST_NUMBER {
            return Err(StoreError::refused(
                format!("文号不超过 {MOST_NUMBER} 个字"),
                format!("the number of a letter has at most {MOST_NUMBER} characters"),
            ));
        }
        if self.on > today {
            return Err(StoreError::refused(
                "答复的日期不能在今天之后",
                "the day of the answer lies after today",
            ));
        }
        if self.on < asked_on {
            return Err(StoreError::refused(
                format!("答复的日期不能在提问（{asked_on}）之前"),
                format!("the day of the answer lies before the question ({asked_on})"),
            ));
        }
        Ok(())
    }
}

/// 向来源部门核实: a question to a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceQuery {
    /// Number.
    pub id: i64,
    /// The family.
    pub household: HouseholdId,
    /// Whose fact.
    pub subject: Subject,
    /// Fact id.
    pub fact: String,
    /// Who is asked.
    pub source: String,
    /// What the family says.
    pub said: String,
    /// What the source had said.
    pub held: Scalar,
    /// Of which day that is.
    pub held_on: Date,
    /// When it was asked.
    pub asked_on: Date,
    /// Until when an answer is owed; `None` where no term was set.
    pub due_on: Option<Date>,
    /// When it was answered.
    pub answered_on: Option<Date>,
    /// Whether the source stands by what it said; `None` while it has not answered.
    pub upheld: Option<bool>,
    /// With what the answer came; `None` before it, and for one that was recorded without.
    pub letter: Option<Letter>,
}

/// What a source answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceAnswer {
    /// It is as we said.
    Upheld,
    /// It is like this.
    Corrected(Scalar),
}

/// A text that begins with the columns of a question.
macro_rules! query {
    ($rest:literal) => {
        concat!(
            "SELECT q.id, q.household, q.subject_kind, q.subject, q.fact, q.source, q.dispute, q.held, q.asked_on, q.due_on, q.answered_on, q.outcome, t.came, t.number, t.dated_on \
             FROM source_queries q LEFT JOIN query_letters t ON t.query = q.id ",
            $rest
        )
    };
}

struct Row {
    query: SourceQuery,
    dispute: ObservationId,
    held: ObservationId,
}

fn read(c: &mut Cells<'_>) -> StoreResult<Row> {
    let (id, household) = (c.int()?, HouseholdId(c.int()?));
    let (kind, subject) = (c.text()?, c.int()?);
    let subject = match kind.as_str() {
        "person" => Subject::Person(PersonId(subject)),
        "household" => Subject::Household(HouseholdId(subject)),
        other => return Err(StoreError::corrupt(other)),
    };
    let (fact, source) = (c.text()?, c.text()?);
    let (dispute, held) = (ObservationId(c.int()?), ObservationId(c.int()?));
    let (asked_on, due_on, answered_on) = (c.parse()?, c.opt_parse()?, c.opt_parse()?);
    let upheld = c.opt_text()?.map(|o| o == "upheld");
    let came = c.opt_code(Came::from_id)?;
    let number = c.opt_text()?.map(|stored| c.vault.open_if_any(&LETTER_NUMBER, id, &stored)).transpose()?;
    let letter = came.zip(c.opt_parse()?);
    let letter = letter.map(|(came, on)| Letter { came, number: number.unwrap_or_default(), on });
    let query = SourceQuery {
        id,
        household,
        subject,
        fact,
        source,
        said: String::new(),
        held: Scalar::Text(String::new()),
        held_on: asked_on,
        asked_on,
        due_on,
        answered_on,
        upheld,
        letter,
    };
    Ok(Row { query, dispute, held })
}

impl Store {
    /// Who looked at a family, its cases, leads, assessments and payments, or saw it in a list; newest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn looks_at(&self, household: HouseholdId, page: Page) -> StoreResult<Vec<LookedAt>> {
        self.db
            .fetch(
                "SELECT l.made_ms, l.kind, s.division, s.post, l.subject FROM audit_leaves l LEFT JOIN staff s ON s.id = l.actor \
                 WHERE l.kind IN ('person.read', 'person.revealed', 'person.copied') AND ( \
                 l.subject = 'household:' || CAST($1 AS TEXT) \
                 OR l.subject IN (SELECT 'case:' || CAST(c.id AS TEXT) FROM cases c WHERE c.household = $1) \
                 OR l.subject IN (SELECT 'lead:' || CAST(d.id AS TEXT) FROM leads d WHERE d.household = $1) \
                 OR l.subject IN (SELECT 'assessment:' || CAST(a.id AS TEXT) FROM assessments a WHERE a.household = $1) \
                 OR l.subject IN (SELECT 'roster:' || CAST(r.roster AS TEXT) FROM roster_lines r WHERE r.household = $1) \
                 OR l.id IN (SELECT leaf FROM audit_shown WHERE household = $1)) \
                 ORDER BY l.id DESC LIMIT $2 OFFSET $3",
                args![household, page.limit(), page.offset()],
                |c| {
                    let (made_ms, kind) = (c.int()?, c.text()?);
                    let (division, post) = (c.opt_parse()?, c.opt_code(Post::from_id)?);
                    Ok(LookedAt { made_ms, kind, office: division.zip(post), subject: c.text()? })
                },
            )
            .await
    }

    /// Records that somebody is about to see sealed fields of a family for a purpose; the page may leave only after this
    /// has succeeded. `fields` names them, never their content.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn record_reveal(
        &self,
        household: HouseholdId,
        actor: StaffId,
        purpose: &str,
        fields: &str,
    ) -> StoreResult<()> {
        let tx = self.db.begin().await?;
        let entry = Entry::of("person.revealed", "household", household.0).by(actor);
        tx.commit(entry.with("purpose", purpose).with("fields", fields)).await
    }

    /// Records that the copy of what is held about a family is handed out.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn record_copy(&self, household: HouseholdId, actor: StaffId) -> StoreResult<()> {
        let tx = self.db.begin().await?;
        tx.commit(Entry::of("person.copied", "household", household.0).by(actor)).await
    }

    /// 异议: what is on file about a subject counts as disputed from now on, and its source is asked. Gives the number of
    /// the question.
    ///
    /// # Errors
    /// Refused where the same is being asked already; otherwise those of the database.
    pub async fn dispute(&self, c: &Contested, by: StaffId, on: Date) -> StoreResult<i64> {
        let mut tx = self.db.begin().await?;
        let held = observations::latest(&mut tx, c.subject, &c.source, &c.fact).await?;
        let held = match held {
            Some(id) => id,
            // What only a sheet of a lead holds is written down, so that there is something to dispute.
            None => {
                let of_source = Observation {
                    id: ObservationId(0),
                    subject: c.subject,
                    source: c.source.clone(),
                    origin: Origin::Register,
                    line: None,
                    grade: c.grade,
                    valid_from: c.as_of,
                    valid_to: None,
                    recorded_at: on,
                    recorded_by: Some(by),
                    payload: [(c.fact.clone(), c.held.clone())].into(),
                };
                ObservationId(observations::append(&mut tx, &[of_source]).await?)
            }
        };
        let said = Observation {
            id: ObservationId(0),
            subject: c.subject,
            source: "declaration".to_owned(),
            origin: Origin::Dispute(held),
            line: None,
            grade: Grade::D,
            valid_from: on,
            valid_to: None,
            recorded_at: on,
            recorded_by: Some(by),
            payload: [(c.fact.clone(), Scalar::Text(c.said.clone()))].into(),
        };
        let dispute = observations::append(&mut tx, &[said]).await?;
        let id = tx.take_ids("source_queries", 1).await?;
        let (kind, subject) = subject_parts(c.subject);
        tx.execute(
            "INSERT INTO source_queries (id, household, subject_kind, subject, fact, source, dispute, held, asked_on, asked_by, due_on) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            args![id, c.household, kind, subject, &c.fact, &c.source, dispute, held, on, by, c.due_on],
        )
        .await
        .map_err(|e| {
            e.or_duplicate(
                "这一条已经在向来源部门核实，等答复后再提",
                "this is being asked already; wait for the answer of the source",
            )
        })?;
        tx.added(Shelf::Queries, id, 1);
        let told =
            ("本人提出异议，已向来源部门核实", "the family says that a fact is wrong; its source is asked");
        chain::append(&mut tx, &[event(c.household, by, on, told)]).await?;
        tx.commit(Entry::of("fact.disputed", "household", c.household.0).by(by).with("query", id)).await?;
        Ok(id)
    }

    /// 答复: what the source says now, and with what letter. It speaks again, so that the dispute ends; the question
    /// closes. The leaf tells how the answer came and of which day; the number of the letter, which anything may stand in,
    /// stands in the sealed row that the leaf vouches for.
    ///
    /// # Errors
    /// `NotFound`; refused where it is answered already, or by [`Letter::check`]; otherwise those of the database.
    pub async fn answer_query(
        &self,
        id: i64,
        answer: &SourceAnswer,
        letter: &Letter,
        by: StaffId,
        on: Date,
    ) -> StoreResult<()> {
        let row = self.query_row(id).await?;
        letter.check(row.query.asked_on, on)?;
        let mut tx = self.db.begin().await?;
        let word = match answer {
            SourceAnswer::Upheld => "upheld",
            SourceAnswer::Corrected(_) => "corrected",
        };
        tx.changes(Shelf::Queries, id).await?;
        let closed = tx
            .execute(
                "UPDATE source_queries SET answered_on = $2, answered_by = $3, outcome = $4 WHERE id = $1 AND answered_on IS NULL",
                args![id, on, by, word],
            )
            .await?;
        if closed != 1 {
            return Err(StoreError::refused("这个问题已经有答复", "this question has been answered"));
        }
        let number = match letter.number.trim() {
            "" => String::new(),
            number => tx.vault.seal(&LETTER_NUMBER, id, number)?,
        };
        tx.execute(
            "INSERT INTO query_letters (query, came, number, dated_on) VALUES ($1, $2, $3, $4)",
            args![id, letter.came.id(), number, letter.on],
        )
        .await?;
        tx.added(Shelf::Letters, id, 1);
        let held = observations::one(&mut tx, row.held).await?;
        let value = match answer {
            SourceAnswer::Upheld => held.payload.get(&row.query.fact).cloned(),
            SourceAnswer::Corrected(value) => Some(value.clone()),
        };
        let value = value.ok_or_else(|| StoreError::corrupt(&row.query.fact))?;
        let again = Observation {
            id: ObservationId(0),
            valid_from: held.valid_from.max(on),
            valid_to: None,
            recorded_at: on,
            recorded_by: Some(by),
            payload: [(row.query.fact.clone(), value)].into(),
            ..held
        };
        observations::append(&mut tx, &[again]).await?;
        let told = match answer {
            SourceAnswer::Upheld => ("来源部门答复：原数据属实", "the source stands by what it said"),
            SourceAnswer::Corrected(_) => {
                ("来源部门答复：数据已更正", "the source has corrected what it said")
            }
        };
        chain::append(&mut tx, &[event(row.query.household, by, on, told)]).await?;
        tx.commit(
            Entry::of("query.answered", "household", row.query.household.0)
                .by(by)
                .with("query", id)
                .with("outcome", word)
                .with("came", letter.came.id())
                .with("dated", letter.on),
        )
        .await
    }

    /// The questions about a family, newest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn queries_of(&self, household: HouseholdId) -> StoreResult<Vec<SourceQuery>> {
        let rows = self
            .db
            .fetch(query!("WHERE q.household = $1 ORDER BY q.id DESC"), args![household], read)
            .await?;
        self.told(rows).await
    }

    /// The questions of an area that wait for an answer, what is due first on top.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn open_queries(&self, area: &DivisionCode, page: Page) -> StoreResult<Paged<SourceQuery>> {
        let (from, to) = area_range(Some(area));
        let total = self
            .db
            .fetch_one(
                "SELECT count(*) FROM source_queries q JOIN households h ON h.id = q.household \
                 WHERE q.answered_on IS NULL AND h.division >= $1 AND h.division < $2",
                args![&from, &to],
                |c| c.int(),
            )
            .await?
            .unwrap_or(0);
        let rows = self
            .db
            .fetch(
                query!("JOIN households h ON h.id = q.household WHERE q.answered_on IS NULL AND h.division >= $1 AND h.division < $2 ORDER BY coalesce(q.due_on, '9999'), q.id LIMIT $3 OFFSET $4"),
                args![from, to, page.limit(), page.offset()],
                read,
            )
            .await?;
        Ok(Paged { rows: self.told(rows).await?, total, page })
    }

    /// One question.
    ///
    /// # Errors
    /// `NotFound`, or those of the database.
    pub async fn source_query(&self, id: i64) -> StoreResult<SourceQuery> {
        let row = self.query_row(id).await?;
        self.told(vec![row]).await?.pop().ok_or_else(|| StoreError::not_found("query", id))
    }

    async fn query_row(&self, id: i64) -> StoreResult<Row> {
        self.db
            .fetch_one(query!("WHERE q.id = $1"), args![id], read)
            .await?
            .ok_or_else(|| StoreError::not_found("query", id))
    }

    /// Fills in what the two observations hold.
    async fn told(&self, rows: Vec<Row>) -> StoreResult<Vec<SourceQuery>> {
        let mut out = Vec::with_capacity(rows.len());
        for Row { mut query, dispute, held } in rows {
            for observation in self.observations_of(query.subject).await? {
                let value = observation.payload.get(&query.fact).cloned();
                match value {
                    Some(Scalar::Text(said)) if observation.id == dispute => query.said = said,
                    Some(value) if observation.id == held => {
                        query.held = value;
                        query.held_on = observation.valid_from;
                    }
                    _ => {}
                }
            }
            out.push(query);
        }
        Ok(out)
    }
}

/// Events of a family outside of any case, by the office and without a name.
fn event(household: HouseholdId, by: StaffId, on: Date, (zh, en): (&str, &str)) -> ChainEvent {
    ChainEvent {
        id: EventId(0),
        household,
        case: None,
        kind: EventKind::Fact,
        on,
        actor: Some(by),
        actor_name: String::new(),
        title_zh: zh.to_owned(),
        title_en: en.to_owned(),
        body: "{}".to_owned(),
    }
}
