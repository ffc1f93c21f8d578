//! Signed notes (C2SP signed-note): a text and lines of signatures below it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fault::AuditFault;
use super::key::{LogKey, VerifierKey, is_key_name};

/// The most signatures in a note. The format asks for at least 16.
const MOST_SIGNATURES: usize = 64;

/// A signature line: who signed, with which key, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    pub(super) name: String,
    pub(super) key: [u8; 4],
    pub(super) bytes: Vec<u8>,
}

impl NoteSignature {
    /// The name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The time that the line tells, in seconds since 1970, where it has the length of a cosignature. Nobody has checked
    /// it before [`Note::verify`].
    pub fn told_time(&self) -> Option<u64> {
        let (time, signature) = self.bytes.split_first_chunk::<8>()?;
        (signature.len() == 64).then(|| u64::from_be_bytes(*time))
    }

    fn to_line(&self) -> String {
        format!("— {} {}\n", self.name, STANDARD.encode([self.key.as_slice(), &self.bytes].concat()))
    }

    fn from_line(line: &str) -> Result<Self, AuditFault> {
        let bad = || AuditFault::Malformed("signature line");
        let (name, encoded) = line.strip_prefix("— ").and_then(|l| l.split_once(' ')).ok_or_else(bad)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| bad())?;
        let (key, bytes) = bytes.split_first_chunk::<4>().ok_or_else(bad)?;
        if is_key_name(name) && !bytes.is_empty() {
            Ok(Self { name: name.to_owned(), key: *key, bytes: bytes.to_vec() })
        } else {
            Err(bad())
        }
    }

    fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.key == key.id()
    }
}

/// A text with signatures. Nothing in the text may be relied on before [`Note::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// A note without signatures.
    ///
    /// # Errors
    /// [`AuditFault::Malformed`] unless the text ends in a newline and has no other control characters.
    pub(super) fn unsigned(text: String) -> Result<Self, AuditFault> {
        let clean = text.ends_with('\n') && !text.chars().any(|c| c < ' ' && c != '\n');
        if clean { Ok(Self { text, signatures: Vec::new() }) } else { Err(AuditFault::Malformed("note")) }
    }

    /// The text, final newline included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    pub(super) fn sign(&mut self, key: &LogKey, time_s: u64) {
        let bytes = key.sign(&self.text, time_s);
        self.add(NoteSignature { name: key.public().name().to_owned(), key: key.public().id(), bytes });
    }

    /// Adds a line, for example a witness's; an older one of the same key is replaced.
    pub fn add(&mut self, line: NoteSignature) {
        self.signatures.retain(|old| (&old.name, old.key) != (&line.name, line.key));
        self.signatures.push(line);
    }

    /// The note as text.
    pub fn to_text(&self) -> String {
        let lines: String = self.signatures.iter().map(NoteSignature::to_line).collect();
        format!("{}\n{lines}", self.text)
    }

    /// Reads a note.
    ///
    /// # Errors
    /// [`AuditFault::Malformed`] for anything that the format does not allow.
    pub fn from_text(note: &str) -> Result<Self, AuditFault> {
        let bad = || AuditFault::Malformed("note");
        let (text, lines) = note.rsplit_once("\n\n").ok_or_else(bad)?;
        let mut read = Self::unsigned(format!("{text}\n"))?;
        for line in lines.strip_suffix('\n').ok_or_else(bad)?.split('\n') {
            if read.signatures.len() == MOST_SIGNATURES {
                return Err(bad());
            }
            read.signatures.push(NoteSignature::from_line(line)?);
        }
        Ok(read)
    }

    /// Checks every line of the known keys and ignores the others. Gives the keys that have signed, with the time of
    /// a cosignature in seconds since 1970.
    ///
    /// # Errors
    /// [`AuditFault::Signature`] if a line of a known key does not fit; [`AuditFault::Unsigned`] if there is none;
    /// [`AuditFault::Reserved`] for a line of a known SM2 key.
    pub fn verify<'k>(
        &self,
        keys: &'k [VerifierKey],
    ) -> Result<Vec<(&'k VerifierKey, Option<u64>)>, AuditFault> {
        let mut signed = Vec::new();
        for line in &self.signatures {
            if let Some(key) = keys.iter().find(|key| line.is_by(key)) {
                signed.push((key, key.check(&self.text, &line.bytes)?));
            }
        }
        if signed.is_empty() { Err(AuditFault::Unsigned) } else { Ok(signed) }
    }
}
