//! cel 0.15: each rule a program, run once a household over the values of its members; a result is a variable of the
//! rules after it. CEL has no sum, so the host lends one; a missing wage is `null`, and each rule says what it does then.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use cel::{Context, Env, Program, Value};

use crate::columns::{Columns, Totals};

/// Money in fen; incomes in tenths of a fen until the one rounding.
const RULES: [(&str, &str); 14] = [
    ("n", "size(years)"),
    ("inc", "9 * sum(wage.filter(w, w != null)) + 10 * (sum(pension) + sum(farm) + sum(support))"),
    ("miss", "size(wage.filter(w, w == null))"),
    ("eld", "size(years.filter(y, y >= 70))"),
    ("minor", "size(years.filter(y, y < 18))"),
    ("sev", "size(grade.filter(g, g == 1 || g == 2))"),
    ("aok", "assets <= std * 24 * n && cars == 0 && houses <= 1"),
    ("elig", "!aok || inc >= 10 * std * n ? false : (miss > 0 ? null : true)"),
    ("tk", "!aok || eld != n || inc > 0 ? false : (miss > 0 ? null : true)"),
    ("edge", "!aok || 2 * inc >= 30 * std * n ? false : (miss > 0 ? null : inc >= 10 * std * n)"),
    ("dibao", "elig == false || tk == true ? false : (elig == null || tk == null ? null : true)"),
    ("tk_fen", "(std * 13 * n + 9) / 10"),
    ("more", "10 * std * n - inc + std * (3 * sev + 2 * eld + 2 * minor)"),
    ("dibao_fen", "((more < 10 * std * n ? more : 10 * std * n) + 9) / 10"),
];

pub fn run(columns: &Columns) -> Result<()> {
    let env = Arc::new(Env::stdlib());
    let programs =
        RULES.iter().map(|(name, rule)| Ok((*name, env.compile(rule).map_err(|e| anyhow!("{rule}: {e}"))?)));
    let programs: Vec<(&str, Program)> = programs.collect::<Result<_>>()?;
    let mut root = Context::with_env(env);
    root.add_function("sum", sum).map_err(|e| anyhow!("{e}"))?;
    let note = "per household; `sum` and the standard's lookup by the host; building the values is timed";
    crate::report(columns, "cel 0.15", "row by row", note, columns.with_gaps, || {
        let start = crate::Watch::start();
        let totals = whole(columns, &root, &programs)?;
        Ok((totals, start.took()))
    })
}

fn sum(list: Arc<Vec<Value>>) -> i64 {
    list.iter().map(|value| if let Value::Int(n) = value { *n } else { 0 }).sum()
}

fn whole(columns: &Columns, root: &Context<'_, '_>, programs: &[(&str, Program)]) -> Result<Totals> {
    let mut totals = Totals::default();
    for h in 0..columns.households() {
        let members = columns.offsets[h]..columns.offsets[h + 1];
        let list = |values: &[i64]| {
            Value::List(Arc::new(values[members.clone()].iter().map(|value| Value::Int(*value)).collect()))
        };
        let wage = members.clone().map(|m| match columns.wage_missing[m] {
            true => Value::Null,
            false => Value::Int(columns.wage[m]),
        });
        let mut context = root.new_inner_scope();
        context.add_variable_from_value("wage", Value::List(Arc::new(wage.collect())));
        for (name, values) in [
            ("pension", &columns.pension),
            ("farm", &columns.farm),
            ("support", &columns.support),
            ("years", &columns.years),
            ("grade", &columns.grade),
        ] {
            context.add_variable_from_value(name, list(values));
        }
        for (name, values) in [
            ("assets", &columns.assets),
            ("cars", &columns.cars),
            ("houses", &columns.houses),
            ("std", &columns.standard),
        ] {
            context.add_variable_from_value(name, Value::Int(values[h]));
        }
        let (mut tk, mut dibao, mut edge, mut tk_fen, mut dibao_fen) = (None, None, None, 0, 0);
        for (name, program) in programs {
            let value = program.execute(&context).map_err(|e| anyhow!("{name}: {e}"))?;
            match (*name, &value) {
                ("tk", Value::Bool(b)) => tk = Some(*b),
                ("dibao", Value::Bool(b)) => dibao = Some(*b),
                ("edge", Value::Bool(b)) => edge = Some(*b),
                ("tk_fen", Value::Int(n)) => tk_fen = *n,
                ("dibao_fen", Value::Int(n)) => dibao_fen = *n,
                _ => {}
            }
            context.add_variable_from_value(*name, value);
        }
        for ((met, fen), total) in [(tk, tk_fen), (dibao, dibao_fen), (edge, 0)].into_iter().zip(&mut totals)
        {
            match met {
                Some(true) => *total = [total[0] + 1, total[1], total[2] + fen],
                Some(false) => {}
                None => total[1] += 1,
            }
        }
    }
    Ok(totals)
}
