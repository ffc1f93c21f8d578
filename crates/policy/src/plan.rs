//! 执行计划: the rules of one period as a graph of typed nodes, in an order in which each node comes after
//! its inputs. The front end (`syntax`, `book`) builds it; the evaluator runs it over columns.
//!
//! Meaning of a value during evaluation: the set of values that are still possible. A truth is one of three;
//! a number is an interval, open-ended where nothing bounds it; an enum is a set of its values. A value is
//! known when the set has one element. Every operation returns a set that contains the true result whatever
//! the unknown facts turn out to be; it may be wider than needed (`x - x`), never narrower.

use serde::Serialize;

use crate::eval::Ready;
use crate::value::{Date, DivisionCode, Month, Rate, Truth};

/// Per what time an amount of money counts. Adding or comparing across them is a compile error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// 元
    Once,
    /// 元/月
    Month,
    /// 元/年
    Year,
}

/// The closed set of static types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// Three-valued truth.
    Bool,
    /// Whole number without a unit.
    Int,
    /// Money in whole fen.
    Money(Per),
    /// Money as an exact fraction of fen: a quotient or product before its one declared rounding.
    Exact(Per),
    /// An exact fraction without a unit.
    Rate,
    /// Days since 1970-01-01.
    Date,
    /// Months since year 0.
    Month,
    /// An enum by its index in [`Plan::enums`].
    Enum(u16),
}

/// Whose value a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    /// The same for everybody.
    Constant,
    /// 家庭
    Household,
    /// 家庭成员
    Member,
    /// 法定赡养抚养扶养义务人
    Obligor,
}

/// Index of a node; a node's inputs have smaller indices than the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct NodeId(pub u32);

/// Where a text stands: file index in [`crate::plan::Plan::files`] and byte range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Span {
    /// File index.
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

/// One node of the graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it computes.
    pub op: Op,
    /// Static type of the result.
    pub ty: Type,
    /// Whose value it is.
    pub entity: Entity,
    /// The text it comes from.
    pub span: Span,
}

/// Comparison of two numbers of one type, or (`Eq`, `Ne`) of two truths or two enums of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cmp {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// What an aggregate does with the body over the subjects that pass the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fold {
    /// Some body is true.
    Any,
    /// Every body is true (true for nobody).
    All,
    /// How many pass the filter; there is no body.
    Count,
    /// Sum of the bodies (0 for nobody).
    Sum,
    /// Largest body; for nobody nothing is known.
    Max,
    /// Smallest body; for nobody nothing is known.
    Min,
}

/// How a declared rounding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundMode {
    /// Towards plus infinity (见分进角).
    Up,
    /// Towards minus infinity.
    Down,
    /// To the nearest, halves away from zero (四舍五入).
    HalfUp,
    /// To the nearest, halves to the even neighbour.
    HalfEven,
}

/// The operations. Operand types are checked when the plan is built; the evaluator may rely on them.
/// All operands of a node are of the node's entity (a [`Op::Lift`] stands between where they were not), except
/// those of `Lift` and `Aggregate`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A constant truth.
    Truth(Truth),
    /// A constant number of the node's type (int, fen, days, months).
    Number(i64),
    /// A constant rate.
    Ratio(Rate),
    /// A constant enum value by position.
    EnumValue(u8),
    /// The fact of this index in [`Plan::facts`].
    Fact(u32),
    /// Lookup of the parameter of this index in [`Plan::params`] at the household's division and the keys.
    /// Keys are enum nodes in the order of [`ParamTable::keys`]. An unknown key gives the hull of the rows it may hit.
    Param(u32, Vec<NodeId>),
    /// A constant or household value seen by a member or obligor, or a constant seen by a household.
    Lift(NodeId),
    /// Kleene negation.
    Not(NodeId),
    /// Kleene conjunction of one or more truths.
    And(Vec<NodeId>),
    /// Kleene disjunction of one or more truths.
    Or(Vec<NodeId>),
    /// Comparison.
    Compare(Cmp, NodeId, NodeId),
    /// Whether an enum is in a set, a bit mask by value position.
    In(NodeId, u64),
    /// Sum of two numbers of one type (int, money, exact, rate); date plus int gives days later, month plus int
    /// months later.
    Add(NodeId, NodeId),
    /// Difference of two numbers of one type; date minus date gives days (int), month minus month months (int).
    Sub(NodeId, NodeId),
    /// Arithmetic negation.
    Neg(NodeId),
    /// int × int, money × int, exact × int, and anything with a rate (which is exact). The unit per time is the
    /// node's type: money a month × months is money once.
    Mul(NodeId, NodeId),
    /// Exact quotient: money, exact or rate ÷ int or rate; int ÷ int, money ÷ money and exact ÷ exact of one unit
    /// (a rate). The node's type says what the result is. A divisor that may be zero leaves the result unknown
    /// and unbounded.
    Div(NodeId, NodeId),
    /// The smaller of two numbers of one type.
    Min(NodeId, NodeId),
    /// The larger of two numbers of one type.
    Max(NodeId, NodeId),
    /// Money or exact as exact of the same unit.
    ToExact(NodeId),
    /// Money or exact a year, or once over twelve months, as exact money a month (÷ 12).
    PerMonth(NodeId),
    /// Money or exact a month as the same a year (× 12).
    PerYear(NodeId),
    /// Full years (周岁) from a date to the constant date: int.
    YearsTo(NodeId, Date),
    /// Full months from a date to the constant date: int.
    MonthsTo(NodeId, Date),
    /// `if c then a else b`; with `c` unknown the hull of both.
    If(NodeId, NodeId, NodeId),
    /// Whether the operand is known: never unknown itself.
    Known(NodeId),
    /// The operand where it is known, else the cited default.
    OrElse(NodeId, NodeId),
    /// Fold over a list. `filter` (bool) and `body` are nodes of the list's entity.
    /// A subject whose filter is unknown may or may not count.
    Aggregate {
        /// `Member` or `Obligor`.
        list: Entity,
        /// What is done.
        fold: Fold,
        /// Who counts; everybody where absent.
        filter: Option<NodeId>,
        /// What is folded; absent for `Count`.
        body: Option<NodeId>,
    },
    /// Exact money to money in multiples of `to` fen.
    Round {
        /// What is rounded.
        value: NodeId,
        /// The step in fen: 1 = 1分, 10 = 1角, 100 = 1元.
        to: i64,
        /// How.
        mode: RoundMode,
    },
}

impl Op {
    /// The nodes that the operation reads, in the order in which it names them.
    #[must_use]
    pub fn operands(&self) -> Vec<NodeId> {
        match self {
            Self::Truth(_) | Self::Number(_) | Self::Ratio(_) | Self::EnumValue(_) | Self::Fact(_) => {
                Vec::new()
            }
            Self::Param(_, nodes) | Self::And(nodes) | Self::Or(nodes) => nodes.clone(),
            Self::Lift(a)
            | Self::Not(a)
            | Self::In(a, _)
            | Self::Neg(a)
            | Self::ToExact(a)
            | Self::PerMonth(a)
            | Self::PerYear(a)
            | Self::YearsTo(a, _)
            | Self::MonthsTo(a, _)
            | Self::Known(a)
            | Self::Round { value: a, .. } => vec![*a],
            Self::Compare(_, a, b)
            | Self::Add(a, b)
            | Self::Sub(a, b)
            | Self::Mul(a, b)
            | Self::Div(a, b)
            | Self::Min(a, b)
            | Self::Max(a, b)
            | Self::OrElse(a, b) => vec![*a, *b],
            Self::If(a, b, c) => vec![*a, *b, *c],
            Self::Aggregate { filter, body, .. } => filter.iter().chain(body).copied().collect(),
        }
    }
}

/// 枚举: a closed list of named values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnumDecl {
    /// English id (the id of the fact or rule that declares it).
    pub id: String,
    /// The values: English id and Chinese label, at most 64.
    pub values: Vec<(String, String)>,
}

/// 事实 as the vocabulary declares it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactDecl {
    /// English id.
    pub id: String,
    /// 中文 label.
    pub zh: String,
    /// English label.
    pub en: String,
    /// Whose fact it is.
    pub of: Entity,
    /// Type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Least possible value in the type's unit (fen, days); `None` is unbounded.
    pub min: Option<i64>,
    /// Largest possible value.
    pub max: Option<i64>,
    /// Who can supply it: `registry`, a feed id, `declaration`, `visit`, `assessment`, `authorised_check`, `own_register`.
    pub from: Vec<String>,
    /// How many months the fact stays fresh; `None` for ever.
    pub fresh_months: Option<u16>,
    /// 回溯窗口: for how many months it has a value, that of the period among them; 1 for an ordinary fact. The values
    /// of earlier months are facts of their own that follow it, with ids such as `wage@1` (one month back).
    pub window: u16,
    /// How many months before the period its value is; 0 for the fact of the period itself.
    pub back: u16,
    /// Whether it tells of something that has happened: a date after the day of the facts is refused.
    pub past: bool,
    /// Whether a person could change it (nearest-change explanations read only these).
    pub changeable: bool,
    /// Whether it only sorts people into the groups of a statistic: no outcome and no indicator may rest on it.
    pub statistics: bool,
    /// 在享名册: programmes (outcome ids, or words of the register of awards) that say it by being received.
    pub register: Vec<String>,
    /// 怎么问: the question of a visitor, in Chinese; empty where the label makes it.
    pub ask_zh: String,
    /// The same in English.
    pub ask_en: String,
    /// 人人都问: whether every member of every family is asked on a visit, known or not, because a question that only
    /// some homes are asked would tell who is meant.
    pub ask_all: bool,
    /// Index of its enum, for enum facts.
    #[serde(skip)]
    pub enum_index: Option<u16>,
}

impl FactDecl {
    /// The id of the value of so many months before the period.
    #[must_use]
    pub fn id_back(&self, months: u16) -> String {
        if months == 0 { self.id.clone() } else { format!("{}@{months}", self.id) }
    }

    /// The id of the fact whose earlier value this is; its own for a fact of the period.
    #[must_use]
    pub fn base_id(&self) -> &str {
        self.id.split_once('@').map_or(self.id.as_str(), |(base, _)| base)
    }
}

/// One dated row of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParamRow {
    /// Where it holds; `None` is everywhere. The longest matching prefix of the household's division wins.
    pub division: Option<DivisionCode>,
    /// Values of the key columns by enum position.
    pub keys: Vec<u8>,
    /// First day it holds.
    pub from: Date,
    /// Last day it holds, where it has ended.
    pub to: Option<Date>,
    /// Day on which it was decided (knowledge time).
    pub enacted: Date,
    /// The value: fen, int, days, months, enum position; a rate is in `ratio`.
    pub value: i64,
    /// The value of a rate.
    pub ratio: Option<(i64, i64)>,
    /// Citation as written (`DB-02`, `示例文件〔2024〕1号`).
    pub source: String,
    /// Which layer gave it: `cn`, `gz`, `demo/qingshi` …
    pub layer: String,
}

/// 参数 of a plan: only rows that hold in the period and were known on the as-of date.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParamTable {
    /// English id.
    pub id: String,
    /// 中文 label.
    pub zh: String,
    /// English label.
    pub en: String,
    /// Type of the value.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Enum of each key column.
    pub keys: Vec<u16>,
    /// Whether sources disagree on it: the explanation says “policy to confirm”.
    pub contested: bool,
    /// The rows.
    pub rows: Vec<ParamRow>,
}

/// A rule that took part in the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedRule {
    /// English id.
    pub id: String,
    /// Package id, such as `cn/dibao`.
    pub package: String,
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Whose value it is.
    pub of: Entity,
    /// Fact ids and articles.
    pub source: Vec<String>,
    /// Articles that say what is taken where something is not known ([`Op::OrElse`]).
    pub defaults: Vec<String>,
    /// The node of its final value (exceptions applied).
    pub node: NodeId,
    /// Its exceptions, those of an exception after it.
    pub excepts: Vec<PlannedExcept>,
    /// Pairs of exceptions of which nobody has said which one wins.
    pub disputes: Vec<PlannedDispute>,
    /// For a decision table: what tells which row decided. The value itself does not read these nodes.
    pub table: Option<PlannedTable>,
    /// Direct inputs in order of first use: the rules, facts and parameters that its text names.
    pub inputs: Vec<Input>,
    /// Sentences for the trace: met / not_met / unknown / any, with `{name}` places.
    pub say: Vec<Say>,
}

/// 例外 as an explanation needs it. The value of its rule does not read these nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedExcept {
    /// Id within the rule.
    pub id: String,
    /// 中文 label.
    pub zh: String,
    /// English label.
    pub en: String,
    /// Truth: whether it decides, nothing of a higher priority holding and no exception of its own.
    pub decides: NodeId,
    /// Cited articles.
    pub source: Vec<String>,
}

/// 例外冲突: two exceptions of one priority and with values of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedDispute {
    /// Positions of the two in [`PlannedRule::excepts`].
    pub excepts: (usize, usize),
    /// Truth: whether both hold where they would decide.
    pub both: NodeId,
    /// What each of them gives.
    pub values: (NodeId, NodeId),
}

/// 命中方式: what a decision table gives where several of its rows apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hit {
    /// No two rows can apply at once.
    Unique,
    /// The first row that applies.
    First,
    /// The sum of all rows that apply.
    CollectSum,
    /// The largest of all rows that apply.
    CollectMax,
}

/// 决策表 as an explanation needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedTable {
    /// What happens where several rows apply.
    pub hit: Hit,
    /// The nodes of the columns.
    pub columns: Vec<NodeId>,
    /// The rows in their order.
    pub rows: Vec<PlannedRow>,
    /// Citations of what holds where no row applies, where there is such.
    pub default: Option<Vec<String>>,
}

/// A row of a decision table.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedRow {
    /// Truth: whether the row applies.
    pub when: NodeId,
    /// What it asks, in Chinese.
    pub zh: String,
    /// What it asks, in English.
    pub en: String,
    /// Cited articles.
    pub source: Vec<String>,
    /// File (index in [`Plan::files`]) and line of the row.
    pub place: (u32, usize),
}

/// What a rule's text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Index in [`Plan::facts`].
    Fact(u32),
    /// Index in [`Plan::rules`].
    Rule(u32),
    /// Index in [`Plan::params`] and the node of the lookup.
    Param(u32, NodeId),
}

/// A sentence template in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// Said when the rule's truth is this; `None` says it always.
    pub when: Option<Truth>,
    /// Chinese text with `{id}` places.
    pub zh: String,
    /// English text with `{id}` places.
    pub en: String,
    /// The nodes of the places, by name as written between the braces. A place may be of a wider entity than
    /// the rule (a household value in a sentence about a member). `{division}` has no node: the renderer fills it.
    pub places: Vec<(String, NodeId)>,
}

/// 待遇 or 身份 that a programme can give.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedOutcome {
    /// English id: `dibao`, `dibao_single`, `edge`, `tekun`, `ta_urgent`, `ta_expense`, `ds_living`, `ds_nursing`.
    pub id: String,
    /// Package id.
    pub package: String,
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// `Household` or `Member`: who is entitled.
    pub of: Entity,
    /// Fact ids and articles.
    pub source: Vec<String>,
    /// Articles that say what is taken where something is not known ([`Op::OrElse`]).
    pub defaults: Vec<String>,
    /// Truth: whether the conditions are met.
    pub met: NodeId,
    /// The conditions as an official lists them: the operands of the top-level conjunction.
    pub conditions: Vec<NodeId>,
    /// Money in fen after its one rounding, where the outcome pays.
    pub amount: Option<NodeId>,
    /// Rules behind `met` and `amount`, for the explanation (indices in [`Plan::rules`]).
    pub rules: Vec<u32>,
    /// The fact that says the household or member already receives it (id), where there is one.
    pub receiving: Option<String>,
}

/// 待遇组的方式: how outcomes that stand in each other's way go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// 择一: one of them, which somebody chooses.
    OneOf,
    /// 就高: the one that pays most; of equal ones the first.
    TakeTheHigher,
    /// 补足: each pays only what brings those before it up to its own level.
    TopUp,
}

/// 由谁选择
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Chooser {
    /// 审核确认机关
    #[default]
    Authority,
    /// 本人
    Person,
}

/// 待遇组
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedGroup {
    /// English id.
    pub id: String,
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// How they go together.
    pub kind: GroupKind,
    /// Who chooses, where one of them is to be chosen.
    pub chosen_by: Chooser,
    /// The outcomes (indices in [`Plan::outcomes`]), in the order of the law.
    pub outcomes: Vec<usize>,
    /// For [`GroupKind::TakeTheHigher`], of each outcome: whether it is met and stands before the others.
    pub stands: Vec<NodeId>,
    /// For [`GroupKind::TopUp`], of each outcome: what it pays beside those before it, should it be met.
    pub pays: Vec<NodeId>,
    /// Fact ids and articles.
    pub source: Vec<String>,
}

/// Direction of a warning indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorKind {
    /// Possibly missed (进入侧).
    Entry,
    /// Possibly no longer due (退出侧).
    Exit,
}

/// 预警指标.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedIndicator {
    /// Catalogue code: `W-M1`, `X-1` …
    pub id: String,
    /// Package id.
    pub package: String,
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Direction.
    pub kind: IndicatorKind,
    /// Outcomes it speaks for: missed ones (entry) or received ones (exit).
    pub outcomes: Vec<String>,
    /// Urgency class: 0 = red (24 h), 1 = orange, 2 = yellow, 3 = blue.
    pub urgency: u8,
    /// For the officer: why it fired; `{id}` places.
    pub reason: Say,
    /// For the visitor: what to look at; no places, no source, no illness.
    pub visit_note_zh: String,
    /// The same in English.
    pub visit_note_en: String,
    /// Household-level truth: whether it fires.
    pub when: NodeId,
    /// Fact ids and articles.
    pub source: Vec<String>,
    /// Facts it reads, directly or through rules (indices in [`Plan::facts`]).
    pub reads: Vec<u32>,
    /// Feed purpose check: exposed so that `monitoring` can refuse an indicator over a field without that purpose.
    pub purpose: String,
}

impl Plan {
    /// Whether nobody may receive both of two outcomes (by id): in some group only one of them can be had.
    #[must_use]
    pub fn exclude(&self, a: &str, b: &str) -> bool {
        let is = |at: &usize, id: &str| self.outcomes.get(*at).is_some_and(|o| o.id == id);
        let one = self.groups.iter().filter(|group| group.kind != GroupKind::TopUp);
        a != b && one.map(|g| &g.outcomes).any(|all| [a, b].iter().all(|id| all.iter().any(|at| is(at, id))))
    }
}

/// The compiled book for one period and knowledge date.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Month that is assessed.
    pub period: Month,
    /// Knowledge date: nothing enacted later is used.
    pub as_of: Date,
    /// SHA-256 over all package texts, hex: with facts, period and as-of date it replays a result.
    pub package_hash: String,
    /// File names by [`Span::file`].
    pub files: Vec<String>,
    /// Enums.
    pub enums: Vec<EnumDecl>,
    /// The whole vocabulary; the facts that the plan reads come first.
    pub facts: Vec<FactDecl>,
    /// Parameters the plan reads.
    pub params: Vec<ParamTable>,
    /// Nodes in topological order.
    pub nodes: Vec<Node>,
    /// Rules in topological order.
    pub rules: Vec<PlannedRule>,
    /// Outcomes.
    pub outcomes: Vec<PlannedOutcome>,
    /// Outcomes that stand in each other's way.
    pub groups: Vec<PlannedGroup>,
    /// Indicators.
    pub indicators: Vec<PlannedIndicator>,
    /// What its runs share, made when first read: whoever changes a plan that has been run changes a clone.
    pub(crate) ready: Ready,
}

impl Plan {
    /// The id or title of the outcome nearest to a name that none has.
    #[must_use]
    pub fn near_outcome(&self, name: &str) -> Option<&str> {
        crate::near::nearest(name, self.outcomes.iter().flat_map(|o| [o.id.as_str(), o.zh.as_str()]))
    }
}
