//! 收入曲线: what a model family has in hand as one income grows, before and after. Model families are golden
//! households, which are invented: no real family is shown.

use super::cliff::{self, Cliff, Income, Scanned};
use super::settle::Monthly;
use crate::column::Batch;
use crate::eval::Mode;
use crate::lang::Lang;
use crate::plan::{FactDecl, Plan};
use crate::sheet::FactSheet;

/// 样例户 to draw.
#[derive(Clone, Debug)]
pub struct Model {
    /// Title of the golden household.
    pub title: String,
    /// The household.
    pub sheet: FactSheet,
}

/// What the family has at one value of the income, a month in fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CurvePoint {
    /// The income that is moved.
    pub income_fen: i64,
    /// All monthly benefits before.
    pub before_fen: i64,
    /// All monthly benefits after.
    pub after_fen: i64,
}

/// A family's curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Title of the golden household.
    pub title: String,
    /// People in it.
    pub members: usize,
    /// The income that is moved.
    pub fact: FactDecl,
    /// What the person is called on the sheet.
    pub name: Option<String>,
    /// Rising by income; both ends of each turn are there.
    pub points: Vec<CurvePoint>,
    /// Cliffs before and after, rising by income.
    pub cliffs: [Vec<Cliff>; 2],
}

/// The curve of the model family that a cliff costs most: after the change, else before it. Families that the plans
/// leave open are passed over; where no family meets a cliff, the first that has help at all is shown.
#[must_use]
pub fn curve(before: &Plan, after: &Plan, models: &[Model], mode: Mode) -> Option<Curve> {
    let sides = [Monthly::new(before), Monthly::new(after)];
    let mut best: Option<((i64, i64, bool), Curve)> = None;
    for model in models {
        let Ok(batch) = Batch::from_sheets(std::slice::from_ref(&model.sheet), before) else {
            continue;
        };
        let families = cliff::taken(&sides, &batch, &[0]);
        let incomes = cliff::incomes(&sides, &families);
        let scans = cliff::scan(&sides, &families, &incomes, mode);
        for (income, scanned) in incomes.iter().zip(scans) {
            let Some(scanned) = scanned else { continue };
            let [before, after] = scanned.worst();
            let helped = scanned.seen.iter().any(|(_, purses)| *purses != [0, 0]);
            let rank = (after, before, helped);
            if rank > (0, 0, false) && best.as_ref().is_none_or(|(known, _)| rank > *known) {
                best = Some((rank, drawn(model, income, &scanned)));
            }
        }
    }
    best.map(|(_, curve)| curve)
}

fn drawn(model: &Model, income: &Income<'_>, scanned: &Scanned) -> Curve {
    let points = scanned.seen.iter().map(|(steps, [before_fen, after_fen])| CurvePoint {
        income_fen: income.monthly(*steps),
        before_fen: *before_fen,
        after_fen: *after_fen,
    });
    let cliffs = |drops: &Vec<(i64, i64)>| drops.iter().map(|drop| Cliff::of(income, *drop)).collect();
    Curve {
        title: model.title.clone(),
        members: model.sheet.members.len(),
        fact: income.fact.clone(),
        name: income.member.and_then(|m| model.sheet.members.get(m)).and_then(|m| m.name.clone()),
        points: points.collect(),
        cliffs: scanned.drops.each_ref().map(cliffs),
    }
}

impl Curve {
    /// What is moved, in words: whose and which income.
    #[must_use]
    pub fn moved(&self, lang: Lang) -> String {
        let label = lang.pick(&self.fact.zh, &self.fact.en);
        match (&self.name, lang) {
            (Some(name), Lang::Zh) => format!("{name}的{label}"),
            (Some(name), Lang::En) => format!("{label} of {name}"),
            (None, _) => label.to_owned(),
        }
    }
}
