//! What a model keeps of the state dict that it was read from: what its owner calls the
//! weights, which of them there are, and which row of the embedding is which token. With it the
//! model goes back under the same names, into the same module.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::named;
use crate::train::is_default;

/// The state dict that a model came from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// What was guessed of it.
    #[serde(flatten)]
    pub guessed: Guessed,
    /// Its name of each parameter and mask, by ours (see [`Layout::parameter_names`](crate::network::Layout::parameter_names)). Biases
    /// that its modules do not have are left out.
    pub names: BTreeMap<String, String>,
    /// Whether its readout has one row, the logit of class 1: that of class 0 is then 0 here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub one_logit: bool,
    /// The row of its embedding that each of our tokens has, where they are not the same; none
    /// of a token that it does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Option<u32>>>,
    /// The key of the state dict in its file, if it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_dict: Option<String>,
    /// What its zeros were taken for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub zeros: Zeros,
}

impl Origin {
    /// Whether its tensors are called as ours are.
    pub fn has_our_names(&self) -> bool {
        self.names.iter().all(|(ours, theirs)| ours == theirs)
    }
}

/// What a state dict did not say and nobody told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guessed {
    /// What its classes are called: their numbers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: bool,
    /// Which token each row of its embedding is: it has more rows, or fewer, than would be
    /// likely for code points, so that no text can be read by them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tokens: bool,
}

named! {
    /// What weights are taken for that are exactly zero, in a file without masks for them.
    #[derive(Default)]
    pub enum Zeros: "meaning of zeros" {
        /// Pruned weights, which stay 0.
        #[default]
        Masked = "masked",
        /// Weights like any other.
        Dense = "dense",
    }
}
