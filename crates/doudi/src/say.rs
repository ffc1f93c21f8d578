//! How the program speaks to the person at the terminal.

/// An error with its causes, one a line.
pub(crate) fn problem(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        text.push_str("\n  ");
        text.push_str(&cause.to_string());
    }
    text
}

/// 1,234,567
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
