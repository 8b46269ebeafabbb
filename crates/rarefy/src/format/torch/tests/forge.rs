//! Files composed byte by byte, both as torch writes them and as it never would.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Instructions that push `OrderedDict()`.
pub const EMPTY: &[u8] = b"ccollections\nOrderedDict\n)R";

/// A pickle of protocol 2 that consists of the instructions in `parts`.
pub fn pickle(parts: &[&[u8]]) -> Vec<u8> {
    [&[0x80, 2], parts.concat().as_slice(), b"."].concat()
}

/// Instructions that push a string.
pub fn text(text: &str) -> Vec<u8> {
    [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
}

/// Instructions that push an integer.
pub fn int(value: i64) -> Vec<u8> {
    [&[0x8a, 8], &value.to_le_bytes()[..]].concat()
}

/// Instructions that push a tuple of the values that the parts push.
pub fn tuple(parts: &[Vec<u8>]) -> Vec<u8> {
    [b"(", parts.concat().as_slice(), b"t"].concat()
}

/// Instructions that push a dict of names and the values that their parts push.
pub fn dict(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let items = entries.iter().map(|(name, value)| [text(name), value.clone()].concat());
    [EMPTY, b"(", &items.collect::<Vec<_>>().concat(), b"u"].concat()
}

/// Instructions that push a storage.
pub fn storage(class: &str, key: &str, count: i64) -> Vec<u8> {
    let class = format!("ctorch\n{class}\n").into_bytes();
    let id = tuple(&[text("storage"), class, text(key), text("cpu"), int(count)]);
    [id.as_slice(), b"Q"].concat()
}

/// Instructions that push a view of the storage pushed by `storage`.
pub fn tensor(storage: Vec<u8>, offset: i64, shape: &[i64], strides: &[i64]) -> Vec<u8> {
    let numbers = |numbers: &[i64]| tuple(&numbers.iter().map(|&n| int(n)).collect::<Vec<_>>());
    let arguments = tuple(&[
        storage,
        int(offset),
        numbers(shape),
        numbers(strides),
        vec![0x89],
        EMPTY.to_vec(),
    ]);
    [b"ctorch._utils\n_rebuild_tensor_v2\n", arguments.as_slice(), b"R"].concat()
}

/// A legacy file with the pickle `object` and storages: key, number of elements, bytes.
pub fn legacy(object: &[u8], storages: &[(&str, i64, &[u8])]) -> Vec<u8> {
    let magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
    let keys: Vec<u8> = storages.iter().flat_map(|(key, ..)| text(key)).collect();
    let mut file = pickle(&[&magic]);
    file.extend(pickle(&[b"M\xe9\x03"]));
    file.extend(pickle(&[b"}(", &text("little_endian"), &[0x88], b"u"]));
    file.extend(object);
    file.extend(pickle(&[b"](", &keys, b"e"]));
    for (_, count, bytes) in storages {
        file.extend(count.to_le_bytes());
        file.extend(*bytes);
    }
    file
}

/// A zip archive of uncompressed entries.
pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
