//! Random plans: what holds whatever the law says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;

use super::build::{Build, batch, bools, enums, numbers};
use super::*;
use crate::plan::*;
use crate::value::Rate;

const INT: Type = Type::Int;
const RATE: Type = Type::Rate;
const ENTITIES: [Entity; 2] = [Entity::Household, Entity::Member];

/// Known values that no bound of the vocabulary closes stay below this in [`small`] households.
const OPEN: i64 = 20;
/// Most members of a household, with the one who may be missing from the list.
const MOST_MEMBERS: i128 = 4;
/// What every finite end of an interval stays within in a plan that cannot overflow.
const ROOM: i128 = 1 << 60;

/// Which plans to grow.
#[derive(Clone, Copy)]
struct Growth {
    /// With the operations that ask whether a value is known.
    with_known: bool,
    /// Also where 64 bits may not hold a result of [`small`] households.
    may_overflow: bool,
}

/// The largest numerator and denominator that an end of the node's intervals can have, from those of its operands.
fn reach(op: &Op, reaches: &[(i128, i128)]) -> (i128, i128) {
    let of = |id: &NodeId| reaches[id.0 as usize];
    let larger = |a: (i128, i128), b: (i128, i128)| (a.0.max(b.0), a.1.max(b.1));
    let product = |a: (i128, i128), b: (i128, i128)| (a.0.saturating_mul(b.0), a.1.saturating_mul(b.1));
    let sum = |a: (i128, i128), b: (i128, i128)| {
        (a.0.saturating_mul(b.1).saturating_add(b.0.saturating_mul(a.1)), a.1.saturating_mul(b.1))
    };
    match op {
        Op::Number(n) => (i128::from(*n), 1),
        Op::Ratio(r) => (i128::from(r.num()), i128::from(r.den())),
        Op::Fact(_) => (i128::from(OPEN), 1),
        Op::Add(a, b) | Op::Sub(a, b) => sum(of(a), of(b)),
        Op::Mul(a, b) => product(of(a), of(b)),
        Op::Div(a, b) => product(of(a), (of(b).1, of(b).0)),
        Op::Neg(a) | Op::Lift(a) => of(a),
        Op::Min(a, b) | Op::Max(a, b) | Op::OrElse(a, b) | Op::If(_, a, b) => larger(of(a), of(b)),
        Op::Aggregate { body: Some(body), .. } => product(of(body), (MOST_MEMBERS, 1)),
        // Truths, categories and counts.
        _ => (MOST_MEMBERS, 1),
    }
}

/// Grows a plan from a list of random choices: each picks an operation and operands among the nodes so far.
fn grow(choices: &[(u8, u16, u16, u16)], growth: Growth) -> Plan {
    let with_known = growth.with_known;
    let mut reaches: Vec<(i128, i128)> = Vec::new();
    let mut build = Build::new();
    for entity in ENTITIES {
        let name = |kind: &str| format!("{kind}_{entity:?}");
        build.fact(&name("n"), entity, INT, Some(-3), Some(9));
        build.fact(&name("open"), entity, INT, Some(0), None);
        build.fact(&name("b"), entity, Type::Bool, None, None);
        build.fact(&name("e"), entity, Type::Enum(0), None, None);
        build.node(Op::Number(2), INT, entity);
        build.node(Op::Ratio(Rate::new(2, 3).unwrap()), RATE, entity);
    }
    for (op, a, b, c) in choices {
        let entity = ENTITIES[usize::from(*c % 2)];
        let pick = |plan: &Plan, ty: Type, entity: Entity, salt: u16| {
            let fits = |n: &Node| n.ty == ty && n.entity == entity;
            let all: Vec<u32> = (0..u32::try_from(plan.nodes.len()).unwrap())
                .filter(|n| fits(&plan.nodes[*n as usize]))
                .collect();
            NodeId(all[usize::from(salt) % all.len()])
        };
        let of = |ty, salt| pick(&build.plan, ty, entity, salt);
        let truth = Type::Bool;
        let class = Type::Enum(0);
        let cmp = [Cmp::Eq, Cmp::Ne, Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge][usize::from(*c % 6)];
        let (op, ty, entity) = match op % 24 {
            0 => (Op::Not(of(truth, *a)), truth, entity),
            1 => (Op::And(vec![of(truth, *a), of(truth, *b)]), truth, entity),
            2 => (Op::Or(vec![of(truth, *a), of(truth, *b)]), truth, entity),
            3 => (Op::Compare(cmp, of(INT, *a), of(INT, *b)), truth, entity),
            4 => (Op::Compare(cmp, of(RATE, *a), of(RATE, *b)), truth, entity),
            5 => (Op::Compare(Cmp::Ne, of(class, *a), of(class, *b)), truth, entity),
            6 => (Op::In(of(class, *a), u64::from(*b % 4)), truth, entity),
            7 => (Op::Add(of(INT, *a), of(INT, *b)), INT, entity),
            8 => (Op::Sub(of(INT, *a), of(INT, *b)), INT, entity),
            9 => (Op::Mul(of(INT, *a), of(INT, *b)), INT, entity),
            10 => (Op::Mul(of(RATE, *a), of(INT, *b)), RATE, entity),
            11 => (Op::Div(of(INT, *a), of(INT, *b)), RATE, entity),
            12 => (Op::Sub(of(RATE, *a), of(RATE, *b)), RATE, entity),
            13 => (Op::Min(of(INT, *a), of(INT, *b)), INT, entity),
            14 => (Op::Max(of(RATE, *a), of(RATE, *b)), RATE, entity),
            15 => (Op::Neg(of(INT, *a)), INT, entity),
            16 => (Op::If(of(truth, *a), of(INT, *b), of(INT, *c)), INT, entity),
            17 => (Op::If(of(truth, *a), of(class, *b), of(class, *c)), class, entity),
            18 => (Op::Lift(pick(&build.plan, INT, Entity::Household, *a)), INT, Entity::Member),
            19 => (Op::Lift(pick(&build.plan, truth, Entity::Household, *a)), truth, Entity::Member),
            20 if with_known => (Op::OrElse(of(INT, *a), of(INT, *b)), INT, entity),
            21 if with_known => (Op::Known(of(INT, *a)), truth, entity),
            _ => {
                let member = |ty, salt| pick(&build.plan, ty, Entity::Member, salt);
                let fold =
                    [Fold::Any, Fold::All, Fold::Count, Fold::Sum, Fold::Max, Fold::Min][usize::from(*a % 6)];
                let (body, ty) = match fold {
                    Fold::Any | Fold::All => (Some(member(truth, *b)), truth),
                    Fold::Count => (None, INT),
                    _ => (Some(member(INT, *b)), INT),
                };
                let op = Op::Aggregate {
                    list: Entity::Member,
                    fold,
                    filter: (c % 3 != 0).then(|| member(truth, *c)),
                    body,
                };
                (op, ty, Entity::Household)
            }
        };
        while let Some(node) = build.plan.nodes.get(reaches.len()) {
            reaches.push(reach(&node.op, &reaches));
        }
        let (num, den) = reach(&op, &reaches);
        if growth.may_overflow || num.max(den) < ROOM {
            build.node(op, ty, entity);
        }
    }
    let nodes = 0..u32::try_from(build.plan.nodes.len()).unwrap();
    for id in nodes.map(NodeId) {
        let node = &build.plan.nodes[id.0 as usize];
        let (ty, of) = (node.ty, node.entity);
        match ty {
            Type::Bool => build.outcome("truth", of, id, None),
            Type::Int => {
                let met = build.node(Op::Known(id), Type::Bool, of);
                build.outcome("number", of, met, Some(id));
            }
            _ => {}
        }
    }
    build.plan
}

type Subject = (Option<i64>, Option<i64>, Option<bool>, Option<u8>);

fn subject(open: impl Strategy<Value = i64>) -> impl Strategy<Value = Subject> {
    (
        prop::option::weighted(0.7, -3..10_i64),
        prop::option::weighted(0.7, open),
        prop::option::weighted(0.7, any::<bool>()),
        prop::option::weighted(0.7, 0..2_u8),
    )
}

/// A household's own facts, those of its members, and whether its list is complete.
type Family = (Subject, Vec<Subject>, bool);

fn facts(households: &[Family]) -> Batch {
    let sizes: Vec<u32> = households.iter().map(|h| u32::try_from(h.1.len()).unwrap()).collect();
    let mut out = batch(&sizes);
    let members: Vec<Subject> = households.iter().flat_map(|h| h.1.clone()).collect();
    let own: Vec<Subject> = households.iter().map(|h| h.0).collect();
    for (entity, rows) in [(Entity::Household, own), (Entity::Member, members)] {
        let columns = match entity {
            Entity::Member => &mut out.members.columns,
            _ => &mut out.columns,
        };
        let name = |kind: &str| format!("{kind}_{entity:?}");
        let column = |f: fn(&Subject) -> Option<i64>| numbers(&rows.iter().map(f).collect::<Vec<_>>());
        columns.insert(name("n"), column(|s| s.0));
        columns.insert(name("open"), column(|s| s.1));
        columns.insert(name("b"), bools(&rows.iter().map(|s| s.2).collect::<Vec<_>>()));
        columns.insert(name("e"), enums(&rows.iter().map(|s| s.3).collect::<Vec<_>>()));
    }
    out.members.complete = households.iter().map(|h| h.2).collect();
    out
}

fn family(open: impl Strategy<Value = i64> + Clone) -> impl Strategy<Value = Family> {
    (subject(open.clone()), prop::collection::vec(subject(open), 0..4), prop::bool::weighted(0.8))
}

/// A household with small numbers.
fn small() -> impl Strategy<Value = Family> {
    family(0..OPEN)
}

/// A household whose numbers may be as large as 64 bits hold.
fn household() -> impl Strategy<Value = Family> {
    family(prop_oneof![0..OPEN, 0..i64::MAX])
}

fn choices() -> impl Strategy<Value = Vec<(u8, u16, u16, u16)>> {
    prop::collection::vec(any::<(u8, u16, u16, u16)>(), 1..40)
}

/// Hides facts: those whose turn in `hide` is true.
fn widened(mut household: Family, hide: &[bool], open_list: bool) -> Family {
    let mut turn = hide.iter().cycle();
    for s in std::iter::once(&mut household.0).chain(&mut household.1) {
        if *turn.next().unwrap() {
            s.0 = None;
        }
        if *turn.next().unwrap() {
            s.1 = None;
        }
        if *turn.next().unwrap() {
            s.2 = None;
        }
        if *turn.next().unwrap() {
            s.3 = None;
        }
    }
    household.2 &= !open_list;
    household
}

fn within(narrow: (Option<i64>, Option<i64>), wide: (Option<i64>, Option<i64>)) -> bool {
    let low = wide.0.is_none_or(|w| narrow.0.is_some_and(|n| w <= n));
    let high = wide.1.is_none_or(|w| narrow.1.is_some_and(|n| n <= w));
    low && high
}

fn hide() -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(prop::bool::weighted(0.3), 17)
}

fn assess_one(plan: &Plan, family: &Family) -> Evaluation {
    assess(plan, &facts(std::slice::from_ref(family)), Mode::Decide)
}

/// The truths of the first household and of its members, with the number of the outcome.
fn truths<'a>(
    plan: &'a Plan,
    of: &'a Evaluation,
    members: usize,
) -> impl Iterator<Item = (usize, Truth)> + 'a {
    let outcomes = plan.outcomes.iter().enumerate().filter(|(_, outcome)| outcome.amount.is_none());
    outcomes.flat_map(move |(o, outcome)| {
        let members = if outcome.of == Entity::Member { members } else { 0 };
        let own = std::iter::once((o, of.outcome(o, 0)));
        own.chain((0..members).map(move |m| (o, of.outcome_member(o, m))))
    })
}

/// The bounds of the first household's amounts, with the number of the outcome.
fn amounts<'a>(
    plan: &'a Plan,
    of: &'a Evaluation,
) -> impl Iterator<Item = (usize, (Option<i64>, Option<i64>))> + 'a {
    let outcomes = plan.outcomes.iter().enumerate();
    let own = outcomes.filter(|(_, outcome)| outcome.amount.is_some() && outcome.of == Entity::Household);
    own.map(|(o, _)| (o, of.amount(o, 0)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// SG-02: knowing less never turns a yes into a no or a no into a yes, never decides what was open, and no
    /// amount leaves its bounds: a fact taken away from an eligible household cannot give `not met`.
    #[test]
    fn knowing_less_only_widens(
        choices in choices(),
        known in small(),
        hide in hide(),
        open_list in any::<bool>(),
    ) {
        let plan = grow(&choices, Growth { with_known: false, may_overflow: false });
        let (narrow, wide) = (assess_one(&plan, &known), assess_one(&plan, &widened(known.clone(), &hide, open_list)));
        for ((o, narrow), (_, wide)) in truths(&plan, &narrow, known.1.len()).zip(truths(&plan, &wide, known.1.len())) {
            prop_assert!(wide == Truth::Unknown || wide == narrow, "{o}: {narrow:?} {wide:?}");
        }
        for ((o, narrow), (_, wide)) in amounts(&plan, &narrow).zip(amounts(&plan, &wide)) {
            prop_assert!(within(narrow, wide), "{o}: {narrow:?} {wide:?}");
        }
    }

    /// A number that 64 bits do not hold is open: more knowledge may then end in unknown, but never in the
    /// opposite, and no bound wraps past the other.
    #[test]
    fn overflow_opens_a_result_and_never_turns_it(
        choices in choices(),
        known in household(),
        hide in hide(),
        open_list in any::<bool>(),
    ) {
        let plan = grow(&choices, Growth { with_known: false, may_overflow: true });
        let (narrow, wide) = (assess_one(&plan, &known), assess_one(&plan, &widened(known.clone(), &hide, open_list)));
        for ((o, narrow), (_, wide)) in truths(&plan, &narrow, known.1.len()).zip(truths(&plan, &wide, known.1.len())) {
            let open = wide == Truth::Unknown || narrow == Truth::Unknown;
            prop_assert!(open || wide == narrow, "{o}: {narrow:?} {wide:?}");
        }
        for evaluation in [&narrow, &wide] {
            for (o, (low, high)) in amounts(&plan, evaluation) {
                prop_assert!(low.zip(high).is_none_or(|(low, high)| low <= high), "{o}: {low:?} {high:?}");
            }
        }
    }

    /// One at a time, in chunks, or on several threads: the same.
    #[test]
    fn the_company_of_other_households_changes_nothing(
        choices in choices(),
        some in prop::collection::vec(household(), 1..7),
    ) {
        let plan = grow(&choices, Growth { with_known: true, may_overflow: true });
        let all = assess(&plan, &facts(&some), Mode::Find);
        let mut member = 0;
        for (h, one) in some.iter().enumerate() {
            let alone = assess(&plan, &facts(std::slice::from_ref(one)), Mode::Find);
            for (o, outcome) in plan.outcomes.iter().enumerate() {
                prop_assert_eq!(all.outcome(o, h), alone.outcome(o, 0));
                prop_assert_eq!(all.amount(o, h), alone.amount(o, 0));
                if outcome.of == Entity::Member {
                    for m in 0..one.1.len() {
                        prop_assert_eq!(all.outcome_member(o, member + m), alone.outcome_member(o, m));
                    }
                }
            }
            member += one.1.len();
        }
    }
}

#[test]
fn three_thousand_households_at_once_equal_one_by_one() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let pattern = prop::collection::vec(household(), 3000);
    let some = pattern.new_tree(&mut runner).unwrap().current();
    let steps = prop::collection::vec(any::<(u8, u16, u16, u16)>(), 60);
    let plan = grow(
        &steps.new_tree(&mut runner).unwrap().current(),
        Growth { with_known: true, may_overflow: true },
    );
    let together = facts(&some);
    let all = assess(&plan, &together, Mode::Decide);
    let threaded = assess_threaded(&plan, &together, Mode::Decide, 3);
    assert_eq!(all.households(), 3000);
    let mut decided = 0;
    for (h, one) in some.iter().enumerate() {
        let trace = Trace::of(&plan, &together, h, Mode::Decide);
        let alone = assess(&plan, &facts(std::slice::from_ref(one)), Mode::Decide);
        for o in 0..plan.outcomes.len() {
            let expected = alone.outcome(o, 0);
            decided += usize::from(expected != Truth::Unknown);
            assert_eq!(all.outcome(o, h), expected);
            assert_eq!(threaded.outcome(o, h), expected);
            assert_eq!(trace.evaluation().outcome(o, 0), expected);
            assert_eq!(all.amount(o, h), alone.amount(o, 0));
            assert_eq!(threaded.amount(o, h), alone.amount(o, 0));
        }
    }
    assert!(decided > 3000, "the plan decides too little to compare: {decided}");
}
