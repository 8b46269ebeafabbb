//! Vectors of `f32`, and the choice of instruction set at run time.
//!
//! A [`Simd`] value is a token: its existence proves that the machine has the instructions, so its
//! arithmetic is safe. Only [`dispatch()`] makes tokens. It enters a function compiled for that
//! instruction set, and whatever is inlined into that function is compiled for it too. Code that
//! the compiler may leave as a call, such as the closures of `array::map` and `array::from_fn`,
//! must not contain vector arithmetic: it would be compiled for the lowest instruction set, with a
//! call for each operation.

#[cfg(target_arch = "aarch64")]
mod aarch64;
mod dispatch;
mod integers;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;
#[cfg(target_arch = "x86_64")]
mod x86_integers;

use super::buffer::Plain;

pub use dispatch::{
    InstructionSetError, check_instruction_set, dispatch, dispatch_integers, instruction_set,
};
pub use integers::{IntegerKernel, Integers, LOOKUP};

/// A computation to be compiled for each instruction set.
///
/// Implement [`Kernel::run`] with `#[inline(always)]`. Otherwise its body is compiled for the
/// lowest instruction set only.
pub trait Kernel {
    /// Runs the computation with the vectors of `simd`.
    fn run<S: Simd>(self, simd: S);
}

/// Vectors of some element, and products of blocks of weights.
///
/// A block has [`BLOCK_ROWS`] rows and [`BLOCK_COLUMNS`] columns.
#[allow(missing_docs)]
pub trait Lanes: Copy {
    type Element: Plain;
    type Vector: Copy;
    /// What blocks hold, and what they are multiplied with.
    type Factor: Plain;
    /// The sums of a block's rows, perhaps each in parts.
    type Sums: Copy;
    /// Number of values in a vector: 8 or 16. It may consist of several registers.
    const LANES: usize;

    fn splat(self, value: Self::Element) -> Self::Vector;
    fn no_sums(self) -> Self::Sums;
    /// `sums[r] + sum over k of block[r][k] x[k]`.
    ///
    /// # Safety
    /// `block` must be readable for a block, and `x` for its columns.
    unsafe fn add_block(
        self,
        sums: Self::Sums,
        block: *const Self::Factor,
        x: *const Self::Factor,
    ) -> Self::Sums;
    /// # Safety
    /// `to` must be writable for [`BLOCK_ROWS`] values.
    unsafe fn store_sums(self, sums: Self::Sums, to: *mut Self::Element);
    /// # Safety
    /// `from` must be readable for [`Lanes::LANES`] values.
    unsafe fn load(self, from: *const Self::Element) -> Self::Vector;
    /// # Safety
    /// `to` must be writable for [`Lanes::LANES`] values.
    unsafe fn store(self, vector: Self::Vector, to: *mut Self::Element);
}

/// Rows of a block of weights.
pub const BLOCK_ROWS: usize = 8;
/// Columns of a block of weights.
pub const BLOCK_COLUMNS: usize = 4;

/// Arithmetic on vectors of `f32`. A block of weights has its columns one after another.
///
/// `mul_add` may round once or twice. So instruction sets differ in the last bit, but runs on the
/// same instruction set do not.
#[allow(missing_docs)]
pub trait Simd: Lanes<Element = f32, Factor = f32> {
    /// As many `u32` values as a vector has lanes.
    type Indices: Copy;
    /// A table of thirty-two `f32` values to pick from.
    type Table: Copy;
    /// Number of sums that stay in registers during a product, together with its operands.
    const SUMS: usize;

    /// Runs `kernel` with these vectors in a separate function. A loop that needs most of the
    /// registers then gets them; several such loops in one function do not.
    fn call<K: Kernel>(self, kernel: K);

    /// Four vectors, each with one of the values in all lanes, from one load.
    fn splat_four(self, values: &[f32; 4]) -> [Self::Vector; 4];
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn div(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a * b + c`
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// `c - a * b`
    fn neg_mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// The larger; `b` where either is NaN.
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// The smaller; `b` where either is NaN.
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `value` where `a` is above 0, else 0.
    fn where_positive(self, a: Self::Vector, value: Self::Vector) -> Self::Vector;
    /// The sum over the lanes of each vector.
    fn sums(self, vectors: [Self::Vector; 4]) -> [f32; 4];
    /// For each lane, the value of `table` at its index modulo 32.
    fn pick(self, table: Self::Table, indices: Self::Indices) -> Self::Vector;
    /// Each index divided by 32, rounded down: the next one of several packed in a word.
    fn next_packed(self, indices: Self::Indices) -> Self::Indices;

    /// # Safety
    /// `from` must be readable for [`Lanes::LANES`] values.
    unsafe fn load_indices(self, from: *const u32) -> Self::Indices;
    /// A table of the sixteen values at `low` and the sixteen at `high`.
    ///
    /// # Safety
    /// `low` and `high` must be readable for sixteen values each.
    unsafe fn table(self, low: *const f32, high: *const f32) -> Self::Table;
}

/// [`Lanes::add_block`] with sums that are a vector of eight.
///
/// # Safety
/// As there.
#[inline(always)]
unsafe fn add_block_of_eight<S: Simd>(
    s: S,
    mut sums: S::Vector,
    block: *const f32,
    x: *const f32,
) -> S::Vector {
    // SAFETY: a block has four columns of eight values.
    unsafe {
        let x = s.splat_four(&*x.cast());
        for (column, &x) in x.iter().enumerate() {
            sums = s.mul_add(s.load(block.add(column * BLOCK_ROWS)), x, sums);
        }
    }
    sums
}
