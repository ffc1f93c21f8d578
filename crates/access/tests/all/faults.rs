//! Every refusal says in both languages what is wrong.

use std::collections::BTreeSet;

use doudi_access::audit::AuditFault;
use doudi_access::{Epoch, Fault, IndexKind};

#[test]
fn every_refusal_speaks_both_languages() {
    let name = || "w1".to_owned();
    let sealing = [
        Fault::Broken,
        Fault::Malformed("key file"),
        Fault::UnknownAlgorithm(9),
        Fault::NoKey(Epoch::FIRST),
        Fault::Limit,
        Fault::NotIndexable(IndexKind::IdentityNumber),
        Fault::NotIndexable(IndexKind::Phone),
        Fault::NotIndexable(IndexKind::Account),
        Fault::EmptyRing,
        Fault::LastEpoch,
        Fault::NewestEpoch(Epoch::FIRST),
        Fault::Holders { holders: 1, threshold: 1 },
        Fault::TooFewShares { have: 1, need: 2 },
        Fault::DamagedShare,
        Fault::ForeignShare,
        Fault::ContradictoryShares(2),
        Fault::WrongShares,
        Fault::Cost,
        Fault::Module(name()),
    ];
    let audit = [
        AuditFault::Field("id"),
        AuditFault::Full,
        AuditFault::OutOfRange { asked: 2, size: 1 },
        AuditFault::MissingNode { level: 1, index: 2 },
        AuditFault::Proof,
        AuditFault::Rewound { seen: 2, now: 1 },
        AuditFault::Split { seen: 1, now: 2 },
        AuditFault::OtherLog { expected: name(), found: "w2".to_owned() },
        AuditFault::Malformed("note"),
        AuditFault::Unsigned,
        AuditFault::Signature(name()),
        AuditFault::Reserved(name()),
    ];
    let texts = sealing.iter().map(|f| (f.zh(), f.en(), f.to_string()));
    let texts: Vec<_> = texts.chain(audit.iter().map(|f| (f.zh(), f.en(), f.to_string()))).collect();
    let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for (zh, en, both) in &texts {
        assert!(han(zh) && !han(en) && en.len() > 20, "{both}");
        assert_eq!(*both, format!("{zh} / {en}"));
    }
    let different: BTreeSet<_> = texts.iter().map(|(zh, ..)| zh).collect();
    assert_eq!(different.len(), texts.len());
}
