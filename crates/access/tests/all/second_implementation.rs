//! The suites against OpenSSL: its ciphers and digests, with the counter mode and the polynomial written here once
//! more, bit by bit.

use crate::common::{digits, rng, run};
use doudi_access::Algorithm;
use rand_chacha::rand_core::Rng as _;

/// Product in GF(2^128) in the bit order of GHASH (NIST SP 800-38D, 6.3).
fn product(x: u128, y: u128) -> u128 {
    let (mut sum, mut v) = (0, y);
    for bit in (0..128).rev() {
        if x >> bit & 1 == 1 {
            sum ^= v;
        }
        v = if v & 1 == 1 { v >> 1 ^ 0xe1 << 120 } else { v >> 1 };
    }
    sum
}

/// Blocks of both parts, padded with zeros, and the block of lengths in bits.
fn blocks(ad: &[u8], content: &[u8], length: fn(usize) -> [u8; 8]) -> Vec<[u8; 16]> {
    let mut all = Vec::new();
    for part in [ad, content] {
        for chunk in part.chunks(16) {
            let mut block = [0; 16];
            block[..chunk.len()].copy_from_slice(chunk);
            all.push(block);
        }
    }
    let mut lengths = [0; 16];
    lengths[..8].copy_from_slice(&length(ad.len()));
    lengths[8..].copy_from_slice(&length(content.len()));
    all.push(lengths);
    all
}

fn openssl(cipher: &str, key: &[u8], iv: Option<&[u8]>, input: &[u8]) -> Vec<u8> {
    let (key, iv) = (digits(key), iv.map(digits));
    let mut args = vec!["enc", cipher, "-e", "-nopad", "-nosalt", "-K", &key];
    args.extend(iv.iter().flat_map(|iv| ["-iv", iv]));
    run("openssl", &args, input)
}

fn sm4_gcm(key: &[u8], nonce: &[u8; 12], ad: &[u8], plain: &[u8]) -> Vec<u8> {
    let hash_key = u128::from_be_bytes(openssl("-sm4-ecb", key, None, &[0; 16]).try_into().expect("a block"));
    let counter = |n: u32| [nonce.as_slice(), &n.to_be_bytes()].concat();
    let mask = openssl("-sm4-ctr", key, Some(&counter(1)), &[0; 16]);
    let mut sealed = openssl("-sm4-ctr", key, Some(&counter(2)), plain);
    let bits = |bytes: usize| (bytes as u64 * 8).to_be_bytes();
    let hash = blocks(ad, &sealed, bits)
        .into_iter()
        .fold(0, |sum, block| product(sum ^ u128::from_be_bytes(block), hash_key));
    sealed.extend((hash ^ u128::from_be_bytes(mask.try_into().expect("a block"))).to_be_bytes());
    sealed
}

/// RFC 8452, 4; POLYVAL through GHASH (appendix A).
fn aes_256_gcm_siv(key: &[u8], nonce: &[u8; 12], ad: &[u8], plain: &[u8]) -> Vec<u8> {
    let numbered: Vec<u8> = (0_u32..6).flat_map(|n| [n.to_le_bytes().as_slice(), nonce].concat()).collect();
    let halves = openssl("-aes-256-ecb", key, None, &numbered);
    let halves: Vec<&[u8]> = halves.chunks(16).map(|block| &block[..8]).collect();
    let (hash_key, cipher_key) = (halves[..2].concat(), halves[2..].concat());
    let reversed = |block: &[u8]| u128::from_le_bytes(block.try_into().expect("a block"));
    let times_x = |v: u128| if v & 1 == 1 { v >> 1 ^ 0xe1 << 120 } else { v >> 1 };
    let hash_key = times_x(reversed(&hash_key));
    let bits = |bytes: usize| (bytes as u64 * 8).to_le_bytes();
    let hash =
        blocks(ad, plain, bits).into_iter().fold(0, |sum, block| product(sum ^ reversed(&block), hash_key));
    let mut tag = hash.to_le_bytes();
    tag.iter_mut().zip(nonce).for_each(|(byte, mask)| *byte ^= mask);
    tag[15] &= 0x7f;
    let tag = openssl("-aes-256-ecb", &cipher_key, None, &tag);
    let first = u32::from_le_bytes(tag[..4].try_into().expect("four bytes"));
    let counters: Vec<u8> = (0..plain.len().div_ceil(16) as u32)
        .flat_map(|n| {
            let mut block = tag.clone();
            block[..4].copy_from_slice(&first.wrapping_add(n).to_le_bytes());
            block[15] |= 0x80;
            block
        })
        .collect();
    let stream = openssl("-aes-256-ecb", &cipher_key, None, &counters);
    let mut sealed: Vec<u8> = plain.iter().zip(stream).map(|(byte, mask)| byte ^ mask).collect();
    sealed.extend(tag);
    sealed
}

#[test]
fn both_suites_agree_with_openssl_on_random_values() {
    let mut rng = rng(8998);
    for case in 0..24 {
        for suite in Algorithm::ALL {
            let mut bytes = |length: usize| {
                let mut bytes = vec![0; length];
                rng.fill_bytes(&mut bytes);
                bytes
            };
            let key = bytes(suite.suite().key_bytes());
            let nonce: [u8; 12] = bytes(12).try_into().expect("twelve bytes");
            let (ad, plain) = (bytes(case * 5 % 37), bytes(case * 3));
            let other = match suite {
                Algorithm::Sm4GcmSm3 => sm4_gcm(&key, &nonce, &ad, &plain),
                Algorithm::Aes256GcmSivSha256 => aes_256_gcm_siv(&key, &nonce, &ad, &plain),
            };
            let ours = suite.suite().seal(&key, &nonce, &ad, &plain).expect("it seals");
            assert_eq!(digits(&ours), digits(&other), "{suite:?}, {} bytes", plain.len());

            let mac_key = bytes(1 + case * 4);
            let digest = match suite {
                Algorithm::Sm4GcmSm3 => "-sm3",
                Algorithm::Aes256GcmSivSha256 => "-sha256",
            };
            let option = format!("hexkey:{}", digits(&mac_key));
            let args = ["dgst", digest, "-mac", "hmac", "-macopt", &option, "-binary"];
            assert_eq!(
                suite.suite().mac(&mac_key, &plain).to_vec(),
                run("openssl", &args, &plain),
                "{suite:?}"
            );
        }
    }
}

/// HKDF over SM3 has no published vector: expand and extract by hand over OpenSSL's HMAC.
#[test]
fn derivation_over_sm3_agrees_with_openssl() {
    let hmac = |key: &[u8], message: &[u8]| {
        let option = format!("hexkey:{}", digits(key));
        run("openssl", &["dgst", "-sm3", "-mac", "hmac", "-macopt", &option, "-binary"], message)
    };
    let (material, salt, info) = ([7; 32], b"salt", b"info");
    let extracted = hmac(salt, &material);
    let expanded = hmac(&extracted, &[info.as_slice(), &[1]].concat());
    let derived = Algorithm::Sm4GcmSm3.suite().derive(&material, salt, info).expect("a key");
    assert_eq!(derived.expose().to_vec(), expanded);
}
