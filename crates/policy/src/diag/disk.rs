//! 读盘: what keeps a file of a package folder from being read. The folder itself is read by the program; the limits
//! and the words stand here, beside all other faults.

use super::{Diagnostic, Fault};

/// Bytes of the largest package file.
pub const LARGEST_FILE: u64 = 2 << 20;

/// Package files in one folder.
pub const MOST_FILES: usize = 20_000;

/// Bytes of all package files of a folder together.
pub const MOST_TEXT: u64 = 64 << 20;

/// Why a file or folder is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Larger than [`LARGEST_FILE`]: how large, in bytes.
    TooLarge(u64),
    /// A symbolic link.
    Link,
    /// A pipe, a device or a socket.
    NotAFile,
    /// More than [`MOST_FILES`] files, more than [`MOST_TEXT`] bytes, or folders nested too deeply.
    TooMany,
    /// There is no folder of that name.
    Missing,
    /// The system refuses: its words.
    Unreadable(String),
}

impl Unread {
    /// The fault, for a path as messages name it.
    #[must_use]
    pub fn of(self, path: &str) -> Diagnostic {
        self.fault().at(path, "", 0..0)
    }

    pub(crate) fn fault(self) -> Fault {
        match self {
            Self::TooLarge(bytes) => {
                let megabytes = bytes.div_ceil(1 << 20);
                Fault::new(
                    "too-large",
                    (
                        format!("文件有 {megabytes} MiB，超过 2 MiB，没有读取"),
                        format!("the file has {megabytes} MiB, more than 2 MiB, and was not read"),
                    ),
                    (
                        "拆成几个文件；大的参数表按地方分层",
                        "split it into several files; a large table of parameters belongs into local layers",
                    ),
                )
            }
            Self::Link => Fault::new(
                "link",
                ("这是链接，没有跟随", "this is a link, and it was not followed"),
                ("把文件或文件夹本身复制到这里", "copy the file or folder itself to this place"),
            ),
            Self::NotAFile => Fault::new(
                "not-a-file",
                (
                    "这不是普通文件(是管道、设备或套接字)，没有读取",
                    "this is no ordinary file (a pipe, a device or a socket) and was not read",
                ),
                ("删去它，或换成普通文件", "remove it, or put an ordinary file in its place"),
            ),
            Self::TooMany => Fault::new(
                "too-many-files",
                (
                    "这个文件夹大得不像政策包(超过 20000 个文件、64 MiB 或 16 层文件夹)",
                    "this folder is too large for policy packages (more than 20,000 files, 64 MiB or 16 levels of folders)",
                ),
                ("核对路径是不是 policies 文件夹", "check that the path is the folder `policies`"),
            ),
            Self::Missing => Fault::new(
                "unreadable",
                ("找不到这个文件夹", "there is no such folder"),
                ("核对路径", "check the path"),
            ),
            Self::Unreadable(why) => Fault::new(
                "unreadable",
                (format!("读不了: {why}"), format!("cannot be read: {why}")),
                ("核对这个文件的权限和磁盘", "check the permissions of the file and the disk"),
            ),
        }
    }

    /// The text of a file's bytes.
    ///
    /// # Errors
    /// Bytes that are not UTF-8, with the place of the first wrong one.
    pub fn text(path: &str, bytes: Vec<u8>) -> Result<String, Box<Diagnostic>> {
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let wide = matches!(error.as_bytes(), [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]);
            let text = String::from_utf8_lossy(error.as_bytes());
            let cure = if wide {
                ("这像是 UTF-16；另存为时选 UTF-8", "this looks like UTF-16; save it again and choose UTF-8")
            } else {
                (
                    "另存为时选 UTF-8(记事本“编码”一栏；表格软件选“CSV UTF-8”)",
                    "save it again and choose UTF-8 (in a spreadsheet: CSV UTF-8)",
                )
            };
            let wrong = ("这里的字节不是 UTF-8 文字", "the bytes here are no UTF-8 text");
            Box::new(Fault::new("not-utf8", wrong, cure).at(path, &text, at..at + '\u{FFFD}'.len_utf8()))
        })
    }
}
