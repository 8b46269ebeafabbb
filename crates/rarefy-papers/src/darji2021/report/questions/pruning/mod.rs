//! The effect of pruning, how much can be pruned, and how fast accuracy is regained.
//!
//! All three are judged on the test sequences, because the thesis published nothing else. Each of
//! our networks, one per seed, is compared with the single run of the thesis ([`sides`]).
//! [`contested`] has the comparisons and the agreement expected by chance. Cells without any base
//! model that learned are left out.

mod asked;
mod contested;
mod drawing;
mod effect;
mod regained;
mod safe;
mod sides;

use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::questions::answer::ASKED;
use crate::darji2021::report::questions::{Figures, Question};
use crate::darji2021::report::thesis;
use asked::Asked;
pub use contested::CONTESTED;
use contested::Contested;
use sides::{Network, Side};

/// The first three questions.
pub fn questions(findings: &Findings, figures: Figures) -> Vec<Question> {
    if findings.done() == 0 {
        let why = "Not answered yet: no trial of the part “pruning” has finished.";
        return (0..3).map(|at| Question::open(at + 1, ASKED[at], why)).collect();
    }
    let study = findings.study;
    let epochs = study.recovery_epochs.min(thesis::RETRAINING_EPOCHS);
    let cells = study.cells.iter().filter(|&&cell| !findings.none_learned(cell));
    let networks: Vec<Network> = cells
        .flat_map(|&cell| study.scopes.iter().map(move |&scope| (cell, scope)))
        .flat_map(|(cell, scope)| {
            findings.percents().into_iter().map(move |percent| Network { cell, scope, percent })
        })
        .collect();
    let ours = Side::ours(findings, &networks, epochs);
    let theirs = Side::theirs(findings, &networks, epochs);
    let contested = Contested::new(&networks, &ours, &theirs);
    let asked = Asked { findings, ours, theirs, contested, epochs, figures };
    vec![effect::question(&asked), safe::question(&asked), regained::question(&asked)]
}
