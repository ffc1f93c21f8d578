//! Files as received: sealed, bound to their digest, destroyed after their days unless held.

use doudi_access::{Algorithm, KeyRing, Sealer, SoftKeys};
use doudi_monitoring::contract::Contracts;
use doudi_monitoring::originals::{Fate, Hold, OriginalError, Originals, Received};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use crate::support::{contracts, date};

const FILE: &[u8] = "证件号码,姓名\n990121196203170019,石望山\n".as_bytes();

fn sealer(seed: u64) -> Sealer<SoftKeys> {
    let ring = KeyRing::generate(Algorithm::Sm4GcmSm3, &mut ChaCha20Rng::seed_from_u64(seed));
    Sealer::new(SoftKeys::derive(&ring).unwrap())
}

struct Kept {
    folder: tempfile::TempDir,
    originals: Originals,
    sealer: Sealer<SoftKeys>,
    digest: String,
}

fn kept() -> Kept {
    let folder = tempfile::tempdir().unwrap();
    let originals = Originals::new(folder.path().join("originals"));
    let sealer = sealer(1);
    let digest = originals.keep(&sealer, FILE, &mut ChaCha20Rng::seed_from_u64(2)).unwrap();
    Kept { folder, originals, sealer, digest }
}

fn received(digest: &str) -> Received {
    Received { feed: "disability".to_owned(), digest: digest.to_owned(), on: date("2024-06-03") }
}

fn days(contracts: &Contracts) -> i32 {
    i32::try_from(contracts.get("disability").unwrap().original.keep_days).unwrap()
}

#[test]
fn an_original_comes_back_as_it_came_and_nothing_of_it_stands_on_the_disk() {
    let k = kept();
    assert_eq!(k.originals.open(&k.sealer, &k.digest).unwrap().expose(), FILE);
    assert_eq!(k.originals.keep(&k.sealer, FILE, &mut ChaCha20Rng::seed_from_u64(3)).unwrap(), k.digest);
    let files: Vec<_> =
        std::fs::read_dir(k.folder.path().join("originals")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let stored = std::fs::read(&files[0]).unwrap();
    for secret in ["990121196203170019".as_bytes(), "石望山".as_bytes()] {
        assert!(!stored.windows(secret.len()).any(|w| w == secret));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn an_original_opens_under_its_own_digest_and_key_only() {
    let k = kept();
    assert!(matches!(k.originals.open(&sealer(9), &k.digest), Err(OriginalError::Sealed(_))));
    let folder = k.folder.path().join("originals");
    let other = "0".repeat(64);
    std::fs::copy(folder.join(format!("{}.sealed", k.digest)), folder.join(format!("{other}.sealed")))
        .unwrap();
    assert!(matches!(k.originals.open(&k.sealer, &other), Err(OriginalError::Sealed(_))));
    let path = folder.join(format!("{}.sealed", k.digest));
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(k.originals.open(&k.sealer, &k.digest), Err(OriginalError::Sealed(_))));
    // Kept once more it is whole again.
    k.originals.keep(&k.sealer, FILE, &mut ChaCha20Rng::seed_from_u64(5)).unwrap();
    assert_eq!(k.originals.open(&k.sealer, &k.digest).unwrap().expose(), FILE);
    for none in ["", "../../etc/passwd", &"A".repeat(64), &"0".repeat(63), &format!("{}/", "0".repeat(63))] {
        assert!(matches!(k.originals.open(&k.sealer, none), Err(OriginalError::NoDigest)), "{none}");
        assert!(matches!(k.originals.destroy(none), Err(OriginalError::NoDigest)), "{none}");
    }
}

#[test]
fn it_is_due_the_day_after_its_last_and_a_hold_stops_that_until_released() {
    let k = kept();
    let contracts = contracts();
    let received = received(&k.digest);
    let last = received.on.plus_days(days(&contracts));
    let fate = |day| k.originals.fate(&received, &contracts, day).unwrap();
    assert_eq!(fate(last), Fate::Until(last));
    assert_eq!(fate(last.plus_days(1)), Fate::Due(last));
    let none = k.originals.fate(&received, &Contracts::default(), last.plus_days(1)).unwrap();
    assert_eq!(none, Fate::NoContract, "what nobody has a rule for is not destroyed");
    let hold = Hold { reason: "县监察 2024-07 号核查".to_owned(), since: date("2024-07-01") };
    let blank = Hold { reason: "  ".to_owned(), ..hold.clone() };
    assert!(matches!(k.originals.hold(&k.digest, &blank), Err(OriginalError::NoReason)));
    k.originals.hold(&k.digest, &hold).unwrap();
    assert_eq!(fate(last.plus_days(1000)), Fate::Held(last, hold));
    // A hold that somebody has damaged holds.
    std::fs::write(k.folder.path().join(format!("originals/{}.hold", k.digest)), b"{").unwrap();
    assert!(matches!(fate(last.plus_days(1)), Fate::Held(..)));
    k.originals.release(&k.digest).unwrap();
    assert_eq!(fate(last.plus_days(1)), Fate::Due(last));
    k.originals.destroy(&k.digest).unwrap();
    k.originals.destroy(&k.digest).unwrap();
    assert_eq!(fate(last.plus_days(1)), Fate::Gone);
    assert_eq!(std::fs::read_dir(k.folder.path().join("originals")).unwrap().count(), 0);
}

#[test]
fn every_contract_says_how_long_and_whence_or_that_nobody_says() {
    for contract in contracts().iter() {
        let original = &contract.original;
        assert!((1..=3650).contains(&original.keep_days), "{}", contract.id);
        assert!(!original.zh.is_empty() && !original.en.is_empty(), "{}", contract.id);
    }
    let bad = include_str!("../../../../feeds/disability.toml").replace("keep_days = 180", "keep_days = 0");
    assert!(Contracts::parse([("feeds/disability.toml", bad.as_str())]).is_err());
}
