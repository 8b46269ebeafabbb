//! From a pickled object and its storages to named tensors.

use std::collections::HashSet;

use super::fault::{TorchFault, quoted};
use super::value::{Id, Value};
use super::{Contents, MAX_EXPANSION, TorchTensor, rebuild, storage};

/// The tensors of the state dict in `contents`, in its order; the file has
/// `file_size` bytes.
pub(super) fn tensors(
    contents: &Contents<'_>,
    file_size: usize,
) -> Result<Vec<TorchTensor>, TorchFault> {
    let limit = file_size.saturating_mul(MAX_EXPANSION);
    let mut used = 0_usize;
    let mut names = HashSet::new();
    let mut tensors = Vec::new();
    let heap = &contents.object.heap;
    for &(key, value) in entries(contents)? {
        let &Value::Text(name) = heap.get(key) else {
            let key = heap.get(key).describe();
            return Err(TorchFault::NoStateDict(format!("it has {key} for a name")));
        };
        let &Value::Tensor { arguments, at } = heap.get(value) else {
            let (name, value) = (quoted(name), heap.get(value).describe());
            return Err(TorchFault::NoStateDict(format!("its entry {name} is {value}")));
        };
        if !names.insert(name) {
            return Err(TorchFault::NoStateDict(format!("it has {} twice", quoted(name))));
        }
        let view = rebuild::view(heap, arguments, at)?;
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

/// Names and tensors: the object itself, or its entry `state_dict` in the
/// checkpoints that training loops like to write.
fn entries<'c>(contents: &'c Contents<'_>) -> Result<&'c [(Id, Id)], TorchFault> {
    let heap = &contents.object.heap;
    let Value::Dict(outer) = contents.object.value() else {
        let found = contents.object.value().describe();
        return Err(TorchFault::NoStateDict(format!("the file holds {found}")));
    };
    let nested = outer.iter().find_map(|&(key, value)| match (heap.get(key), heap.get(value)) {
        (Value::Text("state_dict"), Value::Dict(inner)) => Some(inner),
        _ => None,
    });
    Ok(nested.unwrap_or(outer))
}
