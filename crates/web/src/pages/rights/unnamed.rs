//! 不写出姓名: free texts of a file as the family may take them along. Whoever objected to the family's case is named to
//! nobody; of staff the post stands there; numbers in such a text may be somebody else's and keep their ends only.

use std::borrow::Cow;

use doudi_casework::Case;
use doudi_registry::Staff;

use crate::cases_view;
use crate::family::Family;
use crate::lang::Lang;
use crate::mask;

/// Names that do not go out, with what stands for them; the longest first, so that no part of a name is left.
pub(super) struct Unnamed {
    l: Lang,
    names: Vec<(String, String)>,
}

impl Unnamed {
    /// The names of those who had a part in the cases of a family and do not belong to it.
    pub(super) fn of(l: Lang, family: &Family, cases: &[Case], staff: &[Staff]) -> Self {
        let mut names: Vec<(String, String)> = Vec::new();
        for case in cases {
            let said = case.objections.iter().filter_map(|o| o.from.as_deref());
            names.extend(said.map(|name| (name.trim().to_owned(), l.t("他人").to_owned())));
            for s in case.visits.iter().flat_map(|v| &v.surveyors) {
                names.push((s.name.clone(), l.pick(s.post.zh(), s.post.en()).to_owned()));
            }
            let others = case.events.iter().filter_map(|e| e.by).chain(case.assigned);
            for who in others.filter_map(|id| staff.iter().find(|s| s.id == id)) {
                names.push((who.name.clone(), l.pick(who.post.zh(), who.post.en()).to_owned()));
            }
            let signed = case.opinions.iter().map(|o| o.name.as_str());
            let signed = signed.chain(case.first_help.iter().map(|h| h.witness.as_str()));
            names.extend(signed.map(|name| (name.to_owned(), l.t("工作人员").to_owned())));
        }
        let own = |name: &str| family.members.iter().any(|m| m.person.name == name);
        // A single letter stands in too many words.
        names.retain(|(name, _)| name.chars().count() > 1 && !own(name));
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.chars().count()));
        Self { l, names }
    }

    /// A text without those names, its numbers masked.
    pub(super) fn said(&self, text: &str) -> String {
        let mut out = Cow::Borrowed(text);
        for (name, instead) in &self.names {
            if out.contains(name.as_str()) {
                out = Cow::Owned(out.replace(name.as_str(), instead));
            }
        }
        mask::written(&out).into_owned()
    }

    /// The same of a text that names a case by its id: the number of the case stands in it then.
    pub(super) fn of_cases(&self, text: &str, cases: &[Case]) -> String {
        let mut out = self.said(text);
        for case in cases {
            let number = cases_view::number(case);
            let (id, named) = match self.l {
                Lang::Zh => (format!("（案件 {}）", case.id), format!("（案件 {number}）")),
                Lang::En => (format!("(case {})", case.id), format!("(case {number})")),
            };
            out = out.replace(&id, &named);
        }
        out
    }
}
