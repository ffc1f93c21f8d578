//! 表单项: one field of a form with its label, hint, error and kept value.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::view::{Icon, icon};

/// One choice.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Value sent.
    pub value: String,
    /// Label.
    pub label: String,
    /// Small print.
    pub note: String,
    /// Whether it is chosen.
    pub selected: bool,
}

impl Choice {
    /// A choice without small print.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), ..Self::default() }
    }

    /// With small print.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Chosen or not.
    #[must_use]
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }
}

/// One field.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "part/field.html")]
pub struct Field {
    /// `text`, `area`, `money`, `number`, `select`, `radio`, `checks`, `hidden`.
    pub kind: &'static str,
    /// Id in the page.
    pub id: String,
    /// Name sent.
    pub name: String,
    /// Label.
    pub label: String,
    /// Hint below the label.
    pub hint: String,
    /// Value; kept after an error.
    pub value: String,
    /// Unit after the box.
    pub unit: String,
    /// Choices.
    pub options: Vec<Choice>,
    /// What is wrong with it.
    pub error: String,
}
impl HtmlSafe for Field {}

impl Field {
    /// A field of a kind.
    pub fn new(kind: &'static str, name: &str, label: impl Into<String>) -> Self {
        Self { kind, id: name.to_owned(), name: name.to_owned(), label: label.into(), ..Self::default() }
    }

    /// With a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// With a value.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// With a unit.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    /// With choices.
    #[must_use]
    pub fn options(mut self, options: Vec<Choice>) -> Self {
        self.options = options;
        self
    }

    /// With a prefix before the id, since several forms of a page may have a field of one name.
    #[must_use]
    pub fn within(mut self, form: &str) -> Self {
        self.id = format!("{form}-{}", self.id);
        self
    }

    /// Puts back what was sent and says what is wrong with it.
    #[must_use]
    pub fn kept(mut self, sent: &[String], error: &str) -> Self {
        for option in &mut self.options {
            option.selected = sent.contains(&option.value);
        }
        if let Some(first) = sent.first() {
            self.value.clone_from(first);
        }
        error.clone_into(&mut self.error);
        self
    }

    fn alert(&self) -> Icon {
        icon("alert")
    }

    fn described(&self) -> String {
        let mut ids = Vec::new();
        if !self.hint.is_empty() {
            ids.push(format!("{}-h", self.id));
        }
        if !self.error.is_empty() {
            ids.push(format!("{}-e", self.id));
        }
        ids.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_keeps_what_was_sent_and_names_its_error() {
        let html = Field::new("text", "amount", "金额")
            .hint("元")
            .within("confirm")
            .kept(&["12<3".to_owned()], "要写数字")
            .to_string();
        assert!(html.contains(r#"value="12&#60;3""#), "{html}");
        assert!(html.contains(r#"aria-describedby="confirm-amount-h confirm-amount-e""#));
        assert!(html.contains(r#"aria-invalid="true""#));
    }

    #[test]
    fn choices_are_chosen_again() {
        let html = Field::new("checks", "seen", "凭据")
            .options(vec![Choice::new("a", "甲").selected(true), Choice::new("b", "乙")])
            .kept(&["b".to_owned()], "")
            .to_string();
        assert_eq!(html.matches("checked").count(), 1, "{html}");
        assert!(html.contains(r#"value="b" checked"#));
    }
}
