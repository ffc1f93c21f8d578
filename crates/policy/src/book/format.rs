//! 排版: the expressions of a file in one language. Only words are exchanged: blanks, line breaks, signs and everything
//! outside expressions stay as they are, so that the way there and back gives the same bytes.

use std::collections::BTreeMap;
use std::ops::Range;

use super::decl::{Body, ExceptDecl, RuleDecl};
use super::{Book, Named};
use crate::lang::Lang;
use crate::plan::{Span, Type};
use crate::syntax::ast::{Cell, Expr, ExprKind, Function};
use crate::syntax::print::{Names, print, print_cell, print_lines};
use crate::syntax::token::{Kind, Token, tokens};
use crate::syntax::words::{self, is_name};

/// Deepest chain of rules followed to learn the enum of a name.
const RULES_DEEP: u8 = 32;

/// Names of the book in a language.
struct InLanguage<'a> {
    book: &'a Book,
    lang: Lang,
    /// The enum of the rule that is written: a name that is nobody's is one of its values.
    own: Option<u16>,
}

impl InLanguage<'_> {
    fn pick(&self, id: &str, zh: &str) -> String {
        let label = self.lang == Lang::Zh && is_name(zh);
        if label { zh } else { id }.to_owned()
    }
}

impl Names for InLanguage<'_> {
    fn name(&self, name: &str) -> String {
        match self.book.resolve(name) {
            Some(Named::Fact(_, fact)) => self.pick(&fact.id, &fact.zh),
            Some(Named::Rule(id)) => {
                let rule = self.book.rules.iter().find(|rule| rule.id == id);
                rule.map_or_else(|| name.to_owned(), |rule| self.pick(id, &rule.zh))
            }
            Some(Named::Parameter(at)) => {
                let parameter = self.book.parameters.get(at);
                parameter.map_or_else(|| name.to_owned(), |p| self.pick(&p.id, &p.zh))
            }
            None => self.own.and_then(|own| self.of_enum(own, name)).unwrap_or_else(|| name.to_owned()),
        }
    }

    fn value(&self, other: &Expr, name: &str, left: bool) -> String {
        let named = |name: &str| self.book.resolve(name).is_some();
        // On the left the book's names come first, since the other side is not read yet.
        if left && named(name) {
            return self.name(name);
        }
        let pair = self.book.enum_of(other).and_then(|index| self.of_enum(index, name));
        match pair {
            Some(value) if left && named(&value) => name.to_owned(),
            Some(value) => value,
            None => self.name(name),
        }
    }
}

impl InLanguage<'_> {
    /// A value of an enum.
    fn of_enum(&self, index: u16, name: &str) -> Option<String> {
        let at = self.book.enum_value(index, name)?;
        let (id, zh) = self.book.enums.get(usize::from(index))?.values.get(usize::from(at))?;
        Some(self.pick(id, zh))
    }
}

/// An expression in a language.
pub(super) fn text_of(book: &Book, expr: &Expr, lang: Lang) -> String {
    print(expr, lang, &InLanguage { book, lang, own: None })
}

/// A rule as a reader sees it, with names as `names` writes them: its value or its table, and its exceptions.
pub(super) fn rule_text(rule: &RuleDecl, lang: Lang, names: &dyn Names) -> String {
    let mut lines = body_lines(rule, lang, names);
    except_lines(&rule.excepts, 0, lang, names, &mut lines);
    lines.join("\n")
}

fn body_lines(rule: &RuleDecl, lang: Lang, names: &dyn Names) -> Vec<String> {
    let mut lines = Vec::new();
    match &rule.body {
        Body::Value(value) => lines.push(print_lines(value, lang, names)),
        Body::Table(table) => {
            let heads = table.columns.iter().map(|column| print(column, lang, names));
            let heads = heads.chain([lang.pick("结果", "result").to_owned()]);
            lines.push(heads.collect::<Vec<_>>().join(" | "));
            for row in &table.rows {
                let cells = row.cells.iter().zip(&table.columns);
                let cells = cells.map(|(cell, column)| print_cell(cell, column, lang, names));
                let cells = cells.chain([print(&row.result.then, lang, names)]);
                lines.push(cells.collect::<Vec<_>>().join(" | "));
            }
            lines.extend(table.default.iter().map(|default| {
                format!("{}: {}", lang.pick("其他情形", "otherwise"), print(&default.then, lang, names))
            }));
        }
    }
    lines
}

/// Value or table of a rule in a language, without its exceptions.
pub(super) fn body_of(book: &Book, rule: &RuleDecl, lang: Lang) -> String {
    body_lines(rule, lang, &InLanguage { book, lang, own: rule.enum_index }).join("\n")
}

/// A rule in a language: its value or its table, and its exceptions.
pub(super) fn rule_of(book: &Book, rule: &RuleDecl, lang: Lang) -> String {
    rule_text(rule, lang, &InLanguage { book, lang, own: rule.enum_index })
}

fn except_lines(
    excepts: &[ExceptDecl],
    depth: usize,
    lang: Lang,
    names: &dyn Names,
    lines: &mut Vec<String>,
) {
    for except in excepts {
        let priority = match except.priority {
            0 => String::new(),
            priority => format!("{} {priority}", lang.pick("，优先", ", priority")),
        };
        lines.push(format!(
            "{}{}{priority}: {} {} {} {}",
            "  ".repeat(depth),
            lang.pick("例外", "except"),
            lang.pick("若", "if"),
            print(&except.when, lang, names),
            lang.pick("则", "then"),
            print(&except.value, lang, names)
        ));
        except_lines(&except.excepts, depth + 1, lang, names, lines);
    }
}

/// The text of a file with its expressions in a language.
pub(super) fn format(book: &Book, path: &str, lang: Lang) -> Option<String> {
    let index = book.files.iter().position(|file| file.path == path)?;
    let file = book.files.get(index)?;
    let mut edits = Edits {
        names: InLanguage { book, lang, own: None },
        index: u32::try_from(index).ok()?,
        text: &file.text,
        tokens: Vec::new(),
        bound: Vec::new(),
        words: BTreeMap::new(),
    };
    edits.book();
    let mut out = String::with_capacity(file.text.len());
    let mut done = 0;
    for (place, word) in edits.words {
        out.push_str(file.text.get(done..place.0)?);
        out.push_str(&word);
        done = place.1;
    }
    out.push_str(file.text.get(done..)?);
    Some(out)
}

/// The words of one file that are written anew, by their first and last byte.
struct Edits<'a> {
    names: InLanguage<'a>,
    index: u32,
    text: &'a str,
    /// Tokens of the expression at hand.
    tokens: Vec<Token>,
    /// Variables for the value of a month, each with the enum that it has.
    bound: Vec<(String, Option<u16>)>,
    words: BTreeMap<(usize, usize), String>,
}

impl Edits<'_> {
    fn book(&mut self) {
        let book = self.names.book;
        for rule in &book.rules {
            let own = rule.enum_index;
            match &rule.body {
                Body::Value(value) => self.whole(value, own),
                Body::Table(table) => {
                    for column in &table.columns {
                        self.whole(column, None);
                    }
                    for row in &table.rows {
                        for (cell, column) in row.cells.iter().zip(&table.columns) {
                            self.cell(cell, column);
                        }
                    }
                    for result in table.results() {
                        self.whole(result, own);
                    }
                }
            }
            self.excepts(&rule.excepts, own);
        }
        for outcome in &book.outcomes {
            self.whole(&outcome.met_when, None);
            if let Some(amount) = &outcome.amount {
                self.whole(&amount.value, None);
            }
        }
        for indicator in &book.indicators {
            self.whole(&indicator.when, None);
        }
    }

    fn excepts(&mut self, excepts: &[ExceptDecl], own: Option<u16>) {
        for except in excepts {
            self.whole(&except.when, None);
            self.whole(&except.value, own);
            self.excepts(&except.excepts, own);
        }
    }

    /// Reads the tokens of a text of the file; false where it stands in another file.
    fn open(&mut self, span: Span) -> bool {
        if span.file != self.index {
            return false;
        }
        let text = self.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        self.tokens = tokens(text, span).0;
        self.keywords();
        true
    }

    /// An expression of its own; `own` is the enum that a bare value of it belongs to.
    fn whole(&mut self, expr: &Expr, own: Option<u16>) {
        if self.open(expr.span) {
            self.expr(expr, own);
        }
    }

    /// A cell, whose names are values of its column.
    fn cell(&mut self, cell: &Cell, column: &Expr) {
        if !self.open(cell.span) {
            return;
        }
        for value in cell.values() {
            match &value.kind {
                ExprKind::Name(name) => self.put(value.span, self.names.value(column, name, false)),
                _ => self.expr(value, None),
            }
        }
    }

    fn word(&mut self, place: Range<usize>, word: impl Into<String>) {
        self.words.insert((place.start, place.end), word.into());
    }

    /// The words of the language: operators, constants, folds.
    fn keywords(&mut self) {
        let lang = self.names.lang;
        let mut found: Vec<(Span, &'static str)> = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let before = |by: usize| at.checked_sub(by).and_then(|at| self.tokens.get(at)).map(|t| &t.kind);
            // A word as it stands, not `&&` and the like, which both languages write alike.
            let written = self.text.get(token.span.start as usize..token.span.end as usize);
            let is_word = written.is_some_and(|w| w.starts_with(crate::syntax::token::starts_name));
            match &token.kind {
                Kind::Keyword(word) if is_word => found.push((token.span, word.word(lang))),
                Kind::Name(name) if before(1) == Some(&Kind::Dot) => {
                    let folds = match before(2) {
                        Some(Kind::Close) => true,
                        Some(Kind::Name(list)) => {
                            words::list(list).is_some() && before(3) != Some(&Kind::Dot)
                        }
                        _ => false,
                    };
                    if folds {
                        found.extend(words::after_list(name, lang).map(|word| (token.span, word)));
                    }
                }
                _ => {}
            }
        }
        for (span, word) in found {
            self.word(span.start as usize..span.end as usize, word);
        }
    }

    /// Writes the name of an expression, which brackets may stand around.
    fn put(&mut self, span: Span, word: String) {
        self.nth_name(span, false, word);
    }

    /// The first or last name among the tokens of a span.
    fn nth_name(&mut self, span: Span, last: bool, word: String) {
        let inside = |t: &&Token| span.start <= t.span.start && t.span.end <= span.end;
        let mut names = self.tokens.iter().filter(inside).filter(|t| matches!(t.kind, Kind::Name(_)));
        let found = if last { names.next_back() } else { names.next() };
        if let Some(place) = found.map(|t| t.span.start as usize..t.span.end as usize) {
            self.word(place, word);
        }
    }

    fn expr(&mut self, expr: &Expr, own: Option<u16>) {
        let lang = self.names.lang;
        match &expr.kind {
            ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Money(..) | ExprKind::Rate(_) => {}
            ExprKind::Date(_) => self.put(expr.span, words::date_word(lang).to_owned()),
            ExprKind::Month(_) => self.put(expr.span, words::month_word(lang).to_owned()),
            ExprKind::Name(name) if self.is_bound(name) => {}
            ExprKind::Name(name) => {
                let value = own.filter(|_| self.names.book.resolve(name).is_none());
                let value = value.and_then(|index| self.names.of_enum(index, name));
                let word = value.unwrap_or_else(|| self.names.name(name));
                self.put(expr.span, word);
            }
            ExprKind::Field(_, name) => {
                let word = self.names.name(name);
                self.nth_name(expr.span, true, word);
            }
            ExprKind::Not(a) | ExprKind::Neg(a) => self.expr(a, None),
            ExprKind::And(a, b)
            | ExprKind::Or(a, b)
            | ExprKind::Add(a, b)
            | ExprKind::Sub(a, b)
            | ExprKind::Mul(a, b)
            | ExprKind::Div(a, b) => {
                self.expr(a, None);
                self.expr(b, None);
            }
            ExprKind::Compare(_, a, b) => {
                self.side(a, b, true);
                self.side(b, a, false);
            }
            ExprKind::In(a, values) => {
                self.expr(a, None);
                for value in values {
                    self.side(value, a, false);
                }
            }
            ExprKind::If(c, a, b) => {
                self.expr(c, None);
                self.expr(a, own);
                self.expr(b, own);
            }
            ExprKind::Call(function, arguments) => {
                self.put(expr.span, function.word(lang).to_owned());
                let first = arguments.first();
                for (at, argument) in arguments.iter().enumerate() {
                    match first {
                        Some(first) if at > 0 => self.side(argument, first, false),
                        _ => self.expr(argument, own),
                    }
                }
            }
            ExprKind::Window { of, body, .. } => {
                self.put(expr.span, words::window_word(lang).to_owned());
                self.expr(of, None);
                if let Some((variable, body)) = body {
                    self.bound.push((variable.clone(), self.names.book.enum_of(of)));
                    self.expr(body, None);
                    self.bound.pop();
                }
            }
            ExprKind::Aggregate { list, filters, body, .. } => {
                self.put(expr.span, words::list_word(*list, lang).to_owned());
                for (_, filter) in filters {
                    self.expr(filter, None);
                }
                if let Some((_, body)) = body {
                    self.expr(body, None);
                }
            }
        }
    }

    /// One side of a comparison: a bare name may be a value of the other side's enum.
    fn side(&mut self, side: &Expr, other: &Expr, left: bool) {
        match &side.kind {
            ExprKind::Name(name) if self.is_bound(name) => {}
            ExprKind::Name(name) => {
                let of_month = match &other.kind {
                    ExprKind::Name(variable) => self.bound.iter().rev().find(|(bound, _)| bound == variable),
                    _ => None,
                };
                let word = match of_month {
                    Some((_, index)) => index.and_then(|index| self.names.of_enum(index, name)),
                    None => None,
                };
                let word = word.unwrap_or_else(|| self.names.value(other, name, left));
                self.put(side.span, word);
            }
            _ => self.expr(side, None),
        }
    }

    fn is_bound(&self, name: &str) -> bool {
        self.bound.iter().any(|(bound, _)| bound == name)
    }
}

/// The enum that an expression has as its type, as far as names tell.
pub(super) fn enum_of(book: &Book, expr: &Expr) -> Option<u16> {
    follow(book, expr, RULES_DEEP)
}

fn follow(book: &Book, expr: &Expr, left: u8) -> Option<u16> {
    let left = left.checked_sub(1)?;
    match &expr.kind {
        ExprKind::Name(name) | ExprKind::Field(_, name) => match book.resolve(name)? {
            Named::Fact(_, fact) => fact.enum_index,
            Named::Rule(id) => {
                let mut versions = book.rules.iter().filter(|rule| rule.id == id);
                versions.find_map(|rule| {
                    rule.enum_index
                        .or_else(|| rule.results().into_iter().find_map(|result| follow(book, result, left)))
                })
            }
            Named::Parameter(at) => match book.parameters.get(at)?.ty {
                Type::Enum(index) => Some(index),
                _ => None,
            },
        },
        ExprKind::If(_, a, b) => follow(book, a, left).or_else(|| follow(book, b, left)),
        ExprKind::Call(Function::OrElse, arguments) => arguments.iter().find_map(|a| follow(book, a, left)),
        _ => None,
    }
}
