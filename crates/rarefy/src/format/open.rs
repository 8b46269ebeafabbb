//! Opening whatever a user calls a model: a file of ours, or a PyTorch state dict, in the
//! thesis's naming (here) or around PyTorch's own recurrent modules (`stack.rs`).
//!
//! A state dict holds weights and nothing else. What it leaves open is filled in
//! with the thesis's settings: characters are ASCII codes, classes are called `0`,
//! `1`, ..., the answer is read at the last padded step. One without an embedding reads
//! series of numbers, as they are, and is read at each one's own last step, as networks of
//! series usually are. Whether a plain recurrent
//! cell uses tanh or ReLU is in no shape: it must be told, or is taken from the
//! file's name, with a note that says so. A network wired as a graph needs the graph
//! beside its state dict, which says which block reads which layer; its masks are its own.

use std::collections::HashMap;
use std::path::Path;

use super::export::restore;
use super::model::{Tensor, Values, assemble};
use super::stack::{has_module, open_stack};
use super::tensors::read_tensors;
use super::torch::{self, TorchError, TorchTensor, parse_state_dict};
use super::{History, Model, ModelError};
use crate::cell::Cell;
use crate::data::{Encoding, Labels, Scaling, Vocabulary};
use crate::graph::{Graph, Layering, Orientation};
use crate::network::{Architecture, Input, Network, Readout};
use crate::wiring::Wiring;

/// A model, and what its reader should know about it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The model.
    pub model: Model,
    /// Something that was guessed.
    pub note: Option<String>,
}

/// What a file may leave open.
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
}

/// Opens the model at `path`: a PyTorch state dict when it is called `.pt` or
/// `.pth`, else a `.safetensors`, of ours or of a state dict's tensors. `cell` says what a
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
    let unreadable = |source| ModelError::Unreadable { path: path.to_owned(), source };
    let extension = path.extension().and_then(|extension| extension.to_str());
    if let Some("pt" | "pth") = extension {
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let tensors = parse_state_dict(&bytes)
            .map_err(|fault| TorchError::Invalid { path: path.to_owned(), fault })?;
        return match restore(path, &bytes, &tensors)? {
            Some(model) => agree(path, model, hints.cell),
            None => open_state_dict(path, tensors, hints),
        };
    }
    match Model::read(path) {
        Err(ModelError::NotOurs { .. }) => {
            let bytes = std::fs::read(path).map_err(unreadable)?;
            let tensors = read_tensors(path, &bytes)?;
            if has_module(&tensors) {
                return open_stack(path, tensors, hints);
            }
            Err(ModelError::NotOurs { path: path.to_owned() })
        }
        model => agree(path, model?, hints.cell),
    }
}

/// A model that says itself what its cells compute.
fn agree(path: &Path, model: Model, cell: Option<Cell>) -> Result<Opened, ModelError> {
    match (cell, model.network.architecture().cell()) {
        (Some(cell), Some(found)) if cell != found => {
            Err(ambiguous(path, format!("its cells are {found}, not {cell}")))
        }
        _ => Ok(Opened { model, note: None }),
    }
}

fn open_state_dict(
    path: &Path,
    tensors: Vec<TorchTensor>,
    hints: &Hints,
) -> Result<Opened, ModelError> {
    let &Hints { cell, graph, .. } = hints;
    if has_module(&tensors) {
        return open_stack(path, tensors, hints);
    }
    let shape = |name: &str| tensors.iter().find(|t| t.name == name).map(|t| t.shape.as_slice());
    let matrix = |name: &str| match shape(name) {
        Some(&[rows, columns]) => Ok((rows, columns)),
        Some(found) => {
            let reason = format!("tensor {name} has shape {found:?}, expected a matrix");
            Err(ambiguous(path, reason))
        }
        None => Err(ModelError::Missing { path: path.to_owned(), name: name.to_owned() }),
    };
    let classes = several(path, "out.weight", matrix("out.weight")?.0)?;
    if graph.is_none() && tensors.iter().any(|tensor| tensor.name.contains("skip_layers")) {
        let reason = "it is a network wired as a graph (it has skip_layers), which a state dict \
                      alone does not describe: give the graph with --graph";
        return Err(ambiguous(path, reason.to_owned()));
    }
    let first = matrix("recurrent.recurrent_layers.0.weight_hh")?;
    let mut sizes = vec![first.1];
    while let Some(&[_, hidden]) =
        shape(&format!("recurrent.recurrent_layers.{}.weight_hh", sizes.len()))
    {
        sizes.push(hidden);
    }
    let gates = first.0.checked_div(first.1).filter(|gates| gates * first.1 == first.0);
    let (cell, note) = decide_cell(path, gates, first, cell)?;

    let (input, encoding, told) = if shape("embedding.weight").is_some() {
        let (vocabulary, embedding) = matrix("embedding.weight")?;
        let known = Vocabulary::ascii();
        if vocabulary != known.len() {
            let reason = format!(
                "its embedding has {vocabulary} rows; a state dict is read as the thesis's, whose \
                 characters are the {} ASCII codes",
                known.len()
            );
            return Err(ambiguous(path, reason));
        }
        (Input::Tokens { vocabulary, embedding }, Encoding::Vocabulary(known), None)
    } else {
        let is_part = |name: &str| ["recurrent.", "out."].iter().any(|part| name.starts_with(part));
        if let Some(other) = tensors.iter().find(|tensor| !is_part(&tensor.name)) {
            let reason = format!(
                "tensor embedding.weight is missing, and {} is there: an embedding must be called \
                 that; without one, only recurrent and out are expected",
                other.name
            );
            return Err(ambiguous(path, reason));
        }
        let (_, channels) = matrix("recurrent.recurrent_layers.0.weight_ih")?;
        let (input, encoding, told) = numeric(channels);
        (input, encoding, Some(told))
    };
    let note = joined(note, told);
    let source = |source| ModelError::Architecture { path: path.to_owned(), source };
    let architecture = match graph {
        None => Architecture::stack(input, cell, &sizes, classes).map_err(source)?,
        Some(graph) => {
            let layering = Layering::new(graph, Orientation::Number, 0).expect("leads forward");
            let wired: Vec<usize> = layering.layers().iter().map(Vec::len).collect();
            if wired != sizes {
                let reason =
                    format!("its layers have sizes {sizes:?}, those of the graph {wired:?}");
                return Err(ambiguous(path, reason));
            }
            Wiring::new(cell).architecture(&layering, input, classes).map_err(source)?
        }
    };
    let tensors: HashMap<String, Tensor> = tensors.into_iter().map(tensor).collect();
    let network = assemble(path, architecture, tensors)?;
    Ok(Opened { model: with_usual_settings(network, encoding), note })
}

/// What a network without an embedding reads, and what its user should know of it.
pub(super) fn numeric(channels: usize) -> (Input, Encoding, String) {
    let told = format!(
        "it has no embedding: it is taken for a network of series of {channels} numbers a step, \
         which it reads as they are, and is asked at the last step of each"
    );
    (Input::Series { channels }, Encoding::Scaling(Scaling::none(channels)), told)
}

/// Two notes as one.
pub(super) fn joined(note: Option<String>, told: Option<String>) -> Option<String> {
    match (note, told) {
        (Some(note), Some(told)) => Some(format!("{note}; {told}")),
        (note, told) => note.or(told),
    }
}

/// A model of what a state dict holds, the rest as in the module's description.
pub(super) fn with_usual_settings(network: Network, encoding: Encoding) -> Model {
    let classes = network.architecture().classes;
    let names: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
    let readout = match encoding {
        Encoding::Vocabulary(_) => Readout::Padded,
        Encoding::Scaling(_) => Readout::Last,
    };
    Model {
        network,
        encoding,
        labels: Labels::of(names.iter().map(String::as_str)),
        readout,
        history: History::default(),
    }
}

/// The cell that has this many gates; for one gate, as told or as the name says.
pub(super) fn decide_cell(
    path: &Path,
    gates: Option<usize>,
    (rows, columns): (usize, usize),
    told: Option<Cell>,
) -> Result<(Cell, Option<String>), ModelError> {
    let fits = |cell: &Cell| Some(cell.gates()) == gates;
    if let Some(told) = told {
        if fits(&told) {
            return Ok((told, None));
        }
        let reason = format!("weight_hh is {rows} x {columns}, which is no {told}");
        return Err(ambiguous(path, reason));
    }
    let candidates: Vec<Cell> = Cell::ALL.into_iter().filter(fits).collect();
    match candidates[..] {
        [only] => return Ok((only, None)),
        [] => {
            let reason = format!(
                "weight_hh of the first layer is {rows} x {columns}: expected 1 (RNN), 3 (GRU) or \
                 4 (LSTM) times as many rows as columns"
            );
            return Err(ambiguous(path, reason));
        }
        _ => {}
    }
    // The file's own name decides before its folder's.
    for part in path.iter().rev().filter_map(|part| part.to_str()) {
        let part = part.to_lowercase();
        for (word, cell) in [("relu", Cell::RnnRelu), ("tanh", Cell::RnnTanh)] {
            if part.contains(word) {
                let note = format!(
                    "a state dict does not say what a plain cell computes; took {cell} from the \
                     name '{part}' (--cell overrides)"
                );
                return Ok((cell, Some(note)));
            }
        }
    }
    let reason = "a state dict does not say whether a plain cell computes tanh or ReLU: \
                  tell it with --cell rnn_tanh or --cell rnn_relu";
    Err(ambiguous(path, reason.to_owned()))
}

/// The classes of a readout `name`, of which there must be two.
pub(super) fn several(path: &Path, name: &str, classes: usize) -> Result<usize, ModelError> {
    if classes > 1 {
        return Ok(classes);
    }
    let reason = format!(
        "the readout {name} has one row, as for a sigmoid or a number to predict: supported are \
         classifiers with a logit for each of two or more classes"
    );
    Err(ambiguous(path, reason))
}

/// A tensor in the types a network is made of.
pub(super) fn tensor(from: TorchTensor) -> (String, Tensor) {
    let is_mask = from.name.contains(".mask_") || from.name.ends_with("_mask");
    let values = match (&from.values, from.to_mask()) {
        (_, Some(keep)) if is_mask => Values::Keep(keep),
        (torch::Values::F32(_) | torch::Values::F64(_), _) => Values::Numbers(from.to_f32()),
        (torch::Values::I64(_), _) => Values::Other("64-bit integers".to_owned()),
        (torch::Values::U8(_), _) => Values::Other("bytes".to_owned()),
        (torch::Values::Bool(_), _) => Values::Other("booleans".to_owned()),
    };
    (from.name, Tensor { shape: from.shape, values })
}

pub(super) fn ambiguous(path: &Path, reason: String) -> ModelError {
    ModelError::Ambiguous { path: path.to_owned(), reason }
}
