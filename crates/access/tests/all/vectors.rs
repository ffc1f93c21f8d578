//! The suites against published vectors.

use crate::common::hex;
use doudi_access::Algorithm::{Aes256GcmSivSha256, Sm4GcmSm3};
use doudi_access::{Algorithm, Fault};

struct Vector {
    suite: Algorithm,
    key: &'static str,
    nonce: &'static str,
    ad: &'static str,
    plain: &'static str,
    sealed: &'static str,
}

/// RFC 8998, A.1, and RFC 8452, C.2 and C.3 (256-bit keys, counter wrap).
const SEALED: [Vector; 8] = [
    Vector {
        suite: Sm4GcmSm3,
        key: "0123456789abcdeffedcba9876543210",
        nonce: "00001234567800000000abcd",
        ad: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        plain: "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        sealed: "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec",
    },
    Vector {
        suite: Aes256GcmSivSha256,
        key: "0100000000000000000000000000000000000000000000000000000000000000",
        nonce: "030000000000000000000000",
        ad: "",
        plain: "",
        sealed: "07f5f4169bbf55a8400cd47ea6fd400f",
    },
    Vector {
        suite: Aes256GcmSivSha256,
        key: "0100000000000000000000000000000000000000000000000000000000000000",
        nonce: "030000000000000000000000",
        ad: "",
        plain: "0100000000000000",
        sealed: "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28",
    },
    Vector {
        suite: Aes256GcmSivSha256,
        key: "0100000000000000000000000000000000000000000000000000000000000000",
        nonce: "030000000000000000000000",
        ad: "",
        plain: "01000000000000000000000000000000",
        sealed: "85a01b63025ba19b7fd3ddfc033b3e76c9eac6fa700942702e90862383c6c366",
    },
    Vector {
        suite: Aes256GcmSivSha256,
        key: "0100000000000000000000000000000000000000000000000000000000000000",
        nonce: "030000000000000000000000",
        ad: "",
        plain: "0100000000000000000000000000000002000000000000000000000000000000",
        sealed: "4a6a9db4c8c6549201b9edb53006cba821ec9cf850948a7c86c68ac7539d027fe819e63abcd020b006a976397632eb5d",
    },
    Vector {
        suite: Aes256GcmSivSha256,
        key: "0100000000000000000000000000000000000000000000000000000000000000",
        nonce: "030000000000000000000000",
        ad: "01",
        plain: "0200000000000000",
        sealed: "1de22967237a813291213f267e3b452f02d01ae33e4ec854",
    },
    Vector {
        suite: Aes256GcmSivSha256,
        key: "0000000000000000000000000000000000000000000000000000000000000000",
        nonce: "000000000000000000000000",
        ad: "",
        plain: "000000000000000000000000000000004db923dc793ee6497c76dcc03a98e108",
        sealed: "f3f80f2cf0cb2dd9c5984fcda908456cc537703b5ba70324a6793a7bf218d3eaffffffff000000000000000000000000",
    },
    Vector {
        suite: Aes256GcmSivSha256,
        key: "0000000000000000000000000000000000000000000000000000000000000000",
        nonce: "000000000000000000000000",
        ad: "",
        plain: "eb3640277c7ffd1303c7a542d02d3e4c0000000000000000",
        sealed: "18ce4f0b8cb4d0cac65fea8f79257b20888e53e72299e56dffffffff000000000000000000000000",
    },
];

#[test]
fn ciphers_agree_with_the_published_vectors() {
    for Vector { suite, key, nonce, ad, plain, sealed } in SEALED {
        let (key, ad, plain, sealed) = (hex(key), hex(ad), hex(plain), hex(sealed));
        let nonce: [u8; 12] = hex(nonce).try_into().expect("twelve bytes");
        let functions = suite.suite();
        assert_eq!(functions.seal(&key, &nonce, &ad, &plain), Ok(sealed.clone()), "{suite:?}");
        let opened = functions.open(&key, &nonce, &ad, &sealed).expect("the vector opens");
        assert_eq!(opened.expose(), plain, "{suite:?}");
        for at in 0..sealed.len() {
            let mut other = sealed.clone();
            other[at] ^= 1;
            assert_eq!(functions.open(&key, &nonce, &ad, &other).map(drop), Err(Fault::Broken));
        }
        assert_eq!(
            functions.seal(&key[1..], &nonce, &ad, &plain),
            Err(Fault::Limit),
            "a key that is too short"
        );
    }
}

/// GM/T 0042-2015, D.3, and RFC 4231, 4.2 to 4.4.
#[test]
fn keyed_digests_agree_with_the_published_vectors() {
    let long = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    let to_32 = hex("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");
    let to_37 = hex("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425");
    let cases = [
        (
            Sm4GcmSm3,
            to_32,
            format!("{long}{long}").into_bytes(),
            "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a",
        ),
        (
            Sm4GcmSm3,
            to_37,
            vec![0xcd; 50],
            "220bf579ded555393f0159f66c99877822a3ecf610d1552154b41d44b94db3ae",
        ),
        (
            Aes256GcmSivSha256,
            vec![0x0b; 20],
            b"Hi There".to_vec(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            Aes256GcmSivSha256,
            b"Jefe".to_vec(),
            b"what do ya want for nothing?".to_vec(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            Aes256GcmSivSha256,
            vec![0xaa; 20],
            vec![0xdd; 50],
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
    ];
    for (suite, key, message, digest) in cases {
        assert_eq!(suite.suite().mac(&key, &message).to_vec(), hex(digest), "{suite:?}");
    }
}

/// RFC 5869, A.1 to A.3; the first 32 bytes of what the vectors give.
#[test]
fn derivation_agrees_with_the_published_vectors() {
    let run = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
    let cases = [
        (
            vec![0x0b; 22],
            run(0, 0x0c),
            run(0xf0, 0xf9),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
        ),
        (
            run(0, 0x4f),
            run(0x60, 0xaf),
            run(0xb0, 0xff),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c",
        ),
        (
            vec![0x0b; 22],
            Vec::new(),
            Vec::new(),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
        ),
    ];
    for (material, salt, info, key) in cases {
        let derived = Aes256GcmSivSha256.suite().derive(&material, &salt, &info).expect("a key");
        assert_eq!(derived.expose().to_vec(), hex(key));
    }
}

/// The reference implementation's test vector for argon2id, version 19, 256 KiB, two passes, one lane.
#[test]
fn the_passphrase_function_agrees_with_its_reference() {
    let params = argon2::Params::new(256, 2, 1, Some(32)).expect("a cost");
    let mut key = [0; 32];
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(b"password", b"somesalt", &mut key)
        .expect("a key");
    assert_eq!(key.to_vec(), hex("9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"));
}
