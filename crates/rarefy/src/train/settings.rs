//! What training can be told.

use serde::{Deserialize, Serialize};

use crate::network::Readout;

/// How a network is trained. The defaults are the thesis's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Strings a batch.
    pub batch: usize,
    /// Adam's step size.
    pub learning_rate: f64,
    /// Largest Euclidean norm of the whole gradient; larger ones are scaled down to it.
    pub clip: f64,
    /// Where the network's answer is read.
    pub readout: Readout,
}

impl Default for Training {
    fn default() -> Self {
        Self { batch: 32, learning_rate: 1e-3, clip: 5.0, readout: Readout::Padded }
    }
}

/// Which strings decide whether a pruned network has recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judge {
    /// A part held out of the training data.
    Validation,
    /// The test data (the thesis's way): the number of epochs is then chosen on the
    /// strings that should only measure it.
    Test,
}
