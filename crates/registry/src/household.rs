//! Households and who belongs to them, by kind of household and by date.

use doudi_policy::{Date, DivisionCode};
use serde::{Deserialize, Serialize};

use crate::ids::{HouseholdId, PersonId};
use crate::{UrbanRural, coded};

coded! {
    /// 成员关系的种类: what kind of household the membership speaks of.
    MembershipKind {
        /// 户籍: one household register.
        Hukou = "hukou", "户籍", "registered household";
        /// 共同居住: people who live together.
        CoResident = "co_resident", "共同居住", "living together";
        /// 救助单位: the family that an assessment counts, built at intake by the composition rule.
        AssistanceUnit = "assistance_unit", "共同生活家庭成员", "assistance unit";
    }
}

coded! {
    /// 与户主关系; the ids are those of the fact `relation`.
    Relation {
        /// 户主
        Head = "head", "户主", "head";
        /// 配偶
        Spouse = "spouse", "配偶", "spouse";
        /// 子女
        Child = "child", "子女", "child";
        /// 父母
        Parent = "parent", "父母", "parent";
        /// 子女的配偶
        ChildInLaw = "child_in_law", "子女的配偶", "child-in-law";
        /// 配偶的父母
        ParentInLaw = "parent_in_law", "配偶的父母", "parent-in-law";
        /// 孙子女
        Grandchild = "grandchild", "孙子女", "grandchild";
        /// 祖父母
        Grandparent = "grandparent", "祖父母", "grandparent";
        /// 兄弟姐妹
        Sibling = "sibling", "兄弟姐妹", "sibling";
        /// 其他亲属
        OtherKin = "other_kin", "其他亲属", "other kin";
        /// 非亲属
        NonKin = "non_kin", "非亲属", "not related";
    }
}

/// 家庭
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Household {
    /// Surrogate id; 0 before the store has given one.
    pub id: HouseholdId,
    /// 户号, unique in the county.
    pub code: String,
    /// Village or township.
    pub division: DivisionCode,
    /// Urban or rural registration, as the register or the division says.
    pub class: Option<UrbanRural>,
    /// Address below the village, may be empty.
    pub address: String,
}

/// 家庭成员关系: one person in one household, from a day to a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Household.
    pub household: HouseholdId,
    /// Person.
    pub person: PersonId,
    /// Kind of household meant.
    pub kind: MembershipKind,
    /// Relation to the head.
    pub relation: Relation,
    /// First day.
    pub from: Date,
    /// Last day; `None` while it lasts.
    pub to: Option<Date>,
}

impl Membership {
    /// Whether the membership holds on a day.
    #[must_use]
    pub fn on(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let starts_before_end = |a: &Self, b: &Self| b.to.is_none_or(|to| a.from <= to);
        starts_before_end(self, other) && starts_before_end(other, self)
    }
}

/// Two memberships of one kind that put a person in two places on the same day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} / {}", self.zh(), self.en())]
pub struct MembershipClash {
    /// The one that stands.
    pub standing: Membership,
    /// The one that was offered.
    pub offered: Membership,
}

impl MembershipClash {
    /// What is wrong and what to do, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        format!(
            "此人自{}起已在另一户（{}），同一天不能在两户；请先填写原户的结束日期",
            self.standing.from,
            self.standing.kind.zh()
        )
    }

    /// The same in English.
    #[must_use]
    pub fn en(&self) -> String {
        format!(
            "this person has been in another household ({}) since {}; end that membership first, nobody is in two on one day",
            self.standing.kind.en(),
            self.standing.from
        )
    }
}

/// Whether a membership may be added to what a person already has: at most one of each kind on a date.
///
/// # Errors
/// The first standing membership that overlaps.
pub fn may_join(standing: &[Membership], offered: &Membership) -> Result<(), Box<MembershipClash>> {
    match standing
        .iter()
        .find(|m| m.person == offered.person && m.kind == offered.kind && m.overlaps(offered))
    {
        Some(clash) => Err(Box::new(MembershipClash { standing: clash.clone(), offered: offered.clone() })),
        None => Ok(()),
    }
}

/// Every pair that breaks the rule of one household of each kind on a date; empty for a sound register.
#[must_use]
pub fn clashes(memberships: &[Membership]) -> Vec<MembershipClash> {
    let mut sorted: Vec<&Membership> = memberships.iter().collect();
    sorted.sort_by_key(|m| (m.person, m.kind, m.from, m.household));
    sorted
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] if a.person == b.person && a.kind == b.kind && a.overlaps(b) => {
                Some(MembershipClash { standing: (*a).clone(), offered: (*b).clone() })
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    fn member(household: i64, kind: MembershipKind, from: &str, to: Option<&str>) -> Membership {
        Membership {
            household: HouseholdId(household),
            person: PersonId(7),
            kind,
            relation: Relation::Child,
            from: from.parse().unwrap(),
            to: to.map(|t| t.parse().unwrap()),
        }
    }

    #[test]
    fn nobody_is_in_two_households_of_a_kind_on_one_day() {
        use MembershipKind::{CoResident, Hukou};
        let old = member(1, Hukou, "2020-01-01", Some("2024-05-31"));
        let standing = [old.clone(), member(1, CoResident, "2020-01-01", None)];
        assert!(may_join(&standing, &member(2, Hukou, "2024-06-01", None)).is_ok());
        assert!(may_join(&standing, &member(2, Hukou, "2024-05-31", None)).is_err());
        assert!(may_join(&standing, &member(2, Hukou, "2019-01-01", Some("2019-12-31"))).is_ok());
        assert!(may_join(&standing, &member(2, CoResident, "2024-06-01", None)).is_err());
        let offered = member(2, Hukou, "2023-01-01", None);
        assert_eq!(clashes(&[offered.clone(), old.clone()]).len(), 1);
        assert_eq!(clashes(&standing).len(), 0);
    }
}
