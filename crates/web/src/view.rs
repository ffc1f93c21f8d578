//! 页面部件: the view models of the partials. Each renders itself, so that a page writes `{{ deadline }}`.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::lang::Lang;

/// A symbol of the sprite, hidden from assistive technology: words always stand beside it.
#[derive(Clone, Copy, Debug, Template)]
#[template(ext = "html", source = r##"<svg class="ico" aria-hidden="true"><use href="#i-{{ id }}"/></svg>"##)]
pub struct Icon {
    /// Id in the sprite without `i-`.
    pub id: &'static str,
}
impl HtmlSafe for Icon {}

/// The icon of this id.
#[must_use]
pub fn icon(id: &'static str) -> Icon {
    Icon { id }
}

/// 状态标签: the state of a case, condition or return in words.
#[derive(Clone, Debug, Template)]
#[template(
    ext = "html",
    source = r##"<span class="tag tag-{{ kind }}"><svg class="ico" aria-hidden="true"><use href="#i-{{ icon }}"/></svg>{{ words }}</span>"##
)]
pub struct Tag {
    /// `ok`, `no`, `unk`, `warn`, `bad`, `info`.
    pub kind: &'static str,
    /// Icon id.
    pub icon: &'static str,
    /// The state.
    pub words: String,
}
impl HtmlSafe for Tag {}

impl Tag {
    /// 符合一类: something is as it should be.
    pub fn ok(words: impl Into<String>) -> Self {
        Self::new("ok", "check", words)
    }
    /// 不符合: plain, never red.
    pub fn no(words: impl Into<String>) -> Self {
        Self::new("no", "minus", words)
    }
    /// 待查: dashed, with a question mark.
    pub fn unknown(words: impl Into<String>) -> Self {
        Self::new("unk", "q", words)
    }
    /// Information.
    pub fn info(words: impl Into<String>) -> Self {
        Self::new("info", "info", words)
    }
    /// Needs care.
    pub fn warn(words: impl Into<String>) -> Self {
        Self::new("warn", "alert", words)
    }
    /// Urgent.
    pub fn bad(words: impl Into<String>) -> Self {
        Self::new("bad", "alert", words)
    }
    fn new(kind: &'static str, icon: &'static str, words: impl Into<String>) -> Self {
        Self { kind, icon, words: words.into() }
    }
}

/// 时限: a date by which somebody must act.
#[derive(Clone, Debug, Template)]
#[template(
    ext = "html",
    source = r##"<span class="dl dl-{{ kind }}"><svg class="ico" aria-hidden="true"><use href="#i-{{ icon }}"/></svg>{{ words }}</span>"##
)]
pub struct Deadline {
    /// `late`, `today`, `soon`, `ok`, `pause`, `done`.
    pub kind: &'static str,
    /// Icon id.
    pub icon: &'static str,
    /// What is left, in words.
    pub words: String,
}
impl HtmlSafe for Deadline {}

impl Deadline {
    /// From the working days that are left; below zero they have passed.
    #[must_use]
    pub fn working(l: Lang, left: i64) -> Self {
        match left {
            i64::MIN..=-1 => {
                Self { kind: "late", icon: "alert", words: l.f1("超期 {} 个工作日", -left) }
            }
            0 => Self { kind: "today", icon: "clock", words: l.t("今日到期").to_owned() },
            1..=3 => Self { kind: "soon", icon: "clock", words: l.f1("剩 {} 个工作日", left) },
            _ => Self { kind: "ok", icon: "cal", words: l.f1("剩 {} 个工作日", left) },
        }
    }

    /// From calendar days.
    #[must_use]
    pub fn calendar(l: Lang, left: i64) -> Self {
        match left {
            i64::MIN..=-1 => Self { kind: "late", icon: "alert", words: l.f1("超期 {} 天", -left) },
            0 => Self { kind: "today", icon: "clock", words: l.t("今日到期").to_owned() },
            1..=3 => Self { kind: "soon", icon: "clock", words: l.f1("剩 {} 天", left) },
            _ => Self { kind: "ok", icon: "cal", words: l.f1("剩 {} 天", left) },
        }
    }

    /// Nothing left to do by a date.
    pub fn done(words: impl Into<String>) -> Self {
        Self { kind: "done", icon: "check", words: words.into() }
    }

    /// The clock stands still.
    pub fn paused(words: impl Into<String>) -> Self {
        Self { kind: "pause", icon: "pause", words: words.into() }
    }
}

/// 证据等级: A agency, B original seen, C uploaded, D declared.
#[derive(Clone, Debug, Template)]
#[template(
    ext = "html",
    source = r##"<span class="gr gr-{{ class }}" role="img" aria-label="{{ words }}" title="{{ words }}">{{ letter }}</span>"##
)]
pub struct Grade {
    class: &'static str,
    letter: &'static str,
    words: &'static str,
}
impl HtmlSafe for Grade {}

impl Grade {
    /// The badge of a grade letter; other letters have none.
    #[must_use]
    pub fn of(l: Lang, letter: &str) -> Option<Self> {
        let (class, letter, words) = match letter {
            "A" => ("a", "A", l.t("A 级证据：机关出具或部门核对")),
            "B" => ("b", "B", l.t("B 级证据：窗口或入户核验原件")),
            "C" => ("c", "C", l.t("C 级证据：自行上传，待核原件")),
            "D" => ("d", "D", l.t("D 级证据：本人声明并承诺")),
            _ => return None,
        };
        Some(Self { class, letter, words })
    }
}

/// 页内提示.
#[derive(Clone, Debug, Template)]
#[template(path = "part/note.html")]
pub struct Note {
    /// ``, `note-ok`, `note-warn`, `note-bad`.
    pub class: &'static str,
    /// Icon id.
    pub icon: &'static str,
    /// Heading.
    pub heading: String,
    /// Text below it; may be empty.
    pub text: String,
}
impl HtmlSafe for Note {}

impl Note {
    /// Success.
    pub fn ok(heading: impl Into<String>, text: impl Into<String>) -> Self {
        Self { class: "note-ok", icon: "check", heading: heading.into(), text: text.into() }
    }
    /// Care is needed.
    pub fn warn(heading: impl Into<String>, text: impl Into<String>) -> Self {
        Self { class: "note-warn", icon: "alert", heading: heading.into(), text: text.into() }
    }
    /// Information.
    pub fn info(heading: impl Into<String>, text: impl Into<String>) -> Self {
        Self { class: "", icon: "info", heading: heading.into(), text: text.into() }
    }
}

/// A number that opens its list.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What is counted.
    pub label: String,
    /// The number as written.
    pub value: String,
    /// Its unit.
    pub unit: String,
    /// Definition, date or comparison.
    pub note: String,
    /// The list behind it.
    pub href: String,
}

/// 分页.
#[derive(Clone, Debug, Template)]
#[template(path = "part/pager.html")]
pub struct Pager {
    l: Lang,
    total: u64,
    page: u64,
    pages: u64,
    /// The address without `page`, ending in `?` or `&`.
    base: String,
}
impl HtmlSafe for Pager {}

impl Pager {
    /// Rows a page.
    pub const SIZE: u64 = 30;

    /// The pager of a list; `base` is the address with its other parameters.
    #[must_use]
    pub fn new(l: Lang, total: u64, page: u64, base: &str) -> Self {
        let pages = total.div_ceil(Self::SIZE).max(1);
        let base = format!("{base}{}", if base.contains('?') { '&' } else { '?' });
        Self { l, total, page: page.clamp(1, pages), pages, base }
    }

    /// How many rows come before this page.
    #[must_use]
    pub fn skip(&self) -> u64 {
        (self.page - 1) * Self::SIZE
    }

    /// Page numbers to show; `None` is a gap.
    fn links(&self) -> Vec<Option<u64>> {
        let mut out: Vec<Option<u64>> = Vec::new();
        for n in 1..=self.pages {
            if n == 1 || n == self.pages || n.abs_diff(self.page) <= 2 {
                out.push(Some(n));
            } else if out.last().is_some_and(Option::is_some) {
                out.push(None);
            }
        }
        out
    }
}

/// What is wrong with a posted form: field id and message, in the order of the form.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "part/errors.html")]
pub struct FormErrors {
    /// Language of the heading.
    pub l: Lang,
    /// Field id and message.
    pub items: Vec<(String, String)>,
}
impl HtmlSafe for FormErrors {}

impl FormErrors {
    /// No error yet.
    #[must_use]
    pub fn none(l: Lang) -> Self {
        Self { l, items: Vec::new() }
    }
    /// Adds a message to a field.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.items.push((field.into(), message.into()));
    }
    /// Whether the form may be used.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
    /// The message of a field, or an empty text.
    #[must_use]
    pub fn of(&self, field: &str) -> &str {
        self.items.iter().find(|(f, _)| f == field).map_or("", |(_, m)| m.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_renders_unescaped_but_escapes_its_words() {
        assert_eq!(
            Tag::ok("<b>").to_string(),
            r##"<span class="tag tag-ok"><svg class="ico" aria-hidden="true"><use href="#i-check"/></svg>&#60;b&#62;</span>"##
        );
    }

    #[test]
    fn deadlines_differ_in_words_and_shape() {
        assert_eq!(Deadline::working(Lang::Zh, -2).kind, "late");
        assert_eq!(Deadline::working(Lang::Zh, -2).words, "超期 2 个工作日");
        assert_eq!(Deadline::working(Lang::Zh, 0).kind, "today");
        assert_eq!(Deadline::working(Lang::Zh, 3).kind, "soon");
        assert_eq!(Deadline::working(Lang::Zh, 4).kind, "ok");
    }

    #[test]
    fn a_pager_shows_both_ends_and_the_neighbourhood() {
        let pager = Pager::new(Lang::Zh, 30 * 20, 9, "/leads?kind=missed");
        assert_eq!(
            pager.links(),
            [Some(1), None, Some(7), Some(8), Some(9), Some(10), Some(11), None, Some(20)]
        );
        assert_eq!(pager.skip(), 240);
        assert!(pager.to_string().contains("/leads?kind=missed&#38;page=10"));
        assert_eq!(Pager::new(Lang::Zh, 0, 99, "/leads").skip(), 0);
    }
}
