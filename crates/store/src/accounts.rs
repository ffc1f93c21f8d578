//! Accounts of staff: what proves them, and who may enter. Hashes are made and checked above; here they are kept.

use std::fmt;

use doudi_registry::{Staff, StaffId};

use crate::audit::{Entry, Shelf};
use crate::classes::ACCOUNT_TOTP;
use crate::db::{Cells, Tx, args};
use crate::sessions::{self, NewSession, open};
use crate::{Store, StoreError, StoreResult};

/// An account as the log-in needs it.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Whose.
    pub staff: StaffId,
    /// Log-in name, in small letters.
    pub login: String,
    /// argon2id as a PHC string.
    pub password: String,
    /// Whether the password is still the first one and no authenticator is enrolled.
    pub first: bool,
    /// Secret of the authenticator in base32.
    pub totp: Option<String>,
    /// Whether nobody may enter with it.
    pub disabled: bool,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("staff", &self.staff)
            .field("login", &self.login)
            .field("first", &self.first)
            .field("disabled", &self.disabled)
            .finish_non_exhaustive()
    }
}

/// An account as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountLine {
    /// Whose.
    pub staff: Staff,
    /// Log-in name.
    pub login: String,
    /// Whether the first log-in has not been finished.
    pub first: bool,
    /// Whether nobody may enter with it.
    pub disabled: bool,
    /// Seconds since 1970 of the last log-in.
    pub entered_at: Option<i64>,
    /// Recovery codes that are left.
    pub recovery: i64,
}

/// The second factor of a log-in, checked above and used up here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Factor {
    /// Step of the code that was typed.
    Step(i64),
    /// Digest of the recovery code that was typed.
    Recovery(String),
}

impl Factor {
    fn name(&self) -> &'static str {
        match self {
            Self::Step(_) => "authenticator",
            Self::Recovery(_) => "recovery",
        }
    }
}

const ACCOUNT: &str =
    "SELECT staff, login, password, first, totp, disabled FROM staff_accounts WHERE login = $1";

fn read(c: &mut Cells<'_>) -> StoreResult<Account> {
    let staff = StaffId(c.int()?);
    Ok(Account {
        staff,
        login: c.text()?,
        password: c.text()?,
        first: c.flag()?,
        totp: c.opt_sealed(&ACCOUNT_TOTP, staff)?,
        disabled: c.flag()?,
    })
}

async fn end_all(tx: &mut Tx, staff: StaffId) -> StoreResult<()> {
    sessions::end(tx, "SELECT id FROM sessions WHERE staff = $1 ORDER BY id", args![staff]).await?;
    Ok(())
}

async fn keep_codes(tx: &mut Tx, staff: StaffId, codes: &[String]) -> StoreResult<()> {
    tx.changes(Shelf::LogInCodes, staff.0).await?;
    tx.execute("DELETE FROM account_recovery WHERE staff = $1", args![staff]).await?;
    for digest in codes {
        tx.execute("INSERT INTO account_recovery (staff, digest) VALUES ($1, $2)", args![staff, digest])
            .await?;
    }
    Ok(())
}

fn taken() -> StoreError {
    StoreError::refused(
        "这个登录名已被使用，或这位工作人员已有账号；请换一个登录名，或重置原来的账号",
        "the log-in name is taken, or this member of staff has an account; choose another name, or reset the account",
    )
}

/// Refuses a log-in name that is taken.
pub(crate) async fn free_in(tx: &mut Tx, login: &str) -> StoreResult<()> {
    let sql = "SELECT staff FROM staff_accounts WHERE login = $1";
    match tx.fetch_one(sql, args![login], |c| c.int()).await? {
        Some(_) => Err(taken()),
        None => Ok(()),
    }
}

pub(crate) async fn add_in(
    tx: &mut Tx,
    staff: StaffId,
    login: &str,
    password: &str,
    now: i64,
) -> StoreResult<()> {
    let made = tx
        .execute(
            "INSERT INTO staff_accounts (staff, login, password, first, totp, totp_step, disabled, made_at) \
             VALUES ($1, $2, $3, 1, NULL, 0, 0, $4) ON CONFLICT DO NOTHING",
            args![staff, login, password, now],
        )
        .await?;
    if made == 0 {
        return Err(taken());
    }
    tx.added(Shelf::LogIns, staff.0, 1);
    Ok(())
}

pub(crate) async fn disable_in(tx: &mut Tx, staff: StaffId) -> StoreResult<bool> {
    tx.changes(Shelf::LogIns, staff.0).await?;
    let done = tx.execute("UPDATE staff_accounts SET disabled = 1 WHERE staff = $1", args![staff]).await?;
    end_all(tx, staff).await?;
    Ok(done == 1)
}

pub(crate) async fn reset_in(tx: &mut Tx, staff: StaffId, password: &str) -> StoreResult<bool> {
    tx.changes(Shelf::LogIns, staff.0).await?;
    let done = tx
        .execute(
            "UPDATE staff_accounts SET password = $2, first = 1, totp = NULL, totp_step = 0, disabled = 0 WHERE staff = $1",
            args![staff, password],
        )
        .await?;
    keep_codes(tx, staff, &[]).await?;
    end_all(tx, staff).await?;
    Ok(done == 1)
}

impl Store {
    /// Gives a member of staff an account with a first password.
    ///
    /// # Errors
    /// Refused where the log-in name is taken or the person has an account; not found where there is no such person.
    pub async fn add_account(
        &self,
        staff: StaffId,
        login: &str,
        password: &str,
        now: i64,
    ) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        if tx.fetch_one("SELECT id FROM staff WHERE id = $1", args![staff], |c| c.int()).await?.is_none() {
            return Err(StoreError::not_found("member of staff", staff));
        }
        add_in(&mut tx, staff, login, password, now).await?;
        tx.commit(Entry::of("account.added", "staff", staff.0).with("login", login)).await
    }

    /// The account of a log-in name in small letters.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn account(&self, login: &str) -> StoreResult<Option<Account>> {
        self.db.fetch_one(ACCOUNT, args![login], read).await
    }

    /// Links an account to who somebody is at a provider. Whoever has it there is let in with the second factor.
    ///
    /// # Errors
    /// Refused where the subject is linked already; not found where there is no such account.
    pub async fn link_subject(&self, staff: StaffId, issuer: &str, subject: &str) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        let known =
            tx.fetch_one("SELECT staff FROM staff_accounts WHERE staff = $1", args![staff], |c| c.int());
        if known.await?.is_none() {
            return Err(StoreError::not_found("account", staff));
        }
        tx.changes(Shelf::LogInLinks, staff.0).await?;
        tx.execute(
            "INSERT INTO account_subjects (issuer, subject, staff) VALUES ($1, $2, $3)",
            args![issuer, subject, staff],
        )
        .await
        .map_err(|e| {
            e.or_duplicate(
                "这个统一登录身份已经关联了账号；先解除原来的关联",
                "this identity of the provider is linked already; unlink it first",
            )
        })?;
        tx.commit(Entry::of("account.linked", "staff", staff.0).with("issuer", issuer)).await
    }

    /// Takes the links of an account away. How many there were.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn unlink_subjects(&self, staff: StaffId) -> StoreResult<u64> {
        self.db
            .change(
                (Shelf::LogInLinks, staff.0),
                "DELETE FROM account_subjects WHERE staff = $1",
                args![staff],
                Entry::of("account.unlinked", "staff", staff.0),
            )
            .await
    }

    /// Log-in name of the account that is linked to a subject.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn account_of_subject(&self, issuer: &str, subject: &str) -> StoreResult<Option<String>> {
        self.db
            .fetch_one(
                "SELECT a.login FROM account_subjects j JOIN staff_accounts a ON a.staff = j.staff WHERE j.issuer = $1 AND j.subject = $2",
                args![issuer, subject],
                |c| c.text(),
            )
            .await
    }

    /// Whether anybody may enter at all.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn has_accounts(&self) -> StoreResult<bool> {
        let found = self
            .db
            .fetch_one("SELECT staff FROM staff_accounts WHERE disabled = 0 LIMIT 1", args![], |c| c.int())
            .await?;
        Ok(found.is_some())
    }

    /// All accounts by log-in name.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn accounts(&self) -> StoreResult<Vec<AccountLine>> {
        self.db
            .fetch(
                "SELECT s.id, s.name, s.post, s.division, a.login, a.first, a.disabled, a.entered_at, \
                 (SELECT count(*) FROM account_recovery r WHERE r.staff = a.staff) \
                 FROM staff_accounts a JOIN staff s ON s.id = a.staff ORDER BY a.login",
                args![],
                |c| {
                    Ok(AccountLine {
                        staff: crate::staff::read(c)?,
                        login: c.text()?,
                        first: c.flag()?,
                        disabled: c.flag()?,
                        entered_at: c.opt_int()?,
                        recovery: c.int()?,
                    })
                },
            )
            .await
    }

    /// Shuts an account and ends all its sessions, so that the very next request is refused. Whether there was one.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn disable_account(&self, staff: StaffId) -> StoreResult<bool> {
        let mut tx = self.db.begin().await?;
        let done = disable_in(&mut tx, staff).await?;
        tx.commit(Entry::of("account.disabled", "staff", staff.0)).await?;
        Ok(done)
    }

    /// Begins an account anew with a first password: opens it if it was shut, forgets authenticator and recovery
    /// codes, ends its sessions. Whether there was one.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn reset_account(&self, staff: StaffId, password: &str) -> StoreResult<bool> {
        let mut tx = self.db.begin().await?;
        let done = reset_in(&mut tx, staff, password).await?;
        tx.commit(Entry::of("account.reset", "staff", staff.0)).await?;
        Ok(done)
    }

    /// Uses up a second factor and opens a session: both or neither. False where the step is not later than the last
    /// one, the recovery code is unknown or used, or the account may not be entered.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn enter(&self, staff: StaffId, factor: &Factor, session: &NewSession) -> StoreResult<bool> {
        let mut tx = self.db.begin().await?;
        tx.changes(Shelf::LogIns, staff.0).await?;
        let used = match factor {
            Factor::Step(step) => {
                tx.execute(
                    "UPDATE staff_accounts SET totp_step = $2, entered_at = $3 \
                     WHERE staff = $1 AND totp_step < $2 AND totp IS NOT NULL AND first = 0 AND disabled = 0",
                    args![staff, *step, session.now],
                )
                .await?
            }
            Factor::Recovery(digest) => {
                tx.changes(Shelf::LogInCodes, staff.0).await?;
                let gone = tx
                    .execute(
                        "DELETE FROM account_recovery WHERE staff = $1 AND digest = $2",
                        args![staff, digest],
                    )
                    .await?;
                let open = tx
                    .execute(
                        "UPDATE staff_accounts SET entered_at = $2 WHERE staff = $1 AND first = 0 AND disabled = 0",
                        args![staff, session.now],
                    )
                    .await?;
                gone.min(open)
            }
        };
        if used != 1 {
            return Ok(false);
        }
        open(&mut tx, staff, session).await?;
        tx.commit(Entry::of("login.entered", "staff", staff.0).by(staff).with("factor", factor.name()))
            .await?;
        Ok(true)
    }

    /// Opens the session in which a first log-in is finished; it acts as nobody. False where the account is past its
    /// first log-in or shut.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn enter_first(&self, staff: StaffId, session: &NewSession) -> StoreResult<bool> {
        let mut tx = self.db.begin().await?;
        tx.changes(Shelf::LogIns, staff.0).await?;
        let may = tx
            .execute(
                "UPDATE staff_accounts SET totp_step = 0 WHERE staff = $1 AND first = 1 AND disabled = 0",
                args![staff],
            )
            .await?;
        if may != 1 {
            return Ok(false);
        }
        end_all(&mut tx, staff).await?;
        open(&mut tx, staff, session).await?;
        tx.commit(Entry::of("login.first", "staff", staff.0).by(staff)).await?;
        Ok(true)
    }

    /// Finishes a first log-in: password, authenticator, recovery codes, and a new session in place of the old ones.
    /// False where somebody else has finished it, or the account was shut.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn enrol(
        &self,
        staff: StaffId,
        password: &str,
        (totp, step): (&str, i64),
        codes: &[String],
        session: &NewSession,
    ) -> StoreResult<bool> {
        let mut tx = self.db.begin().await?;
        let totp = tx.vault.seal(&ACCOUNT_TOTP, staff, totp)?;
        tx.changes(Shelf::LogIns, staff.0).await?;
        let done = tx
            .execute(
                "UPDATE staff_accounts SET password = $2, totp = $3, totp_step = $4, first = 0, entered_at = $5 \
                 WHERE staff = $1 AND first = 1 AND disabled = 0",
                args![staff, password, totp, step, session.now],
            )
            .await?;
        if done != 1 {
            return Ok(false);
        }
        keep_codes(&mut tx, staff, codes).await?;
        end_all(&mut tx, staff).await?;
        open(&mut tx, staff, session).await?;
        tx.commit(Entry::of("account.enrolled", "staff", staff.0).by(staff)).await?;
        Ok(true)
    }

    /// Changes a password, uses up the step that confirmed it, and puts one new session in place of all others.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn change_password(
        &self,
        staff: StaffId,
        password: &str,
        step: i64,
        session: &NewSession,
    ) -> StoreResult<bool> {
        let mut tx = self.db.begin().await?;
        tx.changes(Shelf::LogIns, staff.0).await?;
        let done = tx
            .execute(
                "UPDATE staff_accounts SET password = $2, totp_step = $3 \
                 WHERE staff = $1 AND totp_step < $3 AND first = 0 AND disabled = 0",
                args![staff, password, step],
            )
            .await?;
        if done != 1 {
            return Ok(false);
        }
        end_all(&mut tx, staff).await?;
        open(&mut tx, staff, session).await?;
        tx.commit(Entry::of("account.password", "staff", staff.0).by(staff)).await?;
        Ok(true)
    }
}
