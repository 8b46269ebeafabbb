//! State dicts of other code: what their tensors are a network of, and what they do not say.
//!
//! A state dict holds weights and nothing else. Its tensors are in the thesis's naming
//! (`thesis.rs`) or around PyTorch's own recurrent modules (`stack.rs`); of anything else it is
//! said what it is (`diagnosis.rs`). What is left open is in `rest.rs`.

mod diagnosis;
mod kind;
mod names;
mod rest;
mod roles;
mod stack;
mod thesis;
mod tokens;

use std::path::Path;

pub(super) use kind::FileKind;
pub use kind::OtherKind;
pub use rest::Zeros;
pub(super) use rest::labels_of;
pub use tokens::{TokenIds, TokenIdsError};

use super::ModelError;
use super::model::{Tensor, Values};
use super::open::{Hints, Opened};
use super::torch::{self, TorchTensor};
use diagnosis::SUPPORTED;

/// What `AveragedModel` leaves among the tensors: how many models it is the average of.
const COUNT: &str = "n_averaged";

/// The network that these tensors make.
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
        return Err(ambiguous(path, format!("{reason}; {SUPPORTED}")));
    }
    if thesis::is_so_named(&tensors) {
        return thesis::open(path, tensors, hints);
    }
    if stack::has_module(&tensors) {
        return stack::open(path, tensors, hints);
    }
    Err(ambiguous(path, format!("{}; {SUPPORTED}", diagnosis::no_module(&shapes))))
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
