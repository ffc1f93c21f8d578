//! A county of repeatable noise for the law's facts.

use doudi_policy::column::{Batch, Column, Data, ListColumns, State};
use doudi_policy::plan::{Entity, FactDecl, Plan, Type};

/// What the noise begins with.
pub(crate) const SEED: u64 = 20_240_601;

/// A small generator of repeatable noise.
struct Noise(u64);

impl Noise {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A column of plausible values; about one in `unknown` is missing.
fn column(plan: &Plan, fact: &FactDecl, rows: usize, unknown: u64, noise: &mut Noise) -> Column {
    let state =
        (0..rows).map(|_| if noise.below(unknown) == 0 { State::Missing } else { State::Known }).collect();
    let data = match fact.ty {
        Type::Bool => Data::Bool((0..rows).map(|_| noise.below(12) == 0).collect()),
        Type::Enum(e) => {
            let size = plan.enums[usize::from(e)].values.len() as u64;
            let value = |n: &mut Noise| if n.below(3) > 0 { 0 } else { n.below(size) };
            Data::Enum((0..rows).map(|_| u8::try_from(value(noise)).unwrap()).collect())
        }
        Type::Date => {
            Data::Number((0..rows).map(|_| 19_800 - i64::try_from(noise.below(30_000)).unwrap()).collect())
        }
        Type::Int => Data::Number((0..rows).map(|_| i64::try_from(noise.below(20) / 17).unwrap()).collect()),
        _ => Data::Number(
            (0..rows)
                .map(|_| if noise.below(3) > 0 { 0 } else { i64::try_from(noise.below(400_000)).unwrap() })
                .collect(),
        ),
    };
    Column { data, state }
}

/// Households of plausible noise in 168 villages; about one value in `unknown` is missing.
pub(crate) fn county(plan: &Plan, households: usize, unknown: u64) -> Batch {
    let mut noise = Noise(SEED);
    let mut list = |most: u64, complete: bool| {
        let mut offsets = vec![0_u32];
        for _ in 0..households {
            let size = if most == 0 { 0 } else { 1 + noise.below(most) };
            offsets.push(offsets[offsets.len() - 1] + u32::try_from(size).unwrap());
        }
        ListColumns { offsets, complete: vec![complete; households], ..ListColumns::default() }
    };
    let mut batch =
        Batch { households, members: list(5, true), obligors: list(0, false), ..Batch::default() };
    for village in 0..168 {
        batch
            .divisions
            .push(format!("990121{:03}{:03}", 101 + village / 12, 1 + village % 12).parse().unwrap());
    }
    batch.division = (0..households).map(|h| u32::try_from(h * 168 / households).unwrap()).collect();
    let members = batch.members.offsets[households] as usize;
    for fact in &plan.facts {
        let (columns, rows) = match fact.of {
            Entity::Member => (&mut batch.members.columns, members),
            Entity::Obligor => continue,
            _ => (&mut batch.columns, households),
        };
        columns.insert(fact.id.clone(), column(plan, fact, rows, unknown, &mut noise));
    }
    batch
}
