//! The section that opens the page.

use askama::Template;
use rarefy::cell::Cell;
use rarefy_view::chart::{Marker, NEUTRAL, cell_class, cell_marker, swatch};
use rarefy_view::figure::Legend;
use rarefy_view::wording;

use crate::darji2021::report::questions::answer::Question;

/// The section that opens the page.
#[derive(Template)]
#[template(path = "darji2021/templates/questions.html")]
pub struct Section {
    questions: Vec<Question>,
    legend: Vec<Legend>,
    beside_thesis: bool,
}

impl Section {
    /// The five questions, about these cells.
    pub fn new(questions: Vec<Question>, cells: &[Cell], beside_thesis: bool) -> Self {
        let entry = |&cell: &Cell| Legend {
            swatch: swatch(cell_class(cell), cell_marker(cell), false),
            name: wording::cell(cell).to_owned(),
        };
        let mut legend: Vec<Legend> = cells.iter().map(entry).collect();
        if beside_thesis {
            let swatch = swatch(NEUTRAL, Marker::Circle, true);
            legend.push(Legend { swatch, name: "thesis, in the same colours".to_owned() });
        }
        Self { questions, legend, beside_thesis }
    }

    /// The section.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}
