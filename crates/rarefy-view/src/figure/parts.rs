//! A figure and what it is made of.

use askama::Template;

use crate::chart::Drawing;
use crate::table::Table;

/// Width of a panel of which four stand in a row, in drawing units.
pub const NARROW: f64 = 264.0;
/// Height of most panels.
pub const LOW: f64 = 196.0;

/// A numbered figure.
#[derive(Template)]
#[template(path = "report/figure.html")]
pub struct Figure {
    /// Its number and, in the page, its anchor.
    pub number: usize,
    /// What it shows, as the name of its files: `recovery`. It stays the same whatever other
    /// figures there are.
    pub name: &'static str,
    /// Whether it is for those who want to know more: no answer rests on it.
    pub appendix: bool,
    /// What it shows, in a few words.
    pub title: String,
    /// How to read it.
    pub caption: String,
    /// What the lines mean.
    pub legend: Vec<Legend>,
    /// Rows of panels.
    pub groups: Vec<Group>,
    /// The data that is drawn; empty where it is told elsewhere.
    pub data: Vec<Table>,
    /// The data as CSV, where there is no table here that it could be made of.
    pub csv: Option<String>,
}

/// An entry of a figure's legend.
pub struct Legend {
    /// A drawing of the line.
    pub swatch: String,
    /// Its name.
    pub name: String,
}

/// Panels that belong together.
pub struct Group {
    /// Their common heading; may be empty.
    pub title: String,
    /// How many stand in a row on a wide page.
    pub columns: usize,
    /// The panels.
    pub panels: Vec<Panel>,
    /// Whether only the heading shows until one asks for more.
    pub folded: bool,
}

/// One drawing and its heading.
pub struct Panel {
    /// Its name within its group, as part of a file's name: `gru`.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// The drawing for a page, an `<svg>` element.
    pub svg: String,
    /// The drawing at other widths.
    pub drawing: Box<dyn Drawing>,
}

impl Panel {
    /// A drawing, its heading, and the name of what it shows, of which the key is made.
    pub fn new(name: &str, title: String, drawing: impl Drawing + 'static) -> Self {
        let svg = drawing.at(drawing.width());
        Self { key: slug(name), title, svg, drawing: Box::new(drawing) }
    }
}

/// `input-to-hidden`: a name as part of a file's name.
pub fn slug(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let text: String = name.chars().map(plain).collect();
    text.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

impl Figure {
    /// The figure as HTML.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}
