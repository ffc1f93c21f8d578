//! Why a leaf, a proof, a head or a signature was refused.

use std::fmt;

/// A refusal of the audit functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditFault {
    /// A part of a leaf or an event that cannot be written down unambiguously.
    Field(&'static str),
    /// The tree has as many leaves as it can number.
    Full,
    /// A leaf or a tree that is larger than the tree at hand.
    OutOfRange {
        /// What was asked for.
        asked: u64,
        /// How many leaves there are.
        size: u64,
    },
    /// A hash that the storage should have and has not.
    MissingNode {
        /// Height above the leaves.
        level: u8,
        /// Position at that height.
        index: u64,
    },
    /// The proof does not lead to the root.
    Proof,
    /// The newer head has fewer leaves than one seen before.
    Rewound {
        /// Leaves seen before.
        seen: u64,
        /// Leaves now.
        now: u64,
    },
    /// Two heads of one log that cannot both be true.
    Split {
        /// Leaves of the head seen before.
        seen: u64,
        /// Leaves of the new one.
        now: u64,
    },
    /// A head of another log.
    OtherLog {
        /// The log that was expected.
        expected: String,
        /// The log that the head names.
        found: String,
    },
    /// A note, a head or a key that does not follow its format.
    Malformed(&'static str),
    /// No known key has signed.
    Unsigned,
    /// A known key's signature does not fit the text.
    Signature(String),
    /// The kind of signature is reserved; this version neither makes nor checks it.
    Reserved(String),
}

impl AuditFault {
    /// 原因与办法, in Chinese.
    pub fn zh(&self) -> String {
        self.texts().0
    }

    /// Reason and way on, in English.
    pub fn en(&self) -> String {
        self.texts().1
    }

    fn texts(&self) -> (String, String) {
        let pair = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
        match self {
            Self::Field(what) => (
                format!("审计记录的“{what}”为空、过长或含有不允许的字符"),
                format!(
                    "the {what} of an audit leaf is empty, too long or has characters that are not allowed"
                ),
            ),
            Self::Full => pair("审计树已满", "the audit tree is full"),
            Self::OutOfRange { asked, size } => (
                format!("审计树只有 {size} 片叶，没有 {asked}"),
                format!("the audit tree has {size} leaves and not {asked}"),
            ),
            Self::MissingNode { level, index } => (
                format!("审计树缺少第 {level} 层第 {index} 个哈希：瓦片文件缺失或长度不对"),
                format!(
                    "the audit tree lacks hash {index} at level {level}: a tile is missing or has the wrong length"
                ),
            ),
            Self::Proof => pair(
                "证明与树根不符：叶、证明或树根中至少有一个被改动过",
                "the proof does not lead to the root: leaf, proof or root was altered",
            ),
            Self::Rewound { seen, now } => (
                format!("审计树变短了：曾见 {seen} 片叶，现在只有 {now} 片；可能恢复了旧备份，或删除了记录"),
                format!(
                    "the audit tree became shorter: {seen} leaves were seen, {now} are left; an old backup was restored or records were removed"
                ),
            ),
            Self::Split { seen, now } => (
                format!("{now} 片叶的审计树不是由曾见的 {seen} 片叶延长而来：过去的记录被改动过"),
                format!(
                    "the tree of {now} leaves does not extend the one of {seen} leaves seen before: the past was altered"
                ),
            ),
            Self::OtherLog { expected, found } => (
                format!("检查点属于“{found}”，不是“{expected}”"),
                format!("the checkpoint is of `{found}`, not of `{expected}`"),
            ),
            Self::Malformed(what) => {
                (format!("格式不符（{what}），或文件已损坏"), format!("malformed {what}, or a damaged file"))
            }
            Self::Unsigned => {
                pair("没有已知密钥的签名，不可采信", "no known key has signed it; do not rely on it")
            }
            Self::Signature(name) => (
                format!("“{name}”的签名与内容不符：内容或签名被改动过"),
                format!("the signature of `{name}` does not fit: text or signature was altered"),
            ),
            Self::Reserved(name) => (
                format!("“{name}”的签名算法（SM2）已预留，本版本不能签发或核验"),
                format!(
                    "the signature kind of `{name}` (SM2) is reserved; this version neither makes nor checks it"
                ),
            ),
        }
    }
}

impl fmt::Display for AuditFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (zh, en) = self.texts();
        write!(f, "{zh} / {en}")
    }
}

impl std::error::Error for AuditFault {}
