//! 依据的文件: articles and statements as the titles of the documents that they stand in.

use crate::book::Book;
use crate::book::decl::SourceDoc;
use crate::explain::Explanation;
use crate::explain::words::Text;

/// A document, and the articles of it that bore on the result.
struct Cited<'b> {
    doc: &'b SourceDoc,
    articles: Vec<String>,
}

/// The documents behind a result: those of the outcome, its conditions, the rules that they name, what was taken for
/// the unknown, and the standards, in order of use, each once with its articles; statements that rest on no
/// document, and sources written out, as they are.
pub(super) fn documents(book: &Book, told: &Explanation) -> Vec<Text> {
    let mut docs: Vec<Cited<'_>> = Vec::new();
    let mut plain: Vec<Text> = Vec::new();
    let conditions = told.conditions.iter().flat_map(|c| &c.source);
    let rules = told.steps.iter().filter(|step| step.depth == 0).flat_map(|step| &step.source);
    let defaults = told.defaults.iter().flat_map(|used| &used.source);
    // An outcome's own articles stand first among all of them.
    let own = told.articles.iter().take(told.own_articles);
    let local = told.parameters.iter().map(|p| &p.source).filter(|s| !s.is_empty());
    for id in own.chain(conditions).chain(rules).chain(defaults).chain(local).map(String::as_str) {
        if add(book, &mut docs, id) {
            continue;
        }
        let text = match book.cites().iter().find(|cite| cite.id == id) {
            Some(cite) if !cite.doc.is_empty() => {
                for article in &cite.doc {
                    add(book, &mut docs, article);
                }
                continue;
            }
            Some(cite) => Text::new(&cite.zh, if cite.en.is_empty() { &cite.zh } else { &cite.en }),
            None => Text::new(id, id),
        };
        if !plain.contains(&text) {
            plain.push(text);
        }
    }
    docs.iter().map(written).chain(plain).collect()
}

/// Adds `M57#8` or `M57`; false where no document has that id.
fn add<'b>(book: &'b Book, docs: &mut Vec<Cited<'b>>, reference: &str) -> bool {
    let (id, article) = reference.split_once('#').unwrap_or((reference, ""));
    let Some(doc) = book.sources().iter().find(|doc| doc.id == id) else { return false };
    if !docs.iter().any(|cited| cited.doc.id == id) {
        docs.push(Cited { doc, articles: Vec::new() });
    }
    if let Some(cited) = docs.iter_mut().find(|cited| cited.doc.id == id)
        && !article.is_empty()
        && !cited.articles.iter().any(|known| known == article)
    {
        cited.articles.push(article.to_owned());
    }
    true
}

fn written(cited: &Cited<'_>) -> Text {
    let doc = cited.doc;
    let mut articles = cited.articles.clone();
    articles
        .sort_by_key(|a| a.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse::<u32>().ok()));
    let number = |open: &str, close: &str| match doc.number.is_empty() {
        true => String::new(),
        false => format!("{open}{}{close}", doc.number),
    };
    let zh = match articles.is_empty() {
        true => format!("《{}》{}", doc.zh, number("（", "）")),
        false => format!("《{}》{}第{}条", doc.zh, number("（", "）"), articles.join("、")),
    };
    let title = if doc.en.is_empty() { &doc.zh } else { &doc.en };
    let en = match articles.len() {
        0 => format!("{title}{}", number(" (", ")")),
        1 => format!("{title}{}, article {}", number(" (", ")"), articles.join(", ")),
        _ => format!("{title}{}, articles {}", number(" (", ")"), articles.join(", ")),
    };
    Text::new(zh, en)
}
