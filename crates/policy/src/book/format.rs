//! 排版: the expressions of a file in one language, everything else untouched.

use super::{Book, Named};
use crate::lang::Lang;
use crate::plan::Type;
use crate::syntax::ast::{Expr, ExprKind, Function};
use crate::syntax::print::{Names, print, print_lines};
use crate::syntax::words::is_name;

/// Deepest chain of rules followed to learn the enum of a name.
const RULES_DEEP: u8 = 32;

/// Names of the book in a language.
struct InLanguage<'a> {
    book: &'a Book,
    lang: Lang,
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
            None => name.to_owned(),
        }
    }

    fn value(&self, other: &Expr, name: &str, left: bool) -> String {
        let named = |name: &str| self.book.resolve(name).is_some();
        // On the left the book's names come first, since the other side is not read yet.
        if left && named(name) {
            return self.name(name);
        }
        let pair = self.book.enum_of(other).and_then(|index| {
            let at = self.book.enum_value(index, name)?;
            let decl = self.book.enums.get(usize::from(index))?;
            decl.values.get(usize::from(at))
        });
        match pair.map(|(id, zh)| self.pick(id, zh)) {
            Some(value) if left && named(&value) => name.to_owned(),
            Some(value) => value,
            None => self.name(name),
        }
    }
}

/// An expression on one line in a language.
pub(super) fn line(book: &Book, expr: &Expr, lang: Lang) -> String {
    print(expr, lang, &InLanguage { book, lang })
}

/// The text of a file with its expressions in a language.
pub(super) fn format(book: &Book, path: &str, lang: Lang) -> Option<String> {
    let index = book.files.iter().position(|file| file.path == path)?;
    let file = book.files.get(index)?;
    let index = u32::try_from(index).ok()?;
    let mut expressions = expressions(book);
    expressions.retain(|expr| expr.span.file == index);
    expressions.sort_by_key(|expr| expr.span.start);
    let names = InLanguage { book, lang };
    let mut out = String::with_capacity(file.text.len());
    let mut done = 0;
    for expr in expressions {
        let (start, end) = (expr.span.start as usize, expr.span.end as usize);
        let written = file.text.get(start..end)?;
        out.push_str(file.text.get(done..start)?);
        out.push_str(&if written.contains('\n') {
            print_lines(expr, lang, &names)
        } else {
            print(expr, lang, &names)
        });
        done = end;
    }
    out.push_str(file.text.get(done..)?);
    Some(out)
}

fn expressions(book: &Book) -> Vec<&Expr> {
    let mut all = Vec::new();
    for rule in &book.rules {
        all.push(&rule.value);
        for except in &rule.excepts {
            all.extend([&except.when, &except.value]);
        }
    }
    for outcome in &book.outcomes {
        all.push(&outcome.met_when);
        all.extend(outcome.amount.iter().map(|amount| &amount.value));
    }
    all.extend(book.indicators.iter().map(|indicator| &indicator.when));
    all
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
                versions.find_map(|rule| rule.enum_index.or_else(|| follow(book, &rule.value, left)))
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
