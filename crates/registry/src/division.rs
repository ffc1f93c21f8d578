//! Divisions over time. A case keeps the code of its day; reports map forward along `successor`.

use doudi_policy::{Date, DivisionCode};
use serde::{Deserialize, Serialize};

use crate::coded;

coded! {
    /// 城乡分类 of a division.
    UrbanRural {
        /// 城镇
        Urban = "urban", "城镇", "urban";
        /// 农村
        Rural = "rural", "农村", "rural";
    }
}

impl UrbanRural {
    /// Reads the three-digit class of the statistical code: 1xx is urban, 2xx is rural.
    #[must_use]
    pub fn from_statistical_class(class: &str) -> Option<Self> {
        match class.as_bytes() {
            [b'1', b'1' | b'2', b'1'..=b'3'] => Some(Self::Urban),
            [b'2', b'1' | b'2', b'0'] => Some(Self::Rural),
            _ => None,
        }
    }
}

/// 行政区划
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Division {
    /// Code; its length is its level.
    pub code: DivisionCode,
    /// Name as published.
    pub name: String,
    /// Urban or rural, where the source says (villages, and the townships of a small county).
    pub class: Option<UrbanRural>,
    /// First day of validity; `None` for as long as the source reaches back.
    pub valid_from: Option<Date>,
    /// Last day of validity; `None` while it exists.
    pub valid_to: Option<Date>,
    /// The division that took it over, where it ended.
    pub successor: Option<DivisionCode>,
}

impl Division {
    /// A division that has always existed and still does.
    #[must_use]
    pub fn new(code: DivisionCode, name: impl Into<String>) -> Self {
        Self { code, name: name.into(), class: None, valid_from: None, valid_to: None, successor: None }
    }

    /// Whether the division exists on a day.
    #[must_use]
    pub fn valid_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }
}

/// The code that an old code stands for on a day, following successors; `None` where the chain ends,
/// breaks or turns in a circle.
pub fn current_code<'a>(
    code: &DivisionCode,
    day: Date,
    find: impl Fn(&DivisionCode) -> Option<&'a Division>,
) -> Option<DivisionCode> {
    let mut here = code.clone();
    // A chain of changes is short; the bound only breaks circles.
    for _ in 0..32 {
        let division = find(&here)?;
        if division.valid_on(day) {
            return Some(here);
        }
        here = division.successor.clone()?;
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    #[test]
    fn an_old_code_maps_forward_and_a_circle_ends() {
        let day: Date = "2024-06-17".parse().unwrap();
        let code = |s: &str| s.parse::<DivisionCode>().unwrap();
        let mut merged = Division::new(code("990121115"), "老桥乡");
        merged.valid_to = Some("2019-12-31".parse().unwrap());
        merged.successor = Some(code("990121103"));
        let stone = Division::new(code("990121103"), "石桥镇");
        let mut circle = Division::new(code("990121116"), "圆乡");
        circle.valid_to = merged.valid_to;
        circle.successor = Some(code("990121116"));
        let all = [merged, stone, circle];
        let find = |c: &DivisionCode| all.iter().find(|d| d.code == *c);
        assert_eq!(current_code(&code("990121115"), day, find), Some(code("990121103")));
        assert_eq!(current_code(&code("990121116"), day, find), None);
        assert_eq!(
            current_code(&code("990121115"), "2019-01-01".parse().unwrap(), find),
            Some(code("990121115"))
        );
    }

    #[test]
    fn the_statistical_class_tells_town_from_country() {
        assert_eq!(UrbanRural::from_statistical_class("121"), Some(UrbanRural::Urban));
        assert_eq!(UrbanRural::from_statistical_class("220"), Some(UrbanRural::Rural));
        assert_eq!(UrbanRural::from_statistical_class("999"), None);
    }
}
