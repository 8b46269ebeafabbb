//! The possible faults of a PyTorch file, with a one-line message for each.

use std::io;
use std::path::PathBuf;

/// Why no state dict could be read from a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TorchError {
    /// The file cannot be read.
    #[error("cannot read {}: {fault}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        #[source]
        fault: io::Error,
    },
    /// The file is not a readable state dict.
    #[error("{}: {fault}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        #[source]
        fault: TorchFault,
    },
}

/// What is wrong with the bytes. Every position (`at`, `end`) is a byte offset from the start of
/// the file. Names taken from the file are quoted and cut, so that a message stays on one line
/// whatever the file contains.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TorchFault {
    /// The first bytes belong to neither container.
    #[error(
        "not a PyTorch file: it starts with the bytes {start:02x?}; expected 50 4b 03 04 (a zip \
         archive, torch 1.6 or later) or 80 02 8a 0a (older versions)"
    )]
    NotTorch {
        /// The first bytes, at most four.
        start: Vec<u8>,
    },
    /// Something runs past the end of the file or, in a zip, of its entry.
    #[error("the file is truncated: {reading} at byte {at} runs past the end at byte {end}")]
    Truncated {
        /// What was being read.
        reading: String,
        /// Where it starts.
        at: usize,
        /// Where the bytes end.
        end: usize,
    },
    /// Where a tensor must be, there is something that only Python code can make.
    #[error(
        "the pickle refers to the Python object {name} at byte {at}: only tensors are read, and \
         no Python code is run"
    )]
    ForeignGlobal {
        /// Module and name, quoted.
        name: String,
        /// Where the pickle names it, as a byte offset.
        at: usize,
    },
    /// A tensor has elements of a type that this reader does not support.
    #[error(
        "the tensor at byte {at} has elements of type {name}; supported types are float64, \
         float32, float16, bfloat16, int64, int32, int16, int8, uint8 and bool"
    )]
    ForeignElement {
        /// The class of its storage, quoted.
        name: String,
        /// Where the pickle names it, as a byte offset.
        at: usize,
    },
    /// The pickle uses an instruction that no state dict needs.
    #[error(
        "unsupported pickle instruction {opcode:#04x} at byte {at}: only tensors are read, and \
         no Python code is run"
    )]
    ForeignOpcode {
        /// The instruction's byte.
        opcode: u8,
        /// Its position.
        at: usize,
    },
    /// Something other than what the format requires was found.
    #[error("expected {expected} at byte {at}, found {found}")]
    Unexpected {
        /// What the format requires.
        expected: String,
        /// What was found.
        found: String,
        /// Its position.
        at: usize,
    },
    /// The zip archive is damaged or lacks an entry that torch writes.
    #[error("not a zip archive that torch.save wrote: {0}")]
    Archive(String),
    /// The bytes of a storage are missing, or differ from what the pickle declares.
    #[error("storage {key}: {problem}")]
    Storage {
        /// The storage's key, quoted.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The pickled object is not a dict of tensors.
    #[error("expected a state dict (a dict from names to tensors), but {0}")]
    NoStateDict(String),
    /// More than one dict in the file may be the state dict.
    #[error(
        "it holds several state dicts with a recurrent module: {found}; choose one with \
         --state-dict KEY"
    )]
    Several {
        /// Their keys, quoted.
        found: String,
    },
    /// The requested key does not lead to a dict.
    #[error("it has no dict at key {key}; state dicts with a recurrent module: {found}")]
    NoSuchKey {
        /// The requested key, quoted.
        key: String,
        /// The keys of the state dicts in the file, quoted.
        found: String,
    },
    /// The file holds a module pickled with the name of its code where its state dict must be.
    #[error(
        "it holds a pickled module of class {class}, which only Python can load: save its weights \
         instead, with torch.save(model.state_dict(), ...)"
    )]
    PickledModule {
        /// The module's class, quoted.
        class: String,
    },
    /// Tensors that repeat elements of one storage expand to far more than the file's size.
    #[error(
        "with tensor {name} the values exceed {limit} bytes, {times} times the size of the file: \
         tensors that repeat their storage this often are not read",
        times = super::MAX_EXPANSION
    )]
    Expansion {
        /// The tensor that exceeded the limit, quoted.
        name: String,
        /// The limit, in bytes of values.
        limit: usize,
    },
}

/// `text` in quotes, escaped, and cut so that a hostile name cannot flood the line.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}
