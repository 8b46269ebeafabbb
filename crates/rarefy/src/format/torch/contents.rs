//! The content of a state dict file, common to both containers.

use std::collections::HashMap;

use super::element::Storage;
use super::fault::{TorchFault, quoted};
use super::pickle::Pickled;

/// The content of a file in either container.
pub(super) struct Contents<'a> {
    pub(super) object: Pickled<'a>,
    pub(super) storages: Storages<'a>,
}

/// The bytes of each declared storage, by key.
pub(super) type Storages<'a> = HashMap<&'a str, &'a [u8]>;

/// The storages that `object` declares, by key.
pub(super) fn declared_storages<'a>(
    object: &Pickled<'a>,
) -> Result<HashMap<&'a str, Storage<'a>>, TorchFault> {
    let mut declared = HashMap::new();
    for storage in object.heap.storages() {
        if *declared.entry(storage.key).or_insert(storage) != storage {
            return Err(TorchFault::Storage {
                key: quoted(storage.key),
                problem: "declared twice with different types or lengths".to_owned(),
            });
        }
    }
    Ok(declared)
}
