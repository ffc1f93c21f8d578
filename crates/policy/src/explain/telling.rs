//! 讲法: to whom an explanation speaks, in which language, and as what.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;

/// 对谁说
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// 经办人员: everything, with articles, sources and grades.
    #[default]
    Clerk,
    /// 困难群众: short and plain, without codes, and nothing of people whom the family may not see.
    Citizen,
}

/// 成什么样
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Plain text.
    #[default]
    Text,
    /// A fragment of a page.
    Html,
    /// Keys and values; both languages at once.
    Json,
}

/// 讲法
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Telling {
    /// To whom.
    pub voice: Voice,
    /// In which language.
    pub lang: Lang,
    /// As what.
    pub shape: Shape,
}

impl Telling {
    /// All of them: two voices, two languages, three shapes.
    pub fn all() -> impl Iterator<Item = Self> {
        let voices = [Voice::Clerk, Voice::Citizen];
        let shapes = [Shape::Text, Shape::Html, Shape::Json];
        voices.into_iter().flat_map(move |voice| {
            [Lang::Zh, Lang::En]
                .into_iter()
                .flat_map(move |lang| shapes.into_iter().map(move |shape| Self { voice, lang, shape }))
        })
    }
}
