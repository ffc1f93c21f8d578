//! Sealed fields: what opens, what does not, what a search finds.

use std::collections::BTreeSet;

use crate::common::rng;
use doudi_access::keys::{KeyId, KeyUse};
use doudi_access::{
    Algorithm, DataClass, Epoch, Fault, IndexKind, KeyRing, Place, Provider as _, Sealed, Sealer, SoftKeys,
};
use proptest::prelude::*;

const HOME: Place<'_> = Place { table: "person", column: "identity_number", row: "p-1" };

fn sealer(ring: &KeyRing) -> Sealer<SoftKeys> {
    Sealer::new(SoftKeys::derive(ring).expect("keys"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A value opens at its place with what was sealed, and nowhere else, and not after one bit has changed.
    #[test]
    fn a_value_opens_at_its_own_place_only(
        suite in prop::sample::select(&Algorithm::ALL[..]),
        class in prop::sample::select(&DataClass::ALL[..]),
        plain in prop::collection::vec(any::<u8>(), 0..80),
        names in prop::array::uniform3("[a-z]{0,6}"),
        others in prop::array::uniform3("[a-z]{0,6}"),
        seed in any::<u64>(),
        bit in any::<prop::sample::Index>(),
    ) {
        let mut rng = rng(seed);
        let sealer = sealer(&KeyRing::generate(suite, &mut rng));
        let place = |n: &[String; 3]| (n[0].clone(), n[1].clone(), n[2].clone());
        let (table, column, row) = place(&names);
        let here = Place { table: &table, column: &column, row: &row };
        let sealed = sealer.seal(class, here, &plain, &mut rng).unwrap();
        let stored = sealed.to_bytes();
        prop_assert_eq!(stored.len(), plain.len() + 34);
        let read = Sealed::from_bytes(&stored).unwrap();
        prop_assert_eq!(&read, &sealed);
        let opened = sealer.open(here, &read).unwrap();
        prop_assert_eq!(opened.expose(), plain.as_slice());

        let (table, column, row) = place(&others);
        let there = Place { table: &table, column: &column, row: &row };
        if there != here {
            prop_assert_eq!(sealer.open(there, &read).map(drop), Err(Fault::Broken));
        }
        let mut altered = stored.clone();
        let at = bit.index(stored.len() * 8);
        altered[at / 8] ^= 1 << (at % 8);
        let outcome = Sealed::from_bytes(&altered).and_then(|read| sealer.open(here, &read));
        prop_assert!(outcome.is_err(), "bit {} does not matter", at);
    }

    /// Any bytes are read or refused, never a panic; what is read is written again as it was.
    #[test]
    fn stored_bytes_are_read_exactly_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(sealed) = Sealed::from_bytes(&bytes) {
            prop_assert_eq!(sealed.to_bytes(), bytes);
        }
    }
}

#[test]
fn swapped_ciphertexts_do_not_open() {
    for suite in Algorithm::ALL {
        let mut rng = rng(1);
        let sealer = sealer(&KeyRing::generate(suite, &mut rng));
        let other = Place { row: "p-2", ..HOME };
        let mine = sealer.seal(DataClass::C4, HOME, b"1", &mut rng).unwrap();
        let theirs = sealer.seal(DataClass::C4, other, b"2", &mut rng).unwrap();
        assert_eq!(sealer.open(HOME, &theirs).map(drop), Err(Fault::Broken), "{suite:?}");
        assert_eq!(sealer.open(other, &mine).map(drop), Err(Fault::Broken), "{suite:?}");
        // Where one name ends and the next begins is bound too.
        let (ab, a) =
            (Place { table: "ab", column: "c", row: "" }, Place { table: "a", column: "bc", row: "" });
        let sealed = sealer.seal(DataClass::C4, ab, b"1", &mut rng).unwrap();
        assert_eq!(sealer.open(a, &sealed).map(drop), Err(Fault::Broken), "{suite:?}");
    }
}

#[test]
fn every_use_and_epoch_has_a_key_of_its_own() {
    let mut rng = rng(2);
    for suite in Algorithm::ALL {
        let mut ring = KeyRing::generate(suite, &mut rng);
        ring.rotate(suite, &mut rng).unwrap();
        let keys = SoftKeys::derive(&ring).unwrap();
        let mut seen = BTreeSet::new();
        for (epoch, algorithm) in keys.generations() {
            for usage in KeyUse::all() {
                seen.insert(keys.mac(KeyId { algorithm, epoch, usage }, b"same").unwrap());
            }
        }
        assert_eq!(seen.len(), 2 * (DataClass::ALL.len() + IndexKind::ALL.len()));
    }
}

#[test]
fn rotation_keeps_old_values_readable_until_their_epoch_is_destroyed() {
    let mut rng = rng(3);
    let mut ring = KeyRing::generate(Algorithm::Aes256GcmSivSha256, &mut rng);
    let before = sealer(&ring);
    let old = before.seal(DataClass::C3, HOME, "旧值".as_bytes(), &mut rng).unwrap();
    let old_index = before.index(IndexKind::Phone, "13800000000").unwrap();
    assert!(!before.is_outdated(&old));
    assert_eq!(before.reseal(HOME, &old, &mut rng).unwrap(), None);

    let second = ring.rotate(Algorithm::Sm4GcmSm3, &mut rng).unwrap();
    assert_eq!(second.number(), 2);
    let during = sealer(&ring);
    assert!(during.is_outdated(&old));
    assert_eq!(during.open(HOME, &old).unwrap().expose_text(), Some("旧值"));
    assert!(during.indexes(IndexKind::Phone, "13800000000").unwrap().contains(&old_index));
    let new = during.reseal(HOME, &old, &mut rng).unwrap().expect("it is sealed anew");
    assert_eq!((new.epoch(), new.algorithm(), new.class()), (second, Algorithm::Sm4GcmSm3, DataClass::C3));
    assert!(!during.is_outdated(&new));

    assert_eq!(ring.destroy(second), Err(Fault::NewestEpoch(second)));
    ring.destroy(Epoch::FIRST).unwrap();
    assert_eq!(ring.destroy(Epoch::FIRST), Err(Fault::NoKey(Epoch::FIRST)));
    let after = sealer(&ring);
    assert_eq!(after.open(HOME, &old).map(drop), Err(Fault::NoKey(Epoch::FIRST)));
    assert_eq!(after.open(HOME, &new).unwrap().expose_text(), Some("旧值"));
}

#[test]
fn one_value_has_one_index_however_it_is_written() {
    let mut rng = rng(4);
    let sealer = sealer(&KeyRing::generate(Algorithm::Sm4GcmSm3, &mut rng));
    let same = [
        (
            IndexKind::IdentityNumber,
            "99010119800101001X",
            ["99010119800101001x", " 990101 1980 0101 001X ", "９９０１０１１９８００１０１００１ｘ"],
        ),
        (
            IndexKind::Phone,
            "13800000000",
            ["+86 138-0000-0000", "0086(138)00000000", "１３８　００００　００００"],
        ),
        (
            IndexKind::Account,
            "6222000000000000000",
            ["6222 0000 0000 0000 000", "6222-0000-0000-0000-000", "６２２２0000000 00000000"],
        ),
    ];
    for (kind, plain, written) in same {
        let index = sealer.index(kind, plain).unwrap();
        for text in written {
            assert_eq!(sealer.index(kind, text).unwrap(), index, "{text}");
        }
        assert_ne!(sealer.index(kind, &plain.replacen('0', "1", 1)).unwrap(), index);
    }
    let digits = "13800000000";
    let all: BTreeSet<_> = IndexKind::ALL.iter().map(|kind| sealer.index(*kind, digits).unwrap()).collect();
    assert_eq!(all.len(), 3, "each kind has its own key");
    for (kind, text) in [
        (IndexKind::IdentityNumber, ""),
        (IndexKind::IdentityNumber, "王建国王建国王建国"),
        (IndexKind::IdentityNumber, "1234567"),
        (IndexKind::Phone, "138000000000000000"),
        (IndexKind::Phone, "1380000000x"),
        (IndexKind::Phone, "138+0000000"),
        (IndexKind::Account, "+86222000000000"),
    ] {
        assert_eq!(sealer.index(kind, text), Err(Fault::NotIndexable(kind)), "{text}");
    }
}

/// No two of 100,000 numbers share an index, and no bucket of its first byte stands out.
#[test]
fn indexes_neither_collide_nor_cluster() {
    let sealer = sealer(&KeyRing::generate(Algorithm::Sm4GcmSm3, &mut rng(5)));
    let mut seen = BTreeSet::new();
    let mut buckets = [0_u32; 256];
    for n in 0..100_000 {
        let index = sealer.index(IndexKind::Phone, &format!("138{n:08}")).unwrap().to_bytes();
        assert_eq!(index.len(), 21);
        buckets[usize::from(index[5])] += 1;
        assert!(seen.insert(index));
    }
    let (low, high) = (buckets.iter().min().unwrap(), buckets.iter().max().unwrap());
    // 391 expected, standard deviation 20.
    assert!(*low > 280 && *high < 500, "{low} to {high}");
}

#[test]
fn nothing_secret_is_printed() {
    let mut rng = rng(6);
    let ring = KeyRing::generate(Algorithm::Sm4GcmSm3, &mut rng);
    let sealer = sealer(&ring);
    let sealed = sealer.seal(DataClass::C4, HOME, b"99010119800101001X", &mut rng).unwrap();
    let plain = sealer.open(HOME, &sealed).unwrap();
    let secret = doudi_access::Secret::new([0x5a; 32]);
    let index = sealer.index(IndexKind::IdentityNumber, "99010119800101001X").unwrap();
    let shown = format!("{secret:?} {plain:?} {ring:?} {:?} {index:?}", sealer.provider());
    assert_eq!(
        shown,
        "Secret(…) Plain(…) KeyRing(newest 1, …) SoftKeys(newest 1, Sm4GcmSm3, …) BlindIndex(epoch 1, …)"
    );
    assert_eq!(sealer.provider().certificate(), None, "keys in software carry no certificate");
    assert!(
        DataClass::C4.must_be_sealed() && DataClass::C3.must_be_sealed() && !DataClass::C2.must_be_sealed()
    );
}

/// Key and plain-text types are wiped when dropped; their fields are such types too.
#[test]
fn secrets_are_wiped_when_dropped() {
    fn wiped<T: zeroize::ZeroizeOnDrop>() {}
    wiped::<doudi_access::Secret<32>>();
    wiped::<doudi_access::Plain>();
    wiped::<sm4::Sm4>();
    wiped::<ed25519_dalek::SigningKey>();
    wiped::<aes_gcm::AesGcm<sm4::Sm4, aes_gcm::aead::consts::U12>>();
    wiped::<aes_gcm::aes::Aes256>();
    assert!(std::mem::needs_drop::<KeyRing>() && std::mem::needs_drop::<SoftKeys>());
}
