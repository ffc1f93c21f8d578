//! 类型: which types go together, and what to say where they do not.

use super::graph::Graph;
use crate::diag::Fault;
use crate::plan::{NodeId, Op, Per, Type};
use crate::value::Rate;

/// Two operands brought to one type; `None` where there is no such type.
pub(super) fn unify(graph: &mut Graph, a: NodeId, b: NodeId) -> Option<(NodeId, NodeId, Type)> {
    let ty = common(graph.ty(a), graph.ty(b))?;
    Some((convert(graph, a, ty), convert(graph, b, ty), ty))
}

/// The type to which two types can be brought.
pub(super) fn common(a: Type, b: Type) -> Option<Type> {
    Some(match (a, b) {
        (a, b) if a == b => a,
        (Type::Money(p), Type::Exact(q)) | (Type::Exact(p), Type::Money(q)) if p == q => Type::Exact(p),
        (Type::Int, Type::Rate) | (Type::Rate, Type::Int) => Type::Rate,
        _ => return None,
    })
}

/// A widening of [`common`]: money to exact money, a whole number to a rate.
pub(super) fn convert(graph: &mut Graph, id: NodeId, to: Type) -> NodeId {
    let from = graph.ty(id);
    let Some(node) = graph.get(id) else { return id };
    let (span, entity) = (node.span, node.entity);
    match (from, to) {
        (Type::Money(_), Type::Exact(_)) => graph.unary(id, to, span, Op::ToExact),
        (Type::Int, Type::Rate) => {
            if let Op::Number(n) = node.op
                && let Some(rate) = Rate::new(n, 1)
            {
                return graph.node(Op::Ratio(rate), to, entity, span);
            }
            let one = graph.node(Op::Number(1), Type::Int, entity, span);
            graph.binary(id, one, to, span, Op::Div)
        }
        _ => id,
    }
}

/// Whether a type has an order and differences.
pub(super) fn is_number(ty: Type) -> bool {
    matches!(ty, Type::Int | Type::Money(_) | Type::Exact(_) | Type::Rate)
}

/// Whether values of a type can be compared by size.
pub(super) fn is_ordered(ty: Type) -> bool {
    is_number(ty) || matches!(ty, Type::Date | Type::Month)
}

/// The type of a product, if there is one; for-months products are typed by their function.
pub(super) fn product(a: Type, b: Type) -> Option<Type> {
    Some(match (a, b) {
        (Type::Int, other) | (other, Type::Int) if is_number(other) => other,
        (Type::Rate, Type::Money(p) | Type::Exact(p)) | (Type::Money(p) | Type::Exact(p), Type::Rate) => {
            Type::Exact(p)
        }
        (Type::Rate, Type::Rate) => Type::Rate,
        _ => return None,
    })
}

/// The type of a quotient, if there is one. Money over money is settled by the caller.
pub(super) fn quotient(a: Type, b: Type) -> Option<Type> {
    Some(match (a, b) {
        (Type::Money(p) | Type::Exact(p), Type::Int | Type::Rate) => Type::Exact(p),
        (Type::Int | Type::Rate, Type::Int | Type::Rate) => Type::Rate,
        _ => return None,
    })
}

/// A type in words.
pub(super) fn words(ty: Type) -> (&'static str, &'static str) {
    match ty {
        Type::Bool => ("是非", "a truth"),
        Type::Int => ("个数", "a whole number"),
        Type::Money(Per::Once) | Type::Exact(Per::Once) => ("金额(元)", "money (元)"),
        Type::Money(Per::Month) | Type::Exact(Per::Month) => ("金额(元/月)", "money a month (元/月)"),
        Type::Money(Per::Year) | Type::Exact(Per::Year) => ("金额(元/年)", "money a year (元/年)"),
        Type::Rate => ("比率", "a rate"),
        Type::Date => ("日期", "a date"),
        Type::Month => ("月份", "a month"),
        Type::Enum(_) => ("枚举", "an enum"),
    }
}

fn per(ty: Type) -> Option<Per> {
    match ty {
        Type::Money(per) | Type::Exact(per) => Some(per),
        _ => None,
    }
}

/// Why two types do not go together.
pub(super) fn mismatch(a: Type, b: Type) -> Fault {
    let ((a_zh, a_en), (b_zh, b_en)) = (words(a), words(b));
    if let (Some(one), Some(other)) = (per(a), per(b)) {
        let cure = match (one.min_max(other), one == other) {
            ((Per::Month, Per::Year), _) => (
                "用 按月(…) 把元/年换成元/月，或用 按年(…) 把元/月换成元/年",
                "turn 元/年 into 元/月 with per_month(…), or 元/月 into 元/年 with per_year(…)",
            ),
            ((Per::Once, Per::Month), _) => (
                "用 按月(…) 把近十二个月的总额换成元/月，或用 累计(…, 月数) 把元/月换成元",
                "turn a sum of twelve months into 元/月 with per_month(…), or 元/月 into 元 with for_months(…, n)",
            ),
            _ => ("两边都用 按月(…) 换成元/月", "turn both sides into 元/月 with per_month(…)"),
        };
        return Fault::new(
            "unit",
            (format!("{a_zh} 与 {b_zh} 的单位不同"), format!("{a_en} and {b_en} have different units")),
            cure,
        );
    }
    let money_and_count = [per(a).is_some(), per(b).is_some()].contains(&true)
        && [a, b].iter().any(|t| matches!(t, Type::Int | Type::Rate));
    let cure = if money_and_count {
        (
            "金额要写单位，如 0元；比率只能与金额相乘或相除",
            "write the unit of money, such as 0元; a rate can only multiply or divide money",
        )
    } else {
        ("两边要是同一类型", "both sides must be of one type")
    };
    Fault::new(
        "type",
        (format!("{a_zh} 与 {b_zh} 不能放在一起"), format!("{a_en} and {b_en} do not go together")),
        cure,
    )
}

impl Per {
    fn min_max(self, other: Self) -> (Self, Self) {
        let rank = |per| match per {
            Self::Once => 0,
            Self::Month => 1,
            Self::Year => 2,
        };
        if rank(self) <= rank(other) { (self, other) } else { (other, self) }
    }
}

/// The fault of an operand of a wrong type.
pub(super) fn wanted(what: (&str, &str), found: Type) -> Fault {
    let (zh, en) = words(found);
    Fault::new(
        "type",
        (format!("这里应是{}，却是{zh}", what.0), format!("expected {} but found {en}", what.1)),
        ("核对名称，或改用比较得到是非", "check the name, or compare to get a truth"),
    )
}
