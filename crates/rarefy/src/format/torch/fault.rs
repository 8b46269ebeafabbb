//! What can be wrong with a PyTorch file, each fault in one line.

use std::io;
use std::path::PathBuf;

/// Why no state dict came out of the file at a path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TorchError {
    /// The file system would not give the file's bytes.
    #[error("cannot read {}: {fault}", path.display())]
    Unreadable {
        /// The file that was asked for.
        path: PathBuf,
        /// What the file system said.
        #[source]
        fault: io::Error,
    },
    /// The bytes are there but are no state dict that this reader takes.
    #[error("{}: {fault}", path.display())]
    Invalid {
        /// The file that was read.
        path: PathBuf,
        /// What is wrong with it, and where.
        #[source]
        fault: TorchFault,
    },
}

/// What is wrong with the bytes. Every position (`at`, `end`) is a byte offset
/// from the start of the file. Names taken from the file are quoted and cut, so
/// that a message stays one line whatever the file says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TorchFault {
    /// Neither container's first bytes.
    #[error(
        "not a PyTorch file: it starts with {start:02x?}; expected a zip archive (50 4b 03 04, \
         torch 1.6 or later) or the pickled magic number of older versions (80 02 8a 0a)"
    )]
    NotTorch {
        /// The first bytes, at most four.
        start: Vec<u8>,
    },
    /// Something runs past the end of the file or, in a zip, of its entry.
    #[error("{reading} from byte {at} runs past the end at byte {end}: the file is cut short")]
    Truncated {
        /// What was being read.
        reading: String,
        /// Where it starts.
        at: usize,
        /// Where the bytes end.
        end: usize,
    },
    /// Something that only Python code can make stands where a tensor must be.
    #[error(
        "the pickle names the Python object {name} at byte {at}: this reader executes nothing \
         and takes only tensors"
    )]
    ForeignGlobal {
        /// Module and name, quoted.
        name: String,
        /// Where the pickle names it.
        at: usize,
    },
    /// A tensor has elements of a type that this reader does not take.
    #[error(
        "a tensor's elements are {name} (byte {at}): supported are float64, float32, float16, \
         bfloat16, int64, int32, int16, int8, uint8 and bool"
    )]
    ForeignElement {
        /// The class of its storage, quoted.
        name: String,
        /// Where the pickle names it.
        at: usize,
    },
    /// The pickle uses an instruction that no state dict needs.
    #[error(
        "the pickle has the instruction {opcode:#04x} at byte {at}, which no state dict needs: \
         this reader executes nothing and takes only tensors"
    )]
    ForeignOpcode {
        /// The instruction's byte.
        opcode: u8,
        /// Where it stands.
        at: usize,
    },
    /// Something else stands where the format wants one thing.
    #[error("expected {expected} at byte {at}, found {found}")]
    Unexpected {
        /// What would be right.
        expected: String,
        /// What is there.
        found: String,
        /// Where.
        at: usize,
    },
    /// The zip archive is damaged or lacks what torch writes into one.
    #[error("the zip archive is not one that torch.save writes: {0}")]
    Archive(String),
    /// A storage's bytes are not there, or are not what the pickle declares.
    #[error("storage {key}: {problem}")]
    Storage {
        /// The storage's key, quoted.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The pickled object is no dict of tensors.
    #[error("expected a state dict, names to tensors, but {0}")]
    NoStateDict(String),
    /// More than one dict of the file may be the state dict.
    #[error(
        "it holds several dicts of tensors with a recurrent module: {found}: choose one with \
         --state-dict KEY"
    )]
    Several {
        /// Their keys, quoted.
        found: String,
    },
    /// There is no dict under the key that was asked for.
    #[error("it holds no dict called {key}; dicts of tensors with a recurrent module are: {found}")]
    NoSuchKey {
        /// What was asked for, quoted.
        key: String,
        /// The keys of those that there are, quoted.
        found: String,
    },
    /// The file holds a module with its code's name where its state dict must be.
    #[error(
        "it holds a whole module of the class {class}, which only that class's Python code can \
         rebuild, and this reader runs nothing: save its weights alone, with \
         torch.save(model.state_dict(), ...)"
    )]
    PickledModule {
        /// The module's class, quoted.
        class: String,
    },
    /// Tensors that repeat one storage's elements unfold to far more than the file.
    #[error(
        "tensor {name} takes the tensors past {limit} bytes, {times} times the file's own size: \
         views that repeat their storage this often are refused",
        times = super::MAX_EXPANSION
    )]
    Expansion {
        /// The tensor at which the limit was passed, quoted.
        name: String,
        /// The limit, in bytes of values.
        limit: usize,
    },
}

/// `text` in quotes, escaped, and cut where a hostile name would flood the line.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}
