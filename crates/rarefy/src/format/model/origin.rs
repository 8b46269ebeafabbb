//! What a model keeps about the state dict that it was read from: the original names of the
//! weights, which of them exist, and which row of the embedding is which token. With this, the
//! model can be exported with the same names, for the same module.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::named;
use crate::train::is_default;

/// The state dict that a model was read from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// What was guessed about it.
    #[serde(flatten)]
    pub guessed: Guessed,
    /// Its name for each parameter and mask, by our name (see
    /// [`Layout::parameter_names`](crate::network::Layout::parameter_names)). Biases that its
    /// modules do not have are left out.
    pub names: BTreeMap<String, String>,
    /// Whether its readout has only one row, the logit of class 1; the logit of class 0 is then 0
    /// here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub one_logit: bool,
    /// For each of our tokens its row in the embedding, if they are not in the same order; `None`
    /// for a token that it does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Option<u32>>>,
    /// Whether our outputs are numbered like our tokens, as the next token is asked; those of the
    /// state dict are numbered like the rows of its embedding.
    #[serde(default, skip_serializing_if = "is_default")]
    pub answers_tokens: bool,
    /// The key of the state dict in its file, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_dict: Option<String>,
    /// The assumed meaning of its zeros.
    #[serde(default, skip_serializing_if = "is_default")]
    pub zeros: Zeros,
}

impl Origin {
    /// For each of our tokens its row in the readout, if outputs are numbered like tokens. Padding may
    /// be read as a token, but it is not answered.
    pub(in crate::format) fn output_rows(&self) -> Option<Vec<Option<u32>>> {
        let mut rows = self.rows.clone().filter(|_| self.answers_tokens)?;
        if let [padding, tokens @ ..] = &mut rows[..]
            && tokens.contains(padding)
        {
            *padding = None;
        }
        Some(rows)
    }

    /// Whether its tensors have our names.
    pub fn has_our_names(&self) -> bool {
        self.names.iter().all(|(ours, theirs)| ours == theirs)
    }
}

/// What a state dict does not say and the user did not specify.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guessed {
    /// The names of its classes: their numbers are used.
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: bool,
    /// What it answers: a class for each sequence is assumed until data say otherwise.
    #[serde(default, skip_serializing_if = "is_default")]
    pub task: bool,
    /// The token of each row of its embedding. There are more or fewer rows than would be plausible
    /// for code points, so no text can be read.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tokens: bool,
}

named! {
    /// The meaning of weights that are exactly zero, in a file without masks for them.
    #[derive(Default)]
    pub enum Zeros: "meaning of zeros" {
        /// Pruned weights, which stay 0.
        #[default]
        Masked = "masked",
        /// Weights like any other.
        Dense = "dense",
    }
}
