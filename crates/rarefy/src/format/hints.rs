//! What the user specifies about a model file that is not clear by itself, and notes on what was
//! assumed.

use std::path::Path;

use super::model::{Model, ModelError, Zeros};
use super::token_ids::TokenIds;
use crate::cell::Cell;
use crate::data::{Labels, TaskKind, Vocabulary};
use crate::graph::Graph;
use crate::network::{Activation, Readout};

/// A model with notes on it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The model.
    pub model: Model,
    /// What was assumed or ignored, one note each.
    pub notes: Vec<String>,
}

/// What a file may leave open. rarefy's own models leave nothing open: a contradiction to them is
/// an error, except for where the answer is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// The function that a plain cell computes.
    pub cell: Option<Cell>,
    /// The graph that a network is wired as.
    pub graph: Option<&'a Graph>,
    /// The module or weight that is the embedding of a network around `nn.RNN`, `nn.GRU` or
    /// `nn.LSTM`.
    pub embedding: Option<&'a str>,
    /// The module or weight that is its readout.
    pub readout: Option<&'a str>,
    /// Where the answer is read.
    pub read_at: Option<Readout>,
    /// What will be asked of it. If that is something at each step, it does not matter where the
    /// answer is read.
    pub asked: Option<TaskKind>,
    /// What follows each hidden linear layer.
    pub activation: Option<Activation>,
    /// The meaning of weights of a state dict that are exactly zero.
    pub zeros: Option<Zeros>,
    /// The names of the classes, in the order of the readout's rows.
    pub labels: Option<&'a [String]>,
    /// The token of each row of the embedding.
    pub tokens: Option<TokensOf<'a>>,
    /// The key of the state dict in a checkpoint, or several keys joined by dots.
    pub state_dict: Option<&'a str>,
}

/// The token of each row of an embedding.
#[derive(Clone, Copy, Debug)]
pub enum TokensOf<'a> {
    /// From a file.
    File(&'a TokenIds),
    /// From a model that was read from the same file: its tokens, and the row of each.
    Rows(&'a Vocabulary, &'a [Option<u32>]),
}

impl<'a> Hints<'a> {
    /// Adds what is known about `model`, which was read from a state dict, where these hints say
    /// nothing. It is used to read another state dict in the same way.
    #[must_use]
    pub fn or_of(self, model: &'a Model) -> Self {
        let origin = model.history.origin.as_ref();
        let rows = origin.and_then(|origin| origin.rows.as_deref());
        let tokens = model.encoding.vocabulary().zip(rows);
        let labels = origin.filter(|origin| !origin.guessed.labels);
        Self {
            cell: self.cell.or(model.network.architecture().cell()),
            read_at: self.read_at.or(Some(model.readout)),
            activation: self.activation.or(Some(model.network.architecture().head.activation)),
            zeros: self.zeros.or(origin.map(|origin| origin.zeros)),
            labels: self.labels.or(labels.map(|_| model.task.labels())),
            tokens: self.tokens.or(tokens.map(|(known, rows)| TokensOf::Rows(known, rows))),
            ..self
        }
    }

    /// The same, with the names of the modules in `model`'s state dict as well, to read the same
    /// file again.
    #[must_use]
    pub fn again(self, model: &'a Model) -> Self {
        let origin = model.history.origin.as_ref();
        let name = |ours: &str| {
            let name = origin?.names.get(ours)?;
            // The thesis's names need no such hints.
            (name != ours).then(|| name.strip_suffix("_orig").unwrap_or(name))
        };
        Self {
            embedding: self.embedding.or_else(|| name("embedding.weight")),
            readout: self.readout.or_else(|| name("out.weight")),
            state_dict: self.state_dict.or_else(|| origin?.state_dict.as_deref()),
            ..self.or_of(model)
        }
    }

    /// The names for this many classes, if any are given. `path` is for messages.
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
