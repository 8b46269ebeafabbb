//! What the sections on a part of the thesis open with: how far it is, and what was found.

use askama::Template;

/// Their first section.
#[derive(Template)]
#[template(path = "darji2021/templates/head.html")]
pub struct Head {
    /// What leads to the part.
    pub id: &'static str,
    /// What leads to its heading.
    pub anchor: &'static str,
    /// The part, in a word.
    pub title: &'static str,
    /// How far it is, where that is not the end.
    pub progress: Option<Progress>,
    /// What to keep in mind of all that follows.
    pub notes: Vec<String>,
    /// What was found.
    pub sentences: Vec<String>,
}

/// How far an unfinished study is.
pub struct Progress {
    /// Records that there are.
    pub done: usize,
    /// Those that there will be.
    pub planned: usize,
    /// What each is of, in the plural.
    pub things: &'static str,
    /// In words, one an entry.
    pub missing: Vec<String>,
}

impl Head {
    /// The section.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}
