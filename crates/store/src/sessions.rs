//! Sessions of accounts. The key is in the browser's cookie and nowhere else; here is its SHA-256.

use doudi_registry::{Staff, StaffId};

use crate::audit::{Entry, Shelf};
use crate::classes::SESSION_OFFER;
use crate::db::{Args, Tx, args};
use crate::{Store, StoreResult};

/// A session without a request ends after so many seconds: 15 minutes.
pub const IDLE: i64 = 15 * 60;
/// Every session ends after so many seconds: 10 hours.
pub const ABSOLUTE: i64 = 10 * 3600;
/// Requests closer together than this many seconds are not written down.
const TOUCH_EVERY: i64 = 30;

/// A session to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// SHA-256 of the key, in hexadecimal.
    pub digest: String,
    /// Whether it may only finish the first log-in, and the secret that it offers for the authenticator.
    pub totp_offer: Option<String>,
    /// Seconds since 1970.
    pub now: i64,
    /// Address of the browser.
    pub address: String,
    /// What the browser calls itself; shown to its owner.
    pub agent: String,
}

/// A session that holds.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountSession {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub staff: Staff,
    /// Log-in name.
    pub login: String,
    /// Whether it may only finish the first log-in.
    pub first: bool,
    /// The secret on offer for the authenticator.
    pub totp_offer: Option<String>,
    /// Seconds since 1970 of the last request that was written down.
    pub seen_at: i64,
}

/// A session as its owner sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLine {
    /// Its number.
    pub id: i64,
    /// Seconds since 1970 of the log-in.
    pub born_at: i64,
    /// Seconds since 1970 of the last request that was written down.
    pub seen_at: i64,
    /// Address.
    pub address: String,
    /// Browser.
    pub agent: String,
}

/// Ends the sessions whose numbers a statement gives; how many there were.
pub(crate) async fn end(tx: &mut Tx, which: &'static str, args: Args) -> StoreResult<u64> {
    let mut ended = 0;
    for id in tx.changes_of(Shelf::Sessions, which, args).await? {
        ended += tx.execute("DELETE FROM sessions WHERE id = $1", args![id]).await?;
    }
    Ok(ended)
}

pub(crate) async fn open(tx: &mut Tx, staff: StaffId, session: &NewSession) -> StoreResult<()> {
    end(
        tx,
        "SELECT id FROM sessions WHERE seen_at <= $1 OR born_at <= $2 ORDER BY id",
        args![session.now - IDLE, session.now - ABSOLUTE],
    )
    .await?;
    let id = tx.take_ids("sessions", 1).await?;
    let offer = session.totp_offer.as_deref().map(|o| tx.vault.seal(&SESSION_OFFER, id, o)).transpose()?;
    tx.execute(
        "INSERT INTO sessions (id, digest, staff, first, totp_offer, born_at, seen_at, address, agent) \
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)",
        args![
            id,
            &session.digest,
            staff,
            session.totp_offer.is_some(),
            offer,
            session.now,
            &session.address,
            &session.agent
        ],
    )
    .await?;
    tx.added(Shelf::Sessions, id, 1);
    Ok(())
}

impl Store {
    /// The session of a digest, if it has not run out and its account is open: read anew for every request, so that a
    /// shut account, another post or another area holds from the very next one.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn session(&self, digest: &str, now: i64) -> StoreResult<Option<AccountSession>> {
        self.db
            .fetch_one(
                "SELECT s.id, s.name, s.post, s.division, t.id, a.login, t.first, t.totp_offer, t.seen_at \
                 FROM sessions t JOIN staff_accounts a ON a.staff = t.staff JOIN staff s ON s.id = t.staff \
                 WHERE t.digest = $1 AND t.seen_at > $2 AND t.born_at > $3 AND a.disabled = 0 AND a.first = t.first",
                args![digest, now - IDLE, now - ABSOLUTE],
                |c| {
                    let (staff, id) = (crate::staff::read(c)?, c.int()?);
                    Ok(AccountSession {
                        staff,
                        id,
                        login: c.text()?,
                        first: c.flag()?,
                        totp_offer: c.opt_sealed(&SESSION_OFFER, id)?,
                        seen_at: c.int()?,
                    })
                },
            )
            .await
    }

    /// Writes down that a session was used, if that was some time ago.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn touch_session(&self, session: &AccountSession, now: i64) -> StoreResult<()> {
        if now - session.seen_at >= TOUCH_EVERY {
            let mut tx = self.db.begin().await?;
            tx.execute(
                "UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2",
                args![session.id, now],
            )
            .await?;
            // Not a deed but a clock that is kept: without a leaf.
            tx.commit_bare().await?;
        }
        Ok(())
    }

    /// Ends the session of a digest.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn end_session(&self, digest: &str) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        let found = tx
            .fetch_one("SELECT id, staff FROM sessions WHERE digest = $1", args![digest], |c| {
                Ok((c.int()?, StaffId(c.int()?)))
            })
            .await?;
        let Some((id, staff)) = found else { return Ok(()) };
        if end(&mut tx, "SELECT id FROM sessions WHERE id = $1", args![id]).await? == 0 {
            return Ok(());
        }
        tx.commit(Entry::of("session.ended", "staff", staff.0).by(staff).with("session", id)).await
    }

    /// Ends one session of a person by its number; somebody else's stays. Whether one ended.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn end_session_of(&self, staff: StaffId, id: i64) -> StoreResult<bool> {
        let mut tx = self.db.begin().await?;
        let which = "SELECT id FROM sessions WHERE id = $1 AND staff = $2";
        if end(&mut tx, which, args![id, staff]).await? == 0 {
            return Ok(false);
        }
        tx.commit(Entry::of("session.ended", "staff", staff.0).by(staff).with("session", id)).await?;
        Ok(true)
    }

    /// The sessions of a person that hold, newest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn sessions_of(&self, staff: StaffId, now: i64) -> StoreResult<Vec<SessionLine>> {
        self.db
            .fetch(
                "SELECT id, born_at, seen_at, address, agent FROM sessions \
                 WHERE staff = $1 AND seen_at > $2 AND born_at > $3 ORDER BY id DESC",
                args![staff, now - IDLE, now - ABSOLUTE],
                |c| {
                    Ok(SessionLine {
                        id: c.int()?,
                        born_at: c.int()?,
                        seen_at: c.int()?,
                        address: c.text()?,
                        agent: c.text()?,
                    })
                },
            )
            .await
    }
}
