//! From a pickled object and its storages to named tensors.

use std::collections::HashSet;

use super::contents::Contents;
use super::fault::{TorchFault, quoted};
use super::value::Value;
use super::{MAX_EXPANSION, TorchTensor, checkpoint, rebuild, storage};

/// The tensors of the state dict in `contents`, in its order. It is the dict at `key`, or else the
/// only one; the file has `file_size` bytes.
pub(super) fn tensors(
    contents: &Contents<'_>,
    key: Option<&str>,
    file_size: usize,
) -> Result<Vec<TorchTensor>, TorchFault> {
    let limit = file_size.saturating_mul(MAX_EXPANSION);
    let mut used = 0_usize;
    let mut names = HashSet::new();
    let mut tensors = Vec::new();
    let heap = &contents.object.heap;
    for &(key, value) in checkpoint::find(&contents.object, key)? {
        let &Value::Text(name) = heap.get(key) else {
            let key = heap.get(key).describe();
            return Err(TorchFault::NoStateDict(format!("a key is {key}")));
        };
        let &Value::Tensor { arguments, at } = heap.get(value) else {
            if let Some(fault) = checkpoint::foreign(heap, value) {
                return Err(fault);
            }
            let (name, value) = (quoted(name), heap.get(value).describe());
            return Err(TorchFault::NoStateDict(format!("the entry {name} is {value}")));
        };
        if !names.insert(name) {
            return Err(TorchFault::NoStateDict(format!("the name {} occurs twice", quoted(name))));
        }
        let view = rebuild::view(heap, arguments, at)?;
        if let Some(class) = view.storage.element.foreign() {
            return Err(TorchFault::ForeignElement { name: quoted(&format!("torch.{class}")), at });
        }
        let size = view.count.saturating_mul(view.storage.element.value_size());
        used = used.saturating_add(size);
        if used > limit {
            return Err(TorchFault::Expansion { name: quoted(name), limit });
        }
        let values = storage::values(&view, contents.storages[view.storage.key]);
        tensors.push(TorchTensor { name: name.to_owned(), shape: view.shape, values });
    }
    Ok(tensors)
}
