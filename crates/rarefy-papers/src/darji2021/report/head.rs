//! The opening of the sections on a part of the thesis: its progress and its findings.

use askama::Template;

/// The first section of a part.
#[derive(Template)]
#[template(path = "darji2021/templates/head.html")]
pub struct Head {
    /// Anchor of the part.
    pub id: &'static str,
    /// Anchor of its heading.
    pub anchor: &'static str,
    /// Name of the part in one word.
    pub title: &'static str,
    /// Its progress, unless it is complete.
    pub progress: Option<Progress>,
    /// Remarks that apply to everything that follows.
    pub notes: Vec<String>,
    /// The findings.
    pub sentences: Vec<String>,
}

/// The progress of an unfinished study.
pub struct Progress {
    /// Number of records so far.
    pub done: usize,
    /// Number of records in the end.
    pub planned: usize,
    /// What a record is of, in the plural.
    pub things: &'static str,
    /// What is missing, in words, one entry each.
    pub missing: Vec<String>,
}

impl Head {
    /// The section.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}
