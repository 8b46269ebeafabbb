//! Plain arrays, for processors that have no file of their own.

use super::{Kernel, Lanes, Simd, add_block_of_eight};

/// Number of lanes of [`Portable`] vectors.
const PORTABLE: usize = 8;

/// Plain arrays, which the compiler vectorises as far as the target allows.
#[derive(Clone, Copy)]
pub struct Portable(());

/// Runs `kernel` as the compiler's lowest instruction set has it.
#[inline(never)]
pub fn run_portable<K: Kernel>(kernel: K) {
    kernel.run(Portable(()));
}

impl Portable {
    #[inline(always)]
    fn zip(a: [f32; PORTABLE], b: [f32; PORTABLE], f: impl Fn(f32, f32) -> f32) -> [f32; PORTABLE] {
        std::array::from_fn(|lane| f(a[lane], b[lane]))
    }
}

impl Lanes for Portable {
    type Element = f32;
    type Vector = [f32; PORTABLE];
    type Factor = f32;
    type Sums = [f32; PORTABLE];
    const LANES: usize = PORTABLE;

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        [value; PORTABLE]
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Self::Vector {
        // SAFETY: the caller promises LANES readable values; an array of f32 has
        // the alignment of f32.
        unsafe { from.cast::<[f32; PORTABLE]>().read() }
    }
    #[inline(always)]
    unsafe fn store(self, vector: Self::Vector, to: *mut f32) {
        // SAFETY: the caller promises LANES writable values.
        unsafe { to.cast::<[f32; PORTABLE]>().write(vector) }
    }
    #[inline(always)]
    fn no_sums(self) -> Self::Sums {
        self.splat(0.0)
    }
    #[inline(always)]
    unsafe fn add_block(self, sums: Self::Sums, block: *const f32, x: *const f32) -> Self::Sums {
        // SAFETY: the caller's promise is the same.
        unsafe { add_block_of_eight(self, sums, block, x) }
    }
    #[inline(always)]
    unsafe fn store_sums(self, sums: Self::Sums, to: *mut f32) {
        // SAFETY: eight values are writable.
        unsafe { self.store(sums, to) }
    }
}

impl Simd for Portable {
    type Indices = [u32; PORTABLE];
    type Table = [f32; 32];
    const SUMS: usize = 12;

    #[inline(always)]
    fn call<K: Kernel>(self, kernel: K) {
        run_portable(kernel);
    }
    #[inline(always)]
    fn splat_four(self, values: &[f32; 4]) -> [Self::Vector; 4] {
        values.map(|value| [value; PORTABLE])
    }
    #[inline(always)]
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        Self::zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        Self::zip(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        Self::zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        Self::zip(a, b, |a, b| a / b)
    }
    #[inline(always)]
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        // Not `f32::mul_add`, which is a function call where there is no FMA instruction.
        std::array::from_fn(|lane| a[lane] * b[lane] + c[lane])
    }
    #[inline(always)]
    fn neg_mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        std::array::from_fn(|lane| c[lane] - a[lane] * b[lane])
    }
    #[inline(always)]
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        Self::zip(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        Self::zip(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn where_positive(self, a: Self::Vector, value: Self::Vector) -> Self::Vector {
        Self::zip(a, value, |a, value| if a > 0.0 { value } else { 0.0 })
    }
    #[inline(always)]
    fn sums(self, vectors: [Self::Vector; 4]) -> [f32; 4] {
        vectors.map(|a| {
            let half = |at: usize| (a[at] + a[at + 1]) + (a[at + 2] + a[at + 3]);
            half(0) + half(4)
        })
    }
    #[inline(always)]
    fn pick(self, table: Self::Table, indices: Self::Indices) -> Self::Vector {
        indices.map(|index| table[index as usize % 32])
    }
    #[inline(always)]
    fn next_packed(self, indices: Self::Indices) -> Self::Indices {
        indices.map(|index| index >> 5)
    }
    #[inline(always)]
    unsafe fn load_indices(self, from: *const u32) -> Self::Indices {
        // SAFETY: the caller promises LANES readable values.
        unsafe { from.cast::<[u32; PORTABLE]>().read() }
    }
    #[inline(always)]
    unsafe fn table(self, low: *const f32, high: *const f32) -> Self::Table {
        // SAFETY: the caller promises sixteen readable values at each.
        let halves = unsafe { [low.cast::<[f32; 16]>().read(), high.cast::<[f32; 16]>().read()] };
        std::array::from_fn(|at| halves[at / 16][at % 16])
    }
}
