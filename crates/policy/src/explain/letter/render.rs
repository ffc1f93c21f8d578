//! 给家庭的说明的文字版、网页片段和 JSON.

use serde_json::{Value, json};

use super::Letter;
use crate::explain::html::{escape, grouped};
use crate::explain::json::outcome_word;
use crate::explain::words::Text;
use crate::lang::Lang;
use crate::value::Truth;

impl Letter {
    fn heading(&self, lang: Lang) -> String {
        format!("{}{}", lang.pick("说明：", "Explanation: "), self.title.pick(lang))
    }

    /// Month and place, and up to which day things were known.
    fn when(&self, lang: Lang) -> String {
        let place = self.place.as_deref().map(|p| format!("{p} · ")).unwrap_or_default();
        match lang {
            Lang::Zh => format!("{place}{}，按截至 {} 知道的情况", self.period, self.as_of),
            Lang::En => format!("{place}{}, as known on {}", self.period, self.as_of),
        }
    }

    fn number(&self, lang: Lang) -> String {
        let number = self.record.as_deref().unwrap_or_default();
        match (number.is_empty(), lang) {
            (true, _) => String::new(),
            (false, Lang::Zh) => format!("说明编号 {number}，来问时请报这个号。"),
            (false, Lang::En) => {
                format!("Number of this explanation: {number}. Please name it when you ask.")
            }
        }
    }

    /// As plain text, to read out or to print.
    #[must_use]
    pub fn render_text(&self, lang: Lang) -> String {
        let mut out = format!("{}\n{}\n\n{}\n", self.heading(lang), self.when(lang), self.verdict.pick(lang));
        for section in &self.sections {
            out.push_str(&format!("\n{}\n", section.title.pick(lang)));
            for line in &section.lines {
                out.push_str(&format!("  · {}\n", line.pick(lang)));
            }
        }
        out.push_str(&format!("\n{}\n", lang.pick("依据", "Based on")));
        for source in &self.sources {
            out.push_str(&format!("  {}\n", source.pick(lang)));
        }
        let number = self.number(lang);
        if !number.is_empty() {
            out.push_str(&format!("\n{number}\n"));
        }
        out
    }

    /// As an HTML fragment with the classes of the project's stylesheet. All text is escaped.
    #[must_use]
    pub fn render_html(&self, lang: Lang) -> String {
        let mut out = format!(
            "<article class=\"letter\"><h2>{}</h2><p class=\"muted\">{}</p><p><b>{}</b></p>",
            escape(&self.heading(lang)),
            escape(&self.when(lang)),
            escape(&grouped(self.verdict.pick(lang))),
        );
        let list = |lines: &[Text]| -> String {
            let items: String =
                lines.iter().map(|line| format!("<li>{}</li>", escape(&grouped(line.pick(lang))))).collect();
            format!("<ul>{items}</ul>")
        };
        for section in &self.sections {
            out.push_str(&format!("<h3>{}</h3>{}", escape(section.title.pick(lang)), list(&section.lines)));
        }
        out.push_str(&format!("<h3>{}</h3>{}", lang.pick("依据", "Based on"), list(&self.sources)));
        let number = self.number(lang);
        if !number.is_empty() {
            out.push_str(&format!("<p class=\"muted\">{}</p>", escape(&number)));
        }
        out.push_str("</article>");
        out
    }

    /// With the keys `programme, title, for, outcome, amount_fen, period, as_of, place, verdict, sections, sources,
    /// record`; texts as `{zh, en}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let known = self.amount.and_then(|(lo, hi)| lo.filter(|_| lo == hi && self.outcome == Truth::True));
        json!({
            "programme": self.programme,
            "title": self.title,
            "for": "citizen",
            "outcome": outcome_word(self.outcome),
            "amount_fen": known,
            "period": self.period,
            "as_of": self.as_of,
            "place": self.place,
            "verdict": self.verdict,
            "sections": self.sections,
            "sources": self.sources,
            "record": self.record,
        })
    }
}
