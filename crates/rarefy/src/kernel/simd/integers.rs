//! Vectors of 32-bit integers, and products of 8-bit ones.

use super::{BLOCK_COLUMNS, BLOCK_ROWS, Lanes};

/// A computation in integers, to be compiled for each instruction set ([`super::Kernel`]).
pub trait IntegerKernel {
    /// Runs the computation with the vectors of `integers`.
    fn run<I: Integers>(self, integers: I);
}

/// The number of values in a [`Integers::Table`].
pub const LOOKUP: usize = 64;

/// Arithmetic on vectors of `i32`, which must not overflow, and products of `i8`. A block of weights
/// has its rows one after another, and is multiplied with numbers from -127 to 127.
#[allow(missing_docs)]
pub trait Integers: Lanes<Element = i32, Factor = i8> {
    type Table: Copy;
    /// What is added to each factor, modulo 256, before blocks are multiplied with them. A row's sum is
    /// then too large by `OFFSET` times the sum of its weights.
    const OFFSET: u8;

    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn and(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn xor(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a 2^by`, by 0 to 31.
    fn shift_left(self, a: Self::Vector, by: Self::Vector) -> Self::Vector;
    /// `a / 2^by`, rounded down, by 0 to 31.
    fn shift_right(self, a: Self::Vector, by: Self::Vector) -> Self::Vector;
    fn table(self, values: &[i32; LOOKUP]) -> Self::Table;
    /// For each lane, the value of `table` at its index, 0 to 63.
    fn pick(self, table: Self::Table, indices: Self::Vector) -> Self::Vector;
}

/// Plain arrays.
#[derive(Clone, Copy)]
pub struct PortableIntegers(());

/// Runs `kernel` as the compiler's lowest instruction set has it.
#[inline(never)]
pub fn run_portable_integers<K: IntegerKernel>(kernel: K) {
    kernel.run(PortableIntegers(()));
}

type Eight = [i32; BLOCK_ROWS];

#[inline(always)]
fn zip(a: Eight, b: Eight, f: impl Fn(i32, i32) -> i32) -> Eight {
    std::array::from_fn(|lane| f(a[lane], b[lane]))
}

impl Lanes for PortableIntegers {
    type Element = i32;
    type Vector = Eight;
    type Factor = i8;
    type Sums = Eight;
    const LANES: usize = BLOCK_ROWS;

    #[inline(always)]
    fn splat(self, value: i32) -> Eight {
        [value; BLOCK_ROWS]
    }
    #[inline(always)]
    fn no_sums(self) -> Eight {
        [0; BLOCK_ROWS]
    }
    #[inline(always)]
    unsafe fn add_block(self, sums: Eight, block: *const i8, x: *const i8) -> Eight {
        // SAFETY: a block has 32 values, and `x` one for each column.
        let (block, x) = unsafe {
            (&*block.cast::<[[i8; BLOCK_COLUMNS]; BLOCK_ROWS]>(), &*x.cast::<[i8; BLOCK_COLUMNS]>())
        };
        std::array::from_fn(|row| {
            let products = block[row].iter().zip(x).map(|(&w, &x)| i32::from(w) * i32::from(x));
            sums[row] + products.sum::<i32>()
        })
    }
    #[inline(always)]
    unsafe fn store_sums(self, sums: Eight, to: *mut i32) {
        // SAFETY: eight values are writable.
        unsafe { self.store(sums, to) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const i32) -> Eight {
        // SAFETY: eight values are readable.
        unsafe { *from.cast() }
    }
    #[inline(always)]
    unsafe fn store(self, vector: Eight, to: *mut i32) {
        // SAFETY: eight values are writable.
        unsafe { *to.cast() = vector };
    }
}

impl Integers for PortableIntegers {
    type Table = [i32; LOOKUP];
    const OFFSET: u8 = 0;

    #[inline(always)]
    fn add(self, a: Eight, b: Eight) -> Eight {
        zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, a: Eight, b: Eight) -> Eight {
        zip(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, a: Eight, b: Eight) -> Eight {
        zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn max(self, a: Eight, b: Eight) -> Eight {
        zip(a, b, i32::max)
    }
    #[inline(always)]
    fn min(self, a: Eight, b: Eight) -> Eight {
        zip(a, b, i32::min)
    }
    #[inline(always)]
    fn and(self, a: Eight, b: Eight) -> Eight {
        zip(a, b, |a, b| a & b)
    }
    #[inline(always)]
    fn xor(self, a: Eight, b: Eight) -> Eight {
        zip(a, b, |a, b| a ^ b)
    }
    #[inline(always)]
    fn shift_left(self, a: Eight, by: Eight) -> Eight {
        zip(a, by, |a, by| a << by)
    }
    #[inline(always)]
    fn shift_right(self, a: Eight, by: Eight) -> Eight {
        zip(a, by, |a, by| a >> by)
    }
    #[inline(always)]
    fn table(self, values: &[i32; LOOKUP]) -> Self::Table {
        *values
    }
    #[inline(always)]
    fn pick(self, table: Self::Table, indices: Eight) -> Eight {
        indices.map(|index| table[index as usize % LOOKUP])
    }
}
