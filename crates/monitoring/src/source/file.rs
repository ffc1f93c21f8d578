//! A file from the disk: an ordinary one, and not more of it than a department's list can be.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// Bytes of the largest file that is read: six million people with eighty bytes each.
pub const LARGEST_FILE: u64 = 512 << 20;

/// Reads an ordinary file.
///
/// # Errors
/// `InvalidInput` for a pipe or a device, `FileTooLarge` beyond [`LARGEST_FILE`], or what the system says. The texts for
/// people are those of [`crate::problem::unreadable`].
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    // Looked at before it is opened: opening a pipe waits for somebody to write.
    let about = std::fs::metadata(path)?;
    if about.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !about.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    if about.len() > LARGEST_FILE {
        return Err(ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default());
    // The file may grow while it is read.
    let read = File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    if u64::try_from(read).is_ok_and(|read| read > LARGEST_FILE) {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}
