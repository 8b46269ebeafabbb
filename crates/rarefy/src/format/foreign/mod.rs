//! State dicts of other programs: the network that their tensors form, and what they leave open.
//!
//! A state dict holds weights and nothing else. Supported are the names of the thesis
//! (`thesis.rs`) and those of PyTorch's own recurrent modules (`stack.rs`). For anything else the
//! error says what it is (`diagnosis.rs`). `rest.rs` settles what a state dict leaves open.

mod diagnosis;
mod names;
mod parts;
mod rest;
mod roles;
mod stack;
mod thesis;

use std::path::Path;

use super::hints::{Hints, Opened};
use super::model::ModelError;
use super::torch::TorchTensor;
use diagnosis::SUPPORTED;

/// The tensor that `AveragedModel` adds: the number of models averaged.
const COUNT: &str = "n_averaged";

/// The network that these tensors form.
pub(super) fn open_foreign(
    path: &Path,
    mut tensors: Vec<TorchTensor>,
    hints: &Hints,
) -> Result<Opened, ModelError> {
    tensors.retain(|tensor| {
        let part = tensor.name.rsplit('.').next().unwrap_or_default();
        !(part == COUNT && tensor.shape.is_empty())
    });
    let shapes: Vec<(&str, &[usize])> =
        tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice())).collect();
    if let Some(reason) = diagnosis::parametrised(&shapes) {
        return Err(ModelError::ambiguous(path, format!("{reason}; {SUPPORTED}")));
    }
    if thesis::is_so_named(&tensors) {
        return thesis::open(path, tensors, hints);
    }
    if stack::has_module(&tensors) {
        return stack::open(path, tensors, hints);
    }
    Err(ModelError::ambiguous(path, format!("{}; {SUPPORTED}", diagnosis::no_module(&shapes))))
}
