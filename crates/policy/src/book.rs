//! 法规汇编: all package files read into one book, from which the plan of a period is compiled.

pub mod change;
mod check;
mod compile;
pub mod decl;
mod facts;
mod format;
mod groups;
mod load;
mod parameters;
mod paths;
mod reader;
mod rules;
mod say;
mod shape;
mod sources;
mod tables;
mod values;
mod within;

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, line_and_column};
use crate::lang::Lang;
use crate::plan::{EnumDecl, FactDecl, Plan, Span, Type};
use crate::syntax::ast::Expr;
use crate::syntax::print::Names;
use crate::value::{Date, Month};
use decl::{
    Cite, GroupDecl, IndicatorDecl, OutcomeDecl, OverlayDecl, PackageDecl, ParameterDecl, RuleDecl, SourceDoc,
};

/// One text of law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path as given, with `/`.
    pub path: String,
    /// Text.
    pub text: String,
}

impl SourceFile {
    /// A text as it is read: without the byte order mark that some editors write first.
    fn new(path: String, text: String) -> Self {
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        Self { path, text }
    }
}

/// 法规汇编: the vocabulary, the sources, the parameters and every version of every rule.
#[derive(Clone, Debug, Default)]
pub struct Book {
    files: Vec<SourceFile>,
    packages: Vec<PackageDecl>,
    overlays: Vec<OverlayDecl>,
    enums: Vec<EnumDecl>,
    facts: Vec<FactDecl>,
    docs: Vec<SourceDoc>,
    cites: Vec<Cite>,
    parameters: Vec<ParameterDecl>,
    rules: Vec<RuleDecl>,
    outcomes: Vec<OutcomeDecl>,
    groups: Vec<GroupDecl>,
    indicators: Vec<IndicatorDecl>,
    /// What each id and label of an expression stands for.
    names: BTreeMap<String, NameEntry>,
    /// The name that first had a look (see [`crate::glyph::skeleton`]).
    looks: BTreeMap<String, String>,
    /// Places of the rows of each parameter, in their order.
    row_spans: BTreeMap<String, Vec<Span>>,
}

/// What a name stands for, before the period is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
enum NameEntry {
    Fact(usize),
    Rule(String),
    Parameter(usize),
}

/// What a name in an expression stands for. A rule is given by its id, since each period has its own version.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Named<'a> {
    /// Index in [`Book::facts`].
    Fact(usize, &'a FactDecl),
    /// Id of a rule.
    Rule(&'a str),
    /// Index in [`Book::parameters`].
    Parameter(usize),
}

impl Book {
    /// Reads the files of a policies folder (paths such as `policies/cn/dibao/rules/income.toml` or
    /// `cn/dibao/…`). Texts that hold no law (`*.md`, procedures, forms, calendars) are passed over.
    ///
    /// # Errors
    /// Every fault that was found in the files, in order of file and place.
    pub fn from_files<I>(files: I) -> Result<Self, Vec<Diagnostic>>
    where
        I: IntoIterator<Item = (String, String)>,
    {
        load::load(files, None)
    }

    /// Reads the files with a change on top of them, given as path and text: see [`change`].
    ///
    /// # Errors
    /// Every fault of the files and of the change.
    pub fn with_change<I>(files: I, path: &str, text: &str) -> Result<Self, Vec<Diagnostic>>
    where
        I: IntoIterator<Item = (String, String)>,
    {
        load::load(files, Some(SourceFile::new(path.to_owned(), text.to_owned())))
    }

    /// Compiles the law of a month as it was known on a day.
    ///
    /// # Errors
    /// A rule without a version in force or with two, a type or unit error, a cycle of rules.
    pub fn plan(&self, period: Month, as_of: Date) -> Result<Plan, Vec<Diagnostic>> {
        compile::plan(self, period, as_of)
    }

    /// Compiles the law at every date on which some version begins or ends, and returns all faults.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        check::check(self)
    }

    /// The text of one file with its expressions written in a language; `None` where the book has no such file.
    #[must_use]
    pub fn fmt(&self, path: &str, lang: Lang) -> Option<String> {
        format::format(self, path, lang)
    }

    /// An expression in a language, its names by id or label.
    #[must_use]
    pub fn text_of(&self, expr: &Expr, lang: Lang) -> String {
        format::text_of(self, expr, lang)
    }

    /// A rule as a reader sees it: its value or its table, and its exceptions; names as `names` writes them.
    #[must_use]
    pub fn rule_text(rule: &RuleDecl, lang: Lang, names: &dyn Names) -> String {
        format::rule_text(rule, lang, names)
    }

    /// Value or table of a rule in a language, without its exceptions.
    pub(crate) fn body_of(&self, rule: &RuleDecl, lang: Lang) -> String {
        format::body_of(self, rule, lang)
    }

    /// A rule in a language: its value or its table, and its exceptions.
    pub(crate) fn rule_of(&self, rule: &RuleDecl, lang: Lang) -> String {
        format::rule_of(self, rule, lang)
    }

    /// The months in which some version begins or has ended, and a day on which everything is known.
    #[must_use]
    pub fn turns(&self) -> (std::collections::BTreeSet<Month>, Date) {
        check::moments(self)
    }

    /// The vocabulary in the order of its files.
    #[must_use]
    pub fn facts(&self) -> &[FactDecl] {
        &self.facts
    }

    /// All enums; [`Type::Enum`] indexes them, in the book and in each plan.
    #[must_use]
    pub fn enums(&self) -> &[EnumDecl] {
        &self.enums
    }

    /// Cited documents.
    #[must_use]
    pub fn sources(&self) -> &[SourceDoc] {
        &self.docs
    }

    /// Cited statements.
    #[must_use]
    pub fn cites(&self) -> &[Cite] {
        &self.cites
    }

    /// Packages by id.
    #[must_use]
    pub fn packages(&self) -> &[PackageDecl] {
        &self.packages
    }

    /// Local layers, nation-wide before local.
    #[must_use]
    pub fn overlays(&self) -> &[OverlayDecl] {
        &self.overlays
    }

    /// Parameters with the rows of all layers and times.
    #[must_use]
    pub fn parameters(&self) -> &[ParameterDecl] {
        &self.parameters
    }

    /// Every version of every rule.
    #[must_use]
    pub fn rules(&self) -> &[RuleDecl] {
        &self.rules
    }

    /// Every version of every outcome.
    #[must_use]
    pub fn outcomes(&self) -> &[OutcomeDecl] {
        &self.outcomes
    }

    /// Every version of every indicator.
    #[must_use]
    pub fn indicators(&self) -> &[IndicatorDecl] {
        &self.indicators
    }

    /// The files, as [`Span::file`] numbers them.
    #[must_use]
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The versions of the rules that hold on the last day of the period, as known on a day.
    #[must_use]
    pub fn rules_at(&self, period: Month, as_of: Date) -> Vec<&RuleDecl> {
        let day = period.last_day();
        self.rules.iter().filter(|r| r.validity.holds(day, as_of)).collect()
    }

    /// The outcomes that exist on the last day of the period, as known on a day.
    #[must_use]
    pub fn outcomes_at(&self, period: Month, as_of: Date) -> Vec<&OutcomeDecl> {
        let day = period.last_day();
        self.outcomes.iter().filter(|o| o.validity.holds(day, as_of)).collect()
    }

    /// Every version of every group of outcomes.
    #[must_use]
    pub fn groups(&self) -> &[GroupDecl] {
        &self.groups
    }

    /// The groups of outcomes that hold on the last day of the period, as known on a day.
    #[must_use]
    pub fn groups_at(&self, period: Month, as_of: Date) -> Vec<&GroupDecl> {
        let day = period.last_day();
        self.groups.iter().filter(|g| g.validity.holds(day, as_of)).collect()
    }

    /// The indicators that hold on the last day of the period, as known on a day.
    #[must_use]
    pub fn indicators_at(&self, period: Month, as_of: Date) -> Vec<&IndicatorDecl> {
        let day = period.last_day();
        self.indicators.iter().filter(|i| i.validity.holds(day, as_of)).collect()
    }

    /// What a name stands for: an English id or a 中文 label of a fact, a rule or a parameter.
    #[must_use]
    pub fn resolve(&self, name: &str) -> Option<Named<'_>> {
        match self.names.get(name)? {
            NameEntry::Fact(at) => self.facts.get(*at).map(|fact| Named::Fact(*at, fact)),
            NameEntry::Rule(id) => Some(Named::Rule(id)),
            NameEntry::Parameter(at) => Some(Named::Parameter(*at)),
        }
    }

    /// Position of an enum value, given by its id or label.
    #[must_use]
    pub fn enum_value(&self, enum_index: u16, name: &str) -> Option<u8> {
        let decl = self.enums.get(usize::from(enum_index))?;
        let at = decl.values.iter().position(|(id, zh)| id == name || zh == name)?;
        u8::try_from(at).ok()
    }

    /// The enum that an expression has as its type, as far as its names say: what a bare name on the other
    /// side of `=`, `!=` or `in` is a value of.
    #[must_use]
    pub fn enum_of(&self, expr: &Expr) -> Option<u16> {
        format::enum_of(self, expr)
    }

    /// Where a span stands: file, line and column from 1.
    #[must_use]
    pub fn place(&self, span: Span) -> (String, usize, usize) {
        let file = self.files.get(span.file as usize);
        let (path, text) = file.map_or(("", ""), |f| (f.path.as_str(), f.text.as_str()));
        let (line, column) = line_and_column(text, span.start as usize);
        (path.to_owned(), line, column)
    }

    /// Whether a package only sorts people into the groups of a statistic.
    #[must_use]
    pub fn is_statistics(package: &str) -> bool {
        package.rsplit('/').next() == Some("statistics")
    }

    /// SHA-256 over the sorted paths and texts, hex.
    #[must_use]
    pub fn package_hash(&self) -> String {
        use sha2::{Digest as _, Sha256};
        use std::fmt::Write as _;
        let mut hash = Sha256::new();
        for file in &self.files {
            let path = paths::below_policies(&file.path);
            // The lengths keep a path from running into its text.
            hash.update(format!("{}:{}\n", path.len(), file.text.len()));
            hash.update(path);
            hash.update(&file.text);
        }
        hash.finalize().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// The values of a parameter that hold on a day as the law was known on another, one a place and keys.
#[must_use]
pub fn rows_in_force(decl: &ParameterDecl, day: Date, as_of: Date) -> Vec<crate::plan::ParamRow> {
    compile::params::table(decl, day, as_of).rows
}

/// A type as the law writes it: `元/月`, `bool`, `enum`.
#[must_use]
pub fn type_name(ty: Type) -> &'static str {
    use crate::plan::Per;
    match ty {
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Money(Per::Once) | Type::Exact(Per::Once) => "元",
        Type::Money(Per::Month) | Type::Exact(Per::Month) => "元/月",
        Type::Money(Per::Year) | Type::Exact(Per::Year) => "元/年",
        Type::Rate => "rate",
        Type::Date => "date",
        Type::Month => "month",
        Type::Enum(_) => "enum",
    }
}
