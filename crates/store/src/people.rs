//! People, households and who belongs to which.

use doudi_access::IndexKind;
use doudi_policy::{Date, DivisionCode};
use doudi_registry::{
    Household, HouseholdId, HukouState, IdentityNumber, Membership, MembershipKind, Person, PersonId,
    Relation, Sex, UrbanRural, household::may_join, name,
};

use crate::audit::{Entry, Shelf};
use crate::classes::{HOUSEHOLD_ADDRESS, PERSON_NUMBER};
use crate::db::{Cells, Tx, args};
use crate::vault::Vault;
use crate::{Store, StoreError, StoreResult};

/// What a bulk import wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Households written.
    pub households: u64,
    /// Persons written.
    pub persons: u64,
    /// Memberships written.
    pub memberships: u64,
    /// Number added to the household ids of the batch.
    pub household_shift: i64,
    /// Number added to the person ids of the batch.
    pub person_shift: i64,
}

/// A member of a household with the person behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The person.
    pub person: Person,
    /// The membership.
    pub membership: Membership,
}

/// One line of the register as it is streamed for matching and for snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterRow {
    /// Household.
    pub household: HouseholdId,
    /// 户号
    pub code: String,
    /// Division of the household.
    pub division: DivisionCode,
    /// Urban or rural.
    pub class: Option<UrbanRural>,
    /// Relation to the head.
    pub relation: Relation,
    /// The person.
    pub person: Person,
}

/// A hit of the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Household.
    pub household: Household,
    /// The person found, or the head where the household's code was sought.
    pub person: Person,
    /// Relation to the head.
    pub relation: Relation,
}

fn read_person(c: &mut Cells<'_>) -> StoreResult<Person> {
    let id = c.int()?;
    let number = c.opt_sealed(&PERSON_NUMBER, id)?;
    Ok(Person {
        id: PersonId(id),
        number: number
            .map(|text| text.parse().map_err(|_| StoreError::Corrupt(format!("persons.number {id}"))))
            .transpose()?,
        name: c.text()?,
        sex: c.code(Sex::from_id)?,
        birth: c.opt_parse()?,
        died: c.opt_parse()?,
        hukou: c.code(HukouState::from_id)?,
        ethnic: c.text()?,
    })
}

fn read_household(c: &mut Cells<'_>) -> StoreResult<Household> {
    let id = c.int()?;
    Ok(Household {
        id: HouseholdId(id),
        code: c.text()?,
        division: c.parse()?,
        class: c.opt_code(UrbanRural::from_id)?,
        address: c.sealed(&HOUSEHOLD_ADDRESS, id)?,
    })
}

fn read_membership(c: &mut Cells<'_>) -> StoreResult<Membership> {
    Ok(Membership {
        household: HouseholdId(c.int()?),
        person: PersonId(c.int()?),
        kind: c.code(MembershipKind::from_id)?,
        relation: c.code(Relation::from_id)?,
        from: c.parse()?,
        to: c.opt_parse()?,
    })
}

/// Writes a register inside a transaction; see [`Store::import_people`].
pub(crate) async fn write_people(
    tx: &mut Tx,
    households: &[Household],
    persons: &[Person],
    memberships: &[Membership],
) -> StoreResult<Imported> {
    let top = |ids: &mut dyn Iterator<Item = i64>| ids.max().unwrap_or(0);
    let last_household = top(&mut households.iter().map(|h| h.id.0));
    let last_person = top(&mut persons.iter().map(|p| p.id.0));
    let room = |last: i64| usize::try_from(last).unwrap_or(0);
    let household_shift = tx.take_ids("households", room(last_household)).await? - 1;
    let person_shift = tx.take_ids("persons", room(last_person)).await? - 1;
    let vault = tx.vault.clone();
    let written_households = tx
        .bulk(
            "INSERT INTO households (id, code, division, class, address) VALUES",
            5,
            "",
            households,
            |args, h| {
                let id = h.id.0 + household_shift;
                args.push(id)?;
                args.push(&h.code)?;
                args.push(&h.division)?;
                args.push(h.class.map(UrbanRural::id))?;
                args.push(vault.seal(&HOUSEHOLD_ADDRESS, id, &h.address)?)
            },
        )
        .await
        .map_err(|e| {
            e.or_duplicate(
                "户号重复：同一户号已在册或在文件中出现两次",
                "a household code is already on file, or twice in the file",
            )
        })?;
    for person in persons {
        refuse_number_of_old(tx, person).await?;
    }
    let written_persons = tx
        .bulk(
            "INSERT INTO persons (id, number, number_index, name, name_folded, sex, birth, died, hukou, ethnic) VALUES",
            10,
            "",
            persons,
            |args, p| push_person(args, &vault, p.id.0 + person_shift, p),
        )
        .await
        .map_err(number_taken)?;
    let written_memberships = tx
        .bulk(
            "INSERT INTO memberships (household, person, kind, relation, from_on, to_on) VALUES",
            6,
            "",
            memberships,
            |args, m| {
                args.push(m.household.0 + household_shift)?;
                args.push(m.person.0 + person_shift)?;
                args.push(m.kind.id())?;
                args.push(m.relation.id())?;
                args.push(m.from)?;
                args.push(m.to)
            },
        )
        .await
        .map_err(two_households)?;
    tx.added(Shelf::Households, household_shift + 1, room(last_household));
    tx.added(Shelf::Persons, person_shift + 1, room(last_person));
    tx.added(Shelf::Memberships, person_shift + 1, room(last_person));
    Ok(Imported {
        households: written_households,
        persons: written_persons,
        memberships: written_memberships,
        household_shift,
        person_shift,
    })
}

impl Store {
    /// Loads a register. The ids in the batch count from 1 and are shifted past what is already on file;
    /// memberships name the batch's own ids. All or nothing.
    ///
    /// # Errors
    /// Refused as duplicate where an identity number, a household code or an open membership of the same kind
    /// is already on file, or twice in the batch.
    pub async fn import_people(
        &self,
        households: &[Household],
        persons: &[Person],
        memberships: &[Membership],
    ) -> StoreResult<Imported> {
        let mut tx = self.db.begin().await?;
        let imported = write_people(&mut tx, households, persons, memberships).await?;
        tx.commit(
            Entry::at_large("people.imported")
                .with("persons", persons.len())
                .with("households", households.len()),
        )
        .await?;
        Ok(imported)
    }

    /// Adds one person (a newborn, somebody found on a visit).
    ///
    /// # Errors
    /// Refused as duplicate where the identity number is on file.
    pub async fn add_person(&self, person: &Person) -> StoreResult<PersonId> {
        let mut tx = self.db.begin().await?;
        let id = tx.take_ids("persons", 1).await?;
        refuse_number_of_old(&mut tx, person).await?;
        let mut args = args![];
        push_person(&mut args, &tx.vault, id, person)?;
        tx.execute(
            "INSERT INTO persons (id, number, number_index, name, name_folded, sex, birth, died, hukou, ethnic) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            args,
        )
        .await
        .map_err(number_taken)?;
        tx.added(Shelf::Persons, id, 1);
        tx.commit(Entry::of("person.added", "person", id)).await?;
        Ok(PersonId(id))
    }

    /// Records a membership, after checking that the person is in no other household of the kind on any of its days.
    ///
    /// # Errors
    /// Refused where it overlaps; the text names the day.
    pub async fn add_membership(&self, membership: &Membership) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        let standing = memberships_of(&mut tx, membership.person).await?;
        tx.changes(Shelf::Memberships, membership.person.0).await?;
        may_join(&standing, membership).map_err(|clash| StoreError::refused(clash.zh(), clash.en()))?;
        tx.execute(
            "INSERT INTO memberships (household, person, kind, relation, from_on, to_on) VALUES ($1, $2, $3, $4, $5, $6)",
            args![
                membership.household,
                membership.person,
                membership.kind.id(),
                membership.relation.id(),
                membership.from,
                membership.to
            ],
        )
        .await
        .map_err(two_households)?;
        tx.commit(
            Entry::of("membership.recorded", "person", membership.person.0)
                .with("household", membership.household.0),
        )
        .await
    }

    /// Ends the open membership of a kind on its last day. Returns whether there was one.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn end_membership(
        &self,
        person: PersonId,
        kind: MembershipKind,
        last_day: Date,
    ) -> StoreResult<bool> {
        let changed = self
            .db
            .change(
                (Shelf::Memberships, person.0),
                "UPDATE memberships SET to_on = $3 WHERE person = $1 AND kind = $2 AND to_on IS NULL AND from_on <= $3",
                args![person, kind.id(), last_day],
                Entry::of("membership.ended", "person", person.0).with("day", last_day),
            )
            .await?;
        Ok(changed == 1)
    }

    /// Records a death.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn record_death(&self, person: PersonId, died: Date) -> StoreResult<bool> {
        let changed = self
            .db
            .change(
                (Shelf::Persons, person.0),
                "UPDATE persons SET died = $2 WHERE id = $1",
                args![person, died],
                Entry::of("person.died", "person", person.0).with("day", died),
            )
            .await?;
        Ok(changed == 1)
    }

    /// One person.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn person(&self, id: PersonId) -> StoreResult<Option<Person>> {
        self.db
            .fetch_one(
                "SELECT p.id, p.number, p.name, p.sex, p.birth, p.died, p.hukou, p.ethnic FROM persons p WHERE p.id = $1",
                args![id],
                read_person,
            )
            .await
    }

    /// The person with an identity number.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn person_by_number(&self, number: &IdentityNumber) -> StoreResult<Option<Person>> {
        for index in self.db.vault.indexes(IndexKind::IdentityNumber, number.as_str())? {
            let found = self
                .db
                .fetch_one(
                    "SELECT p.id, p.number, p.name, p.sex, p.birth, p.died, p.hukou, p.ethnic FROM persons p WHERE p.number_index = $1",
                    args![index],
                    read_person,
                )
                .await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// One household.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn household(&self, id: HouseholdId) -> StoreResult<Option<Household>> {
        self.db
            .fetch_one(
                "SELECT id, code, division, class, address FROM households WHERE id = $1",
                args![id],
                read_household,
            )
            .await
    }

    /// The household with a code (户号).
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn household_by_code(&self, code: &str) -> StoreResult<Option<Household>> {
        self.db
            .fetch_one(
                "SELECT id, code, division, class, address FROM households WHERE code = $1",
                args![code],
                read_household,
            )
            .await
    }

    /// Members of a household of a kind on a day, the head first, then by birth.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn members(
        &self,
        household: HouseholdId,
        kind: MembershipKind,
        on: Date,
    ) -> StoreResult<Vec<Member>> {
        self.db
            .fetch(
                "SELECT p.id, p.number, p.name, p.sex, p.birth, p.died, p.hukou, p.ethnic, \
                 m.household, m.person, m.kind, m.relation, m.from_on, m.to_on \
                 FROM memberships m JOIN persons p ON p.id = m.person \
                 WHERE m.household = $1 AND m.kind = $2 AND m.from_on <= $3 AND (m.to_on IS NULL OR m.to_on >= $3) \
                 ORDER BY CASE WHEN m.relation = 'head' THEN 0 ELSE 1 END, p.birth, p.id",
                args![household, kind.id(), on],
                |c| {
                    Ok(Member {
                        person: read_person(c)?,
                        membership: read_membership(c)?,
                    })
                },
            )
            .await
    }

    /// All memberships that a person ever had, oldest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn memberships_of(&self, person: PersonId) -> StoreResult<Vec<Membership>> {
        self.db
            .fetch(
                "SELECT household, person, kind, relation, from_on, to_on FROM memberships WHERE person = $1 ORDER BY from_on",
                args![person],
                read_membership,
            )
            .await
    }

    /// Streams the register of a kind on a day, sorted by division, household and person: for matching, for
    /// snapshots. `area` limits it.
    ///
    /// # Errors
    /// Those of the database, and whatever `each` returns.
    pub async fn register(
        &self,
        kind: MembershipKind,
        on: Date,
        area: Option<&DivisionCode>,
        mut each: impl FnMut(RegisterRow) -> StoreResult<()>,
    ) -> StoreResult<()> {
        let (from, to) = crate::area_range(area);
        self.db
            .stream(
                "SELECT h.id, h.code, h.division, h.class, m.relation, \
                 p.id, p.number, p.name, p.sex, p.birth, p.died, p.hukou, p.ethnic \
                 FROM households h JOIN memberships m ON m.household = h.id JOIN persons p ON p.id = m.person \
                 WHERE h.division >= $1 AND h.division < $2 AND m.kind = $3 \
                 AND m.from_on <= $4 AND (m.to_on IS NULL OR m.to_on >= $4) \
                 ORDER BY h.division, h.id, p.id",
                args![from, to, kind.id(), on],
                |c| {
                    each(RegisterRow {
                        household: HouseholdId(c.int()?),
                        code: c.text()?,
                        division: c.parse()?,
                        class: c.opt_code(UrbanRural::from_id)?,
                        relation: c.code(Relation::from_id)?,
                        person: read_person(c)?,
                    })
                },
            )
            .await
    }

    /// Households and persons on file inside an area (hukou, at present).
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn population(&self, area: Option<&DivisionCode>) -> StoreResult<(i64, i64)> {
        let (from, to) = crate::area_range(area);
        let found = self
            .db
            .fetch_one(
                "SELECT (SELECT count(*) FROM households h WHERE h.division >= $1 AND h.division < $2), \
                 (SELECT count(*) FROM households h JOIN memberships m ON m.household = h.id AND m.kind = 'hukou' AND m.to_on IS NULL \
                 WHERE h.division >= $1 AND h.division < $2)",
                args![from, to],
                |c| Ok((c.int()?, c.int()?)),
            )
            .await?;
        Ok(found.unwrap_or_default())
    }

    /// Finds people inside an area by the start of a name (two letters of it at least), by a whole identity number or by a household code
    /// (whole, or its start).
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn search(
        &self,
        area: Option<&DivisionCode>,
        text: &str,
        limit: u32,
    ) -> StoreResult<Vec<Found>> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let (from, to) = crate::area_range(area);
        let read = |c: &mut Cells<'_>| {
            Ok(Found {
                household: read_household(c)?,
                person: read_person(c)?,
                relation: c.code(Relation::from_id)?,
            })
        };
        if let Ok(number) = IdentityNumber::parse(text) {
            for index in self.db.vault.indexes(IndexKind::IdentityNumber, number.as_str())? {
                let found = self
                    .db
                    .fetch(
                        "SELECT h.id, h.code, h.division, h.class, h.address, p.id, p.number, p.name, p.sex, p.birth, p.died, p.hukou, p.ethnic, m.relation \
                         FROM persons p JOIN memberships m ON m.person = p.id AND m.kind = 'hukou' AND m.to_on IS NULL JOIN households h ON h.id = m.household \
                         WHERE p.number_index = $1 AND h.division >= $2 AND h.division < $3",
                        args![index, &from, &to],
                        read,
                    )
                    .await?;
                if !found.is_empty() {
                    return Ok(found);
                }
            }
            return Ok(Vec::new());
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            let end = format!("{text}z");
            return self
                .db
                .fetch(
                    "SELECT h.id, h.code, h.division, h.class, h.address, p.id, p.number, p.name, p.sex, p.birth, p.died, p.hukou, p.ethnic, m.relation \
                     FROM households h JOIN memberships m ON m.household = h.id AND m.kind = 'hukou' AND m.to_on IS NULL AND m.relation = 'head' JOIN persons p ON p.id = m.person \
                     WHERE h.code >= $1 AND h.code < $2 AND h.division >= $3 AND h.division < $4 ORDER BY h.code LIMIT $5",
                    args![text, end, from, to, limit],
                    read,
                )
                .await;
        }
        // A sign that stands for anything, or a single letter, would list people nobody named.
        let start = name::fold(text).replace(['%', '_'], "");
        if start.chars().count() < 2 {
            return Ok(Vec::new());
        }
        let pattern = format!("{start}%");
        self.db
            .fetch(
                "SELECT h.id, h.code, h.division, h.class, h.address, p.id, p.number, p.name, p.sex, p.birth, p.died, p.hukou, p.ethnic, m.relation \
                 FROM persons p JOIN memberships m ON m.person = p.id AND m.kind = 'hukou' AND m.to_on IS NULL JOIN households h ON h.id = m.household \
                 WHERE p.name_folded LIKE $1 AND h.division >= $2 AND h.division < $3 ORDER BY p.name_folded, p.id LIMIT $4",
                args![pattern, from, to, limit],
                read,
            )
            .await
    }
}

fn push_person(args: &mut crate::db::Args, vault: &Vault, id: i64, p: &Person) -> StoreResult<()> {
    let number = p.number.as_ref().map(IdentityNumber::as_str);
    args.push(id)?;
    args.push(number.map(|n| vault.seal(&PERSON_NUMBER, id, n)).transpose()?)?;
    args.push(number.map(|n| vault.index(IndexKind::IdentityNumber, n)).transpose()?)?;
    args.push(&p.name)?;
    args.push(name::fold(&p.name))?;
    args.push(p.sex.id())?;
    args.push(p.birth)?;
    args.push(p.died)?;
    args.push(p.hukou.id())?;
    args.push(&p.ethnic)
}

/// Until everything is sealed anew after a rotation, a number may be on file under an older index, which the database's
/// own rule does not see.
async fn refuse_number_of_old(tx: &mut Tx, person: &Person) -> StoreResult<()> {
    let Some(number) = &person.number else { return Ok(()) };
    if tx.vault.keys()?.epochs().len() < 2 {
        return Ok(());
    }
    let indexes = tx.vault.indexes(IndexKind::IdentityNumber, number.as_str())?;
    for index in indexes.into_iter().skip(1) {
        let there =
            tx.fetch_one("SELECT id FROM persons WHERE number_index = $1", args![index], |c| c.int()).await?;
        if there.is_some() {
            let (zh, en) = NUMBER_TAKEN;
            return Err(StoreError::duplicate(zh, en));
        }
    }
    Ok(())
}

async fn memberships_of(tx: &mut Tx, person: PersonId) -> StoreResult<Vec<Membership>> {
    tx.fetch(
        "SELECT household, person, kind, relation, from_on, to_on FROM memberships WHERE person = $1",
        args![person],
        read_membership,
    )
    .await
}

const NUMBER_TAKEN: (&str, &str) = (
    "证件号码重复：此号码已在册或在文件中出现两次",
    "an identity number is already on file, or twice in the file",
);

fn number_taken(error: StoreError) -> StoreError {
    error.or_duplicate(NUMBER_TAKEN.0, NUMBER_TAKEN.1)
}

fn two_households(error: StoreError) -> StoreError {
    error.or_duplicate(
        "同一人在同一类家庭中只能在一户；请先结束原来的成员关系",
        "a person is in one household of a kind at a time; end the old membership first",
    )
}
