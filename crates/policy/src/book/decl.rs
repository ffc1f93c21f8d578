//! 条文声明: what the package files say, read and parsed but not yet compiled.

use crate::plan::{Chooser, Entity, GroupKind, Hit, IndicatorKind, ParamRow, RoundMode, Span, Type};
use crate::syntax::ast::{Cell, Expr};
use crate::value::{Date, DivisionCode, Truth};

/// 政策包
#[derive(Clone, Debug, PartialEq)]
pub struct PackageDecl {
    /// Path below the policies folder, such as `cn/dibao`.
    pub id: String,
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Competent authority.
    pub authority: String,
    /// Citations of the legal basis.
    pub legal_basis: Vec<String>,
    /// Packages whose names it reads.
    pub uses: Vec<String>,
    /// The only division in which its outcomes and indicators hold; `None` is everywhere.
    pub division: Option<DivisionCode>,
}

/// 文件: a law, regulation or notice that articles are cited from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceDoc {
    /// Short id, such as `M57`.
    pub id: String,
    /// Title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// 文号
    pub number: String,
    /// First day in force, where stated.
    pub from: Option<Date>,
    /// Last day in force, where it has ended.
    pub to: Option<Date>,
}

/// 依据: one statement of the law in our own words, by a stable id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cite {
    /// Id, such as `DB-01`.
    pub id: String,
    /// What it says.
    pub zh: String,
    /// The same in English, where given.
    pub en: String,
    /// Articles: `M57#8`.
    pub doc: Vec<String>,
    /// How sure: `V` verified …
    pub tag: String,
}

/// 生效期: valid time and knowledge time of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First day it holds.
    pub from: Date,
    /// Last day it holds, where it has ended.
    pub to: Option<Date>,
    /// Day on which it was decided; the first day it holds where not stated.
    pub enacted: Date,
}

impl Validity {
    /// Whether the version holds on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// Whether the version holds on a day as the law was known on another.
    #[must_use]
    pub fn holds(&self, day: Date, as_of: Date) -> bool {
        self.holds_on(day) && self.enacted <= as_of
    }
}

/// 规则, one version.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleDecl {
    /// English id.
    pub id: String,
    /// 中文 label.
    pub zh: String,
    /// English label.
    pub en: String,
    /// Package id.
    pub package: String,
    /// Whose value it is.
    pub of: Entity,
    /// When it holds.
    pub validity: Validity,
    /// Cited articles.
    pub source: Vec<String>,
    /// The value unless an exception holds.
    pub body: Body,
    /// Exceptions; of those that hold the one of the highest priority wins.
    pub excepts: Vec<ExceptDecl>,
    /// Citations that allow a default for the unknown (`or_else`).
    pub defaults: Vec<String>,
    /// Sentences for the trace.
    pub say: Vec<SayDecl>,
    /// The enum that the rule declares for its own values (index in [`super::Book::enums`]).
    pub enum_index: Option<u16>,
    /// Where its table stands.
    pub span: Span,
}

impl RuleDecl {
    /// Every expression of its value and exceptions, in the order of the text. Cells of a table are none: they
    /// hold literals.
    #[must_use]
    pub fn expressions(&self) -> Vec<&Expr> {
        let mut all = match &self.body {
            Body::Value(value) => vec![value],
            Body::Table(table) => table.columns.iter().chain(table.results()).collect(),
        };
        for except in &self.excepts {
            except.expressions(&mut all);
        }
        all
    }

    /// The expressions that its value may come from, exceptions aside.
    #[must_use]
    pub fn results(&self) -> Vec<&Expr> {
        match &self.body {
            Body::Value(value) => vec![value],
            Body::Table(table) => table.results().collect(),
        }
    }
}

/// How a rule gets its value.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// From an expression.
    Value(Expr),
    /// From the rows of a decision table.
    Table(TableDecl),
}

/// 决策表
#[derive(Clone, Debug, PartialEq)]
pub struct TableDecl {
    /// What the cells of a row are held against.
    pub columns: Vec<Expr>,
    /// What happens where several rows apply.
    pub hit: Hit,
    /// The rows in their order.
    pub rows: Vec<RowDecl>,
    /// What holds where no row applies; it cites the article that says so.
    pub default: Option<ResultDecl>,
}

impl TableDecl {
    /// The results of the rows and of the default.
    pub fn results(&self) -> impl Iterator<Item = &Expr> {
        self.rows.iter().map(|row| &row.result).chain(&self.default).map(|result| &result.then)
    }
}

/// A row of a decision table.
#[derive(Clone, Debug, PartialEq)]
pub struct RowDecl {
    /// One for each column.
    pub cells: Vec<Cell>,
    /// What it gives.
    pub result: ResultDecl,
    /// Where it stands.
    pub span: Span,
}

/// What a row or the default of a decision table gives.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultDecl {
    /// The value.
    pub then: Expr,
    /// Cited articles.
    pub source: Vec<String>,
}

/// 例外
#[derive(Clone, Debug, PartialEq)]
pub struct ExceptDecl {
    /// Id within the rule.
    pub id: String,
    /// 中文 label; the id where none is given.
    pub zh: String,
    /// English label; the id where none is given.
    pub en: String,
    /// When it holds.
    pub when: Expr,
    /// The value then.
    pub value: Expr,
    /// Which of several exceptions wins: the highest. Two of the same priority that hold with different values
    /// leave the value unknown.
    pub priority: i64,
    /// Exceptions to the exception.
    pub excepts: Vec<ExceptDecl>,
    /// Cited articles.
    pub source: Vec<String>,
    /// Where its table stands.
    pub span: Span,
}

impl ExceptDecl {
    /// Adds the expressions that give its value, or that of an exception to it.
    pub fn values<'a>(&'a self, all: &mut Vec<&'a Expr>) {
        all.push(&self.value);
        for inner in &self.excepts {
            inner.values(all);
        }
    }

    /// Adds its expressions and those of its own exceptions.
    pub fn expressions<'a>(&'a self, all: &mut Vec<&'a Expr>) {
        all.extend([&self.when, &self.value]);
        for inner in &self.excepts {
            inner.expressions(all);
        }
    }
}

/// A sentence with `{name}` places.
#[derive(Clone, Debug, PartialEq)]
pub struct SayDecl {
    /// For which truth; `None` is always.
    pub when: Option<Truth>,
    /// Chinese text.
    pub zh: String,
    /// English text (the Chinese one where none is given).
    pub en: String,
    /// The places of both texts, each parsed: the text between the braces, the expression.
    pub places: Vec<(String, Expr)>,
}

/// 待遇
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeDecl {
    /// English id.
    pub id: String,
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Package id.
    pub package: String,
    /// `Household` or `Member`.
    pub of: Entity,
    /// When it exists.
    pub validity: Validity,
    /// Cited articles.
    pub source: Vec<String>,
    /// The conditions as written.
    pub met_when: Expr,
    /// The conditions with the place, where the package holds in one division only.
    pub within: Option<Expr>,
    /// What it pays.
    pub amount: Option<AmountDecl>,
    /// Fact that says it is already received.
    pub receiving: Option<String>,
    /// Citations that allow a default for the unknown.
    pub defaults: Vec<String>,
    /// Where its table stands.
    pub span: Span,
}

impl OutcomeDecl {
    /// All conditions: those written, and the place where the package holds in one division only.
    #[must_use]
    pub fn conditions(&self) -> &Expr {
        self.within.as_ref().unwrap_or(&self.met_when)
    }
}

/// 待遇组: outcomes that stand in each other's way.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupDecl {
    /// English id.
    pub id: String,
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Package id.
    pub package: String,
    /// How they stand to each other.
    pub kind: GroupKind,
    /// Who chooses, where one of them is to be chosen.
    pub chosen_by: Chooser,
    /// Ids of the outcomes, in the order in which one comes before the other.
    pub outcomes: Vec<String>,
    /// When it holds.
    pub validity: Validity,
    /// Cited articles.
    pub source: Vec<String>,
    /// Where its table stands.
    pub span: Span,
}

/// 金额
#[derive(Clone, Debug, PartialEq)]
pub struct AmountDecl {
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// The exact amount.
    pub value: Expr,
    /// Step in fen and mode of the one rounding.
    pub rounding: Option<(i64, RoundMode)>,
    /// Cited articles.
    pub source: Vec<String>,
}

/// 预警指标
#[derive(Clone, Debug, PartialEq)]
pub struct IndicatorDecl {
    /// Catalogue code.
    pub id: String,
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Package id.
    pub package: String,
    /// Direction.
    pub kind: IndicatorKind,
    /// Outcomes it speaks for.
    pub outcomes: Vec<String>,
    /// 0 = red … 3 = blue.
    pub urgency: u8,
    /// Household-level truth as written.
    pub when: Expr,
    /// The same with the place, where the package holds in one division only.
    pub within: Option<Expr>,
    /// For the officer.
    pub reason: SayDecl,
    /// For the visitor.
    pub visit_note_zh: String,
    /// For the visitor, in English.
    pub visit_note_en: String,
    /// `find`, `verify` …
    pub purpose: String,
    /// When it holds.
    pub validity: Validity,
    /// Cited articles.
    pub source: Vec<String>,
    /// Citations that allow a default for the unknown.
    pub defaults: Vec<String>,
    /// Where its table stands.
    pub span: Span,
}

impl IndicatorDecl {
    /// When it fires: what is written, and the place where the package holds in one division only.
    #[must_use]
    pub fn fires_when(&self) -> &Expr {
        self.within.as_ref().unwrap_or(&self.when)
    }
}

/// 参数, with the rows of all layers and all times.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterDecl {
    /// English id.
    pub id: String,
    /// 中文 label.
    pub zh: String,
    /// English label.
    pub en: String,
    /// Package id.
    pub package: String,
    /// Type of the value.
    pub ty: Type,
    /// Key columns: ids of enum facts (or of rules that declare an enum), and their enums.
    pub keys: Vec<(String, u16)>,
    /// Whether sources disagree on it.
    pub contested: bool,
    /// Whether no text writes it: it follows from the `division` of a package.
    pub derived: bool,
    /// Levels (`province`, `city`, `county`, `town`) that may give rows of their own.
    pub overridable_by: Vec<Level>,
    /// Least lawful value.
    pub min: Option<ParamValue>,
    /// Largest lawful value.
    pub max: Option<ParamValue>,
    /// Cited articles.
    pub source: Vec<String>,
    /// Rows of all layers and times, each with the level of its layer.
    pub rows: Vec<(Level, ParamRow)>,
    /// Where its table stands.
    pub span: Span,
}

/// A value of a parameter: a number in the type's unit, or a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamValue {
    /// Fen, int, days, months, 0/1 of a bool, enum position.
    Number(i64),
    /// Numerator and denominator in lowest terms.
    Ratio(i64, i64),
}

/// 层级: who gives a value; a later one stands before an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 国家
    Nation,
    /// 省
    Province,
    /// 市
    City,
    /// 县
    County,
    /// 乡镇、街道
    Town,
}

/// 地方层: a folder of local values.
#[derive(Clone, Debug, PartialEq)]
pub struct OverlayDecl {
    /// Path below the policies folder: `gz`, `demo/qingshi`.
    pub id: String,
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Whose values it holds.
    pub level: Level,
    /// Where it holds.
    pub division: DivisionCode,
}
