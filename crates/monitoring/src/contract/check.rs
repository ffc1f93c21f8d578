//! Checks of contracts: by themselves, against the vocabulary, and of rules against purpose and reach.

use doudi_policy::column::Data;
use doudi_policy::plan::{Entity, EnumDecl, FactDecl, IndicatorKind, Plan, Type};

use super::{
    BIRTH, CellType, Contract, ContractProblem, Contracts, FactRule, FoldKind, Purpose, SubjectKind,
    SubjectOf, months_of,
};

/// The facts that rules, forms and feeds speak of.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary<'a> {
    /// Facts.
    pub facts: &'a [FactDecl],
    /// Their enums.
    pub enums: &'a [EnumDecl],
}

impl<'a> Vocabulary<'a> {
    /// The vocabulary that a plan carries (the facts it reads).
    #[must_use]
    pub fn of(plan: &'a Plan) -> Self {
        Self { facts: &plan.facts, enums: &plan.enums }
    }

    /// A fact by id.
    #[must_use]
    pub fn fact(&self, id: &str) -> Option<&'a FactDecl> {
        self.facts.iter().find(|f| f.id == id)
    }

    /// The facts that the register of awards tells: those that say that something is received.
    pub fn received(&self) -> impl Iterator<Item = &'a FactDecl> {
        self.facts.iter().filter(|f| f.back == 0 && !f.register.is_empty())
    }

    /// The programmes that the register of awards may name, in the order of the vocabulary.
    #[must_use]
    pub fn programmes(&self) -> Vec<&'a str> {
        let mut all = Vec::new();
        for programme in self.received().flat_map(|f| &f.register) {
            if !all.contains(&programme.as_str()) {
                all.push(programme.as_str());
            }
        }
        all
    }

    /// The values of an enum fact: English id and Chinese label.
    #[must_use]
    pub fn values(&self, fact: &FactDecl) -> &'a [(String, String)] {
        fact.enum_index.and_then(|i| self.enums.get(usize::from(i))).map_or(&[], |e| e.values.as_slice())
    }

    /// An empty column of the fact's kind with room for `n` subjects.
    #[must_use]
    pub fn empty(fact: &FactDecl, n: usize) -> Data {
        match fact.ty {
            Type::Bool => Data::Bool(vec![false; n]),
            Type::Enum(_) => Data::Enum(vec![0; n]),
            _ => Data::Number(vec![0; n]),
        }
    }
}

/// What is wrong with a contract by itself.
pub(super) fn check_contract(path: &str, contract: &Contract) -> Vec<ContractProblem> {
    let mut problems = Vec::new();
    let mut say = |zh: String, en: String| problems.push(ContractProblem::new(path, zh, en));
    if let Err(bad) = months_of(&contract.fresh_for) {
        say(bad.zh, bad.en);
    }
    if contract.legal_basis.is_empty() {
        say(
            "没有写明法律依据 legal_basis".to_owned(),
            "no legal_basis: a feed without a legal basis may not be read".to_owned(),
        );
    }
    if !(1..=3650).contains(&contract.original.keep_days) {
        say(
            "original 的 keep_days 应为 1 到 3650 天".to_owned(),
            "`keep_days` of `original` must be 1 to 3650 days".to_owned(),
        );
    }
    if contract.original.zh.is_empty() || contract.original.en.is_empty() {
        say(
            "original 没有用中文和英文写明为什么保存这么久".to_owned(),
            "`original` does not say in Chinese and English why it is kept so long".to_owned(),
        );
    }
    let subject = &contract.subject;
    let keys = subject.number.iter().chain(&subject.name).chain(&subject.authorisation);
    let named = contract
        .facts
        .iter()
        .flat_map(|f| {
            let filters = f.filters.iter().map(|w| &w.column);
            let window = f.window.iter().map(|w| &w.column);
            f.columns.iter().chain(&f.by).chain(&f.dated_by).chain(&f.valid_to).chain(filters).chain(window)
        })
        .chain(keys)
        .chain(&contract.period.column);
    for column in named {
        if contract.field(column).is_none() {
            say(
                format!("提到的列“{column}”不在 fields 里"),
                format!("column `{column}` is named but is not among the fields"),
            );
        }
    }
    let dated = |c: &str| contract.field(c).is_some_and(|f| matches!(f.ty, CellType::Date | CellType::Month));
    let born = subject.kind != SubjectKind::Parent;
    for field in &contract.fields {
        let wrong = |other: &&String| !dated(&field.column) || !(dated(other) || born && *other == BIRTH);
        if let Some(other) = field.not_before.iter().find(wrong) {
            let column = &field.column;
            say(
                format!("列“{column}”的 not_before 只能在日期之间，这里是“{other}”"),
                format!("not_before of column `{column}` is between dates only, here it names `{other}`"),
            );
        }
    }
    for fact in &contract.facts {
        if let Some((zh, en)) = check_fold(contract, fact) {
            say(format!("事实 {}：{zh}", fact.id), format!("fact {}: {en}", fact.id));
        }
    }
    problems
}

fn check_fold(contract: &Contract, fact: &FactRule) -> Option<(String, String)> {
    let ty = |column: &String| contract.field(column).map(|f| f.ty);
    let numeric = |t: CellType| {
        matches!(t, CellType::Money | CellType::Int | CellType::Date | CellType::Month | CellType::Year)
    };
    let problem = |zh: &str, en: &str| Some((zh.to_owned(), en.to_owned()));
    let wants_column = !matches!(fact.fold, FoldKind::Count | FoldKind::Exists);
    if wants_column == fact.columns.is_empty() {
        return problem(
            "latest、sum、max、any 要写 columns，count、exists 不写",
            "latest, sum, max and any need columns; count and exists have none",
        );
    }
    let numbers_only = matches!(fact.fold, FoldKind::Sum | FoldKind::Max) || fact.columns.len() > 1;
    if numbers_only && fact.columns.iter().filter_map(ty).any(|t| !numeric(t)) {
        return problem("sum、max 只用于数和日期", "sum and max are for numbers and dates");
    }
    if fact.columns.iter().any(|c| contract.field(c).is_some_and(|f| f.purpose.is_empty())) {
        return problem("列没有用途 purpose，不会保留", "its column has no purpose and is not kept");
    }
    let dates = fact.by.iter().chain(&fact.dated_by).chain(fact.window.iter().map(|w| &w.column));
    if dates.filter_map(ty).any(|t| !matches!(t, CellType::Date | CellType::Month | CellType::Year)) {
        return problem("by、dated_by、window 要用日期列", "by, dated_by and window need a date column");
    }
    match fact.absent.split_last() {
        None => problem("没有写明缺席的含义 absent", "absent is not stated"),
        Some((last, before)) => {
            let conditional = |a: &super::Absence| {
                a.age_from.is_some() || a.age_below.is_some() || a.class.is_some() || a.if_fact.is_some()
            };
            if conditional(last) || !before.iter().all(conditional) {
                return problem(
                    "absent 的最后一条不带条件，其余都带",
                    "the last entry of absent has no condition, all others have one",
                );
            }
            None
        }
    }
}

/// Checks that every fact that a feed gives exists, is of the right entity and type, and that each
/// value that a fold, map or absence can give is one of the fact's.
#[must_use]
pub fn check_vocabulary(contracts: &Contracts, vocabulary: Vocabulary<'_>) -> Vec<ContractProblem> {
    let mut problems = Vec::new();
    for contract in contracts.iter() {
        let at = format!("feeds/{}.toml", contract.id);
        for fact in &contract.facts {
            if let Err((zh, en)) = check_fact(contracts, contract, fact, vocabulary) {
                problems.push(ContractProblem::new(&at, zh, en));
            }
        }
    }
    problems
}

fn check_fact(
    contracts: &Contracts,
    contract: &Contract,
    fact: &FactRule,
    vocabulary: Vocabulary<'_>,
) -> Result<(), (String, String)> {
    let id = &fact.id;
    let Some(decl) = vocabulary.fact(id) else {
        return Err((
            format!("词汇中没有事实 {id}，请改名或先在 facts.toml 声明"),
            format!("the vocabulary has no fact `{id}`: rename it or declare it in facts.toml"),
        ));
    };
    let entity = match (fact.of, contract.subject.kind) {
        (SubjectOf::Household, _) | (_, SubjectKind::Household) => Entity::Household,
        _ => Entity::Member,
    };
    if decl.of != entity {
        return Err((
            format!("事实 {id} 的主体与词汇不符"),
            format!("fact `{id}` is of another entity in the vocabulary"),
        ));
    }
    if !decl.from.contains(&contract.id) && !decl.from.iter().any(|f| f == "authorised_check") {
        return Err((
            format!("词汇中 {id} 的 from 没有列出 {}", contract.id),
            format!("`{id}` does not list {} in its `from`", contract.id),
        ));
    }
    let rule = crate::reader::FactReader::new(contract, fact, vocabulary);
    rule.map_err(|bad| (format!("事实 {id}：{}", bad.zh), format!("fact `{id}`: {}", bad.en)))?;
    for other in fact.absent.iter().filter_map(|a| a.if_fact.as_ref()) {
        if contracts.giving(other).is_none() {
            return Err((
                format!("absent 提到的事实 {other} 没有数据来源"),
                format!("absent names fact `{other}`, which no feed gives"),
            ));
        }
    }
    Ok(())
}

/// Checks the indicators of a plan: an entry indicator reads only fields with purpose `find`, an exit
/// indicator speaks only about programmes whose recipients are on the register.
#[must_use]
pub fn check_plan(contracts: &Contracts, plan: &Plan) -> Vec<ContractProblem> {
    let mut problems = Vec::new();
    for indicator in &plan.indicators {
        let at = format!("{} {}", indicator.package, indicator.id);
        match indicator.kind {
            IndicatorKind::Entry => {
                let facts = indicator.reads.iter().filter_map(|i| plan.facts.get(*i as usize));
                for fact in facts {
                    let Some((contract, rule)) = contracts.giving(&fact.id) else {
                        continue;
                    };
                    if !contract.purposes_of(rule).contains(&Purpose::Find) {
                        problems.push(ContractProblem::new(
                            &at,
                            format!(
                                "发现指标读取了“{}”（{}），该数据项的用途不含“发现”：请改用别的事实，或先取得依据并修改 feeds/{}.toml",
                                fact.zh, fact.id, contract.id
                            ),
                            format!(
                                "this entry indicator reads `{}`, whose field has no purpose `find`: use another fact, or obtain the legal basis and change feeds/{}.toml",
                                fact.id, contract.id
                            ),
                        ));
                    }
                }
            }
            IndicatorKind::Exit => {
                let named = |id: &String| plan.outcomes.iter().find(|o| &o.id == id);
                for id in &indicator.outcomes {
                    if named(id).is_none_or(|o| o.receiving.is_none()) {
                        problems.push(ContractProblem::new(
                            &at,
                            format!("核查指标涉及“{id}”，但没有谁登记为正在享受它：核查只能针对在享对象"),
                            format!("this exit indicator covers `{id}`, which nobody is registered as receiving: it may only ask about recipients"),
                        ));
                    }
                }
                if indicator.outcomes.is_empty() {
                    problems.push(ContractProblem::new(
                        &at,
                        "核查指标没有写明针对哪项待遇",
                        "this exit indicator names no programme",
                    ));
                }
            }
        }
    }
    problems
}
