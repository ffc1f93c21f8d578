//! 陷阱: what a file can hold that makes opening it dear, and what stopped the process that opened it.

use serde::{Deserialize, Serialize};

/// What a workbook holds that no spreadsheet program writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trap {
    /// Parts of the archive.
    Parts {
        /// How many there are.
        found: usize,
        /// How many may be.
        most: usize,
    },
    /// It unpacks to far more than it is.
    Ratio {
        /// Size of the file in bytes.
        packed: u64,
        /// How many times that it may unpack to.
        most: u64,
    },
    /// An archive inside the archive.
    Nested,
    /// XML that declares a document type: entities could multiply, or be fetched from elsewhere.
    Entities,
    /// Elements within elements within elements.
    Depth {
        /// How deep they may be.
        most: usize,
    },
    /// A tag of enormous length.
    Tag {
        /// Its bytes.
        bytes: usize,
        /// How many may be.
        most: usize,
    },
    /// Cells, or text called for by cells.
    Cells {
        /// How many cells may be.
        most: usize,
    },
}

impl Trap {
    pub(crate) fn texts(&self) -> (String, String) {
        let (zh, en) = match self {
            Self::Parts { found, most } => (
                format!("压缩包里有 {found} 个部分，最多 {most} 个"),
                format!("the archive has {found} parts, at most {most} are read"),
            ),
            Self::Ratio { packed, most } => (
                format!("文件只有 {packed} 字节，解压后超过它的 {most} 倍"),
                format!("the file has {packed} bytes and unpacks to more than {most} times that"),
            ),
            Self::Nested => ("里面还套着压缩包".to_owned(), "there is another archive inside".to_owned()),
            Self::Entities => (
                "里面的 XML 声明了文档类型或实体".to_owned(),
                "its XML declares a document type or entities".to_owned(),
            ),
            Self::Depth { most } => {
                (format!("里面的 XML 嵌套超过 {most} 层"), format!("its XML is nested more than {most} deep"))
            }
            Self::Tag { bytes, most } => (
                format!("里面的 XML 有 {bytes} 字节的标签，最多 {most} 字节"),
                format!("its XML has a tag of {bytes} bytes, at most {most} are read"),
            ),
            Self::Cells { most } => (
                format!("单元格超过 {most} 个，或其中的文字太多"),
                format!("it has more than {most} cells, or too much text in them"),
            ),
        };
        (
            format!(
                "没有打开这个工作簿：{zh}。电子表格软件不会这样保存文件，打开它可能拖垮系统。请来源部门用电子表格软件打开、另存为新文件再送，或改为 CSV 导出；若来路不明，请不要打开并报告管理员"
            ),
            format!(
                "this workbook was not opened: {en}. No spreadsheet program saves files like that, and opening it could bring the system down. Have the source department open it in a spreadsheet program, save it as a new file and send that, or export CSV; where nobody knows whence it came, do not open it and tell the administrator"
            ),
        )
    }
}

/// Why the process that reads a file gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stop {
    /// It took too long.
    Time {
        /// How long it may take, in seconds.
        seconds: u64,
    },
    /// It wanted more memory.
    Memory {
        /// How much it may have, in MiB.
        mib: u64,
    },
    /// It answered more than a file of this size can hold.
    Answer,
    /// It ended without an answer: a fault of the program.
    Fault,
    /// It could not be started, or could not limit itself.
    NotStarted {
        /// What the system said.
        detail: String,
    },
}

impl Stop {
    pub(crate) fn texts(&self) -> (String, String) {
        let cure = (
            "其他文件不受影响，没有保留这个文件的任何数据。请来源部门核对文件，数据多时按乡镇或按月分成几个 CSV 文件再送",
            "Other files are not touched, and nothing of this one was kept. Have the source department check it; split a long list into several CSV files, by township or month",
        );
        match self {
            Self::Time { seconds } => (
                format!("读这个文件超过了 {seconds} 秒的时限，已经停止。{}", cure.0),
                format!("reading it took longer than {seconds} s and was stopped. {}", cure.1),
            ),
            Self::Memory { mib } => (
                format!("读这个文件需要超过 {mib} MB 的内存，已经停止。{}", cure.0),
                format!("reading it wanted more than {mib} MB of memory and was stopped. {}", cure.1),
            ),
            Self::Answer => (
                format!("这个文件读出的内容超过了它的大小所能有的，已经停止。{}", cure.0),
                format!("reading it gave more than a file of its size can hold and was stopped. {}", cure.1),
            ),
            Self::Fault => (
                format!("读这个文件时程序出错，是程序的错。{}；并请告诉管理员", cure.0),
                format!(
                    "the program failed while reading it, which is the program's fault. {}; and tell the administrator",
                    cure.1
                ),
            ),
            Self::NotStarted { detail } => (
                format!(
                    "起不了读文件的进程（系统说：{detail}），文件没有打开；请管理员检查进程数、内存上限和程序文件"
                ),
                format!(
                    "the process that reads files cannot be started (the system says: {detail}), and the file was not opened; have the administrator check the limits of processes and memory, and the program file"
                ),
            ),
        }
    }
}
