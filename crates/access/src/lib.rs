//! 安全底座: what keeps personal data closed and the record honest. Fields are sealed under one of two suites and
//! found again by a blind index; keys are held by several people together; every change and every look leaves a
//! leaf in a tree that an outsider can check. Who may do what is a text ([`policy`]).
//!
//! Pure: no database, no clock, no files; random numbers come from the caller's generator.
//!
//! 软件密钥未经密码检测认证（非密评）。Keys in software are not certified; a certified module stands behind
//! [`keys::Provider`].

pub mod audit;
pub mod class;
pub mod fault;
pub mod identity;
pub mod index;
pub mod keys;
pub mod policy;
pub mod seal;
pub mod sealed;
pub mod secret;
pub mod stream;
pub mod suite;

pub use class::DataClass;
pub use fault::Fault;
pub use index::{BlindIndex, IndexKind};
pub use keys::{Epoch, KeyRing, Provider, SoftKeys};
pub use policy::{Access, Area, Ask, CaseTies, Decision, Object};
pub use seal::{Place, Sealer};
pub use sealed::Sealed;
pub use secret::{Plain, Secret};
pub use suite::Algorithm;
