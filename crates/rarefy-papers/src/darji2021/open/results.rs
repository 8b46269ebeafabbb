//! What the studies of open questions found so far.

use std::collections::BTreeMap;
use std::path::Path;

use rarefy::analysis::Variance;
use rarefy::cell::Cell;
use rarefy::study::{Findings, Folder, Record, StudyFile};
use rarefy::train::Merit;

use super::super::error::Error;
use super::{Claim, Claimed, Open};

/// The results of one study of what is open.
#[derive(Debug)]
pub struct OpenResults {
    /// The study.
    pub open: Open,
    /// Its folder.
    pub folder: Folder,
    /// What it found.
    pub findings: Findings,
    /// Of [`Open::Wired`]: for each cell how much of the variance of accuracy is between graphs.
    pub variance: Vec<(Cell, Variance)>,
    file: StudyFile,
}

impl OpenResults {
    /// `None` if the study was never begun.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(open: Open, out: &Path) -> Result<Option<Self>, Error> {
        let folder = open.folder(out);
        if !folder.exists() {
            return Ok(None);
        }
        let file = folder.study()?;
        let findings = Findings::of(&folder, &file)?;
        let variance = match open {
            Open::Wired => between_graphs(&folder.records(&file)),
            _ => Vec::new(),
        };
        Ok(Some(Self { open, folder, findings, variance, file }))
    }

    /// The study as it is in its folder.
    pub fn file(&self) -> &StudyFile {
        &self.file
    }

    /// The claims that this study judges.
    pub fn claims(&self) -> impl Iterator<Item = Claimed<'_>> {
        let own = Claim::ALL.iter().filter(|claim| claim.study == self.open);
        own.filter_map(|claim| claim.judged(&self.findings))
    }
}

/// The width of the input of those networks whose variance is divided.
const WIDTH: usize = 8;

/// For each cell, the variance of accuracy between graphs and between seeds. It is a two-way layout:
/// every graph was trained with every seed.
fn between_graphs(records: &[Record]) -> Vec<(Cell, Variance)> {
    let of_cell = |cell: Cell| {
        let mut graphs: BTreeMap<(String, u32), BTreeMap<u64, f64>> = BTreeMap::new();
        for record in records.iter().filter(|record| record.trial.cell == cell) {
            let trial = &record.trial;
            let (Some(wired), Some(last)) = (&trial.wired, record.kept()) else { continue };
            if trial.embedding == Some(WIDTH)
                && is_plain(record)
                && last.test.merit_is() == Merit::Accuracy
            {
                let graph = graphs.entry((wired.family_name(), wired.number)).or_default();
                graph.insert(trial.seed, last.test.accuracy());
            }
        }
        // Of graphs that are not done with every seed nothing is said.
        let seeds = graphs.values().map(BTreeMap::len).max()?;
        let whole = graphs.into_values().filter(|graph| graph.len() == seeds);
        let values: Vec<Vec<f64>> = whole.map(|graph| graph.into_values().collect()).collect();
        Some((cell, Variance::crossed(&values).ok()?))
    };
    Cell::ALL.into_iter().filter_map(of_cell).collect()
}

/// Whether masks, dead ends and readout are those of the study's `as it is`.
fn is_plain(record: &Record) -> bool {
    use rarefy::graph::DeadEnds;
    use rarefy::train::Readout;
    use rarefy::wiring::GateMask;
    let trial = &record.trial;
    let wired = trial.wired.as_ref();
    let usual = |wired: &rarefy::recipe::Wired| {
        (wired.gate_mask, wired.dead_ends) == (GateMask::Tiled, DeadEnds::Keep)
    };
    wired.is_some_and(usual) && trial.training.readout == Readout::Padded
}
