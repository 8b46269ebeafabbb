//! Opens anything that a user gives as a model: a file of rarefy, or a PyTorch state dict. The
//! first bytes of the file decide, not its name.

use std::path::Path;

use super::export::restore;
use super::file_kind::FileKind;
use super::foreign::open_foreign;
use super::hints::{Hints, Opened, TokensOf};
use super::model::{Model, ModelError};
use super::regular::read_model_file;
use super::safetensors::read_tensors;
use super::torch::{TorchError, parse_state_dict_at};
use crate::cell::Cell;
use crate::data::Task;
use crate::graph::Graph;
use crate::network::Readout;

/// Opens the model at `path`: a file of rarefy, or a PyTorch state dict in a `.pt` or
/// `.safetensors` file of any name. `cell` says what a plain cell computes if the state dict does
/// not; `graph` is the graph that the network is wired as.
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
/// println!("{:?} {:?}", model.task.labels(), stepper.logits());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the file cannot be read, is something else, or contradicts `cell`.
pub fn open_model(
    path: &Path,
    cell: Option<Cell>,
    graph: Option<&Graph>,
) -> Result<Opened, ModelError> {
    open_hinted(path, &Hints { cell, graph, ..Hints::default() })
}

/// [`open_model`] with all hints that can be given about a file.
///
/// # Errors
/// If the file cannot be read, is something else, or contradicts the hints.
pub fn open_hinted(path: &Path, hints: &Hints) -> Result<Opened, ModelError> {
    let bytes = read_model_file(path)
        .map_err(|source| ModelError::Unreadable { path: path.to_owned(), source })?;
    match FileKind::of(&bytes) {
        Some(FileKind::Other(kind)) => Err(ModelError::OtherKind { path: path.to_owned(), kind }),
        Some(FileKind::Safetensors) => match Model::from_bytes(path, &bytes) {
            Err(ModelError::NotOurs { .. }) => {
                open_foreign(path, read_tensors(path, &bytes)?, hints)
            }
            model => agree(path, model?, hints),
        },
        // For a file of unknown kind, the reader of torch files says what is missing.
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

/// A model that is fully described by its file.
fn agree(path: &Path, mut model: Model, hints: &Hints) -> Result<Opened, ModelError> {
    let mut notes = Vec::new();
    if let (Some(cell), Some(found)) = (hints.cell, model.network.architecture().cell())
        && cell != found
    {
        return Err(ModelError::ambiguous(
            path,
            format!("its cells are {found}, but --cell is {cell}"),
        ));
    }
    if let Some(told) = hints.labels(path, model.task.outputs())? {
        let origin = model.history.origin.as_mut();
        match origin.filter(|origin| origin.guessed.labels) {
            Some(origin) => {
                origin.guessed.labels = false;
                model.task = Task::Class(told).of_kind(model.task.kind());
            }
            None if model.task.classes() != Some(&told) => {
                let found = model.task.labels().join(", ");
                return Err(ModelError::ambiguous(
                    path,
                    format!("its labels are {found}, but --labels gives others"),
                ));
            }
            None => {}
        }
    }
    if let Some(TokensOf::File(_)) = hints.tokens {
        let reason = "it already has a vocabulary: give --vocabulary with the state dict that it \
                      was made from";
        return Err(ModelError::ambiguous(path, reason));
    }
    let other = hints.read_at.filter(|readout| *readout != model.readout);
    if other.is_some() && model.task.each_step() {
        notes.push("--readout is ignored: the model answers at each step".to_owned());
    } else if let Some(readout) = other {
        let Some(network) = model.network.read_at(readout) else {
            let reason = format!(
                "its linear layer reads {}, so --readout {readout} is not possible",
                place(model.readout)
            );
            return Err(ModelError::ambiguous(path, reason));
        };
        notes.push(format!(
            "the model was trained to be read {}; because of --readout it is read {}",
            place(model.readout),
            place(readout)
        ));
        (model.network, model.readout) = (network, readout);
    }
    if hints.graph.is_some() {
        notes.push("--graph is ignored: the model file holds its graph".to_owned());
    }
    if hints.zeros.is_some() {
        notes.push("--zeros is ignored: the model file says what is masked".to_owned());
    }
    Ok(Opened { model, notes })
}

fn place(readout: Readout) -> &'static str {
    match readout {
        Readout::Padded => "at the last step of the padded batch",
        Readout::Last => "at the last step of each sequence",
        Readout::LastStep => "at the last step of each sequence, in both directions",
        Readout::Mean => "as the mean over all steps",
        Readout::All => "at all steps side by side",
    }
}
