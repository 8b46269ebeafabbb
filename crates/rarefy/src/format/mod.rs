//! Files that come in and go out: models of ours, PyTorch state dicts, and the
//! atomic write under all of them.

mod atomic;
mod names;

pub use atomic::write_atomically;
pub use names::{Named, mask_names, parameter_names, weight_names};
