//! Settings of the thesis's pruning experiment.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::data::{Columns, ReberSettings};
use crate::prune::Scope;
use crate::train::{Judge, Training};

use super::{Pruning, Trial};

/// The pruning experiment: train a base model for each cell and seed, prune it to
/// each percent in each scope, retrain, and count the epochs to recover.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PruningStudy {
    /// Name of the scale the other numbers come from: `smoke`, `laptop`, `full`.
    pub scale: String,
    /// Cells, in the order of the report.
    pub cells: Vec<Cell>,
    /// Seeds of the base models.
    pub seeds: Vec<u64>,
    /// What is pruned together.
    pub scopes: Vec<Scope>,
    /// Percents pruned, 0 to 100.
    pub percents: Vec<f64>,
    /// Units of each recurrent layer.
    pub layers: Vec<usize>,
    /// Epochs of the base model.
    pub base_epochs: u32,
    /// Epochs of retraining after pruning.
    pub recovery_epochs: u32,
    /// Recovered means: accuracy at least the unpruned model's minus this.
    pub tolerance: f64,
    /// Which strings judge recovery.
    pub judge: Judge,
    /// Share of the training file held out for validation, 0 to 1.
    pub validation_share: f64,
    /// Batch size, learning rate, clipping, readout.
    pub training: Training,
    /// Where the strings come from.
    pub data: DataSource,
}

/// Where a study's strings come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSource {
    /// Made by the generator.
    Reber(ReberSettings),
    /// `train_data.csv` and `test_data.csv` in a folder.
    Folder {
        /// The folder.
        path: PathBuf,
        /// Which columns hold strings and labels.
        columns: Columns,
    },
}

impl PruningStudy {
    /// Every trial: for each seed and cell the base model, then its prunings.
    pub fn trials(&self) -> Vec<Trial> {
        let mut trials = Vec::new();
        for &seed in &self.seeds {
            for &cell in &self.cells {
                trials.push(Trial { cell, seed, pruning: None });
                for &scope in &self.scopes {
                    for &percent in &self.percents {
                        let pruning = Some(Pruning { scope, percent });
                        trials.push(Trial { cell, seed, pruning });
                    }
                }
            }
        }
        trials
    }

    /// This study with the cells, seeds, scopes and percents of `other` beside its
    /// own, in ascending order.
    pub fn widened(&self, other: &PruningStudy) -> PruningStudy {
        let mut wide = self.clone();
        wide.cells.extend(&other.cells);
        wide.cells.sort_unstable();
        wide.cells.dedup();
        wide.seeds.extend(&other.seeds);
        wide.seeds.sort_unstable();
        wide.seeds.dedup();
        wide.scopes.extend(&other.scopes);
        wide.scopes.sort_unstable();
        wide.scopes.dedup();
        wide.percents.extend(&other.percents);
        wide.percents.sort_unstable_by(f64::total_cmp);
        wide.percents.dedup();
        wide
    }

    /// Epochs a trial trains for.
    pub fn epochs(&self, trial: &Trial) -> u32 {
        match trial.pruning {
            None => self.base_epochs,
            Some(_) => self.recovery_epochs,
        }
    }
}
