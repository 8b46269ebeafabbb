//! The page of a report: one HTML file that is self-contained and makes no requests.

use askama::Template;

use crate::{chart, drawing};

/// The style sheet of pages.
pub const STYLE: &str = include_str!("../templates/report/page.css");

/// A page filled with sections, which are HTML already.
#[derive(Template)]
#[template(path = "report/page.html")]
pub struct Page<'a> {
    /// Its title, also its main heading.
    pub title: &'a str,
    /// One line under the title.
    pub subtitle: String,
    /// Anchor and name of each part.
    pub contents: Vec<(&'a str, &'a str)>,
    /// The sections, as HTML.
    pub sections: Vec<String>,
    /// The source to cite in the last line, as HTML; may be empty.
    pub source: &'a str,
    /// Version of rarefy.
    pub version: &'a str,
}

impl Page<'_> {
    /// The page.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }

    fn style(&self) -> String {
        [chart::STYLE, STYLE, drawing::STYLE].concat()
    }

    /// Style of figures that the reader saves as files.
    fn file_style(&self) -> &'static str {
        &chart::PLAIN_STYLE
    }

    fn script(&self) -> &'static str {
        concat!(
            include_str!("../templates/report/page.js"),
            include_str!("../templates/report/save.js")
        )
    }
}
