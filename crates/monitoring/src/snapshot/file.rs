//! Snapshots as Arrow IPC files: households and members, and a manifest with the digests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, BooleanArray, Int64Array, RecordBatch, UInt8Array, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use doudi_policy::column::{Batch, Column, Data, ListColumns, State};
use serde::{Deserialize, Serialize};

use super::{MadeOf, Parts, Snapshot};
use crate::delivery::{DeliveryError, digest_of, ipc_bytes, write_once};

/// The manifest of a snapshot.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    pub(super) made_of: MadeOf,
    pub(super) households: usize,
    pub(super) members: usize,
    /// Record batches of each file; told where there are several, which the first form did not know.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    parts: usize,
    pub(super) divisions: Vec<doudi_policy::DivisionCode>,
    pub(super) household_digest: String,
    pub(super) member_digest: String,
}

fn one() -> usize {
    1
}

fn is_one(parts: &usize) -> bool {
    *parts == 1
}

/// The form of a snapshot in one part, and that of one in several.
const FORMATS: [u32; 2] = [1, 2];

impl Manifest {
    pub(super) const NAME: &str = "manifest.json";
    pub(super) const HOUSEHOLDS: &str = "households.arrow";
    pub(super) const MEMBERS: &str = "members.arrow";

    /// The manifest of a snapshot that has no part yet.
    pub(super) fn new(made_of: MadeOf, divisions: Vec<doudi_policy::DivisionCode>) -> Self {
        Self {
            format: FORMATS[0],
            made_of,
            households: 0,
            members: 0,
            parts: 0,
            divisions,
            household_digest: String::new(),
            member_digest: String::new(),
        }
    }

    /// Counts another part.
    pub(super) fn grow(&mut self, part: &Snapshot) {
        self.parts += 1;
        self.format = if self.parts == 1 { FORMATS[0] } else { FORMATS[1] };
        self.households += part.households.len();
        self.members += part.persons.len();
    }

    pub(super) fn json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec_pretty(self)
    }

    /// The name of the snapshot's folder.
    pub(super) fn folder(&self, digest: &str) -> String {
        format!("{}_{}", self.made_of.period, digest.get(..16).unwrap_or(digest))
    }

    pub(super) fn read(place: &Path, digest: &str) -> Result<Self, DeliveryError> {
        let path = place.join(Self::NAME);
        let json = load(&path, digest)?;
        let manifest: Self = serde_json::from_slice(&json).map_err(|e| DeliveryError::shape(&path, e))?;
        if !FORMATS.contains(&manifest.format) {
            return Err(DeliveryError::shape(&path, "unknown format"));
        }
        Ok(manifest)
    }
}

/// Writes a snapshot into a new folder below `folder` and returns it with the digest of the manifest, which
/// covers everything in it.
///
/// # Errors
/// The disk, or a folder of that name with other contents.
pub fn write(folder: &Path, snapshot: &Snapshot) -> Result<(PathBuf, String), DeliveryError> {
    let shape = |e: &dyn ToString| DeliveryError::shape(folder, e.to_string());
    let [households, members] = tables(snapshot, 0).map_err(|e| shape(&e))?;
    let household_bytes = ipc_bytes(&households).map_err(|e| shape(&e))?;
    let member_bytes = ipc_bytes(&members).map_err(|e| shape(&e))?;
    let mut manifest = Manifest::new(snapshot.made_of.clone(), snapshot.batch.divisions.clone());
    manifest.grow(snapshot);
    manifest.household_digest = digest_of(&household_bytes);
    manifest.member_digest = digest_of(&member_bytes);
    let json = manifest.json().map_err(|e| shape(&e))?;
    let digest = digest_of(&json);
    let place = folder.join(manifest.folder(&digest));
    write_once(&place.join(Manifest::HOUSEHOLDS), &household_bytes)?;
    write_once(&place.join(Manifest::MEMBERS), &member_bytes)?;
    write_once(&place.join(Manifest::NAME), &json)?;
    Ok((place, digest))
}

/// Households and members of a part as record batches; `before` members stand in the parts before it.
pub(super) fn tables(part: &Snapshot, before: u32) -> Result<[RecordBatch; 2], arrow_schema::ArrowError> {
    let batch = &part.batch;
    let households = table(
        vec![
            ("household", Arc::new(Int64Array::from(part.households.clone())) as ArrayRef),
            ("division", Arc::new(UInt32Array::from(batch.division.clone()))),
            ("members_end", Arc::new(ends(&batch.members, before))),
            ("members_complete", Arc::new(BooleanArray::from(batch.members.complete.clone()))),
        ],
        &batch.columns,
    )?;
    let members = table(
        vec![("person", Arc::new(Int64Array::from(part.persons.clone())) as ArrayRef)],
        &batch.members.columns,
    )?;
    Ok([households, members])
}

fn ends(list: &ListColumns, before: u32) -> UInt32Array {
    list.offsets.iter().skip(1).map(|end| Some(end.saturating_add(before))).collect()
}

fn table(
    lead: Vec<(&str, ArrayRef)>,
    columns: &std::collections::BTreeMap<String, Column>,
) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let (mut fields, mut arrays) = (Vec::new(), Vec::new());
    for (name, array) in lead {
        fields.push(Field::new(name, array.data_type().clone(), false));
        arrays.push(array);
    }
    for (fact, column) in columns {
        let data: ArrayRef = match &column.data {
            Data::Number(values) => Arc::new(Int64Array::from(values.clone())),
            Data::Enum(values) => Arc::new(UInt8Array::from(values.clone())),
            Data::Bool(values) => Arc::new(BooleanArray::from(values.clone())),
        };
        let state: UInt8Array = column.state.iter().map(|s| Some(*s as u8)).collect();
        fields.push(Field::new(format!("fact.{fact}"), data.data_type().clone(), false));
        arrays.push(data);
        fields.push(Field::new(format!("state.{fact}"), DataType::UInt8, false));
        arrays.push(Arc::new(state));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

/// Reads a snapshot and checks every byte of it against the digest of its manifest.
///
/// # Errors
/// The disk, another digest, or files that are no snapshot.
pub fn read(place: &Path, digest: &str) -> Result<Snapshot, DeliveryError> {
    let mut parts = Parts::in_memory(place, digest)?;
    let mut whole = match parts.next() {
        Some(first) => first?,
        None => return Err(DeliveryError::shape(place, "a snapshot without households")),
    };
    for part in parts {
        whole.append(part?);
    }
    Ok(whole)
}

/// Reads a snapshot of which only the folder is known, with its digest: each file is checked against the manifest, and
/// the manifest against the digest in the folder's name.
///
/// # Errors
/// As [`read`].
pub fn open(place: &Path) -> Result<(Snapshot, String), DeliveryError> {
    let manifest = place.join(Manifest::NAME);
    let bytes = fs::read(&manifest).map_err(|e| DeliveryError::io(&manifest, e))?;
    let digest = digest_of(&bytes);
    let name = place.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let stated = name.rsplit_once('_').map(|(_, short)| short.to_owned());
    if stated.is_some_and(|short| !digest.starts_with(&short)) {
        return Err(DeliveryError::Altered { path: manifest.display().to_string() });
    }
    Ok((read(place, &digest)?, digest))
}

/// The folder of the newest snapshot in a folder: itself, those below it, or those of a data folder (`snapshots`,
/// `data/snapshots`). The day for which a snapshot was made counts, then its name.
#[must_use]
pub fn newest(folder: &Path) -> Option<PathBuf> {
    let day = |place: &Path| {
        let bytes = fs::read(place.join(Manifest::NAME)).ok()?;
        let manifest: Manifest = serde_json::from_slice(&bytes).ok()?;
        Some(manifest.made_of.day)
    };
    if day(folder).is_some() {
        return Some(folder.to_path_buf());
    }
    let folders = [folder.to_path_buf(), folder.join("snapshots"), folder.join("data").join("snapshots")];
    let inside = folders.iter().filter_map(|f| fs::read_dir(f).ok()).flatten().flatten();
    let found = inside.map(|entry| entry.path()).filter_map(|place| Some((day(&place)?, place)));
    found.max().map(|(_, place)| place)
}

/// The files of a snapshot's folder with their digests, the manifest first. `digest` is that of the manifest.
///
/// # Errors
/// A manifest that is missing or altered.
pub fn files(place: &Path, digest: &str) -> Result<[(&'static str, String); 3], DeliveryError> {
    let manifest = Manifest::read(place, digest)?;
    Ok([
        (Manifest::NAME, digest.to_owned()),
        (Manifest::HOUSEHOLDS, manifest.household_digest),
        (Manifest::MEMBERS, manifest.member_digest),
    ])
}

pub(super) fn load(path: &Path, digest: &str) -> Result<Vec<u8>, DeliveryError> {
    let bytes = fs::read(path).map_err(|e| DeliveryError::io(path, e))?;
    if digest_of(&bytes) == digest {
        return Ok(bytes);
    }
    Err(DeliveryError::Altered { path: path.display().to_string() })
}

/// A part as the evaluator reads it; `before` members stand in the parts before it.
pub(super) fn assemble(
    manifest: &Manifest,
    households: &RecordBatch,
    members: &RecordBatch,
    before: u32,
) -> Result<Snapshot, String> {
    let number = |batch: &RecordBatch, name: &str| {
        let array = batch.column_by_name(name).ok_or(format!("no column {name}"))?;
        let numbers = array.as_any().downcast_ref::<Int64Array>();
        Ok::<_, String>(numbers.ok_or(format!("{name} is not int64"))?.values().to_vec())
    };
    let small = |name: &str| {
        let array = households.column_by_name(name).ok_or(format!("no column {name}"))?;
        let numbers = array.as_any().downcast_ref::<UInt32Array>();
        Ok::<_, String>(numbers.ok_or(format!("{name} is not uint32"))?.values().to_vec())
    };
    let complete = households
        .column_by_name("members_complete")
        .and_then(|a| a.as_any().downcast_ref::<BooleanArray>())
        .ok_or("no column members_complete")?;
    let n = households.num_rows();
    let unfit = || "the members do not fit the households".to_owned();
    let mut offsets = vec![0];
    for end in small("members_end")? {
        offsets.push(end.checked_sub(before).ok_or_else(unfit)?);
    }
    if !offsets.is_sorted() || offsets.last().copied() != u32::try_from(members.num_rows()).ok() {
        return Err(unfit());
    }
    let division = small("division")?;
    if division.iter().any(|d| *d as usize >= manifest.divisions.len()) {
        return Err("a division is not in the manifest".to_owned());
    }
    let batch = Batch {
        households: n,
        division,
        divisions: manifest.divisions.clone(),
        columns: facts(households)?,
        members: ListColumns {
            offsets,
            complete: complete.values().iter().collect(),
            columns: facts(members)?,
        },
        obligors: ListColumns {
            offsets: vec![0; n + 1],
            complete: vec![false; n],
            columns: Default::default(),
        },
    };
    Ok(Snapshot {
        batch,
        households: number(households, "household")?,
        persons: number(members, "person")?,
        made_of: manifest.made_of.clone(),
    })
}

fn facts(batch: &RecordBatch) -> Result<std::collections::BTreeMap<String, Column>, String> {
    let mut columns = std::collections::BTreeMap::new();
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let Some(fact) = field.name().strip_prefix("fact.") else {
            continue;
        };
        let any = array.as_any();
        let data = if let Some(a) = any.downcast_ref::<Int64Array>() {
            Data::Number(a.values().to_vec())
        } else if let Some(a) = any.downcast_ref::<UInt8Array>() {
            Data::Enum(a.values().to_vec())
        } else if let Some(a) = any.downcast_ref::<BooleanArray>() {
            Data::Bool(a.values().iter().collect())
        } else {
            return Err(format!("fact {fact} is of type {}", array.data_type()));
        };
        let states = batch
            .column_by_name(&format!("state.{fact}"))
            .and_then(|a| a.as_any().downcast_ref::<UInt8Array>())
            .ok_or(format!("fact {fact} has no states"))?;
        let state: Option<Vec<State>> = states.values().iter().map(|s| state_of(*s)).collect();
        let state = state.ok_or(format!("fact {fact} has a state that does not exist"))?;
        columns.insert(fact.to_owned(), Column { data, state });
    }
    Ok(columns)
}

fn state_of(code: u8) -> Option<State> {
    Some(match code {
        0 => State::Known,
        1 => State::Missing,
        2 => State::Stale,
        3 => State::Disputed,
        4 => State::Conflict,
        5 => State::OutOfReach,
        _ => return None,
    })
}
