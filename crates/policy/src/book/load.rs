//! 装载: package texts to declarations, in passes: what is cited and named first, what uses it after.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

use super::paths::{Part, below_policies, overlays, part};
use super::reader::{Reader, Table, Text, refuse_floats};
use super::shape::{beside_first, duplicate_key, hidden_at, misshapen};
use super::{Book, NameEntry, SourceFile, change, facts, parameters, rules, sources, tables, within};
use crate::diag::{Diagnostic, Fault, Faults, LARGEST_FILE, Unread};
use crate::glyph::{differs, skeleton};
use crate::plan::Span;

/// What has been read so far.
#[derive(Default)]
pub(super) struct Build {
    pub(super) book: Book,
    /// Where each name was declared.
    places: BTreeMap<String, Span>,
    /// Ids of tables that could not be read.
    pub(super) lost: BTreeSet<String>,
    doc_ids: BTreeSet<String>,
    cite_ids: BTreeSet<String>,
    /// Decision tables of CSV files that no `[[table]]` has taken yet.
    pub(super) sheets: Vec<tables::Sheet>,
}

/// Faults that say that a name is missing: they follow from the fault of the table that declares it.
const MISSING: [&str; 5] =
    ["unknown-source", "unknown-parameter", "unknown-outcome", "bad-key", "bad-receiving"];

struct Doc<'a> {
    index: u32,
    path: &'a str,
    text: &'a str,
    part: Part,
    toml: Option<Spanned<DeTable<'a>>>,
}

/// Reads all files, and a change on top of them; the faults are in order of file and place.
pub(super) fn load(
    files: impl IntoIterator<Item = (String, String)>,
    change: Option<SourceFile>,
) -> Result<Book, Vec<Diagnostic>> {
    let (mut files, mut parts) = law_files(files);
    if let Some(change) = change {
        files.push(change);
        parts.push(Part::Change);
    }
    let mut build = Build::default();
    let mut faults = Faults::default();
    let docs = open(&files, &parts, &mut faults);
    let unread: Vec<u32> =
        docs.iter().filter(|d| d.toml.is_none() && is_toml(d.path)).map(|d| d.index).collect();
    let mut pass = |read: &mut dyn FnMut(&mut Build, &mut Reader<'_>, &Doc<'_>)| {
        for doc in &docs {
            let mut reader = Reader { index: doc.index, path: doc.path, text: doc.text, faults: &mut faults };
            read(&mut build, &mut reader, doc);
        }
    };
    pass(&mut |build, reader, doc| head(build, reader, doc));
    pass(&mut |build, reader, doc| vocabulary(build, reader, doc));
    pass(&mut |build, reader, doc| sheets(build, reader, doc));
    pass(&mut |build, reader, doc| law(build, reader, doc));
    pass(&mut |build, reader, doc| idle_sheets(build, reader, doc));
    pass(&mut |build, reader, doc| parameter_heads(build, reader, doc));
    pass(&mut |build, reader, doc| rows(build, reader, doc));
    pass(&mut |build, reader, doc| changes(build, reader, doc));
    pass(&mut |build, reader, doc| places(build, reader, doc));
    drop(docs);
    build.book.files = files;
    within::narrow(&mut build.book);
    facts::registers(&mut build.book);
    parameters::duplicate_rows(&build.book, &mut faults);
    rules::references(&build.book, &mut faults);
    if faults.is_empty() {
        return Ok(build.book);
    }
    faults.excuse(|fault| {
        let name = fault.cause().filter(|_| MISSING.contains(&fault.code));
        let name = name.map(|name| name.split_once('#').map_or(name, |(doc, _)| doc));
        name.is_some_and(|name| {
            let within = |at: &u32| build.book.files.get(*at as usize).is_some_and(|f| f.text.contains(name));
            build.lost.contains(name) || unread.iter().any(within)
        })
    });
    Err(faults.settle(&build.book.files))
}

fn is_toml(path: &str) -> bool {
    path.ends_with(".toml")
}

/// The files that hold law, in order of their paths.
fn law_files(files: impl IntoIterator<Item = (String, String)>) -> (Vec<SourceFile>, Vec<Part>) {
    let mut files: Vec<(String, SourceFile)> =
        files.into_iter().map(|(path, text)| (below_policies(&path), SourceFile::new(path, text))).collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let roots = overlays(files.iter().map(|(below, _)| below.as_str()));
    files
        .into_iter()
        .map(|(below, file)| (part(&below, &roots), file))
        .filter(|(part, _)| *part != Part::Other)
        .map(|(part, file)| (file, part))
        .unzip()
}

fn open<'a>(files: &'a [SourceFile], parts: &[Part], faults: &mut Faults) -> Vec<Doc<'a>> {
    let mut docs = Vec::new();
    for ((index, file), part) in (0..).zip(files).zip(parts) {
        let mut reader = Reader { index, path: &file.path, text: &file.text, faults: &mut *faults };
        let fit = fit(&mut reader, part);
        let toml = (fit && is_toml(&file.path)).then(|| toml_of(&mut reader, &file.text)).flatten();
        if fit {
            docs.push(Doc { index, path: &file.path, text: &file.text, part: part.clone(), toml });
        }
    }
    docs
}

/// Whether a file may be read at all.
fn fit(reader: &mut Reader<'_>, part: &Part) -> bool {
    let start: Range<usize> = 0..0;
    let size = u64::try_from(reader.text.len()).unwrap_or(u64::MAX);
    if size > LARGEST_FILE {
        reader.fault(start, Unread::TooLarge(size).fault());
        return false;
    }
    if *part == Part::Stray {
        reader.fault(
            start,
            Fault::new(
                "stray-file",
                (
                    "这个位置的文件不会被读取",
                    "a file in this place is not read",
                ),
                (
                    "政策包放在 cn/<包>/ 下: package.toml facts.toml sources.toml rules/ tables/ indicators/ parameters/ tests/；地方层要有 overlay.toml",
                    "a package is cn/<package>/ with package.toml facts.toml sources.toml rules/ tables/ indicators/ parameters/ tests/; a local layer needs overlay.toml",
                ),
            )
            .about(reader.path.rsplit_once('/').map_or("", |(folder, _)| folder)),
        );
        return false;
    }
    if let Some((at, c)) = hidden_at(reader.text) {
        let number = format!("U+{:04X}", u32::from(c));
        reader.fault(
            at..at + c.len_utf8(),
            Fault::new(
                "hidden-character",
                (
                    format!("这里有看不见的字符 {number}"),
                    format!("there is an invisible character here: {number}"),
                ),
                (
                    "删去它；若是从网页或聊天软件粘贴来的，把这几个字重新打一遍",
                    "delete it; what was pasted from a page or a chat is best typed again",
                ),
            ),
        );
        return false;
    }
    if let Some(at) = not_nfc(reader.text) {
        reader.fault(
            at,
            Fault::new(
                "not-nfc",
                (
                    "文字不是 Unicode NFC 规范形式，同一个字可能有两种写法",
                    "the text is not in Unicode form NFC: one character may be written in two ways",
                ),
                ("用编辑器把文件转换为 NFC 后保存", "convert the file to NFC and save it"),
            ),
        );
        return false;
    }
    true
}

/// The first word that is not in form NFC.
fn not_nfc(text: &str) -> Option<Range<usize>> {
    use unicode_normalization::is_nfc;
    if is_nfc(text) {
        return None;
    }
    let mut from = 0;
    for line in text.split_inclusive('\n') {
        if !is_nfc(line) {
            return Some(from..from + line.trim_end().len());
        }
        from += line.len();
    }
    Some(0..0)
}

fn toml_of<'a>(reader: &mut Reader<'_>, text: &'a str) -> Option<Spanned<DeTable<'a>>> {
    if let Some((at, fault)) = misshapen(text) {
        reader.fault(at, fault);
        return None;
    }
    let errors = match DeTable::parse(text) {
        Ok(table) => {
            for value in table.get_ref().values() {
                refuse_floats(reader, value);
            }
            return Some(table);
        }
        // All faults of a text that a person wrote; of a large one the first, since there may be as many as bytes.
        Err(_) if text.len() <= SEVERAL => DeTable::parse_recoverable(text).1,
        Err(first) => vec![first],
    };
    for error in &errors {
        let place = error.span().unwrap_or(0..0);
        if let Some(fault) = duplicate_key(reader, error.message(), &place) {
            reader.fault(place, fault);
            continue;
        }
        reader.fault(
            place,
            Fault::new(
                "toml",
                (
                    format!("TOML 格式有误: {}", error.message()),
                    format!("not valid TOML: {}", error.message()),
                ),
                ("核对引号、等号和括号是否成对", "check quotes, equals signs and brackets"),
            ),
        );
    }
    None
}

/// Bytes of a text of which all faults of its form are told.
const SEVERAL: usize = 256 << 10;

/// Characters of the longest label.
const LONGEST_LABEL: usize = 100;

/// A label as a person can tell it from others.
pub(super) fn label(reader: &mut Reader<'_>, name: &Text) {
    let text = name.text.as_str();
    let fits = text.chars().count() <= LONGEST_LABEL;
    if fits
        && !text.is_empty()
        && text.trim() == text
        && !text.contains("  ")
        && !text.contains(['\n', '\r', '\t'])
    {
        return;
    }
    reader.fault(
        name.place.clone(),
        Fault::new(
            "bad-label",
            (
                format!("名称“{text}”是空的、太长，或有多余的空格、换行"),
                format!(
                    "the label `{text}` is empty, too long, or holds blanks or line ends that nobody sees"
                ),
            ),
            (
                format!("最多 {LONGEST_LABEL} 字；删去首尾和连续的空格"),
                format!("at most {LONGEST_LABEL} characters; remove blanks at the ends and blanks in a row"),
            ),
        ),
    );
}

/// What to do about a name that looks like another.
pub(super) fn foreign_letter(name: &str, other: &str) -> (String, String) {
    match differs(name, other) {
        Some(c) => {
            let number = format!("U+{:04X}", u32::from(c));
            (
                format!("其中“{c}”是 {number}；若指同一个，写成“{other}”，否则换一个不会看错的名称"),
                format!(
                    "its `{c}` is {number}; if the same is meant write `{other}`, else choose a name that nobody mistakes"
                ),
            )
        }
        None => (
            format!("若指同一个，写成“{other}”，否则换一个不会看错的名称"),
            format!("if the same is meant write `{other}`, else choose a name that nobody mistakes"),
        ),
    }
}

impl Build {
    /// Registers a name of an expression; a name means one thing in the whole book.
    pub(super) fn declare(&mut self, reader: &mut Reader<'_>, name: &Text, entry: &NameEntry, again: bool) {
        label(reader, name);
        match self.book.names.get(&name.text) {
            None => {
                self.look(reader, name);
                self.places.insert(name.text.clone(), reader.span(&name.place));
                self.book.names.insert(name.text.clone(), entry.clone());
            }
            Some(old) if again && old == entry => {}
            Some(_) => {
                let fault = Fault::new(
                    "duplicate-name",
                    (
                        format!("名称“{}”已在别处使用", name.text),
                        format!("the name `{}` is already used elsewhere", name.text),
                    ),
                    (
                        "换一个名称；事实、规则和参数的英文编号与中文名称在全书中各只能用一次",
                        "choose another; ids and labels of facts, rules and parameters are unique in the whole book",
                    ),
                );
                let first = self.places.get(&name.text).copied();
                reader.fault(name.place.clone(), beside_first(fault, first));
            }
        }
    }

    /// A name that looks like another is refused: a reader would take one for the other.
    fn look(&mut self, reader: &mut Reader<'_>, name: &Text) {
        let look = skeleton(&name.text);
        let Some(other) = self.book.looks.get(&look) else {
            self.book.looks.insert(look, name.text.clone());
            return;
        };
        let fault = Fault::new(
            "look-alike",
            (
                format!("名称“{}”与“{other}”看来相同，却不是同一个", name.text),
                format!("the name `{}` looks like `{other}` and is another", name.text),
            ),
            foreign_letter(&name.text, other),
        );
        let first = self.places.get(other).copied();
        reader.fault(name.place.clone(), beside_first(fault, first));
    }

    /// The English id: one word of the language.
    pub(super) fn id(&self, reader: &mut Reader<'_>, id: &Text) {
        if crate::syntax::words::is_name(&id.text) && id.text.is_ascii() {
            return;
        }
        reader.fault(
            id.place.clone(),
            Fault::new(
                "bad-id",
                (format!("“{}”不能作编号", id.text), format!("`{}` cannot be an id", id.text)),
                (
                    "编号用小写英文、数字和下划线，如 income_per_capita",
                    "an id is lower-case letters, digits and underscores, such as income_per_capita",
                ),
            ),
        );
    }

    /// Citations: ids of statements or `DOC#ARTICLE`; each must be in sources.toml.
    pub(super) fn cited(&self, reader: &mut Reader<'_>, texts: Vec<Text>) -> Vec<String> {
        for text in &texts {
            self.citation(reader, text);
        }
        texts.into_iter().map(|t| t.text).collect()
    }

    pub(super) fn knows_citation(&self, text: &str) -> bool {
        let doc = text.split_once('#').map_or(text, |(doc, _)| doc);
        self.cite_ids.contains(text) || self.doc_ids.contains(doc)
    }

    pub(super) fn citation(&self, reader: &mut Reader<'_>, text: &Text) {
        if self.knows_citation(&text.text) {
            return;
        }
        let all = self.cite_ids.iter().chain(&self.doc_ids).map(String::as_str);
        let cure = reader.near("unknown-source", &text.text, all).map_or_else(
            || {
                (
                    "先在 sources.toml 写明 [doc.…] 或 [cite.…]".to_owned(),
                    "declare it in sources.toml as [doc.…] or [cite.…]".to_owned(),
                )
            },
            |near| {
                (
                    format!("是不是“{near}”？否则先在 sources.toml 写明"),
                    format!("did you mean `{near}`? if not, declare it in sources.toml"),
                )
            },
        );
        reader.fault(
            text.place.clone(),
            Fault::new(
                "unknown-source",
                (format!("没有依据“{}”", text.text), format!("there is no source `{}`", text.text)),
                cure,
            )
            .about(&text.text),
        );
    }

    /// The required citations of a table.
    pub(super) fn source(&self, reader: &mut Reader<'_>, table: &mut Table<'_>) -> Vec<String> {
        let texts = table.take("source").map(|value| reader.texts_of(value)).unwrap_or_default();
        if texts.is_empty() {
            reader.fault(
                table.place.clone(),
                Fault::new(
                    "no-source",
                    ("没有写依据", "no source is cited"),
                    (
                        "补上 source = [\"…\"]，每条规则都要有条文依据",
                        "add source = [\"…\"]: each rule rests on an article",
                    ),
                ),
            );
        }
        self.cited(reader, texts)
    }
}

fn head(build: &mut Build, reader: &mut Reader<'_>, doc: &Doc<'_>) {
    let Some(toml) = &doc.toml else { return };
    let root = Table::new(toml.get_ref(), toml.span());
    match &doc.part {
        Part::Sources => {
            let (docs, cites) = sources::read(reader, root);
            build.doc_ids.extend(docs.iter().map(|d| d.id.clone()));
            build.cite_ids.extend(cites.iter().map(|c| c.id.clone()));
            build.book.docs.extend(docs);
            build.book.cites.extend(cites);
        }
        Part::Overlay(id) => {
            if let Some(overlay) = sources::overlay(reader, root, id) {
                build.book.overlays.push(overlay);
            }
        }
        _ => {}
    }
}

fn vocabulary(build: &mut Build, reader: &mut Reader<'_>, doc: &Doc<'_>) {
    let Some(toml) = &doc.toml else { return };
    let root = Table::new(toml.get_ref(), toml.span());
    match &doc.part {
        Part::Sources => sources::articles(build, reader),
        Part::Facts => facts::read(build, reader, root),
        Part::Package(id) => {
            if let Some(package) = sources::package(build, reader, root, id) {
                build.book.packages.push(package);
            }
        }
        _ => {}
    }
}

fn law(build: &mut Build, reader: &mut Reader<'_>, doc: &Doc<'_>) {
    let (Some(toml), Part::Rules(package)) = (&doc.toml, &doc.part) else {
        return;
    };
    rules::read(build, reader, Table::new(toml.get_ref(), toml.span()), package);
}

fn sheets(build: &mut Build, reader: &mut Reader<'_>, doc: &Doc<'_>) {
    if let Part::Sheet(package, file) = &doc.part {
        tables::csv(build, reader, package, file);
    }
}

fn idle_sheets(build: &mut Build, reader: &mut Reader<'_>, doc: &Doc<'_>) {
    if let Part::Sheet(package, file) = &doc.part {
        tables::idle(build, reader, package, file);
    }
}

/// What a change puts in the place of what it finds; everything else has been read by now.
fn changes(build: &mut Build, reader: &mut Reader<'_>, doc: &Doc<'_>) {
    let (Some(toml), Part::Change) = (&doc.toml, &doc.part) else {
        return;
    };
    change::apply(build, reader, Table::new(toml.get_ref(), toml.span()));
}

/// Where packages hold that hold in one division only.
fn places(build: &mut Build, reader: &mut Reader<'_>, doc: &Doc<'_>) {
    if let Part::Package(id) = &doc.part {
        within::declare(build, reader, id);
    }
}

fn parameter_heads(build: &mut Build, reader: &mut Reader<'_>, doc: &Doc<'_>) {
    let (Some(toml), Part::Rules(package)) = (&doc.toml, &doc.part) else {
        return;
    };
    parameters::declare(build, reader, Table::new(toml.get_ref(), toml.span()), package);
}

fn rows(build: &mut Build, reader: &mut Reader<'_>, doc: &Doc<'_>) {
    match (&doc.part, &doc.toml) {
        (Part::Rules(_), Some(toml)) => {
            parameters::toml_rows(build, reader, Table::new(toml.get_ref(), toml.span()), None);
        }
        (Part::LocalRules(root, package), Some(toml)) => {
            let local = parameters::Local { root, package };
            parameters::toml_rows(build, reader, Table::new(toml.get_ref(), toml.span()), Some(local));
        }
        (Part::Rows(_, id), _) => parameters::csv_rows(build, reader, id, None),
        (Part::LocalRows(root, package, id), _) => {
            let local = parameters::Local { root, package };
            parameters::csv_rows(build, reader, id, Some(local));
        }
        _ => {}
    }
}
