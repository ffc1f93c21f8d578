//! 近亲属备案: who among staff and village committees is a near relative of a counted member.
//!
//! A near relative is a spouse, parent, child, sibling, grandparent or grandchild; an in-law is none, but the
//! rule asks of every member of the family, so a wife's brother is found through the wife.

use std::collections::BTreeSet;

use doudi_policy::Date;
use doudi_registry::{PersonId, StaffId};
use serde::{Deserialize, Serialize};

use crate::staff::{Level, named};

named! {
    /// 近亲属关系, seen from the member of the family.
    NearRelation {
        /// 配偶
        Spouse = "spouse" "配偶" "spouse",
        /// 父母
        Parent = "parent" "父母" "parent",
        /// 子女
        Child = "child" "子女" "child",
        /// 兄弟姐妹
        Sibling = "sibling" "兄弟姐妹" "sibling",
        /// 祖父母、外祖父母
        Grandparent = "grandparent" "祖父母、外祖父母" "grandparent",
        /// 孙子女、外孙子女
        Grandchild = "grandchild" "孙子女、外孙子女" "grandchild",
    }
}

/// 备案记录.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KinRecord {
    /// The member of the family, as written in the declaration.
    pub member: String,
    /// The relative who is staff or in the village committee.
    pub official: String,
    /// Staff id of the relative, where the relative has a log-in: that person is kept from the case.
    pub staff: Option<StaffId>,
    /// What the relative is to the member.
    pub relation: NearRelation,
    /// Where the relative works; a village counts as the township. The decision goes one level up.
    pub level: Level,
    /// Day of the registration.
    pub on: Date,
}

/// 亲属图: parents and spouses; everything else follows from them.
#[derive(Clone, Debug, Default)]
pub struct KinGraph {
    parents: BTreeSet<(PersonId, PersonId)>,
    spouses: BTreeSet<(PersonId, PersonId)>,
}

impl KinGraph {
    /// Adds a parent of a child.
    pub fn parent(&mut self, child: PersonId, parent: PersonId) {
        self.parents.insert((child, parent));
    }

    /// Adds a marriage.
    pub fn spouse(&mut self, a: PersonId, b: PersonId) {
        self.spouses.insert((a, b));
        self.spouses.insert((b, a));
    }

    fn parents_of(&self, person: PersonId) -> impl Iterator<Item = PersonId> + '_ {
        self.parents
            .range((person, PersonId(i64::MIN))..=(person, PersonId(i64::MAX)))
            .map(|(_, parent)| *parent)
    }

    /// What `other` is to `member`; `None` where they are no near relatives.
    #[must_use]
    pub fn near_relation(&self, member: PersonId, other: PersonId) -> Option<NearRelation> {
        let parents = |p| self.parents_of(p).collect::<BTreeSet<_>>();
        let grandparents = |p| self.parents_of(p).flat_map(|q| self.parents_of(q)).collect::<BTreeSet<_>>();
        if member == other {
            None
        } else if self.spouses.contains(&(member, other)) {
            Some(NearRelation::Spouse)
        } else if parents(member).contains(&other) {
            Some(NearRelation::Parent)
        } else if parents(other).contains(&member) {
            Some(NearRelation::Child)
        } else if !parents(member).is_disjoint(&parents(other)) {
            Some(NearRelation::Sibling)
        } else if grandparents(member).contains(&other) {
            Some(NearRelation::Grandparent)
        } else if grandparents(other).contains(&member) {
            Some(NearRelation::Grandchild)
        } else {
            None
        }
    }

    /// Each pair of a member and an official who are near relatives.
    #[must_use]
    pub fn to_register(
        &self,
        members: &[PersonId],
        officials: &[PersonId],
    ) -> Vec<(PersonId, PersonId, NearRelation)> {
        members
            .iter()
            .flat_map(|m| officials.iter().map(move |o| (*m, *o)))
            .filter_map(|(m, o)| Some((m, o, self.near_relation(m, o)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPLICANT: PersonId = PersonId(1);
    const WIFE: PersonId = PersonId(2);
    const SISTER: PersonId = PersonId(3);
    const SISTERS_HUSBAND: PersonId = PersonId(4);
    const BROTHER: PersonId = PersonId(5);
    const WIFES_BROTHER: PersonId = PersonId(6);
    const FATHER: PersonId = PersonId(7);
    const WIFES_MOTHER: PersonId = PersonId(8);
    const GRANDFATHER: PersonId = PersonId(9);

    fn family() -> KinGraph {
        let mut g = KinGraph::default();
        g.spouse(APPLICANT, WIFE);
        g.spouse(SISTER, SISTERS_HUSBAND);
        for child in [APPLICANT, SISTER, BROTHER] {
            g.parent(child, FATHER);
        }
        g.parent(WIFE, WIFES_MOTHER);
        g.parent(WIFES_BROTHER, WIFES_MOTHER);
        g.parent(FATHER, GRANDFATHER);
        g
    }

    #[test]
    fn e24_a_the_sisters_husband_is_not_registered() {
        let found = family().to_register(&[APPLICANT, WIFE], &[SISTERS_HUSBAND]);
        assert_eq!(found, []);
    }

    #[test]
    fn e24_b_the_own_brother_is() {
        let found = family().to_register(&[APPLICANT, WIFE], &[BROTHER]);
        assert_eq!(found, [(APPLICANT, BROTHER, NearRelation::Sibling)]);
    }

    #[test]
    fn e24_c_the_brother_of_the_wife_who_is_a_member_is() {
        let found = family().to_register(&[APPLICANT, WIFE], &[WIFES_BROTHER]);
        assert_eq!(found, [(WIFE, WIFES_BROTHER, NearRelation::Sibling)]);
        // Were the wife not counted, he would be nobody's near relative.
        assert_eq!(family().to_register(&[APPLICANT], &[WIFES_BROTHER]), []);
    }

    #[test]
    fn the_six_relations_and_no_more() {
        let g = family();
        let of = |a, b| g.near_relation(a, b);
        assert_eq!(of(APPLICANT, WIFE), Some(NearRelation::Spouse));
        assert_eq!(of(APPLICANT, FATHER), Some(NearRelation::Parent));
        assert_eq!(of(FATHER, APPLICANT), Some(NearRelation::Child));
        assert_eq!(of(APPLICANT, GRANDFATHER), Some(NearRelation::Grandparent));
        assert_eq!(of(GRANDFATHER, APPLICANT), Some(NearRelation::Grandchild));
        assert_eq!(of(APPLICANT, WIFES_MOTHER), None);
        assert_eq!(of(WIFE, GRANDFATHER), None);
        assert_eq!(of(APPLICANT, APPLICANT), None);
    }
}
