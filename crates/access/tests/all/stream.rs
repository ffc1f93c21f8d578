//! Files sealed to a recovery key.

use doudi_access::keys::{RecoveryKey, RecoverySecret, Share};
use doudi_access::stream::{HEAD, Head, OpenStream, PIECE, SEALED_PIECE, SealStream};
use doudi_access::{Algorithm, Fault};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

fn key(seed: u64) -> (RecoveryKey, Vec<Share>) {
    RecoveryKey::create((3, 2), &mut ChaCha20Rng::seed_from_u64(seed)).unwrap()
}

fn seal(to: RecoveryKey, algorithm: Algorithm, plain: &[u8]) -> Vec<u8> {
    let (head, mut stream) =
        SealStream::begin(to, algorithm, &mut ChaCha20Rng::seed_from_u64(plain.len() as u64)).unwrap();
    let mut file = head.to_bytes();
    let pieces: Vec<&[u8]> = if plain.is_empty() { vec![plain] } else { plain.chunks(PIECE).collect() };
    for (at, piece) in pieces.iter().enumerate() {
        file.extend(stream.piece(piece, at + 1 == pieces.len()).unwrap());
    }
    assert_eq!(stream.piece(b"", true), Err(Fault::Limit), "nothing follows the last piece");
    file
}

fn open(secret: &RecoverySecret, file: &[u8]) -> Result<Vec<u8>, Fault> {
    let head = Head::from_bytes(&file[..HEAD.min(file.len())])?;
    let mut stream = OpenStream::begin(&head, secret)?;
    let mut plain = Vec::new();
    let mut rest = &file[HEAD..];
    loop {
        let (piece, after) = rest.split_at(SEALED_PIECE.min(rest.len()));
        plain.extend(stream.piece(piece, after.is_empty())?.expose());
        if after.is_empty() {
            return Ok(plain);
        }
        rest = after;
    }
}

#[test]
fn any_length_comes_back_in_both_suites() {
    let (to, shares) = key(1);
    let secret = to.unlock(&shares[1..]).unwrap();
    for algorithm in Algorithm::ALL {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 77] {
            let mut plain = vec![0; length];
            ChaCha20Rng::seed_from_u64(9).fill_bytes(&mut plain);
            assert_eq!(open(&secret, &seal(to, algorithm, &plain)).unwrap(), plain, "{algorithm:?} {length}");
        }
    }
}

#[test]
fn pieces_cannot_be_cut_off_moved_repeated_or_taken_from_another_file() {
    let (to, shares) = key(2);
    let secret = to.unlock(&shares).unwrap();
    let file = seal(to, Algorithm::Sm4GcmSm3, &vec![7; 3 * PIECE]);
    let piece = |n: usize| HEAD + n * SEALED_PIECE;
    let other = seal(to, Algorithm::Sm4GcmSm3, &vec![7; 3 * PIECE + 1]);
    let broken = [
        file[..piece(2)].to_vec(),
        file[..file.len() - 1].to_vec(),
        file[..HEAD].to_vec(),
        [&file[..piece(0)], &file[piece(1)..piece(2)], &file[piece(0)..piece(1)], &file[piece(2)..]].concat(),
        [&file[..piece(1)], &file[piece(0)..]].concat(),
        [&file[..piece(1)], &other[piece(1)..piece(2)], &file[piece(2)..]].concat(),
        [&file[..], &file[piece(2)..]].concat(),
        [&file[..], &[0]].concat(),
    ];
    for (at, broken) in broken.iter().enumerate() {
        assert_eq!(open(&secret, broken), Err(Fault::Broken), "{at}");
    }
    assert!(matches!(open(&secret, &file[..40]), Err(Fault::Malformed(_))));
    assert!(matches!(open(&secret, b"SQLite format 3"), Err(Fault::Malformed(_))));
}

#[test]
fn only_enough_shares_of_this_key_open_it() {
    let (to, shares) = key(3);
    let (other, foreign) = key(4);
    assert_eq!(to.unlock(&shares[..1]).unwrap_err(), Fault::TooFewShares { have: 1, need: 2 });
    let again = Share::from_text(shares[0].to_text().expose_text().unwrap()).unwrap();
    let twice = [again, Share::from_text(shares[0].to_text().expose_text().unwrap()).unwrap()];
    assert_eq!(to.unlock(&twice).unwrap_err(), Fault::TooFewShares { have: 1, need: 2 });
    assert_eq!(to.unlock(&foreign).unwrap_err(), Fault::ForeignShare);
    let file = seal(to, Algorithm::Aes256GcmSivSha256, b"abc");
    assert_eq!(open(&other.unlock(&foreign).unwrap(), &file), Err(Fault::ForeignShare));
    assert_eq!(Head::from_bytes(&file[..HEAD]).unwrap().to(), to);
    assert_eq!(RecoveryKey::from_json(&to.to_json().unwrap()).unwrap(), to);
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    assert!(matches!(RecoveryKey::create((2, 1), &mut rng), Err(Fault::Holders { .. })));
    assert!(matches!(RecoveryKey::create((2, 3), &mut rng), Err(Fault::Holders { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_flipped_bit_anywhere_is_found(place in 0.0..1.0_f64, bit in 0_u8..8, second in any::<bool>()) {
        let (to, shares) = key(6);
        let secret = to.unlock(&shares).unwrap();
        let mut file = seal(to, Algorithm::ALL[usize::from(second)], &vec![1; PIECE + 500]);
        // Half of the flips meet the head.
        let length = if bit % 2 == 0 { HEAD } else { file.len() };
        #[allow(clippy::float_arithmetic, clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a file")]
        let at = (place * length as f64) as usize;
        file[at] ^= 1 << bit;
        prop_assert!(open(&secret, &file).is_err(), "byte {at}");
    }
}
