//! Loops over flat buffers of numbers: matrix products and activations. They take slices and write
//! slices, and do not depend on what a network is.
//!
//! Each kernel is written once, over the [`Simd`] trait, and compiled once for each instruction
//! set; [`dispatch`] picks the best one the machine has. All `unsafe` code of the library is in
//! this module. Every kernel has a naive twin among its tests.
//!
//! Layout convention: the batch is innermost. A matrix `[rows][N]` holds the `N` columns (batch
//! elements) of a row next to each other. `N` is a multiple of [`PADDING`], so no kernel has a
//! remainder along the batch.

mod activation;
mod buffer;
mod elementwise;
mod gradient_product;
mod lookup;
mod panels;
mod peak;
mod product;
mod simd;
mod sparse;
mod steps;
mod vector_product;

pub use activation::{relu, sigmoid, tanh};
pub use buffer::Buffer;
pub use elementwise::{add, update};
pub use gradient_product::gradient_product;
pub use lookup::{gather_columns, sum_by_id};
pub use panels::Order;
pub use peak::multiply_add_rounds;
pub use product::{Left, Start, product};
pub use simd::{
    InstructionSetError, IntegerKernel, Integers, Kernel, LOOKUP, Simd, check_instruction_set,
    dispatch, dispatch_integers, instruction_set,
};
pub use sparse::SparseMatrix;
pub use steps::{PARTS, Steps};
pub use vector_product::{PackedIntegers, PackedMatrix};

/// Batches are rounded up to a multiple of this: whole vectors on every instruction set.
pub const PADDING: usize = 16;

/// `columns` rounded up to whole vectors.
pub const fn padded_columns(columns: usize) -> usize {
    columns.next_multiple_of(PADDING)
}

/// Splits `total` things into as few parts as possible, each of at most `largest`, with sizes that
/// differ by at most one. Yields the first index of each part and its size.
fn even_parts(total: usize, largest: usize) -> impl Iterator<Item = (usize, usize)> {
    let parts = total.div_ceil(largest);
    let (size, larger) = (total / parts.max(1), total % parts.max(1));
    (0..parts).map(move |part| {
        let start = part * size + part.min(larger);
        (start, size + usize::from(part < larger))
    })
}
