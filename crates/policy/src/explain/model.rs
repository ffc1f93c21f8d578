//! 说明的内容: what an explanation holds, as data.

use serde::{Deserialize, Serialize};

use super::{GroupResult, Nearest, Question, Text, Turn};
use crate::column::State;
use crate::eval::{Gap, Mode, OpenFact, Subject};
use crate::plan::Per;
use crate::value::{Date, DivisionCode, Month, Truth};

/// 条件 of an outcome, as an official lists them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Condition {
    /// What must hold.
    pub text: Text,
    /// Whether it does.
    pub truth: Truth,
    /// What was found in this case.
    pub found: Text,
    /// Articles.
    pub source: Vec<String>,
}

/// 推演步骤: a rule that took part, below the rule that named it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Rule id.
    pub rule: String,
    /// Depth in the tree, from 0.
    pub depth: usize,
    /// Whose value.
    pub subject: Subject,
    /// Title of the rule.
    pub label: Text,
    /// Its value with the unit.
    pub value: Text,
    /// Its truth, for a rule that says yes or no.
    pub truth: Option<Truth>,
    /// How the value came about, in numbers; empty where there is nothing to add up.
    pub formula: Text,
    /// The rule's own sentence about this case.
    pub said: Option<Text>,
    /// For a decision table: the rows that decided; while that is open, those that may.
    pub rows: Vec<TableRow>,
    /// The exception that decided, where one did.
    pub exception: Option<DecidingException>,
    /// Articles.
    pub source: Vec<String>,
}

/// 起作用的例外
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecidingException {
    /// Id within the rule.
    pub id: String,
    /// Label.
    pub label: Text,
    /// Articles.
    pub source: Vec<String>,
}

/// 表中的行
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableRow {
    /// Its number in the table, from 1; 0 is what holds where no row applies.
    pub number: usize,
    /// File and line, such as `cn/tekun/rules/tests.toml:24`; empty for number 0.
    pub place: String,
    /// What the row asks.
    pub text: Text,
    /// Whether it applies.
    pub truth: Truth,
    /// Articles.
    pub source: Vec<String>,
}

/// 用到的事实
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputFact {
    /// Fact id.
    pub fact: String,
    /// Label.
    pub label: Text,
    /// Whose.
    pub subject: Subject,
    /// Value with the unit; for an unknown fact its bounds.
    pub value: Text,
    /// Whether it is known, and if not why.
    pub state: State,
    /// Who supplied it.
    pub source: Option<String>,
    /// Day on which it was true.
    pub as_of: Option<Date>,
    /// Last day on which it counts as fresh.
    pub fresh_until: Option<Date>,
    /// Grade of the evidence.
    pub grade: Option<String>,
    /// Row of the delivery that it stands in.
    pub line: Option<String>,
    /// Who could supply it.
    pub from: Vec<String>,
}

/// 用到的参数
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UsedParameter {
    /// Parameter id.
    pub id: String,
    /// Label.
    pub label: Text,
    /// Value with the unit.
    pub value: Text,
    /// Where the row holds; `None` is everywhere.
    pub division: Option<DivisionCode>,
    /// First day it holds; absent where no single row was hit.
    pub from: Option<Date>,
    /// Citation.
    pub source: String,
    /// Which layer gave it.
    pub layer: String,
    /// Whether sources disagree on it: 政策待确认.
    pub contested: bool,
}

/// 按规定取的值: something is not known, and an article says what is taken meanwhile. The result rests on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UsedDefault {
    /// What is not known: a fact, or a clause over facts.
    pub label: Text,
    /// Whose.
    pub subject: Subject,
    /// What is taken instead, with the unit.
    pub value: Text,
    /// The articles that say so.
    pub source: Vec<String>,
}

/// 说明 of one outcome for one household or member.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Outcome id.
    pub programme: String,
    /// Title of the outcome.
    pub title: Text,
    /// The household, or the member that was asked about.
    pub subject: Subject,
    /// What the members and obligors are called, in order.
    pub members: Vec<String>,
    /// What the obligors are called, in order.
    pub obligors: Vec<String>,
    /// Whether it is met.
    pub outcome: Truth,
    /// Least and largest possible amount in fen, should it be met; `None` is unbounded.
    pub amount: (Option<i64>, Option<i64>),
    /// Per what time the amount counts; absent where the outcome pays nothing.
    pub unit: Option<Per>,
    /// How the amount came about, in numbers.
    pub amount_formula: Text,
    /// Month that was assessed.
    pub period: Month,
    /// Knowledge date.
    pub as_of: Date,
    /// How stale values were taken.
    pub mode: Mode,
    /// SHA-256 over the law: with the facts, the period and the date it replays the result.
    pub package_hash: String,
    /// Where the household lives.
    pub division: Option<DivisionCode>,
    /// Name of that place, if the caller knows it.
    pub place: Option<String>,
    /// Number of the record from which the explanation replays, where it was told from one.
    pub record: Option<String>,
    /// The sentences that tell why, the most telling ones only.
    pub reasons: Vec<Text>,
    /// All conditions.
    pub conditions: Vec<Condition>,
    /// The clause on which the result turned, down to the comparison; of a result that is met, the condition nearest
    /// to turning.
    pub deciding: Option<Text>,
    /// Facts in that clause that the person cannot change but that a record may have wrong: another value of one of
    /// them alone would change the result.
    pub correctable: Vec<InputFact>,
    /// The rules that took part, as a tree.
    pub steps: Vec<Step>,
    /// The facts that were read.
    pub inputs: Vec<InputFact>,
    /// The parameters that were read.
    pub parameters: Vec<UsedParameter>,
    /// What was taken as an article says because it is not known.
    pub defaults: Vec<UsedDefault>,
    /// All articles, in order of use.
    pub articles: Vec<String>,
    /// How many of them, the first ones, are the outcome's own.
    pub own_articles: usize,
    /// What would decide it, or fix its amount.
    pub open_facts: Vec<OpenFact>,
    /// Of each open fact, in the same order, why it is not known and who could tell.
    pub questions: Vec<Question>,
    /// The smallest sets of open facts (places in the list) that can decide the result, the smallest first. Empty where
    /// nothing is open or no fact decides.
    pub ways: Vec<Vec<usize>>,
    /// The least change of one changeable sum that turns the result.
    pub nearest: Option<Nearest>,
    /// A changeable yes or no that turns the result by itself.
    pub turn: Option<Turn>,
    /// Parameters without a row for this household.
    pub gaps: Vec<Gap>,
    /// The groups of outcomes that this one belongs to.
    pub groups: Vec<GroupResult>,
    /// What no fact can settle: exceptions of which nobody has said which one wins, an average over nobody.
    pub unsettled: Vec<Text>,
}

impl Explanation {
    /// What a subject is called.
    #[must_use]
    pub fn name(&self, subject: Subject) -> &str {
        match subject {
            Subject::Household => "",
            Subject::Member(at) => self.members.get(at as usize).map_or("", String::as_str),
            Subject::Obligor(at) => self.obligors.get(at as usize).map_or("", String::as_str),
        }
    }
}
