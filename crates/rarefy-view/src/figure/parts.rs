//! A figure and its parts.

use askama::Template;

use crate::chart::Drawing;
use crate::table::Table;

/// Width of a panel in a row of four, in drawing units.
pub const NARROW: f64 = 264.0;
/// Height of most panels.
pub const LOW: f64 = 196.0;

/// A numbered figure.
#[derive(Template)]
#[template(path = "report/figure.html")]
pub struct Figure {
    /// Its number, also used for its anchor in the page.
    pub number: usize,
    /// The stem of its file names, such as `recovery`. It does not depend on which other figures
    /// there are.
    pub name: &'static str,
    /// Whether it is supplementary: no answer depends on it.
    pub appendix: bool,
    /// What it shows, in a few words.
    pub title: String,
    /// How to read it.
    pub caption: String,
    /// What the lines mean.
    pub legend: Vec<Legend>,
    /// Rows of panels.
    pub groups: Vec<Group>,
    /// The data of the drawing; empty if it is given elsewhere.
    pub data: Vec<Table>,
    /// The data as CSV, if there is no table to derive it from.
    pub csv: Option<String>,
}

/// An entry of a figure's legend.
pub struct Legend {
    /// A small drawing of the line.
    pub swatch: String,
    /// Its name.
    pub name: String,
}

/// Panels that belong together.
pub struct Group {
    /// Their common heading; may be empty.
    pub title: String,
    /// Number of panels per row on a wide page.
    pub columns: usize,
    /// The panels.
    pub panels: Vec<Panel>,
    /// Whether only the heading is visible until the reader unfolds the group.
    pub folded: bool,
}

/// One drawing and its heading.
pub struct Panel {
    /// Its name within its group, as part of file names: `gru`.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// The drawing for a page, an `<svg>` element.
    pub svg: String,
    /// Draws the panel at other widths.
    pub drawing: Box<dyn Drawing>,
}

impl Panel {
    /// A panel with this drawing and heading; its key is derived from `name`.
    pub fn new(name: &str, title: String, drawing: impl Drawing + 'static) -> Self {
        let svg = drawing.at(drawing.width());
        Self { key: slug(name), title, svg, drawing: Box::new(drawing) }
    }
}

/// A name in the form used in file names: `input-to-hidden`.
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
