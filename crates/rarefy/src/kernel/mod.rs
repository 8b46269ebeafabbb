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
//! [`PADDING`], so that no kernel has a ragged edge along the batch.

mod activation;
mod buffer;
mod elementwise;
mod lookup;
mod peak;
mod product;
mod simd;
mod sparse;
mod vector_product;

pub use activation::{relu, sigmoid, tanh};
pub use buffer::Buffer;
pub use elementwise::update;
pub use lookup::{gather_columns, sum_by_id};
pub use peak::multiply_add_rounds;
pub use product::{Left, Start, Steps, gradient_product, product};
pub use simd::{
    InstructionSetError, Kernel, Simd, check_instruction_set, dispatch, instruction_set,
};
pub use sparse::SparseMatrix;
pub use vector_product::PackedMatrix;

/// What batches are rounded up to: whole vectors on every instruction set.
pub const PADDING: usize = 16;

/// `columns` rounded up to whole vectors.
pub const fn padded_columns(columns: usize) -> usize {
    columns.next_multiple_of(PADDING)
}

/// `total` things in as few parts of at most `largest` as can be, whose sizes differ by
/// one at most: the first of each part, and how many.
fn even_parts(total: usize, largest: usize) -> impl Iterator<Item = (usize, usize)> {
    let parts = total.div_ceil(largest);
    let (size, larger) = (total / parts.max(1), total % parts.max(1));
    (0..parts).map(move |part| {
        let start = part * size + part.min(larger);
        (start, size + usize::from(part < larger))
    })
}
