//! Why something could not be sealed, opened, searched or unlocked. No text holds a secret or personal data.

use std::fmt;

use crate::index::IndexKind;
use crate::keys::Epoch;

/// A refusal of the sealing and key functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The tag does not fit: other bytes, other place, other class or other key.
    Broken,
    /// Bytes that no version of this crate wrote.
    Malformed(&'static str),
    /// The value names an algorithm that is not known.
    UnknownAlgorithm(u8),
    /// The key of that epoch is not held, or was destroyed.
    NoKey(Epoch),
    /// A cipher was given something it cannot take; its own limits are meant.
    Limit,
    /// The text has not the form that the index needs.
    NotIndexable(IndexKind),
    /// The key ring holds no key.
    EmptyRing,
    /// No epoch is left to count on to.
    LastEpoch,
    /// The newest epoch may not be destroyed.
    NewestEpoch(Epoch),
    /// Holders and threshold are outside of what is allowed.
    Holders {
        /// How many holders were asked for.
        holders: u8,
        /// How many of them must come together.
        threshold: u8,
    },
    /// Fewer shares than the key file needs.
    TooFewShares {
        /// Different shares given.
        have: usize,
        /// Shares needed.
        need: u8,
    },
    /// A share was mistyped or damaged.
    DamagedShare,
    /// A share that belongs to another key file.
    ForeignShare,
    /// Two shares of one holder that differ.
    ContradictoryShares(u8),
    /// The shares are sound, but the key file is not theirs or was altered.
    WrongShares,
    /// The cost of the key derivation is below the floor or not usable.
    Cost,
    /// What the certified module answered.
    Module(String),
}

impl Fault {
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
            Self::Broken => pair(
                "密文打不开：内容被改动过，或者它不属于这张表的这一行这一列。请停用该值，从备份核对",
                "the sealed value does not open: it was altered, or it belongs to another table, row or column. Set it aside and compare with a backup",
            ),
            Self::Malformed(what) => (
                format!("数据格式不符（{what}）：不是本系统写下的内容，或已损坏"),
                format!("malformed {what}: not written by this system, or damaged"),
            ),
            Self::UnknownAlgorithm(id) => (
                format!("不认识的算法编号 {id}：请用写下该值的版本或更新的版本打开"),
                format!("unknown algorithm {id}: open it with the version that wrote it, or a newer one"),
            ),
            Self::NoKey(epoch) => (
                format!("没有第 {epoch} 期密钥：它未载入，或已按规定销毁"),
                format!(
                    "the key of epoch {epoch} is not held: it was not loaded, or it was destroyed on purpose"
                ),
            ),
            Self::Limit => pair(
                "内容超出算法允许的长度，请拆分后再存",
                "the content is longer than the cipher allows; split it",
            ),
            Self::NotIndexable(kind) => (
                format!("这不像{}，不能用来精确查找；请核对后重新输入", kind.zh()),
                format!("this does not look like {}; check it and enter it again", kind.en()),
            ),
            Self::EmptyRing => {
                pair("密钥环是空的，至少要有一期密钥", "the key ring is empty; it needs at least one epoch")
            }
            Self::LastEpoch => pair("密钥期号已用完", "there is no epoch left"),
            Self::NewestEpoch(epoch) => (
                format!("第 {epoch} 期是现用密钥，不能销毁；请先轮换，再把旧值全部重新加密"),
                format!(
                    "epoch {epoch} is in use and cannot be destroyed; rotate first and re-seal every old value"
                ),
            ),
            Self::Holders { holders, threshold } => (
                format!("{holders} 人持有、{threshold} 人到场不可用：至少 2 人到场，且不多于持有人数"),
                format!(
                    "{threshold} of {holders} holders is not possible: at least two must come together, and no more than there are"
                ),
            ),
            Self::TooFewShares { have, need } => (
                format!("到场的份额只有 {have} 份，需要 {need} 份；请再请一位持有人"),
                format!("only {have} shares are here and {need} are needed; ask another holder"),
            ),
            Self::DamagedShare => pair(
                "份额抄写有误或已损坏，请逐字核对",
                "a share was mistyped or damaged; compare it letter by letter",
            ),
            Self::ForeignShare => pair("这份额属于另一个密钥文件", "this share belongs to another key file"),
            Self::ContradictoryShares(holder) => (
                format!("第 {holder} 位持有人的两份份额不一致"),
                format!("two different shares of holder {holder} were given"),
            ),
            Self::WrongShares => pair(
                "份额完整，但打不开这个密钥文件：文件被改动过，或不是配套的文件",
                "the shares are sound but do not open this key file: the file was altered or is not theirs",
            ),
            Self::Cost => pair(
                "口令派生参数低于下限或不可用",
                "the cost of the key derivation is below the floor or cannot be used",
            ),
            Self::Module(why) => {
                (format!("密码模块拒绝：{why}"), format!("the cryptographic module refused: {why}"))
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (zh, en) = self.texts();
        write!(f, "{zh} / {en}")
    }
}

impl std::error::Error for Fault {}
