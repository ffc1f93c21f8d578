//! A file sealed to a recovery key, read and written as a stream. Nothing of it is on the disk in plain.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use doudi_access::keys::{RecoveryKey, RecoverySecret};
use doudi_access::stream::{HEAD, Head, OpenStream, PIECE, SEALED_PIECE, SealStream};
use doudi_access::{Algorithm, Plain};
use doudi_policy::lang::Lang;
use doudi_policy::value::BadValue;

use crate::audit_log::{beside, sync_folder};

/// Writes a sealed file under another name until it is whole.
pub(crate) struct SealedWriter {
    out: BufWriter<File>,
    stream: SealStream,
    pending: Vec<u8>,
    bytes: u64,
    part: PathBuf,
    to: PathBuf,
    done: bool,
}

impl SealedWriter {
    /// Begins a file that must be new.
    pub(crate) fn create(to: &Path, key: RecoveryKey, algorithm: Algorithm, lang: Lang) -> Result<Self> {
        if to.exists() {
            let told = lang.pick(
                "已经存在，不会覆盖；请换一个文件名",
                "exists already and is not overwritten; name another file",
            );
            bail!("{}: {told}", to.display());
        }
        let (head, stream) = SealStream::begin(key, algorithm, &mut crate::keys::random()?)
            .map_err(|fault| anyhow!("{}", lang.pick(&fault.zh(), &fault.en())))?;
        let part = beside(to, "part");
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&part).with_context(|| part.display().to_string())?;
        let mut writer = Self {
            out: BufWriter::new(file),
            stream,
            pending: Vec::with_capacity(PIECE),
            bytes: 0,
            part,
            to: to.to_path_buf(),
            done: false,
        };
        writer.put(&head.to_bytes())?;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.out.write_all(bytes)
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        let sealed = self.stream.piece(&self.pending, last).map_err(|fault| said(&fault))?;
        self.pending.clear();
        self.put(&sealed)
    }

    /// Ends the file, puts it on the disk and gives it its name. Gives its length in bytes.
    pub(crate) fn finish(mut self) -> Result<u64> {
        let ended = || -> io::Result<()> {
            self.seal(true)?;
            self.out.flush()?;
            self.out.get_ref().sync_all()?;
            // A file that came to be in the meantime is not overwritten.
            fs::hard_link(&self.part, &self.to).or_else(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Err(error),
                _ => fs::rename(&self.part, &self.to),
            })?;
            sync_folder(&self.to)
        };
        let mut ended = ended;
        ended().with_context(|| self.to.display().to_string())?;
        self.done = true;
        let _ = fs::remove_file(&self.part);
        Ok(self.bytes)
    }
}

impl Write for SealedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full piece is sealed only when more follows: the last one is marked.
        if self.pending.len() == PIECE && !bytes.is_empty() {
            self.seal(false)?;
        }
        let room = PIECE.saturating_sub(self.pending.len()).min(bytes.len());
        self.pending.extend(bytes.get(..room).unwrap_or_default());
        Ok(room)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for SealedWriter {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// Reads a sealed file.
pub(crate) struct SealedReader {
    from: BufReader<File>,
    stream: OpenStream,
    piece: Option<Plain>,
    used: usize,
    ended: bool,
    /// Where in the file the next piece begins.
    at: u64,
}

/// A sealed file whose holders have not come together yet.
pub(crate) struct Closed {
    from: BufReader<File>,
    head: Head,
}

impl Closed {
    /// Reads the head of a file.
    pub(crate) fn open(path: &Path, lang: Lang) -> Result<Self> {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        let mut from = BufReader::with_capacity(2 * SEALED_PIECE, file);
        let mut bytes = Vec::with_capacity(HEAD);
        let limit = u64::try_from(HEAD).unwrap_or(u64::MAX);
        (&mut from).take(limit).read_to_end(&mut bytes).with_context(|| path.display().to_string())?;
        let head = Head::from_bytes(&bytes)
            .map_err(|fault| anyhow!("{}: {}", path.display(), lang.pick(&fault.zh(), &fault.en())))?;
        Ok(Self { from, head })
    }

    /// The key that it is sealed to.
    pub(crate) fn key(&self) -> RecoveryKey {
        self.head.to()
    }

    /// Opens it.
    pub(crate) fn unlock(self, secret: &RecoverySecret) -> Result<SealedReader> {
        let stream = OpenStream::begin(&self.head, secret)?;
        let at = u64::try_from(HEAD).unwrap_or(0);
        Ok(SealedReader { from: self.from, stream, piece: None, used: 0, ended: false, at })
    }
}

impl SealedReader {
    fn next_piece(&mut self) -> io::Result<()> {
        let mut sealed = Vec::with_capacity(SEALED_PIECE);
        let limit = u64::try_from(SEALED_PIECE).unwrap_or(u64::MAX);
        (&mut self.from).take(limit).read_to_end(&mut sealed)?;
        self.ended = self.from.fill_buf()?.is_empty();
        let length = u64::try_from(sealed.len()).unwrap_or(0);
        let opened = self.stream.piece(&sealed, self.ended);
        self.piece = Some(opened.map_err(|_| damaged(self.at, self.at.saturating_add(length)))?);
        self.used = 0;
        self.at = self.at.saturating_add(length);
        Ok(())
    }
}

impl Read for SealedReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let rest = self.piece.as_ref().and_then(|p| p.expose().get(self.used..)).unwrap_or_default();
            if !rest.is_empty() {
                let taken = rest.len().min(into.len());
                for (to, from) in into.iter_mut().zip(rest) {
                    *to = *from;
                }
                self.used += taken;
                return Ok(taken);
            }
            if self.ended {
                return Ok(0);
            }
            self.next_piece()?;
        }
    }
}

fn damaged(from: u64, to: u64) -> io::Error {
    io::Error::other(BadValue {
        zh: format!("备份文件第 {from} 到 {to} 字节之间被改动、损坏或截断，没有恢复任何内容；请换另一份备份"),
        en: format!(
            "the backup was altered, damaged or cut off between bytes {from} and {to}; nothing was restored, use another backup"
        ),
    })
}

fn said(fault: &doudi_access::Fault) -> io::Error {
    io::Error::other(BadValue { zh: fault.zh(), en: fault.en() })
}
