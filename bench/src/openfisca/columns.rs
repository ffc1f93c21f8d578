//! The files that both sides read: one file of little-endian 64-bit numbers a column, and a manifest in JSON.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use doudi_policy::column::{Batch, Column, Data, ListColumns, State};
use doudi_policy::plan::{Entity, Type};
use serde_json::{Value, json};

use super::words::{Fact, Words};

/// Writes one column.
pub(super) fn write(folder: &Path, name: &str, values: impl Iterator<Item = i64>) -> Result<()> {
    let bytes: Vec<u8> = values.flat_map(i64::to_le_bytes).collect();
    let path = folder.join(format!("{name}.i64"));
    fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))
}

/// Reads one column.
pub(super) fn read(folder: &Path, name: &str) -> Result<Vec<i64>> {
    let path = folder.join(format!("{name}.i64"));
    let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let (words, rest) = bytes.as_chunks::<8>();
    ensure!(rest.is_empty(), "{} is cut short", path.display());
    Ok(words.iter().map(|word| i64::from_le_bytes(*word)).collect())
}

fn numbers(column: &Column) -> Box<dyn Iterator<Item = i64> + '_> {
    match &column.data {
        Data::Number(values) => Box::new(values.iter().copied()),
        Data::Enum(values) => Box::new(values.iter().map(|v| i64::from(*v))),
        Data::Bool(values) => Box::new(values.iter().map(|v| i64::from(*v))),
    }
}

/// A column of whole numbers in the form that the fact's type wants, every value known.
pub(super) fn column(fact: &Fact, values: Vec<i64>) -> Result<Column> {
    let state = vec![State::Known; values.len()];
    let data = match fact.ty {
        Type::Bool => Data::Bool(values.iter().map(|v| *v != 0).collect()),
        Type::Enum(_) => {
            let codes = values.iter().map(|v| u8::try_from(*v)).collect::<Result<_, _>>();
            Data::Enum(codes.with_context(|| format!("a value of `{}`", fact.id))?)
        }
        _ => Data::Number(values),
    };
    Ok(Column { data, state })
}

/// Writes the facts of a batch.
pub(super) fn write_batch(folder: &Path, batch: &Batch) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    write(folder, "division", batch.division.iter().map(|d| i64::from(*d)))?;
    for (name, list) in [("members", &batch.members), ("obligors", &batch.obligors)] {
        write(folder, &format!("{name}.offsets"), list.offsets.iter().map(|o| i64::from(*o)))?;
    }
    let lists = batch.members.columns.iter().chain(&batch.obligors.columns);
    for (fact, column) in batch.columns.iter().chain(lists) {
        write(folder, fact, numbers(column))?;
    }
    Ok(())
}

/// Reads the facts of a batch back, every one of them known.
pub(super) fn read_batch(folder: &Path, words: &Words, divisions: &[String]) -> Result<Batch> {
    let narrow = |values: Vec<i64>| values.into_iter().map(u32::try_from).collect::<Result<Vec<_>, _>>();
    let mut batch = Batch::default();
    batch.division = narrow(read(folder, "division")?)?;
    batch.households = batch.division.len();
    for code in divisions {
        batch.divisions.push(code.parse()?);
    }
    let list = |name: &str| -> Result<ListColumns> {
        let offsets = narrow(read(folder, &format!("{name}.offsets"))?)?;
        ensure!(offsets.len() == batch.households + 1, "{name} of {} households", offsets.len());
        Ok(ListColumns { offsets, complete: vec![true; batch.households], ..ListColumns::default() })
    };
    (batch.members, batch.obligors) = (list("members")?, list("obligors")?);
    for fact in &words.facts {
        let column = column(fact, read(folder, &fact.id)?)?;
        let columns = match fact.of {
            Entity::Member => &mut batch.members.columns,
            Entity::Obligor => &mut batch.obligors.columns,
            _ => &mut batch.columns,
        };
        columns.insert(fact.id.clone(), column);
    }
    Ok(batch)
}

/// What the manifest says of a fact.
pub(super) fn describe(fact: &Fact) -> Value {
    let ty = match fact.ty {
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Date => "date",
        Type::Month => "month",
        Type::Enum(_) => "enum",
        Type::Money(_) | Type::Exact(_) | Type::Rate => "fen",
    };
    let of = match fact.of {
        Entity::Member => "member",
        Entity::Obligor => "obligor",
        _ => "household",
    };
    json!({ "id": fact.id, "zh": fact.zh, "of": of, "type": ty, "values": fact.values })
}
