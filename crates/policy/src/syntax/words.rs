//! 词形: the words of the language in both languages, one table for the lexer, the parser and the printer.

use super::ast::{Fold, Function};
use crate::lang::Lang;
use crate::plan::Entity;

/// Words that are operators or constants and can be no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// 若
    If,
    /// 则
    Then,
    /// 否则
    Else,
    /// 或
    Or,
    /// 且
    And,
    /// 非
    Not,
    /// 在
    In,
    /// 是
    True,
    /// 否
    False,
}

const KEYWORDS: [(Keyword, &str, &str); 9] = [
    (Keyword::If, "若", "if"),
    (Keyword::Then, "则", "then"),
    (Keyword::Else, "否则", "else"),
    (Keyword::Or, "或", "or"),
    (Keyword::And, "且", "and"),
    (Keyword::Not, "非", "not"),
    (Keyword::In, "在", "in"),
    (Keyword::True, "是", "true"),
    (Keyword::False, "否", "false"),
];

const FUNCTIONS: [(Function, &str, &str); 10] = [
    (Function::Min, "较小", "min"),
    (Function::Max, "较大", "max"),
    (Function::Age, "周岁", "age"),
    (Function::MonthsSince, "距今月数", "months_since"),
    (Function::ThisMonth, "本月", "this_month"),
    (Function::Known, "已知", "known"),
    (Function::OrElse, "缺省", "or_else"),
    (Function::PerMonth, "按月", "per_month"),
    (Function::PerYear, "按年", "per_year"),
    (Function::ForMonths, "累计", "for_months"),
];

const FOLDS: [(Fold, &str, &str); 7] = [
    (Fold::Any, "任一", "any"),
    (Fold::All, "全部", "all"),
    (Fold::Count, "计数", "count"),
    (Fold::Sum, "合计", "sum"),
    (Fold::Avg, "平均", "avg"),
    (Fold::Max, "最大", "max"),
    (Fold::Min, "最小", "min"),
];

const LISTS: [(Entity, &str, &str); 2] =
    [(Entity::Member, "成员", "members"), (Entity::Obligor, "义务人", "obligors")];

fn find<T: Copy>(table: &[(T, &str, &str)], word: &str) -> Option<T> {
    table.iter().find(|(_, zh, en)| *zh == word || *en == word).map(|(what, _, _)| *what)
}

fn word<T: Copy + PartialEq>(
    table: &'static [(T, &'static str, &'static str)],
    what: T,
    lang: Lang,
) -> &'static str {
    table.iter().find(|(each, _, _)| *each == what).map_or("", |(_, zh, en)| lang.pick(zh, en))
}

impl Keyword {
    /// The keyword that a word is, in either language.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        find(&KEYWORDS, word)
    }

    /// The word in a language.
    #[must_use]
    pub fn word(self, lang: Lang) -> &'static str {
        word(&KEYWORDS, self, lang)
    }
}

impl Function {
    /// The function that a name means, in either language.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        find(&FUNCTIONS, word)
    }

    /// The name in a language.
    #[must_use]
    pub fn word(self, lang: Lang) -> &'static str {
        word(&FUNCTIONS, self, lang)
    }

    /// How many arguments it takes.
    #[must_use]
    pub fn arity(self) -> usize {
        match self {
            Self::Min | Self::Max | Self::OrElse | Self::ForMonths => 2,
            Self::ThisMonth => 0,
            Self::Age | Self::MonthsSince | Self::Known | Self::PerMonth | Self::PerYear => 1,
        }
    }

    /// All names in both languages, for suggestions.
    pub fn words() -> impl Iterator<Item = &'static str> {
        FUNCTIONS.iter().flat_map(|(_, zh, en)| [*zh, *en])
    }
}

impl Fold {
    /// The fold that a name means, in either language.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        find(&FOLDS, word)
    }

    /// The name in a language.
    #[must_use]
    pub fn word(self, lang: Lang) -> &'static str {
        word(&FOLDS, self, lang)
    }

    /// All names in both languages and those of the filter, for suggestions.
    pub fn words() -> impl Iterator<Item = &'static str> {
        FOLDS.iter().flat_map(|(_, zh, en)| [*zh, *en]).chain(["仅", "only"])
    }
}

/// The list that a word means, in either language.
#[must_use]
pub fn list(word: &str) -> Option<Entity> {
    find(&LISTS, word)
}

/// Every word of the language, in Chinese and English.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let pair = |word: fn(Lang) -> &'static str| (word(Lang::Zh), word(Lang::En));
    let keywords = KEYWORDS.iter().map(|(_, zh, en)| (*zh, *en));
    let functions = FUNCTIONS.iter().map(|(_, zh, en)| (*zh, *en));
    let folds = FOLDS.iter().map(|(_, zh, en)| (*zh, *en));
    let lists = LISTS.iter().map(|(_, zh, en)| (*zh, *en));
    let others = [filter_word, window_word, date_word, month_word].map(pair);
    keywords.chain(functions).chain(folds).chain(lists).chain(others)
}

/// The word of a list; empty for an entity that is no list.
#[must_use]
pub fn list_word(list: Entity, lang: Lang) -> &'static str {
    word(&LISTS, list, lang)
}

/// Whether a word is the filter of a list.
#[must_use]
pub fn is_filter(word: &str) -> bool {
    matches!(word, "仅" | "only")
}

/// The word of a fold or of the filter in a language; `None` for a word that is neither.
#[must_use]
pub(crate) fn after_list(word: &str, lang: Lang) -> Option<&'static str> {
    if is_filter(word) { Some(filter_word(lang)) } else { Fold::of(word).map(|fold| fold.word(lang)) }
}

/// Whether a word is that of the last months.
#[must_use]
pub fn is_window(word: &str) -> bool {
    matches!(word, "近" | "last")
}

/// The word of the last months.
#[must_use]
pub fn window_word(lang: Lang) -> &'static str {
    lang.pick("近", "last")
}

/// The word before the brackets of a date.
pub(crate) fn date_word(lang: Lang) -> &'static str {
    lang.pick("日期", "date")
}

/// The word before the brackets of a month.
pub(crate) fn month_word(lang: Lang) -> &'static str {
    lang.pick("月份", "month")
}

/// The word of the filter.
#[must_use]
pub fn filter_word(lang: Lang) -> &'static str {
    lang.pick("仅", "only")
}

/// Whether a text can stand as a name in an expression: one word, no digit first, no word of the language.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(super::token::starts_name)
        && chars.all(super::token::continues_name)
        && Keyword::of(text).is_none()
        && list(text).is_none()
}
