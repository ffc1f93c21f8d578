//! 查审计记录: the leaves as an auditor reads them, with what the tree says of itself.

use doudi_policy::DivisionCode;
use doudi_registry::{Post, StaffId};

use crate::db::args;
use crate::{Store, StoreError, StoreResult, area_range};

/// 审计类别: what an auditor looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafGroup {
    /// 查看: somebody saw personal data, or took a copy.
    Look,
    /// 被拒: somebody was refused.
    Refused,
    /// 登录: log-ins, tries and ends of sessions.
    Login,
    /// 清除: content was destroyed.
    Erased,
    /// 改动: everything else.
    Change,
}

impl LeafGroup {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Change, Self::Look, Self::Refused, Self::Login, Self::Erased];

    /// Its id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Refused => "refused",
            Self::Login => "login",
            Self::Erased => "erased",
            Self::Change => "change",
        }
    }

    /// The group of an id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|g| g.id() == id)
    }
}

/// What is looked for.
#[derive(Clone, Debug)]
pub struct LeafSearch<'a> {
    /// Only what members of staff of this area did; what the program did itself is always among it.
    pub area: &'a DivisionCode,
    /// From this moment, in milliseconds since 1970 (UTC).
    pub from_ms: i64,
    /// Up to, and without, this moment.
    pub to_ms: i64,
    /// Of this group; any where there is none.
    pub group: Option<LeafGroup>,
    /// About this, such as `case:12`; anything where it is empty.
    pub subject: &'a str,
    /// Older than the leaf with this id; from the newest where it is empty.
    pub before: &'a str,
    /// At most so many.
    pub most: u32,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doer {
    /// Id.
    pub id: StaffId,
    /// Name.
    pub name: String,
    /// Post at present.
    pub post: Post,
    /// Area at present.
    pub division: DivisionCode,
}

/// A leaf as an auditor reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafRow {
    /// Its id.
    pub id: String,
    /// When it was written, in milliseconds since 1970 (UTC).
    pub made_ms: i64,
    /// Kind, such as `case.acted`.
    pub kind: String,
    /// Who; `None` for the program, for somebody without a role, and after an erasure.
    pub doer: Option<Doer>,
    /// About what, such as `case:12`; may be empty.
    pub subject: String,
    /// The content as JSON; `None` after an erasure.
    pub payload: Option<String>,
    /// Its place in the tree; `None` while it waits for one.
    pub position: Option<i64>,
}

impl Store {
    /// Leaves, newest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn search_leaves(&self, search: &LeafSearch<'_>) -> StoreResult<Vec<LeafRow>> {
        let (first, past) = area_range(Some(search.area));
        self.db
            .fetch(
                "SELECT l.id, l.made_ms, l.kind, l.actor, s.name, s.post, s.division, l.subject, l.payload, l.position \
                 FROM audit_leaves l LEFT JOIN staff s ON s.id = l.actor \
                 WHERE l.made_ms >= $1 AND l.made_ms < $2 AND l.id >= $3 AND l.id < $4 \
                 AND (l.actor IS NULL OR (s.division >= $5 AND s.division < $6)) \
                 AND ($7 = '' OR l.subject = $7) AND ($8 = '' OR l.id < $8) \
                 AND ($9 = '' OR $9 = CASE WHEN l.kind IN ('person.read', 'person.revealed', 'person.copied', 'original.opened') THEN 'look' \
                 WHEN l.kind LIKE 'access.%' THEN 'refused' WHEN l.kind LIKE 'login.%' OR l.kind LIKE 'session.%' THEN 'login' \
                 WHEN l.kind LIKE '%.erased' OR l.kind = 'original.destroyed' THEN 'erased' ELSE 'change' END) \
                 ORDER BY l.id DESC LIMIT $10",
                args![
                    search.from_ms,
                    search.to_ms,
                    id_at(search.from_ms),
                    id_at(search.to_ms),
                    first,
                    past,
                    search.subject,
                    search.before,
                    search.group.map_or("", LeafGroup::id),
                    search.most
                ],
                |c| {
                    let (id, made_ms, kind, actor) = (c.text()?, c.int()?, c.text()?, c.opt_int()?);
                    let (name, post, division) = (c.opt_text()?, c.opt_code(Post::from_id)?, c.opt_parse()?);
                    let doer = match (actor, name, post, division) {
                        (Some(id), Some(name), Some(post), Some(division)) => {
                            Some(Doer { id: StaffId(id), name, post, division })
                        }
                        _ => None,
                    };
                    let (subject, payload, position) = (c.text()?, c.opt_text()?, c.opt_int()?);
                    Ok(LeafRow { id, made_ms, kind, doer, subject, payload, position })
                },
            )
            .await
    }

    /// Leaves under the latest signed head, and when it was signed, in milliseconds since 1970 (UTC).
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn last_signed(&self) -> StoreResult<Option<(i64, i64)>> {
        self.db
            .fetch_one(
                "SELECT size, signed_ms FROM audit_checkpoints ORDER BY size DESC LIMIT 1",
                args![],
                |c| Ok::<_, StoreError>((c.int()?, c.int()?)),
            )
            .await
    }
}

/// Ids begin with the time, so that a span of time is a span of ids.
fn id_at(ms: i64) -> String {
    format!("{:012x}", ms.max(0))
}
