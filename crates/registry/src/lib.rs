//! Who and where: people, households, divisions over time, staff, and facts with their provenance.
//!
//! Pure: no database, no clock, no randomness. Ids, dates and observations are arguments.

pub mod division;
pub mod division_file;
pub mod household;
pub mod identity;
pub mod ids;
pub mod lead;
pub mod name;
pub mod observation;
pub mod person;
pub mod receiving;
pub mod resolve;
pub mod staff;
pub mod text;

pub use division::{Division, UrbanRural};
pub use household::{Household, Membership, MembershipKind, Relation};
pub use identity::{IdentityNumber, IdentityProblem};
pub use ids::*;
pub use lead::{FiredIndicator, Lead, LeadKind, LeadStatus, OpenFact, Urgency};
pub use observation::{Grade, Observation, Origin, Scalar, Subject};
pub use person::{HukouState, Person, Sex};
pub use receiving::Receiving;
pub use resolve::{Provenance, ReadMode, Resolved, resolve};
pub use staff::{Post, Staff};

/// Gives a fieldless enum its stored English id, its Chinese and its English label, and serde by the id.
macro_rules! coded {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $id:literal, $zh:literal, $en:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The English id that is stored and sent.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }

            /// 中文 label.
            #[must_use]
            pub fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh),+ }
            }

            /// English label.
            #[must_use]
            pub fn en(self) -> &'static str {
                match self { $(Self::$variant => $en),+ }
            }

            /// The value of an English id or a Chinese label.
            #[must_use]
            pub fn from_id(id: &str) -> Option<Self> {
                match id { $($id | $zh => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.id())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.id())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(d)?;
                Self::from_id(&text).ok_or_else(|| {
                    serde::de::Error::custom(format!("`{text}` is no {}", stringify!($name)))
                })
            }
        }
    };
}
pub(crate) use coded;
