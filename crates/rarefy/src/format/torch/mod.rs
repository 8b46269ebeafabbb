//! PyTorch state dicts (`.pt`): reading them without running anything in them, and
//! writing them.
//!
//! A `.pt` file is a Python pickle, which is a program: `torch.load` of a hostile
//! one runs what it likes. This reader is a machine for the few instructions that
//! checkpoints need (`pickle.rs`), and the names that mean something to it are
//! `OrderedDict`, functions that rebuild tensors, and storage classes. What any other name
//! would make, it keeps as a value that it knows nothing of: an error only where a tensor must
//! be. Where in a checkpoint the state dict is, it finds by the weights of a recurrent module
//! (`checkpoint.rs`). Both containers are read: the zip
//! archive of torch 1.6 and later (`archive.rs`) and the row of pickles before it
//! (`legacy.rs`), which the thesis's weights are in.
//!
//! It is not a reader of everything `torch.save` can write: no modules, optimisers,
//! sparse or quantised tensors; no compressed archives, which torch does not write.
//! Start at [`parse_state_dict`], and at [`write_state_dict`] for the way out.
//!
//! # Why not a crate
//! `pytorch-reader` (0.23, of the Burn project) also runs nothing and reads both
//! containers, but it loses the order of the entries, unfolds views up to 10
//! GiB whatever the file's size, reports no positions, and is a prerelease.
//!
//! # What bounds memory
//! The file is read whole; pickled values are bounded by the pickle's length
//! (`pickle.rs`); storages are slices of the file; and tensors, which could repeat
//! one element as often as they like through a stride of 0, may not unfold to more
//! than [`MAX_EXPANSION`] times the file's size.

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

/// Reads the state dict in the file at `path`: its tensors in the file's order.
///
/// # Errors
/// When the file cannot be read, or is not a state dict of either container; the
/// error names the file, what was expected, what is there and at which byte.
pub fn read_state_dict(path: &Path) -> Result<Vec<TorchTensor>, TorchError> {
    let bytes =
        fs::read(path).map_err(|fault| TorchError::Unreadable { path: path.to_owned(), fault })?;
    parse_state_dict(&bytes).map_err(|fault| TorchError::Invalid { path: path.to_owned(), fault })
}

/// Reads the state dict in `bytes`, the content of a file: its tensors in order.
///
/// It may be the pickled object, or anywhere in it: see [`parse_state_dict_at`].
///
/// # Errors
/// When `bytes` are not a state dict of either container.
pub fn parse_state_dict(bytes: &[u8]) -> Result<Vec<TorchTensor>, TorchFault> {
    parse_state_dict_at(bytes, None)
}

/// Reads the state dict in a checkpoint, the content of a file: the dict at `key`, a path of
/// keys with dots between them, or without one the only dict in which tensors are called as a
/// recurrent module's weights.
///
/// # Errors
/// When `bytes` are neither container, there is no such dict, or there are several.
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

/// The bytes of a further entry of the archive `bytes`, as [`write_state_dict`] puts them
/// beside the tensors; none when there is no such entry, or no archive.
///
/// # Errors
/// When the archive is damaged.
pub fn parse_extra<'a>(bytes: &'a [u8], name: &str) -> Result<Option<&'a [u8]>, TorchFault> {
    if bytes.starts_with(archive::START) { archive::extra(bytes, name) } else { Ok(None) }
}
