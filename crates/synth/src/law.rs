//! The law as the tree-walking interpreter reads it, over sheets on which everything is known.

use doudi_oracle::{Amount, Oracle};
use doudi_policy::book::Book;
use doudi_policy::sheet::FactSheet;
use doudi_policy::{Date, Mode, Month, Truth};

use crate::awards::{Entitled, Entitlement, Judgement};

/// 按对照解释器认定: entitlement by the oracle, for one month.
#[derive(Clone, Debug)]
pub struct ByTheLaw(Oracle);

impl ByTheLaw {
    /// The law of a month as it was known on a day.
    ///
    /// # Errors
    /// A book that does not hold together; `Book::check` tells where.
    pub fn new(book: &Book, period: Month, as_of: Date) -> Result<Self, String> {
        Oracle::new(book, period, as_of).map(Self)
    }
}

impl Entitlement for ByTheLaw {
    fn assess(&self, sheet: &FactSheet) -> Result<Judgement, String> {
        let home = self.0.household(sheet, Mode::Decide)?;
        let mut judgement = Judgement::default();
        for answer in self.0.assess(&home) {
            if answer.members.is_empty() {
                judgement.note(&answer.outcome, None, answer.met, answer.amount);
            }
            for (i, (met, amount)) in answer.members.into_iter().enumerate() {
                judgement.note(&answer.outcome, Some(i), met, amount);
            }
        }
        Ok(judgement)
    }
}

impl Judgement {
    fn note(&mut self, outcome: &str, member: Option<usize>, met: Truth, amount: Amount) {
        match (met, amount) {
            (Truth::False, _) => {}
            (Truth::True, (Some(low), Some(high))) if low == high => {
                self.due.push(Entitled { outcome: outcome.to_owned(), member, amount_fen: low });
            }
            _ => self.undecided.push(outcome.to_owned()),
        }
    }
}
