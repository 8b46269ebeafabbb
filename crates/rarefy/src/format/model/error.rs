//! Why a model file cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use safetensors::SafeTensorError;

use crate::format::WriteError;
use crate::format::file_kind::OtherKind;
use crate::format::token_ids::TokenIdsError;
use crate::format::torch::TorchError;
use crate::network::ArchitectureError;

/// Why a model file cannot be used. Each message names the file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum ModelError {
    #[error("cannot read model {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Unwritable(#[from] WriteError),
    #[error("{} is not a safetensors file: {source}", path.display())]
    NotSafetensors { path: PathBuf, source: SafeTensorError },
    #[error(
        "{} is a safetensors file, but not a rarefy model: its metadata has no 'rarefy' entry",
        path.display()
    )]
    NotOurs { path: PathBuf },
    #[error("{}: cannot read the model's settings: {reason}", path.display())]
    Settings { path: PathBuf, reason: String },
    #[error("{}: invalid network: {source}", path.display())]
    Architecture { path: PathBuf, source: ArchitectureError },
    #[error("{}: tensor {name} is missing", path.display())]
    Missing { path: PathBuf, name: String },
    #[error("{}: tensor {name} has shape {found:?}, expected {expected:?}", path.display())]
    Shape { path: PathBuf, name: String, found: Vec<usize>, expected: Vec<usize> },
    #[error("{}: tensor {name} holds {found}, expected {expected}", path.display())]
    Type { path: PathBuf, name: String, found: String, expected: &'static str },
    #[error("{}: unexpected tensor {name}: {expected}", path.display())]
    Unexpected { path: PathBuf, name: String, expected: String },
    #[error("{}: tensor {name} holds {value}, expected finite numbers", path.display())]
    NotFinite { path: PathBuf, name: String, value: f32 },
    #[error("{}: {reason}", path.display())]
    Ambiguous { path: PathBuf, reason: String },
    #[error(
        "{} is {}: expected a rarefy model, or a PyTorch state dict as .pt or .safetensors; {}",
        path.display(), kind.is, kind.advice
    )]
    OtherKind { path: PathBuf, kind: OtherKind },
    #[error(transparent)]
    Vocabulary(#[from] TokenIdsError),
    #[error(transparent)]
    Torch(#[from] TorchError),
}

impl ModelError {
    /// An error about the file at `path`, which is unclear or unsupported.
    pub(in crate::format) fn ambiguous(path: &Path, reason: impl Into<String>) -> Self {
        Self::Ambiguous { path: path.to_owned(), reason: reason.into() }
    }
}
