//! Snapshots as Arrow IPC files: households and members, and a manifest with the digests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, BooleanArray, Int64Array, RecordBatch, UInt8Array, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use doudi_policy::column::{Batch, Column, Data, ListColumns, State};
use serde::{Deserialize, Serialize};

use super::{MadeOf, Snapshot};
use crate::delivery::{DeliveryError, digest_of, ipc_batch, ipc_bytes, write_once};

/// The manifest of a snapshot.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    made_of: MadeOf,
    households: usize,
    members: usize,
    divisions: Vec<doudi_policy::DivisionCode>,
    household_digest: String,
    member_digest: String,
}

const FORMAT: u32 = 1;

/// Writes a snapshot into a new folder below `folder` and returns it with the digest of the manifest, which
/// covers everything in it.
///
/// # Errors
/// The disk, or a folder of that name with other contents.
pub fn write(folder: &Path, snapshot: &Snapshot) -> Result<(PathBuf, String), DeliveryError> {
    let batch = &snapshot.batch;
    let shape = |e: &dyn ToString| DeliveryError::shape(folder, e.to_string());
    let households = table(
        vec![
            ("household", Arc::new(Int64Array::from(snapshot.households.clone())) as ArrayRef),
            ("division", Arc::new(UInt32Array::from(batch.division.clone()))),
            ("members_end", Arc::new(ends(&batch.members))),
            ("members_complete", Arc::new(BooleanArray::from(batch.members.complete.clone()))),
        ],
        &batch.columns,
    );
    let members = table(
        vec![("person", Arc::new(Int64Array::from(snapshot.persons.clone())) as ArrayRef)],
        &batch.members.columns,
    );
    let household_bytes = households.and_then(|b| ipc_bytes(&b)).map_err(|e| shape(&e))?;
    let member_bytes = members.and_then(|b| ipc_bytes(&b)).map_err(|e| shape(&e))?;
    let manifest = Manifest {
        format: FORMAT,
        made_of: snapshot.made_of.clone(),
        households: snapshot.households.len(),
        members: snapshot.persons.len(),
        divisions: batch.divisions.clone(),
        household_digest: digest_of(&household_bytes),
        member_digest: digest_of(&member_bytes),
    };
    let json = serde_json::to_vec_pretty(&manifest).map_err(|e| shape(&e))?;
    let digest = digest_of(&json);
    let short = digest.get(..16).unwrap_or(&digest);
    let place = folder.join(format!("{}_{short}", snapshot.made_of.period));
    write_once(&place.join("households.arrow"), &household_bytes)?;
    write_once(&place.join("members.arrow"), &member_bytes)?;
    write_once(&place.join("manifest.json"), &json)?;
    Ok((place, digest))
}

fn ends(list: &ListColumns) -> UInt32Array {
    list.offsets.iter().skip(1).copied().collect()
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
    let manifest_path = place.join("manifest.json");
    let json = load(&manifest_path, digest)?;
    let manifest: Manifest =
        serde_json::from_slice(&json).map_err(|e| DeliveryError::shape(&manifest_path, e))?;
    if manifest.format != FORMAT {
        return Err(DeliveryError::shape(&manifest_path, "unknown format"));
    }
    let open = |name: &str, digest: &str| {
        let path = place.join(name);
        let bytes = load(&path, digest)?;
        ipc_batch(&bytes).map_err(|e| DeliveryError::shape(&path, e))
    };
    let households = open("households.arrow", &manifest.household_digest)?;
    let members = open("members.arrow", &manifest.member_digest)?;
    assemble(manifest, &households, &members).map_err(|detail| DeliveryError::shape(place, detail))
}

/// Reads a snapshot of which only the folder is known, with its digest: each file is checked against the manifest, and
/// the manifest against the digest in the folder's name.
///
/// # Errors
/// As [`read`].
pub fn open(place: &Path) -> Result<(Snapshot, String), DeliveryError> {
    let manifest = place.join("manifest.json");
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
        let bytes = fs::read(place.join("manifest.json")).ok()?;
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

fn load(path: &Path, digest: &str) -> Result<Vec<u8>, DeliveryError> {
    let bytes = fs::read(path).map_err(|e| DeliveryError::io(path, e))?;
    if digest_of(&bytes) == digest {
        return Ok(bytes);
    }
    Err(DeliveryError::Altered { path: path.display().to_string() })
}

fn assemble(manifest: Manifest, households: &RecordBatch, members: &RecordBatch) -> Result<Snapshot, String> {
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
    let mut offsets = vec![0];
    offsets.extend(small("members_end")?);
    let sound = offsets.is_sorted()
        && offsets.last().copied() == u32::try_from(members.num_rows()).ok()
        && n == manifest.households;
    if !sound {
        return Err("the members do not fit the households".to_owned());
    }
    let division = small("division")?;
    if division.iter().any(|d| *d as usize >= manifest.divisions.len()) {
        return Err("a division is not in the manifest".to_owned());
    }
    let batch = Batch {
        households: n,
        division,
        divisions: manifest.divisions,
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
        made_of: manifest.made_of,
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
    let states =
        [State::Known, State::Missing, State::Stale, State::Disputed, State::Conflict, State::OutOfReach];
    states.into_iter().find(|s| *s as u8 == code)
}
