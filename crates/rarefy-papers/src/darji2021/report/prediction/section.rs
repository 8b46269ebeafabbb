//! The sections of the page.

use askama::Template;
use rarefy_view::figure::Figure;
use rarefy_view::table::Table;

use crate::darji2021::prediction;
use crate::darji2021::report::head::Head;
use crate::darji2021::report::prediction::shown::Shown;
use crate::darji2021::report::prediction::{figures, summary, tables};

/// The data for the template of these sections.
#[derive(Template)]
#[template(path = "darji2021/templates/prediction.html")]
pub struct Prediction {
    head: Head,
    thesis_way: Table,
    folds: Table,
    reanalysis: Option<Table>,
    correlations: Table,
    measured: Figure,
    importances: Figure,
    method: Vec<String>,
}

impl Prediction {
    /// Everything that is shown. Figures are numbered on from `figures`, and the thesis's results
    /// are included if `beside_thesis`.
    pub fn new(found: &prediction::Prediction, figures: usize, beside_thesis: bool) -> Self {
        let shown = Shown { cells: &found.cells, beside_thesis };
        Self {
            head: Head {
                id: "prediction",
                anchor: "prediction-summary",
                title: "Prediction",
                progress: None,
                notes: Vec::new(),
                sentences: summary::sentences(&shown),
            },
            thesis_way: tables::thesis_way(&shown),
            folds: tables::folds(&shown),
            reanalysis: tables::reanalysis(&shown),
            correlations: tables::correlations(&shown),
            measured: figures::measured(&shown, figures + 1),
            importances: figures::importances(&shown, figures + 2),
            method: summary::method(&shown),
        }
    }

    /// The figures, in order.
    pub fn figures(self) -> Vec<Figure> {
        vec![self.measured, self.importances]
    }

    /// The sections.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}
