//! The design of a study like the thesis's, derived from its trials: which cells, seeds, prunings
//! and graphs there are, and which settings all of them share.

use rarefy::cell::Cell;
use rarefy::graph::Family;
use rarefy::prune::Scope;
use rarefy::recipe::NodeCount;
use rarefy::study::{DataSource, Study, Trial};
use rarefy::train::{Judge, Training};
use rarefy::wiring::GateMask;

/// Cells, seeds and prunings, which are combined with each other, and settings common to all
/// trials.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// Name of the scale that the other numbers belong to: `smoke`, `laptop`, `full`.
    pub scale: String,
    /// Cells, in the order of the report.
    pub cells: Vec<Cell>,
    /// The networks that are trained with each cell.
    pub networks: Networks,
    /// Seeds of the base models.
    pub seeds: Vec<u64>,
    /// Which weights are pruned together.
    pub scopes: Vec<Scope>,
    /// Percentages pruned, 0 to 100.
    pub percents: Vec<f64>,
    /// Epochs of the base model.
    pub base_epochs: u32,
    /// Epochs of retraining after pruning.
    pub recovery_epochs: u32,
    /// A network has recovered at the accuracy of the unpruned model minus this.
    pub tolerance: f64,
    /// Which sequences judge recovery.
    pub judge: Judge,
    /// Share of the training file held out for validation, 0 to 1.
    pub validation_share: f64,
    /// Batch size, learning rate, clipping, readout.
    pub training: Training,
    /// Where the sequences come from.
    pub data: DataSource,
    /// Every trial, in the study's order.
    pub trials: Vec<Trial>,
}

/// The networks that are trained with each cell and seed.
#[derive(Clone, Debug, PartialEq)]
pub enum Networks {
    /// One network: a stack of layers with these numbers of units.
    Stacked(Vec<usize>),
    /// One network for each graph of a sample.
    Wired(GraphSample),
}

/// Random graphs of each family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphSample {
    /// The families.
    pub families: Vec<Family>,
    /// Number of graphs per family.
    pub graphs: u32,
    /// Smallest and largest number of nodes.
    pub nodes: (usize, usize),
    /// How many graphs of each family are also wired with the thesis's gate masks, for cells that
    /// have gates.
    pub interleaved: u32,
}

impl Design {
    /// The design of a study.
    ///
    /// # Panics
    /// When it has no trial.
    pub fn of(study: &Study) -> Self {
        let trials: Vec<Trial> = study.trials().collect();
        let first = trials.first().expect("a study has trials");
        let prunings = || trials.iter().filter_map(|trial| trial.pruning());
        let pruning = prunings().next();
        let wired = || trials.iter().filter_map(|trial| trial.wired.as_ref());
        let networks = match &first.wired {
            None => Networks::Stacked(first.layers.clone()),
            Some(one) => {
                let graphs = |gate_mask| {
                    let numbers = wired().filter(|w| w.gate_mask == gate_mask).map(|w| w.number);
                    numbers.max().map_or(0, |most| most + 1)
                };
                Networks::Wired(GraphSample {
                    families: distinct(wired().filter_map(|wired| wired.family)),
                    graphs: graphs(GateMask::Tiled),
                    nodes: match one.nodes {
                        NodeCount::Count(count) => (count, count),
                        NodeCount::Between([fewest, most]) => (fewest, most),
                    },
                    interleaved: graphs(GateMask::Interleaved),
                })
            }
        };
        Self {
            scale: study.name.rsplit('-').next().unwrap_or_default().to_owned(),
            cells: distinct(trials.iter().map(|trial| trial.cell)),
            networks,
            seeds: distinct(trials.iter().map(|trial| trial.seed)),
            scopes: distinct(prunings().map(|pruning| pruning.scope)),
            percents: distinct(prunings().map(|pruning| pruning.percent)),
            base_epochs: first.train_epochs(),
            recovery_epochs: pruning.map_or(0, |pruning| pruning.epochs),
            tolerance: pruning.map_or(0.01, |pruning| pruning.tolerance),
            judge: pruning.map_or(Judge::Test, |pruning| pruning.judge),
            validation_share: first.validation_share,
            training: first.training.clone(),
            data: study.data.clone(),
            trials,
        }
    }
}

/// Each distinct value once, in order of first occurrence.
fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut once = Vec::new();
    for value in values {
        if !once.contains(&value) {
            once.push(value);
        }
    }
    once
}
