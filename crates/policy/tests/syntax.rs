//! The language: what texts mean, where faults are shown, and that printing loses nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::time::{Duration, Instant};

use doudi_policy::plan::{Cmp, Entity, Per, Span};
use doudi_policy::syntax::ast::{Expr, ExprKind, Fold, Function};
use doudi_policy::syntax::{parse, print};
use doudi_policy::{Date, Fen, Lang, Month, Rate};
use proptest::prelude::*;

fn english(text: &str) -> String {
    let expr = parse(text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    print::print(&expr, Lang::En, &print::AsWritten)
}

fn codes(text: &str) -> Vec<(&'static str, usize)> {
    parse(text).unwrap_err().into_iter().map(|d| (d.code, d.span.start)).collect()
}

/// The same tree without its places.
fn bare(mut expr: Expr) -> Expr {
    expr.span = Span::default();
    expr.kind = match expr.kind {
        ExprKind::Not(a) => ExprKind::Not(boxed(*a)),
        ExprKind::Neg(a) => ExprKind::Neg(boxed(*a)),
        ExprKind::And(a, b) => ExprKind::And(boxed(*a), boxed(*b)),
        ExprKind::Or(a, b) => ExprKind::Or(boxed(*a), boxed(*b)),
        ExprKind::Compare(cmp, a, b) => ExprKind::Compare(cmp, boxed(*a), boxed(*b)),
        ExprKind::In(a, values) => ExprKind::In(boxed(*a), values.into_iter().map(bare).collect()),
        ExprKind::Add(a, b) => ExprKind::Add(boxed(*a), boxed(*b)),
        ExprKind::Sub(a, b) => ExprKind::Sub(boxed(*a), boxed(*b)),
        ExprKind::Mul(a, b) => ExprKind::Mul(boxed(*a), boxed(*b)),
        ExprKind::Div(a, b) => ExprKind::Div(boxed(*a), boxed(*b)),
        ExprKind::If(c, a, b) => ExprKind::If(boxed(*c), boxed(*a), boxed(*b)),
        ExprKind::Call(function, arguments) => {
            ExprKind::Call(function, arguments.into_iter().map(bare).collect())
        }
        ExprKind::Window { of, months, fold, body } => {
            ExprKind::Window { of: boxed(*of), months, fold, body: body.map(|(v, e)| (v, boxed(*e))) }
        }
        ExprKind::Aggregate { list, filters, fold, body } => ExprKind::Aggregate {
            list,
            filters: filters.into_iter().map(|(v, e)| (v, bare(e))).collect(),
            fold,
            body: body.map(|(v, e)| (v, boxed(*e))),
        },
        leaf => leaf,
    };
    expr
}

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(bare(expr))
}

#[test]
fn operators_bind_from_loose_to_tight() {
    for (text, meaning) in [
        ("a 或 b 且 c", "a or (b and c)"),
        ("非 a 且 b", "(not a) and b"),
        ("非 a = b", "not (a = b)"),
        ("a + b * c < d - e - f", "((a + (b * c)) < ((d - e) - f))"),
        ("-a * b", "(-a) * b"),
        ("a - (b - c)", "a - (b - c)"),
        ("若 a 或 b 则 1 否则 若 c 则 2 否则 3", "if (a or b) then 1 else (if c then 2 else 3)"),
    ] {
        assert_eq!(bare(parse(text).unwrap()), bare(parse(meaning).unwrap()), "{text}");
    }
    assert_ne!(bare(parse("a - (b - c)").unwrap()), bare(parse("a - b - c").unwrap()));
}

#[test]
fn both_languages_and_full_width_signs_mean_the_same() {
    for (text, same) in [
        ("（a＋1）＞＝2 且 非（b）", "(a + 1) >= 2 and not b"),
        ("a && b || !c", "a and b or not c"),
        ("x 在 【甲，乙】", "x in [甲, 乙]"),
        ("成员。仅（m，m。wage ≥ 0元）。合计（m，m。wage）", "members.only(m, m.wage >= 0元).sum(m, m.wage)"),
        ("成员.计数(m, m.insured)", "members.only(m, m.insured).count()"),
        ("成员.平均(m, m.wage)", "members.avg(m, m.wage)"),
        ("近（m。工资，6）。计数（v，v＞0元）", "last(m.工资, 6).count(v, v > 0元)"),
        ("近(工资, 12).合计() / 12", "last(工资, 12).sum() / 12"),
        ("缺省(已知(a), 是)", "or_else(known(a), true)"),
        ("周岁(b) ≠ 18", "age(b) != 18"),
        ("月份(“2026-01”) + 1 <= 本月()", "month(\"2026-01\") + 1 <= this_month()"),
        ("日期(\"2026-01-01\") < c", "date(\"2026-01-01\") < c"),
        ("1.2万元 + 5角 + 3分 + 800元/月", "12000元 + 0.5元 + 0.03元 + 800元/月"),
        ("33.30% * a", "33.3% * a"),
    ] {
        assert_eq!(bare(parse(text).unwrap()), bare(parse(same).unwrap()), "{text}");
    }
    assert_eq!(english("家庭人均月收入 < 低保标准"), "家庭人均月收入 < 低保标准");
    assert_eq!(english("若 是 则 800元/月 否则 0元/月"), "if true then 800元/月 else 0元/月");
}

#[test]
fn a_word_operator_inside_a_name_is_no_operator() {
    let expr = parse("非亲属且同住").unwrap();
    assert_eq!(expr.kind, ExprKind::Name("非亲属且同住".to_owned()));
}

#[test]
fn every_node_carries_its_bytes() {
    let text = "若 甲 则 1 否则 乙 + 2";
    let ExprKind::If(_, _, no) = parse(text).unwrap().kind else { panic!("no if") };
    let ExprKind::Add(left, _) = &no.kind else { panic!("no sum") };
    let at = |span: Span| &text[span.start as usize..span.end as usize];
    assert_eq!(at(no.span), "乙 + 2");
    assert_eq!(at(left.span), "乙");
}

#[test]
fn several_faults_of_one_text_are_all_told_with_their_places() {
    assert_eq!(codes("(a + ) 且 (b * )"), [("expected-value", 5), ("expected-value", 16)]);
    assert_eq!(codes("a # b ~ c"), [("unknown-sign", 2), ("unknown-sign", 6)]);
}

#[test]
fn each_wrong_form_has_its_own_fault() {
    for (text, code) in [
        ("a < b < c", "chained-comparison"),
        ("a b", "unexpected"),
        ("(a", "expected"),
        ("", "empty"),
        ("a 且", "expected-value"),
        ("0.3 * a", "bare-decimal"),
        ("3人", "unknown-unit"),
        ("0.001元", "below-fen"),
        ("99999999999999999999", "number-too-large"),
        ("周碎(b)", "unknown-function"),
        ("较小(a)", "arguments"),
        ("成员.合记(m, m.a)", "unknown-fold"),
        ("成员.合计(m.a)", "expected-variable"),
        ("成员", "expected-fold"),
        ("m.", "expected-field"),
        ("近(a + b, 3).合计()", "window-fact"),
        ("近(a, b).合计()", "window-months"),
        ("近(a, 0).合计()", "window-months"),
        ("近(a).合计()", "expected"),
        ("近(a, 3)", "expected-fold"),
        ("近(a, 3).合记()", "unknown-fold"),
        ("近(a, 3).仅(v, v > 0)", "window-filter"),
        ("近(a, 3).任一(v > 0)", "expected-variable"),
        ("日期(\"2026-02-30\")", "bad-date"),
        ("月份(\"2026-13\")", "bad-month"),
        ("月份(2026)", "bad-month"),
        ("本月(a)", "arguments"),
        ("a + 若 b 则 1 否则 2", "needs-brackets"),
        ("a = 非 b", "needs-brackets"),
        ("x 在 []", "empty-list"),
        ("\"text", "open-text"),
        ("a % 3", "unknown-sign"),
    ] {
        assert_eq!(codes(text).first().map(|f| f.0), Some(code), "{text}");
    }
    let near = &parse("周碎(b)").unwrap_err()[0];
    assert!(near.cure_zh.contains("周岁"), "{}", near.cure_zh);
}

#[test]
fn no_nesting_exhausts_the_stack() {
    let many = 200_000;
    let texts = [
        "(".repeat(many),
        "-".repeat(many) + "1",
        "非 ".repeat(many) + "a",
        "a 且 ".repeat(many) + "a",
        "a - ".repeat(many) + "a",
        "若 a 则 1 否则 ".repeat(many) + "1",
        "若 ".repeat(many) + "a",
        "成员.任一(m, ".repeat(many),
        "已知(".repeat(many),
        "近(a, 2).任一(v, ".repeat(many),
        "a 在 [".repeat(many),
    ];
    for text in texts {
        let start = Instant::now();
        let faults = parse(&text).unwrap_err();
        assert!(faults.iter().any(|f| f.code == "too-deep"), "{faults:?}");
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    }
    let fine = "(".repeat(150) + "a" + &")".repeat(150);
    assert!(parse(&fine).is_ok());
    assert!(parse(&("a 且 ".repeat(150) + "a")).is_ok());
}

#[test]
fn a_long_condition_is_printed_one_operand_a_line() {
    let expr = parse("a 或 (b 且 c) 或 (d 或 e)").unwrap();
    let text = print::print_lines(&expr, Lang::En, &print::AsWritten);
    assert_eq!(text, "a\nor b and c\nor (d or e)");
    assert_eq!(bare(parse(&text).unwrap()), bare(expr));
}

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,4}_", "[工收人家户月低保]{2,5}"]
        .prop_filter("a word of the language", |n: &String| doudi_policy::syntax::words::is_name(n))
}

fn leaf() -> impl Strategy<Value = Expr> {
    prop_oneof![
        any::<bool>().prop_map(ExprKind::Bool),
        (0..i64::MAX).prop_map(ExprKind::Int),
        (0..i64::MAX, prop_oneof![Just(None), Just(Some(Per::Month)), Just(Some(Per::Year))])
            .prop_map(|(fen, per)| ExprKind::Money(Fen(fen), per)),
        (0..1_000_000_i64, 0..6_u32)
            .prop_map(|(n, d)| ExprKind::Rate(Rate::new(n, 100 * 10_i64.pow(d)).unwrap())),
        (-20_000..40_000_i32).prop_map(|d| ExprKind::Date(Date(d))),
        (20_000..30_000_i32).prop_map(|m| ExprKind::Month(Month(m))),
        name().prop_map(ExprKind::Name),
        (name(), name()).prop_map(|(v, n)| ExprKind::Field(v, n)),
    ]
    .prop_map(expr)
}

fn tree() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(6, 60, 4, |inner| {
        let one = || inner.clone().prop_map(Box::new);
        let two = || (one(), one());
        let cmp = prop_oneof![
            Just(Cmp::Eq),
            Just(Cmp::Ne),
            Just(Cmp::Lt),
            Just(Cmp::Le),
            Just(Cmp::Gt),
            Just(Cmp::Ge)
        ];
        let list = || prop_oneof![Just(Entity::Member), Just(Entity::Obligor)];
        let fold = || {
            prop_oneof![
                Just(Fold::Any),
                Just(Fold::All),
                Just(Fold::Sum),
                Just(Fold::Avg),
                Just(Fold::Max),
                Just(Fold::Min)
            ]
        };
        let lambda = || (name(), inner.clone());
        let function = prop_oneof![
            Just(Function::Min),
            Just(Function::Max),
            Just(Function::Age),
            Just(Function::MonthsSince),
            Just(Function::ThisMonth),
            Just(Function::Known),
            Just(Function::OrElse),
            Just(Function::PerMonth),
            Just(Function::PerYear),
            Just(Function::ForMonths)
        ];
        prop_oneof![
            one().prop_map(ExprKind::Not),
            one().prop_map(ExprKind::Neg),
            two().prop_map(|(a, b)| ExprKind::And(a, b)),
            two().prop_map(|(a, b)| ExprKind::Or(a, b)),
            two().prop_map(|(a, b)| ExprKind::Add(a, b)),
            two().prop_map(|(a, b)| ExprKind::Sub(a, b)),
            two().prop_map(|(a, b)| ExprKind::Mul(a, b)),
            two().prop_map(|(a, b)| ExprKind::Div(a, b)),
            (cmp, two()).prop_map(|(cmp, (a, b))| ExprKind::Compare(cmp, a, b)),
            (one(), prop::collection::vec(inner.clone(), 1..4))
                .prop_map(|(a, values)| ExprKind::In(a, values)),
            (one(), two()).prop_map(|(c, (a, b))| ExprKind::If(c, a, b)),
            (function, inner.clone(), inner.clone()).prop_map(|(f, a, b)| {
                let all = vec![a, b];
                ExprKind::Call(f, all.into_iter().take(f.arity()).collect())
            }),
            (name(), any::<bool>(), 1..60_u16, fold(), prop::option::of(lambda())).prop_map(
                |(of, field, months, fold, body)| {
                    let kind = if field { ExprKind::Field("m".to_owned(), of) } else { ExprKind::Name(of) };
                    let body = body.map(|(v, b)| (v, Box::new(b)));
                    ExprKind::Window { of: Box::new(expr(kind)), months, fold, body }
                }
            ),
            (list(), prop::collection::vec(lambda(), 0..3), fold(), lambda()).prop_map(
                |(list, filters, fold, (v, b))| {
                    ExprKind::Aggregate { list, filters, fold, body: Some((v, Box::new(b))) }
                }
            ),
            (list(), prop::collection::vec(lambda(), 0..3)).prop_map(|(list, filters)| {
                ExprKind::Aggregate { list, filters, fold: Fold::Count, body: None }
            }),
        ]
        .prop_map(expr)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_printed_parses_to_the_same_tree(tree in tree()) {
        for lang in [Lang::Zh, Lang::En] {
            let line = print::print(&tree, lang, &print::AsWritten);
            prop_assert_eq!(bare(parse(&line).unwrap()), tree.clone(), "{}", line);
            let lines = print::print_lines(&tree, lang, &print::AsWritten);
            prop_assert_eq!(bare(parse(&lines).unwrap()), tree.clone(), "{}", lines);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[a-c工且或非若则否在 0-9.元月%/*+()（）\\[\\],<>=!\"&|#成员任一]{0,40}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_unicode_makes_the_parser_panic(text in "\\PC{0,60}") {
        let _ = parse(&text);
    }
}
