//! A model file on the command line, and what such a file may leave open.

use std::path::{Path, PathBuf};

use clap::Args;
use rarefy::cell::Cell;
use rarefy::format::{Hints, Model, ModelError, Opened, TokenIds, TokensOf, Zeros, open_hinted};
use rarefy::train::Readout;

use super::graph::read_graph;
use super::values::one_of;
use crate::output;

/// A model file.
#[derive(Debug, Args)]
pub struct ModelArguments {
    /// A model of rarefy, or a PyTorch state dict (.pt, .safetensors, or in a checkpoint of any
    /// name): in the thesis's naming, or of an embedding, an nn.RNN, nn.GRU or nn.LSTM, and a
    /// linear layer; without an embedding, of series
    #[arg(value_name = "MODEL")]
    pub path: PathBuf,
    #[command(flatten)]
    pub hints: HintArguments,
}

/// Where help lists what few need: after what a command is about.
const STATE_DICTS: &str = "PyTorch state dicts";

/// What a model file may leave open.
#[derive(Debug, Args)]
pub struct HintArguments {
    /// What the cells of a state dict compute; only needed where its shapes and its name leave it
    /// open
    #[arg(help_heading = STATE_DICTS, long, value_name = "CELL", value_parser = one_of::<Cell>())]
    pub cell: Option<Cell>,
    /// The graph that the network of a state dict is wired as: a file as `rarefy graph` reads
    #[arg(help_heading = STATE_DICTS, long, value_name = "GRAPH")]
    pub graph: Option<PathBuf>,
    /// The embedding of a state dict around nn.RNN, nn.GRU or nn.LSTM, where it is not clear
    #[arg(help_heading = STATE_DICTS, long, value_name = "MODULE")]
    embedding_name: Option<String>,
    /// The linear layer that reads it out
    #[arg(help_heading = STATE_DICTS, long, value_name = "MODULE")]
    readout_name: Option<String>,
    /// Where the state dict is in a checkpoint that has several: its key, or keys with dots
    /// between them
    #[arg(help_heading = STATE_DICTS, long, value_name = "KEY")]
    state_dict: Option<String>,
    /// Where the answer is read [default: as the model says; of a state dict, padded for texts and
    /// last for series]
    #[arg(help_heading = STATE_DICTS, long, value_parser = one_of::<Readout>())]
    pub readout: Option<Readout>,
    /// What weights of a state dict are that are exactly 0 and have no mask [default: masked]
    #[arg(help_heading = STATE_DICTS, long, value_parser = one_of::<Zeros>())]
    zeros: Option<Zeros>,
    /// What the classes of a state dict are called, in the order of its readout's rows
    #[arg(help_heading = STATE_DICTS, long, value_name = "LABEL,...", value_delimiter = ',')]
    labels: Option<Vec<String>>,
    /// Which token each row of a state dict's embedding is: a file with one token per line, whose
    /// place from 0 is its number, or a JSON object of tokens and their numbers
    #[arg(help_heading = STATE_DICTS, long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
}

impl ModelArguments {
    /// The model; anything assumed about it goes to stderr.
    pub fn open(&self) -> anyhow::Result<Model> {
        self.hints.open(&self.path)
    }
}

impl HintArguments {
    /// The model at `path`; anything assumed about it goes to stderr.
    pub fn open(&self, path: &Path) -> anyhow::Result<Model> {
        let opened = self.with(|hints| open_hinted(path, hints))?;
        opened.notes.iter().for_each(|note| output::note(note));
        Ok(opened.model)
    }

    /// The model at `path`, read as `like` was. Of the very file that `like` was made from, names
    /// of modules are known, too.
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
            zeros: self.zeros,
            labels: self.labels.as_deref(),
            tokens: vocabulary.as_ref().map(TokensOf::File),
            state_dict: self.state_dict.as_deref(),
        };
        Ok(open(&hints)?)
    }

    /// Whether anything is said that is about a state dict alone.
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
