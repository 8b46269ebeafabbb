//! Findings as text: a title, a table, and remarks. The layout is left to the caller.

use crate::judged::Judged;

/// The findings on one subject: a title, a table, and remarks.
pub struct Found {
    /// One or more lines.
    pub title: String,
    /// The table, if there was anything to count.
    pub table: Option<FoundTable>,
    /// One or more lines.
    pub below: String,
}

/// A table whose layout is left to the caller.
pub struct FoundTable {
    /// How many of the first columns identify a row.
    pub keys: usize,
    /// The heading of each column.
    pub columns: Vec<FoundColumn>,
    /// One text per column.
    pub rows: Vec<Vec<String>>,
}

/// The heading of a column.
pub enum FoundColumn {
    /// For words.
    Words(String),
    /// For numbers.
    Numbers(String),
}

impl FoundTable {
    /// A table without rows.
    pub fn new(keys: usize, columns: impl IntoIterator<Item = FoundColumn>) -> Self {
        Self { keys, columns: columns.into_iter().collect(), rows: Vec::new() }
    }
}

impl FoundColumn {
    /// A column of words.
    pub fn words(heading: impl Into<String>) -> Self {
        Self::Words(heading.into())
    }

    /// A column of numbers.
    pub fn numbers(heading: impl Into<String>) -> Self {
        Self::Numbers(heading.into())
    }
}

impl Found {
    /// How much of each study is done, and the verdicts on its claims.
    pub fn verdicts<'s>(title: &str, studies: impl Iterator<Item = &'s Judged>) -> Self {
        let below = studies.map(Judged::lines).collect::<String>() + "\n";
        Self { title: title.to_owned(), table: None, below }
    }
}
