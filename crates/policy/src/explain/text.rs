//! 说明的文字版: aligned plain text for a terminal or a letter.

use super::words::{unit_word, verdict_word};
use super::{Explanation, InputFact, Nearest, Step, Turn, UsedDefault};
use crate::column::State;
use crate::eval::{Mode, OpenFact, Subject};
use crate::lang::Lang;
use crate::plan::Per;
use crate::value::{Fen, Truth};

/// Column at which the sources begin.
const SOURCES_AT: usize = 64;

/// Columns that a text takes on a terminal: wide characters count twice.
fn width(text: &str) -> usize {
    let wide = |c: char| matches!(u32::from(c), 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE4F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6);
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

fn aligned(left: &str, right: &str) -> String {
    if right.is_empty() {
        return format!("{left}\n");
    }
    let gap = SOURCES_AT.saturating_sub(width(left)).max(2);
    format!("{left}{}{right}\n", " ".repeat(gap))
}

/// `每月 768.00 元`
pub(crate) fn amount(e: &Explanation, lang: Lang) -> String {
    e.unit.map_or_else(String::new, |per| amount_of(e.amount, per, lang))
}

/// The least and largest possible amount in fen, per a time.
pub(crate) fn amount_of(ends: (Option<i64>, Option<i64>), per: Per, lang: Lang) -> String {
    if matches!(ends, (lo, None) if lo.is_none_or(|lo| lo <= 0)) {
        return lang.pick("金额待定", "amount open").to_owned();
    }
    let number = match ends {
        (Some(lo), Some(hi)) if lo == hi => Fen(lo).to_string(),
        (Some(0), Some(hi)) | (None, Some(hi)) => {
            format!("{}{}", lang.pick("不多于 ", "at most "), Fen(hi))
        }
        (Some(lo), Some(hi)) => format!("{}{}{}", Fen(lo), lang.pick("～", " to "), Fen(hi)),
        (lo, None) => format!("{}{}", lang.pick("不少于 ", "at least "), Fen(lo.unwrap_or_default())),
    };
    match (lang, per) {
        (Lang::Zh, Per::Month) => format!("每月 {number} 元"),
        (Lang::Zh, Per::Year) => format!("每年 {number} 元"),
        (Lang::Zh, Per::Once) => format!("{number} 元"),
        (Lang::En, _) => format!("{number} {}", unit_word(per, lang)),
    }
}

/// `甲 工资性收入`
pub(crate) fn of(e: &Explanation, subject: Subject, label: &str, lang: Lang) -> String {
    match subject {
        Subject::Household => label.to_owned(),
        Subject::Member(_) => format!("{} {label}", e.name(subject)),
        Subject::Obligor(_) => {
            format!("{}{} {label}", lang.pick("义务人 ", "obligor "), e.name(subject))
        }
    }
}

/// Why a fact is not known.
pub(crate) fn state_word(state: State, lang: Lang) -> &'static str {
    match state {
        State::Known => lang.pick("已知", "known"),
        State::Missing => lang.pick("缺失", "missing"),
        State::Stale => lang.pick("过期", "out of date"),
        State::Disputed => lang.pick("有争议", "disputed"),
        State::Conflict => lang.pick("来源矛盾", "sources differ"),
        State::OutOfReach => lang.pick("未授权", "not authorised"),
    }
}

/// `ss_contribution 2024-05-31 (A)`
pub(crate) fn provenance(input: &InputFact, lang: Lang) -> String {
    let mut words: Vec<String> = Vec::new();
    words.extend(input.source.clone());
    words.extend(input.as_of.map(|d| d.to_string()));
    words.extend(input.grade.as_ref().map(|g| format!("({g})")));
    if input.state != State::Known {
        words.push(state_word(input.state, lang).to_owned());
    }
    words.join(" ")
}

/// Whether a step tells a reader something: a number that is not zero, a truth with a sentence of its own, or a row
/// of a table.
pub(crate) fn tells(step: &Step) -> bool {
    let row = step.rows.iter().any(|row| row.number > 0 && row.truth == Truth::True);
    !zero(&step.value.zh) && (step.said.is_some() || step.truth.is_none() || row)
}

/// Whether a value as written is zero.
pub(crate) fn zero(value: &str) -> bool {
    let digits = value.split(' ').next().unwrap_or_default();
    digits.bytes().any(|b| b == b'0') && digits.bytes().all(|b| matches!(b, b'0' | b'.'))
}

pub(crate) fn nearest(e: &Explanation, n: &Nearest, lang: Lang) -> String {
    let (more, delta) = (n.to > n.from, n.to.abs_diff(n.from));
    let delta = Fen(i64::try_from(delta).unwrap_or(i64::MAX));
    let what = of(e, n.subject, n.label.pick(lang), lang);
    let unit = unit_word(n.unit, lang);
    let verdict = verdict_word(n.outcome, lang);
    let then: Vec<&str> = n.then.iter().map(|t| t.pick(lang)).collect();
    let to = Fen(n.to);
    match lang {
        Lang::Zh => {
            let then =
                if then.is_empty() { String::new() } else { format!("；同时符合{}", then.join("、")) };
            format!(
                "若{what}{} {delta} {unit}（到 {to} {unit}），结果变为 {verdict}{then}",
                if more { "增加" } else { "减少" }
            )
        }
        Lang::En => {
            let then =
                if then.is_empty() { String::new() } else { format!("; then met: {}", then.join(", ")) };
            format!(
                "if {what} were {delta} {unit} {} ({to}), the result would be {verdict}{then}",
                if more { "more" } else { "less" }
            )
        }
    }
}

pub(crate) fn turn(e: &Explanation, t: &Turn, lang: Lang) -> String {
    let what = of(e, t.subject, t.label.pick(lang), lang);
    let verdict = verdict_word(t.outcome, lang);
    match (lang, t.to) {
        (Lang::Zh, true) => format!("若{what}由否变为是，结果变为 {verdict}"),
        (Lang::Zh, false) => format!("若{what}由是变为否，结果变为 {verdict}"),
        (Lang::En, true) => format!("if {what} were yes, the result would be {verdict}"),
        (Lang::En, false) => format!("if {what} were no, the result would be {verdict}"),
    }
}

/// `乙.工资性收入`
pub(crate) fn open(e: &Explanation, fact: &OpenFact, lang: Lang) -> String {
    let label = lang.pick(&fact.zh, &fact.en);
    match fact.subject {
        Subject::Household => label.to_owned(),
        subject => format!("{}.{label}", e.name(subject)),
    }
}

/// How stale values were taken.
pub(crate) fn mode_word(mode: Mode, lang: Lang) -> &'static str {
    match mode {
        Mode::Find => lang.pick("主动发现", "finding"),
        Mode::Decide => lang.pick("认定", "deciding"),
        Mode::Adverse => lang.pick("不利决定", "adverse decision"),
    }
}

fn mark(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "✓",
        Truth::False => "✗",
        Truth::Unknown => "?",
    }
}

impl Explanation {
    /// As plain text, aligned, for a terminal or a letter.
    #[must_use]
    pub fn render_text(&self, lang: Lang) -> String {
        let mut out = self.heading(lang);
        let title = |out: &mut String, zh: &str, en: &str| {
            out.push_str(&format!("\n  {}\n", lang.pick(zh, en)));
        };
        title(&mut out, "条件", "Conditions");
        for condition in &self.conditions {
            let left = format!("    {}  {}", mark(condition.truth), condition.found.pick(lang));
            out.push_str(&aligned(&left, &condition.source.join(" ")));
        }
        if let Some(deciding) = &self.deciding {
            out.push_str(&format!("       {}: {}\n", self.turns_word(lang), deciding.pick(lang)));
        }
        let telling: Vec<&Step> = self.steps.iter().filter(|s| tells(s)).collect();
        if !telling.is_empty() {
            title(&mut out, "推演", "Steps");
        }
        // Indented below the nearest step that is shown.
        let mut above: Vec<usize> = Vec::new();
        for step in telling {
            while above.pop_if(|depth| *depth >= step.depth).is_some() {}
            out.push_str(&self.step_line(step, above.len(), lang));
            above.push(step.depth);
        }
        if self.unit.is_some() && self.outcome != Truth::False && !self.amount_formula.pick(lang).is_empty() {
            let left = format!(
                "  {} {} = {}",
                lang.pick("金额", "Amount"),
                self.amount_formula.pick(lang),
                amount(self, lang)
            );
            out.push_str(&format!("\n{left}\n"));
        }
        let mut shown: Vec<&InputFact> = self.inputs.iter().filter(|i| self.worth_a_line(i)).collect();
        shown.sort_by_key(|i| i.subject);
        if !shown.is_empty() {
            title(&mut out, "用到的事实", "Facts");
        }
        for input in shown {
            let label = of(self, input.subject, input.label.pick(lang), lang);
            let left = format!("    {label} {}", input.value.pick(lang));
            out.push_str(&aligned(&left, &provenance(input, lang)));
        }
        if !self.parameters.is_empty() {
            title(&mut out, "用到的标准", "Standards");
        }
        for parameter in &self.parameters {
            let doubt =
                if parameter.contested { lang.pick("  政策待确认", "  policy to confirm") } else { "" };
            let from = parameter.from.map(|d| format!(" {d}")).unwrap_or_default();
            let left = format!("    {} {}{doubt}", parameter.label.pick(lang), parameter.value.pick(lang));
            let right = format!("{} · {}{from}", parameter.source, parameter.layer);
            out.push_str(&aligned(&left, &right));
        }
        if !self.defaults.is_empty() {
            title(&mut out, "按规定取的值（现在不知道）", "Taken as articles say (not known)");
        }
        for (line, source) in self.taken(lang) {
            out.push_str(&aligned(&format!("    {line}"), &source.join(" ")));
        }
        self.ways_on(&mut out, lang);
        out.push_str(&format!("\n  {}: {}\n", lang.pick("可重放", "Can be replayed"), self.replay(lang)));
        out
    }

    /// Before the deciding clause: of a result that is met it is the condition nearest to turning.
    pub(super) fn turns_word(&self, lang: Lang) -> &'static str {
        match self.outcome == Truth::True && self.nearest.as_ref().is_some_and(|n| n.condition.is_some()) {
            true => lang.pick("离界线最近的", "Nearest to turning"),
            false => lang.pick("关键在于", "It turns on"),
        }
    }

    /// What it takes to tell the same again: record, law, month, knowledge, mode.
    pub(super) fn replay(&self, lang: Lang) -> String {
        let law = self.package_hash.get(..12).unwrap_or(&self.package_hash);
        let mut words: Vec<String> = Vec::new();
        words.extend(self.record.as_ref().map(|id| format!("{} {id}", lang.pick("记录", "record"))));
        words.push(format!("{} {law}", lang.pick("政策包", "law")));
        words.push(self.period.to_string());
        words.push(format!("{} {}", lang.pick("截至", "known on"), self.as_of));
        words.push(mode_word(self.mode, lang).to_owned());
        words.join(" · ")
    }

    fn heading(&self, lang: Lang) -> String {
        let mut head = self.title.pick(lang).to_owned();
        if self.subject != Subject::Household {
            head.push_str(&format!("  {}", self.name(self.subject)));
        }
        head.push_str(&format!("  {}", verdict_word(self.outcome, lang)));
        if self.outcome != Truth::False && self.unit.is_some() {
            head.push_str(&format!("   {}", amount(self, lang)));
        }
        if !self.defaults.is_empty() {
            head.push_str(lang.pick("（其中有按规定取的值）", " (rests on values taken as articles say)"));
        }
        let code = self.division.as_ref().map(ToString::to_string);
        let place = self.place.clone().or(code).unwrap_or_default();
        aligned(&head, format!("{}  {place}", self.period).trim_end())
    }

    fn step_line(&self, step: &Step, depth: usize, lang: Lang) -> String {
        let indent = "  ".repeat(depth.saturating_add(2));
        let own = match &step.said {
            Some(said) => said.pick(lang).to_owned(),
            None => format!("{} {}", step.label.pick(lang), step.value.pick(lang)),
        };
        let mut left = format!("{indent}{}", of(self, step.subject, &own, lang));
        let formula = step.formula.pick(lang);
        let told = left.contains(['÷', '×', '=']);
        if !formula.is_empty() && !told {
            left.push_str(&format!(" = {formula}"));
        }
        let mut lines = aligned(&left, &step.source.join(" "));
        if let Some(exception) = &step.exception {
            let label = exception.label.pick(lang);
            let left = format!("{indent}  {}: {label}", lang.pick("例外", "exception"));
            lines.push_str(&aligned(&left, &exception.source.join(" ")));
        }
        // Where an exception decides, the rows of the table do not.
        let told = step.rows.iter().filter(|row| row.truth == Truth::True && step.exception.is_none());
        for row in told {
            lines.push_str(&aligned(&format!("{indent}  {}", row.told(lang)), &row.source.join(" ")));
        }
        lines
    }

    /// Not a zero, a plain no, or something missing that does not matter.
    pub(super) fn worth_a_line(&self, input: &InputFact) -> bool {
        let open = self.open_facts.iter().any(|f| f.fact == input.fact && f.subject == input.subject);
        let plain = zero(&input.value.zh) || input.value.zh == "否";
        let mut usable = input.state == State::Known || input.state == State::Stale;
        usable |= input.state != State::Missing && input.source.is_some();
        open || (usable && (!plain || input.source.is_some()))
    }

    /// What was taken as articles say though it is not known, each thing once with the people whom it is about, and
    /// the articles: `正在服刑：取 否（甲、乙）`.
    pub(super) fn taken(&self, lang: Lang) -> Vec<(String, Vec<String>)> {
        let mut groups: Vec<(&UsedDefault, Vec<String>)> = Vec::new();
        for used in &self.defaults {
            let who = of(self, used.subject, "", lang).trim_end().to_owned();
            let same = |known: &UsedDefault| {
                (&known.label, &known.value, &known.source) == (&used.label, &used.value, &used.source)
            };
            match groups.iter_mut().find(|(known, _)| same(known)) {
                Some((_, people)) => people.push(who),
                None => groups.push((used, vec![who])),
            }
        }
        let line = |(used, people): (&UsedDefault, Vec<String>)| {
            let (label, value) = (used.label.pick(lang), used.value.pick(lang));
            let people: Vec<String> = people.into_iter().filter(|who| !who.is_empty()).collect();
            let people = match (people.is_empty(), lang) {
                (true, _) => String::new(),
                (false, Lang::Zh) => format!("（{}）", people.join("、")),
                (false, Lang::En) => format!(" ({})", people.join(", ")),
            };
            let text = match lang {
                Lang::Zh => format!("{label}：取 {value}{people}"),
                Lang::En => format!("{label}: taken as {value}{people}"),
            };
            (text, used.source.clone())
        };
        groups.into_iter().map(line).collect()
    }

    /// What is not known and was taken as articles say, each thing once.
    #[must_use]
    pub fn taken_for_known(&self, lang: Lang) -> Vec<String> {
        self.defaults.iter().fold(Vec::new(), |mut all, used| {
            let label = used.label.pick(lang).to_owned();
            if !all.contains(&label) {
                all.push(label);
            }
            all
        })
    }

    /// The open facts, each with why it is not known.
    pub(super) fn asked(&self, lang: Lang) -> impl Iterator<Item = String> {
        self.open_facts.iter().zip(&self.questions).map(move |(fact, question)| {
            let why = super::question::why(question, lang);
            match lang {
                Lang::Zh => format!("{}（{why}）", open(self, fact, lang)),
                Lang::En => format!("{} ({why})", open(self, fact, lang)),
            }
        })
    }

    fn ways_on(&self, out: &mut String, lang: Lang) {
        for group in self.groups.iter().filter(|group| !group.text.zh.is_empty()) {
            let head = group.title.pick(lang);
            let line = format!("  {head}: {}", group.text.pick(lang));
            out.push_str(&format!("\n{}", aligned(&line, &group.source.join(" "))));
        }
        if !self.open_facts.is_empty() {
            let all: Vec<String> = self.asked(lang).collect();
            out.push_str(&format!(
                "\n  {}: {}\n",
                lang.pick("还需查明", "Still to find out"),
                all.join(lang.pick("、", ", "))
            ));
            let enough = self.enough(lang);
            if !enough.is_empty() {
                out.push_str(&format!("    {enough}\n"));
            }
        }
        for text in &self.unsettled {
            let head = lang.pick("无从确定", "Cannot be settled by facts");
            out.push_str(&format!("\n  {head}: {}\n", text.pick(lang)));
        }
        for gap in &self.gaps {
            out.push_str(&format!(
                "\n  {}: {} ({} {})\n",
                lang.pick("缺少标准", "No standard"),
                gap.parameter,
                gap.division,
                gap.keys.join(" ")
            ));
        }
        if let Some(n) = &self.nearest {
            let change = nearest(self, n, lang);
            out.push_str(&format!("\n  {}: {change}\n", lang.pick("最近的变化", "Nearest change")));
        }
        if let Some(t) = &self.turn {
            let change = turn(self, t, lang);
            out.push_str(&format!("\n  {}: {change}\n", lang.pick("最近的变化", "Nearest change")));
        }
        if !self.correctable.is_empty() {
            let label = |i: &InputFact| {
                format!("{} {}", of(self, i.subject, i.label.pick(lang), lang), i.value.pick(lang))
            };
            let all: Vec<String> = self.correctable.iter().map(label).collect();
            out.push_str(&format!(
                "\n  {}: {}\n",
                lang.pick("如果登记有误，请更正", "If a record is wrong, have it corrected"),
                all.join(lang.pick("、", ", "))
            ));
        }
    }
}
