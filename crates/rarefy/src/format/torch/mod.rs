//! PyTorch state dicts (`.pt`): reading them without running any code in them, and writing them.
//!
//! A `.pt` file is a Python pickle, which is a program: `torch.load` of a hostile file runs
//! whatever the file says. This reader is a machine for the few instructions that checkpoints need
//! (`pickle.rs`). The only names with a meaning here are `OrderedDict`, functions that rebuild
//! tensors, and storage classes. The result of any other name is kept as an opaque value, which is
//! an error only where a tensor must be. The state dict within a checkpoint is recognised by the
//! weights of a recurrent module (`checkpoint.rs`).
//!
//! Both containers are read: the zip archive of torch 1.6 and later (`archive.rs`), and the earlier
//! sequence of pickles (`legacy.rs`), in which the thesis saved its weights.
//!
//! This is not a reader for everything that `torch.save` can write. It does not read modules,
//! optimisers, sparse tensors, quantised tensors, or compressed archives, which torch does not
//! write. Start at [`parse_state_dict`] for reading and at [`write_state_dict`] for writing.
//!
//! # Why not a crate
//! `pytorch-reader` (0.23, of the Burn project) also runs no code and reads both containers. But it
//! loses the order of the entries, expands views to up to 10 GiB whatever the file's size, reports
//! no positions, and is a prerelease.
//!
//! # What bounds memory
//! The file is read whole. Pickled values are bounded by the length of the pickle (`pickle.rs`).
//! Storages are slices of the file. Tensors with a stride of 0 could repeat one element any number
//! of times, so together they may expand to at most [`MAX_EXPANSION`] times the file's size.

mod archive;
mod checkpoint;
mod contents;
mod cursor;
mod element;
mod fault;
mod legacy;
mod pickle;
mod rebuild;
mod state_dict;
mod storage;
mod tensor;
#[cfg(test)]
mod tests;
mod value;
mod view;
mod write;

use std::fs;
use std::path::Path;

pub(super) use archive::START as ARCHIVE_START;
pub use fault::{TorchError, TorchFault};
pub(super) use legacy::START as LEGACY_START;
pub(super) use storage::widen_half;
pub use tensor::{MAX_EXPANSION, TorchTensor, Values};
pub use write::write_state_dict;

/// Reads the state dict in the file at `path`: its tensors in the order of the file.
///
/// # Errors
/// If the file cannot be read, or is not a state dict in either container. The error names the
/// file, what was expected, what was found, and at which byte.
pub fn read_state_dict(path: &Path) -> Result<Vec<TorchTensor>, TorchError> {
    let bytes =
        fs::read(path).map_err(|fault| TorchError::Unreadable { path: path.to_owned(), fault })?;
    parse_state_dict(&bytes).map_err(|fault| TorchError::Invalid { path: path.to_owned(), fault })
}

/// Reads the state dict in `bytes`, the content of a file: its tensors in order.
///
/// It may be the pickled object itself or anywhere inside it: see [`parse_state_dict_at`].
///
/// # Errors
/// If `bytes` are not a state dict in either container.
pub fn parse_state_dict(bytes: &[u8]) -> Result<Vec<TorchTensor>, TorchFault> {
    parse_state_dict_at(bytes, None)
}

/// Reads a state dict in a checkpoint, given the content of the file. `key` is a path of keys
/// joined by dots. Without it, the state dict is the only dict whose tensors are named like the
/// weights of a recurrent module.
///
/// # Errors
/// If `bytes` are neither container, there is no such dict, or there are several.
pub fn parse_state_dict_at(
    bytes: &[u8],
    key: Option<&str>,
) -> Result<Vec<TorchTensor>, TorchFault> {
    let contents = if bytes.starts_with(archive::START) {
        archive::open(bytes)?
    } else if bytes.starts_with(legacy::START) {
        legacy::open(bytes)?
    } else {
        return Err(TorchFault::NotTorch { start: bytes.iter().copied().take(4).collect() });
    };
    state_dict::tensors(&contents, key, bytes.len())
}

/// The bytes of an additional entry of the archive `bytes`, as [`write_state_dict`] stores them
/// next to the tensors. `None` if there is no such entry, or `bytes` are not an archive.
///
/// # Errors
/// If the archive is damaged.
pub fn parse_extra<'a>(bytes: &'a [u8], name: &str) -> Result<Option<&'a [u8]>, TorchFault> {
    if bytes.starts_with(archive::START) { archive::extra(bytes, name) } else { Ok(None) }
}
