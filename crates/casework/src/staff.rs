//! 岗位: who acts. A post is what a person does today, in one area.

use doudi_policy::DivisionCode;
use doudi_registry::{Post, StaffId};
use serde::{Deserialize, Serialize};

use crate::text::Bilingual;

macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $id:literal $zh:literal $en:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant),* }

        impl $name {
            /// All of them, in the order of work.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Stable id, as stored and as written in URLs.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),* }
            }

            /// 中文 name.
            #[must_use]
            pub fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh),* }
            }

            /// English name.
            #[must_use]
            pub fn en(self) -> &'static str {
                match self { $(Self::$variant => $en),* }
            }

            /// The one with this id; `None` for an unknown id.
            #[must_use]
            pub fn from_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|x| x.id() == id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.id())
            }
        }
    };
}
pub(crate) use named;

named! {
    /// 层级 at which something is decided.
    Level {
        /// 乡镇
        Township = "township" "乡镇" "township",
        /// 县
        County = "county" "县级" "county",
        /// 市
        City = "city" "市级" "city",
    }
}

impl Level {
    /// The level above; the city stays, and a colleague decides there.
    #[must_use]
    pub fn up(self) -> Self {
        match self {
            Self::Township => Self::County,
            Self::County | Self::City => Self::City,
        }
    }

    /// Whose confirmation it is at this level.
    #[must_use]
    pub fn post(self) -> Post {
        match self {
            Self::Township => Post::TownshipHead,
            Self::County => Post::CountyOfficer,
            Self::City => Post::CityOfficer,
        }
    }

    /// Where a post works; a village counts as the township.
    #[must_use]
    pub fn of(post: Post) -> Self {
        match post {
            Post::VillageWorker | Post::SocialWorker | Post::TownshipClerk | Post::TownshipHead => {
                Self::Township
            }
            Post::CountyOfficer
            | Post::FinanceOfficer
            | Post::FinanceReviewer
            | Post::Auditor
            | Post::SystemAdmin
            | Post::SecurityAdmin
            | Post::AuditAdmin => Self::County,
            Post::CityOfficer => Self::City,
        }
    }
}

/// 操作人: a member of staff in a post and an area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who.
    pub staff: StaffId,
    /// Name as it stands on papers and in the chain of the case.
    pub name: String,
    /// In which post.
    pub post: Post,
    /// For which area, with everything inside.
    pub area: DivisionCode,
}

/// Names of posts as a sentence lists them: `乡镇经办、社工` / `township clerk or social worker`.
#[must_use]
pub fn list(posts: &[Post]) -> Bilingual {
    let zh: Vec<&str> = posts.iter().map(|p| p.zh()).collect();
    let en: Vec<&str> = posts.iter().map(|p| p.en()).collect();
    Bilingual::new(zh.join("、"), en.join(" or "))
}
