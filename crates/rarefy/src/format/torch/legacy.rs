//! The container that torch wrote before 1.6: five consecutive pickles, then the bytes of the
//! storages (`_legacy_save` in `torch/serialization.py`).
//!
//! The pickles are a magic number, the protocol version, facts about the machine, the object, and
//! the list of the storages' keys. For each key in that list follow the number of elements (64-bit,
//! little-endian) and the elements.

use super::contents::{Contents, Storages, declared_storages};
use super::cursor::Cursor;
use super::fault::{TorchFault, quoted};
use super::pickle::{self, Pickled};
use super::value::Value;

/// The first bytes of a file: PROTO 2 and LONG1 of ten bytes, the magic number.
pub(in crate::format) const START: &[u8] = &[0x80, 2, 0x8a, 10];

/// 0x1950a86a20f9469cfc6c, least significant byte first.
const MAGIC: &[u8] = &[0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

const VERSION: i64 = 1001;

/// The object and the storages of the file `bytes`.
pub(super) fn open(bytes: &[u8]) -> Result<Contents<'_>, TorchFault> {
    let mut cursor = Cursor::new(bytes, 0);
    let magic = pickle::load(&mut cursor)?;
    if !matches!(magic.value(), Value::LongInt(MAGIC)) {
        return Err(magic.unexpected("torch's magic number"));
    }
    let version = pickle::load(&mut cursor)?;
    if !matches!(version.value(), Value::Int(VERSION)) {
        return Err(version.unexpected("protocol version 1001"));
    }
    check_machine(&pickle::load(&mut cursor)?)?;
    let object = pickle::load(&mut cursor)?;
    let keys = pickle::load(&mut cursor)?;
    let Value::List(items) = keys.value() else {
        return Err(keys.unexpected("the list of storage keys"));
    };

    let mut declared = declared_storages(&object)?;
    let mut storages = Storages::new();
    for &item in items {
        let &Value::Text(key) = keys.heap.get(item) else {
            return Err(keys.unexpected("the storage keys, a list of strings"));
        };
        let storage = declared.remove(key).ok_or_else(|| TorchFault::Storage {
            key: quoted(key),
            problem: "listed twice, or used by no tensor".to_owned(),
        })?;
        let count = i64::from_le_bytes(cursor.array("a storage's number of elements")?);
        if usize::try_from(count) != Ok(storage.count) {
            return Err(TorchFault::Storage {
                key: quoted(key),
                problem: format!("expected {} elements, found {count}", storage.count),
            });
        }
        let size = storage.count.saturating_mul(storage.element.stored_size());
        let data = cursor
            .take(size, || format!("storage {} of {count} elements ({size} bytes)", quoted(key)))?;
        storages.insert(key, data);
    }
    cursor.finish("the end of the file, after its last storage")?;
    if let Some(key) = declared.keys().min() {
        return Err(TorchFault::Storage {
            key: quoted(key),
            problem: "used by a tensor, but missing from the list of storages".to_owned(),
        });
    }
    Ok(Contents { object, storages })
}

/// Rejects files of big-endian machines, which wrote some numbers in their own byte order.
fn check_machine(facts: &Pickled<'_>) -> Result<(), TorchFault> {
    const EXPECTED: &str = "the system information of a little-endian machine";
    let Value::Dict(pairs) = facts.value() else {
        return Err(facts.unexpected(EXPECTED));
    };
    let little_endian = pairs.iter().any(|&(key, value)| {
        matches!(facts.heap.get(key), Value::Text("little_endian"))
            && matches!(facts.heap.get(value), Value::Bool(true))
    });
    if little_endian { Ok(()) } else { Err(facts.unexpected(EXPECTED)) }
}
