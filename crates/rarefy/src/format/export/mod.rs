//! Models as files of other worlds: PyTorch state dicts, ONNX, and C.
//!
//! Each is a function from a model to the bytes of a file; none loses a bit of a weight.
//! Start at [`c_source`], [`torch_bytes`], [`onnx_bytes`].

mod c;
mod characters;
mod onnx;
mod state_dict;

pub use c::{CSource, Cost, c_source, dense_cost};
pub use characters::keep_characters;
pub use onnx::onnx_bytes;
pub(super) use state_dict::restore;
pub use state_dict::{Naming, torch_bytes};

/// Why a model cannot be written as what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum ExportError {
    #[error(transparent)]
    UnknownCharacter(#[from] crate::data::UnknownCharacter),
    #[error("the model does not read characters, so that none can be left out")]
    NoCharacters,
    #[error(
        "the network is no nn.RNN, nn.GRU or nn.LSTM: {reason}; the thesis's naming has names for \
         every network (--naming thesis)"
    )]
    NoTorchModule { reason: String },
}
