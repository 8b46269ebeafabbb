//! A model file on the command line, and options for what such a file may leave open.

use std::path::{Path, PathBuf};

use clap::Args;
use rarefy::cell::Cell;
use rarefy::data::TaskKind;
use rarefy::format::{Hints, Model, ModelError, Opened, TokenIds, TokensOf, Zeros, open_hinted};
use rarefy::network::Activation;
use rarefy::train::Readout;

use super::graph::read_graph;
use super::values::one_of;
use crate::output;

/// A model file.
#[derive(Debug, Args)]
pub struct ModelArguments {
    /// Model file of rarefy, or a PyTorch state dict
    ///
    /// A state dict may be a .pt, a .safetensors or part of a checkpoint. It holds the thesis's
    /// modules, or an embedding, an nn.RNN, nn.GRU or nn.LSTM, and a linear layer. Without an
    /// embedding it reads series.
    #[arg(value_name = "MODEL")]
    pub path: PathBuf,
    #[command(flatten)]
    pub hints: HintArguments,
}

/// What a model file may leave open.
#[derive(Debug, Args)]
pub struct HintArguments {
    /// State dict: its cell, if neither shapes nor names tell
    #[arg(long, value_name = "CELL", value_parser = one_of::<Cell>())]
    pub cell: Option<Cell>,
    /// State dict: the graph that the network is wired as
    #[arg(long, value_name = "GRAPH")]
    pub graph: Option<PathBuf>,
    /// State dict: name of the embedding, if several modules could be it
    #[arg(long, value_name = "MODULE")]
    embedding_name: Option<String>,
    /// State dict: name of the linear layer at the output
    #[arg(long, value_name = "MODULE")]
    readout_name: Option<String>,
    /// Checkpoint: key of the state dict, or keys joined by dots
    #[arg(long, value_name = "KEY")]
    state_dict: Option<String>,
    /// Step at which the output is read [default: as the model says]
    ///
    /// A state dict does not say: the default is then padded for texts and last for series.
    #[arg(long, value_parser = one_of::<Readout>())]
    pub readout: Option<Readout>,
    /// State dict: what follows its hidden linear layers [default: relu]
    #[arg(long, value_parser = one_of::<Activation>())]
    pub activation: Option<Activation>,
    /// State dict: what weights of exactly 0 are [default: masked]
    #[arg(long, value_parser = one_of::<Zeros>())]
    zeros: Option<Zeros>,
    /// State dict: names of the classes, in the order of its outputs
    #[arg(long, value_name = "LABEL,...", value_delimiter = ',')]
    labels: Option<Vec<String>>,
    /// State dict: file that says which token each embedding row is
    ///
    /// One token per line, the first being token 0; or a JSON object of tokens and their numbers.
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
}

impl ModelArguments {
    /// The model; anything assumed about it goes to stderr.
    pub fn open(&self) -> anyhow::Result<Model> {
        self.open_for(None)
    }

    /// The same if it is known what will be asked of it.
    pub fn open_for(&self, asked: Option<TaskKind>) -> anyhow::Result<Model> {
        self.hints.open(&self.path, asked)
    }
}

impl HintArguments {
    /// The model at `path`; anything assumed about it goes to stderr.
    /// `asked` is what will be asked of it, if that is known.
    pub fn open(&self, path: &Path, asked: Option<TaskKind>) -> anyhow::Result<Model> {
        let opened = self.with(|hints| open_hinted(path, &Hints { asked, ..*hints }))?;
        opened.notes.iter().for_each(|note| output::note(note));
        Ok(opened.model)
    }

    /// The model at `path`, read in the same way as `like` was. If it is the file that `like` was
    /// made from, names of modules are used as well.
    pub fn open_like(&self, path: &Path, like: &Model, is_its_own: bool) -> anyhow::Result<Model> {
        let opened = self.with(|hints| {
            let hints = match is_its_own {
                true => hints.again(like),
                false => hints.or_of(like),
            };
            open_hinted(path, &hints)
        })?;
        Ok(opened.model)
    }

    fn with(
        &self,
        open: impl FnOnce(&Hints) -> Result<Opened, ModelError>,
    ) -> anyhow::Result<Opened> {
        let graph = self.graph.as_deref().map(read_graph).transpose()?;
        let vocabulary = self.vocabulary.as_deref().map(TokenIds::read).transpose()?;
        let hints = Hints {
            cell: self.cell,
            graph: graph.as_ref(),
            embedding: self.embedding_name.as_deref(),
            readout: self.readout_name.as_deref(),
            read_at: self.readout,
            asked: None,
            activation: self.activation,
            zeros: self.zeros,
            labels: self.labels.as_deref(),
            tokens: vocabulary.as_ref().map(TokensOf::File),
            state_dict: self.state_dict.as_deref(),
        };
        Ok(open(&hints)?)
    }

    /// Whether any option is given that applies only to state dicts.
    pub fn are_of_a_state_dict(&self) -> bool {
        self.graph.is_some()
            || self.embedding_name.is_some()
            || self.readout_name.is_some()
            || self.state_dict.is_some()
            || self.zeros.is_some()
            || self.labels.is_some()
            || self.vocabulary.is_some()
    }
}

/// Lets a model whose weights will change compute in floats.
pub fn in_floats(model: &mut Model) {
    if model.int8.take().is_some() {
        output::note("the new model computes in floats again: `rarefy quantize` comes last");
    }
}
