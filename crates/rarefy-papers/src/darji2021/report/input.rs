//! What a report is made from.

use rarefy::study::Record;

use crate::darji2021::prediction::Prediction;
use crate::darji2021::report::design::Design;
use crate::darji2021::report::figure::Survivor;

/// All that a report is made from: the studies there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report<'a> {
    /// The pruning experiment.
    pub pruning: Option<StudyReport<'a>>,
    /// What is left of one base model of each cell when it is pruned; none where no model is
    /// kept. Shown with the pruning experiment.
    pub survivors: &'a [Survivor],
    /// Networks wired as random graphs.
    pub structure: Option<StudyReport<'a>>,
    /// Whether accuracy can be predicted from the graph; shown with the networks it is
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
    /// Whether it is the thesis's task, and its figures can be compared.
    pub reber: bool,
}
