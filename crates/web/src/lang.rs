//! 语言: the source strings are Chinese; `locales/en.toml` holds the English of each. A text of ours is a
//! literal at its place of use (`l.t("工作台")`), so that a test can compare the literals with the table.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::LazyLock;

use doudi_policy::{Date, Fen, Month};

/// The language of one page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// 简体中文
    #[default]
    Zh,
    /// English
    En,
}

const EN_TOML: &str = include_str!("../locales/en.toml");

#[derive(serde::Deserialize, Default)]
struct Table {
    text: HashMap<String, String>,
    name: HashMap<String, String>,
}

static EN: LazyLock<Table> = LazyLock::new(|| toml::from_str(EN_TOML).unwrap_or_default());

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS_ZH: [&str; 7] = ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"];
const WEEKDAYS_EN: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Lang {
    /// The language named by `zh` or `en`; anything else is no choice.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// `zh` or `en`, as in the query and the cookie.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The `lang` attribute of the page.
    #[must_use]
    pub fn html(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// Whether the page is English.
    #[must_use]
    pub fn is_en(self) -> bool {
        self == Self::En
    }

    /// A text of ours in the page's language.
    #[must_use]
    pub fn t(self, zh: &'static str) -> &'static str {
        match self {
            Self::Zh => zh,
            Self::En => EN.text.get(zh).map_or(zh, String::as_str),
        }
    }

    /// A text with one place `{}`.
    pub fn f1(self, zh: &'static str, a: impl Display) -> String {
        fill(self.t(zh), &[a.to_string()])
    }

    /// A text with two places.
    pub fn f2(self, zh: &'static str, a: impl Display, b: impl Display) -> String {
        fill(self.t(zh), &[a.to_string(), b.to_string()])
    }

    /// A text with three places.
    pub fn f3(self, zh: &'static str, a: impl Display, b: impl Display, c: impl Display) -> String {
        fill(self.t(zh), &[a.to_string(), b.to_string(), c.to_string()])
    }

    /// Of a text that the data carry in both languages, the one of the page; the Chinese where there is no English.
    #[must_use]
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        if self == Self::En && !en.is_empty() { en } else { zh }
    }

    /// As [`Self::pick`], for a heading or a button: an English one begins with a capital letter.
    #[must_use]
    pub fn label(self, zh: &str, en: &str) -> String {
        let text = self.pick(zh, en);
        let mut chars = text.chars();
        match (self, chars.next()) {
            (Self::En, Some(first)) => first.to_uppercase().chain(chars).collect(),
            _ => text.to_owned(),
        }
    }

    /// A name of the fictional county in the page's language: 石桥镇 → Shiqiao township. Other names stay as they are.
    #[must_use]
    pub fn name(self, zh: &str) -> String {
        match self {
            Self::Zh => zh.to_owned(),
            Self::En => EN.name.get(zh).cloned().unwrap_or_else(|| zh.to_owned()),
        }
    }

    /// 1,344.00 元 · ¥1,344.00
    #[must_use]
    pub fn yuan(self, fen: Fen) -> String {
        match self {
            Self::Zh => format!("{} 元", money(fen)),
            Self::En => match money(fen).strip_prefix('−') {
                Some(rest) => format!("−¥{rest}"),
                None => format!("¥{}", money(fen)),
            },
        }
    }

    /// 2024年6月17日 · 17 June 2024
    #[must_use]
    pub fn date(self, date: Date) -> String {
        let (y, m, d) = date.ymd();
        match self {
            Self::Zh => format!("{y}年{m}月{d}日"),
            Self::En => format!("{d} {} {y}", month_name(m)),
        }
    }

    /// 6月17日 · 17 Jun, for narrow places.
    #[must_use]
    pub fn day(self, date: Date) -> String {
        let (_, m, d) = date.ymd();
        match self {
            Self::Zh => format!("{m}月{d}日"),
            Self::En => format!("{d} {}", month_name(m).get(..3).unwrap_or_default()),
        }
    }

    /// 2024年6月 · June 2024
    #[must_use]
    pub fn month(self, month: Month) -> String {
        let (y, m) = month.ym();
        match self {
            Self::Zh => format!("{y}年{m}月"),
            Self::En => format!("{} {y}", month_name(m)),
        }
    }

    /// 星期一 · Monday
    #[must_use]
    pub fn weekday(self, date: Date) -> &'static str {
        let table = match self {
            Self::Zh => &WEEKDAYS_ZH,
            Self::En => &WEEKDAYS_EN,
        };
        usize::try_from(date.weekday() - 1).ok().and_then(|i| table.get(i)).copied().unwrap_or_default()
    }
}

fn month_name(m: i8) -> &'static str {
    usize::try_from(m - 1).ok().and_then(|i| MONTHS.get(i)).copied().unwrap_or_default()
}

fn fill(pattern: &str, args: &[String]) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut parts = pattern.split("{}");
    out.push_str(parts.next().unwrap_or_default());
    let mut args = args.iter();
    for part in parts {
        let arg = args.next().map_or("", String::as_str);
        out.push_str(arg);
        match SINGULAR.iter().find_map(|(many, one)| Some((one, after(part, many)?))) {
            Some((one, rest)) if arg == "1" => {
                out.push_str(one);
                out.push_str(rest);
            }
            _ => out.push_str(part),
        }
    }
    out
}

/// English words after a count of one; no Chinese pattern holds them.
const SINGULAR: &[(&str, &str)] = &[
    (" people", " person"),
    (" signs", " sign"),
    (" more signs", " more sign"),
    (" payments", " payment"),
    (" households", " household"),
    (" families", " family"),
    (" questions", " question"),
    (" leads", " lead"),
    (" cases", " case"),
    (" days", " day"),
    (" items", " item"),
    (" rows", " row"),
];

/// What follows a word at the beginning of a text.
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    text.strip_prefix(word).filter(|rest| !rest.starts_with(char::is_alphabetic))
}

/// Yuan with two decimals, thousands separators and a real minus: 1,344.00, −12.50.
#[must_use]
pub fn money(fen: Fen) -> String {
    let sign = if fen.0 < 0 { "−" } else { "" };
    let all = fen.0.unsigned_abs();
    format!("{sign}{}.{:02}", thousands(all / 100), all % 100)
}

/// A count with thousands separators.
#[must_use]
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "tests stop at the first surprise"
    )]

    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// All files below a folder with one of the endings.
    fn files(dir: &Path, endings: &[&str], out: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, endings, out);
            } else if endings.iter().any(|e| path.to_string_lossy().ends_with(e)) {
                out.push(path);
            }
        }
    }

    /// The string literals handed to `.t(`, `.f1(`, `.f2(`, `.f3(` and `say(` in a text.
    fn keys_of(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        for call in [".t(", ".f1(", ".f2(", ".f3("] {
            for (at, _) in text.match_indices(call) {
                let rest = text[at + call.len()..].trim_start();
                if let Some(rest) = rest.strip_prefix('"') {
                    out.push(rest[..rest.find('"').unwrap()].to_owned());
                }
            }
        }
        out
    }

    fn used_keys() -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        files(&root.join("templates"), &[".html"], &mut found);
        files(&root.join("src"), &[".rs"], &mut found);
        found
            .iter()
            .filter(|p| !p.ends_with("src/lang.rs"))
            .flat_map(|p| keys_of(&std::fs::read_to_string(p).unwrap()))
            .collect()
    }

    fn is_han(c: char) -> bool {
        ('\u{4e00}'..='\u{9fff}').contains(&c)
    }

    #[test]
    fn the_table_parses() {
        let table: Table = toml::from_str(EN_TOML).unwrap();
        assert!(!table.text.is_empty());
    }

    #[test]
    fn every_text_in_use_has_an_english_one() {
        let table: Table = toml::from_str(EN_TOML).unwrap();
        let missing: Vec<_> = used_keys().into_iter().filter(|k| !table.text.contains_key(k)).collect();
        assert!(missing.is_empty(), "no English text for: {missing:#?}");
    }

    #[test]
    fn no_english_text_is_left_over() {
        let used = used_keys();
        let table: Table = toml::from_str(EN_TOML).unwrap();
        let stale: Vec<_> = table.text.keys().filter(|k| !used.contains(*k)).collect();
        assert!(stale.is_empty(), "used nowhere: {stale:#?}");
    }

    #[test]
    fn both_languages_have_the_same_places_and_english_has_no_chinese() {
        let table: Table = toml::from_str(EN_TOML).unwrap();
        for (zh, en) in &table.text {
            assert_eq!(zh.matches("{}").count(), en.matches("{}").count(), "{zh}");
            assert!(zh == "中文" || !en.chars().any(is_han), "{zh} → {en}");
        }
    }

    #[test]
    fn templates_hold_no_untranslated_text() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut found = Vec::new();
        files(&root, &[".html"], &mut found);
        for path in found {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut rest = text.as_str();
            let mut plain = String::new();
            while let Some(at) = rest.find('{') {
                plain.push_str(&rest[..at]);
                let close = match rest.get(at..at + 2) {
                    Some("{{") => "}}",
                    Some("{%") => "%}",
                    Some("{#") => "#}",
                    _ => "{",
                };
                let end = rest[at + 1..].find(close).map_or(rest.len(), |i| at + 1 + i + close.len());
                rest = &rest[end..];
            }
            plain.push_str(rest);
            let han: String = plain.chars().filter(|c| is_han(*c)).collect();
            assert!(han.is_empty(), "{}: {han}", path.display());
            assert!(
                !text.contains("style=\"") && !text.contains("<script") && !text.contains("onclick"),
                "{}: inline style or script",
                path.display()
            );
        }
    }

    #[test]
    fn figures_and_dates_read_as_the_house_style_says() {
        assert_eq!(money(Fen(134_400)), "1,344.00");
        assert_eq!(money(Fen(-5)), "−0.05");
        assert_eq!(thousands(1_234_567), "1,234,567");
        let day = Date::from_ymd(2024, 6, 17).unwrap();
        assert_eq!(Lang::Zh.date(day), "2024年6月17日");
        assert_eq!(Lang::En.date(day), "17 June 2024");
        assert_eq!(Lang::Zh.weekday(day), "星期一");
        assert_eq!(Lang::En.yuan(Fen(-134_400)), "−¥1,344.00");
        assert_eq!(fill("{} 和 {}", &["甲".into(), "乙".into()]), "甲 和 乙");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(fill("{} people, {} yuan", &["1".into(), "40.00".into()]), "1 person, 40.00 yuan");
        assert_eq!(fill("{} signs, see the leads.", &["1".into()]), "1 sign, see the leads.");
        assert_eq!(fill("{} people", &["11".into()]), "11 people");
        assert_eq!(fill("{} daysmen", &["1".into()]), "1 daysmen");
    }
}
