//! The columns that doudi wrote, and the nine integers that it found.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// Of hardship support, minimum income and edge: met, unknown, fen.
pub type Totals = [[i64; 3]; 3];

/// Households and their members.
pub struct Columns {
    /// `households + 1` ends.
    pub offsets: Vec<usize>,
    pub assets: Vec<i64>,
    pub cars: Vec<i64>,
    pub houses: Vec<i64>,
    /// The standard of the household's county and class, in fen a month.
    pub standard: Vec<i64>,
    pub wage: Vec<i64>,
    pub wage_missing: Vec<bool>,
    pub pension: Vec<i64>,
    pub farm: Vec<i64>,
    pub support: Vec<i64>,
    pub years: Vec<i64>,
    pub grade: Vec<i64>,
    pub with_gaps: Totals,
    pub gaps_as_zero: Totals,
}

impl Columns {
    pub fn read(folder: &Path) -> Result<Self> {
        let bytes = |name: &str| {
            std::fs::read(folder.join(name))
                .with_context(|| format!("{name} of `cargo xtask bench rules N FOLDER`"))
        };
        let longs = |name: &str| {
            let all = bytes(&format!("{name}.bin"))?;
            let each = all.chunks_exact(8).map(|part| part.try_into().map(i64::from_le_bytes));
            each.collect::<Result<Vec<_>, _>>().context("eight bytes a number")
        };
        let ends = bytes("offsets.bin")?;
        let ends = ends.chunks_exact(4).map(|part| part.try_into().map(u32::from_le_bytes));
        let ends = ends.collect::<Result<Vec<_>, _>>().context("four bytes an offset")?;
        let offsets: Vec<usize> = ends.into_iter().map(|end| end as usize).collect();
        let (county, class, standards) = (longs("county")?, longs("class")?, longs("standard")?);
        let standard = county.iter().zip(&class).map(|(county, class)| {
            let at = usize::try_from(county * 2 + class).ok()?;
            standards.get(at).copied()
        });
        let totals: serde_json::Value = serde_json::from_slice(&bytes("totals.json")?)?;
        let expected = |key: &str| -> Result<Totals> { Ok(serde_json::from_value(totals[key].clone())?) };
        let columns = Self {
            offsets,
            assets: longs("assets")?,
            cars: longs("cars")?,
            houses: longs("houses")?,
            standard: standard.collect::<Option<_>>().context("a standard for each household")?,
            wage: longs("wage")?,
            wage_missing: bytes("wage_missing.bin")?.into_iter().map(|missing| missing != 0).collect(),
            pension: longs("pension")?,
            farm: longs("farm")?,
            support: longs("support")?,
            years: longs("years")?,
            grade: longs("grade")?,
            with_gaps: expected("with_gaps")?,
            gaps_as_zero: expected("gaps_as_zero")?,
        };
        ensure!(columns.offsets.last() == Some(&columns.persons()), "the members do not fit the households");
        Ok(columns)
    }

    pub fn persons(&self) -> usize {
        self.wage.len()
    }

    pub fn households(&self) -> usize {
        self.assets.len()
    }
}
