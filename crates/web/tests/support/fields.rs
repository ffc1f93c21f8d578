//! The table of fields (`fields.csv`) beside the real templates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use doudi_access::DataClass;

/// How a field is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    Plain,
    Masked,
    Own,
    Fictional,
    Revealed,
    Placed,
}

impl How {
    fn named(name: &str) -> Self {
        match name {
            "plain" => Self::Plain,
            "masked" => Self::Masked,
            "own" => Self::Own,
            "fictional" => Self::Fictional,
            "revealed" => Self::Revealed,
            "placed" => Self::Placed,
            other => panic!("fields.csv: how `{other}`"),
        }
    }
}

/// A line: some fields of one template that have the same class for the same reason.
#[derive(Clone, Debug)]
pub struct Line {
    pub template: String,
    pub class: Option<DataClass>,
    pub how: How,
    pub only: String,
    pub zh: String,
    pub en: String,
    pub fields: Vec<String>,
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Cells of a line; a cell in quotes may hold commas and doubled quotes.
fn cells(line: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(String::new()),
            c => out.last_mut().unwrap().push(c),
        }
    }
    assert!(!quoted && !line.contains("\"\""), "fields.csv: {line}");
    out
}

pub fn table() -> Vec<Line> {
    let text = std::fs::read_to_string(root().join("fields.csv")).unwrap();
    let mut lines = text.lines().filter(|l| !l.starts_with('#') && !l.is_empty());
    assert_eq!(lines.next(), Some("template,class,how,only,zh,en,expressions"));
    lines
        .map(|line| {
            let c = cells(line);
            let [template, class, how, only, zh, en, fields] = c.as_slice() else { panic!("{line}") };
            Line {
                template: template.clone(),
                class: match class.as_str() {
                    "" => None,
                    name => Some(DataClass::named(name).unwrap_or_else(|| panic!("{line}"))),
                },
                how: How::named(how),
                only: only.clone(),
                zh: zh.clone(),
                en: en.clone(),
                fields: fields.split(" ; ").map(str::to_owned).collect(),
            }
        })
        .collect()
}

fn files(folder: &Path, ending: &str, out: &mut Vec<PathBuf>) {
    let mut here: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    here.sort();
    for path in here {
        if path.is_dir() {
            files(&path, ending, out);
        } else if path.to_string_lossy().ends_with(ending) {
            out.push(path);
        }
    }
}

/// What a template shows: `{{ … }}`, with literal texts as `…` and spaces made one.
fn shown(text: &str) -> BTreeSet<String> {
    let one = |inner: &str| {
        let mut out = String::new();
        let mut rest = inner.trim().trim_matches(|c| matches!(c, '-' | '~' | '+')).trim();
        while let Some(start) = rest.find('"') {
            out.push_str(&rest[..start]);
            out.push('…');
            let mut end = start + 1;
            while rest.as_bytes()[end] != b'"' {
                end += if rest.as_bytes()[end] == b'\\' { 2 } else { 1 };
            }
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    text.split("{{").skip(1).map(|part| one(part.split_once("}}").unwrap().0)).collect()
}

/// A template and what it draws in: what it extends and includes.
#[derive(Default)]
pub struct Template {
    pub shows: BTreeSet<String>,
    pub within: BTreeSet<String>,
}

fn named_after(text: &str, word: &str) -> BTreeSet<String> {
    let start = format!("{{% {word} \"");
    text.split(start.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// All templates by name: the files, and those that stand inside the code under the name of its file.
pub fn templates() -> BTreeMap<String, Template> {
    let mut out: BTreeMap<String, Template> = BTreeMap::new();
    let mut found = Vec::new();
    files(&root().join("templates"), ".html", &mut found);
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root().join("templates")).unwrap().to_string_lossy().into_owned();
        let mut within = named_after(&text, "extends");
        within.extend(named_after(&text, "include"));
        out.insert(name, Template { shows: shown(&text), within });
    }
    for (path, text) in sources() {
        for part in text.split("source = r##\"").skip(1) {
            let source = part.split_once("\"##").unwrap().0;
            out.entry(path.clone()).or_default().shows.extend(shown(source));
        }
    }
    out
}

/// Files of the code with their texts.
pub fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(&root().join("src"), ".rs", &mut found);
    let name = |p: &PathBuf| p.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    found.iter().map(|p| (name(p), std::fs::read_to_string(p).unwrap())).collect()
}

/// The template of each view, by the name of its type.
pub fn views() -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (file, text) in sources() {
        for part in text.split("#[template(path = \"").skip(1) {
            let (template, rest) = part.split_once('"').unwrap();
            let name = rest.split("struct ").nth(1).unwrap();
            let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            let module = file.trim_start_matches("src/").trim_end_matches(".rs").replace('/', "::");
            out.insert(format!("doudi_web::{module}::{name}"), template.to_owned());
        }
    }
    out
}

/// The table with the templates that each line counts for.
pub struct Fields {
    pub lines: Vec<Line>,
    pub templates: BTreeMap<String, Template>,
}

impl Fields {
    pub fn read() -> Self {
        Self { lines: table(), templates: templates() }
    }

    /// A template with all that it stands in and all that it includes.
    fn drawn_with(&self, template: &str) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        let mut next = vec![template.to_owned()];
        while let Some(name) = next.pop() {
            next.extend(self.templates.get(&name).into_iter().flat_map(|t| t.within.iter().cloned()));
            all.insert(name);
        }
        all
    }

    /// The lines that a template brings to a person's screen.
    pub fn lines_of(&self, template: &str) -> Vec<&Line> {
        let with = self.drawn_with(template);
        self.lines.iter().filter(|l| with.contains(&l.template)).collect()
    }

    /// The highest class that a template shows to somebody of whom `may` says what they may do. What is one's own, and
    /// what exists in a fictional county only, does not count.
    pub fn class(&self, template: &str, may: &dyn Fn(&str) -> bool) -> DataClass {
        let class = |line: &&Line| match line.how {
            How::Own | How::Fictional | How::Placed => DataClass::C0,
            How::Plain | How::Masked | How::Revealed => {
                let class = line.class.unwrap();
                if shown_to(&line.only, may) { class } else { class.min(DataClass::C1) }
            }
        };
        let lines = self.lines_of(template);
        assert!(!lines.is_empty(), "fields.csv has no line for {template}");
        lines.iter().map(class).max().unwrap_or(DataClass::C0)
    }
}

/// Whether somebody is among those that `only` names: `a & b` both, `a | b` one of them.
pub fn shown_to(only: &str, may: &dyn Fn(&str) -> bool) -> bool {
    only.is_empty() || only.split(" | ").any(|all| all.split(" & ").all(may))
}
