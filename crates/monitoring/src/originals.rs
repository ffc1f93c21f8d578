//! 原件: the file of a department as it was received, sealed and bound to its digest, kept for the days that the feed's
//! contract says, then destroyed. A hold stops that. The digest in the delivery stays, so that a file that comes again is
//! still known. What is done to originals of a database stands in [`crate::pipeline`], which leaves the leaves.
//!
//! The names in the folder hold digests only. That a file is deleted does not wipe the disk below it; what is left there
//! is sealed, and goes for good with the epoch of its key.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use doudi_access::{DataClass, Epoch, Fault, Place, Plain, Provider, Sealed, Sealer};
use doudi_policy::Date;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::contract::Contracts;
use crate::delivery::digest_of;
use crate::problem::{Both, unreadable};

/// Why an original cannot be kept, opened, held or destroyed.
#[derive(Debug, thiserror::Error)]
pub enum OriginalError {
    /// The disk said no.
    #[error("{}", unreadable(Path::new(.path), .source))]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// It does not open: altered, of another delivery, or its key is gone.
    #[error("{} / {}", .0.zh(), .0.en())]
    Sealed(#[from] Fault),
    /// What was sealed is not the file of this delivery.
    #[error(
        "原件与登记的摘要不符，已被换过 / the original does not match its recorded digest: it was exchanged"
    )]
    Exchanged,
    /// A digest is 64 lower-case hexadecimal digits; nothing else becomes the name of a file.
    #[error("不是文件摘要 / this is no digest of a file")]
    NoDigest,
    /// No delivery is of this file.
    #[error(
        "没有一次交付的文件是这个摘要；doudi import originals 列出全部 / no delivery is of a file with this digest; doudi import originals lists all"
    )]
    Unknown,
    /// The operating system gives no random numbers.
    #[error(
        "系统没有给出随机数（{0}），没有保存 / the system gives no random numbers ({0}); nothing was kept"
    )]
    Random(String),
    /// A hold without a reason.
    #[error("留存要写明理由 / a hold needs a reason")]
    NoReason,
}

impl OriginalError {
    fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.display().to_string(), source }
    }
}

/// 留存: why an original is kept beyond its days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Why: the complaint, suit or audit that needs it.
    pub reason: String,
    /// Since when.
    pub since: Date,
}

/// A delivery as far as its original goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Feed id.
    pub feed: String,
    /// SHA-256 of the file as received, hex.
    pub digest: String,
    /// Day of receipt.
    pub on: Date,
}

/// What becomes of an original on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is not there: destroyed before, or never kept.
    Gone,
    /// Its feed has no contract any more, so that nobody says how long it is kept. What is destroyed does not come
    /// back: it stays, and people are told.
    NoContract,
    /// It is kept until this day.
    Until(Date),
    /// It should have gone on the day, and is held.
    Held(Date, Hold),
    /// It is to be destroyed.
    Due(Date),
}

/// The originals of a deployment: a folder below its data folder.
#[derive(Clone, Debug)]
pub struct Originals {
    folder: PathBuf,
}

impl Originals {
    /// Those in a folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn path(&self, digest: &str, ending: &str) -> Result<PathBuf, OriginalError> {
        let hex = digest.len() == 64 && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if hex { Ok(self.folder.join(format!("{digest}.{ending}"))) } else { Err(OriginalError::NoDigest) }
    }

    /// Seals a file and keeps it. Gives its digest. A file that is kept already stays as it is.
    ///
    /// # Errors
    /// The disk or the keys. Half a file is never left under its name.
    pub fn keep<P: Provider, R: CryptoRng + ?Sized>(
        &self,
        sealer: &Sealer<P>,
        bytes: &[u8],
        rng: &mut R,
    ) -> Result<String, OriginalError> {
        let digest = digest_of(bytes);
        let path = self.path(&digest, SEALED)?;
        if path.exists() {
            return Ok(digest);
        }
        let sealed = sealer.seal(DataClass::C4, place(&digest), bytes, rng)?;
        self.write(&path, &sealed.to_bytes())?;
        Ok(digest)
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// A digest that is none.
    pub fn has(&self, digest: &str) -> Result<bool, OriginalError> {
        Ok(self.path(digest, SEALED)?.exists())
    }

    /// The digests of all that are there, in order.
    ///
    /// # Errors
    /// The disk.
    pub fn all(&self) -> Result<Vec<String>, OriginalError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(|e| OriginalError::io(&self.folder, e))?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let name = entry.map_err(|e| OriginalError::io(&self.folder, e))?.file_name();
            let digest = name.to_str().and_then(|name| name.strip_suffix(".sealed"));
            all.extend(digest.filter(|d| self.path(d, SEALED).is_ok()).map(str::to_owned));
        }
        all.sort();
        Ok(all)
    }

    /// How many are sealed with each epoch of the keys. Needs no key.
    ///
    /// # Errors
    /// The disk, or a file that is no sealed value.
    pub fn epochs(&self) -> Result<BTreeMap<Epoch, usize>, OriginalError> {
        let mut found = BTreeMap::new();
        for digest in self.all()? {
            let path = self.path(&digest, SEALED)?;
            let mut head = Vec::new();
            let read = File::open(&path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
            match read {
                // It was destroyed meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                other => other.map_err(|e| OriginalError::io(&path, e))?,
            };
            *found.entry(Sealed::from_bytes(&head)?.epoch()).or_default() += 1;
        }
        Ok(found)
    }

    /// Seals with the newest key whatever an older one has sealed. Gives how many there were.
    ///
    /// # Errors
    /// One that does not open, or the disk. Those before it are done.
    pub fn reseal<P: Provider, R: CryptoRng + ?Sized>(
        &self,
        sealer: &Sealer<P>,
        rng: &mut R,
    ) -> Result<usize, OriginalError> {
        let mut count = 0;
        for digest in self.all()? {
            let path = self.path(&digest, SEALED)?;
            // What is destroyed meanwhile must not come back.
            let _lock = self.lock()?;
            let bytes = match fs::read(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                other => other.map_err(|e| OriginalError::io(&path, e))?,
            };
            if let Some(fresh) = sealer.reseal(place(&digest), &Sealed::from_bytes(&bytes)?, rng)? {
                self.write(&path, &fresh.to_bytes())?;
                count += 1;
            }
        }
        Ok(count)
    }

    /// Whether it was written longer ago than this; a file whose age is not known is young.
    ///
    /// # Errors
    /// A digest that is none.
    pub fn older_than(&self, digest: &str, age: Duration) -> Result<bool, OriginalError> {
        let written = fs::metadata(self.path(digest, SEALED)?).and_then(|about| about.modified());
        let past = written.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
        Ok(past.is_some_and(|past| past > age))
    }

    /// Opens an original.
    ///
    /// # Errors
    /// [`OriginalError::Sealed`] where it was altered or is another's, or the disk.
    pub fn open<P: Provider>(&self, sealer: &Sealer<P>, digest: &str) -> Result<Plain, OriginalError> {
        let path = self.path(digest, SEALED)?;
        let bytes = fs::read(&path).map_err(|e| OriginalError::io(&path, e))?;
        let plain = sealer.open(place(digest), &Sealed::from_bytes(&bytes)?)?;
        if digest_of(plain.expose()) == digest { Ok(plain) } else { Err(OriginalError::Exchanged) }
    }

    /// Stops the destruction of an original until [`Originals::release`].
    ///
    /// # Errors
    /// No reason, no such original, or the disk.
    pub fn hold(&self, digest: &str, hold: &Hold) -> Result<(), OriginalError> {
        if hold.reason.trim().is_empty() {
            return Err(OriginalError::NoReason);
        }
        let there = self.path(digest, SEALED)?;
        if !there.exists() {
            return Err(OriginalError::io(&there, ErrorKind::NotFound.into()));
        }
        let json = serde_json::to_vec(hold).map_err(|e| OriginalError::io(&there, e.into()))?;
        self.write(&self.path(digest, HOLD)?, &json)
    }

    /// Ends a hold, if there is one.
    ///
    /// # Errors
    /// The disk.
    pub fn release(&self, digest: &str) -> Result<(), OriginalError> {
        remove(&self.path(digest, HOLD)?)
    }

    /// What becomes of an original on a day. A hold that cannot be read holds.
    ///
    /// # Errors
    /// A digest that is none, or the disk.
    pub fn fate(
        &self,
        received: &Received,
        contracts: &Contracts,
        today: Date,
    ) -> Result<Fate, OriginalError> {
        if !self.path(&received.digest, SEALED)?.exists() {
            return Ok(Fate::Gone);
        }
        let Some(contract) = contracts.get(&received.feed) else {
            return Ok(Fate::NoContract);
        };
        let days = i32::try_from(contract.original.keep_days).unwrap_or(i32::MAX);
        let last = received.on.plus_days(days);
        if today <= last {
            return Ok(Fate::Until(last));
        }
        let hold = self.path(&received.digest, HOLD)?;
        match fs::read(&hold) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Fate::Due(last)),
            Err(error) => Err(OriginalError::io(&hold, error)),
            Ok(json) => {
                let unread = |_| Hold { reason: String::new(), since: received.on };
                Ok(Fate::Held(last, serde_json::from_slice(&json).unwrap_or_else(unread)))
            }
        }
    }

    /// Destroys an original. The caller asks [`Originals::fate`] first and leaves an audit leaf before.
    ///
    /// # Errors
    /// The disk; one that is not there is no error.
    pub fn destroy(&self, digest: &str) -> Result<(), OriginalError> {
        let _lock = self.lock()?;
        for ending in [SEALED, HALF, HOLD] {
            remove(&self.path(digest, ending)?)?;
        }
        Ok(())
    }

    /// Whoever seals anew and whoever destroys wait for each other; the lock ends with the file.
    fn lock(&self) -> Result<File, OriginalError> {
        let path = self.folder.with_extension("lock");
        let fail = |e| OriginalError::io(&path, e);
        if let Some(above) = path.parent() {
            fs::create_dir_all(above).map_err(fail)?;
        }
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(fail)?;
        file.lock().map_err(fail)?;
        Ok(file)
    }

    /// Writes a file whole or not at all, for its owner only.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), OriginalError> {
        let fail = |e| OriginalError::io(path, e);
        fs::create_dir_all(&self.folder).map_err(fail)?;
        let half = path.with_extension(HALF);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&half).map_err(fail)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail)?;
        fs::rename(&half, path).map_err(fail)
    }
}

const SEALED: &str = "sealed";
const HOLD: &str = "hold";
const HALF: &str = "half";

/// As many bytes of a file as tell its epoch: head, nonce and tag.
const HEAD: u64 = 6 + 12 + 16;

fn place(digest: &str) -> Place<'_> {
    Place { table: "originals", column: "file", row: digest }
}

fn remove(path: &Path) -> Result<(), OriginalError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(OriginalError::io(path, error)),
        _ => Ok(()),
    }
}

/// What was found, for people.
#[must_use]
pub fn said(fate: &Fate) -> Both {
    match fate {
        Fate::Gone => Both::new(
            "原件不在：已销毁，或从未保存",
            "the original is not here: it was destroyed, or never kept",
        ),
        Fate::NoContract => Both::new(
            "数据项已没有约定，原件保存多久没有依据，没有销毁；请补上约定或由管理员决定",
            "its feed has no contract, so nothing says how long the original is kept, and it was not destroyed; restore the contract or have the administrator decide",
        ),
        Fate::Until(day) => {
            Both::new(format!("原件保存到 {day}"), format!("the original is kept until {day}"))
        }
        Fate::Held(day, hold) => Both::new(
            format!("原件本应在 {day} 之后销毁，因“{}”留存", hold.reason),
            format!("the original was to be destroyed after {day} and is held: {}", hold.reason),
        ),
        Fate::Due(day) => Both::new(
            format!("原件保存期到 {day} 已满，应当销毁"),
            format!("the original was to be kept until {day} and is due to be destroyed"),
        ),
    }
}
