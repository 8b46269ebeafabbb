//! All questions, in order.

use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::input::{Report, StudyReport};
use crate::darji2021::report::questions::answer::{ASKED, Figures, Question};
use crate::darji2021::report::questions::{prediction, pruning, structure};
use crate::darji2021::report::structure::Sampled;

const NOT_PRUNED: &str = "Not answered here: the part “pruning” has not been run.";
const NOT_WIRED: &str = "Not answered here: the part “structure” has not been run.";
const NOT_PREDICTED: &str =
    "Not answered here: the part “prediction” has not been run, or has too few graphs.";

/// All five questions, in order.
pub fn questions<'a>(report: &Report<'a>, figures: Figures) -> Vec<Question> {
    let findings =
        |study: &StudyReport<'a>| Findings::new(study.study, study.records, study.data.reber);
    let mut all = match &report.pruning {
        Some(study) => pruning::questions(&findings(study), figures),
        None => (0..3).map(|at| Question::open(at + 1, ASKED[at], NOT_PRUNED)).collect(),
    };
    let wired = report.structure.as_ref().map(findings);
    let sampled = wired.as_ref().and_then(Sampled::new);
    let prediction = report.prediction.filter(|found| !found.cells.is_empty());
    all.push(match &sampled {
        Some(sampled) => structure::question(sampled, figures),
        None => Question::open(4, ASKED[3], NOT_WIRED),
    });
    all.push(match (&sampled, prediction) {
        (Some(sampled), Some(found)) => prediction::question(sampled, found, figures),
        (Some(_), None) => Question::open(5, ASKED[4], NOT_PREDICTED),
        (None, _) => Question::open(5, ASKED[4], NOT_WIRED),
    });
    all
}
