//! The vocabulary as the generator and the column files see it: facts by entity, values as whole numbers.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use doudi_policy::plan::{Entity, Plan, Type};

/// One fact of the vocabulary.
pub(super) struct Fact {
    pub(super) id: String,
    pub(super) zh: String,
    pub(super) of: Entity,
    pub(super) ty: Type,
    /// English id and Chinese label of each value of an enum.
    pub(super) values: Vec<(String, String)>,
}

/// The facts, sorted by id, and where each stands.
pub(super) struct Words {
    pub(super) facts: Vec<Fact>,
    place: BTreeMap<String, usize>,
}

impl Words {
    pub(super) fn of(plan: &Plan) -> Self {
        let values = |index: Option<u16>| {
            index.and_then(|i| plan.enums.get(usize::from(i))).map(|e| e.values.clone()).unwrap_or_default()
        };
        let mut facts: Vec<Fact> = plan
            .facts
            .iter()
            .map(|f| Fact {
                id: f.id.clone(),
                zh: f.zh.clone(),
                of: f.of,
                ty: f.ty,
                values: values(f.enum_index),
            })
            .collect();
        facts.sort_by(|a, b| a.id.cmp(&b.id));
        let place = facts.iter().enumerate().map(|(at, f)| (f.id.clone(), at)).collect();
        Self { facts, place }
    }

    pub(super) fn place(&self, fact: &str) -> Result<usize> {
        self.place.get(fact).copied().with_context(|| format!("the vocabulary has no fact `{fact}`"))
    }

    /// Position of an enum value.
    pub(super) fn code(&self, fact: &str, value: &str) -> Result<i64> {
        let at = self.place(fact)?;
        let values = self.facts.get(at).map(|f| f.values.as_slice()).unwrap_or_default();
        let code = values.iter().position(|(id, _)| id == value);
        code.map(|c| c as i64).with_context(|| format!("the fact `{fact}` has no value `{value}`"))
    }
}
