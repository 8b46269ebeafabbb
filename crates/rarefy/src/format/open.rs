//! Opening whatever a user calls a model: a file of ours, or a state dict of PyTorch's. Which
//! it is, the file's first bytes say, not its name.

use std::io;
use std::path::Path;

use super::export::restore;
use super::foreign::{FileKind, TokenIds, Zeros, ambiguous, labels_of, open_foreign};
use super::tensors::read_tensors;
use super::torch::{TorchError, parse_state_dict_at};
use super::{Model, ModelError, read_regular};
use crate::cell::Cell;
use crate::data::Vocabulary;
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
}

/// Opens the model at `path`: a file of ours, or a state dict of PyTorch's as `.pt` or
/// `.safetensors`, whatever it is called. `cell` says what a
/// plain cell computes where a state dict does not; `graph` is what a network is wired as.
///
/// ```no_run
/// use std::path::Path;
///
/// use rarefy::format::open_model;
/// use rarefy::network::Stepper;
///
/// let model = open_model(Path::new("gru.safetensors"), None, None)?.model;
/// let mut stepper = Stepper::new(&model.network);
/// for token in model.encoding.vocabulary().unwrap().encode("BTXSE")? {
///     stepper.step(token);
/// }
/// println!("{:?} {:?}", model.labels.names(), stepper.logits());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the file cannot be read, is something else, or contradicts `cell`.
pub fn open_model(
    path: &Path,
    cell: Option<Cell>,
    graph: Option<&Graph>,
) -> Result<Opened, ModelError> {
    open_hinted(path, &Hints { cell, graph, ..Hints::default() })
}

/// [`open_model`] with everything that can be told about a file.
///
/// # Errors
/// When the file cannot be read, is something else, or contradicts the hints.
pub fn open_hinted(path: &Path, hints: &Hints) -> Result<Opened, ModelError> {
    let bytes = read_file(path)
        .map_err(|source| ModelError::Unreadable { path: path.to_owned(), source })?;
    match FileKind::of(&bytes) {
        Some(FileKind::Other(kind)) => Err(ModelError::OtherKind { path: path.to_owned(), kind }),
        Some(FileKind::Safetensors) => match Model::from_bytes(path, &bytes) {
            Err(ModelError::NotOurs { .. }) => {
                open_foreign(path, read_tensors(path, &bytes)?, hints)
            }
            model => agree(path, model?, hints),
        },
        // What is of no known kind, torch's reader says what it lacks.
        Some(FileKind::Torch) | None => {
            let tensors = parse_state_dict_at(&bytes, hints.state_dict)
                .map_err(|fault| TorchError::Invalid { path: path.to_owned(), fault })?;
            match restore(path, &bytes, &tensors)? {
                Some(model) => agree(path, model, hints),
                None => open_foreign(path, tensors, hints),
            }
        }
    }
}

/// The bytes of a file that a user named. Of a device or a pipe there might be no end.
pub(super) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    if path.is_dir() {
        let reason = match path.join("saved_model.pb").exists() {
            true => "it is a folder, a SavedModel of TensorFlow: give a file of PyTorch's",
            false => "it is a folder: give a file in it",
        };
        return Err(io::Error::new(io::ErrorKind::IsADirectory, reason));
    }
    read_regular(path, u64::MAX)
}

/// A model that says itself what it is.
fn agree(path: &Path, mut model: Model, hints: &Hints) -> Result<Opened, ModelError> {
    let mut notes = Vec::new();
    if let (Some(cell), Some(found)) = (hints.cell, model.network.architecture().cell())
        && cell != found
    {
        return Err(ambiguous(path, format!("its cells are {found}, not {cell}")));
    }
    if let Some(labels) = hints.labels {
        let told = labels_of(path, labels, model.labels.names().len())?;
        let origin = model.history.origin.as_mut();
        match origin.filter(|origin| origin.guessed.labels) {
            Some(origin) => {
                origin.guessed.labels = false;
                model.labels = told;
            }
            None if told != model.labels => {
                let found = model.labels.names().join(", ");
                return Err(ambiguous(path, format!("its labels are {found}, unlike --labels")));
            }
            None => {}
        }
    }
    if let Some(TokensOf::File(_)) = hints.tokens {
        let reason = "it says itself which tokens it reads: give --vocabulary with the state dict \
                      that it was made from";
        return Err(ambiguous(path, reason.to_owned()));
    }
    if let Some(readout) = hints.read_at
        && readout != model.readout
    {
        notes.push(format!(
            "the model says that its answer is read {}; as --readout tells, it is read {}",
            place(model.readout),
            place(readout)
        ));
        model.readout = readout;
    }
    if hints.graph.is_some() {
        notes.push("--graph is left aside: the model knows what it is wired as".to_owned());
    }
    if hints.zeros.is_some() {
        notes.push("--zeros is left aside: the model says what is masked".to_owned());
    }
    Ok(Opened { model, notes })
}

fn place(readout: Readout) -> &'static str {
    match readout {
        Readout::Padded => "at the last step of the padded batch",
        Readout::Last => "at the last step of each sequence",
    }
}
