//! Tables of the report, whose cells can show the thesis's figure below our own.

use askama::Template;
use rarefy::analysis::{Interval, Summary};

/// A table with a title, one or more rows of column headings, and row headings.
#[derive(Template)]
#[template(path = "report/table.html")]
pub struct Table {
    /// What the table shows, in a few words; also its name for screen readers.
    pub title: String,
    /// How to read it, in whole sentences; may be empty.
    pub note: String,
    /// Rows of column headings.
    pub head: Vec<Vec<Heading>>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A heading of one or more columns or rows.
pub struct Heading {
    /// Its text; empty above row headings.
    pub text: String,
    /// Number of columns (in the head) or rows (in the body) that it spans.
    pub span: usize,
}

/// A row of a table.
pub struct Row {
    /// Its headings; one that spans several rows belongs to the first of them.
    pub headings: Vec<Heading>,
    /// Its cells.
    pub cells: Vec<Entry>,
}

/// A cell of a table.
#[derive(Default)]
pub struct Entry {
    /// Our value.
    pub here: String,
    /// The range of our value over several seeds.
    pub range: Option<String>,
    /// Our value on the test sequences, if it differs.
    pub on_test: Option<String>,
    /// The thesis's value.
    pub thesis: Option<String>,
    /// A CSS class if our value is remarkable: `lost`, `missing`, `differs`.
    pub class: &'static str,
}

impl Table {
    /// The number of columns of headings of rows, whose own headings stand above them.
    fn keys(&self) -> usize {
        self.rows.first().map_or(0, |row| row.headings.len())
    }

    /// The table as HTML.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}

impl Heading {
    /// A heading of `span` columns or rows.
    pub fn new(text: impl Into<String>, span: usize) -> Self {
        Self { text: text.into(), span }
    }

    /// Headings of one column each.
    pub fn each<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<Self> {
        texts.into_iter().map(|text| Self::new(text, 1)).collect()
    }
}

impl Entry {
    /// A cell with our value, or with a mark if it is missing.
    pub fn new(here: Option<String>) -> Self {
        match here {
            Some(here) => Self { here, ..Self::default() },
            None => Self { here: "…".to_owned(), class: "missing", ..Self::default() },
        }
    }

    /// A cell with a value, or a dash where there can be none.
    pub fn or_dash(here: Option<String>) -> Self {
        Self::new(Some(here.unwrap_or_else(|| "–".to_owned())))
    }

    /// A mean, with its 95 % interval below; a dash where there is none.
    pub fn mean(summary: Option<Summary>, write: impl Fn(f64) -> String) -> Self {
        // Two values have an interval that says nothing.
        let enough = summary.filter(|summary| summary.count > 2);
        let interval = enough.and_then(|summary| summary.interval);
        let range =
            interval.map(|Interval { low, high }| format!("{} to {}", write(low), write(high)));
        Self { range, ..Self::or_dash(summary.map(|summary| write(summary.mean))) }
    }

    /// The same cell with the thesis's value below.
    pub fn beside(self, thesis: Option<String>) -> Self {
        Self { thesis, ..self }
    }
}
