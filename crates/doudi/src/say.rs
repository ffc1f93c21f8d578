//! How the program speaks to the person at the terminal.

use doudi_policy::diag::Diagnostic;
use doudi_policy::lang::Lang;

/// An error with its causes, one a line.
pub(crate) fn problem(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        text.push_str("\n  ");
        text.push_str(&cause.to_string());
    }
    text
}

/// Diagnostics of the law, each with its excerpt, and their number.
pub(crate) fn diagnostics(found: &[Diagnostic], files: &[(String, String)], lang: Lang) -> String {
    let mut text = String::new();
    for diagnostic in found {
        let source = files.iter().find(|(path, _)| *path == diagnostic.file).map(|(_, t)| t.as_str());
        text.push_str(&diagnostic.render(source.unwrap_or_default(), lang));
        text.push('\n');
    }
    let count = found.len();
    text.push_str(&match lang {
        Lang::Zh => format!("共 {count} 处问题"),
        Lang::En => format!("{count} problem(s)"),
    });
    text
}

/// 1,234,567
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
