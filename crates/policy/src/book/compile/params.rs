//! 参数表: the rows of a parameter that hold in the period, one a place and key.

use std::collections::BTreeMap;

use crate::book::decl::{Level, ParameterDecl};
use crate::plan::{ParamRow, ParamTable};
use crate::value::Date;

/// The table of a day as it was known on another; for one place and key the more local layer stands, then the
/// later row, then the later decision.
pub(in crate::book) fn table(decl: &ParameterDecl, day: Date, as_of: Date) -> ParamTable {
    let mut best: BTreeMap<_, &(Level, ParamRow)> = BTreeMap::new();
    for candidate in &decl.rows {
        let (level, row) = candidate;
        let holds = row.from <= day && row.to.is_none_or(|to| day <= to) && row.enacted <= as_of;
        if !holds {
            continue;
        }
        let rank = |(level, row): &(Level, ParamRow)| (*level, row.from, row.enacted);
        let here = best.entry((&row.division, &row.keys)).or_insert(candidate);
        if rank(here) < (*level, row.from, row.enacted) {
            *here = candidate;
        }
    }
    ParamTable {
        id: decl.id.clone(),
        zh: decl.zh.clone(),
        en: decl.en.clone(),
        ty: decl.ty,
        keys: decl.keys.iter().map(|(_, index)| *index).collect(),
        contested: decl.contested,
        rows: best.into_values().map(|(_, row)| row.clone()).collect(),
    }
}

/// Whether the nation gives the parameter at some time, but not in this table: a gap in the law. A parameter
/// that only local layers give may be missing in places, which each lookup tells; so may one on which the sources
/// disagree, since nobody can close such a gap but the authority.
pub(super) fn has_gap(decl: &ParameterDecl, table: &ParamTable) -> bool {
    !decl.contested && table.rows.is_empty() && decl.rows.iter().any(|(level, _)| *level == Level::Nation)
}
