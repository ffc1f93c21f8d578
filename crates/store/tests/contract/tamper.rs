//! 篡改演练 (TM-06): edits, deletions, insertions, rewritings and rewinds of a copy of a database by somebody who may
//! do everything in it and has the log's key. Whatever is older than the last witnessed head must be found.

use std::collections::BTreeMap;
use std::path::Path;

use doudi_store::{Backend, Store, testing};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};

use crate::audit::{grow, log_key, look};
use crate::office::office;

const TRIALS: u64 = 1_050;

/// A small generator, so that a failing trial can be repeated by its number.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// Statements of an intruder; the rows that they changed.
async fn intrude(url: &str, statements: &[String]) -> u64 {
    let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
    let mut changed = 0;
    for sql in statements {
        let done = connection.execute(AssertSqlSafe(sql.clone())).await;
        changed += done.unwrap_or_else(|e| panic!("{sql}: {e}")).rows_affected();
    }
    connection.close().await.unwrap();
    changed
}

async fn number(url: &str, sql: &str) -> i64 {
    let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
    let row = connection.fetch_one(AssertSqlSafe(sql.to_owned())).await.unwrap();
    let found = row.try_get::<i64, _>(0).unwrap();
    connection.close().await.unwrap();
    found
}

/// Another digit in a hexadecimal column.
fn flip(column: &str, at: u64) -> String {
    let at = at + 1;
    format!(
        "substr({column}, 1, {at} - 1) || CASE substr({column}, {at}, 1) WHEN '0' THEN '1' ELSE '0' END || substr({column}, {at} + 1)"
    )
}

/// One attempt: its name and its statements. `size` is the number of witnessed leaves.
fn attempt(kind: u64, size: u64, dice: &mut Dice) -> (&'static str, Vec<String>) {
    let p = dice.below(size);
    let leaf = |set: String| vec![format!("UPDATE audit_leaves SET {set} WHERE position = {p}")];
    let one = |sql: &str| vec![sql.to_owned()];
    match kind {
        0 => ("time", leaf(format!("made_ms = made_ms + {}", dice.below(9) + 1))),
        1 => ("kind", leaf("kind = kind || '.x'".to_owned())),
        2 => ("commitment", leaf(format!("commitment = {}", flip("commitment", dice.below(64))))),
        3 => ("actor", leaf(format!("actor = coalesce(actor, 0) + {}", dice.below(5) + 1))),
        4 => ("subject", leaf("subject = subject || '9'".to_owned())),
        5 => ("salt", leaf(format!("salt = {}", flip("salt", dice.below(64))))),
        6 => ("payload", leaf("payload = replace(payload, '\"actor\":\"', '\"actor\":\"4')".to_owned())),
        7 => ("payload by a blank", leaf("payload = payload || ' '".to_owned())),
        8 => ("quiet erasure", leaf("payload = NULL, salt = NULL, actor = NULL, subject = ''".to_owned())),
        9 => ("id", leaf("id = id || '0'".to_owned())),
        10 => ("place taken away", leaf("position = NULL".to_owned())),
        11 => ("place moved", leaf(format!("position = {}", size + 1_000))),
        12 => ("leaf deleted", vec![format!("DELETE FROM audit_leaves WHERE position = {p}")]),
        13 => (
            "range deleted",
            vec![format!(
                "DELETE FROM audit_leaves WHERE position >= {p} AND position < {p} + {}",
                2 + dice.below(9)
            )],
        ),
        14 => (
            "leaf inserted",
            vec![
                format!("UPDATE audit_leaves SET position = -1 - position WHERE position >= {p}"),
                "UPDATE audit_leaves SET position = -position WHERE position < 0".to_owned(),
                format!(
                    "INSERT INTO audit_leaves (id, made_ms, kind, commitment, actor, subject, salt, payload, position) \
                     SELECT 'f' || id, made_ms, kind, commitment, actor, subject, salt, payload, {p} FROM audit_leaves LIMIT 1"
                ),
                "UPDATE audit_tree SET size = size + 1".to_owned(),
            ],
        ),
        15 => (
            "tile",
            vec![format!(
                "UPDATE audit_tiles SET hashes = {} WHERE level = 0 AND tile = 0",
                flip("hashes", dice.below(16_384))
            )],
        ),
        16 => (
            "upper tile",
            vec![format!(
                "UPDATE audit_tiles SET hashes = {} WHERE level = 1",
                flip("hashes", dice.below(64))
            )],
        ),
        17 => ("tile deleted", vec![format!("DELETE FROM audit_tiles WHERE level = {}", dice.below(2))]),
        18 => ("root", vec![format!("UPDATE audit_tree SET root = {}", flip("root", dice.below(64)))]),
        19 => ("size", vec![format!("UPDATE audit_tree SET size = size - {}", 1 + dice.below(40))]),
        20 => ("tree deleted", one("DELETE FROM audit_tree")),
        21 => (
            "checkpoint",
            one(
                "UPDATE audit_checkpoints SET note = replace(note, 'qingshi', 'qingsha') WHERE size = (SELECT max(size) FROM audit_checkpoints)",
            ),
        ),
        22 => (
            "case",
            one(
                "UPDATE cases SET data = substr(data, 1, 40) || CASE substr(data, 41, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(data, 42)",
            ),
        ),
        23 => ("case assigned", one("UPDATE cases SET assigned = coalesce(assigned, 0) + 7")),
        24 => ("case deleted", one("DELETE FROM cases")),
        25 => (
            "case inserted",
            one(
                "INSERT INTO cases SELECT id + 500, household, division, 'other', origin, lead, status, 0, assigned, opened_on, due_on, due_step, promised_on, version, data FROM cases LIMIT 1",
            ),
        ),
        26 => (
            "visit",
            one("UPDATE visits SET visited_on = '2024-01-01' WHERE id = (SELECT min(id) FROM visits)"),
        ),
        27 => ("visit deleted", one("DELETE FROM visits WHERE id = (SELECT max(id) FROM visits)")),
        28 => ("notice", one("UPDATE notices SET zh = zh || '。' WHERE id = (SELECT min(id) FROM notices)")),
        29 => (
            "notice inserted",
            one(
                "INSERT INTO notices SELECT id + 500, case_id, household, division, kind, issued_on, until_on, zh, en, data FROM notices LIMIT 1",
            ),
        ),
        30 => ("receiving", one("UPDATE receiving SET amount = amount + 1 WHERE id = 1")),
        31 => ("assessment deleted", one("DELETE FROM assessments")),
        32 => (
            "session inserted",
            one(
                "INSERT INTO sessions SELECT id + 500, digest || '0', 3, first, totp_offer, born_at, seen_at, address, agent FROM sessions LIMIT 1",
            ),
        ),
        33 => ("password", one("UPDATE staff_accounts SET password = '$argon2id$mine' WHERE staff = 2")),
        34 => {
            ("recovery code inserted", one("INSERT INTO account_recovery (staff, digest) VALUES (2, 'mine')"))
        }
        35 => ("subject", one("UPDATE account_subjects SET subject = 'me'")),
        36 => ("division", one("UPDATE divisions SET name = name || '区' WHERE code = '990121'")),
        37 => ("service", one("UPDATE service_accounts SET until_at = until_at + 86400")),
        38 => ("receipt", one("UPDATE inbox SET accepted = 1")),
        39 => ("row set aside deleted", one("DELETE FROM quarantine")),
        40 => ("authorisation", one("UPDATE authorisations SET revoked_on = NULL")),
        41 => ("question to a source deleted", one("DELETE FROM source_queries")),
        42 => ("snapshot", one("UPDATE snapshots SET manifest = '{ }'")),
        _ => (
            "places swapped",
            vec![
                format!("UPDATE audit_leaves SET position = -1 WHERE position = {p}"),
                format!("UPDATE audit_leaves SET position = {p} WHERE position = {}", (p + 1) % size),
                format!("UPDATE audit_leaves SET position = {} WHERE position = -1", (p + 1) % size),
            ],
        ),
    }
}

const KINDS: u64 = 44;

/// The whole log written anew after a change of the past, and signed with the log's own key.
async fn rewrite(url: &str, p: u64, cut: bool) {
    let change = if cut {
        format!("DELETE FROM audit_leaves WHERE position = {p}")
    } else {
        format!("UPDATE audit_leaves SET made_ms = made_ms + 1 WHERE position = {p}")
    };
    let mut statements = vec![change];
    for table in ["audit_tiles", "audit_tree", "audit_checkpoints", "audit_lease"] {
        statements.push(format!("DELETE FROM {table}"));
    }
    statements.push("UPDATE audit_leaves SET position = NULL".to_owned());
    assert!(intrude(url, &statements).await > 0);
    let store = Store::open(url, testing::keys()).await.unwrap();
    grow(&store, None).await;
    store.close().await;
}

fn copy(from: &Path, to: &Path) {
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", to.display()));
    }
    std::fs::copy(from, to).unwrap();
}

#[tokio::test]
async fn every_edit_older_than_the_last_witnessed_head_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let db = testing::fresh(Backend::Sqlite).await.unwrap();
    let original = db.url.trim_start_matches("sqlite:").to_owned();

    office(&db.store).await;
    let mut note = grow(&db.store, None).await;
    db.store.close().await;
    copy(Path::new(&original), &file("backup-0.db"));
    for round in 1..4 {
        let store = Store::open(&db.url, testing::keys()).await.unwrap();
        for n in 0..120 {
            store.record_read(&look(n * round)).await.unwrap();
        }
        note = grow(&store, Some(&note)).await;
        store.close().await;
        copy(Path::new(&original), &file(&format!("backup-{round}.db")));
    }
    let whole = file("backup-3.db");
    let target = file("target.db");
    let url = format!("sqlite:{}", target.display());
    let size = number(&db.url, "SELECT size FROM audit_tree").await as u64;
    let kept = [("witnessed".to_owned(), note)];
    let verify = || async {
        let store = Store::open(&url, testing::keys()).await.unwrap();
        let seen = store.verify_audit(Some(log_key().public()), &kept).await.unwrap();
        store.close().await;
        seen.findings
    };

    // The control: what nobody has touched has no finding.
    copy(&whole, &target);
    assert_eq!(verify().await, []);

    let mut dice = Dice(20_240_617);
    let mut found = BTreeMap::<&str, u64>::new();
    for trial in 0..TRIALS {
        let (name, findings) = match trial % 47 {
            n @ 0..=1 => {
                copy(&whole, &target);
                rewrite(&url, dice.below(size), n == 0).await;
                ("log written anew and signed", verify().await)
            }
            2 => {
                copy(&file(&format!("backup-{}.db", dice.below(3))), &target);
                ("rewound to a backup", verify().await)
            }
            n => {
                copy(&whole, &target);
                let (name, statements) = attempt(n % KINDS, size, &mut dice);
                let changed = intrude(&url, &statements).await;
                assert!(changed > 0, "trial {trial}: {name} changed nothing");
                (name, verify().await)
            }
        };
        assert!(!findings.is_empty(), "trial {trial}: {name} was not found");
        if name == "time" || name == "leaf deleted" {
            assert!(findings.iter().any(|f| f.place.contains("position")), "{name}: {findings:?}");
        }
        *found.entry(name).or_default() += 1;
    }
    assert!(found.values().sum::<u64>() >= 1_000 && found.len() >= 45, "{found:?}");
}
