//! Key files, shares, recovery, and a module that keeps its keys.

use std::cell::Cell;

use crate::common::rng;
use doudi_access::keys::{Cost, KeyFile, KeyId, KeyPurpose, Share};
use doudi_access::{
    Algorithm, DataClass, Epoch, Fault, IndexKind, KeyRing, Place, Plain, Provider, Sealer, SoftKeys,
};
use proptest::prelude::*;

const SUITE: Algorithm = Algorithm::Sm4GcmSm3;
const HOME: Place<'_> = Place { table: "person", column: "account", row: "p-1" };

fn create(people: (u8, u8), seed: u64) -> (KeyRing, KeyFile, Vec<Share>) {
    let mut rng = rng(seed);
    let ring = KeyRing::generate(SUITE, &mut rng);
    let made = KeyFile::create(KeyPurpose::Master, &ring, people, Cost::FLOOR, SUITE, &mut rng);
    let (file, shares) = made.expect("a key file");
    (ring, file, shares)
}

fn again(shares: &[Share], which: &[usize]) -> Vec<Share> {
    let read = |at: &usize| Share::from_text(shares[*at].to_text().expose_text().unwrap()).unwrap();
    which.iter().map(read).collect()
}

/// That two rings hold the same keys: what one seals the other opens.
fn open_each_other(one: &KeyRing, other: &KeyRing) -> bool {
    let (one, other) =
        (Sealer::new(SoftKeys::derive(one).unwrap()), Sealer::new(SoftKeys::derive(other).unwrap()));
    let sealed = one.seal(DataClass::C4, HOME, b"622200", &mut rng(99)).unwrap();
    other.open(HOME, &sealed).is_ok_and(|plain| plain.expose() == b"622200")
}

#[test]
fn any_two_of_three_holders_open_the_file_and_no_single_one() {
    let (ring, file, shares) = create((3, 2), 1);
    assert_eq!(shares.iter().map(Share::holder).collect::<Vec<_>>(), [1, 2, 3]);
    let file = KeyFile::from_json(&file.to_json().unwrap()).unwrap();
    for which in [[0, 1], [0, 2], [1, 2], [2, 0]] {
        let unlocked = file.unlock(&again(&shares, &which)).unwrap();
        assert!(open_each_other(&ring, unlocked.ring()), "{which:?}");
    }
    assert!(file.unlock(&again(&shares, &[0, 1, 2, 1])).is_ok(), "more than needed do no harm");
    let few = |have| Some(Fault::TooFewShares { have, need: 2 });
    assert_eq!(file.unlock(&[]).err(), few(0));
    for one in 0..3 {
        assert_eq!(file.unlock(&again(&shares, &[one])).err(), few(1));
        assert_eq!(file.unlock(&again(&shares, &[one, one])).err(), few(1), "the same one twice is one");
    }
    let (_, _, strangers) = create((3, 2), 2);
    assert_eq!(file.unlock(&again(&strangers, &[0, 1])).err(), Some(Fault::ForeignShare));
    let mixed: Vec<Share> = again(&shares, &[0]).into_iter().chain(again(&strangers, &[1])).collect();
    assert_eq!(file.unlock(&mixed).err(), Some(Fault::ForeignShare));
}

/// Somebody brings a share that reads well and is not the one given out.
#[test]
fn a_forged_share_is_told() {
    use sha2::{Digest as _, Sha256};
    let (_, file, shares) = create((3, 2), 11);
    let text = shares[0].to_text().expose_text().unwrap()[14..].replace(' ', "");
    let mut content = crate::common::hex(&text[..74]);
    content[20] ^= 1;
    let check = Sha256::new().chain_update("doudi-share-1").chain_update(&content).finalize();
    let forged = || {
        let digits = crate::common::digits(&[content.as_slice(), &check[..4]].concat());
        Share::from_text(&format!("doudi-share-1 {digits}")).unwrap()
    };
    let both: Vec<Share> = again(&shares, &[0]).into_iter().chain([forged()]).collect();
    assert_eq!(file.unlock(&both).err(), Some(Fault::ContradictoryShares(1)));
    let with_another: Vec<Share> = again(&shares, &[1]).into_iter().chain([forged()]).collect();
    assert_eq!(file.unlock(&with_another).err(), Some(Fault::WrongShares));
}

/// A file that was made to ask for fewer people opens with none: what it says is bound to its content.
#[test]
fn an_altered_file_does_not_open() {
    let (_, file, shares) = create((5, 3), 3);
    let text = file.to_json().unwrap();
    let all = again(&shares, &[0, 1, 2, 3, 4]);
    for (from, to) in [
        ("\"threshold\": 3", "\"threshold\": 2"),
        ("\"threshold\": 3", "\"threshold\": 4"),
        ("\"holders\": 5", "\"holders\": 6"),
        ("\"purpose\": \"master\"", "\"purpose\": \"recovery\""),
        ("\"passes\": 2", "\"passes\": 3"),
        ("\"algorithm\": \"sm4-gcm-sm3\"", "\"algorithm\": \"aes256-gcm-siv-sha256\""),
    ] {
        assert!(text.contains(from), "{text}");
        let altered = KeyFile::from_json(&text.replace(from, to)).unwrap();
        assert_eq!(altered.unlock(&all).err(), Some(Fault::WrongShares), "{to}");
    }
    for (from, to, fault) in [
        ("\"threshold\": 3", "\"threshold\": 1", Fault::Holders { holders: 5, threshold: 1 }),
        ("\"holders\": 5", "\"holders\": 2", Fault::Holders { holders: 2, threshold: 3 }),
        ("19456", "8", Fault::Cost),
        ("19456", "4294967295", Fault::Cost),
        ("keys/v1", "keys/v2", Fault::Malformed("key file")),
        ("\"holders\"", "\"people\"", Fault::Malformed("key file")),
    ] {
        assert_eq!(KeyFile::from_json(&text.replace(from, to)), Err(fault), "{to}");
    }
}

#[test]
fn one_person_alone_never_holds_the_keys() {
    let ring = KeyRing::generate(SUITE, &mut rng(4));
    for people in [(1, 1), (2, 1), (3, 0), (2, 3), (0, 0)] {
        let made = KeyFile::create(KeyPurpose::Master, &ring, people, Cost::FLOOR, SUITE, &mut rng(5));
        let (holders, threshold) = people;
        assert_eq!(made.map(drop), Err(Fault::Holders { holders, threshold }));
    }
    assert_eq!(Cost::new(1024, 1, 1), Err(Fault::Cost));
    assert_eq!(Cost::new(19 * 1024, 2, 1), Ok(Cost::FLOOR));
}

#[test]
fn a_rotation_is_kept_under_the_same_shares() {
    let (_, file, shares) = create((2, 2), 6);
    let mut rng = rng(7);
    let mut unlocked = file.unlock(&shares).unwrap();
    let second = unlocked.ring_mut().rotate(Algorithm::Aes256GcmSivSha256, &mut rng).unwrap();
    let kept = unlocked.rewrap(&mut rng).unwrap();
    assert_ne!(kept, file);
    let later = kept.unlock(&shares).unwrap();
    let generations = [(Epoch::FIRST, SUITE), (second, Algorithm::Aes256GcmSivSha256)];
    assert_eq!(later.ring().generations(), generations);
    assert!(open_each_other(unlocked.ring(), later.ring()));
    assert_eq!(file.unlock(&shares).unwrap().ring().newest(), Epoch::FIRST);
    assert_eq!(format!("{shares:?}"), "[Share(holder 1, …), Share(holder 2, …)]");
    assert!(format!("{later:?}").ends_with("wrapping: Secret(…), ring: KeyRing(newest 2, …) }"));
}

/// Backups are sealed with nobody present; restoring takes the recovery holders, who get the master keys with it.
#[test]
fn recovery_holders_restore_what_the_running_county_sealed() {
    let mut rng = rng(8);
    let master = KeyRing::generate(SUITE, &mut rng);
    let recovery = KeyRing::generate(SUITE, &mut rng);
    let made = KeyFile::create(KeyPurpose::Recovery, &recovery, (3, 2), Cost::FLOOR, SUITE, &mut rng);
    let (file, shares) = made.unwrap();
    let under_master = Sealer::new(SoftKeys::derive(&master).unwrap());
    let lent = recovery.seal_under(KeyPurpose::Recovery, &under_master, &mut rng).unwrap();
    let under_recovery = Sealer::new(SoftKeys::derive(&recovery).unwrap());
    let escrow = master.seal_under(KeyPurpose::Master, &under_recovery, &mut rng).unwrap();

    let chunk = Place { table: "backup", column: "2024-07-01", row: "0 of 1" };
    let running = KeyRing::open_under(KeyPurpose::Recovery, &under_master, &lent).unwrap();
    let running = Sealer::new(SoftKeys::derive(&running).unwrap());
    let backup = running.seal(DataClass::C4, chunk, b"rows", &mut rng).unwrap();

    assert_eq!(file.unlock(&again(&shares, &[1])).err(), Some(Fault::TooFewShares { have: 1, need: 2 }));
    let unlocked = file.unlock(&again(&shares, &[0, 2])).unwrap();
    let restored = Sealer::new(SoftKeys::derive(unlocked.ring()).unwrap());
    assert_eq!(restored.open(chunk, &backup).unwrap().expose(), b"rows");
    let again = KeyRing::open_under(KeyPurpose::Master, &restored, &escrow).unwrap();
    assert!(open_each_other(&master, &again));
    let wrong = KeyRing::open_under(KeyPurpose::Recovery, &restored, &escrow).map(drop);
    assert_eq!(wrong, Err(Fault::Broken), "one ring is not taken for the other");
}

/// Stands for a certified module: keys stay inside, it counts its work, and it can refuse.
struct Module {
    inside: SoftKeys,
    calls: Cell<u32>,
    locked: Cell<bool>,
}

impl Module {
    fn used(&self) -> Result<&SoftKeys, Fault> {
        self.calls.set(self.calls.get() + 1);
        if self.locked.get() { Err(Fault::Module("locked".to_owned())) } else { Ok(&self.inside) }
    }
}

impl Provider for Module {
    fn generations(&self) -> Vec<(Epoch, Algorithm)> {
        self.inside.generations()
    }
    fn newest(&self) -> (Epoch, Algorithm) {
        self.inside.newest()
    }
    fn certificate(&self) -> Option<&str> {
        Some("GM-0000")
    }
    fn seal(&self, key: KeyId, nonce: &[u8; 12], bound: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
        self.used()?.seal(key, nonce, bound, plain)
    }
    fn open(&self, key: KeyId, nonce: &[u8; 12], bound: &[u8], sealed: &[u8]) -> Result<Plain, Fault> {
        self.used()?.open(key, nonce, bound, sealed)
    }
    fn mac(&self, key: KeyId, message: &[u8]) -> Result<[u8; 32], Fault> {
        self.used()?.mac(key, message)
    }
}

#[test]
fn a_module_does_the_work_and_its_refusal_is_told() {
    let mut rng = rng(9);
    let inside = SoftKeys::derive(&KeyRing::generate(SUITE, &mut rng)).unwrap();
    let sealer = Sealer::new(Module { inside, calls: Cell::new(0), locked: Cell::new(false) });
    let sealed = sealer.seal(DataClass::C4, HOME, b"1", &mut rng).unwrap();
    assert!(sealer.open(HOME, &sealed).is_ok() && sealer.index(IndexKind::Account, "62220000").is_ok());
    assert_eq!(sealer.provider().calls.get(), 3);
    assert_eq!(sealer.provider().certificate(), Some("GM-0000"));
    sealer.provider().locked.set(true);
    let refused = Fault::Module("locked".to_owned());
    assert_eq!(sealer.open(HOME, &sealed).map(drop), Err(refused.clone()));
    assert!(refused.zh().contains("locked") && refused.en().contains("locked"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// No mistyped digit passes, however a share is written down.
    #[test]
    fn a_mistyped_share_is_noticed(at in any::<prop::sample::Index>(), to in "[0-9a-f]") {
        let (_, _, shares) = shared();
        let text = shares[0].to_text().expose_text().unwrap().to_owned();
        let digits: Vec<usize> = text.char_indices().skip(14).filter(|(_, c)| *c != ' ').map(|(n, _)| n).collect();
        prop_assert_eq!(digits.len(), 82);
        let at = digits[at.index(digits.len())];
        let mut typed = text.clone();
        typed.replace_range(at..=at, &to);
        let read = Share::from_text(&typed.to_uppercase().replace(' ', "-"));
        prop_assert_eq!(read.is_ok(), typed == text);
        prop_assert!(Share::from_text(&text[..at]).is_err());
    }
}

fn shared() -> &'static (KeyRing, KeyFile, Vec<Share>) {
    static MADE: std::sync::OnceLock<(KeyRing, KeyFile, Vec<Share>)> = std::sync::OnceLock::new();
    MADE.get_or_init(|| create((3, 2), 10))
}
