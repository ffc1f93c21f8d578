//! 期望: what a golden household says must come out.

use crate::diag::Fault;
use crate::value::{Fen, Truth};

/// Of what something is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An outcome by title or id, for everybody or for one member by name.
    Outcome {
        /// As written.
        name: String,
        /// Member's name, for an outcome of members.
        member: Option<String>,
        /// Expected truth.
        truth: Truth,
    },
    /// An indicator by code.
    Indicator {
        /// Code.
        id: String,
        /// Whether it must fire (`True`), must not (`False`) or stays open.
        truth: Truth,
    },
}

/// A further demand on the same result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// Exactly this amount in fen.
    Amount(Fen),
    /// An amount that is still open between two bounds; `None` is unbounded.
    AmountBetween(Option<Fen>, Option<Fen>),
    /// These citations stand behind the result.
    Cites(Vec<String>),
    /// These facts are among those that would decide it: name of the subject (`None` = the household) and fact.
    Needs(Vec<(Option<String>, String)>),
    /// A parameter has no row here.
    Gap(String),
    /// A rule has this value, as an official would write it.
    Rule(String, String),
    /// Within a group these outcomes stand (titles or ids), each with what it pays where that is written.
    Group(String, Vec<(String, Option<Fen>)>),
}

/// One line `期望: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Line from 1.
    pub line: usize,
    /// The line as written.
    pub text: String,
    /// Of what.
    pub target: Target,
    /// Further demands.
    pub clauses: Vec<Clause>,
}

/// Reads what follows `期望:`. `members` are the names of the household.
pub(super) fn read(line: usize, text: &str, members: &[String]) -> Result<Expectation, Fault> {
    let mut parts = text.split([',', '，']).map(str::trim).filter(|p| !p.is_empty());
    let head = parts.next().unwrap_or_default();
    let target = target(head, members)?;
    let clauses = parts.map(clause).collect::<Result<_, _>>()?;
    Ok(Expectation { line, text: text.trim().to_owned(), target, clauses })
}

fn target(head: &str, members: &[String]) -> Result<Target, Fault> {
    let words: Vec<&str> = head.split_whitespace().collect();
    match words.as_slice() {
        ["指标", id, truth] => Ok(Target::Indicator {
            id: (*id).to_owned(),
            truth: match *truth {
                "提示" => Truth::True,
                "不提示" => Truth::False,
                "未知" => Truth::Unknown,
                _ => return Err(form(head)),
            },
        }),
        [name, truth, rest @ ..] => {
            let truth = match *truth {
                "符合" => Truth::True,
                "不符合" => Truth::False,
                "未知" => Truth::Unknown,
                _ => return Err(form(head)),
            };
            let member = match rest {
                [] => None,
                [member] if members.iter().any(|m| m == member) => Some((*member).to_owned()),
                _ => {
                    let name = rest.join(" ");
                    return Err(Fault::new(
                        "golden-expectation",
                        (format!("“{name}”不是本户成员"), format!("`{name}` is no member of the household")),
                        (
                            format!("本户成员有：{}", members.join("、")),
                            format!("its members are {}", members.join(", ")),
                        ),
                    ));
                }
            };
            Ok(Target::Outcome { name: (*name).to_owned(), member, truth })
        }
        _ => Err(form(head)),
    }
}

fn form(head: &str) -> Fault {
    Fault::new(
        "golden-expectation",
        (format!("期望“{head}”看不懂"), format!("cannot read the expectation `{head}`")),
        (
            "写成“低保 符合”“特困 不符合 甲”“低保 未知”或“指标 W-M2 提示”",
            "write 低保 符合, 特困 不符合 甲, 低保 未知 or 指标 W-M2 提示",
        ),
    )
}

fn clause(text: &str) -> Result<Clause, Fault> {
    let mut words = text.split_whitespace();
    let head = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.collect();
    let wrong = || {
        Fault::new(
            "golden-expectation",
            (format!("期望里的“{text}”看不懂"), format!("cannot read `{text}` in the expectation")),
            (
                "可以写：每月 768.00 元、金额 100 至 300 元、依据 DB-01、需要 乙.工资性收入、缺口 dibao_standard、规则 家庭人均月收入 500.00、同组 救助身份 低保 特困",
                "write 每月 768.00 元, 金额 100 至 300 元, 依据 DB-01, 需要 乙.工资性收入, 缺口 dibao_standard, 规则 家庭人均月收入 500.00 or 同组 救助身份 低保 特困",
            ),
        )
    };
    let yuan = |word: &str| Fen::parse_yuan(word).ok();
    let bound = |word: &str| match word {
        "不限" => Some(None),
        _ => yuan(word).map(Some),
    };
    match (head, rest.as_slice()) {
        ("每月" | "一次" | "每年" | "金额", [sum] | [sum, "元"]) => {
            yuan(sum).map(Clause::Amount).ok_or_else(wrong)
        }
        ("每月" | "一次" | "每年" | "金额", [low, "至", high] | [low, "至", high, "元"]) => {
            bound(low).zip(bound(high)).map(|(low, high)| Clause::AmountBetween(low, high)).ok_or_else(wrong)
        }
        ("依据", [_, ..]) => Ok(Clause::Cites(rest.iter().map(|s| (*s).to_owned()).collect())),
        ("需要", [_, ..]) => Ok(Clause::Needs(
            rest.iter()
                .map(|s| match s.split_once('.') {
                    Some((who, fact)) => (Some(who.to_owned()), fact.to_owned()),
                    None => (None, (*s).to_owned()),
                })
                .collect(),
        )),
        ("缺口", [name]) => Ok(Clause::Gap((*name).to_owned())),
        ("规则", [name, value @ .., "元" | "人"] | [name, value @ ..]) if !value.is_empty() => {
            Ok(Clause::Rule((*name).to_owned(), value.join(" ")))
        }
        ("同组", [group, outcomes @ ..]) if !outcomes.is_empty() => {
            let mut stand: Vec<(String, Option<Fen>)> = Vec::new();
            for word in outcomes {
                match (yuan(word), stand.last_mut()) {
                    (Some(sum), Some(last)) => last.1 = Some(sum),
                    (None, _) if *word == "未定" => {}
                    (None, _) => stand.push(((*word).to_owned(), None)),
                    (Some(_), None) => return Err(wrong()),
                }
            }
            Ok(Clause::Group((*group).to_owned(), stand))
        }
        ("成员", [count] | [count, "人"]) => {
            Ok(Clause::Rule("member_count".to_owned(), (*count).to_owned()))
        }
        _ => Err(wrong()),
    }
}
