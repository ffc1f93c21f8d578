//! 身份: proofs that a member of staff is who they say: a password (argon2id), one-time codes of an authenticator
//! (RFC 6238), and recovery codes; and the token of a service. Pure: salts, secrets and the time come from the caller.

pub mod base32;
pub mod delay;
pub mod password;
pub mod recovery;
pub mod token;
pub mod totp;
