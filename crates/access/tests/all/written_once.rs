//! What was written by an earlier version still opens: stored values, indexes, key files and shares outlive programs.

use doudi_access::audit::{Leaf, hash_leaf};
use doudi_access::keys::{KeyFile, Share};
use doudi_access::{DataClass, IndexKind, Place, Sealed, Sealer, SoftKeys};

use crate::common::{digits, hex};

const NUMBER: &str = "99010119800101001X";
const HOME: Place<'_> = Place { table: "person", column: "identity_number", row: "p-1" };

const FILE: &str = r#"{
  "format": "doudi-keys/v1",
  "purpose": "master",
  "holders": 3,
  "threshold": 2,
  "argon2id": { "memory_kib": 19456, "passes": 2, "lanes": 1 },
  "salt": "cvxCedsjI7TjNHMAEN3asQ==",
  "algorithm": "sm4-gcm-sm3",
  "nonce": "UR3WRHoLPcNNeZ9/",
  "wrapped": "uiapU9I9tGp/uiu40CLeBudmwuSpKcCvq184di6uBb8XPPi66AMBh4qOy9brd0/FVQwtcLTBxl5fpqNLKAobjArOZ3jbKA+SxcdEuP9Oeng5805MFPFNa1hF"
}"#;

/// As a holder would type them: in capitals, with hyphens, without the blanks.
const SHARES: [&str; 2] = [
    "doudi-share-1 f248 19fb 017d e6d8 5ea9 48d1 c90b a28c f4c9 4a35 11b1 36ec 8b9a 9779 25a1 9071 2be0 06b2 1620 854e 51",
    "DOUDI-SHARE-1 F24819FB03DAA1DE-854CF11A9D18BA3B721CD9E3E1F884DE-92707DAB336ECCF42BD8F0383FC52ABF9F",
];

/// AES-256-GCM-SIV of the first epoch, SM4-GCM of the second.
const SEALED: [&str; 2] = [
    "020400000001027fbfb23f317b4684d9b682585031ab350eb0750248c48ec7f0f4ef268d9688bb4c07af8b8d9ecb0a3fb3aceadc",
    "0104000000022e91b41f7d3eca51eb8383a29e889c9343845a36f206f1e41ec4dd53ae9e7249d57275061d7cade2964536b1a882",
];

/// Newest first.
const INDEXES: [&str; 2] =
    ["01000000022b1f1d2c7bd2a114d21f24f73125c99c", "0200000001972df9db743f198befcf9b32504e1505"];

#[test]
fn what_was_sealed_once_still_opens() {
    let shares = SHARES.map(|text| Share::from_text(text).expect("a share"));
    let unlocked = KeyFile::from_json(FILE).expect("a key file").unlock(&shares).expect("it opens");
    let sealer = Sealer::new(SoftKeys::derive(unlocked.ring()).expect("keys"));
    for (text, epoch) in SEALED.iter().zip(1..) {
        let sealed = Sealed::from_bytes(&hex(text)).expect("a sealed value");
        assert_eq!((sealed.epoch().number(), sealed.class()), (epoch, DataClass::C4));
        let plain = sealer.open(HOME, &sealed).expect("it opens");
        assert_eq!(plain.expose_text(), Some(NUMBER));
    }
    let indexes = sealer.indexes(IndexKind::IdentityNumber, NUMBER).expect("indexes");
    let indexes: Vec<String> = indexes.iter().map(|index| digits(&index.to_bytes())).collect();
    assert_eq!(indexes, INDEXES);
}

#[test]
fn a_leaf_written_once_still_has_its_hash() {
    let entry =
        "doudi-leaf/v1\ne-1\n1719800000000\ncase.decided\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n";
    let leaf = Leaf::from_entry(entry.as_bytes()).expect("a leaf");
    assert_eq!((leaf.id(), leaf.time_ms(), leaf.kind()), ("e-1", 1_719_800_000_000, "case.decided"));
    assert_eq!(leaf.hash(), hash_leaf(entry.as_bytes()));
    assert_eq!(digits(&leaf.hash().0), "2e1e209843c35d9558059633ea814e2142d6337dd2728a5b49c308d41cc3085a");
}
