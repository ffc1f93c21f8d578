//! 无从确定: what stays open whatever is found out, and the exceptions that decided.

use super::words::with_unit;
use super::{DecidingException, Teller, Text};
use crate::eval::Value;
use crate::plan::{Entity, NodeId, Type};
use crate::value::Truth;

impl Teller<'_, '_> {
    /// The row of a node as a rule of `of` sees it, and what is possible there.
    fn seen(&self, id: NodeId, of: Entity, row: usize) -> Value {
        let entity = self.plan().nodes.get(id.0 as usize).map_or(of, |n| n.entity);
        let row = self.trace.outer_row(of, row, entity).unwrap_or(row);
        self.trace.value(id, row)
    }

    /// The exception of a rule that decided.
    pub(super) fn exception_at(&self, rule: usize, row: usize) -> Option<DecidingException> {
        let rule = self.plan().rules.get(rule)?;
        let decides = |id| self.seen(id, rule.of, row) == Value::Truth(Truth::True);
        let except = rule.excepts.iter().find(|except| decides(except.decides))?;
        Some(DecidingException {
            id: except.id.clone(),
            label: Text::new(&except.zh, &except.en),
            source: except.source.clone(),
        })
    }

    /// Adds that a share or an average has nobody to be of.
    pub(super) fn nobody(&self, found: &mut Vec<Text>, id: NodeId, row: usize) {
        let text = Text::both(|lang| {
            let what = self.phrase(lang, false).body(id, row);
            match lang {
                crate::lang::Lang::Zh => format!("名单上没有符合的人，无从计算“{what}”"),
                crate::lang::Lang::En => format!("nobody on the list fits, so there is no \"{what}\""),
            }
        });
        if !found.contains(&text) {
            found.push(text);
        }
    }

    /// Adds what no fact can settle about a rule for one subject.
    pub(super) fn unsettled(&self, found: &mut Vec<Text>, rule: usize, row: usize) {
        let Some(rule) = self.plan().rules.get(rule) else { return };
        for dispute in &rule.disputes {
            let (first, second) = dispute.values;
            let (a, b) = (self.seen(first, rule.of, row), self.seen(second, rule.of, row));
            let both = self.seen(dispute.both, rule.of, row) == Value::Truth(Truth::True);
            if !both || (a == b && a.is_known()) {
                continue;
            }
            let named = |at: usize| rule.excepts.get(at);
            let (Some(one), Some(other)) = (named(dispute.excepts.0), named(dispute.excepts.1)) else {
                continue;
            };
            let ty = self.plan().nodes.get(rule.node.0 as usize).map_or(Type::Bool, |n| n.ty);
            let shown = |value, lang| with_unit(self.plan(), value, ty, lang);
            let text = Text::both(|lang| {
                let (a, b) = (shown(a, lang), shown(b, lang));
                match lang {
                    crate::lang::Lang::Zh => format!(
                        "“{}”的例外“{}”({a})与“{}”({b})同时成立，没有规定哪一个作数，须由主管部门明确",
                        rule.zh, one.zh, other.zh
                    ),
                    crate::lang::Lang::En => format!(
                        "the exceptions \"{}\" ({a}) and \"{}\" ({b}) to \"{}\" hold at once and nothing says which one counts; the authority has to settle it",
                        one.en, other.en, rule.en
                    ),
                }
            });
            if !found.contains(&text) {
                found.push(text);
            }
        }
    }
}
