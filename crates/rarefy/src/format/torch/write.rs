//! Writes a state dict in the form that torch has used since 1.6, so that `torch.load` accepts it
//! with `weights_only=True`, its default. The file is an uncompressed archive of a pickle of
//! protocol 2 and the bytes of each tensor. The pickle names only `OrderedDict`,
//! `_rebuild_tensor_v2` and storage classes.
//!
//! `torch.load` ignores additional entries of the archive. They hold what does not fit into a state
//! dict, where a module would reject it as an unexpected key.

use std::io::{Cursor, Write};

use zip::write::{SimpleFileOptions, ZipWriter};

use super::{TorchTensor, Values};

/// Alignment of storages in the archive, chosen by torch so that they can be mapped into memory.
const ALIGNMENT: u16 = 64;
/// Version of the archive's layout; torch rejects an archive without it.
const VERSION: &[u8] = b"3\n";

/// The bytes of a `.pt` file that holds `tensors` in this order, and in addition `extras`: names of
/// entries (such as `settings.json`) with their bytes.
///
/// # Panics
/// If a tensor's number of values does not match its shape, or an extra has the name of one of
/// torch's own entries.
pub fn write_state_dict(tensors: &[TorchTensor], extras: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut entry = |name: &str, bytes: &[u8]| {
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .with_alignment(ALIGNMENT)
            .large_file(u32::try_from(bytes.len()).is_err());
        archive.start_file(format!("archive/{name}"), options).expect("a new name");
        archive.write_all(bytes).expect("memory takes every byte");
    };
    entry("data.pkl", &pickle(tensors));
    entry("byteorder", b"little");
    for (key, tensor) in tensors.iter().enumerate() {
        entry(&format!("data/{key}"), &bytes(&tensor.values));
    }
    entry("version", VERSION);
    for (name, bytes) in extras {
        entry(name, bytes);
    }
    archive.finish().expect("memory takes every byte").into_inner()
}

fn pickle(tensors: &[TorchTensor]) -> Vec<u8> {
    let mut pickle = Pickle(vec![0x80, 2]);
    pickle.empty_ordered_dict();
    pickle.0.push(b'(');
    for (key, tensor) in tensors.iter().enumerate() {
        let count: usize = tensor.shape.iter().product();
        assert_eq!(tensor.values.len(), count, "values of {} {:?}", tensor.name, tensor.shape);
        pickle.text(&tensor.name);
        pickle.global("torch._utils", "_rebuild_tensor_v2");
        pickle.0.extend(b"((");
        pickle.text("storage");
        pickle.global("torch", class(&tensor.values));
        pickle.text(&key.to_string());
        pickle.text("cpu");
        pickle.int(count);
        // The tuple is the storage's persistent id; the tensor's offset in the storage follows.
        pickle.0.extend(b"tQK\0");
        pickle.ints(&tensor.shape);
        pickle.ints(&row_major(&tensor.shape));
        // No gradient is required, and there are no hooks.
        pickle.0.push(0x89);
        pickle.empty_ordered_dict();
        pickle.0.extend(b"tR");
    }
    pickle.0.extend(b"u.");
    pickle.0
}

/// A pickle being written; its instructions are those of Python's `pickletools`.
struct Pickle(Vec<u8>);

impl Pickle {
    fn global(&mut self, module: &str, name: &str) {
        self.0.extend(format!("c{module}\n{name}\n").bytes());
    }

    fn empty_ordered_dict(&mut self) {
        self.global("collections", "OrderedDict");
        self.0.extend(b")R");
    }

    fn text(&mut self, text: &str) {
        self.0.push(b'X');
        let length = u32::try_from(text.len()).expect("names are short");
        self.0.extend(length.to_le_bytes());
        self.0.extend(text.bytes());
    }

    fn int(&mut self, value: usize) {
        match i32::try_from(value) {
            Ok(value) => {
                self.0.push(b'J');
                self.0.extend(value.to_le_bytes());
            }
            Err(_) => {
                self.0.extend([0x8a, 8]);
                self.0.extend((value as u64).to_le_bytes());
            }
        }
    }

    fn ints(&mut self, values: &[usize]) {
        self.0.push(b'(');
        values.iter().for_each(|&value| self.int(value));
        self.0.push(b't');
    }
}

/// The stride of each dimension, in elements.
fn row_major(shape: &[usize]) -> Vec<usize> {
    (0..shape.len()).map(|at| shape[at + 1..].iter().product()).collect()
}

fn class(values: &Values) -> &'static str {
    match values {
        Values::F32(_) => "FloatStorage",
        Values::F64(_) => "DoubleStorage",
        Values::I64(_) => "LongStorage",
        Values::U8(_) => "ByteStorage",
        Values::Bool(_) => "BoolStorage",
    }
}

fn bytes(values: &Values) -> Vec<u8> {
    match values {
        Values::F32(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        Values::F64(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        Values::I64(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        Values::U8(values) => values.clone(),
        Values::Bool(values) => values.iter().map(|&value| value.into()).collect(),
    }
}
