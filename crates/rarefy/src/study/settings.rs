//! What a study asks: its settings, and the trials they expand to.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::data::{Columns, ReberSettings};
use crate::prune::Scope;
use crate::train::{Judge, Training};

use super::{Networks, Pruning, Trial};

/// An experiment: train a base model for each cell, seed and network; prune it to each
/// percent in each scope, retrain, and count the epochs to recover. The thesis's pruning
/// experiment has one network, its experiment on structure many and prunes none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// Name of the scale the other numbers come from: `smoke`, `laptop`, `full`.
    pub scale: String,
    /// Cells, in the order of the report.
    pub cells: Vec<Cell>,
    /// What is trained with each of them.
    pub networks: Networks,
    /// Seeds of the base models.
    pub seeds: Vec<u64>,
    /// What is pruned together.
    pub scopes: Vec<Scope>,
    /// Percents pruned, 0 to 100.
    pub percents: Vec<f64>,
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

impl Study {
    /// Every trial: for each seed, cell and network the base model, then its prunings.
    pub fn trials(&self) -> Vec<Trial> {
        let mut trials = Vec::new();
        for &seed in &self.seeds {
            for &cell in &self.cells {
                let networks = match &self.networks {
                    Networks::Stacked(_) => vec![None],
                    Networks::Wired(sample) => sample.wired(cell).map(Some).collect(),
                };
                for wired in networks {
                    let base = Trial { cell, seed, wired, pruning: None };
                    let prunings = self.scopes.iter().flat_map(|&scope| {
                        self.percents.iter().map(move |&percent| Pruning { scope, percent })
                    });
                    let pruned =
                        prunings.map(|pruning| Trial { pruning: Some(pruning), ..base.clone() });
                    trials.extend(std::iter::once(base.clone()).chain(pruned));
                }
            }
        }
        trials
    }

    /// This study with the cells, seeds, scopes and percents of `other` beside its
    /// own, in ascending order.
    pub fn widened(&self, other: &Study) -> Study {
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

    /// What an epoch of `trial` costs beside one of the study's other trials, roughly, as
    /// measured.
    pub fn epoch_cost(&self, trial: &Trial) -> u64 {
        let cell = match trial.cell {
            Cell::RnnTanh => 4,
            Cell::RnnRelu => 3,
            Cell::Gru => 9,
            Cell::Lstm => 12,
        };
        match (&self.networks, &trial.wired) {
            (Networks::Wired(sample), Some(wired)) => {
                let nodes = sample.nodes_of(wired.family, wired.number) as u64;
                // Most of it are products of layers with layers.
                cell * (nodes * nodes + 100)
            }
            _ => cell,
        }
    }

    /// Epochs a trial trains for.
    pub fn epochs(&self, trial: &Trial) -> u32 {
        match trial.pruning {
            None => self.base_epochs,
            Some(_) => self.recovery_epochs,
        }
    }
}
