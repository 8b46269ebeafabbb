//! Whether accuracy can be predicted from the graph.
//!
//! [`summary`] says what was found, [`tables`] and [`figures`] show it. The template is
//! `templates/report/prediction.html`.

mod figures;
mod summary;
mod tables;

use askama::Template;
use rarefy::analysis::Estimate;

pub use self::tables::is_significant;
use super::figure::Figure;
use super::table::Table;
use super::wording;
use crate::prediction;

/// What the template of these sections is filled with.
#[derive(Template)]
#[template(path = "report/prediction.html")]
pub struct Prediction {
    sentences: Vec<String>,
    thesis_way: Table,
    folds: Table,
    reanalysis: Option<Table>,
    correlations: Table,
    measured: Figure,
    importances: Figure,
    method: Vec<String>,
}

impl Prediction {
    /// Everything that is shown, in figures that are numbered on from `figures`; the
    /// thesis's beside it where `beside_thesis`.
    pub fn new(found: &prediction::Prediction, figures: usize, beside_thesis: bool) -> Self {
        let shown = Shown { cells: &found.cells, beside_thesis };
        Self {
            sentences: summary::sentences(&shown),
            thesis_way: tables::thesis_way(&shown),
            folds: tables::folds(&shown),
            reanalysis: tables::reanalysis(&shown),
            correlations: tables::correlations(&shown),
            measured: figures::measured(&shown, figures + 1),
            importances: figures::importances(&shown, figures + 2),
            method: summary::method(&shown),
        }
    }

    /// Its figures, in their order.
    pub fn figures(self) -> Vec<Figure> {
        vec![self.measured, self.importances]
    }

    /// The sections.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}

/// What is shown.
struct Shown<'a> {
    cells: &'a [prediction::CellPrediction],
    beside_thesis: bool,
}

/// `0.68 (0.58 to 0.76)`
pub fn estimate(estimate: &Estimate) -> String {
    let value = wording::correlation(estimate.value);
    match &estimate.interval {
        None => value,
        Some(interval) => format!(
            "{value} ({} to {})",
            wording::correlation(interval.low),
            wording::correlation(interval.high)
        ),
    }
}
