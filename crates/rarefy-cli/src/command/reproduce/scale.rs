//! What each scale asks of each part.

use clap::ValueEnum;
use rarefy::cell::Cell;
use rarefy::prune::Scope;
use rarefy::study::{DataSource, GraphFamily, GraphSample, Networks, Study};
use rarefy::train::{Judge, Training};

use crate::command::report::Part;

/// How much of the thesis is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scale {
    /// Seconds: 2,000 strings and few epochs, prunings and graphs: to see that it works
    Smoke,
    /// Some 8 minutes on two cores: 25,000 strings. Pruning: 8 epochs, then 2 after pruning 40, 60, 70, 80, 90 and 100 percent. Structure: 10 graphs of each family
    Laptop,
    /// About an hour on two cores, the thesis's own numbers. Pruning: 50 epochs, then 10 after pruning 10, 20, ... 100 percent. Structure: 100 graphs of each family
    Full,
}

/// Share of the training data held out to judge recovery.
const VALIDATION_SHARE: f64 = 0.1;
/// The thesis's batches where it trained networks wired as graphs.
const GRAPH_BATCH: usize = 128;

impl Scale {
    pub fn name(self) -> &'static str {
        match self {
            Self::Smoke => "smoke",
            Self::Laptop => "laptop",
            Self::Full => "full",
        }
    }

    /// Strings that are drawn.
    pub fn strings(self) -> usize {
        match self {
            Self::Smoke => 2_000,
            Self::Laptop | Self::Full => 25_000,
        }
    }

    /// The study of `part`.
    pub fn study(self, part: Part, setting: Setting) -> Study {
        match part {
            Part::Pruning => self.pruning(setting),
            Part::Structure => self.structure(setting),
            Part::Prediction => unreachable!("prediction is no study"),
        }
    }

    fn pruning(self, Setting { cells, seeds, judge, data, .. }: Setting) -> Study {
        let tens = (1..=10).map(|ten| 10.0 * f64::from(ten)).collect();
        let (base_epochs, recovery_epochs, percents) = match self {
            Self::Smoke => (3, 1, vec![50.0, 90.0]),
            Self::Laptop => (8, 2, vec![40.0, 60.0, 70.0, 80.0, 90.0, 100.0]),
            Self::Full => (50, 10, tens),
        };
        Study {
            scale: self.name().to_owned(),
            cells,
            networks: Networks::Stacked(vec![50, 50, 50]),
            seeds,
            scopes: Scope::ALL.to_vec(),
            percents,
            base_epochs,
            recovery_epochs,
            tolerance: 0.01,
            judge,
            validation_share: match judge {
                Judge::Validation => VALIDATION_SHARE,
                Judge::Test => 0.0,
            },
            training: Training::default(),
            data,
        }
    }

    /// Nothing is chosen here, so that nothing has to be held out to choose by.
    fn structure(self, Setting { cells, seeds, graph_seed, data, .. }: Setting) -> Study {
        let (base_epochs, graphs, nodes, interleaved) = match self {
            Self::Smoke => (2, 3, (10, 20), 2),
            Self::Laptop => (15, 10, (10, 50), 5),
            Self::Full => (15, 100, (10, 50), 50),
        };
        let families = GraphFamily::ALL.to_vec();
        Study {
            scale: self.name().to_owned(),
            cells,
            networks: Networks::Wired(GraphSample {
                families,
                graphs,
                nodes,
                seed: graph_seed,
                interleaved,
            }),
            seeds,
            scopes: Vec::new(),
            percents: Vec::new(),
            base_epochs,
            recovery_epochs: 0,
            tolerance: 0.01,
            judge: Judge::Test,
            validation_share: 0.0,
            training: Training { batch: GRAPH_BATCH, ..Training::default() },
            data,
        }
    }
}

/// What a person chooses beside the scale.
#[derive(Clone, Debug)]
pub struct Setting {
    pub cells: Vec<Cell>,
    pub seeds: Vec<u64>,
    pub graph_seed: u64,
    pub judge: Judge,
    pub data: DataSource,
}
