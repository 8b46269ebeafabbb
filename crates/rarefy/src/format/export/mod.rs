//! Exports models to other formats: PyTorch state dicts, ONNX, and C.
//!
//! Each export is a function from a model to the bytes of a file, and keeps every bit of the
//! weights. Start at [`c_source`], [`torch_bytes`], [`onnx_bytes`].

mod any;
mod c;
mod characters;
mod onnx;
mod state_dict;

pub use any::{ExportFormat, ExportOptions, Exported};
pub use c::{CSource, Cost, c_cost, c_source, dense_cost};
pub use characters::keep_characters;
pub use onnx::onnx_bytes;
pub(super) use state_dict::restore;
pub use state_dict::{Naming, safetensors_bytes, torch_bytes};

use super::Model;

/// Why a model cannot be exported.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum ExportError {
    #[error(transparent)]
    Integers(#[from] crate::quantize::QuantizeError),
    #[error(transparent)]
    UnknownCharacter(#[from] crate::data::UnknownCharacter),
    #[error("the model does not read characters, so there are none to leave out")]
    NoCharacters,
    #[error(
        "the network cannot be written as an nn.RNN, nn.GRU or nn.LSTM: {reason}; --naming thesis \
         can name the tensors of every network"
    )]
    NoTorchModule { reason: String },
    #[error(
        "a layer reads each sequence from its end, and {what} goes step by step from the \
         beginning: use --format onnx, pt or safetensors, without --stream"
    )]
    ReadsBackwards { what: &'static str },
    #[error(
        "the readout reads all steps side by side, so there is no answer before the last: leave out \
         --stream"
    )]
    AllSteps,
    #[error("a {format} file holds weights and no steps: --stream is for --format onnx")]
    NoStream { format: &'static str },
    #[error("ONNX has no running mean, which this network reads at each step")]
    MeanAtEachStep,
    #[error("{name} holds {value}: expected finite numbers")]
    NotFinite { name: String, value: f32 },
    #[error(
        "the two biases of a unit of {name} add up to {value}: expected a sum below 3.4e38, since \
         the C code adds them"
    )]
    BiasOverflow { name: String, value: f32 },
    #[error(
        "the model was not read from another program's state dict, so there are no original names \
         to keep: give --naming thesis or torch"
    )]
    NoOrigin,
}

/// Rejects weights that are infinite or NaN, for which C has no constants.
fn check_finite(model: &Model) -> Result<(), ExportError> {
    for named in model.network.layout().parameter_names() {
        let values = &model.network.parameters()[named.range];
        if let Some(&value) = values.iter().find(|value| !value.is_finite()) {
            return Err(ExportError::NotFinite { name: named.name, value });
        }
    }
    Ok(())
}
