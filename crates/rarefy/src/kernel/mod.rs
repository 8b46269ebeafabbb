//! Loops over flat `f32` buffers: matrix products and activations. Slices in,
//! slices out; nothing here knows what a network is.
//!
//! Each kernel is written once, over the [`Simd`] trait, and compiled once for
//! each instruction set; [`dispatch`] picks the best the machine has. All `unsafe`
//! code of the library is in this room. Every kernel has a naive twin among its
//! tests.
//!
//! Layout convention: the batch is innermost. A matrix `[rows][N]` holds `N`
//! columns (batch elements) of each row side by side, and `N` is a multiple of
//! [`LANES`], so that a vector register holds [`LANES`] batch elements and no
//! kernel has a ragged edge along the batch.

mod activation;
mod lookup;
mod peak;
mod product;
mod simd;

pub use activation::{relu, sigmoid, tanh};
pub use lookup::{gather_columns, scatter_add_columns};
pub use peak::multiply_add_rounds;
pub use product::{Left, Start, gradient_product, product};
pub use simd::{Kernel, Simd, dispatch, instruction_set};

/// Batch elements a vector register holds, on every instruction set.
pub const LANES: usize = 8;

/// `columns` rounded up to whole vectors.
pub const fn padded_columns(columns: usize) -> usize {
    columns.next_multiple_of(LANES)
}
