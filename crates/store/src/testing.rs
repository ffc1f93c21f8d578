//! Databases for tests: a fresh SQLite file, and a fresh database on PostgreSQL.
//!
//! PostgreSQL comes from `DOUDI_TEST_POSTGRES` (the address of a user who may create databases), else a private
//! cluster is started in a temporary folder; as root it runs as the user `postgres`, since PostgreSQL refuses root.
//! Where neither is possible the test fails and says what to install: it is never skipped.

use std::convert::Infallible;
use std::io::Read as _;
use std::net::TcpListener;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use doudi_access::{Algorithm, Epoch, KeyRing, SoftKeys};
use rand_core::{TryCryptoRng, TryRng};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::db::args;
use crate::{Backend, Keys, Store};

static COUNTER: AtomicU32 = AtomicU32::new(0);
static CLUSTER: OnceLock<Result<String, String>> = OnceLock::new();

const NO_POSTGRES: &str = "this test needs PostgreSQL 15 or later: `apt-get install postgresql`, or set DOUDI_TEST_POSTGRES to the address of a user who may create databases (postgres://user@host:port/postgres)";

/// A database of one test.
#[derive(Debug)]
pub struct TestDb {
    /// The store on it.
    pub store: Store,
    /// Its address, for opening it once more.
    pub url: String,
    admin: Option<String>,
    folder: Option<PathBuf>,
}

/// Keys that everybody knows: for tests, which open a database in more than one process.
#[must_use]
pub fn keys() -> Keys {
    keys_of(1..=1)
}

/// The keys of [`keys`] after rotations, with the epochs before the first of `epochs` destroyed. The suites take turns.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests only; the suites derive keys from whatever they get")]
pub fn keys_of(epochs: RangeInclusive<u32>) -> Keys {
    let suite =
        |n: u32| if n.is_multiple_of(2) { Algorithm::Sm4GcmSm3 } else { Algorithm::Aes256GcmSivSha256 };
    let mut known = Known(7);
    let mut ring = KeyRing::generate(suite(1), &mut known);
    for n in 2..=*epochs.end() {
        ring.rotate(suite(n), &mut known).expect("an epoch is left");
    }
    for n in 1..*epochs.start() {
        ring.destroy(Epoch::new(n).expect("from 1 on")).expect("an older epoch");
    }
    Keys::new(SoftKeys::derive(&ring).expect("keys"))
}

/// Keys of some other database: the same epoch and suite, and nothing opens.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests only; the suites derive keys from whatever they get")]
pub fn foreign_keys() -> Keys {
    let ring = KeyRing::generate(Algorithm::Aes256GcmSivSha256, &mut Known(99));
    Keys::new(SoftKeys::derive(&ring).expect("keys"))
}

/// Anything but random.
struct Known(u8);

impl TryRng for Known {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(7)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(7)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(5).wrapping_add(3);
            *byte = self.0;
        }
        Ok(())
    }
}

impl TryCryptoRng for Known {}

/// A fresh, empty database with the schema in place.
///
/// # Errors
/// A text that says what is missing.
pub async fn fresh(backend: Backend) -> Result<TestDb, String> {
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = format!("doudi_test_{}_{number}", std::process::id());
    match backend {
        Backend::Sqlite => {
            let folder = std::env::temp_dir().join(&name);
            std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
            let url = format!("sqlite:{}", folder.join("doudi.db").display());
            let store = Store::open(&url, keys()).await.map_err(|e| e.to_string())?;
            Ok(TestDb { store, url, admin: None, folder: Some(folder) })
        }
        Backend::Postgres => {
            let admin = tokio::task::spawn_blocking(|| CLUSTER.get_or_init(postgres).clone())
                .await
                .map_err(|e| e.to_string())??;
            administer(&admin, &format!("CREATE DATABASE {name} TEMPLATE template0")).await?;
            let url =
                with_database(&admin, &name).ok_or_else(|| format!("{admin} does not end in /DATABASE"))?;
            let store = Store::open(&url, keys()).await.map_err(|e| e.to_string())?;
            Ok(TestDb { store, url, admin: Some(admin), folder: None })
        }
    }
}

impl TestDb {
    /// Closes and removes the database.
    ///
    /// # Errors
    /// What the database says.
    pub async fn remove(mut self) -> Result<(), String> {
        self.store.close().await;
        if let Some(folder) = self.folder.take() {
            std::fs::remove_dir_all(folder).map_err(|e| e.to_string())?;
        }
        if let Some(admin) = self.admin.take() {
            let name = self.url.rsplit('/').next().unwrap_or_default().to_owned();
            administer(&admin, &format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        Ok(())
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take() {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Runs one statement past the store, as an intruder or an administrator would.
///
/// # Errors
/// What the database says.
pub async fn administer(admin: &str, sql: &str) -> Result<(), String> {
    sqlx::any::install_default_drivers();
    let mut connection =
        sqlx::AnyConnection::connect(admin).await.map_err(|e| format!("{admin}: {e}. {NO_POSTGRES}"))?;
    connection.execute(AssertSqlSafe(sql.to_owned())).await.map_err(|e| format!("{sql}: {e}"))?;
    connection.close().await.map_err(|e| e.to_string())
}

fn with_database(admin: &str, name: &str) -> Option<String> {
    let (head, _) = admin.rsplit_once('/')?;
    Some(format!("{head}/{name}"))
}

/// A measurement wants commits that last, as in an office; tests do without. Said before the first [`fresh`].
pub fn durable() {
    DURABLE.store(true, Ordering::Relaxed);
}

static DURABLE: AtomicBool = AtomicBool::new(false);

/// The address of a cluster: the one given, or a private one.
fn postgres() -> Result<String, String> {
    if let Ok(url) = std::env::var("DOUDI_TEST_POSTGRES") {
        return Ok(url);
    }
    let bin = find_postgres().ok_or(NO_POSTGRES)?;
    let root = output(Command::new("id").arg("-u"))?.trim() == "0";
    let as_user = |program: &Path| {
        if root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        }
    };
    let folder = output(as_user(Path::new("mktemp")).args(["-d", "-t", "doudi-pg-XXXXXX"]))?;
    let folder = folder.trim().to_owned();
    output(as_user(&bin.join("initdb")).args(["-D", &format!("{folder}/data"), "-U", "postgres"]).args([
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]))?;
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(|e| e.to_string())?.port();
    // The shell waits for the end of its input, which comes when the test process ends in whatever way; then it
    // stops the server and removes the folder.
    let script = format!(
        "'{bin}/postgres' -D '{folder}/data' -p {port} -k '{folder}' -c listen_addresses=127.0.0.1 -c fsync={fsync} \
         -c max_connections=200 -c shared_buffers=64MB >'{folder}/log' 2>&1 </dev/null & server=$!; cat >/dev/null; \
         kill -INT $server; wait $server; rm -rf '{folder}'",
        bin = bin.display(),
        fsync = if DURABLE.load(Ordering::Relaxed) { "on" } else { "off" },
    );
    let mut child = as_user(Path::new("sh"))
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| e.to_string())?;
    // The open pipe is what keeps the server alive.
    std::mem::forget(child.stdin.take());
    for _ in 0..200 {
        let ready = Command::new(bin.join("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
            .status();
        if ready.is_ok_and(|s| s.success()) {
            return Ok(format!("postgres://postgres@127.0.0.1:{port}/postgres"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut log = String::new();
    if let Ok(mut file) = std::fs::File::open(format!("{folder}/log")) {
        let _ = file.read_to_string(&mut log);
    }
    Err(format!("PostgreSQL did not start: {log}. {NO_POSTGRES}"))
}

fn find_postgres() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|e| Some((e.file_name().to_str()?.parse().ok()?, e.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin).or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|p| p.join("initdb").exists())
    })
}

fn output(command: &mut Command) -> Result<String, String> {
    let done =
        command.stdin(Stdio::null()).output().map_err(|e| format!("{command:?}: {e}. {NO_POSTGRES}"))?;
    if done.status.success() {
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    } else {
        Err(format!("{command:?}: {}. {NO_POSTGRES}", String::from_utf8_lossy(&done.stderr)))
    }
}

impl Store {
    /// Writes `rows` narrow rows with `size` rows a statement in one transaction, for measuring.
    ///
    /// # Errors
    /// Only those of the database.
    #[doc(hidden)]
    pub async fn write_rows(&self, size: usize, rows: &[(i64, String)]) -> crate::StoreResult<()> {
        let mut tx = self.db.begin().await?;
        tx.bulk_sized(
            size,
            "INSERT INTO persons (id, name, name_folded, sex, birth, died, hukou, ethnic) VALUES",
            8,
            "",
            rows,
            |args, (id, text)| {
                args.push(*id)?;
                args.push(text)?;
                args.push(text)?;
                args.push("male")?;
                args.push("1980-01-01")?;
                args.push(None::<&str>)?;
                args.push("normal")?;
                args.push("")
            },
        )
        .await?;
        tx.commit_bare().await
    }

    /// What a clerk's action writes: an observation and an entry of the chain, in one transaction; with its audit leaf, or
    /// bare, to measure what the leaf costs. The program itself has no way to write without one.
    ///
    /// # Errors
    /// Only those of the database.
    #[doc(hidden)]
    pub async fn write_action(&self, number: i64, leaf: bool) -> crate::StoreResult<()> {
        use crate::audit::{Entry, Touched};
        let mut tx = self.db.begin().await?;
        let id = tx.take_ids("observations", 1).await?;
        tx.execute(
            "INSERT INTO observations (id, subject_kind, subject, source, origin_kind, origin, line, grade, valid_from, valid_to, recorded_at, recorded_by, payload) VALUES ($1, 'household', $2, 'visit', 'visit', $2, NULL, 'seen', '2024-06-17', NULL, '2024-06-17', 1, '{}')",
            args![id, number],
        )
        .await?;
        let event = tx.take_ids("events", 1).await?;
        tx.execute(
            "INSERT INTO events (id, household, case_id, kind, happened_on, actor, actor_name, content) VALUES ($1, $2, NULL, 'fact', '2024-06-17', 1, '林月明', '{}')",
            args![event, number],
        )
        .await?;
        if leaf {
            tx.added(crate::audit::Shelf::Observations, id, 1);
            tx.added(crate::audit::Shelf::Events, event, 1);
            let entry = Entry::of("bench.action", "household", number).by(doudi_registry::StaffId(1));
            return tx.commit(entry).await;
        }
        tx.touched = Touched::default();
        tx.commit_bare().await
    }

    /// How many observations and entries of chains there are, and the sums of their households: equal where the same was
    /// written.
    ///
    /// # Errors
    /// Only those of the database.
    #[doc(hidden)]
    pub async fn actions_written(&self) -> crate::StoreResult<Vec<i64>> {
        let sql = "SELECT count(*), CAST(sum(subject) AS BIGINT), (SELECT count(*) FROM events), CAST((SELECT sum(household) FROM events) AS BIGINT) FROM observations";
        let row = self
            .db
            .fetch_one(sql, args![], |c| {
                (0..4).map(|_| Ok(c.opt_int()?.unwrap_or(0))).collect::<crate::StoreResult<_>>()
            })
            .await?;
        Ok(row.unwrap_or_default())
    }

    /// The rows that [`Store::write_rows`] wrote, as they stand in the database.
    ///
    /// # Errors
    /// Only those of the database.
    #[doc(hidden)]
    pub async fn read_rows(&self) -> crate::StoreResult<Vec<(i64, String)>> {
        let sql = "SELECT id, name FROM persons ORDER BY id";
        self.db.fetch(sql, args![], |c| Ok((c.int()?, c.text()?))).await
    }

    /// Everything that is sealed, opened with all keys, each with its place: what a search through a database with its
    /// keys would see beside the open columns.
    ///
    /// # Errors
    /// What does not open, or those of the database.
    #[doc(hidden)]
    pub async fn open_everything(&self) -> crate::StoreResult<Vec<(String, String)>> {
        use crate::classes::{Key, SEALED};
        let mut tx = self.db.begin_bare().await?;
        let mut all = Vec::new();
        for table in SEALED {
            let key = match table.key {
                Key::Number(column) => format!("CAST({column} AS TEXT)"),
                Key::Text(expression) => expression.to_owned(),
            };
            for field in table.fields {
                let sql =
                    format!("SELECT {key}, {c} FROM {t} WHERE {c} <> ''", c = field.column, t = table.table);
                let opened = tx
                    .fetch_built(sql, args![], |c| {
                        let row = c.text()?;
                        let value = c.sealed(field, &row)?;
                        Ok((format!("{}.{} {row}", field.table, field.column), value))
                    })
                    .await?;
                all.extend(opened);
            }
        }
        Ok(all)
    }

    /// Inserts lines past the payment rules, to see what the database itself refuses.
    ///
    /// # Errors
    /// Duplicate, where a unique index forbids it.
    #[doc(hidden)]
    pub async fn insert_lines_unchecked(
        &self,
        roster: doudi_registry::RosterId,
        lines: &[doudi_payment::Line],
    ) -> crate::StoreResult<()> {
        let mut tx = self.db.begin().await?;
        crate::rosters::insert_lines(&mut tx, roster, lines).await?;
        tx.commit_bare().await
    }
}

/// Makes of an async function of a [`Store`] two tests, one for each database.
#[macro_export]
#[doc(hidden)]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                let db = $crate::testing::fresh($crate::Backend::Sqlite).await.unwrap();
                super::$name(db.store.clone()).await;
                db.remove().await.unwrap();
            }

            #[tokio::test]
            async fn postgres() {
                let db = $crate::testing::fresh($crate::Backend::Postgres).await.unwrap();
                super::$name(db.store.clone()).await;
                db.remove().await.unwrap();
            }
        }
    )+};
}
