//! 交付: the accepted rows of one feed and period as an immutable Arrow IPC file. It knows people by
//! surrogate id only, is sorted by person, keeps the line of each row and has a digest in the store.

mod file;

use doudi_policy::{Date, Month};
use serde::{Deserialize, Serialize};

use crate::contract::{CellType, Contract, Field};

pub use file::{DeliveryError, read, read_label, write};
pub(crate) use file::{digest_of, hex, ipc_bytes, seal, write_once};

/// The number that stands for a blank cell.
pub const BLANK: i64 = i64::MIN;
/// The code that stands for a blank text cell.
pub const BLANK_CODE: u16 = u16::MAX;

/// One kept column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// Money in fen, dates in days, months, years, whole numbers, decimals in hundredths; [`BLANK`] where blank.
    Number(Vec<i64>),
    /// Texts by their position in `values`; [`BLANK_CODE`] where blank.
    Code {
        /// One code a row.
        codes: Vec<u16>,
        /// What the codes mean.
        values: Vec<String>,
    },
}

/// What a delivery is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Feed id.
    pub feed: String,
    /// The period it is of.
    pub period: Month,
    /// The day on which the source cut it.
    pub as_of: Date,
    /// SHA-256 of the file that was received, hex.
    pub source_digest: String,
    /// Name of the file that was received.
    pub source_name: String,
    /// Digest of its rows whatever their order, encoding and format.
    pub rows_digest: String,
}

/// The rows of a delivery, sorted by person, then line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What it is of.
    pub label: Label,
    /// Surrogate id of the person of each row.
    pub person: Vec<i64>,
    /// Line of each row in the received file; the header is line 1.
    pub line: Vec<u32>,
    /// Kept columns by header text.
    pub columns: Vec<(String, Values)>,
}

impl Delivery {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.person.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.person.is_empty()
    }

    /// The kept column of a header text.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Values> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// The rows of a person.
    #[must_use]
    pub fn rows_of(&self, person: i64) -> std::ops::Range<usize> {
        let start = self.person.partition_point(|p| *p < person);
        let end = self.person.partition_point(|p| *p <= person);
        start..end
    }

    /// How a row is cited: `ss_contribution@2024-05:123`.
    #[must_use]
    pub fn citation(&self, row: usize) -> String {
        let line = self.line.get(row).copied().unwrap_or(0);
        format!("{}@{}:{line}", self.label.feed, self.label.period)
    }
}

/// The fields of a contract whose values are kept: those with a purpose, without numbers and names.
pub fn kept(contract: &Contract) -> impl Iterator<Item = &Field> {
    contract.fields.iter().filter(|f| {
        let personal = matches!(f.ty, CellType::Identity | CellType::DisabilityCard | CellType::Name);
        !personal && !f.purpose.is_empty()
    })
}

/// Whether a cell type is kept as a code.
#[must_use]
pub fn is_code(ty: CellType) -> bool {
    matches!(ty, CellType::Text | CellType::Enum | CellType::Division | CellType::DivisionAny)
}
