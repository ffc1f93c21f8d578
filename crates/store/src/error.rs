//! What can go wrong with the store, in Chinese and English.

use doudi_access::{Epoch, Fault};
use doudi_policy::value::BadValue;
use sqlx::error::DatabaseError;

/// Result of a store function.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The thing asked for is not on file.
    #[error("{}: {what} {key}", self.en())]
    NotFound {
        /// What kind of thing: `household`, `lead`, `case` …
        what: &'static str,
        /// By which key it was sought.
        key: String,
    },
    /// A rule of the domain forbids it (409): the texts say why and what to do.
    #[error("{0}")]
    Refused(BadValue),
    /// The casework forbids it: table, area, four eyes, recusal, something missing.
    #[error("{0}")]
    Case(doudi_casework::Refusal),
    /// Somebody else changed it in the meantime (409); load it again and decide again.
    #[error("{}", self.en())]
    Moved,
    /// A unique rule of the database forbids it (409).
    #[error("{0}")]
    Duplicate(BadValue),
    /// The database address is not understood.
    #[error("{}", self.en())]
    BadUrl,
    /// The linked SQLite is too old to be safe.
    #[error("SQLite {found} can corrupt a database in WAL mode; 3.51.3 or later is required")]
    OldSqlite {
        /// Version found.
        found: String,
    },
    /// A protection of the file is not in force.
    #[error("SQLite setting {name} is {found}; the file is not opened without its protection")]
    Pragma {
        /// Name of the setting.
        name: &'static str,
        /// Value read back.
        found: String,
    },
    /// The file was made by a newer, an older or a different program.
    #[error("database schema {found} does not fit this program: {}", .detail.en)]
    Schema {
        /// Migration found.
        found: String,
        /// What differs and what to do.
        detail: BadValue,
    },
    /// It was opened without keys, and this needs them.
    #[error("{}", self.en())]
    NoKeys,
    /// The keys are those of another database.
    #[error("{}", self.en())]
    WrongKeys,
    /// The keys are from before a rotation.
    #[error("{}", self.en())]
    OldKeys {
        /// The newest epoch held.
        held: Epoch,
        /// The epoch in use.
        in_use: Epoch,
    },
    /// A sealed value does not open. The place is named, never the content.
    #[error("{}", self.en())]
    Sealed {
        /// Table, column and row.
        place: String,
        /// Why.
        fault: Fault,
    },
    /// A text cannot be searched for, or the keys refuse.
    #[error("{0}")]
    Keys(Fault),
    /// A stored value cannot be read back.
    #[error("stored value cannot be read: {0}")]
    Corrupt(String),
    /// A file that is being loaded is wrong.
    #[error("{0}")]
    BadFile(BadValue),
    /// The audit tree refuses a leaf, a hash or a head.
    #[error("audit: {0}")]
    Audit(doudi_access::audit::AuditFault),
    /// The operating system gives no random bytes, without which no leaf can be written.
    #[error("no random bytes: {0}")]
    Random(String),
    /// The database reports an error.
    #[error("database: {0}")]
    Database(sqlx::Error),
    /// A stored JSON text cannot be read back.
    #[error("stored JSON cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl StoreError {
    pub(crate) fn corrupt(text: &str) -> Self {
        Self::Corrupt(text.chars().take(24).collect())
    }

    pub(crate) fn not_found(what: &'static str, key: impl ToString) -> Self {
        Self::NotFound { what, key: key.to_string() }
    }

    pub(crate) fn duplicate(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Duplicate(BadValue { zh: zh.into(), en: en.into() })
    }

    pub(crate) fn refused(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Refused(BadValue { zh: zh.into(), en: en.into() })
    }

    /// Turns a unique violation into a refusal with a reason; every other error stays.
    pub(crate) fn or_duplicate(self, zh: &str, en: &str) -> Self {
        match &self {
            Self::Database(sqlx::Error::Database(e)) if e.is_unique_violation() => Self::duplicate(zh, en),
            _ => self,
        }
    }

    /// Whether the caller lost a race or met a rule (HTTP 409).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Case(_) | Self::Moved | Self::Duplicate(_))
    }

    /// Whether the thing is not on file (HTTP 404).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// What happened and what to do, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::NotFound { .. } => "没有找到，请从列表重新进入".to_owned(),
            Self::Refused(why) | Self::Duplicate(why) | Self::BadFile(why) => why.zh.clone(),
            Self::Case(why) => why.zh.clone(),
            Self::Moved => "其他人刚刚修改过，请刷新后再办理".to_owned(),
            Self::BadUrl => {
                "数据库地址无法识别，应为 sqlite:文件路径 或 postgres://用户@主机/库名".to_owned()
            }
            Self::OldSqlite { .. } | Self::Pragma { .. } => format!("数据库未打开：{self}"),
            Self::Schema { found, detail } => format!("数据库未打开（结构 {found}）：{}", detail.zh),
            Self::NoKeys => {
                "这次打开数据库没有载入密钥，加密的内容读不了，也不能写；请用 --keys 和 --share 给出密钥"
                    .to_owned()
            }
            Self::WrongKeys => {
                "密钥不是这个数据库的：打不开它的校验值，没有读写任何内容。请核对 --keys 指向的密钥文件"
                    .to_owned()
            }
            Self::OldKeys { held, in_use } => format!(
                "密钥已经轮换：数据库在用第 {in_use} 期，这里只有到第 {held} 期，没有写入任何内容。请用现在的密钥文件重新启动程序"
            ),
            Self::Sealed { place, fault } => format!("{place}：{}", fault.zh()),
            Self::Keys(fault) => fault.zh(),
            Self::Database(error) if fault_of_file(error).is_some() => {
                fault_of_file(error).unwrap_or_default().0.to_owned()
            }
            Self::Audit(fault) => fault.zh(),
            Self::Corrupt(_) | Self::Database(_) | Self::Json(_) | Self::Random(_) => {
                "数据库暂时不能完成操作，内容没有改动，请稍后重试或联系管理员".to_owned()
            }
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::NotFound { .. } => "not found; come in again from the list".to_owned(),
            Self::Refused(why) | Self::Duplicate(why) | Self::BadFile(why) => why.en.clone(),
            Self::Case(why) => why.en.clone(),
            Self::Moved => "somebody else has just changed it; reload and decide again".to_owned(),
            Self::BadUrl => {
                "the database address is not understood; write sqlite:PATH or postgres://user@host/name"
                    .to_owned()
            }
            Self::OldSqlite { .. } | Self::Pragma { .. } | Self::Schema { .. } => self.to_string(),
            Self::NoKeys => {
                "the database was opened without keys: what is sealed cannot be read, and nothing can be written; give the keys with --keys and --share"
                    .to_owned()
            }
            Self::WrongKeys => {
                "the keys are not those of this database: its check value does not open, and nothing was read or written. See which key file --keys names"
                    .to_owned()
            }
            Self::OldKeys { held, in_use } => format!(
                "the keys were rotated: the database uses epoch {in_use}, and here are only those up to {held}; nothing was written. Start the program again with the present key file"
            ),
            Self::Sealed { place, fault } => format!("{place}: {}", fault.en()),
            Self::Keys(fault) => fault.en(),
            Self::Database(error) if fault_of_file(error).is_some() => {
                fault_of_file(error).unwrap_or_default().1.to_owned()
            }
            Self::Audit(fault) => fault.en(),
            Self::Corrupt(_) | Self::Database(_) | Self::Json(_) | Self::Random(_) => {
                "the database cannot do it now; nothing was changed, try again or call the administrator"
                    .to_owned()
            }
        }
    }
}

/// What is wrong with the file of an SQLite database, where trying again does not help; Chinese and English.
fn fault_of_file(error: &sqlx::Error) -> Option<(&'static str, &'static str)> {
    let sqlx::Error::Database(error) = error else {
        return None;
    };
    let error = error.try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
    // The low byte is the kind of the fault, the rest its detail.
    let kind = DatabaseError::code(error)?.parse::<u32>().ok()? & 0xff;
    Some(match kind {
        5 | 6 => (
            "另一个程序正在写这个数据库，内容没有改动；请等它结束后再试",
            "another program is writing to this database and nothing was changed; wait until it has ended, then try again",
        ),
        8 => (
            "数据库文件或它所在的文件夹是只读的，内容没有改动；请检查权限，或指定一个可写的位置",
            "the database file or its folder is read-only and nothing was changed; check the permissions, or name a place that can be written",
        ),
        11 => (
            "数据库文件已损坏，内容没有改动；请用备份恢复，或联系管理员",
            "the database file is damaged and nothing was changed; restore a backup, or call the administrator",
        ),
        13 => (
            "磁盘已满，内容没有改动；请腾出空间后再试",
            "the disk is full and nothing was changed; make room, then try again",
        ),
        14 => (
            "打不开数据库文件；请核对路径、文件夹是否存在和权限",
            "the database file cannot be opened; check the path, that its folder exists, and the permissions",
        ),
        26 => (
            "这个文件不是 SQLite 数据库，没有改动；请核对数据库的路径",
            "this file is no SQLite database and was not touched; check the path of the database",
        ),
        _ => return None,
    })
}
