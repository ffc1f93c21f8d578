//! 三员账号变更: a change of an administrator's account waits for a second person. Who may put it forward and who may
//! confirm it is asked of the rules above; that they are two people, the database holds as well.

use doudi_policy::DivisionCode;
use doudi_registry::{Post, Staff, StaffId};

use crate::audit::{Entry, Shelf};
use crate::db::{Cells, args};
use crate::{Store, StoreError, StoreResult, account_admin, accounts, area_range, staff};

/// What is to be done with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Somebody is taken on, or somebody on file is given an account.
    Add,
    /// It is shut.
    Disable,
    /// It is opened again.
    Open,
    /// It begins anew with a first password.
    Reset,
    /// Its owner moves to another post or area.
    Move,
}

impl ChangeKind {
    /// All.
    pub const ALL: [Self; 5] = [Self::Add, Self::Disable, Self::Open, Self::Reset, Self::Move];

    /// Its id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Disable => "disable",
            Self::Open => "open",
            Self::Reset => "reset",
            Self::Move => "move",
        }
    }

    /// The kind of an id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.id() == id)
    }

    /// Whether a first password is made when it is confirmed.
    #[must_use]
    pub fn gives_password(self) -> bool {
        matches!(self, Self::Add | Self::Reset)
    }
}

/// How a change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeState {
    /// It waits for a second person.
    Proposed,
    /// A second person has confirmed it.
    Done,
    /// A second person has declined it.
    Declined,
    /// Who put it forward has taken it back.
    Withdrawn,
}

impl ChangeState {
    /// Its id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Done => "done",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of an id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Proposed, Self::Done, Self::Declined, Self::Withdrawn].into_iter().find(|s| s.id() == id)
    }
}

/// A change to put forward. Name, post and area are those that its owner is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewChange {
    /// What is to be done.
    pub kind: ChangeKind,
    /// Whose account; an id of 0 for somebody who is not on file.
    pub whose: Staff,
    /// Log-in name.
    pub login: String,
}

/// A change that was put forward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountChange {
    /// Number.
    pub id: i64,
    /// What is to be done.
    pub kind: ChangeKind,
    /// Whose account; an id of 0 before somebody is taken on.
    pub whose: Staff,
    /// Log-in name.
    pub login: String,
    /// How it stands.
    pub state: ChangeState,
    /// Seconds since 1970 at which it was put forward.
    pub proposed_at: i64,
    /// By whom.
    pub proposed_by: StaffId,
    /// Seconds since 1970 at which it was settled.
    pub settled_at: Option<i64>,
    /// By whom.
    pub settled_by: Option<StaffId>,
}

impl AccountChange {
    /// Whose account it is, where somebody is on file.
    #[must_use]
    pub fn owner(&self) -> Option<StaffId> {
        (self.whose.id.0 != 0).then_some(self.whose.id)
    }
}

fn read(c: &mut Cells<'_>) -> StoreResult<AccountChange> {
    let (id, kind, staff, login) =
        (c.int()?, c.code(ChangeKind::from_id)?, c.opt_int()?.unwrap_or(0), c.text()?);
    let (name, post, division) = (c.text()?, c.code(Post::from_id)?, c.parse()?);
    Ok(AccountChange {
        id,
        kind,
        whose: Staff { id: StaffId(staff), name, post, division },
        login,
        state: c.code(ChangeState::from_id)?,
        proposed_at: c.int()?,
        proposed_by: StaffId(c.int()?),
        settled_at: c.opt_int()?,
        settled_by: c.opt_int()?.map(StaffId),
    })
}

/// A text that begins with the columns of a change.
macro_rules! change {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, staff, login, name, post, division, state, proposed_at, proposed_by, settled_at, settled_by \
             FROM account_changes ",
            $rest
        )
    };
}

impl Store {
    /// Puts a change forward; gives its number.
    ///
    /// # Errors
    /// Refused where one of this account waits already, or the log-in name of a new account is taken; otherwise those
    /// of the database.
    pub async fn propose_account_change(&self, new: &NewChange, by: StaffId, now: i64) -> StoreResult<i64> {
        let mut tx = self.db.begin().await?;
        if new.kind == ChangeKind::Add {
            accounts::free_in(&mut tx, &new.login).await?;
        }
        let id = tx.take_ids("account_changes", 1).await?;
        let whose = &new.whose;
        let staff = (whose.id.0 != 0).then_some(whose.id.0);
        tx.execute(
            "INSERT INTO account_changes (id, kind, staff, login, name, post, division, state, proposed_at, proposed_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'proposed', $8, $9)",
            args![id, new.kind.id(), staff, &new.login, &whose.name, whose.post.id(), &whose.division, now, by],
        )
        .await
        .map_err(|e| {
            e.or_duplicate(
                "这个账号已有一项变更等第二人确认",
                "a change of this account waits for a second person already",
            )
        })?;
        tx.added(Shelf::AccountChanges, id, 1);
        let entry = Entry::of("account.proposed", "account-change", id).by(by);
        let entry = entry.with("action", new.kind.id()).with("login", &new.login);
        let entry = entry.with("post", whose.post.id()).with("division", &whose.division);
        tx.commit(match staff {
            Some(staff) => entry.with("staff", staff),
            None => entry,
        })
        .await?;
        Ok(id)
    }

    /// A change.
    ///
    /// # Errors
    /// `NotFound`; otherwise those of the database.
    pub async fn account_change(&self, id: i64) -> StoreResult<AccountChange> {
        self.db
            .fetch_one(change!("WHERE id = $1"), args![id], read)
            .await?
            .ok_or_else(|| StoreError::not_found("account change", id))
    }

    /// Changes of accounts in an area: those that wait first, then the latest that were settled; `most` in all.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn account_changes(&self, area: &DivisionCode, most: u32) -> StoreResult<Vec<AccountChange>> {
        let (first, past) = area_range(Some(area));
        self.db
            .fetch(
                change!(
                    "WHERE division >= $1 AND division < $2 \
                     ORDER BY CASE WHEN state = 'proposed' THEN 0 ELSE 1 END, id DESC LIMIT $3"
                ),
                args![first, past, most],
                read,
            )
            .await
    }

    /// Confirms a change and does it: both or neither. `password` is the hash of a first password, where the change
    /// gives one.
    ///
    /// # Errors
    /// `Moved` where it was settled already; refused where the account is no longer such that it can be done; otherwise
    /// those of the database.
    pub async fn confirm_account_change(
        &self,
        id: i64,
        password: &str,
        by: StaffId,
        now: i64,
    ) -> StoreResult<StaffId> {
        let mut tx = self.db.begin().await?;
        tx.changes(Shelf::AccountChanges, id).await?;
        let change = tx
            .fetch_one(
                "UPDATE account_changes SET state = 'done', settled_at = $2, settled_by = $3 WHERE id = $1 AND state = 'proposed' \
                 RETURNING id, kind, staff, login, name, post, division, state, proposed_at, proposed_by, settled_at, settled_by",
                args![id, now, by],
                read,
            )
            .await?
            .ok_or(StoreError::Moved)?;
        let whose = match change.owner() {
            Some(staff) => staff,
            None => staff::add_in(&mut tx, &change.whose).await?,
        };
        let done = match change.kind {
            ChangeKind::Add => {
                accounts::add_in(&mut tx, whose, &change.login, password, now).await?;
                true
            }
            ChangeKind::Disable => accounts::disable_in(&mut tx, whose).await?,
            ChangeKind::Open => account_admin::open_in(&mut tx, whose).await?,
            ChangeKind::Reset => accounts::reset_in(&mut tx, whose, password).await?,
            ChangeKind::Move => {
                staff::move_in(&mut tx, whose, change.whose.post, &change.whose.division).await?;
                true
            }
        };
        if !done {
            return Err(StoreError::refused(
                "这个账号已经不是提出时的样子，请拒绝这项变更，由安全管理员重新提出",
                "the account is no longer as it was when this was put forward; decline it, and let the security administrator propose anew",
            ));
        }
        if change.owner().is_none() {
            tx.execute("UPDATE account_changes SET staff = $2 WHERE id = $1", args![id, whose]).await?;
        }
        let kind = match change.kind {
            ChangeKind::Add => Entry::of("account.added", "staff", whose.0),
            ChangeKind::Disable => Entry::of("account.disabled", "staff", whose.0),
            ChangeKind::Open => Entry::of("account.opened", "staff", whose.0),
            ChangeKind::Reset => Entry::of("account.reset", "staff", whose.0),
            ChangeKind::Move => Entry::of("staff.moved", "staff", whose.0),
        };
        let entry = kind.by(by).with("change", id).with("proposed_by", change.proposed_by.0);
        let entry = entry.with("login", &change.login).with("post", change.whose.post.id());
        tx.commit(entry.with("division", &change.whose.division)).await?;
        Ok(whose)
    }

    /// Ends a change without doing it: declined by a second person, or withdrawn by whoever put it forward.
    ///
    /// # Errors
    /// `Moved` where it was settled already; otherwise those of the database.
    pub async fn end_account_change(
        &self,
        id: i64,
        withdrawn: bool,
        by: StaffId,
        now: i64,
    ) -> StoreResult<()> {
        let (state, entry) = match withdrawn {
            true => (ChangeState::Withdrawn, Entry::of("account.withdrawn", "account-change", id)),
            false => (ChangeState::Declined, Entry::of("account.declined", "account-change", id)),
        };
        let changed = self
            .db
            .change(
                (Shelf::AccountChanges, id),
                "UPDATE account_changes SET state = $2, settled_at = $3, settled_by = $4 WHERE id = $1 AND state = 'proposed'",
                args![id, state.id(), now, by],
                entry.by(by),
            )
            .await?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Moved) }
    }
}
