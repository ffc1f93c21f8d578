//! 对照解释器: the law once more, read in the plainest way. It walks the trees of the rules for one household at a
//! time, with one kind of number, and shares nothing with the compiler and the evaluator but the parsed book. It
//! computes the truth of the fictional county, and the evaluator has to agree with it to the fen.

mod group;
mod household;
mod number;
mod possible;
mod table;
mod term;
mod walk;

use doudi_policy::book::Book;
use doudi_policy::plan::Entity;
use doudi_policy::sheet::FactSheet;
use doudi_policy::{Date, Mode, Month, Truth};

pub use group::GroupAnswer;
pub use household::Household;
use household::Vocabulary;
use term::{Law, Outcome, Term};
use walk::{Walk, Who};

/// Least and largest possible amount in fen; `None` is unbounded.
pub type Amount = (Option<i64>, Option<i64>);

/// 结论 of one outcome for one household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Outcome id.
    pub outcome: String,
    /// Whether the household meets it; for an outcome of members, whether any listed member does.
    pub met: Truth,
    /// What it pays the household, should it be met; an outcome that pays nothing gives zero. For an outcome of
    /// members: the sum over those who may meet it, the doubtful ones counting from zero.
    pub amount: Amount,
    /// For an outcome of members, each listed member in order: whether it is met, and what it pays if so.
    pub members: Vec<(Truth, Amount)>,
}

/// 对照解释器 for the law of one month.
#[derive(Clone, Debug)]
pub struct Oracle {
    law: Law,
    vocabulary: Vocabulary,
    day: Date,
    as_of: Date,
}

impl Oracle {
    /// Settles the names of every outcome and indicator of a month, as the law was known on a day.
    ///
    /// # Errors
    /// The first thing in the book that does not hold together. `Book::check` says it better.
    pub fn new(book: &Book, period: Month, as_of: Date) -> Result<Self, String> {
        Ok(Self {
            law: term::settle(book, period, as_of)?,
            vocabulary: Vocabulary::new(book),
            day: period.last_day(),
            as_of,
        })
    }

    /// Reads a facts sheet.
    ///
    /// # Errors
    /// A fact or a value that the vocabulary does not have.
    pub fn household(&self, sheet: &FactSheet, mode: Mode) -> Result<Household, String> {
        household::read(&self.vocabulary, self.as_of, sheet, mode)
    }

    /// Ids of the outcomes of the month.
    pub fn outcomes(&self) -> impl Iterator<Item = &str> {
        self.law.outcomes.iter().map(|o| o.id.as_str())
    }

    /// Ids of the indicators of the month.
    pub fn indicators(&self) -> impl Iterator<Item = &str> {
        self.law.indicators.iter().map(|(id, _)| id.as_str())
    }

    /// Every outcome for a household, in the order of the book.
    #[must_use]
    pub fn assess(&self, home: &Household) -> Vec<Answer> {
        let walk = self.walk(home);
        self.law.outcomes.iter().map(|outcome| answer(&walk, outcome)).collect()
    }

    /// One outcome for a household; `None` where the month has none of this id.
    #[must_use]
    pub fn outcome(&self, home: &Household, id: &str) -> Option<Answer> {
        let outcome = self.law.outcomes.iter().find(|o| o.id == id)?;
        Some(answer(&self.walk(home), outcome))
    }

    /// Every group of outcomes for a household, in the order of the book.
    #[must_use]
    pub fn groups(&self, home: &Household) -> Vec<GroupAnswer> {
        let answers = self.assess(home);
        self.law.groups.iter().map(|group| group::answer(group, &self.law.outcomes, &answers)).collect()
    }

    /// Which indicators fire for a household, in the order of the book.
    #[must_use]
    pub fn fired(&self, home: &Household) -> Vec<(String, Truth)> {
        let walk = self.walk(home);
        let truth = |when: &Term| walk.value(when, Who::Household).truth();
        self.law.indicators.iter().map(|(id, when)| (id.clone(), truth(when))).collect()
    }

    fn walk<'a>(&'a self, home: &'a Household) -> Walk<'a> {
        Walk::new(&self.law, &self.vocabulary, home, self.day)
    }
}

fn answer(walk: &Walk<'_>, outcome: &Outcome) -> Answer {
    let id = outcome.id.clone();
    if outcome.of != Entity::Member {
        return Answer {
            outcome: id,
            met: walk.value(&outcome.met, Who::Household).truth(),
            amount: pays(walk, outcome, Who::Household),
            members: Vec::new(),
        };
    }
    let members: Vec<(Truth, Amount)> = (0..walk.home.members())
        .map(Who::Member)
        .map(|who| (walk.value(&outcome.met, who).truth(), pays(walk, outcome, who)))
        .collect();
    Answer {
        outcome: id,
        met: members.iter().map(|(met, _)| *met).fold(Truth::False, Truth::or),
        amount: members.iter().map(|(met, amount)| counted(*met, *amount)).fold((Some(0), Some(0)), plus),
        members,
    }
}

fn pays(walk: &Walk<'_>, outcome: &Outcome, who: Who) -> Amount {
    let Some((value, rounding)) = &outcome.amount else {
        return (Some(0), Some(0));
    };
    let range = walk.value(value, who).number();
    match rounding {
        Some((step, mode)) => range.rounded(*step, *mode),
        None => range.whole_ends(),
    }
}

/// What a member adds to the household's sum.
fn counted(met: Truth, amount: Amount) -> Amount {
    match met {
        Truth::True => amount,
        Truth::False => (Some(0), Some(0)),
        Truth::Unknown => (amount.0.map(|lo| lo.min(0)), amount.1.map(|hi| hi.max(0))),
    }
}

fn plus(a: Amount, b: Amount) -> Amount {
    let sum = |a: Option<i64>, b: Option<i64>| a.zip(b).and_then(|(a, b)| a.checked_add(b));
    (sum(a.0, b.0), sum(a.1, b.1))
}
