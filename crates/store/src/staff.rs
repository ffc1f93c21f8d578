//! Staff, their posts, and their near relatives among applicants.

use doudi_policy::DivisionCode;
use doudi_registry::{PersonId, Post, Staff, StaffId, staff::demo_staff};

use crate::audit::{Entry, Shelf};
use crate::db::{Cells, Tx, args};
use crate::{Store, StoreError, StoreResult};

pub(crate) fn read(c: &mut Cells<'_>) -> StoreResult<Staff> {
    Ok(Staff { id: StaffId(c.int()?), name: c.text()?, post: c.code(Post::from_id)?, division: c.parse()? })
}

pub(crate) async fn add_in(tx: &mut Tx, staff: &Staff) -> StoreResult<StaffId> {
    let id = StaffId(tx.take_ids("staff", 1).await?);
    tx.execute(
        "INSERT INTO staff (id, name, post, division) VALUES ($1, $2, $3, $4)",
        args![id, &staff.name, staff.post.id(), &staff.division],
    )
    .await?;
    tx.added(Shelf::Staff, id.0, 1);
    Ok(id)
}

pub(crate) async fn move_in(
    tx: &mut Tx,
    id: StaffId,
    post: Post,
    division: &DivisionCode,
) -> StoreResult<()> {
    tx.changes(Shelf::Staff, id.0).await?;
    let sql = "UPDATE staff SET post = $2, division = $3 WHERE id = $1";
    if tx.execute(sql, args![id, post.id(), division]).await? == 0 {
        return Err(StoreError::not_found("staff", id));
    }
    Ok(())
}

impl Store {
    /// Seeds the people of the fictional county, once.
    ///
    /// # Errors
    /// Refused where any division is real.
    pub async fn seed_demo_staff(&self) -> StoreResult<()> {
        if !self.is_fictional().await? {
            return Err(StoreError::refused(
                "演示人员只能用于虚构区划（99 开头）；本库有真实区划或尚无区划",
                "seeded people exist only where every division is fictional (99…); this database has real ones, or none yet",
            ));
        }
        let people = demo_staff();
        let mut tx = self.db.begin().await?;
        let there = tx.fetch_one("SELECT count(*) FROM staff", args![], |c| c.int()).await?;
        if there != Some(0) {
            return Ok(());
        }
        tx.take_ids("staff", people.len()).await?;
        for person in &people {
            tx.changes(Shelf::Staff, person.id.0).await?;
        }
        tx.bulk("INSERT INTO staff (id, name, post, division) VALUES", 4, "", &people, |args, s| {
            args.push(s.id)?;
            args.push(&s.name)?;
            args.push(s.post.id())?;
            args.push(&s.division)
        })
        .await?;
        tx.commit(Entry::at_large("staff.seeded").with("count", people.len())).await
    }

    /// Adds a member of staff and gives the id.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn add_staff(&self, staff: &Staff) -> StoreResult<StaffId> {
        let mut tx = self.db.begin().await?;
        let id = add_in(&mut tx, staff).await?;
        tx.commit(
            Entry::of("staff.added", "staff", id.0)
                .with("post", staff.post.id())
                .with("division", &staff.division),
        )
        .await?;
        Ok(id)
    }

    /// Gives a member of staff another post or area. The next request is answered by it.
    ///
    /// # Errors
    /// `NotFound`, or those of the database.
    pub async fn move_staff(&self, id: StaffId, post: Post, division: &DivisionCode) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        move_in(&mut tx, id, post, division).await?;
        tx.commit(Entry::of("staff.moved", "staff", id.0).with("post", post.id()).with("division", division))
            .await
    }

    /// Everybody, by id.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn all_staff(&self) -> StoreResult<Vec<Staff>> {
        self.db.fetch("SELECT id, name, post, division FROM staff ORDER BY id", args![], read).await
    }

    /// One member of staff.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn staff(&self, id: StaffId) -> StoreResult<Option<Staff>> {
        self.db.fetch_one("SELECT id, name, post, division FROM staff WHERE id = $1", args![id], read).await
    }

    /// 近亲属备案: registers a near relative of a member of staff.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn register_kin(
        &self,
        staff: StaffId,
        person: PersonId,
        relation: &str,
        by: impl Into<Option<StaffId>>,
    ) -> StoreResult<()> {
        self.db
            .change(
                (Shelf::StaffKin, staff.0),
                "INSERT INTO staff_kin (staff, person, relation) VALUES ($1, $2, $3) ON CONFLICT (staff, person) DO UPDATE SET relation = excluded.relation",
                args![staff, person, relation],
                Entry::of("staff.kin", "staff", staff.0).by(by).with("person", person.0),
            )
            .await?;
        Ok(())
    }

    /// Members of staff who have a registered near relative in a household at present, with the relation.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn kin_in_household(
        &self,
        household: doudi_registry::HouseholdId,
    ) -> StoreResult<Vec<(Staff, String)>> {
        self.db
            .fetch(
                "SELECT DISTINCT s.id, s.name, s.post, s.division, k.relation FROM memberships m \
                 JOIN staff_kin k ON k.person = m.person JOIN staff s ON s.id = k.staff \
                 WHERE m.household = $1 AND m.to_on IS NULL ORDER BY s.id",
                args![household],
                |c| Ok((read(c)?, c.text()?)),
            )
            .await
    }
}
