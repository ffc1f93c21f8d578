//! 错误目录: every fault that the texts of law can have, with its number, the reason behind the rule, and a wrong and
//! a right example. A number, once given, keeps its meaning; a new fault takes the next free one of its subject.

mod changes;
mod decisions;
mod expressions;
mod files;
mod goldens;
mod names;
mod parameters;
mod rules;
mod sheets;
mod steps;
mod tables;
mod types;

/// One fault of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `E` and four digits, of which the first two tell the subject.
    pub number: &'static str,
    /// The same in a word, as [`super::Diagnostic::code`] has it.
    pub code: &'static str,
    /// What is wrong, in Chinese.
    pub zh: &'static str,
    /// What is wrong, in English.
    pub en: &'static str,
    /// The reason behind the rule, in Chinese.
    pub why_zh: &'static str,
    /// The reason behind the rule, in English.
    pub why_en: &'static str,
    /// Wrong and right.
    pub example: Example,
}

/// A wrong and a right text. `⟨U+200B⟩` in them stands for that character, `⟨3×(⟩` for `(((`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Example {
    /// The `value` of a rule about `of`.
    Value {
        /// `household`, `member` or `constant`.
        of: &'static str,
        /// Raises the fault.
        wrong: &'static str,
        /// Compiles.
        right: &'static str,
    },
    /// A file of a package, as (path, text).
    File {
        /// Raises the fault.
        wrong: (&'static str, &'static str),
        /// Compiles.
        right: (&'static str, &'static str),
    },
    /// A change on top of the packages.
    Change {
        /// Raises the fault.
        wrong: &'static str,
        /// Can be applied.
        right: &'static str,
    },
    /// A golden household.
    Golden {
        /// Raises the fault.
        wrong: &'static str,
        /// Can be read.
        right: &'static str,
    },
    /// A facts sheet.
    Sheet {
        /// Raises the fault.
        wrong: &'static str,
        /// Can be read.
        right: &'static str,
    },
    /// A state of the disk or of the input, told in (中文, English).
    Told {
        /// Raises the fault.
        wrong: (&'static str, &'static str),
        /// Is read.
        right: (&'static str, &'static str),
    },
}

/// A subject of the catalogue: first digits, 中文 title, English title, entries.
pub(super) type Subject = (&'static str, &'static str, &'static str, &'static [Entry]);

/// The subjects in the order of their numbers.
pub(super) const SUBJECTS: [Subject; 12] = [
    ("E01", "文件", "Files", &files::ALL),
    ("E02", "键和取值", "Keys and values", &tables::ALL),
    ("E03", "名称", "Names", &names::ALL),
    ("E04", "表达式的写法", "The form of expressions", &expressions::ALL),
    ("E05", "类型和单位", "Types and units", &types::ALL),
    ("E06", "依据、时间和引用", "Sources, time and references", &rules::ALL),
    ("E07", "参数和地方层", "Parameters and local layers", &parameters::ALL),
    ("E08", "样例户", "Golden households", &goldens::ALL),
    ("E09", "事实表", "Facts sheets", &sheets::ALL),
    (
        "E10",
        "决策表、例外、待遇组、按月的值",
        "Decision tables, exceptions, groups, values by month",
        &decisions::ALL,
    ),
    ("E11", "政策改动", "Changes", &changes::ALL),
    ("E12", "办理程序", "Procedures", &steps::ALL),
];

/// All entries in the order of their numbers.
pub fn catalogue() -> impl Iterator<Item = &'static Entry> {
    SUBJECTS.iter().flat_map(|(_, _, _, entries)| entries.iter())
}

/// The entry of a number such as `E0301` or of a word such as `unknown-name`.
#[must_use]
pub fn entry(code: &str) -> Option<&'static Entry> {
    catalogue().find(|entry| entry.code == code || entry.number.eq_ignore_ascii_case(code))
}

/// An entry whose fault stands in the value of a rule.
const fn value(
    number: &'static str,
    code: &'static str,
    title: (&'static str, &'static str),
    why: (&'static str, &'static str),
    of: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Entry {
    entry_of(number, code, title, why, Example::Value { of, wrong, right })
}

/// An entry whose fault stands in a file that keeps its path.
const fn file(
    number: &'static str,
    code: &'static str,
    title: (&'static str, &'static str),
    why: (&'static str, &'static str),
    path: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Entry {
    entry_of(number, code, title, why, Example::File { wrong: (path, wrong), right: (path, right) })
}

const fn entry_of(
    number: &'static str,
    code: &'static str,
    (zh, en): (&'static str, &'static str),
    (why_zh, why_en): (&'static str, &'static str),
    example: Example,
) -> Entry {
    Entry { number, code, zh, en, why_zh, why_en, example }
}
