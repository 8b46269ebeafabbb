//! The report of an experiment: one HTML file that needs nothing else.
//!
//! A pure function of the study's settings and its records. It draws no conclusion
//! that the records do not hold, and it works on any part of them: a study still
//! running, or restricted to some cells, gets a report that says what is missing.
//! It trains nothing, reads no file and no clock, and the page makes no request.
//!
//! Start at [`render`]. [`questions`](mod@questions) has the answers that it opens with, [`about`] what it ends with;
//! [`design`] is what was asked, [`findings`] aggregates the records over seeds, [`outcome`] is
//! the rule by which a network is back, [`summary`] says them in sentences, [`results`]
//! and [`figure`] show them, [`method`] says how they were got, [`thesis`] holds what
//! was published, for data of its task. The page itself is
//! `templates/report/`.

mod about;
mod design;
mod figure;
mod findings;
mod method;
mod outcome;
mod page;
mod prediction;
mod pruning;
mod questions;
mod results;
mod spread;
mod structure;
mod summary;
mod table;
mod thesis;
pub mod wording;

#[cfg(test)]
mod tests;

use rarefy::study::Record;

pub use design::Design;
pub use figure::{FigureFile, Survivor, cell_class, cell_marker, scope_class, scope_marker};
pub use questions::Question;

use crate::prediction::Prediction;

/// All that a report is made from: the studies there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report<'a> {
    /// The pruning experiment.
    pub pruning: Option<StudyReport<'a>>,
    /// What is left of one base model of each cell when it is pruned; none where no model is
    /// kept. Shown beside the pruning experiment.
    pub survivors: &'a [Survivor],
    /// Networks wired as random graphs.
    pub structure: Option<StudyReport<'a>>,
    /// Whether accuracy can be predicted from the graph; shown beside the networks it is
    /// about.
    pub prediction: Option<&'a Prediction>,
}

/// What is reported of one study.
#[derive(Clone, Copy, Debug)]
pub struct StudyReport<'a> {
    /// What was asked.
    pub study: &'a Design,
    /// What was found so far, in any order. Records of trials that the study does not
    /// ask for are left out.
    pub records: &'a [Record],
    /// What the networks were trained and tested on.
    pub data: DataDescription<'a>,
    /// Version of the tool, e.g. `0.1.0`.
    pub version: &'a str,
}

/// What the networks were trained and tested on.
#[derive(Clone, Copy, Debug)]
pub struct DataDescription<'a> {
    /// Strings in the training file, those held out for validation included.
    pub train_strings: usize,
    /// Strings in the test file.
    pub test_strings: usize,
    /// Where they come from, as it follows the word "strings": e.g. `generated with
    /// seed 0`, or `of` and a folder.
    pub source: &'a str,
    /// Whether it is the thesis's task, so that its figures can stand beside.
    pub reber: bool,
}

/// The thesis's five questions, answered from what there is.
pub fn questions(report: &Report) -> Vec<Question> {
    page::answers(report)
}

/// Each figure of the report and each of its panels as an SVG file.
pub fn figures(report: &Report) -> Vec<FigureFile> {
    page::figures(report).iter().flat_map(figure::Figure::files).collect()
}

/// The report as a self-contained HTML page.
pub fn render(report: &Report) -> String {
    page::Page::new(report).html()
}
