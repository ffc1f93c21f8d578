//! 检查点: the signed head of the tree (C2SP tlog-checkpoint): which log, how many leaves, which root.

use super::fault::AuditFault;
use super::hash::Hash;
use super::key::{LogKey, SignatureKind, VerifierKey};
use super::note::Note;
use super::proof::verify_consistency;

/// The head of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
}

impl Checkpoint {
    /// A head. `origin` names the log and is the name of its key.
    ///
    /// # Errors
    /// [`AuditFault::Malformed`] for an origin with blanks or `+`.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, AuditFault> {
        if super::key::is_key_name(origin) {
            Ok(Self { origin: origin.to_owned(), size, root })
        } else {
            Err(AuditFault::Malformed("origin"))
        }
    }

    /// The log.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over them.
    pub fn root(&self) -> &Hash {
        &self.root
    }

    /// The three lines that are signed.
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64())
    }

    /// Signs the head. A log never signs two heads that cannot both be true: `last` is the last head that this key
    /// signed (`None` only for the first ever), and `proof` shows that this one extends it. The note has to be kept
    /// before it is given to anybody.
    ///
    /// # Errors
    /// [`AuditFault::OtherLog`] for another log's key, [`AuditFault::Rewound`] or [`AuditFault::Split`] if the head
    /// does not extend the last one.
    pub fn sign(&self, key: &LogKey, last: Option<&Self>, proof: &[Hash]) -> Result<Note, AuditFault> {
        expect_log_key(key.public())?;
        self.expect_log(key.public().name())?;
        self.expect_extends(last, proof)?;
        let mut note = Note::unsigned(self.body())?;
        note.sign(key, 0);
        Ok(note)
    }

    /// The head in a note that the log has signed.
    ///
    /// # Errors
    /// [`AuditFault::Unsigned`], [`AuditFault::Signature`], [`AuditFault::OtherLog`] or [`AuditFault::Malformed`].
    pub fn open(note: &Note, log: &VerifierKey) -> Result<Self, AuditFault> {
        expect_log_key(log)?;
        note.verify(std::slice::from_ref(log))?;
        let bad = || AuditFault::Malformed("checkpoint");
        let mut lines = note.text().lines();
        let mut line = || lines.next().ok_or_else(bad);
        let (origin, size, root) = (line()?, line()?, line()?);
        let size = size.parse().map_err(|_| bad())?;
        let head = Self::new(origin, size, Hash::from_base64(root).ok_or_else(bad)?)?;
        if head.body() != note.text() {
            return Err(bad());
        }
        head.expect_log(log.name())?;
        Ok(head)
    }

    fn expect_log(&self, name: &str) -> Result<(), AuditFault> {
        if self.origin == name {
            return Ok(());
        }
        Err(AuditFault::OtherLog { expected: name.to_owned(), found: self.origin.clone() })
    }

    /// Checks that this head extends an older one of the same log.
    ///
    /// # Errors
    /// [`AuditFault::OtherLog`], [`AuditFault::Rewound`] for fewer leaves, [`AuditFault::Split`] for another past.
    pub fn expect_extends(&self, older: Option<&Self>, proof: &[Hash]) -> Result<(), AuditFault> {
        let Some(older) = older else {
            return if proof.is_empty() { Ok(()) } else { Err(AuditFault::Proof) };
        };
        self.expect_log(&older.origin)?;
        if self.size < older.size {
            return Err(AuditFault::Rewound { seen: older.size, now: self.size });
        }
        verify_consistency(older.size, self.size, proof, &older.root, &self.root)
            .map_err(|_| AuditFault::Split { seen: older.size, now: self.size })
    }
}

/// A witness's key says something else than the log's; one never stands for the other.
fn expect_log_key(key: &VerifierKey) -> Result<(), AuditFault> {
    match key.kind() {
        SignatureKind::Ed25519 => Ok(()),
        SignatureKind::Cosignature => Err(AuditFault::Malformed("log key")),
        SignatureKind::Sm2 => Err(AuditFault::Reserved(key.name().to_owned())),
    }
}
