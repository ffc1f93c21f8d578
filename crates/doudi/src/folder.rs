//! A folder of policy packages as texts. Nothing in it is followed, and nothing is read that is too large to be law.

use std::fmt;
use std::fs::{self, DirEntry, FileType};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use doudi_policy::diag::{Diagnostic, LARGEST_FILE, MOST_FILES, MOST_TEXT, Unread, render_all};
use doudi_policy::lang::Lang;

/// Levels of folders.
const DEEPEST: usize = 16;

/// Entries of all kinds that are looked at.
const MOST_ENTRIES: usize = 5 * MOST_FILES;

/// What keeps a folder from being read, in order of path.
#[derive(Debug)]
pub(crate) struct FolderFaults(pub(crate) Vec<Diagnostic>);

impl fmt::Display for FolderFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", render_all(&self.0, Lang::Zh), render_all(&self.0, Lang::En))
    }
}

impl std::error::Error for FolderFaults {}

/// The `.toml`, `.csv` and `.md` texts of a folder as (path, text), the path beginning with `top`.
pub(crate) fn read(folder: &Path, top: &str) -> Result<Vec<(String, String)>, FolderFaults> {
    if !folder.is_dir() {
        return Err(FolderFaults(vec![Unread::Missing.of(&folder.display().to_string())]));
    }
    let mut walk = Walk::default();
    walk.folders.push((folder.to_path_buf(), top.to_owned(), 0));
    while let Some((folder, name, depth)) = walk.folders.pop() {
        if depth > DEEPEST {
            walk.faults.push(Unread::TooMany.of(&name));
        } else if let Err(error) = walk.list(&folder, &name, depth) {
            walk.fault(&name, &error);
        }
        if walk.full {
            break;
        }
    }
    walk.faults.sort_by(|a, b| a.file.cmp(&b.file));
    walk.texts.sort();
    if walk.faults.is_empty() { Ok(walk.texts) } else { Err(FolderFaults(walk.faults)) }
}

#[derive(Default)]
struct Walk {
    /// Folders to list: path, name, depth.
    folders: Vec<(PathBuf, String, usize)>,
    texts: Vec<(String, String)>,
    faults: Vec<Diagnostic>,
    bytes: u64,
    entries: usize,
    /// Given up: this is no folder of packages.
    full: bool,
}

impl Walk {
    fn fault(&mut self, name: &str, error: &io::Error) {
        self.faults.push(Unread::Unreadable(error.to_string()).of(name));
    }

    fn list(&mut self, folder: &Path, above: &str, depth: usize) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            self.entries += 1;
            let name = format!("{above}/{}", entry.file_name().to_string_lossy());
            match entry.file_type() {
                Ok(kind) => self.entry(&entry, kind, name, depth),
                Err(error) => self.fault(&name, &error),
            }
            let crowded = self.texts.len() > MOST_FILES || self.bytes > MOST_TEXT;
            if crowded || self.entries > MOST_ENTRIES {
                self.faults.push(Unread::TooMany.of(above));
                self.full = true;
                return Ok(());
            }
        }
        Ok(())
    }

    fn entry(&mut self, entry: &DirEntry, kind: FileType, name: String, depth: usize) {
        let path = entry.path();
        let is_law = path.extension().is_some_and(|e| e == "toml" || e == "md" || e == "csv");
        if kind.is_symlink() {
            // A link to something that is never read here does no harm.
            let harmless = !is_law && fs::metadata(&path).is_ok_and(|target| target.is_file());
            if !harmless {
                self.faults.push(Unread::Link.of(&name));
            }
        } else if kind.is_dir() {
            self.folders.push((path, name, depth + 1));
        } else if is_law && kind.is_file() {
            self.file(&path, name);
        } else if is_law {
            self.faults.push(Unread::NotAFile.of(&name));
        }
    }

    fn file(&mut self, path: &Path, name: String) {
        let read = fs::metadata(path).and_then(|about| {
            if about.len() > LARGEST_FILE {
                return Ok((about.len(), Vec::new()));
            }
            let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default());
            // The file may grow while it is read.
            let read = fs::File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
            Ok((u64::try_from(read).unwrap_or(u64::MAX), bytes))
        });
        match read {
            Ok((size, _)) if size > LARGEST_FILE => self.faults.push(Unread::TooLarge(size).of(&name)),
            Ok((size, bytes)) => {
                self.bytes += size;
                match Unread::text(&name, bytes) {
                    Ok(text) => self.texts.push((name, text)),
                    Err(fault) => self.faults.push(*fault),
                }
            }
            Err(error) => self.fault(&name, &error),
        }
    }
}
