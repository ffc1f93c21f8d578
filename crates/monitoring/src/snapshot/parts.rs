//! 分段快照: a snapshot written and read a run of households at a time, so that a whole country fits in little memory.
//! On disk it is the same as any other, with several record batches a file.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use arrow_schema::SchemaRef;
use doudi_policy::DivisionCode;
use sha2::{Digest as _, Sha256};

use super::file::{Manifest, assemble, load, tables};
use super::{MadeOf, Snapshot};
use crate::delivery::{DeliveryError, digest_of, hex, seal};

/// Writes a snapshot part by part. Until [`Writer::finish`] it lies in a folder without a manifest, which nothing takes
/// for a snapshot; what an attempt that did not end has left there is written over.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    place: PathBuf,
    manifest: Manifest,
    files: Option<[Growing; 2]>,
}

/// A file that grows by record batches, with the digest of what has been written.
struct Growing {
    path: PathBuf,
    schema: SchemaRef,
    writer: FileWriter<Hashed>,
}

impl std::fmt::Debug for Growing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Growing").field("path", &self.path).finish_non_exhaustive()
    }
}

struct Hashed {
    file: BufWriter<File>,
    hash: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or(bytes));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Growing {
    fn create(path: PathBuf, schema: SchemaRef) -> Result<Self, DeliveryError> {
        let file = File::create(&path).map_err(|e| DeliveryError::io(&path, e))?;
        let hashed = Hashed { file: BufWriter::with_capacity(1 << 20, file), hash: Sha256::new() };
        let writer = FileWriter::try_new(hashed, &schema).map_err(|e| DeliveryError::shape(&path, e))?;
        Ok(Self { path, schema, writer })
    }

    fn fits(&self, batch: &RecordBatch) -> Result<(), DeliveryError> {
        if batch.schema() == self.schema {
            return Ok(());
        }
        Err(DeliveryError::shape(&self.path, "the parts have different columns"))
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<(), DeliveryError> {
        self.writer.write(batch).map_err(|e| DeliveryError::shape(&self.path, e))
    }

    /// Ends the file, which nothing may change any more, and returns its digest.
    fn finish(self) -> Result<String, DeliveryError> {
        let hashed = self.writer.into_inner().map_err(|e| DeliveryError::shape(&self.path, e))?;
        let file = hashed.file.into_inner().map_err(|e| DeliveryError::io(&self.path, e.into_error()))?;
        seal(&self.path, &file)?;
        Ok(hex(hashed.hash))
    }
}

impl Writer {
    /// Begins a snapshot below `folder` whose households live in some divisions.
    ///
    /// # Errors
    /// The disk.
    pub fn create(
        folder: &Path,
        made_of: MadeOf,
        divisions: Vec<DivisionCode>,
    ) -> Result<Self, DeliveryError> {
        let place = folder.join(format!("{}.partial", made_of.period));
        fs::create_dir_all(&place).map_err(|e| DeliveryError::io(&place, e))?;
        let manifest = Manifest::new(made_of, divisions);
        Ok(Self { folder: folder.to_path_buf(), place, manifest, files: None })
    }

    /// Adds a run of households behind those that are there. Its divisions are those of the snapshot, its columns those
    /// of the first part.
    ///
    /// # Errors
    /// The disk; a part that does not fit; more people than one snapshot can hold (four thousand million).
    pub fn add(&mut self, part: &Snapshot) -> Result<(), DeliveryError> {
        let shape = |detail: &str| DeliveryError::shape(&self.place, detail);
        if part.batch.divisions != self.manifest.divisions {
            return Err(shape("the parts have different divisions"));
        }
        let before = u32::try_from(self.manifest.members).ok();
        let all = before.and_then(|before| before.checked_add(u32::try_from(part.persons.len()).ok()?));
        let Some((before, _)) = before.zip(all) else { return Err(shape("too many people")) };
        let [households, members] = tables(part, before).map_err(|e| DeliveryError::shape(&self.place, e))?;
        let [household_file, member_file] = match &mut self.files {
            Some(files) => files,
            none => none.insert([
                Growing::create(self.place.join(Manifest::HOUSEHOLDS), households.schema())?,
                Growing::create(self.place.join(Manifest::MEMBERS), members.schema())?,
            ]),
        };
        household_file.fits(&households)?;
        member_file.fits(&members)?;
        household_file.add(&households)?;
        member_file.add(&members)?;
        self.manifest.grow(part);
        Ok(())
    }

    /// Ends the snapshot and returns its folder with the digest of the manifest, which covers everything in it.
    ///
    /// # Errors
    /// The disk, a snapshot without any part, or a folder of that name with other contents.
    pub fn finish(self) -> Result<(PathBuf, String), DeliveryError> {
        let Self { folder, place, mut manifest, files } = self;
        let Some([households, members]) = files else {
            return Err(DeliveryError::shape(&place, "a snapshot without households"));
        };
        manifest.household_digest = households.finish()?;
        manifest.member_digest = members.finish()?;
        let json = manifest.json().map_err(|e| DeliveryError::shape(&place, e))?;
        let digest = digest_of(&json);
        let named = folder.join(manifest.folder(&digest));
        if named.exists() {
            // The name holds the digest: it is there already, and is checked where it is read.
            fs::remove_dir_all(&place).map_err(|e| DeliveryError::io(&place, e))?;
            return Ok((named, digest));
        }
        fs::rename(&place, &named).map_err(|e| DeliveryError::io(&named, e))?;
        crate::delivery::write_once(&named.join(Manifest::NAME), &json)?;
        Ok((named, digest))
    }
}

/// Reads a snapshot part by part.
pub struct Parts<R: Read + Seek = BufReader<File>> {
    place: PathBuf,
    manifest: Manifest,
    files: Option<[FileReader<R>; 2]>,
    households: usize,
    members: usize,
}

impl<R: Read + Seek> std::fmt::Debug for Parts<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Parts {
    /// Opens a snapshot and checks every byte of it against the digest of its manifest, before the first part is read.
    ///
    /// # Errors
    /// The disk, another digest, or files that are no snapshot.
    pub fn open(place: &Path, digest: &str) -> Result<Self, DeliveryError> {
        let manifest = Manifest::read(place, digest)?;
        let open = |name: &str, digest: &str| {
            let path = place.join(name);
            let io = |e| DeliveryError::io(&path, e);
            let mut file = File::open(&path).map_err(io)?;
            let mut hash = Sha256::new();
            let mut bytes = vec![0_u8; 1 << 20];
            loop {
                let read = file.read(&mut bytes).map_err(io)?;
                if read == 0 {
                    break;
                }
                hash.update(bytes.get(..read).unwrap_or_default());
            }
            if hex(hash) != digest {
                return Err(DeliveryError::Altered { path: path.display().to_string() });
            }
            file.rewind().map_err(io)?;
            Ok((BufReader::with_capacity(1 << 20, file), path))
        };
        let households = open(Manifest::HOUSEHOLDS, &manifest.household_digest)?;
        let members = open(Manifest::MEMBERS, &manifest.member_digest)?;
        Self::of(place, manifest, households, members)
    }
}

impl Parts<io::Cursor<Vec<u8>>> {
    /// The same with both files in memory, so that what was checked is what is read.
    pub(super) fn in_memory(place: &Path, digest: &str) -> Result<Self, DeliveryError> {
        let manifest = Manifest::read(place, digest)?;
        let open = |name: &str, digest: &str| {
            let path = place.join(name);
            Ok::<_, DeliveryError>((io::Cursor::new(load(&path, digest)?), path))
        };
        let households = open(Manifest::HOUSEHOLDS, &manifest.household_digest)?;
        let members = open(Manifest::MEMBERS, &manifest.member_digest)?;
        Self::of(place, manifest, households, members)
    }
}

impl<R: Read + Seek> Parts<R> {
    fn of(
        place: &Path,
        manifest: Manifest,
        households: (R, PathBuf),
        members: (R, PathBuf),
    ) -> Result<Self, DeliveryError> {
        let open = |(file, path): (R, PathBuf)| {
            FileReader::try_new(file, None).map_err(|e| DeliveryError::shape(&path, e))
        };
        let files = Some([open(households)?, open(members)?]);
        Ok(Self { place: place.to_path_buf(), manifest, files, households: 0, members: 0 })
    }

    /// What the snapshot was made of.
    #[must_use]
    pub fn made_of(&self) -> &MadeOf {
        &self.manifest.made_of
    }

    /// How many households and members all parts hold together.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.manifest.households, self.manifest.members)
    }

    fn part(&mut self) -> Result<Option<Snapshot>, String> {
        let Some([households, members]) = &mut self.files else { return Ok(None) };
        let told = |e: arrow_schema::ArrowError| e.to_string();
        let (households, members) = match (households.next(), members.next()) {
            (Some(households), Some(members)) => (households.map_err(told)?, members.map_err(told)?),
            (None, None) => {
                self.files = None;
                let whole = (self.households, self.members) == self.size();
                return if whole {
                    Ok(None)
                } else {
                    Err("the members do not fit the households".to_owned())
                };
            }
            _ => return Err("one file has more parts than the other".to_owned()),
        };
        let before = u32::try_from(self.members).map_err(|e| e.to_string())?;
        let part = assemble(&self.manifest, &households, &members, before)?;
        self.households += part.households.len();
        self.members += part.persons.len();
        Ok(Some(part))
    }
}

impl<R: Read + Seek> Iterator for Parts<R> {
    type Item = Result<Snapshot, DeliveryError>;

    /// The next run of households, in their order; after a fault nothing more.
    fn next(&mut self) -> Option<Self::Item> {
        match self.part() {
            Ok(part) => part.map(Ok),
            Err(detail) => {
                self.files = None;
                Some(Err(DeliveryError::shape(&self.place, detail)))
            }
        }
    }
}
