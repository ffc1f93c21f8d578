//! 说明的网页片段: with the classes of the project's stylesheet; the page around it brings the icons.

use super::text::{amount, nearest, of, state_word, turn, zero};
use super::words::{Text, verdict_word};
use super::{Condition, Explanation, InputFact, Step};
use crate::column::State;
use crate::eval::Subject;
use crate::lang::Lang;
use crate::value::Truth;

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

pub(super) fn icon(name: &str) -> String {
    format!("<svg class=\"ico\" aria-hidden=\"true\"><use href=\"#i-{name}\"/></svg>")
}

/// 符合, 不符合, 未知 as a tag.
fn tag(truth: Truth, lang: Lang) -> String {
    let (class, name) = match truth {
        Truth::True => ("tag-ok", "check"),
        Truth::False => ("tag-no", "minus"),
        Truth::Unknown => ("tag-unk", "q"),
    };
    format!("<span class=\"tag {class}\">{}{}</span>", icon(name), verdict_word(truth, lang))
}

/// Amounts with their digits in groups of three: `14,400.00`. Numbers without decimals (dates, counts) stay.
pub(super) fn grouped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut digits = String::new();
    let mut after_point = false;
    let flush = |out: &mut String, digits: &mut String, amount: bool| {
        for (at, c) in digits.chars().enumerate() {
            if amount && at > 0 && (digits.len() - at).is_multiple_of(3) {
                out.push(',');
            }
            out.push(c);
        }
        digits.clear();
    };
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        // A full stop behind a number, such as a telephone's, is no decimal point.
        let decimals = c == '.' && chars.peek().is_some_and(char::is_ascii_digit);
        flush(&mut out, &mut digits, decimals && !after_point);
        after_point = c == '.';
        out.push(c);
    }
    flush(&mut out, &mut digits, false);
    out
}

/// A number with its unit as a table shows it: without the unit, in groups.
fn figure(value: &Text, lang: Lang) -> String {
    let text = value.pick(lang);
    let plain = text
        .strip_suffix(" 元/月")
        .or_else(|| text.strip_suffix(" 元/年"))
        .or_else(|| text.strip_suffix(" 元"))
        .or_else(|| text.strip_suffix(" yuan a month"))
        .or_else(|| text.strip_suffix(" yuan a year"))
        .or_else(|| text.strip_suffix(" yuan"));
    escape(&plain.map_or_else(|| text.to_owned(), grouped))
}

fn cell(label: &str, inner: &str, class: &str) -> String {
    format!("<td{class} data-l=\"{label}\"><div class=\"cell\">{inner}</div></td>")
}

impl Explanation {
    /// As an HTML fragment with the classes of the project's stylesheet (`verdict`, `sum`, `tbl cards`, `gr`,
    /// `conds`). All text is escaped. Icons are `<use href="#i-check">` and the like: the page must hold the
    /// symbols `i-check i-minus i-q i-alert i-next`.
    #[must_use]
    pub fn render_html(&self, lang: Lang) -> String {
        let mut out = String::new();
        out.push_str(&self.html_verdict(lang));
        out.push_str("<div class=\"grid g-main mt4\"><div class=\"stack\">");
        out.push_str(&self.html_sum(lang));
        out.push_str(&self.html_conditions(lang));
        out.push_str(&self.html_inputs(lang));
        out.push_str("</div>");
        out.push_str(&self.html_changes(lang));
        out.push_str("</div>");
        out
    }

    fn html_verdict(&self, lang: Lang) -> String {
        let title = escape(self.title.pick(lang));
        let who = match self.subject {
            Subject::Household => String::new(),
            subject => format!("{} ", escape(self.name(subject))),
        };
        let say = match (self.outcome, lang) {
            (Truth::True, Lang::Zh) => format!("{who}符合{title}条件"),
            (Truth::False, Lang::Zh) => format!("{who}不符合{title}条件"),
            (Truth::Unknown, Lang::Zh) => format!("{who}是否符合{title}条件，还不能确定"),
            (Truth::True, Lang::En) => format!("{who}meets the conditions of: {title}"),
            (Truth::False, Lang::En) => format!("{who}does not meet the conditions of: {title}"),
            (Truth::Unknown, Lang::En) => {
                format!("{who}it is still open whether the conditions are met: {title}")
            }
        };
        let class = match self.outcome {
            Truth::True => "",
            Truth::False => " is-no",
            Truth::Unknown => " is-unk",
        };
        let second = lang.pick(
            "这是规则试算，不是决定。由县级工作人员确认后生效。",
            "This is what the rules give, not a decision. It takes effect when a county officer confirms it.",
        );
        let mut out = format!(
            "<section class=\"verdict{class}\" aria-label=\"{}\"><div>{}<p class=\"say\">{say}</p><p class=\"second\">{second}</p></div>",
            lang.pick("结论", "Result"),
            tag(self.outcome, lang),
        );
        let rests = match self.defaults.is_empty() {
            true => String::new(),
            false => {
                let words =
                    lang.pick("其中有按规定取的值，见下", "rests on values taken as articles say, see below");
                format!("<p class=\"muted small\">{words}</p>")
            }
        };
        if self.outcome != Truth::False && self.unit.is_some() {
            out.push_str(&format!(
                " <div class=\"push\"><p class=\"muted small\">{}</p><p class=\"big\">{}</p>{rests}</div>",
                lang.pick("金额", "Amount"),
                escape(&grouped(&amount(self, lang)))
            ));
        } else if !rests.is_empty() {
            out.push_str(&format!(" <div class=\"push\">{rests}</div>"));
        }
        out.push_str("</section>");
        out
    }

    /// The numbers in the order in which they were computed.
    fn html_sum(&self, lang: Lang) -> String {
        let mut rows: Vec<String> = Vec::new();
        for step in self.computed() {
            let label = of(self, step.subject, step.label.pick(lang), lang);
            let mut src = match step.formula.pick(lang) {
                "" => String::new(),
                formula => format!(" <span class=\"src\">{}</span>", escape(&grouped(formula))),
            };
            if let Some(exception) = &step.exception {
                src.push_str(&format!(
                    " <span class=\"src\">{}: {} ({})</span>",
                    lang.pick("例外", "exception"),
                    escape(exception.label.pick(lang)),
                    escape(&exception.source.join(" "))
                ));
            }
            let decided = step.rows.iter().filter(|row| row.truth == Truth::True && step.exception.is_none());
            for row in decided {
                let cited = row.source.join(" ");
                src.push_str(&format!(
                    " <span class=\"src\">{} ({})</span>",
                    escape(&row.told(lang)),
                    escape(&cited)
                ));
            }
            rows.push(format!(
                "<tr><td class=\"op\"></td><th scope=\"row\">{}{src}</th><td class=\"c\">{}</td><td class=\"v\">{}</td></tr>",
                escape(&label),
                escape(step.source.first().map_or("", String::as_str)),
                figure(&step.value, lang)
            ));
        }
        if self.outcome != Truth::False && self.unit.is_some() {
            let formula = self.amount_formula.pick(lang);
            let src = match formula {
                "" => String::new(),
                formula => format!(" <span class=\"src\">{}</span>", escape(&grouped(formula))),
            };
            rows.push(format!(
                "<tr class=\"fin\"><td class=\"op\">＝</td><th scope=\"row\">{}{src}</th><td class=\"c\"></td><td class=\"v\">{}</td></tr>",
                lang.pick("金额", "Amount"),
                escape(&grouped(&amount(self, lang)))
            ));
        }
        if rows.is_empty() {
            return String::new();
        }
        format!(
            "<section class=\"card\"><header><h2>{}</h2><span class=\"muted small\">{}</span></header><div class=\"body\"><table class=\"sum\"><caption class=\"vh\">{}</caption><tbody>{}</tbody></table></div></section>",
            lang.pick("一步一步算", "Step by step"),
            lang.pick("金额单位：元", "amounts in yuan"),
            lang.pick("金额计算过程", "How the amount came about"),
            rows.concat()
        )
    }

    /// Numeric steps, the inner ones first, without zeros.
    fn computed(&self) -> Vec<&Step> {
        let mut open: Vec<&Step> = Vec::new();
        let mut done: Vec<&Step> = Vec::new();
        for step in &self.steps {
            while let Some(last) = open.pop_if(|last| last.depth >= step.depth) {
                done.push(last);
            }
            open.push(step);
        }
        done.extend(open.into_iter().rev());
        done.retain(|s| s.truth.is_none() && !zero(&s.value.zh));
        done
    }

    fn html_conditions(&self, lang: Lang) -> String {
        let (result, here, by) =
            (lang.pick("结果", "Result"), lang.pick("本户", "This case"), lang.pick("依据", "Source"));
        let row = |c: &Condition| {
            format!(
                "<tr><th scope=\"row\">{}</th>{}{}{}</tr>",
                escape(c.text.pick(lang)),
                cell(result, &tag(c.truth, lang), ""),
                cell(here, &escape(&grouped(c.found.pick(lang))), ""),
                cell(by, &escape(&c.source.join(" ")), "")
            )
        };
        let rows: String = self.conditions.iter().map(row).collect();
        let note = match &self.deciding {
            Some(deciding) => format!(
                "<span class=\"muted small\">{}{}{}</span>",
                self.turns_word(lang),
                lang.pick("：", ": "),
                escape(&grouped(deciding.pick(lang)))
            ),
            None => String::new(),
        };
        format!(
            "<section class=\"card flush\"><header><h2>{}</h2>{note}</header><table class=\"tbl cards\"><thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{result}</th><th scope=\"col\">{here}</th><th scope=\"col\">{by}</th></tr></thead><tbody>{rows}</tbody></table></section>",
            lang.pick("用到的条件", "Conditions"),
            lang.pick("条件", "Condition"),
        )
    }

    fn html_inputs(&self, lang: Lang) -> String {
        let heads = [
            lang.pick("事实", "Fact"),
            lang.pick("值", "Value"),
            lang.pick("来源", "Source"),
            lang.pick("日期", "Date"),
            lang.pick("有效到", "Valid until"),
        ];
        let [_, value, source, date, until] = heads;
        let num = " class=\"num\"";
        let fact = |i: &InputFact| {
            let label = of(self, i.subject, i.label.pick(lang), lang);
            let day = |d: Option<crate::value::Date>| d.map(|d| d.to_string()).unwrap_or_default();
            format!(
                "<tr><th scope=\"row\">{}</th>{}{}{}{}</tr>",
                escape(&label),
                cell(value, &figure(&i.value, lang), num),
                cell(source, &source_cell(i, lang), ""),
                cell(date, &day(i.as_of), ""),
                cell(until, &day(i.fresh_until), "")
            )
        };
        let mut inputs: Vec<&InputFact> = self.inputs.iter().collect();
        inputs.sort_by_key(|i| i.subject);
        let (telling, rest): (Vec<&InputFact>, Vec<&InputFact>) =
            inputs.into_iter().partition(|i| self.worth_a_line(i));
        let rows: String = telling.into_iter().map(fact).collect();
        let others = rest.len();
        let rest: String = rest.into_iter().map(fact).collect();
        let parameter = |p: &super::UsedParameter| {
            let doubt = if p.contested {
                format!(
                    "<span class=\"tag tag-warn\">{}{}</span> ",
                    icon("alert"),
                    lang.pick("政策待确认", "policy to confirm")
                )
            } else {
                String::new()
            };
            format!(
                "<tr><th scope=\"row\">{}</th>{}{}{}{}</tr>",
                escape(p.label.pick(lang)),
                cell(value, &figure(&p.value, lang), num),
                cell(
                    source,
                    &format!("{doubt}{} <small>{}</small>", escape(&p.source), escape(&p.layer)),
                    ""
                ),
                cell(date, &p.from.map(|d| d.to_string()).unwrap_or_default(), ""),
                cell(until, "", "")
            )
        };
        let parameters: String = self.parameters.iter().map(parameter).collect();
        let mut heads = heads.map(|h| format!("<th scope=\"col\">{h}</th>"));
        if let Some(second) = heads.get_mut(1) {
            *second = format!("<th scope=\"col\" class=\"num\">{value}</th>");
        }
        let heads = heads.concat();
        let rest = if others == 0 {
            String::new()
        } else {
            format!(
                "<details class=\"body\"><summary>{} ({others})</summary><table class=\"tbl cards\"><thead><tr>{heads}</tr></thead><tbody>{rest}</tbody></table></details>",
                lang.pick(
                    "其余事实：为零、为否或缺失而不影响结果",
                    "Other facts: zero, no, or missing without effect"
                )
            )
        };
        format!(
            "<section class=\"card flush\"><header><h2>{}</h2><span class=\"muted small\">{}</span></header><table class=\"tbl cards\"><thead><tr>{}</tr></thead><tbody>{rows}{parameters}</tbody></table>{rest}<footer>{}{}</footer></section>",
            lang.pick("用到的事实和标准", "Facts and standards"),
            lang.pick("谁说的、哪天的、还能用多久", "who said so, of what day, good until when"),
            heads,
            lang.pick("可重放：", "Can be replayed: "),
            escape(&self.replay(lang))
        )
    }

    fn html_changes(&self, lang: Lang) -> String {
        let mut items: Vec<String> = Vec::new();
        let mut item = |head: &str, text: &str| {
            items.push(format!("<li>{}<span><b>{head}</b>{text}</span></li>", icon("next")));
        };
        if !self.open_facts.is_empty() {
            let mut all =
                self.asked(lang).map(|f| escape(&f)).collect::<Vec<_>>().join(lang.pick("、", ", "));
            let enough = self.enough(lang);
            if !enough.is_empty() {
                all.push_str(&format!(" <small>{}</small>", escape(&enough)));
            }
            item(lang.pick("还需查明：", "Still to find out: "), &all);
        }
        if let Some(n) = &self.nearest {
            let change = escape(&grouped(&nearest(self, n, lang)));
            item(lang.pick("最近的变化：", "Nearest change: "), &change);
        }
        if let Some(t) = &self.turn {
            item(lang.pick("最近的变化：", "Nearest change: "), &escape(&turn(self, t, lang)));
        }
        for i in &self.correctable {
            let label = of(self, i.subject, i.label.pick(lang), lang);
            let text = format!("{} {}", escape(&label), figure(&i.value, lang));
            item(lang.pick("如果登记有误，请更正：", "If a record is wrong, have it corrected: "), &text);
        }
        for group in self.groups.iter().filter(|group| !group.text.zh.is_empty()) {
            let head = format!("{}{}", escape(group.title.pick(lang)), lang.pick("：", ": "));
            let text = format!(
                "{} <small>{}</small>",
                escape(&grouped(group.text.pick(lang))),
                escape(&group.source.join(" "))
            );
            item(&head, &text);
        }
        for (line, source) in self.taken(lang) {
            let text = format!("{} <small>{}</small>", escape(&line), escape(&source.join(" ")));
            item(lang.pick("按规定取的值：", "Taken as an article says: "), &text);
        }
        for text in &self.unsettled {
            item(lang.pick("无从确定：", "Cannot be settled by facts: "), &escape(text.pick(lang)));
        }
        for gap in &self.gaps {
            let text = format!(
                "{} {} {}",
                escape(&gap.parameter),
                escape(&gap.division),
                escape(&gap.keys.join(" "))
            );
            item(lang.pick("缺少标准：", "No standard: "), &text);
        }
        let mut body = String::new();
        if !items.is_empty() {
            body = format!("<ul class=\"conds\">{}</ul>", items.concat());
        }
        let reasons: String =
            self.reasons.iter().map(|r| format!("<li>{}</li>", escape(&grouped(r.pick(lang))))).collect();
        format!(
            "<aside class=\"stack\"><section class=\"card\"><header><h2>{}</h2></header><div class=\"body\"><ul>{reasons}</ul></div></section>{}</aside>",
            lang.pick("理由", "Reasons"),
            if body.is_empty() {
                body
            } else {
                format!(
                    "<section class=\"card\"><header><h2>{}</h2></header><div class=\"body stack\">{body}</div></section>",
                    lang.pick("怎样会改变结果", "What would change the result")
                )
            }
        )
    }
}

fn source_cell(input: &InputFact, lang: Lang) -> String {
    let mut out = String::new();
    if let Some(grade) = &input.grade {
        let class = match grade.as_str() {
            "A" => "gr gr-a",
            "B" => "gr gr-b",
            "C" => "gr gr-c",
            _ => "gr gr-d",
        };
        let means = match (grade.as_str(), lang) {
            ("A", Lang::Zh) => "A 级证据：机关出具或部门核对",
            ("A", Lang::En) => "grade A: issued or verified by an authority",
            ("B", Lang::Zh) => "B 级证据：核验过原件或入户所见",
            ("B", Lang::En) => "grade B: originals seen, or seen on a visit",
            ("C", Lang::Zh) => "C 级证据：自行上传，待核原件",
            ("C", Lang::En) => "grade C: uploaded, originals not yet seen",
            (_, Lang::Zh) => "D 级证据：口头或转述",
            (_, Lang::En) => "grade D: told by word of mouth",
        };
        out.push_str(&format!(
            "<span class=\"{class}\" role=\"img\" aria-label=\"{means}\" title=\"{means}\">{}</span> ",
            escape(grade)
        ));
    }
    out.push_str(&escape(input.source.as_deref().unwrap_or_default()));
    if input.state != State::Known {
        out.push_str(&format!(
            " <span class=\"tag tag-unk\">{}{}</span>",
            icon("q"),
            state_word(input.state, lang)
        ));
    }
    out
}
