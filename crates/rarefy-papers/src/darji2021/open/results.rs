//! What the studies of open questions found so far.

use std::collections::BTreeMap;
use std::path::Path;

use rarefy::analysis::Variance;
use rarefy::cell::Cell;
use rarefy::train::Merit;

use super::super::error::Error;
use super::Open;
use crate::arm::Arm;
use crate::judged::Judged;

/// The results of one study of what is open.
#[derive(Debug)]
pub struct OpenResults {
    /// The study's results.
    pub judged: Judged,
    /// Of [`Open::Wired`]: for each cell how much of the variance of accuracy is between graphs.
    pub variance: Vec<(Cell, Variance)>,
}

impl OpenResults {
    /// `None` if the study was never begun.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(open: Open, out: &Path) -> Result<Option<Self>, Error> {
        let found = Judged::read(open.name(), open.title(), open.claims(), open.folder(out))?;
        let Some(judged) = found else { return Ok(None) };
        let variance = match open {
            Open::Wired => between_graphs(&judged),
            _ => Vec::new(),
        };
        Ok(Some(Self { judged, variance }))
    }
}

/// What the study calls networks with nothing changed.
const PLAIN: &str = "standard";

/// For each cell, the variance of accuracy between graphs and between seeds. It is a two-way layout:
/// every graph was trained with every seed.
fn between_graphs(judged: &Judged) -> Vec<(Cell, Variance)> {
    let of_cell = |arm: &Arm| {
        let mut graphs: BTreeMap<(String, u32), BTreeMap<u64, f64>> = BTreeMap::new();
        for record in &arm.records {
            let trial = &record.trial;
            let (Some(wired), Some(last)) = (&trial.wired, record.kept()) else { continue };
            if last.test.merit_is() == Merit::Accuracy {
                let graph = graphs.entry((wired.family_name(), wired.number)).or_default();
                graph.insert(trial.seed, last.test.accuracy());
            }
        }
        // Of graphs that are not done with every seed nothing is said.
        let seeds = graphs.values().map(BTreeMap::len).max()?;
        let whole = graphs.into_values().filter(|graph| graph.len() == seeds);
        let values: Vec<Vec<f64>> = whole.map(|graph| graph.into_values().collect()).collect();
        Some((arm.cell, Variance::crossed(&values).ok()?))
    };
    let plain = judged.arms.iter().filter(|arm| arm.method == PLAIN);
    plain.filter_map(of_cell).collect()
}
