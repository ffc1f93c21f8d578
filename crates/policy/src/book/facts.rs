//! 事实词汇: `facts.toml`.

use super::decl::ParamValue;
use super::load::Build;
use super::reader::{Reader, Table, Text};
use super::shape::beside_first;
use super::values;
use super::{Book, NameEntry};
use crate::diag::Fault;
use crate::glyph::skeleton;
use crate::plan::{Entity, EnumDecl, FactDecl, Type};

/// Values that one mask of 64 bits holds.
const MOST_VALUES: usize = 64;

/// Reads the vocabulary of one file.
pub(super) fn read(build: &mut Build, reader: &mut Reader<'_>, mut root: Table<'_>) {
    if let Some(mut all) = root.take("facts").and_then(|v| reader.table(v)) {
        for (id, place, value) in all.rest() {
            let id = Text { text: id.to_owned(), place };
            if let Some(table) = reader.table(value) {
                fact(build, reader, &id, table);
            }
        }
    }
    reader.finish(root);
}

fn fact(build: &mut Build, reader: &mut Reader<'_>, id: &Text, mut table: Table<'_>) {
    build.id(reader, id);
    build.lost.insert(id.text.clone());
    let zh = reader.need(&mut table, "zh");
    let en = reader.or_empty(&mut table, "en");
    let of = reader.need(&mut table, "of").and_then(|of| entity(reader, &of, false));
    let word = reader.need(&mut table, "type");
    let enum_index = enumeration(build, reader, &mut table, &id.text);
    let ty = word.and_then(|word| typed(reader, &word, enum_index));
    let min = table.take("min");
    let max = table.take("max");
    let fresh = reader.maybe(&mut table, "fresh_for");
    let fresh_months = fresh.and_then(|text| {
        let months = values::months(&text.text);
        if months.is_none() {
            reader.fault(
                text.place,
                Fault::new(
                    "bad-duration",
                    (format!("“{}”不是时长", text.text), format!("`{}` is no duration", text.text)),
                    ("写 P3M(三个月)或 P1Y(一年)", "write P3M or P1Y"),
                ),
            );
        }
        months
    });
    let from = reader.maybe_texts(&mut table, "from");
    let changeable = table.take("changeable").and_then(|v| reader.bool_of(v)).unwrap_or(false);
    let statistics = table.take("statistics").and_then(|v| reader.bool_of(v)).unwrap_or(false);
    let past = table.take("past").and_then(|v| reader.bool_of(v)).unwrap_or(false);
    let register = reader.maybe_texts(&mut table, "register");
    let ask = reader.maybe(&mut table, "ask");
    let ask_en = reader.maybe(&mut table, "ask_en");
    let ask_all = table.take("ask_all").and_then(|v| reader.bool_of(v)).unwrap_or(false);
    let window = window(reader, &mut table);
    idle_question(reader, ask.as_ref(), &from);
    table.take("note");
    reader.finish(table);
    let (Some(zh), Some(of), Some(ty)) = (zh, of, ty) else {
        return;
    };
    let mut bound = |value: Option<&super::reader::Value<'_>>| {
        let text = reader.scalar_of(value?)?;
        match values::value(&text.text, ty, &build.book.enums) {
            Ok(ParamValue::Number(n)) => Some(n),
            Ok(ParamValue::Ratio(..)) => None,
            Err(fault) => {
                reader.fault(text.place, fault);
                None
            }
        }
    };
    let (min, max) = (bound(min), bound(max));
    let entry = NameEntry::Fact(build.book.facts.len());
    build.declare(reader, id, &entry, false);
    build.declare(reader, &zh, &entry, zh.text == id.text);
    build.lost.remove(&id.text);
    let decl = FactDecl {
        id: id.text.clone(),
        zh: zh.text,
        en,
        of,
        ty,
        min,
        max,
        from: from.into_iter().map(|t| t.text).collect(),
        fresh_months,
        window,
        back: 0,
        past,
        changeable,
        statistics,
        register: register.into_iter().map(|t| t.text).collect(),
        ask_en: ask_en.as_ref().or(ask.as_ref()).map(|t| t.text.clone()).unwrap_or_default(),
        ask_zh: ask.map(|t| t.text).unwrap_or_default(),
        ask_all,
        enum_index: match ty {
            Type::Enum(index) => Some(index),
            _ => None,
        },
    };
    for back in 0..window {
        build.book.facts.push(earlier(&decl, back));
    }
}

/// A question that nobody would ever put, since no visit can tell the fact.
fn idle_question(reader: &mut Reader<'_>, ask: Option<&Text>, from: &[Text]) {
    let asked = from.iter().any(|from| matches!(from.text.as_str(), "visit" | "declaration"));
    if let Some(ask) = ask.filter(|_| !asked) {
        reader.fault(
            ask.place.clone(),
            Fault::new(
                "idle-question",
                (
                    "写了问法 ask，from 里却没有 visit 或 declaration，没有人会去问",
                    "there is a question `ask`, but `from` names neither visit nor declaration: nobody would ask it",
                ),
                (
                    "入户能问到的，在 from 加上 \"visit\"；问不到的，删去 ask",
                    "add \"visit\" to `from` where a visit can tell it, else remove `ask`",
                ),
            ),
        );
    }
}

/// What an outcome names as the fact that it is received, its own award says.
pub(super) fn registers(book: &mut Book) {
    for outcome in &book.outcomes {
        let said = book.facts.iter_mut().filter(|f| f.back == 0 && outcome.receiving.as_ref() == Some(&f.id));
        for fact in said {
            if !fact.register.contains(&outcome.id) {
                fact.register.push(outcome.id.clone());
            }
        }
    }
}

/// Longest window, in months.
const LONGEST: i64 = 60;

/// `window = 12`
fn window(reader: &mut Reader<'_>, table: &mut Table<'_>) -> u16 {
    let Some(value) = table.take("window") else { return 1 };
    let Some(months) = super::rules::whole(reader, value) else { return 1 };
    if !(2..=LONGEST).contains(&months) {
        reader.fault(
            value.span(),
            Fault::new(
                "bad-window",
                (format!("window 是 {months}，应在 2 至 {LONGEST} 个月之间"), format!("`window` is {months}; it is 2 to {LONGEST} months")),
                ("写连本期在内要几个月的值；只要本期的不写", "write for how many months there is a value, that of the period among them, or leave it out"),
            ),
        );
    }
    u16::try_from(months).unwrap_or(1)
}

/// The fact of some months before the period. It is as fresh as the fact of the period when that was as old.
fn earlier(decl: &FactDecl, back: u16) -> FactDecl {
    if back == 0 {
        return decl.clone();
    }
    FactDecl {
        id: decl.id_back(back),
        zh: format!("{}（前{back}个月）", decl.zh),
        en: format!("{} ({back} months before)", decl.en),
        fresh_months: decl.fresh_months.map(|months| months.saturating_add(back)),
        back,
        ..decl.clone()
    }
}

/// `of = "member"`
pub(super) fn entity(reader: &mut Reader<'_>, of: &Text, constant: bool) -> Option<Entity> {
    let entity = match of.text.as_str() {
        "household" => Some(Entity::Household),
        "member" => Some(Entity::Member),
        "obligor" => Some(Entity::Obligor),
        "constant" if constant => Some(Entity::Constant),
        _ => None,
    };
    if entity.is_none() {
        reader.fault(
            of.place.clone(),
            Fault::new(
                "bad-entity",
                (format!("“{}”不是主体", of.text), format!("`{}` is no subject", of.text)),
                ("写 household(家庭)、member(成员)或 obligor(义务人)", "write household, member or obligor"),
            ),
        );
    }
    entity
}

/// The type of a word, `enum` needing values beside it.
pub(super) fn typed(reader: &mut Reader<'_>, word: &Text, enum_index: Option<u16>) -> Option<Type> {
    if word.text == "enum" {
        if enum_index.is_none() {
            reader.missing(word.place.clone(), "values");
        }
        return enum_index.map(Type::Enum);
    }
    match values::plain_type(&word.text) {
        Ok(ty) => Some(ty),
        Err(fault) => {
            reader.fault(word.place.clone(), fault);
            None
        }
    }
}

/// `values = { urban = "城镇", … }`: declares an enum of the id, in the order of the text.
pub(super) fn enumeration(
    build: &mut Build,
    reader: &mut Reader<'_>,
    table: &mut Table<'_>,
    id: &str,
) -> Option<u16> {
    let value = table.take("values")?;
    let place = value.span();
    let mut entries = reader.table(value)?;
    let mut list: Vec<(String, String)> = Vec::new();
    let mut seen = Vec::new();
    for (key, key_place, value) in entries.rest() {
        let Some(label) = reader.text_of(value) else {
            continue;
        };
        let looks = [skeleton(key), skeleton(&label.text)];
        let twice = seen.iter().find(|(look, _)| looks.contains(look)).map(|(_, span)| *span);
        if let Some(first) = twice {
            let fault = Fault::new(
                "duplicate-value",
                (
                    format!("值“{}”与另一个值相同，或看来相同", label.text),
                    format!("the value `{}` is, or looks, the same as another", label.text),
                ),
                ("换一个名称", "choose another name"),
            );
            reader.fault(key_place.clone(), beside_first(fault, Some(first)));
        }
        let span = reader.span(&key_place);
        seen.extend(looks.into_iter().map(|look| (look, span)));
        list.push((key.to_owned(), label.text));
        if list.len() > MOST_VALUES {
            break;
        }
    }
    if list.is_empty() || list.len() > MOST_VALUES {
        reader.fault(
            place,
            Fault::new(
                "enum-size",
                ("一个枚举要有 1 到 64 个值", "an enum has 1 to 64 values"),
                ("增减取值", "add or remove values"),
            ),
        );
        return None;
    }
    // Versions of one rule share the enum that they declare alike.
    let same = build.book.enums.iter().position(|e| e.id == id && e.values == list);
    let index = same.unwrap_or_else(|| {
        build.book.enums.push(EnumDecl { id: id.to_owned(), values: list });
        build.book.enums.len() - 1
    });
    u16::try_from(index).ok()
}
