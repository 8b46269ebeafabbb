//! Files that come in and go out: models of ours, PyTorch state dicts, and the
//! atomic write under all of them.

mod atomic;
mod graph;
mod model;
mod open;
pub mod torch;

pub use atomic::{WriteError, check_writable, write_atomically};
pub use graph::{GraphFileError, read_graph, write_graph};
pub use model::{History, Model, ModelError, Unpruned};
pub use open::{Opened, open_model};
