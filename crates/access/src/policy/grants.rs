//! 分级授权: up to which class each post receives data on each kind of page, read from the text `policy/classes.csv`.

use std::collections::BTreeMap;

use super::PolicyFault;
use crate::class::DataClass;

/// The table of this repository.
pub const CLASSES: &str = include_str!("../../policy/classes.csv");

/// The highest class that each post receives, by the action that opens a kind of page; `public`, `staff` and `account`
/// are the pages that need no action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    posts: Vec<String>,
    rows: BTreeMap<String, Vec<Option<DataClass>>>,
}

impl Grants {
    /// The grants of this repository.
    ///
    /// # Errors
    /// The text does not read.
    pub fn built_in() -> Result<Self, PolicyFault> {
        Self::from_text(CLASSES)
    }

    /// Grants from another text: lines of cells with commas between them, the posts in the first; lines that begin with
    /// `#` are remarks.
    ///
    /// # Errors
    /// A line with more or fewer cells than posts, a cell that is neither a class nor `-`, or a page or post that stands
    /// twice.
    pub fn from_text(text: &str) -> Result<Self, PolicyFault> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        let heading: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
        let Some((&"page", posts)) = heading.split_first() else {
            return Err(PolicyFault::new(&"classes.csv: the first line is not `page` and the posts"));
        };
        let posts: Vec<String> = posts.iter().map(|p| (*p).to_owned()).collect();
        if posts.iter().enumerate().any(|(n, post)| posts.iter().take(n).any(|p| p == post)) {
            return Err(PolicyFault::new(&"classes.csv: a post stands twice"));
        }
        let mut rows = BTreeMap::new();
        for line in lines {
            let mut cells = line.split(',');
            let page = cells.next().unwrap_or_default();
            let wrong = |why: &str| PolicyFault::new(&format_args!("classes.csv, `{page}`: {why}"));
            let classes: Option<Vec<Option<DataClass>>> = cells
                .map(|cell| match cell {
                    "-" => Some(None),
                    named => DataClass::named(named).map(Some),
                })
                .collect();
            let classes = classes.ok_or_else(|| wrong("a cell is neither C0 … C4 nor -"))?;
            if classes.len() != posts.len() {
                return Err(wrong("not one cell for each post"));
            }
            if rows.insert(page.to_owned(), classes).is_some() {
                return Err(wrong("stands twice"));
            }
        }
        Ok(Self { posts, rows })
    }

    /// Kinds of page, in order.
    pub fn pages(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(String::as_str)
    }

    /// Posts, in the order of the table.
    pub fn posts(&self) -> impl Iterator<Item = &str> {
        self.posts.iter().map(String::as_str)
    }

    /// The highest class that a post receives on a kind of page; `None` where it opens none, or where nobody knows of
    /// such a page or post.
    #[must_use]
    pub fn of(&self, page: &str, post: &str) -> Option<DataClass> {
        let at = self.posts.iter().position(|p| p == post)?;
        *self.rows.get(page)?.get(at)?
    }
}
