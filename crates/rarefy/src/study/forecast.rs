//! How long a study should take.

use std::collections::HashMap;

use serde::Serialize;

use super::{Speed, Study};
use crate::cell::Cell;

/// What trials come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Work {
    /// How many there are.
    pub trials: usize,
    /// Epochs of all of them.
    pub epochs: u64,
    /// Seconds of one core.
    pub seconds: f64,
}

/// What a study comes to, at a speed.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Of each cell.
    pub cells: Vec<(Cell, Work)>,
    /// Of all trials.
    pub total: Work,
    /// How many trials are prunings.
    pub prunings: usize,
    /// Seconds that the longest chain takes, such as a base model and one of its prunings.
    pub longest: f64,
}

impl Forecast {
    /// Of the trials of `study`.
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

    /// Seconds on so many cores. A pruned network waits for its base model: no number of cores
    /// makes it sooner.
    pub fn seconds(&self, cores: usize) -> f64 {
        (self.total.seconds / cores as f64).max(self.longest)
    }
}
