//! 待遇组: `[[group]]`.

use super::decl::GroupDecl;
use super::load::Build;
use super::reader::{Reader, Table};
use super::rules::{one_of, validity};
use crate::diag::Fault;
use crate::plan::{Chooser, GroupKind};

pub(super) fn read(
    build: &mut Build,
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    package: &str,
) -> Option<GroupDecl> {
    let span = reader.span(&table.place);
    let id = reader.need(&mut table, "id");
    let zh = reader.need(&mut table, "zh");
    let en = reader.maybe(&mut table, "en");
    let kind = reader.need(&mut table, "kind").and_then(|kind| {
        one_of(
            reader,
            &kind,
            &[
                ("one_of", GroupKind::OneOf),
                ("take_the_higher", GroupKind::TakeTheHigher),
                ("top_up", GroupKind::TopUp),
            ],
        )
    });
    let chosen_by = match reader.maybe(&mut table, "chosen_by") {
        Some(who) => one_of(reader, &who, &[("authority", Chooser::Authority), ("person", Chooser::Person)]),
        None => Some(Chooser::default()),
    };
    let outcomes = reader.maybe_texts(&mut table, "outcomes");
    let validity = validity(reader, &mut table, true);
    let source = build.source(reader, &mut table);
    let place = table.place.clone();
    table.take("note");
    reader.finish(table);
    let outcomes: Vec<String> = outcomes.into_iter().map(|text| text.text).collect();
    let twice = outcomes.iter().enumerate().any(|(at, id)| outcomes.iter().take(at).any(|other| other == id));
    if outcomes.len() < 2 || twice {
        reader.fault(
            place,
            Fault::new(
                "group-outcomes",
                ("一组要有两项以上不同的待遇", "a group has two or more different outcomes"),
                (
                    "写成 outcomes = [\"dibao\", \"tekun\"] 这样",
                    "write for example outcomes = [\"dibao\", \"tekun\"]",
                ),
            ),
        );
        return None;
    }
    let id = id?.text;
    Some(GroupDecl {
        en: en.map_or_else(|| id.replace('_', " "), |text| text.text),
        id,
        zh: zh?.text,
        package: package.to_owned(),
        kind: kind?,
        chosen_by: chosen_by?,
        outcomes,
        validity: validity?,
        source,
        span,
    })
}
