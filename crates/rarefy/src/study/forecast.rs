//! The expected running time of a study.

use std::collections::HashMap;

use serde::Serialize;

use super::{Speed, Study};
use crate::cell::Cell;

/// The work of a number of trials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Work {
    /// Number of trials.
    pub trials: usize,
    /// Epochs of all trials together.
    pub epochs: u64,
    /// Seconds on one core.
    pub seconds: f64,
}

/// The work of a study at a given speed.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The work for each cell.
    pub cells: Vec<(Cell, Work)>,
    /// The work of all trials.
    pub total: Work,
    /// Number of trials that prune.
    pub prunings: usize,
    /// Seconds of the longest chain of trials, such as a base model and one of its prunings.
    pub longest: f64,
}

impl Forecast {
    /// For the trials of `study`.
    pub fn new(study: &Study, speed: &Speed) -> Self {
        let mut found =
            Self { cells: Vec::new(), total: Work::default(), prunings: 0, longest: 0.0 };
        let mut ends = HashMap::new();
        for trial in study.trials() {
            let seconds = speed.seconds(&trial);
            let parent = trial.parent().and_then(|parent| ends.get(&parent.hash()).copied());
            let end = parent.unwrap_or(0.0) + seconds;
            ends.insert(trial.hash(), end);
            found.longest = found.longest.max(end);
            found.prunings += usize::from(!trial.is_base());
            let cells = &mut found.cells;
            let at = cells.iter().position(|(cell, _)| *cell == trial.cell).unwrap_or(cells.len());
            if at == cells.len() {
                cells.push((trial.cell, Work::default()));
            }
            for work in [&mut cells[at].1, &mut found.total] {
                work.trials += 1;
                work.epochs += u64::from(trial.run_epochs());
                work.seconds += seconds;
            }
        }
        found
    }

    /// Seconds on this many cores. A pruned network has to wait for its base model, so the longest
    /// chain is a lower limit for any number of cores.
    pub fn seconds(&self, cores: usize) -> f64 {
        (self.total.seconds / cores as f64).max(self.longest)
    }
}
