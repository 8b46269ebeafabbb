//! Reading and writing files: rarefy models, PyTorch state dicts, graphs and tables, all written
//! atomically.

mod atomic;
mod ending;
mod entry;
pub mod export;
mod file_kind;
mod foreign;
mod graph;
mod hints;
mod meet;
mod model;
mod open;
mod parquet;
mod predict;
mod regular;
mod safetensors;
mod scores;
mod table;
mod token_ids;
pub mod torch;

pub use atomic::{AtomicFile, WriteError, check_writable, write_atomically};
pub(crate) use atomic::{PREFIX, SUFFIX, temporary};
pub use ending::meaning;
pub use entry::{Entry, Kind};
pub use file_kind::OtherKind;
pub use graph::{
    Foreign, GraphFault, GraphFileError, GraphRemark, open_digraph, open_graph, open_simplified,
    read_graph, write_digraph, write_graph,
};
pub use hints::{Hints, Opened, TokensOf};
pub use meet::{DataFile, LoadError, LoadNote, read_corpus, read_rows};
pub use model::{Guessed, History, Model, ModelError, Origin, Unpruned, Zeros};
pub use open::{open_hinted, open_model};
pub use predict::{PredictError, Prediction, Query};
pub use regular::{LARGEST_NAMED, check_regular, read_regular};
pub use table::TableWriter;
pub use token_ids::{TokenIds, TokenIdsError};
