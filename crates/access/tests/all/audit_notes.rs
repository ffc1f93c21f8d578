//! Heads, signatures and witnesses.

use crate::common::{hex, rng};
use doudi_access::Secret;
use doudi_access::audit::{
    AuditFault, Checkpoint, Hash, LogKey, MemoryNodes, Note, SignatureKind, Tree, VerifierKey, Witness,
    consistency_proof, hash_leaf,
};
use proptest::prelude::*;

const ORIGIN: &str = "audit.example.cn/qingshi";

/// The example of Go's note package, from which the format comes.
const NEUMANN_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NEUMANN: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn a_published_note_verifies() {
    let key = VerifierKey::from_text(NEUMANN_KEY).unwrap();
    let note = Note::from_text(NEUMANN).unwrap();
    assert_eq!(note.to_text(), NEUMANN);
    assert_eq!(note.verify(std::slice::from_ref(&key)), Ok(vec![(&key, None)]));
    let seed: [u8; 32] =
        hex("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173").try_into().unwrap();
    let signer = LogKey::from_secret("PeterNeumann", SignatureKind::Ed25519, &Secret::new(seed)).unwrap();
    assert_eq!(signer.public().to_text(), NEUMANN_KEY);
    let altered = Note::from_text(&NEUMANN.replace("know", "knew")).unwrap();
    assert_eq!(
        altered.verify(std::slice::from_ref(&key)),
        Err(AuditFault::Signature("PeterNeumann".to_owned()))
    );
}

struct Log {
    tree: Tree,
    nodes: MemoryNodes,
    key: LogKey,
}

impl Log {
    fn new() -> Self {
        Self {
            tree: Tree::new(),
            nodes: MemoryNodes::default(),
            key: LogKey::generate(ORIGIN, &mut rng(20)).unwrap(),
        }
    }

    fn append(&mut self, count: u64, salt: u8) {
        for _ in 0..count {
            let entry = [self.tree.size().to_be_bytes().as_slice(), &[salt]].concat();
            self.nodes.keep(&self.tree.append(hash_leaf(&entry)).unwrap());
        }
    }

    fn head(&self) -> Checkpoint {
        Checkpoint::new(ORIGIN, self.tree.size(), self.tree.root()).unwrap()
    }

    fn proof(&self, older: &Checkpoint) -> Vec<Hash> {
        consistency_proof(&self.nodes, older.size(), self.tree.size()).unwrap()
    }
}

#[test]
fn a_witness_signs_only_what_extends_the_head_it_saw() {
    let mut log = Log::new();
    let witness = Witness::generate("jiwei.example.cn/w1", log.key.public().clone(), &mut rng(21)).unwrap();
    log.append(5, 0);
    let first = log.head();
    let note = first.sign(&log.key, None, &[]).unwrap();
    let seen = witness.cosign(None, &note, &[], 1_719_800_000).unwrap();
    assert_eq!(seen.seen, first);
    let mut both = note.clone();
    both.add(seen.line.clone());
    let keys = [log.key.public().clone(), witness.public().clone()];
    let read = Note::from_text(&both.to_text()).unwrap();
    assert_eq!(read.verify(&keys), Ok(vec![(&keys[0], None), (&keys[1], Some(1_719_800_000))]));
    assert_eq!(Checkpoint::open(&read, &keys[0]), Ok(first.clone()));
    both.add(seen.line);
    assert_eq!(both.signatures().len(), 2, "a line of the same key is replaced");

    log.append(4, 0);
    let second = log.head();
    let proof = log.proof(&first);
    let note = second.sign(&log.key, Some(&first), &proof).unwrap();
    assert_eq!(witness.cosign(Some(&first), &note, &proof, 1).unwrap().seen, second);
    // The same head again, or a later one with a proof for another: signed or refused by its proof alone.
    assert!(witness.cosign(Some(&second), &note, &[], 2).is_ok());
    let split = Err(AuditFault::Split { seen: 5, now: 9 });
    assert_eq!(witness.cosign(Some(&first), &note, &proof[1..], 3), split);
    assert_eq!(witness.cosign(Some(&first), &note, &[], 3), split);

    // An older backup is restored.
    let old = first.sign(&log.key, None, &[]).unwrap();
    let rewound = Err(AuditFault::Rewound { seen: 9, now: 5 });
    assert_eq!(witness.cosign(Some(&second), &old, &[], 4), rewound);

    // The past is written anew under the same key: neither size nor proof helps.
    let mut forged = Log::new();
    forged.append(12, 1);
    let third = forged.head();
    let note = third.sign(&log.key, None, &[]).unwrap();
    let proof = forged.proof(&second);
    assert_eq!(witness.cosign(Some(&second), &note, &proof, 5), Err(AuditFault::Split { seen: 9, now: 12 }));
    let mut same_size = Log::new();
    same_size.append(9, 1);
    let note = same_size.head().sign(&log.key, None, &[]).unwrap();
    assert_eq!(witness.cosign(Some(&second), &note, &[], 6), Err(AuditFault::Split { seen: 9, now: 9 }));
}

#[test]
fn a_log_signs_neither_a_shorter_nor_another_past() {
    let mut log = Log::new();
    log.append(7, 0);
    let first = log.head();
    log.append(1, 0);
    let proof = log.proof(&first);
    assert!(log.head().sign(&log.key, Some(&first), &proof).is_ok());
    let rewound = Err(AuditFault::Rewound { seen: 8, now: 7 });
    assert_eq!(first.sign(&log.key, Some(&log.head()), &[]), rewound);
    let mut other = Log::new();
    other.append(8, 9);
    let split = Err(AuditFault::Split { seen: 7, now: 8 });
    assert_eq!(other.head().sign(&log.key, Some(&first), &proof), split);
    let stranger = LogKey::generate("audit.example.cn/baishui", &mut rng(22)).unwrap();
    assert!(matches!(first.sign(&stranger, None, &[]), Err(AuditFault::OtherLog { .. })));
}

#[test]
fn keys_stand_for_their_own_kind_only() {
    let mut log = Log::new();
    log.append(3, 0);
    let note = log.head().sign(&log.key, None, &[]).unwrap();
    let secret = || Secret::new([9; 32]);
    let witness = LogKey::from_secret(ORIGIN, SignatureKind::Cosignature, &secret()).unwrap();
    assert_eq!(log.head().sign(&witness, None, &[]), Err(AuditFault::Malformed("log key")));
    assert_eq!(Checkpoint::open(&note, witness.public()), Err(AuditFault::Malformed("log key")));
    assert_eq!(note.verify(&[witness.public().clone()]), Err(AuditFault::Unsigned));
    // SM2 is reserved: its keys have a text form, and its lines are neither made nor believed.
    let public = [vec![4], vec![7; 64]].concat();
    let sm2 = VerifierKey::new(ORIGIN, SignatureKind::Sm2, &public).unwrap();
    assert_eq!(VerifierKey::from_text(&sm2.to_text()), Ok(sm2.clone()));
    let reserved = AuditFault::Reserved(ORIGIN.to_owned());
    assert_eq!(LogKey::from_secret(ORIGIN, SignatureKind::Sm2, &secret()).map(drop), Err(reserved.clone()));
    let mut bytes = sm2.id().to_vec();
    bytes.extend([1; 64]);
    let line = encoded(&bytes);
    let with_sm2 = Note::from_text(&format!("{}— {ORIGIN} {line}\n", note.to_text())).unwrap();
    assert_eq!(with_sm2.verify(&[log.key.public().clone(), sm2]), Err(reserved));
    assert_eq!(Checkpoint::open(&with_sm2, log.key.public()), Ok(log.head()), "an unknown line is ignored");
    assert_eq!(format!("{:?}", log.key), format!("LogKey({ORIGIN}, …)"));
    for name in ["", "a b", "a+b", "a\u{3000}b", "a\nb"] {
        assert!(LogKey::generate(name, &mut rng(1)).is_err(), "{name:?}");
    }
    let text = log.key.public().to_text();
    for wrong in [text.replace("qingshi+", "qingshi+0"), text.replace("qingshi", "other"), format!("{text}=")]
    {
        assert!(VerifierKey::from_text(&wrong).is_err(), "{wrong}");
    }
    assert!(
        VerifierKey::new(ORIGIN, SignatureKind::Ed25519, &[0; 32]).is_err(),
        "a key that signs everything"
    );
}

/// A log's key under another log's head: such a note cannot be made here, but somebody who holds the key can make it.
#[test]
fn a_head_of_another_log_is_refused_even_when_signed() {
    use ed25519_dalek::Signer as _;
    let secret = [5; 32];
    let key = LogKey::from_secret(ORIGIN, SignatureKind::Ed25519, &Secret::new(secret)).unwrap();
    let signing = ed25519_dalek::SigningKey::from_bytes(&secret);
    let note = |text: &str| {
        let signed = [key.public().id().as_slice(), &signing.sign(text.as_bytes()).to_bytes()].concat();
        Note::from_text(&format!("{text}\n— {ORIGIN} {}\n", encoded(&signed))).unwrap()
    };
    let root = Hash([1; 32]).to_base64();
    assert!(Checkpoint::open(&note(&format!("{ORIGIN}\n3\n{root}\n")), key.public()).is_ok());
    let other = note(&format!("audit.example.cn/baishui\n3\n{root}\n"));
    assert!(matches!(Checkpoint::open(&other, key.public()), Err(AuditFault::OtherLog { .. })));
    for text in ["03\nR\n", "+3\nR\n", "3\nR\nmore\n", "3\n\nR\n", "3\nAA==\n", "-1\nR\n", "3\n"] {
        let text = format!("{ORIGIN}\n{}", text.replace('R', &root));
        let refused = Err(AuditFault::Malformed("checkpoint"));
        assert_eq!(Checkpoint::open(&note(&text), key.public()), refused, "{text}");
    }
}

fn encoded(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// One byte of a signed head, changed in any way: it is refused as a note, as a head, or by its signature.
    #[test]
    fn no_byte_of_a_signed_head_can_change(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut log = Log::new();
        log.append(3, 0);
        let mut bytes = log.head().sign(&log.key, None, &[]).unwrap().to_text().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
        let read = Note::from_text(&text).and_then(|note| Checkpoint::open(&note, log.key.public()));
        prop_assert!(read.is_err(), "{text}");
    }

    /// Any text is read exactly or refused.
    #[test]
    fn notes_are_read_exactly_or_refused(text in "([a-z—]{0,4}[\n ]){0,8}[A-Za-z0-9=+/]{0,12}\n?") {
        if let Ok(note) = Note::from_text(&text) {
            prop_assert_eq!(note.to_text(), text);
        }
    }
}
