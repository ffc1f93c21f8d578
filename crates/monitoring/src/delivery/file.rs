//! Deliveries as Arrow IPC files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, Int64Array, RecordBatch, UInt16Array, UInt32Array};
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use sha2::{Digest as _, Sha256};

use super::{BLANK, BLANK_CODE, Delivery, Label, Values};

/// Why a delivery or snapshot cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The disk said no.
    #[error("读写文件 {path} 失败：{source} / cannot read or write {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not what it was when it was accepted.
    #[error(
        "文件 {path} 与登记的摘要不符：已被改动或损坏，请从备份恢复 / {path} does not match its recorded digest: altered or damaged, restore it from the backup"
    )]
    Altered {
        /// The file.
        path: String,
    },
    /// The file is no such file.
    #[error(
        "文件 {path} 不是本系统写出的数据文件：{detail} / {path} is not a data file of this system: {detail}"
    )]
    Shape {
        /// The file.
        path: String,
        /// What is wrong.
        detail: String,
    },
}

impl DeliveryError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.display().to_string(), source }
    }

    pub(crate) fn shape(path: &Path, detail: impl ToString) -> Self {
        Self::Shape { path: path.display().to_string(), detail: detail.to_string() }
    }
}

/// SHA-256 in hex.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

/// A digest that is complete, in hex.
pub(crate) fn hex(hash: Sha256) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(64);
    for byte in hash.finalize() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Writes a file that nothing may change any more: created new, flushed to the disk, then read-only.
/// A file of that name with the same bytes is left as it is.
pub(crate) fn write_once(path: &Path, bytes: &[u8]) -> Result<(), DeliveryError> {
    let fail = |e| DeliveryError::io(path, e);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let there = fs::read(path).map_err(fail)?;
            return if there == bytes {
                Ok(())
            } else {
                Err(DeliveryError::Altered { path: path.display().to_string() })
            };
        }
        other => other.map_err(fail)?,
    };
    file.write_all(bytes).map_err(fail)?;
    seal(path, &file)
}

/// Flushes a file to the disk and makes it read-only.
pub(crate) fn seal(path: &Path, file: &File) -> Result<(), DeliveryError> {
    let fail = |e| DeliveryError::io(path, e);
    file.sync_all().map_err(fail)?;
    let mut permissions = file.metadata().map_err(fail)?.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(path, permissions).map_err(fail)
}

/// One record batch as the bytes of an Arrow IPC file.
pub(crate) fn ipc_bytes(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut bytes = Vec::new();
    let mut writer = FileWriter::try_new(&mut bytes, &batch.schema())?;
    writer.write(batch)?;
    writer.finish()?;
    drop(writer);
    Ok(bytes)
}

/// The one record batch of an Arrow IPC file.
pub(crate) fn ipc_batch(bytes: &[u8]) -> Result<RecordBatch, ArrowError> {
    let mut reader = FileReader::try_new(Cursor::new(bytes), None)?;
    match reader.next() {
        Some(batch) => batch,
        None => Ok(RecordBatch::new_empty(reader.schema())),
    }
}

/// Writes a delivery into a folder and returns the file and its digest. The name holds the digest, so
/// equal contents are one file.
///
/// # Errors
/// The disk, or a file of that name with other contents.
pub fn write(folder: &Path, delivery: &Delivery) -> Result<(PathBuf, String), DeliveryError> {
    let label = &delivery.label;
    let shape = |e: &dyn ToString| DeliveryError::shape(folder, e.to_string());
    let json = serde_json::to_string(label).map_err(|e| shape(&e))?;
    let mut fields =
        vec![Field::new("person", DataType::Int64, false), Field::new("line", DataType::UInt32, false)];
    let mut arrays: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(delivery.person.clone())),
        Arc::new(UInt32Array::from(delivery.line.clone())),
    ];
    for (name, values) in &delivery.columns {
        match values {
            Values::Number(numbers) => {
                let cells = numbers.iter().map(|n| (*n != BLANK).then_some(*n));
                arrays.push(Arc::new(cells.collect::<Int64Array>()));
                fields.push(Field::new(name, DataType::Int64, true));
            }
            Values::Code { codes, values } => {
                let cells = codes.iter().map(|c| (*c != BLANK_CODE).then_some(*c));
                arrays.push(Arc::new(cells.collect::<UInt16Array>()));
                let list = serde_json::to_string(values).map_err(|e| shape(&e))?;
                let metadata = [("values".to_owned(), list)].into();
                fields.push(Field::new(name, DataType::UInt16, true).with_metadata(metadata));
            }
        }
    }
    let schema = Schema::new(fields).with_metadata([("doudi.delivery".to_owned(), json)].into());
    let batch = RecordBatch::try_new(Arc::new(schema), arrays).map_err(|e| shape(&e))?;
    let bytes = ipc_bytes(&batch).map_err(|e| shape(&e))?;
    let digest = digest_of(&bytes);
    let short = digest.get(..16).unwrap_or(&digest);
    let path = folder.join(format!("{}_{}_{short}.arrow", label.feed, label.period));
    write_once(&path, &bytes)?;
    Ok((path, digest))
}

/// Reads a delivery and checks it against the digest recorded when it was accepted.
///
/// # Errors
/// The disk, another digest, or a file that is no delivery.
pub fn read(path: &Path, digest: &str) -> Result<Delivery, DeliveryError> {
    let mut bytes = Vec::new();
    let mut file = File::open(path).map_err(|e| DeliveryError::io(path, e))?;
    io::Read::read_to_end(&mut file, &mut bytes).map_err(|e| DeliveryError::io(path, e))?;
    if digest_of(&bytes) != digest {
        return Err(DeliveryError::Altered { path: path.display().to_string() });
    }
    let batch = ipc_batch(&bytes).map_err(|e| DeliveryError::shape(path, e))?;
    from_batch(&batch).map_err(|detail| DeliveryError::shape(path, detail))
}

/// Reads only what a delivery is of.
///
/// # Errors
/// The disk, or a file that is no delivery.
pub fn read_label(path: &Path) -> Result<Label, DeliveryError> {
    let file = File::open(path).map_err(|e| DeliveryError::io(path, e))?;
    let reader = FileReader::try_new(file, None).map_err(|e| DeliveryError::shape(path, e))?;
    let schema = reader.schema();
    let json = schema.metadata().get("doudi.delivery");
    let json = json.ok_or_else(|| DeliveryError::shape(path, "no doudi.delivery label"))?;
    serde_json::from_str(json).map_err(|e| DeliveryError::shape(path, e))
}

fn from_batch(batch: &RecordBatch) -> Result<Delivery, String> {
    let schema = batch.schema();
    let json = schema.metadata().get("doudi.delivery").ok_or("no doudi.delivery label")?;
    let label: Label = serde_json::from_str(json).map_err(|e| e.to_string())?;
    let (mut person, mut line, mut columns) = (Vec::new(), Vec::new(), Vec::new());
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        let any = array.as_any();
        match (field.name().as_str(), field.data_type()) {
            ("person", _) => {
                let ids = any.downcast_ref::<Int64Array>().ok_or("person is not int64")?;
                person = ids.values().to_vec();
            }
            ("line", _) => {
                let lines = any.downcast_ref::<UInt32Array>().ok_or("line is not uint32")?;
                line = lines.values().to_vec();
            }
            (name, DataType::Int64) => {
                let cells = any.downcast_ref::<Int64Array>().ok_or("not int64")?;
                let numbers = cells.iter().map(|c| c.unwrap_or(BLANK)).collect();
                columns.push((name.to_owned(), Values::Number(numbers)));
            }
            (name, DataType::UInt16) => {
                let cells = any.downcast_ref::<UInt16Array>().ok_or("not uint16")?;
                let codes = cells.iter().map(|c| c.unwrap_or(BLANK_CODE)).collect();
                let list = field.metadata().get("values").ok_or("codes without values")?;
                let values = serde_json::from_str(list).map_err(|e| e.to_string())?;
                columns.push((name.to_owned(), Values::Code { codes, values }));
            }
            (name, other) => return Err(format!("column {name} is of type {other}")),
        }
    }
    Ok(Delivery { label, person, line, columns })
}
