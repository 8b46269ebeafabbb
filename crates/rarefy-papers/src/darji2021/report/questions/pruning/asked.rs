//! The data behind the three questions.

use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::questions::Figures;
use crate::darji2021::report::questions::agreement::whole_percent;
use crate::darji2021::report::questions::pruning::contested::{Comparison, Contested};
use crate::darji2021::report::questions::pruning::sides::Side;

/// The data behind the three questions.
pub struct Asked<'a> {
    pub findings: &'a Findings<'a>,
    pub ours: Side,
    pub theirs: Side,
    pub contested: Contested,
    /// Epochs of retraining that both experiments have.
    pub epochs: u32,
    pub figures: Figures,
}

impl Asked<'_> {
    /// `3 seeds per network; the thesis has one run`
    pub fn based_on(&self) -> String {
        let seeds = self.findings.seeds();
        let theirs = if self.findings.beside_thesis { "; the thesis has one run" } else { "" };
        format!("{seeds} per network{theirs}")
    }

    /// The doubts common to all three questions.
    pub fn doubts(&self) -> Vec<String> {
        let one = self.findings.seeds().most == 1;
        let luck = "With one seed, a difference from the thesis may be luck.";
        (one && self.findings.beside_thesis).then(|| luck.to_owned()).into_iter().collect()
    }

    /// A sentence on how well our own seeds agree with each other; empty for one seed.
    pub fn between_seeds(&self, compare: Comparison) -> String {
        self.contested.between_seeds(compare).map_or(String::new(), |share| {
            format!(" Between two of our own seeds: {}.", whole_percent(share))
        })
    }
}
