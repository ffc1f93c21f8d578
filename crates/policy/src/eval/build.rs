//! Hand-built plans and batches for tests.

use std::collections::BTreeMap;

use crate::column::{Batch, Column, Data, ListColumns, State};
use crate::plan::*;
use crate::value::{Date, DivisionCode, Month};

/// A plan under construction.
pub(crate) struct Build {
    pub(crate) plan: Plan,
}

impl Build {
    pub(crate) fn new() -> Self {
        let plan = Plan {
            period: Month::of(2024, 6),
            as_of: Date::from_ymd(2024, 5, 31).unwrap(),
            package_hash: "0".repeat(64),
            files: Vec::new(),
            enums: vec![EnumDecl {
                id: "class".into(),
                values: vec![("urban".into(), "城镇".into()), ("rural".into(), "农村".into())],
            }],
            facts: Vec::new(),
            params: Vec::new(),
            nodes: Vec::new(),
            rules: Vec::new(),
            outcomes: Vec::new(),
            groups: Vec::new(),
            indicators: Vec::new(),
            ready: Default::default(),
        };
        Self { plan }
    }

    pub(crate) fn node(&mut self, op: Op, ty: Type, entity: Entity) -> NodeId {
        // A plan that has been run is not changed: what its runs shared is of the plan as it was.
        self.plan.ready = Default::default();
        self.plan.nodes.push(Node { op, ty, entity, span: Span::default() });
        NodeId(u32::try_from(self.plan.nodes.len() - 1).unwrap())
    }

    pub(crate) fn fact(
        &mut self,
        id: &str,
        of: Entity,
        ty: Type,
        min: Option<i64>,
        max: Option<i64>,
    ) -> NodeId {
        self.plan.facts.push(FactDecl {
            id: id.into(),
            zh: format!("{id}标签"),
            en: id.replace('_', " "),
            of,
            ty,
            min,
            max,
            from: vec!["declaration".into()],
            fresh_months: Some(3),
            window: 1,
            back: 0,
            past: false,
            changeable: true,
            statistics: false,
            register: Vec::new(),
            ask_zh: String::new(),
            ask_en: String::new(),
            ask_all: false,
            enum_index: match ty {
                Type::Enum(e) => Some(e),
                _ => None,
            },
        });
        let at = u32::try_from(self.plan.facts.len() - 1).unwrap();
        self.node(Op::Fact(at), ty, of)
    }

    pub(crate) fn outcome(&mut self, id: &str, of: Entity, met: NodeId, amount: Option<NodeId>) {
        self.plan.outcomes.push(PlannedOutcome {
            id: id.into(),
            package: "cn/test".into(),
            zh: format!("{id}待遇"),
            en: id.into(),
            of,
            source: vec!["T-01".into()],
            defaults: Vec::new(),
            met,
            conditions: vec![met],
            amount,
            rules: (0..self.plan.rules.len()).map(|r| u32::try_from(r).unwrap()).collect(),
            receiving: None,
        });
    }
}

pub(crate) fn numbers(values: &[Option<i64>]) -> Column {
    Column { data: Data::Number(values.iter().map(|v| v.unwrap_or(77)).collect()), state: states(values) }
}

pub(crate) fn bools(values: &[Option<bool>]) -> Column {
    Column { data: Data::Bool(values.iter().map(|v| v.unwrap_or(true)).collect()), state: states(values) }
}

pub(crate) fn enums(values: &[Option<u8>]) -> Column {
    Column { data: Data::Enum(values.iter().map(|v| v.unwrap_or(1)).collect()), state: states(values) }
}

fn states<T>(values: &[Option<T>]) -> Vec<State> {
    let state = |v: &Option<T>| {
        if v.is_some() { State::Known } else { State::Missing }
    };
    values.iter().map(state).collect()
}

/// Households of the given member counts, complete lists, in one village.
pub(crate) fn batch(members: &[u32]) -> Batch {
    let mut offsets = vec![0];
    for m in members {
        offsets.push(offsets.last().unwrap() + m);
    }
    Batch {
        households: members.len(),
        division: vec![0; members.len()],
        divisions: vec!["990121103001".parse::<DivisionCode>().unwrap()],
        columns: BTreeMap::new(),
        members: ListColumns { offsets, complete: vec![true; members.len()], columns: BTreeMap::new() },
        obligors: ListColumns {
            offsets: vec![0; members.len() + 1],
            complete: vec![true; members.len()],
            columns: BTreeMap::new(),
        },
    }
}

pub(crate) fn param(id: &str, ty: Type, keys: Vec<u16>, rows: &[(&str, &[u8], i64)]) -> ParamTable {
    let row = |(division, keys, value): &(&str, &[u8], i64)| ParamRow {
        division: division.parse().ok(),
        keys: keys.to_vec(),
        from: Date::from_ymd(2024, 4, 1).unwrap(),
        to: None,
        enacted: Date::from_ymd(2024, 3, 18).unwrap(),
        value: *value,
        ratio: None,
        source: "S1#2".into(),
        layer: if division.is_empty() { "cn" } else { "demo" }.into(),
    };
    ParamTable {
        id: id.into(),
        zh: format!("{id}参数"),
        en: id.into(),
        ty,
        keys,
        contested: false,
        rows: rows.iter().map(row).collect(),
    }
}
