//! Vectors of 32-bit integers, and products of 8-bit ones.

use super::{BLOCK_COLUMNS, BLOCK_ROWS, Lanes};

/// A computation in integers, to be compiled for each instruction set ([`super::Kernel`]).
pub trait IntegerKernel {
    /// Runs the computation with the vectors of `integers`.
    fn run<I: Integers>(self, integers: I);
}

/// The number of pairs of values in a [`Integers::Table`].
pub const LOOKUP: usize = 64;

/// Arithmetic on vectors of `i32`, which must not overflow unless there is an
/// [`OFFSET`](Integers::OFFSET), and products of `i8`. A block of weights
/// has its rows one after another, and is multiplied with numbers from -127 to 127.
#[allow(missing_docs)]
pub trait Integers: Lanes<Element = i32, Factor = i8> {
    /// As many values of 16 bits as a vector has lanes. Names of signed operations end in `_short`.
    type Short: Copy;
    type Table: Copy;
    /// What is added to each factor, modulo 256, before blocks are multiplied with them. A row's sum is
    /// then too large by `OFFSET` times the sum of its weights.
    const OFFSET: u8;

    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a 2^by`, by 0 to 31.
    fn shift_left(self, a: Self::Vector, by: Self::Vector) -> Self::Vector;
    /// `a / 2^by`, rounded down, by 0 to 31.
    fn shift_right(self, a: Self::Vector, by: Self::Vector) -> Self::Vector;

    fn splat_short(self, value: i16) -> Self::Short;
    /// The nearest values of -32767 to 32767.
    fn narrow(self, a: Self::Vector) -> Self::Short;
    fn widen(self, a: Self::Short) -> Self::Vector;
    fn add_short(self, a: Self::Short, b: Self::Short) -> Self::Short;
    /// Of numbers from 0 to 65535; at most 65535.
    fn add_unsigned(self, a: Self::Short, b: Self::Short) -> Self::Short;
    /// Of numbers from 0 to 65535.
    fn min_unsigned(self, a: Self::Short, b: Self::Short) -> Self::Short;
    /// `a b / 2^15`, rounded.
    fn mul_short(self, a: Self::Short, b: Self::Short) -> Self::Short;
    /// Of numbers from -32767 to 32767.
    fn abs_short(self, a: Self::Short) -> Self::Short;
    /// `a` where `sign` is positive, `-a` where it is negative, 0 where it is 0.
    fn sign_short(self, a: Self::Short, sign: Self::Short) -> Self::Short;
    /// `a 2^BY`, without the bits beyond 16.
    fn shift_left_short<const BY: i32>(self, a: Self::Short) -> Self::Short;
    /// Rounded down.
    fn shift_right_short<const BY: i32>(self, a: Self::Short) -> Self::Short;
    /// Of numbers from 0 to 65535, rounded down.
    fn shift_right_unsigned<const BY: i32>(self, a: Self::Short) -> Self::Short;
    fn table(self, values: &[[i16; 2]; LOOKUP]) -> Self::Table;
    /// For each lane, both values of `table` at its index, 0 to 63.
    fn pick(self, table: Self::Table, indices: Self::Short) -> [Self::Short; 2];
}

/// Plain arrays.
#[derive(Clone, Copy)]
pub struct PortableIntegers(());

/// Runs `kernel` as the compiler's lowest instruction set has it.
#[inline(never)]
pub fn run_portable_integers<K: IntegerKernel>(kernel: K) {
    kernel.run(PortableIntegers(()));
}

type Eight<T = i32> = [T; BLOCK_ROWS];

#[inline(always)]
fn zip<T: Copy>(a: Eight<T>, b: Eight<T>, f: impl Fn(T, T) -> T) -> Eight<T> {
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
    type Short = Eight<i16>;
    type Table = [[i16; 2]; LOOKUP];
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
    fn shift_left(self, a: Eight, by: Eight) -> Eight {
        zip(a, by, |a, by| a << by)
    }
    #[inline(always)]
    fn shift_right(self, a: Eight, by: Eight) -> Eight {
        zip(a, by, |a, by| a >> by)
    }
    #[inline(always)]
    fn splat_short(self, value: i16) -> Eight<i16> {
        [value; BLOCK_ROWS]
    }
    #[inline(always)]
    fn narrow(self, a: Eight) -> Eight<i16> {
        a.map(|a| a.clamp(-32767, 32767) as i16)
    }
    #[inline(always)]
    fn widen(self, a: Eight<i16>) -> Eight {
        a.map(i32::from)
    }
    #[inline(always)]
    fn add_short(self, a: Eight<i16>, b: Eight<i16>) -> Eight<i16> {
        zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn add_unsigned(self, a: Eight<i16>, b: Eight<i16>) -> Eight<i16> {
        zip(a, b, |a, b| (a as u16).saturating_add(b as u16) as i16)
    }
    #[inline(always)]
    fn min_unsigned(self, a: Eight<i16>, b: Eight<i16>) -> Eight<i16> {
        zip(a, b, |a, b| (a as u16).min(b as u16) as i16)
    }
    #[inline(always)]
    fn mul_short(self, a: Eight<i16>, b: Eight<i16>) -> Eight<i16> {
        zip(a, b, |a, b| ((i32::from(a) * i32::from(b) + (1 << 14)) >> 15) as i16)
    }
    #[inline(always)]
    fn abs_short(self, a: Eight<i16>) -> Eight<i16> {
        a.map(i16::abs)
    }
    #[inline(always)]
    fn sign_short(self, a: Eight<i16>, sign: Eight<i16>) -> Eight<i16> {
        zip(a, sign, |a, sign| a * sign.signum())
    }
    #[inline(always)]
    fn shift_left_short<const BY: i32>(self, a: Eight<i16>) -> Eight<i16> {
        a.map(|a| a << BY)
    }
    #[inline(always)]
    fn shift_right_short<const BY: i32>(self, a: Eight<i16>) -> Eight<i16> {
        a.map(|a| a >> BY)
    }
    #[inline(always)]
    fn shift_right_unsigned<const BY: i32>(self, a: Eight<i16>) -> Eight<i16> {
        a.map(|a| ((a as u16) >> BY) as i16)
    }
    #[inline(always)]
    fn table(self, values: &[[i16; 2]; LOOKUP]) -> Self::Table {
        *values
    }
    #[inline(always)]
    fn pick(self, table: Self::Table, indices: Eight<i16>) -> [Eight<i16>; 2] {
        let picked = indices.map(|index| table[index as usize % LOOKUP]);
        [picked.map(|pair| pair[0]), picked.map(|pair| pair[1])]
    }
}
