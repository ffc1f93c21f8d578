//! 词法: text to tokens with byte ranges. Full-width signs mean the same as their ASCII forms.

use super::Located;
use super::words::Keyword;
use crate::diag::Fault;
use crate::plan::{Cmp, Per, Span};
use crate::value::{Fen, Rate};

/// A token and its bytes in the file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Name(String),
    Keyword(Keyword),
    Int(i64),
    Money(Fen, Option<Per>),
    Rate(Rate),
    Text(String),
    Compare(Cmp),
    Plus,
    Minus,
    Star,
    Slash,
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    Dot,
    End,
}

/// Words and signs of the longest expression that is read.
const MOST_TOKENS: usize = 4_000;

/// Faults of one expression that are told.
const MOST_FAULTS: usize = 20;

/// Whether a character may begin a name.
pub(crate) fn starts_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Whether a character may stand in a name.
pub(crate) fn continues_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    base: Span,
    tokens: Vec<Token>,
    faults: Vec<Located>,
}

/// Tokens of a text that begins at byte `base.start` of file `base.file`; the last is always [`Kind::End`].
pub(crate) fn tokens(text: &str, base: Span) -> (Vec<Token>, Vec<Located>) {
    let mut lexer = Lexer { text, at: 0, base, tokens: Vec::new(), faults: Vec::new() };
    while lexer.step() {
        if lexer.faults.len() >= MOST_FAULTS {
            break;
        }
        if lexer.tokens.len() > MOST_TOKENS {
            lexer.too_long();
            break;
        }
    }
    let end = lexer.span(text.trim_end().len(), text.trim_end().len());
    lexer.tokens.push(Token { kind: Kind::End, span: end });
    (lexer.tokens, lexer.faults)
}

impl Lexer<'_> {
    fn span(&self, from: usize, to: usize) -> Span {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span {
            file: self.base.file,
            start: self.base.start.saturating_add(place(from)),
            end: self.base.start.saturating_add(place(to)),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    fn take_while(&mut self, mut wanted: impl FnMut(char) -> bool) -> &str {
        let from = self.at;
        while let Some(c) = self.peek().filter(|c| wanted(*c)) {
            self.at += c.len_utf8();
        }
        self.text.get(from..self.at).unwrap_or_default()
    }

    fn push(&mut self, from: usize, kind: Kind) {
        let span = self.span(from, self.at);
        self.tokens.push(Token { kind, span });
    }

    fn fault(&mut self, from: usize, fault: Fault) {
        let span = self.span(from, self.at);
        self.faults.push((fault, span));
    }

    /// Reads one token or one run of blanks; false at the end.
    fn step(&mut self) -> bool {
        let Some(c) = self.peek() else { return false };
        let from = self.at;
        if c.is_whitespace() {
            self.take_while(char::is_whitespace);
        } else if c.is_ascii_digit() {
            self.number(from);
        } else if starts_name(c) {
            let word = self.take_while(continues_name).to_owned();
            let kind = Keyword::of(&word).map_or_else(|| Kind::Name(word), Kind::Keyword);
            self.push(from, kind);
        } else if matches!(c, '"' | '“') {
            self.string(from, c);
        } else {
            self.sign(from, c);
        }
        true
    }

    fn sign(&mut self, from: usize, c: char) {
        self.at += c.len_utf8();
        let next = self.peek();
        let mut pair = |second: &[char], long: Kind, short: Option<Kind>| {
            if let Some(n) = next.filter(|n| second.contains(n)) {
                self.at += n.len_utf8();
                Some(long)
            } else {
                short
            }
        };
        let equals = &['=', '＝'];
        let kind = match c {
            '(' | '（' => Some(Kind::Open),
            ')' | '）' => Some(Kind::Close),
            '[' | '［' | '【' => Some(Kind::OpenList),
            ']' | '］' | '】' => Some(Kind::CloseList),
            ',' | '，' | '、' => Some(Kind::Comma),
            '.' | '。' | '．' => Some(Kind::Dot),
            '+' | '＋' => Some(Kind::Plus),
            '-' | '－' | '−' => Some(Kind::Minus),
            '*' | '＊' | '×' => Some(Kind::Star),
            '/' | '／' | '÷' => Some(Kind::Slash),
            '≤' => Some(Kind::Compare(Cmp::Le)),
            '≥' => Some(Kind::Compare(Cmp::Ge)),
            '≠' => Some(Kind::Compare(Cmp::Ne)),
            '=' | '＝' => pair(equals, Kind::Compare(Cmp::Eq), Some(Kind::Compare(Cmp::Eq))),
            '<' | '＜' => pair(equals, Kind::Compare(Cmp::Le), Some(Kind::Compare(Cmp::Lt))),
            '>' | '＞' => pair(equals, Kind::Compare(Cmp::Ge), Some(Kind::Compare(Cmp::Gt))),
            '!' | '！' => pair(equals, Kind::Compare(Cmp::Ne), Some(Kind::Keyword(Keyword::Not))),
            '&' | '＆' => pair(&['&', '＆'], Kind::Keyword(Keyword::And), None),
            '|' | '｜' => pair(&['|', '｜'], Kind::Keyword(Keyword::Or), None),
            _ => None,
        };
        match kind {
            Some(kind) => self.push(from, kind),
            None => self.fault(
                from,
                Fault::new(
                    "unknown-sign",
                    (format!("不认识符号“{c}”"), format!("unknown sign `{c}`")),
                    (
                        "可用的符号: ( ) [ ] , . + - * / = != < <= > >= 以及 且 或 非 在",
                        "signs that exist: ( ) [ ] , . + - * / = != < <= > >= and the words and or not in",
                    ),
                ),
            ),
        }
    }

    fn string(&mut self, from: usize, open: char) {
        self.at += open.len_utf8();
        let body = self.take_while(|c| !matches!(c, '"' | '”' | '\n')).to_owned();
        match self.peek().filter(|c| *c != '\n') {
            Some(close) => {
                self.at += close.len_utf8();
                self.push(from, Kind::Text(body));
            }
            None => self.fault(
                from,
                Fault::new(
                    "open-text",
                    ("引号没有结束", "the quotation does not end"),
                    ("在日期后加上引号", "close it with a quotation mark"),
                ),
            ),
        }
    }

    fn number(&mut self, from: usize) {
        self.take_while(|c| c.is_ascii_digit());
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut ahead = rest.chars();
        if ahead.next() == Some('.') && ahead.next().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
            self.take_while(|c| c.is_ascii_digit());
        }
        let digits = self.text.get(from..self.at).unwrap_or_default().to_owned();
        if let Some(c) = self.peek().filter(|c| matches!(c, '%' | '％')) {
            self.at += c.len_utf8();
            match rate(&digits) {
                Some(rate) => self.push(from, Kind::Rate(rate)),
                None => self.too_large(from),
            }
            return;
        }
        let unit = self.take_while(continues_name).to_owned();
        let decimals = match unit.as_str() {
            "" => {
                self.plain(from, &digits);
                return;
            }
            "元" => 2,
            "角" => 1,
            "分" => 0,
            "万元" => 6,
            _ => {
                self.fault(
                    from,
                    Fault::new(
                        "unknown-unit",
                        (
                            format!("“{digits}”后面的“{unit}”不是单位"),
                            format!("`{unit}` after `{digits}` is no unit"),
                        ),
                        (
                            "金额写 800元、800元/月、1.2万元，比率写 30%，个数只写数字",
                            "write money as 800元, 800元/月 or 1.2万元, a rate as 30%, a count as the number alone",
                        ),
                    ),
                );
                return;
            }
        };
        let per = self.per();
        match scaled(&digits, decimals) {
            Ok(fen) => self.push(from, Kind::Money(Fen(fen), per)),
            Err(Scale::TooLarge) => self.too_large(from),
            Err(Scale::TooFine) => self.fault(
                from,
                Fault::new(
                    "below-fen",
                    (
                        format!("金额“{digits}{unit}”细于一分"),
                        format!("`{digits}{unit}` is finer than one fen"),
                    ),
                    ("金额最多写到分", "give money to the fen"),
                ),
            ),
        }
    }

    fn plain(&mut self, from: usize, digits: &str) {
        if digits.contains('.') {
            let percent = rate_text(digits);
            self.fault(
                from,
                Fault::new(
                    "bare-decimal",
                    (format!("小数“{digits}”没有单位"), format!("the decimal `{digits}` has no unit")),
                    (
                        format!("比率写成 {percent}，金额写成 {digits}元"),
                        format!("write a rate as {percent}, money as {digits}元"),
                    ),
                ),
            );
            return;
        }
        match scaled(digits, 0) {
            Ok(n) => self.push(from, Kind::Int(n)),
            Err(_) => self.too_large(from),
        }
    }

    fn too_long(&mut self) {
        let from = self.at;
        self.fault(
            from,
            Fault::new(
                "too-long",
                (
                    format!("表达式超过 {MOST_TOKENS} 个词"),
                    format!("the expression has more than {MOST_TOKENS} words and signs"),
                ),
                (
                    "把其中一部分写成单独的规则，或把一串数值写成参数表",
                    "make a part of it a rule of its own, or a long list a table of parameters",
                ),
            ),
        );
    }

    fn too_large(&mut self, from: usize) {
        self.fault(
            from,
            Fault::new(
                "number-too-large",
                ("数字太大", "the number is too large"),
                ("请核对位数", "check its digits"),
            ),
        );
    }

    /// `/月` or `/年` right behind a unit of money.
    fn per(&mut self) -> Option<Per> {
        let mut ahead = self.text.get(self.at..).unwrap_or_default().chars();
        let slash = ahead.next().filter(|c| matches!(c, '/' | '／'))?;
        let time = ahead.next()?;
        let per = match time {
            '月' => Per::Month,
            '年' => Per::Year,
            _ => return None,
        };
        if ahead.next().is_some_and(continues_name) {
            return None;
        }
        self.at += slash.len_utf8() + time.len_utf8();
        Some(per)
    }
}

enum Scale {
    TooFine,
    TooLarge,
}

/// A decimal number times 10 to the power `decimals`.
fn scaled(digits: &str, decimals: usize) -> Result<i64, Scale> {
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = part.trim_end_matches('0');
    if part.len() > decimals {
        return Err(Scale::TooFine);
    }
    format!("{whole}{part:0<decimals$}").parse().map_err(|_| Scale::TooLarge)
}

/// `33.3` per cent as a fraction.
fn rate(digits: &str) -> Option<Rate> {
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = part.trim_end_matches('0');
    let num = format!("{whole}{part}").parse::<i64>().ok()?;
    let den = 10_i64.checked_pow(u32::try_from(part.len()).ok()?)?.checked_mul(100)?;
    Rate::new(num, den)
}

/// The percentage that a decimal means: `0.3` is `30%`.
fn rate_text(digits: &str) -> String {
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = format!("{part:0<2}");
    let (head, tail) = part.split_at(part.len().min(2));
    let whole = format!("{whole}{head}");
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if tail.is_empty() { format!("{whole}%") } else { format!("{whole}.{tail}%") }
}
