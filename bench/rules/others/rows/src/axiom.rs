//! Axiom rules engine 0.2.0 in its dense mode, in `Decimal` (the form meant for lawful amounts) and in f64. It has no
//! unknown: a column holds a number for everybody, so a missing wage counts as zero and nothing comes out open.

use std::collections::HashMap;

use anyhow::{Context as _, Result, anyhow};
use axiom_rules_engine::compile::CompiledProgramArtifact;
use axiom_rules_engine::dense::{
    DenseBatchSpec, DenseColumn, DenseCompiledProgram, DenseExecutionResult, DenseOutputValue,
    DenseRelationBatchSpec,
};
use axiom_rules_engine::spec::PeriodSpec;
use rust_decimal::prelude::ToPrimitive as _;

use crate::columns::{Columns, Totals};

const RULES: &str = include_str!("../axiom.yaml");

pub fn run(columns: &Columns) -> Result<()> {
    let artifact = CompiledProgramArtifact::from_rulespec_str(RULES).map_err(|e| anyhow!("{e}"))?;
    let program =
        DenseCompiledProgram::from_artifact(&artifact, Some("Household")).map_err(|e| anyhow!("{e}"))?;
    let period = serde_json::json!({ "period_kind": "month", "start": "2024-06-01", "end": "2024-06-30" });
    let period: PeriodSpec = serde_json::from_value(period)?;
    let period = period.to_model().map_err(|e| anyhow!("{e}"))?;
    let outputs = ["hardship", "dibao", "edge", "hardship_fen", "dibao_fen"].map(str::to_owned);
    for (form, exact) in [("dense, Decimal", true), ("dense, f64", false)] {
        let note = "a missing wage counts as zero; the standard's lookup by the host";
        crate::report(columns, "axiom 0.2.0", form, note, columns.gaps_as_zero, || {
            let batch = batch(columns, &program)?;
            let start = crate::Watch::start();
            let done = match exact {
                true => program.execute(&period, batch, &outputs),
                false => program.execute_f64(&period, batch, &outputs),
            };
            let done = done.map_err(|e| anyhow!("{e}"))?;
            let totals = totals(&done)?;
            Ok((totals, start.took()))
        })?;
    }
    Ok(())
}

fn batch(columns: &Columns, program: &DenseCompiledProgram) -> Result<DenseBatchSpec> {
    let whole = |values: &[i64]| DenseColumn::Integer(values.to_vec());
    let wage = columns.wage.iter().zip(&columns.wage_missing);
    let wage = wage.map(|(wage, missing)| if *missing { 0 } else { *wage }).collect();
    let members = HashMap::from([
        ("wage".to_owned(), DenseColumn::Integer(wage)),
        ("pension".to_owned(), whole(&columns.pension)),
        ("farm".to_owned(), whole(&columns.farm)),
        ("support".to_owned(), whole(&columns.support)),
        ("years".to_owned(), whole(&columns.years)),
        ("grade".to_owned(), whole(&columns.grade)),
    ]);
    let own = HashMap::from([
        ("assets".to_owned(), whole(&columns.assets)),
        ("cars".to_owned(), whole(&columns.cars)),
        ("houses".to_owned(), whole(&columns.houses)),
        ("standard".to_owned(), whole(&columns.standard)),
    ]);
    let key = program.relations().first().context("a relation to the members")?.key.clone();
    let relation = DenseRelationBatchSpec { offsets: columns.offsets.clone(), inputs: members };
    Ok(DenseBatchSpec {
        row_count: columns.households(),
        inputs: own,
        relations: HashMap::from([(key, relation)]),
    })
}

fn totals(done: &DenseExecutionResult) -> Result<Totals> {
    let mut totals = Totals::default();
    for (total, (met, fen)) in totals.iter_mut().zip([
        ("hardship", Some("hardship_fen")),
        ("dibao", Some("dibao_fen")),
        ("edge", None),
    ]) {
        let Some(DenseOutputValue::Judgment(judged)) = done.outputs.get(met) else {
            return Err(anyhow!("{met} is no judgment"));
        };
        total[0] = i64::try_from(judged.iter().filter(|one| one.is_holds()).count())?;
        if let Some(fen) = fen {
            total[2] = match done.outputs.get(fen) {
                Some(DenseOutputValue::Scalar(DenseColumn::Integer(all))) => all.iter().sum(),
                Some(DenseOutputValue::Scalar(DenseColumn::Decimal(all))) => {
                    all.iter().sum::<rust_decimal::Decimal>().to_i64().context("a whole number of fen")?
                }
                // Each is a whole number below 2^53; so is their sum.
                Some(DenseOutputValue::Scalar(DenseColumn::Float(all))) => all.iter().sum::<f64>() as i64,
                other => return Err(anyhow!("{fen}: {other:?}")),
            };
        }
    }
    Ok(totals)
}
