//! Files that come in and go out: models of ours, PyTorch state dicts, graphs, tables, and
//! the atomic write under all of them.

mod atomic;
mod entry;
pub mod export;
mod foreign;
mod graph;
mod meet;
mod model;
mod open;
mod origin;
mod parquet;
mod regular;
mod table;
mod tensors;
pub mod torch;

pub use atomic::{AtomicFile, WriteError, check_writable, write_atomically};
pub(crate) use atomic::{PREFIX, SUFFIX, temporary};
pub use entry::{Entry, Kind};
pub use foreign::{OtherKind, TokenIds, TokenIdsError, Zeros};
pub use graph::{
    Foreign, GraphFault, GraphFileError, GraphRemark, open_graph, open_simplified, read_graph,
    write_graph,
};
pub use meet::{DataFile, LoadError, LoadNote, read_corpus, read_rows};
pub use model::{History, Model, ModelError, Unpruned};
pub use open::{Hints, Opened, TokensOf, open_hinted, open_model};
pub use origin::{Guessed, Origin};
pub use regular::{LARGEST_NAMED, check_regular, read_regular};
pub use table::TableWriter;
