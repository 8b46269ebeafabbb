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
mod cursor;
mod element;
mod fault;
mod legacy;
mod pickle;
mod rebuild;
mod state_dict;
mod storage;
#[cfg(test)]
mod tests;
mod value;
mod view;
mod write;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

pub(super) use archive::START as ARCHIVE_START;
pub use fault::{TorchError, TorchFault};
pub(super) use legacy::START as LEGACY_START;
pub(super) use storage::widen_half;
pub use write::write_state_dict;

use element::Storage;
use pickle::Pickled;

/// How many times the file's size its tensors' values may be. Eight is reached
/// without any repetition, by a storage of bytes that become 64-bit integers; a
/// tensor or two that share a storage must fit as well.
pub const MAX_EXPANSION: usize = 16;

/// A tensor of a state dict.
#[derive(Clone, Debug, PartialEq)]
pub struct TorchTensor {
    /// Its key in the state dict, such as `recurrent.recurrent_layers.0.weight_ih`.
    pub name: String,
    /// The sizes of its dimensions, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// As many as the product of `shape`, in row-major order whatever order the
    /// file has them in.
    pub values: Values,
}

impl TorchTensor {
    /// Its values as single precision, each rounded to the nearest.
    pub fn to_f32(&self) -> Vec<f32> {
        match &self.values {
            Values::F32(values) => values.clone(),
            Values::F64(values) => values.iter().map(|&value| value as f32).collect(),
            Values::I64(values) => values.iter().map(|&value| value as f32).collect(),
            Values::U8(values) => values.iter().map(|&value| value.into()).collect(),
            Values::Bool(values) => values.iter().map(|&value| value.into()).collect(),
        }
    }

    /// Its values as a mask, true where a value is 1; none when some value is
    /// neither 0 nor 1.
    pub fn to_mask(&self) -> Option<Vec<bool>> {
        if let Values::Bool(values) = &self.values {
            return Some(values.clone());
        }
        let bit = |value| match value {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        };
        match &self.values {
            Values::F64(values) => values.iter().map(|&value| bit(value)).collect(),
            Values::I64(values) => values.iter().map(|&value| bit(value as f64)).collect(),
            _ => self.to_f32().into_iter().map(|value| bit(value.into())).collect(),
        }
    }
}

/// The values of a tensor. Each type of torch's widens exactly to one of these.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Of `float32`, `float16` and `bfloat16`.
    F32(Vec<f32>),
    /// Of `float64`.
    F64(Vec<f64>),
    /// Of `int64`, `int32`, `int16` and `int8`.
    I64(Vec<i64>),
    /// Of `uint8`, in which torch before 1.2 kept masks.
    U8(Vec<u8>),
    /// Of `bool`.
    Bool(Vec<bool>),
}

impl Values {
    /// How many there are.
    #[allow(clippy::len_without_is_empty)] // A tensor of no values is nothing special.
    pub fn len(&self) -> usize {
        match self {
            Values::F32(values) => values.len(),
            Values::F64(values) => values.len(),
            Values::I64(values) => values.len(),
            Values::U8(values) => values.len(),
            Values::Bool(values) => values.len(),
        }
    }
}

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

/// What either container holds.
struct Contents<'a> {
    object: Pickled<'a>,
    storages: Storages<'a>,
}

/// Each declared storage's bytes by its key.
type Storages<'a> = HashMap<&'a str, &'a [u8]>;

/// The storages that `object` declares, by their keys.
fn declared_storages<'a>(
    object: &Pickled<'a>,
) -> Result<HashMap<&'a str, Storage<'a>>, TorchFault> {
    let mut declared = HashMap::new();
    for storage in object.heap.storages() {
        if *declared.entry(storage.key).or_insert(storage) != storage {
            return Err(TorchFault::Storage {
                key: fault::quoted(storage.key),
                problem: "declared twice, with different types or lengths".to_owned(),
            });
        }
    }
    Ok(declared)
}
