//! What the user says about a model file where the file itself is not clear, and the notes on
//! what was assumed.

use std::path::Path;

use super::model::{Model, ModelError, Zeros};
use super::token_ids::TokenIds;
use crate::cell::Cell;
use crate::data::{Labels, Vocabulary};
use crate::graph::Graph;
use crate::network::Readout;

/// A model, and what its reader should know about it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The model.
    pub model: Model,
    /// What was assumed or left aside, each on its own.
    pub notes: Vec<String>,
}

/// What a file may leave open. A model of ours leaves nothing open: what contradicts it is
/// refused, but for where the answer is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// What a plain cell computes.
    pub cell: Option<Cell>,
    /// What a network is wired as.
    pub graph: Option<&'a Graph>,
    /// The module, or the weight, that is the embedding of a network around `nn.RNN`,
    /// `nn.GRU` or `nn.LSTM`.
    pub embedding: Option<&'a str>,
    /// The one that is its readout.
    pub readout: Option<&'a str>,
    /// Where the answer is read.
    pub read_at: Option<Readout>,
    /// What weights of a state dict are that are exactly zero.
    pub zeros: Option<Zeros>,
    /// What the classes are called, in the order of the readout's rows.
    pub labels: Option<&'a [String]>,
    /// Which token each row of the embedding is.
    pub tokens: Option<TokensOf<'a>>,
    /// Where the state dict is in a checkpoint: its key, or keys with dots between them.
    pub state_dict: Option<&'a str>,
}

/// Which token each row of an embedding is.
#[derive(Clone, Copy, Debug)]
pub enum TokensOf<'a> {
    /// As a file says.
    File(&'a TokenIds),
    /// As in a model that was read from the same file: its tokens, and the row of each.
    Rows(&'a Vocabulary, &'a [Option<u32>]),
}

impl<'a> Hints<'a> {
    /// What `model`, which was read from a state dict, knows that this does not say; to read
    /// another state dict as it was read.
    #[must_use]
    pub fn or_of(self, model: &'a Model) -> Self {
        let origin = model.history.origin.as_ref();
        let rows = origin.and_then(|origin| origin.rows.as_deref());
        let tokens = model.encoding.vocabulary().zip(rows);
        let labels = origin.filter(|origin| !origin.guessed.labels);
        Self {
            cell: self.cell.or(model.network.architecture().cell()),
            read_at: self.read_at.or(Some(model.readout)),
            zeros: self.zeros.or(origin.map(|origin| origin.zeros)),
            labels: self.labels.or(labels.map(|_| model.labels.names())),
            tokens: self.tokens.or(tokens.map(|(known, rows)| TokensOf::Rows(known, rows))),
            ..self
        }
    }

    /// The same, and what the modules of `model`'s state dict are called: to read that very
    /// file again.
    #[must_use]
    pub fn again(self, model: &'a Model) -> Self {
        let origin = model.history.origin.as_ref();
        let name = |ours: &str| {
            let name = origin?.names.get(ours)?;
            // The thesis's naming takes no such hints.
            (name != ours).then(|| name.strip_suffix("_orig").unwrap_or(name))
        };
        Self {
            embedding: self.embedding.or_else(|| name("embedding.weight")),
            readout: self.readout.or_else(|| name("out.weight")),
            state_dict: self.state_dict.or_else(|| origin?.state_dict.as_deref()),
            ..self.or_of(model)
        }
    }

    /// The names that are given to this many classes, if any are. `path` is for messages.
    pub(super) fn labels(&self, path: &Path, classes: usize) -> Result<Option<Labels>, ModelError> {
        let Some(labels) = self.labels else { return Ok(None) };
        if labels.len() != classes {
            let reason = format!(
                "it has {classes} classes, but --labels gives {}: {}",
                labels.len(),
                labels.join(", ")
            );
            return Err(ModelError::ambiguous(path, reason));
        }
        let labels = Labels::try_from(labels.to_vec());
        labels.map(Some).map_err(|error| ModelError::ambiguous(path, format!("--labels: {error}")))
    }
}
