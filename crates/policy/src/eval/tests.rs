#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use super::build::{Build, batch, bools, enums, numbers, param};
use super::*;
use crate::plan::*;
use crate::value::{Date, Rate};

const H: Entity = Entity::Household;
const M: Entity = Entity::Member;
const FEN: Type = Type::Money(Per::Month);
const EXACT: Type = Type::Exact(Per::Month);

fn value(plan: &Plan, batch: &Batch, node: NodeId) -> Value {
    Trace::of(plan, batch, 0, Mode::Decide).value(node, 0)
}

fn number(lo: Option<i64>, hi: Option<i64>) -> Value {
    Value::Number { lo, hi }
}

/// A binary operation on two household numbers, each given by its bounds (known where both ends are equal).
fn binary(
    op: fn(NodeId, NodeId) -> Op,
    ty: Type,
    operand: Type,
    a: (Option<i64>, Option<i64>),
    b: (Option<i64>, Option<i64>),
) -> Value {
    let mut build = Build::new();
    let x = build.fact("x", H, operand, a.0, a.1);
    let y = build.fact("y", H, operand, b.0, b.1);
    let node = build.node(op(x, y), ty, H);
    value(&build.plan, &batch(&[0]), node)
}

#[test]
fn sums_and_differences_keep_open_ends_open() {
    let known = (Some(5), Some(5));
    let open = (Some(3), None);
    assert_eq!(binary(Op::Add, Type::Int, Type::Int, known, open), number(Some(8), None));
    assert_eq!(binary(Op::Sub, Type::Int, Type::Int, known, open), number(None, Some(2)));
    assert_eq!(binary(Op::Sub, Type::Int, Type::Int, (None, None), known), number(None, None));
    assert_eq!(binary(Op::Min, Type::Int, Type::Int, known, open), number(Some(3), Some(5)));
    assert_eq!(binary(Op::Max, Type::Int, Type::Int, known, open), number(Some(5), None));
}

#[test]
fn products_take_every_corner() {
    let mul = |a, b| binary(Op::Mul, Type::Int, Type::Int, a, b);
    assert_eq!(mul((Some(-2), Some(3)), (Some(-5), Some(7))), number(Some(-15), Some(21)));
    assert_eq!(mul((Some(0), None), (Some(0), None)), number(Some(0), None));
    assert_eq!(mul((Some(-1), None), (Some(2), Some(2))), number(Some(-2), None));
    assert_eq!(mul((None, None), (Some(0), Some(0))), number(Some(0), Some(0)));
}

#[test]
fn overflow_becomes_open_and_never_wraps() {
    let large = (Some(i64::MAX - 1), Some(i64::MAX - 1));
    let add = binary(Op::Add, Type::Int, Type::Int, large, large);
    assert!(matches!(add, Value::Number { hi: None, .. }), "{add:?}");
    let mul = binary(Op::Mul, Type::Int, Type::Int, large, (Some(-3), Some(-3)));
    assert!(matches!(mul, Value::Number { lo: None, .. }), "{mul:?}");
    let exact = binary(Op::Mul, EXACT, FEN, large, large);
    assert_eq!(exact, Value::Exact { lo: None, hi: None });
}

#[test]
fn quotients_are_exact_and_open_where_the_divisor_may_be_zero() {
    let div = |a, b| binary(Op::Div, EXACT, Type::Int, a, b);
    let seven = (Some(7), Some(7));
    let exact = |lo, hi| Value::Exact { lo, hi };
    assert_eq!(div(seven, (Some(-3), Some(-3))), exact(Some((-7, 3)), Some((-7, 3))));
    assert_eq!(div(seven, (Some(0), Some(4))), exact(None, None));
    assert_eq!(div(seven, (Some(-1), Some(4))), exact(None, None));
    assert_eq!(div(seven, (Some(2), None)), exact(Some((0, 1)), Some((7, 2))));
    assert_eq!(div((Some(1), None), (Some(2), None)), exact(Some((0, 1)), None));
}

#[test]
fn a_third_of_a_household_income_is_rounded_once_at_the_end() {
    let mut build = Build::new();
    let income = build.fact("income", H, FEN, Some(10_000), Some(10_000));
    let three = build.node(Op::Number(3), Type::Int, H);
    let third = build.node(Op::Div(income, three), EXACT, H);
    let back = build.node(Op::Mul(third, three), EXACT, H);
    for (to, mode, node, expected) in [
        (10, RoundMode::Up, third, 3_340),
        (10, RoundMode::Down, third, 3_330),
        (1, RoundMode::HalfUp, third, 3_333),
        (100, RoundMode::HalfUp, third, 3_300),
        (1, RoundMode::Up, back, 10_000),
    ] {
        let round = build.node(Op::Round { value: node, to, mode }, FEN, H);
        let got = value(&build.plan, &batch(&[0]), round);
        assert_eq!(got, number(Some(expected), Some(expected)), "{to} {mode:?}");
    }
}

#[test]
fn halves_go_away_from_zero_or_to_the_even_neighbour() {
    let mut build = Build::new();
    for (fen, up, even) in [(15, 2, 2), (25, 3, 2), (-15, -2, -2), (-25, -3, -2), (-26, -3, -3)] {
        let tenths = build.node(Op::Ratio(Rate::new(fen, 10).unwrap()), EXACT, H);
        for (mode, expected) in [(RoundMode::HalfUp, up), (RoundMode::HalfEven, even)] {
            let op = Op::Round { value: tenths, to: 1, mode };
            let round = build.node(op, FEN, H);
            let got = value(&build.plan, &batch(&[0]), round);
            assert_eq!(got, number(Some(expected), Some(expected)), "{fen} {mode:?}");
        }
    }
}

#[test]
fn comparisons_decide_as_soon_as_the_bounds_allow() {
    let compare = |cmp, a, b| {
        let mut build = Build::new();
        let x = build.fact("x", H, Type::Int, a, None);
        let y = build.fact("y", H, Type::Int, None, b);
        let node = build.node(Op::Compare(cmp, x, y), Type::Bool, H);
        value(&build.plan, &batch(&[0]), node)
    };
    // x is at least 5, y at most 4 or 5.
    for (cmp, at_most_four, at_most_five) in [
        (Cmp::Gt, Truth::True, Truth::Unknown),
        (Cmp::Ge, Truth::True, Truth::True),
        (Cmp::Lt, Truth::False, Truth::False),
        (Cmp::Le, Truth::False, Truth::Unknown),
        (Cmp::Eq, Truth::False, Truth::Unknown),
        (Cmp::Ne, Truth::True, Truth::Unknown),
    ] {
        assert_eq!(compare(cmp, Some(5), Some(4)), Value::Truth(at_most_four));
        assert_eq!(compare(cmp, Some(5), Some(5)), Value::Truth(at_most_five));
    }
}

#[test]
fn enums_are_sets() {
    let mut build = Build::new();
    let class = build.fact("class", H, Type::Enum(0), None, None);
    let rural = build.node(Op::EnumValue(1), Type::Enum(0), H);
    let is_rural = build.node(Op::Compare(Cmp::Eq, class, rural), Type::Bool, H);
    let either = build.node(Op::In(class, 0b11), Type::Bool, H);
    let unknown = batch(&[0]);
    assert_eq!(value(&build.plan, &unknown, is_rural), Value::Truth(Truth::Unknown));
    assert_eq!(value(&build.plan, &unknown, either), Value::Truth(Truth::True));
    let mut known = batch(&[0]);
    known.columns.insert("class".into(), enums(&[Some(0)]));
    assert_eq!(value(&build.plan, &known, is_rural), Value::Truth(Truth::False));
}

#[test]
fn an_unknown_condition_gives_the_hull_and_or_else_the_cited_default() {
    let mut build = Build::new();
    let c = build.fact("c", H, Type::Bool, None, None);
    let a = build.node(Op::Number(3), Type::Int, H);
    let b = build.node(Op::Number(9), Type::Int, H);
    let chosen = build.node(Op::If(c, a, b), Type::Int, H);
    let known = build.node(Op::Known(chosen), Type::Bool, H);
    let default = build.node(Op::OrElse(chosen, b), Type::Int, H);
    let facts = batch(&[0]);
    assert_eq!(value(&build.plan, &facts, chosen), number(Some(3), Some(9)));
    assert_eq!(value(&build.plan, &facts, known), Value::Truth(Truth::False));
    assert_eq!(value(&build.plan, &facts, default), number(Some(9), Some(9)));
}

#[test]
fn age_counts_full_years() {
    let mut build = Build::new();
    let birth = build.fact("birth", H, Type::Date, None, None);
    let to = Date::from_ymd(2024, 6, 30).unwrap();
    let age = build.node(Op::YearsTo(birth, to), Type::Int, H);
    let months = build.node(Op::MonthsTo(birth, to), Type::Int, H);
    for (born, years, full_months) in
        [((2008, 6, 30), 16, 192), ((2008, 7, 1), 15, 191), ((2024, 5, 31), 0, 1), ((2024, 7, 1), -1, -1)]
    {
        let mut facts = batch(&[0]);
        let day = Date::from_ymd(born.0, born.1, born.2).unwrap();
        let column = numbers(&[Some(i64::from(day.0))]);
        facts.columns.insert("birth".into(), column);
        assert_eq!(value(&build.plan, &facts, age), number(Some(years), Some(years)));
        let expected = number(Some(full_months), Some(full_months));
        assert_eq!(value(&build.plan, &facts, months), expected, "{born:?}");
    }
    assert_eq!(value(&build.plan, &batch(&[0]), age), number(None, None));
}

/// wage of members, whether they count, and every fold over them.
fn folds() -> (Plan, Vec<NodeId>) {
    let mut build = Build::new();
    let wage = build.fact("wage", M, FEN, Some(0), None);
    let counts = build.fact("counts", M, Type::Bool, None, None);
    let thousand = build.node(Op::Number(100_000), FEN, M);
    let rich = build.node(Op::Compare(Cmp::Gt, wage, thousand), Type::Bool, M);
    let mut nodes = Vec::new();
    for (fold, body, ty) in [
        (Fold::Any, Some(rich), Type::Bool),
        (Fold::All, Some(rich), Type::Bool),
        (Fold::Count, None, Type::Int),
        (Fold::Sum, Some(wage), FEN),
        (Fold::Max, Some(wage), FEN),
        (Fold::Min, Some(wage), FEN),
    ] {
        let op = Op::Aggregate { list: M, fold, filter: Some(counts), body };
        nodes.push(build.node(op, ty, H));
    }
    (build.plan, nodes)
}

fn folded(wages: &[Option<i64>], counts: &[Option<bool>], complete: bool) -> Vec<Value> {
    let (plan, nodes) = folds();
    let mut facts = batch(&[u32::try_from(wages.len()).unwrap()]);
    facts.members.columns.insert("wage".into(), numbers(wages));
    facts.members.columns.insert("counts".into(), bools(counts));
    facts.members.complete = vec![complete];
    let trace = Trace::of(&plan, &facts, 0, Mode::Decide);
    nodes.iter().map(|n| trace.value(*n, 0)).collect()
}

#[test]
fn folds_over_a_known_list() {
    let yes = Some(true);
    assert_eq!(
        folded(&[Some(50_000), Some(150_000), None], &[yes, yes, Some(false)], true),
        [
            Value::Truth(Truth::True),
            Value::Truth(Truth::False),
            number(Some(2), Some(2)),
            number(Some(200_000), Some(200_000)),
            number(Some(150_000), Some(150_000)),
            number(Some(50_000), Some(50_000)),
        ]
    );
    assert_eq!(
        folded(&[], &[], true),
        [
            Value::Truth(Truth::False),
            Value::Truth(Truth::True),
            number(Some(0), Some(0)),
            number(Some(0), Some(0)),
            number(None, None),
            number(None, None),
        ]
    );
}

#[test]
fn somebody_who_may_count_widens_the_fold() {
    assert_eq!(
        folded(&[Some(50_000), Some(150_000)], &[Some(true), None], true),
        [
            Value::Truth(Truth::Unknown),
            Value::Truth(Truth::False),
            number(Some(1), Some(2)),
            number(Some(50_000), Some(200_000)),
            number(Some(50_000), Some(150_000)),
            number(Some(50_000), Some(50_000)),
        ]
    );
}

#[test]
fn a_list_that_may_lack_somebody_leaves_the_far_end_open() {
    assert_eq!(
        folded(&[Some(150_000)], &[Some(true)], false),
        [
            Value::Truth(Truth::True),
            Value::Truth(Truth::Unknown),
            number(Some(1), None),
            number(Some(150_000), None),
            number(Some(150_000), None),
            number(Some(0), Some(150_000)),
        ]
    );
    assert_eq!(folded(&[Some(1)], &[Some(true)], false)[0], Value::Truth(Truth::Unknown));
}

#[test]
fn a_stale_fact_stands_in_find_mode_only() {
    let mut build = Build::new();
    let wage = build.fact("wage", H, FEN, Some(0), None);
    let mut facts = batch(&[0]);
    let mut column = numbers(&[Some(7)]);
    column.state = vec![crate::column::State::Stale];
    facts.columns.insert("wage".into(), column.clone());
    for (mode, hi) in [(Mode::Find, Some(7)), (Mode::Decide, None), (Mode::Adverse, None)] {
        let got = Trace::of(&build.plan, &facts, 0, mode).value(wage, 0);
        assert!(matches!(got, Value::Number { hi: h, .. } if h == hi), "{mode:?} {got:?}");
    }
    column.state = vec![crate::column::State::Disputed];
    facts.columns.insert("wage".into(), column);
    let got = Trace::of(&build.plan, &facts, 0, Mode::Find).value(wage, 0);
    assert_eq!(got, number(Some(0), None));
}

fn standard() -> (Plan, NodeId) {
    let mut build = Build::new();
    let class = build.fact("class", H, Type::Enum(0), None, None);
    build.plan.params.push(param(
        "standard",
        FEN,
        vec![0],
        &[
            ("", &[0], 70_000),
            ("", &[1], 50_000),
            ("990121", &[0], 75_600),
            ("990121", &[1], 56_700),
            ("990122", &[1], 100),
        ],
    ));
    let node = build.node(Op::Param(0, vec![class]), FEN, H);
    let met = build.node(Op::Known(node), Type::Bool, H);
    build.outcome("x", H, met, Some(node));
    (build.plan, node)
}

#[test]
fn a_parameter_is_looked_up_by_the_longest_division_and_the_keys() {
    let (plan, node) = standard();
    let mut facts = batch(&[0]);
    assert_eq!(value(&plan, &facts, node), number(Some(56_700), Some(75_600)));
    facts.columns.insert("class".into(), enums(&[Some(1)]));
    assert_eq!(value(&plan, &facts, node), number(Some(56_700), Some(56_700)));
    let trace = Trace::of(&plan, &facts, 0, Mode::Decide);
    assert_eq!(trace.parameter_row(node, 0).unwrap().layer, "demo");
    facts.divisions = vec!["9902".parse().unwrap()];
    assert_eq!(value(&plan, &facts, node), number(Some(50_000), Some(50_000)));
}

#[test]
fn a_missing_row_is_a_gap_and_never_another_row() {
    let (mut plan, node) = standard();
    plan.params[0].rows.retain(|r| r.division.is_some());
    let mut facts = batch(&[0, 0]);
    facts.divisions = vec!["9902".parse().unwrap()];
    facts.columns.insert("class".into(), enums(&[Some(1), Some(0)]));
    assert_eq!(value(&plan, &facts, node), number(None, None));
    let all = assess(&plan, &facts, Mode::Decide);
    let keys: Vec<_> = all.gaps().iter().map(|g| g.keys[0].as_str()).collect();
    assert_eq!(keys, ["rural", "urban"]);
    assert_eq!(all.gaps()[0].division, "9902");
    assert_eq!(all.outcome(0, 0), Truth::False);
}

#[test]
fn the_household_view_of_a_member_outcome_is_any_member() {
    let mut build = Build::new();
    let wage = build.fact("wage", M, FEN, Some(0), None);
    let limit = build.node(Op::Number(100), FEN, M);
    let poor = build.node(Op::Compare(Cmp::Lt, wage, limit), Type::Bool, M);
    build.outcome("grant", M, poor, Some(limit));
    let mut facts = batch(&[2, 0, 2]);
    let wages = numbers(&[Some(50), None, Some(500), Some(500)]);
    facts.members.columns.insert("wage".into(), wages);
    let all = assess(&build.plan, &facts, Mode::Decide);
    let view: Vec<_> = (0..3).map(|h| all.outcome(0, h)).collect();
    assert_eq!(view, [Truth::True, Truth::False, Truth::False]);
    assert_eq!(all.outcome_member(0, 1), Truth::Unknown);
    assert_eq!(all.amount(0, 0), (Some(100), Some(200)));
    assert_eq!(all.amount_member(0, 0), (Some(100), Some(100)));
    let counts = all.counts(0);
    assert_eq!((counts.met, counts.not_met, counts.unknown), (1, 2, 0));
    assert_eq!(all.member_counts(0).not_met, 2);
}

#[test]
fn open_facts_name_what_decides_alone_first_and_nothing_that_cannot_matter() {
    let mut build = Build::new();
    let wage = build.fact("wage", M, FEN, Some(0), None);
    let bonus = build.fact("bonus", M, FEN, Some(0), Some(10));
    let blind = build.fact("blind", H, Type::Bool, None, None);
    let ill = build.fact("ill", H, Type::Bool, None, None);
    let earned = build.node(Op::Add(wage, bonus), FEN, M);
    let op = Op::Aggregate { list: M, fold: Fold::Sum, filter: None, body: Some(earned) };
    let income = build.node(op, FEN, H);
    let limit = build.node(Op::Number(10_000), FEN, H);
    let poor = build.node(Op::Compare(Cmp::Lt, income, limit), Type::Bool, H);
    let ill_or_blind = build.node(Op::Or(vec![ill, blind]), Type::Bool, H);
    let met = build.node(Op::And(vec![poor, ill_or_blind]), Type::Bool, H);
    build.outcome("aid", H, met, None);
    let mut facts = batch(&[2]);
    let wages = numbers(&[Some(1_000), None]);
    facts.members.columns.insert("wage".into(), wages);
    facts.columns.insert("ill".into(), bools(&[Some(true)]));
    let trace = Trace::of(&build.plan, &facts, 0, Mode::Decide);
    let open = open_facts(&trace, 0, None);
    let named: Vec<_> = open.iter().map(|f| (f.fact.as_str(), f.subject, f.alone)).collect();
    assert_eq!(
        named,
        [
            ("wage", Subject::Member(1), true),
            ("bonus", Subject::Member(0), false),
            ("bonus", Subject::Member(1), false),
        ]
    );
    assert_eq!(count_open(&trace, 0, None), 3);
}

#[test]
fn an_incomplete_list_is_itself_an_open_fact() {
    let (plan, nodes) = folds();
    let mut build = Build { plan };
    build.outcome("none_rich", H, nodes[0], None);
    let mut facts = batch(&[1]);
    facts.members.columns.insert("wage".into(), numbers(&[Some(5)]));
    facts.members.complete = vec![false];
    let trace = Trace::of(&build.plan, &facts, 0, Mode::Decide);
    let open = open_facts(&trace, 0, None);
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].fact.as_str(), open[0].alone), ("members", true));
}

#[test]
fn a_malformed_batch_is_unknown_and_does_not_stop_the_sweep() {
    let (plan, _) = folds();
    let mut build = Build { plan };
    let bogus = build.node(Op::Lift(NodeId(0)), FEN, H);
    build.outcome("odd", M, bogus, Some(NodeId(99)));
    let empty = Batch { households: 2, ..Batch::default() };
    let all = assess(&build.plan, &empty, Mode::Find);
    assert_eq!(all.outcome(0, 0), Truth::False);
    assert_eq!(all.outcome(7, 9), Truth::Unknown);
    let short = Batch { columns: [("wage".to_owned(), numbers(&[]))].into(), ..batch(&[3, 1]) };
    assert_eq!(assess(&build.plan, &short, Mode::Find).outcome(0, 1), Truth::Unknown);
}
