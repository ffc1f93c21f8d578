//! The files of the data folder that the database names.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Component, Path};

use anyhow::{Result, bail};
use doudi_monitoring::snapshot;
use doudi_policy::lang::Lang;
use doudi_store::backup::{Dumped, FileRecord, FileState, Frame};
use doudi_store::hex;
use sha2::{Digest as _, Sha256};

use super::told;

/// Writes the files to the stream and says of each whether it is there. One that is lost or damaged does not keep the
/// rest from being saved.
pub(super) fn write(
    data: &Path,
    dumped: &Dumped,
    out: &mut (dyn Write + Send),
    lang: Lang,
) -> Result<Vec<FileRecord>> {
    let mut named: Vec<(String, String)> = dumped.deliveries.clone();
    let mut records = Vec::new();
    for (folder, digest) in &dumped.snapshots {
        let place = data.join(folder);
        match snapshot::files(&place, digest) {
            Ok(files) => named.extend(files.map(|(name, digest)| (format!("{folder}/{name}"), digest))),
            Err(_) => {
                let state = if place.is_dir() { FileState::Altered } else { FileState::Missing };
                records.push(FileRecord::lost(folder, digest, state));
            }
        }
    }
    named.sort();
    named.dedup();
    for (path, digest) in named {
        records.push(one(data, &path, &digest, out, lang)?);
    }
    Ok(records)
}

fn one(
    data: &Path,
    path: &str,
    digest: &str,
    out: &mut (dyn Write + Send),
    lang: Lang,
) -> Result<FileRecord> {
    let place = data.join(path);
    if !stays_inside(path) {
        return Ok(FileRecord::lost(path, digest, FileState::Missing));
    }
    let Ok(file) = File::open(&place) else {
        return Ok(FileRecord::lost(path, digest, FileState::Missing));
    };
    let mut first = Digesting::over(file);
    if io::copy(&mut first, &mut io::sink()).is_err() {
        return Ok(FileRecord::lost(path, digest, FileState::Missing));
    }
    let (found, bytes) = first.finish();
    if found != digest {
        return Ok(FileRecord::lost(path, digest, FileState::Altered));
    }
    let mut again = Digesting::over(File::open(&place)?);
    Frame::write_file(path, &mut again, out).map_err(|e| told(&e, lang))?;
    if again.finish() != (found, bytes) {
        let said = lang.pick("备份时文件正被改动", "the file changed while it was backed up");
        bail!("{}: {said}", place.display());
    }
    Ok(FileRecord::kept(path, digest, bytes))
}

/// Whether a path names something below the folder that it is joined to.
pub(in crate::commands) fn stays_inside(path: &str) -> bool {
    let normal = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    normal && !path.is_empty() && !path.contains('\\')
}

struct Digesting {
    file: File,
    sum: Sha256,
    bytes: u64,
}

impl Digesting {
    fn over(file: File) -> Self {
        Self { file, sum: Sha256::new(), bytes: 0 }
    }

    fn finish(self) -> (String, u64) {
        (hex(&self.sum.finalize()), self.bytes)
    }
}

impl Read for Digesting {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        self.sum.update(into.get(..read).unwrap_or_default());
        self.bytes += u64::try_from(read).unwrap_or(0);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::stays_inside;

    #[test]
    fn a_path_that_leads_out_is_no_path_of_the_folder() {
        for path in ["../x", "/etc/passwd", "a/../../b", "", "a\\..\\b", "./../a"] {
            assert!(!stays_inside(path), "{path}");
        }
        assert!(stays_inside("deliveries/a/2024-05.arrow"));
    }
}
