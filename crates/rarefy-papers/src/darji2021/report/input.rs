//! The input of a report.

use rarefy::study::Record;

use crate::darji2021::open::OpenResults;
use crate::darji2021::prediction::Prediction;
use crate::darji2021::report::design::Design;
use crate::darji2021::report::figure::Survivor;

/// Everything that a report is made from: the studies that exist.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report<'a> {
    /// The pruning experiment.
    pub pruning: Option<StudyReport<'a>>,
    /// One pruned base model per cell, shown with the pruning experiment; empty if no models were
    /// kept.
    pub survivors: &'a [Survivor],
    /// Networks wired as random graphs.
    pub structure: Option<StudyReport<'a>>,
    /// The prediction of accuracy from the graph, shown with the networks that it is about.
    pub prediction: Option<&'a Prediction>,
    /// The studies of what the thesis left open.
    pub open: &'a [OpenResults],
}

/// The input for one study.
#[derive(Clone, Copy, Debug)]
pub struct StudyReport<'a> {
    /// The design of the study.
    pub study: &'a Design,
    /// The results so far, in any order. Records that do not belong to a trial of the study are
    /// ignored.
    pub records: &'a [Record],
    /// What the networks were trained and tested on.
    pub data: DataDescription<'a>,
    /// Version of rarefy, e.g. `0.1.0`.
    pub version: &'a str,
}

/// What the networks were trained and tested on.
#[derive(Clone, Copy, Debug)]
pub struct DataDescription<'a> {
    /// Sequences in the training file, including those held out for validation.
    pub train_strings: usize,
    /// Sequences in the test file.
    pub test_strings: usize,
    /// Where they come from, as a phrase that follows a noun: e.g. `generated with seed 0`, or `of`
    /// and a folder.
    pub source: &'a str,
    /// Whether the data is of the thesis's task, so that results can be compared.
    pub reber: bool,
}
