//! 装载: package texts to declarations, in passes: what is cited and named first, what uses it after.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

use super::paths::{Part, below_policies, overlays, part};
use super::reader::{Reader, Table, Text, refuse_floats};
use super::{Book, NameEntry, SourceFile, change, facts, parameters, rules, sources, tables};
use crate::diag::{Diagnostic, Fault};

/// Larger files hold no law.
const LARGEST: usize = 2 << 20;

/// What has been read so far.
#[derive(Default)]
pub(super) struct Build {
    pub(super) book: Book,
    /// Where each name was declared, as `file:line`.
    places: BTreeMap<String, String>,
    doc_ids: BTreeSet<String>,
    cite_ids: BTreeSet<String>,
    /// Decision tables of CSV files that no `[[table]]` has taken yet.
    pub(super) sheets: Vec<tables::Sheet>,
}

struct Doc<'a> {
    index: u32,
    path: &'a str,
    text: &'a str,
    part: Part,
    lines: Vec<usize>,
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
    let mut faults = Vec::new();
    let docs = open(&files, &parts, &mut faults);
    let mut pass = |read: &mut dyn FnMut(&mut Build, &mut Reader<'_>, &Doc<'_>)| {
        for doc in &docs {
            let mut reader = Reader {
                index: doc.index,
                path: doc.path,
                text: doc.text,
                lines: &doc.lines,
                faults: Vec::new(),
            };
            read(&mut build, &mut reader, doc);
            faults.append(&mut reader.faults);
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
    drop(docs);
    build.book.files = files;
    faults.extend(parameters::duplicate_rows(&build.book));
    faults.extend(rules::references(&build.book));
    if faults.is_empty() {
        return Ok(build.book);
    }
    faults.sort_by(|a, b| (&a.file, a.span.start).cmp(&(&b.file, b.span.start)));
    Err(faults)
}

/// The files that hold law, in order of their paths.
fn law_files(files: impl IntoIterator<Item = (String, String)>) -> (Vec<SourceFile>, Vec<Part>) {
    let mut files: Vec<(String, SourceFile)> =
        files.into_iter().map(|(path, text)| (below_policies(&path), SourceFile { path, text })).collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let roots = overlays(files.iter().map(|(below, _)| below.as_str()));
    files
        .into_iter()
        .map(|(below, file)| (part(&below, &roots), file))
        .filter(|(part, _)| *part != Part::Other)
        .map(|(part, file)| (file, part))
        .unzip()
}

fn open<'a>(files: &'a [SourceFile], parts: &[Part], faults: &mut Vec<Diagnostic>) -> Vec<Doc<'a>> {
    let mut docs = Vec::new();
    for ((index, file), part) in (0..).zip(files).zip(parts) {
        let lines = line_starts(&file.text);
        let mut reader =
            Reader { index, path: &file.path, text: &file.text, lines: &lines, faults: Vec::new() };
        let fit = fit(&mut reader, part);
        let toml = (fit && file.path.ends_with(".toml")).then(|| toml_of(&mut reader, &file.text)).flatten();
        faults.append(&mut reader.faults);
        if fit {
            docs.push(Doc { index, path: &file.path, text: &file.text, part: part.clone(), lines, toml });
        }
    }
    docs
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// Whether a file may be read at all.
fn fit(reader: &mut Reader<'_>, part: &Part) -> bool {
    let start: Range<usize> = 0..0;
    if reader.text.len() > LARGEST {
        reader.fault(
            start,
            Fault::new(
                "too-large",
                ("文件超过 2 MiB", "the file is larger than 2 MiB"),
                ("拆成几个文件", "split it into several files"),
            ),
        );
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
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        reader.fault(
            error.span().unwrap_or(0..0),
            Fault::new(
                "toml",
                (
                    format!("TOML 格式有误: {}", error.message()),
                    format!("not valid TOML: {}", error.message()),
                ),
                (
                    "核对引号、等号和括号是否成对；同一个键不能写两次",
                    "check that quotes and brackets come in pairs and that no key is written twice",
                ),
            ),
        );
    }
    errors.is_empty().then(|| {
        for value in table.get_ref().values() {
            refuse_floats(reader, value);
        }
        table
    })
}

impl Build {
    /// Registers a name of an expression; a name means one thing in the whole book.
    pub(super) fn declare(&mut self, reader: &mut Reader<'_>, name: &Text, entry: &NameEntry, again: bool) {
        let place = || format!("{}:{}", reader.path, reader.line(name.place.start));
        match self.book.names.get(&name.text) {
            None => {
                self.places.insert(name.text.clone(), place());
                self.book.names.insert(name.text.clone(), entry.clone());
            }
            Some(old) if again && old == entry => {}
            Some(_) => {
                let first = self.places.get(&name.text).cloned().unwrap_or_default();
                reader.fault(
                    name.place.clone(),
                    Fault::new(
                        "duplicate-name",
                        (
                            format!("名称“{}”已在 {first} 使用", name.text),
                            format!("the name `{}` is already used at {first}", name.text),
                        ),
                        (
                            "换一个名称；事实、规则和参数的英文编号与中文名称在全书中各只能用一次",
                            "choose another; ids and labels of facts, rules and parameters are unique in the whole book",
                        ),
                    ),
                );
            }
        }
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
        let cure = crate::near::nearest(&text.text, all).map_or_else(
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
            ),
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
