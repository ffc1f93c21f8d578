//! 账号管理: the accounts of an area as an administrator keeps them. A list says who may enter, and nothing of when or
//! how much somebody works.

use doudi_policy::DivisionCode;
use doudi_registry::{Staff, StaffId};

use crate::audit::{Entry, Shelf};
use crate::db::{Cells, Tx, args};
use crate::{Page, Paged, Store, StoreError, StoreResult, accounts, area_range, sessions, staff};

/// How an account stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Log-in name.
    pub login: String,
    /// Whether the first log-in has not been finished: the password must be set.
    pub first: bool,
    /// Whether nobody may enter with it.
    pub disabled: bool,
    /// Whether an authenticator is set.
    pub totp: bool,
    /// Whether it is linked to the office's own log-in.
    pub linked: bool,
}

/// A member of staff, with how their account stands if they have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffAccount {
    /// Who.
    pub staff: Staff,
    /// Their account.
    pub account: Option<Standing>,
}

/// A text that begins with the columns of a member of staff and their account.
macro_rules! with_account {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.name, s.post, s.division, a.login, coalesce(a.first, 0), coalesce(a.disabled, 0), \
             CAST(CASE WHEN a.totp IS NULL THEN 0 ELSE 1 END AS BIGINT), \
             (SELECT count(*) FROM account_subjects j WHERE j.staff = s.id) \
             FROM staff s LEFT JOIN staff_accounts a ON a.staff = s.id ",
            $rest
        )
    };
}

fn read(c: &mut Cells<'_>) -> StoreResult<StaffAccount> {
    let staff = staff::read(c)?;
    let login = c.opt_text()?;
    let (first, disabled, totp, links) = (c.flag()?, c.flag()?, c.flag()?, c.int()?);
    Ok(StaffAccount {
        staff,
        account: login.map(|login| Standing { login, first, disabled, totp, linked: links > 0 }),
    })
}

/// A pattern for what holds a text, with `!` before the signs that stand for anything.
fn holding(text: &str) -> String {
    let plain: String = text
        .trim()
        .to_lowercase()
        .chars()
        .flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c]))
        .collect();
    if plain.is_empty() { plain } else { format!("%{plain}%") }
}

pub(crate) async fn open_in(tx: &mut Tx, staff: StaffId) -> StoreResult<bool> {
    tx.changes(Shelf::LogIns, staff.0).await?;
    let sql = "UPDATE staff_accounts SET disabled = 0 WHERE staff = $1 AND disabled = 1";
    Ok(tx.execute(sql, args![staff]).await? == 1)
}

impl Store {
    /// The staff of an area and their accounts, by area and then by number; of whom name or log-in name holds a text,
    /// if there is one.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn staff_accounts(
        &self,
        area: &DivisionCode,
        holds: &str,
        page: Page,
    ) -> StoreResult<Paged<StaffAccount>> {
        let (first, past) = area_range(Some(area));
        let pattern = holding(holds);
        let total = self
            .db
            .fetch_one(
                "SELECT count(*) FROM staff s LEFT JOIN staff_accounts a ON a.staff = s.id \
                 WHERE s.division >= $1 AND s.division < $2 \
                 AND ($3 = '' OR lower(s.name) LIKE $3 ESCAPE '!' OR a.login LIKE $3 ESCAPE '!')",
                args![&first, &past, &pattern],
                |c| c.int(),
            )
            .await?;
        let rows = self
            .db
            .fetch(
                with_account!(
                    "WHERE s.division >= $1 AND s.division < $2 \
                     AND ($3 = '' OR lower(s.name) LIKE $3 ESCAPE '!' OR a.login LIKE $3 ESCAPE '!') \
                     ORDER BY s.division, s.id LIMIT $4 OFFSET $5"
                ),
                args![first, past, pattern, page.limit(), page.offset()],
                read,
            )
            .await?;
        Ok(Paged { rows, total: total.unwrap_or(0), page })
    }

    /// A member of staff and their account.
    ///
    /// # Errors
    /// `NotFound` where there is no such person; otherwise those of the database.
    pub async fn staff_account(&self, staff: StaffId) -> StoreResult<StaffAccount> {
        self.db
            .fetch_one(with_account!("WHERE s.id = $1"), args![staff], read)
            .await?
            .ok_or_else(|| StoreError::not_found("member of staff", staff))
    }

    /// Takes somebody on and gives them an account with a first password: both or neither. Gives the number.
    ///
    /// # Errors
    /// Refused where the log-in name is taken; otherwise those of the database.
    pub async fn take_on(
        &self,
        person: &Staff,
        login: &str,
        password: &str,
        now: i64,
    ) -> StoreResult<StaffId> {
        let mut tx = self.db.begin().await?;
        let id = staff::add_in(&mut tx, person).await?;
        accounts::add_in(&mut tx, id, login, password, now).await?;
        tx.commit(
            Entry::of("account.added", "staff", id.0)
                .with("login", login)
                .with("post", person.post.id())
                .with("division", &person.division),
        )
        .await?;
        Ok(id)
    }

    /// Opens an account that was shut, with the password and the authenticator that it had. Whether it was shut.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn open_account(&self, staff: StaffId) -> StoreResult<bool> {
        let mut tx = self.db.begin().await?;
        let opened = open_in(&mut tx, staff).await?;
        if opened {
            tx.commit(Entry::of("account.opened", "staff", staff.0)).await?;
        }
        Ok(opened)
    }

    /// Ends all sessions of an account; how many there were.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn end_sessions_of(&self, staff: StaffId) -> StoreResult<u64> {
        let mut tx = self.db.begin().await?;
        let which = "SELECT id FROM sessions WHERE staff = $1 ORDER BY id";
        let ended = sessions::end(&mut tx, which, args![staff]).await?;
        if ended > 0 {
            tx.commit(Entry::of("session.ended", "staff", staff.0).with("count", ended)).await?;
        }
        Ok(ended)
    }

    /// Until when a subject of tries waits, in seconds since 1970; `None` where it does not.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn locked_until(&self, subject: &str, now: i64) -> StoreResult<Option<i64>> {
        self.db
            .fetch_one(
                "SELECT locked_until FROM sign_in_tries WHERE subject = $1 AND locked_until > $2",
                args![subject, now],
                |c| c.int(),
            )
            .await
    }

    /// Forgets the failed tries of an account's log-in name, so that its owner need not wait. Whether there were any.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn unlock_account(&self, staff: StaffId, subject: &str) -> StoreResult<bool> {
        let mut tx = self.db.begin().await?;
        let sql = "DELETE FROM sign_in_tries WHERE subject = $1";
        let forgotten = tx.execute(sql, args![subject]).await?;
        if forgotten > 0 {
            tx.commit(Entry::of("account.unlocked", "staff", staff.0)).await?;
        }
        Ok(forgotten > 0)
    }
}
