//! Originals with a database: kept with the delivery, held and destroyed with a leaf each, sealed anew after a rotation.

use std::path::Path;
use std::time::{Duration, SystemTime};

use doudi_monitoring::contract::Contracts;
use doudi_monitoring::import::Answer;
use doudi_monitoring::originals::{Fate, Hold, OriginalError, Originals};
use doudi_monitoring::pipeline::{self, FeedOutcome, Folders, PipelineError, Purge, Receipt};
use doudi_store::testing::{self, TestDb};
use doudi_store::{Backend, Store};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use crate::support::{contracts, date, month, number, register, wage, wages};

fn file(n: u16) -> Vec<u8> {
    wages(&[wage(1, "3500.00", "2024-05"), wage(n, "4200.00", "2024-05")]).into_bytes()
}

async fn import(
    store: &Store,
    folders: &Folders,
    bytes: Vec<u8>,
    answer: Answer,
) -> Result<FeedOutcome, PipelineError> {
    let receipt = Receipt {
        period: month("2024-05"),
        as_of: date("2024-05-31"),
        received_on: date("2024-06-03"),
        answer,
        by: None,
    };
    let files = vec![("ss_contribution_2024-05.csv".to_owned(), bytes)];
    let outcomes =
        pipeline::import_feed_files(store, folders, &contracts(), &register(9), files, receipt).await?;
    Ok(outcomes.into_iter().next().unwrap())
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut all = Vec::new();
    for path in entries.map(|e| e.unwrap().path()) {
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

/// Names of files below a folder in which a secret stands.
fn holding(folder: &Path, secret: &[u8]) -> Vec<std::path::PathBuf> {
    let mut found = files(folder);
    found.retain(|path| std::fs::read(path).unwrap().windows(secret.len()).any(|w| w == secret));
    found
}

async fn kinds(store: &Store, delivery: i64) -> Vec<String> {
    let leaves = store.leaves_of(&format!("delivery:{delivery}")).await.unwrap();
    leaves.into_iter().map(|leaf| leaf.kind).collect()
}

async fn each(test: impl AsyncFn(&TestDb, &Folders)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let folder = tempfile::tempdir().unwrap();
        let db = testing::fresh(backend).await.unwrap();
        test(&db, &Folders { data: folder.path().join("data") }).await;
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn a_delivery_keeps_its_file_sealed_and_what_is_not_accepted_keeps_nothing() {
    each(async |db, folders| {
        let store = &db.store;
        let report = import(store, folders, file(2), Answer::Look).await.unwrap().unwrap();
        assert!(report.delivery.is_none() && !folders.data.exists(), "a look keeps nothing");
        let none = wages(&[wage(1, "x", "2024-05")]).into_bytes();
        let report = import(store, folders, none, Answer::DespiteHolds).await.unwrap().unwrap();
        assert!(report.delivery.is_none() && !folders.originals().exists(), "no good row keeps nothing");

        let report = import(store, folders, file(2), Answer::GoodRows).await.unwrap().unwrap();
        let delivery = report.delivery.unwrap();
        let all = pipeline::originals(store, folders, &contracts(), date("2024-06-03")).await.unwrap();
        assert_eq!((all.len(), all[0].delivery.0), (1, delivery));
        assert!(matches!(all[0].fate, Fate::Until(_)), "{:?}", all[0]);
        assert_eq!(files(&folders.originals()).len(), 1);
        for secret in [number(1), number(2), "石一".to_owned(), "石桥食品厂".to_owned()] {
            assert_eq!(
                holding(&folders.data, secret.as_bytes()),
                Vec::<std::path::PathBuf>::new(),
                "{secret}"
            );
        }
        let (digest, plain) =
            pipeline::open_original(store, folders, &all[0].received.digest[..10]).await.unwrap();
        assert_eq!((digest.as_str(), plain.expose()), (all[0].received.digest.as_str(), &file(2)[..]));
        assert_eq!(kinds(store, delivery).await, ["delivery.recorded", "original.opened"]);
        for none in ["", "0000000", &"0".repeat(64), &digest[..7]] {
            let refused = pipeline::open_original(store, folders, none).await;
            assert!(matches!(refused, Err(PipelineError::Original(OriginalError::Unknown))), "{none}");
        }

        // The same file again, and one whose delivery the database refuses: no key of before a rotation writes.
        assert!(import(store, folders, file(2), Answer::GoodRows).await.unwrap().is_err());
        let rotated = Store::open(&db.url, testing::keys_of(1..=2)).await.unwrap();
        assert!(matches!(
            import(store, folders, file(3), Answer::GoodRows).await,
            Err(PipelineError::Store(_))
        ));
        assert_eq!(files(&folders.originals()).len(), 1, "a failed import leaves none");

        // After the rotation the file is sealed anew, and the old key opens nothing any more.
        let here = Originals::new(folders.originals());
        let under = |here: &Originals| {
            here.epochs().unwrap().into_iter().map(|(e, n)| (e.number(), n)).collect::<Vec<_>>()
        };
        assert_eq!(under(&here), [(1, 1)]);
        assert_eq!(pipeline::reseal_originals(&rotated, folders).await.unwrap(), 1);
        assert_eq!(pipeline::reseal_originals(&rotated, folders).await.unwrap(), 0);
        assert_eq!(under(&here), [(2, 1)]);
        assert!(here.open(testing::keys().sealer(), &digest).is_err());
        assert_eq!(here.open(testing::keys_of(2..=2).sealer(), &digest).unwrap().expose(), &file(2)[..]);
        rotated.close().await;
    })
    .await;
}

fn destroyed(lines: &[Purge]) -> Vec<bool> {
    lines.iter().map(|line| line.destroyed).collect()
}

#[tokio::test]
async fn an_original_goes_after_its_days_with_a_leaf_unless_it_is_held() {
    each(async |db, folders| {
        let store = &db.store;
        let report = import(store, folders, file(2), Answer::GoodRows).await.unwrap().unwrap();
        let delivery = report.delivery.unwrap();
        let contracts = contracts();
        let all = pipeline::originals(store, folders, &contracts, date("2024-06-03")).await.unwrap();
        let Fate::Until(last) = all[0].fate else { panic!("{:?}", all[0]) };
        let digest = all[0].received.digest.clone();
        let after = last.plus_days(1);
        let purge = async |contracts: &Contracts, day| {
            pipeline::purge_originals(store, folders, contracts, day, false).await.unwrap()
        };
        assert_eq!(destroyed(&purge(&contracts, last).await), [false]);
        let none = purge(&Contracts::default(), after).await;
        assert_eq!(none[0].original.as_ref().unwrap().fate, Fate::NoContract);
        assert!(!none[0].destroyed);

        let hold = Hold { reason: "县监察 2024-07 号核查".to_owned(), since: last };
        let blank = Hold { reason: " ".to_owned(), ..hold.clone() };
        assert!(pipeline::hold_original(store, folders, &digest, &blank).await.is_err());
        pipeline::hold_original(store, folders, &digest, &hold).await.unwrap();
        assert_eq!(destroyed(&purge(&contracts, after).await), [false]);
        // Somebody takes the note away: the word of the tree holds.
        std::fs::remove_file(folders.originals().join(format!("{digest}.hold"))).unwrap();
        let held = purge(&contracts, after).await;
        assert!(
            matches!(&held[0].original.as_ref().unwrap().fate, Fate::Held(_, h) if h.reason == hold.reason)
        );
        pipeline::release_original(store, folders, &digest).await.unwrap();

        assert_eq!(destroyed(&purge(&contracts, after).await), [true]);
        assert_eq!(files(&folders.originals()), Vec::<std::path::PathBuf>::new());
        for secret in [number(1).into_bytes(), file(2)] {
            assert_eq!(holding(&folders.data, &secret), Vec::<std::path::PathBuf>::new());
        }
        assert_eq!(
            kinds(store, delivery).await,
            ["delivery.recorded", "original.held", "original.released", "original.destroyed"]
        );
        assert!(purge(&contracts, after).await.is_empty(), "once is enough");
        assert!(pipeline::hold_original(store, folders, &digest, &hold).await.is_err(), "it is gone");
        assert!(import(store, folders, file(2), Answer::GoodRows).await.unwrap().is_err(), "still known");
    })
    .await;
}

#[tokio::test]
async fn what_no_delivery_knows_goes_only_when_asked_and_only_if_it_is_ours() {
    let folder = tempfile::tempdir().unwrap();
    let folders = Folders { data: folder.path().join("data") };
    let db = testing::fresh(Backend::Sqlite).await.unwrap();
    let here = Originals::new(folders.originals());
    let rng = &mut ChaCha20Rng::seed_from_u64(4);
    let ours = here.keep(testing::keys().sealer(), b"cut off", rng).unwrap();
    let theirs = here.keep(testing::foreign_keys().sealer(), b"another county", rng).unwrap();
    let purge = async |strays| {
        pipeline::purge_originals(&db.store, &folders, &contracts(), date("2030-01-01"), strays)
            .await
            .unwrap()
    };
    assert_eq!(pipeline::stray_originals(&db.store, &folders).await.unwrap().len(), 2);
    assert_eq!(destroyed(&purge(true).await), [false, false], "an import may be under way");
    for digest in [&ours, &theirs] {
        let path = folders.originals().join(format!("{digest}.sealed"));
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(7200)).unwrap();
    }
    assert_eq!(destroyed(&purge(false).await), [false, false]);
    let lines = purge(true).await;
    for line in &lines {
        assert_eq!((line.destroyed, line.failed.is_some()), (line.digest == ours, line.digest == theirs));
    }
    assert_eq!(here.all().unwrap(), [theirs]);
    db.remove().await.unwrap();
}
