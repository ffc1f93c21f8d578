//! 声明的各部分: what is compared of a rule, an outcome, an indicator and a fact, and what is wording only.

use super::rename::body;
use crate::book::decl::{GroupDecl, IndicatorDecl, OutcomeDecl, RuleDecl, SayDecl, Validity};
use crate::book::{Book, type_name};
use crate::explain::{Text, stated};
use crate::lang::Lang;
use crate::plan::{Chooser, Entity, FactDecl, GroupKind, IndicatorKind, RoundMode};
use crate::syntax::ast::Expr;
use crate::value::Fen;

/// A part of a thing.
pub(super) struct Part {
    /// Stable id.
    pub(super) part: &'static str,
    pub(super) label: Text,
    /// Whether it is words only and decides nothing.
    pub(super) wording: bool,
    /// In one writing, for the comparison.
    pub(super) compared: String,
    pub(super) shown: Text,
}

impl Part {
    pub(super) fn new(part: &'static str, label: (&str, &str), compared: String, shown: Text) -> Self {
        Self { part, label: Text::new(label.0, label.1), wording: false, compared, shown }
    }

    pub(super) fn plain(part: &'static str, label: (&str, &str), text: impl Into<String>) -> Self {
        let text = text.into();
        Self::new(part, label, text.clone(), Text::new(&text, &text))
    }

    pub(super) fn words(part: &'static str, label: (&str, &str), zh: &str, en: &str) -> Self {
        Self { wording: true, ..Self::new(part, label, format!("{zh}\n{en}"), Text::new(zh, en)) }
    }
}

/// Something with versions.
pub(super) trait Versioned {
    fn id(&self) -> &str;
    fn title(&self) -> Text;
    fn package(&self) -> &str;
    fn validity(&self) -> Validity;
    /// The parts, dates apart.
    fn parts(&self, book: &Book) -> Vec<Part>;
    /// What it computes, in one writing.
    fn computes(&self, book: &Book) -> String;
}

/// 是 or 否.
pub(super) fn yes(value: bool) -> &'static str {
    if value { "是 yes" } else { "否 no" }
}

/// What is compared of a fact.
pub(super) fn fact_parts(book: &Book, f: &FactDecl) -> Vec<Part> {
    let bound =
        |n: Option<i64>| n.map_or_else(String::new, |n| stated(n, None, f.ty, book.enums(), Lang::Zh));
    let values = f.enum_index.and_then(|at| book.enums().get(usize::from(at)));
    let values = values.map(|e| e.values.as_slice()).unwrap_or_default();
    let ids: Vec<&str> = values.iter().map(|(id, _)| id.as_str()).collect();
    let labels: Vec<&str> = values.iter().map(|(_, zh)| zh.as_str()).collect();
    let fresh = f.fresh_months.map_or_else(String::new, |m| format!("P{m}M"));
    vec![
        Part::plain("of", ("主体", "whose"), entity(f.of)),
        Part::plain("type", ("单位", "unit"), type_name(f.ty)),
        Part::plain("values", ("取值", "values"), ids.join(" ")),
        Part::plain("min", ("下限", "least"), bound(f.min)),
        Part::plain("max", ("上限", "most"), bound(f.max)),
        Part::plain("suppliers", ("由谁提供", "supplied by"), f.from.join(" ")),
        Part::plain("fresh_for", ("保鲜期", "stays fresh"), fresh),
        Part::plain("changeable", ("可以改变", "changeable"), yes(f.changeable)),
        Part::plain("statistics", ("只供统计", "statistics only"), yes(f.statistics)),
        Part::plain("register", ("在享名册", "register of awards"), f.register.join(" ")),
        Part::plain("ask_all", ("人人都问", "asked of everybody"), yes(f.ask_all)),
        Part::words("ask", ("问法", "question"), &f.ask_zh, &f.ask_en),
        Part::words("title", ("名称", "title"), &f.zh, &f.en),
        Part::words("labels", ("取值名称", "labels of the values"), &labels.join("、"), &ids.join(", ")),
    ]
}

fn entity(of: Entity) -> &'static str {
    match of {
        Entity::Constant => "constant",
        Entity::Household => "household",
        Entity::Member => "member",
        Entity::Obligor => "obligor",
    }
}

fn said(say: &[SayDecl]) -> (String, String) {
    let join = |of: &dyn Fn(&SayDecl) -> String| say.iter().map(of).collect::<Vec<_>>().join("\n");
    (join(&|s| s.zh.clone()), join(&|s| s.en.clone()))
}

fn written(book: &Book, expr: &Expr) -> Text {
    Text::both(|lang| book.text_of(expr, lang))
}

impl Versioned for RuleDecl {
    fn id(&self) -> &str {
        &self.id
    }
    fn title(&self) -> Text {
        Text::new(&self.zh, &self.en)
    }
    fn package(&self) -> &str {
        &self.package
    }
    fn validity(&self) -> Validity {
        self.validity
    }
    fn computes(&self, book: &Book) -> String {
        body(book, self)
    }
    fn parts(&self, book: &Book) -> Vec<Part> {
        let value = Text::both(|lang| book.body_of(self, lang));
        let mut parts = vec![
            Part::plain("of", ("主体", "whose"), entity(self.of)),
            Part::new("value", ("值", "value"), value.en.clone(), value),
        ];
        let mut shown = Text::default();
        let mut compared = String::new();
        for except in &self.excepts {
            let (when, then) = (written(book, &except.when), written(book, &except.value));
            compared.push_str(&format!("{} {} [{}]\n", when.en, then.en, except.source.join(" ")));
            let cited = if except.source.is_empty() {
                Text::default()
            } else {
                let source = except.source.join(" ");
                Text::new(format!("（{source}）"), format!(" ({source})"))
            };
            shown.zh.push_str(&format!("当 {} 时为 {}{}；", when.zh, then.zh, cited.zh));
            shown.en.push_str(&format!("when {}: {}{}; ", when.en, then.en, cited.en));
        }
        let trimmed = Text::new(shown.zh.trim_end_matches('；'), shown.en.trim_end_matches("; "));
        if !self.excepts.is_empty() {
            parts.push(Part::new("except", ("例外", "exceptions"), compared, trimmed));
        }
        if !self.defaults.is_empty() {
            let defaults = self.defaults.join(" ");
            parts.push(Part::plain("defaults", ("缺省的依据", "defaults by"), defaults));
        }
        parts.push(Part::plain("source", ("依据", "source"), self.source.join(" ")));
        let values = self.enum_index.and_then(|at| book.enums().get(usize::from(at)));
        if let Some(values) = values {
            let ids: Vec<&str> = values.values.iter().map(|(id, _)| id.as_str()).collect();
            parts.push(Part::plain("values", ("取值", "values"), ids.join(" ")));
        }
        let (zh, en) = said(&self.say);
        parts.push(Part::words("say", ("说明句", "sentences"), &zh, &en));
        parts.push(Part::words("title", ("名称", "title"), &self.zh, &self.en));
        parts.push(Part::words("package", ("政策包", "package"), &self.package, &self.package));
        parts
    }
}

impl Versioned for OutcomeDecl {
    fn id(&self) -> &str {
        &self.id
    }
    fn title(&self) -> Text {
        Text::new(&self.zh, &self.en)
    }
    fn package(&self) -> &str {
        &self.package
    }
    fn validity(&self) -> Validity {
        self.validity
    }
    fn computes(&self, book: &Book) -> String {
        let amount = self.amount.as_ref().map(|a| book.text_of(&a.value, Lang::En)).unwrap_or_default();
        format!("{} {amount}", book.text_of(&self.met_when, Lang::En))
    }
    fn parts(&self, book: &Book) -> Vec<Part> {
        let met = written(book, &self.met_when);
        let mut parts = vec![
            Part::plain("of", ("主体", "whose"), entity(self.of)),
            Part::new("met_when", ("条件", "conditions"), met.en.clone(), met),
        ];
        if let Some(amount) = &self.amount {
            let value = written(book, &amount.value);
            parts.push(Part::new("amount", ("金额", "amount"), value.en.clone(), value));
            let rounding = amount.rounding.map_or_else(String::new, |(to, mode)| rounding(to, mode));
            parts.push(Part::plain("rounding", ("取整", "rounding"), rounding));
            parts.push(Part::plain(
                "amount_source",
                ("金额的依据", "source of the amount"),
                amount.source.join(" "),
            ));
            parts.push(Part::words(
                "amount_title",
                ("金额名称", "title of the amount"),
                &amount.zh,
                &amount.en,
            ));
        }
        let receiving = self.receiving.clone().unwrap_or_default();
        parts.push(Part::plain("receiving", ("正在享受的事实", "fact of receipt"), receiving));
        parts.push(Part::plain("defaults", ("缺省的依据", "defaults by"), self.defaults.join(" ")));
        parts.push(Part::plain("source", ("依据", "source"), self.source.join(" ")));
        parts.push(Part::words("title", ("名称", "title"), &self.zh, &self.en));
        parts.push(Part::words("package", ("政策包", "package"), &self.package, &self.package));
        parts
    }
}

fn rounding(to: i64, mode: RoundMode) -> String {
    let how = match mode {
        RoundMode::Up => "进 up",
        RoundMode::Down => "舍 down",
        RoundMode::HalfUp => "四舍五入 half up",
        RoundMode::HalfEven => "四舍六入五成双 half even",
    };
    format!("{} {how}", Fen(to))
}

impl Versioned for GroupDecl {
    fn id(&self) -> &str {
        &self.id
    }
    fn title(&self) -> Text {
        Text::new(&self.zh, &self.en)
    }
    fn package(&self) -> &str {
        &self.package
    }
    fn validity(&self) -> Validity {
        self.validity
    }
    fn computes(&self, _: &Book) -> String {
        format!("{:?} {:?} {}", self.kind, self.chosen_by, self.outcomes.join(" "))
    }
    fn parts(&self, _: &Book) -> Vec<Part> {
        let kind = match self.kind {
            GroupKind::OneOf => "只享一项 one of them",
            GroupKind::TakeTheHigher => "取高的 the higher one",
            GroupKind::TopUp => "补足 top up",
        };
        let by = match self.chosen_by {
            Chooser::Authority => "机关 the authority",
            Chooser::Person => "本人 the person",
        };
        vec![
            Part::plain("group_kind", ("相互关系", "how they stand"), kind),
            Part::plain("chosen_by", ("由谁选", "chosen by"), by),
            Part::plain("outcomes", ("所含待遇", "outcomes"), self.outcomes.join(" ")),
            Part::plain("source", ("依据", "source"), self.source.join(" ")),
            Part::words("title", ("名称", "title"), &self.zh, &self.en),
            Part::words("package", ("政策包", "package"), &self.package, &self.package),
        ]
    }
}

impl Versioned for IndicatorDecl {
    fn id(&self) -> &str {
        &self.id
    }
    fn title(&self) -> Text {
        Text::new(&self.zh, &self.en)
    }
    fn package(&self) -> &str {
        &self.package
    }
    fn validity(&self) -> Validity {
        self.validity
    }
    fn computes(&self, book: &Book) -> String {
        book.text_of(&self.when, Lang::En)
    }
    fn parts(&self, book: &Book) -> Vec<Part> {
        let when = written(book, &self.when);
        let kind = match self.kind {
            IndicatorKind::Entry => "进入侧 entry",
            IndicatorKind::Exit => "退出侧 exit",
        };
        let urgency = match self.urgency {
            0 => "红 red",
            1 => "橙 orange",
            2 => "黄 yellow",
            _ => "蓝 blue",
        };
        let note = (&self.visit_note_zh, &self.visit_note_en);
        vec![
            Part::new("when", ("何时提示", "fires when"), when.en.clone(), when),
            Part::plain("kind", ("方向", "direction"), kind),
            Part::plain("outcomes", ("所指待遇", "speaks for"), self.outcomes.join(" ")),
            Part::plain("urgency", ("缓急", "urgency"), urgency),
            Part::plain("purpose", ("用途", "purpose"), self.purpose.clone()),
            Part::plain("defaults", ("缺省的依据", "defaults by"), self.defaults.join(" ")),
            Part::plain("source", ("依据", "source"), self.source.join(" ")),
            Part::words(
                "reason",
                ("给经办的说明", "reason for the officer"),
                &self.reason.zh,
                &self.reason.en,
            ),
            Part::words("visit_note", ("入户提示", "note for the visitor"), note.0, note.1),
            Part::words("title", ("名称", "title"), &self.zh, &self.en),
            Part::words("package", ("政策包", "package"), &self.package, &self.package),
        ]
    }
}
