//! 句法错误的文字.

use crate::diag::Fault;
use crate::near::nearest;
use crate::plan::Entity;
use crate::syntax::ast::Fold;
use crate::syntax::token::Kind;
use crate::syntax::words;

pub(super) fn fold_wanted(list: Entity) -> Fault {
    let zh = words::list_word(list, crate::Lang::Zh);
    let en = words::list_word(list, crate::Lang::En);
    Fault::new(
        "expected-fold",
        (format!("“{zh}”后面应是统计方式"), format!("`{en}` is not followed by a fold")),
        (
            format!(
                "写成 {zh}.任一(m, …)、{zh}.全部、{zh}.计数()、{zh}.合计、{zh}.平均、{zh}.最大、{zh}.最小，之前可加 .仅(m, …)"
            ),
            format!("write {en}.any(m, …), all, count(), sum, avg, max or min, with .only(m, …) before it"),
        ),
    )
}

pub(super) fn unknown_fold(name: &str) -> Fault {
    let all: Vec<&str> = Fold::words().collect();
    let near = nearest(name, Fold::words());
    Fault::new(
        "unknown-fold",
        (format!("没有名为“{name}”的统计方式"), format!("there is no fold `{name}`")),
        near.map_or_else(
            || (format!("可用: {}", all.join(" ")), format!("folds that exist: {}", all.join(" "))),
            |near| (format!("是不是“{near}”？"), format!("did you mean `{near}`?")),
        ),
    )
}

pub(super) fn describe(kind: &Kind) -> (String, String) {
    let sign = |s: &str| (format!("“{s}”"), format!("`{s}`"));
    match kind {
        Kind::Name(name) => sign(name),
        Kind::Keyword(word) => {
            (format!("“{}”", word.word(crate::Lang::Zh)), format!("`{}`", word.word(crate::Lang::En)))
        }
        Kind::Int(n) => sign(&n.to_string()),
        Kind::Money(..) => ("金额".to_owned(), "an amount of money".to_owned()),
        Kind::Rate(_) => ("比率".to_owned(), "a rate".to_owned()),
        Kind::Text(text) => sign(text),
        Kind::Compare(_) => ("比较符号".to_owned(), "a comparison".to_owned()),
        Kind::Plus => sign("+"),
        Kind::Minus => sign("-"),
        Kind::Star => sign("*"),
        Kind::Slash => sign("/"),
        Kind::Open => sign("("),
        Kind::Close => sign(")"),
        Kind::OpenList => sign("["),
        Kind::CloseList => sign("]"),
        Kind::Comma => sign(","),
        Kind::Dot => sign("."),
        Kind::End => ("表达式的末尾".to_owned(), "the end of the expression".to_owned()),
    }
}
