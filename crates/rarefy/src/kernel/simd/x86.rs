//! Vectors of x86-64 processors.
//!
//! SAFETY of every block below: an `Avx2` exists only inside `run_avx2`, which is entered after
//! AVX2 and FMA were detected. An `Avx512` exists only inside `run_avx512`, which is entered
//! after AVX-512F and VL were detected as well. The callers guarantee what pointers must hold.

use std::arch::asm;
use std::arch::x86_64::*;

use super::{Kernel, Lanes, Simd, add_block_of_eight};

/// 256-bit registers with fused multiply-add (Intel since 2013, AMD since 2015).
#[derive(Clone, Copy)]
pub struct Avx2(());

/// Twice as many registers of 512 bits (Intel servers since 2017, AMD since 2022).
#[derive(Clone, Copy)]
pub struct Avx512(());

/// Runs `kernel` compiled for AVX-512F and VL.
#[target_feature(enable = "avx512f,avx512vl,avx2,fma")]
#[inline(never)]
pub fn run_avx512<K: Kernel>(kernel: K) {
    kernel.run(Avx512(()));
}

/// Runs `kernel` compiled for AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
pub fn run_avx2<K: Kernel>(kernel: K) {
    kernel.run(Avx2(()));
}

/// Operations on vectors of some type that are a single instruction.
macro_rules! instructions {
    ($vector:ident: $($name:ident($($argument:ident),+) => $intrinsic:ident;)+) => {$(
        #[inline(always)]
        fn $name(self, $($argument: Self::$vector),+) -> Self::$vector {
            // SAFETY: see the module.
            unsafe { $intrinsic($($argument),+) }
        }
    )+};
}
pub(super) use instructions;

// Repeats four values across a vector. If the compiler saw what is loaded, it would load each
// value separately instead of permuting lanes. That was measured to make sparse products, which
// are bound by their loads, a tenth slower.

#[inline]
#[target_feature(enable = "avx2")]
fn four_in_256(values: &[f32; 4]) -> __m256 {
    let four;
    // SAFETY: four values are readable.
    unsafe {
        asm!(
            "vbroadcastf128 {four}, [{values}]",
            four = lateout(ymm_reg) four,
            values = in(reg) values,
            options(pure, readonly, nostack, preserves_flags)
        );
    }
    four
}

#[inline]
#[target_feature(enable = "avx512f")]
fn four_in_512(values: &[f32; 4]) -> __m512 {
    let four;
    // SAFETY: four values are readable.
    unsafe {
        asm!(
            "vbroadcastf32x4 {four}, [{values}]",
            four = lateout(zmm_reg) four,
            values = in(reg) values,
            options(pure, readonly, nostack, preserves_flags)
        );
    }
    four
}

impl Lanes for Avx2 {
    type Element = f32;
    type Vector = __m256;
    type Factor = f32;
    type Sums = __m256;
    const LANES: usize = 8;

    #[inline(always)]
    fn splat(self, value: f32) -> __m256 {
        // SAFETY: see the module.
        unsafe { _mm256_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m256 {
        // SAFETY: see the module.
        unsafe { _mm256_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, vector: __m256, to: *mut f32) {
        // SAFETY: see the module.
        unsafe { _mm256_storeu_ps(to, vector) }
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

impl Simd for Avx2 {
    type Indices = __m256i;
    type Table = [__m256; 4];
    const SUMS: usize = 12;

    instructions! { Vector:
        add(a, b) => _mm256_add_ps;
        sub(a, b) => _mm256_sub_ps;
        mul(a, b) => _mm256_mul_ps;
        div(a, b) => _mm256_div_ps;
        max(a, b) => _mm256_max_ps;
        min(a, b) => _mm256_min_ps;
        mul_add(a, b, c) => _mm256_fmadd_ps;
        neg_mul_add(a, b, c) => _mm256_fnmadd_ps;
    }

    #[inline(always)]
    fn call<K: Kernel>(self, kernel: K) {
        // SAFETY: see the module.
        unsafe { run_avx2(kernel) }
    }
    #[inline(always)]
    fn splat_four(self, values: &[f32; 4]) -> [__m256; 4] {
        // SAFETY: see the module.
        unsafe {
            let four = four_in_256(values);
            [
                _mm256_permute_ps::<0b00_00_00_00>(four),
                _mm256_permute_ps::<0b01_01_01_01>(four),
                _mm256_permute_ps::<0b10_10_10_10>(four),
                _mm256_permute_ps::<0b11_11_11_11>(four),
            ]
        }
    }
    #[inline(always)]
    fn where_positive(self, a: __m256, value: __m256) -> __m256 {
        // SAFETY: see the module.
        unsafe { _mm256_and_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(a, _mm256_setzero_ps()), value) }
    }
    #[inline(always)]
    fn sums(self, [a, b, c, d]: [__m256; 4]) -> [f32; 4] {
        let mut sums = [0.0; 4];
        // SAFETY: four values are writable; see the module.
        unsafe {
            let pairs = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
            let (low, high) = (_mm256_castps256_ps128(pairs), _mm256_extractf128_ps::<1>(pairs));
            _mm_storeu_ps(sums.as_mut_ptr(), _mm_add_ps(low, high));
        }
        sums
    }
    #[inline(always)]
    fn pick(self, table: [__m256; 4], indices: __m256i) -> __m256 {
        // SAFETY: see the module.
        unsafe {
            // A permutation uses the lowest three bits of an index. A blend uses the highest
            // bit, so bits 3 and 4 are shifted there.
            let a = _mm256_permutevar8x32_ps(table[0], indices);
            let b = _mm256_permutevar8x32_ps(table[1], indices);
            let c = _mm256_permutevar8x32_ps(table[2], indices);
            let d = _mm256_permutevar8x32_ps(table[3], indices);
            let bit_3 = _mm256_castsi256_ps(_mm256_slli_epi32::<28>(indices));
            let bit_4 = _mm256_castsi256_ps(_mm256_slli_epi32::<27>(indices));
            let (low, high) = (_mm256_blendv_ps(a, b, bit_3), _mm256_blendv_ps(c, d, bit_3));
            _mm256_blendv_ps(low, high, bit_4)
        }
    }
    #[inline(always)]
    fn next_packed(self, indices: __m256i) -> __m256i {
        // SAFETY: see the module.
        unsafe { _mm256_srli_epi32::<5>(indices) }
    }
    #[inline(always)]
    unsafe fn load_indices(self, from: *const u32) -> __m256i {
        // SAFETY: see the module.
        unsafe { _mm256_loadu_si256(from.cast()) }
    }
    #[inline(always)]
    unsafe fn table(self, low: *const f32, high: *const f32) -> [__m256; 4] {
        // SAFETY: see the module.
        unsafe {
            let (low_rest, high_rest) = (low.add(8), high.add(8));
            let low = [_mm256_loadu_ps(low), _mm256_loadu_ps(low_rest)];
            let high = [_mm256_loadu_ps(high), _mm256_loadu_ps(high_rest)];
            [low[0], low[1], high[0], high[1]]
        }
    }
}

impl Lanes for Avx512 {
    type Element = f32;
    type Vector = __m512;
    type Factor = f32;
    /// Even columns of blocks in the lower half, odd ones in the upper.
    type Sums = __m512;
    const LANES: usize = 16;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        // SAFETY: see the module.
        unsafe { _mm512_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m512 {
        // SAFETY: see the module.
        unsafe { _mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, vector: __m512, to: *mut f32) {
        // SAFETY: see the module.
        unsafe { _mm512_storeu_ps(to, vector) }
    }
    #[inline(always)]
    fn no_sums(self) -> __m512 {
        self.splat(0.0)
    }
    #[inline(always)]
    unsafe fn add_block(self, sums: __m512, block: *const f32, x: *const f32) -> __m512 {
        // SAFETY: see the module.
        unsafe {
            let x = four_in_512(&*x.cast());
            let half = |low, high| {
                let lanes = _mm512_setr_epi32(
                    low, low, low, low, low, low, low, low, high, high, high, high, high, high,
                    high, high,
                );
                _mm512_permutexvar_ps(lanes, x)
            };
            let (first, second) = (half(0, 1), half(2, 3));
            let sums = _mm512_fmadd_ps(_mm512_loadu_ps(block), first, sums);
            _mm512_fmadd_ps(_mm512_loadu_ps(block.add(16)), second, sums)
        }
    }
    #[inline(always)]
    unsafe fn store_sums(self, sums: __m512, to: *mut f32) {
        // SAFETY: see the module.
        unsafe {
            let upper = _mm512_shuffle_f32x4::<0b11_10_11_10>(sums, sums);
            let sums = _mm512_add_ps(sums, upper);
            _mm256_storeu_ps(to, _mm512_castps512_ps256(sums));
        }
    }
}

impl Simd for Avx512 {
    type Indices = __m512i;
    type Table = [__m512; 2];
    const SUMS: usize = 24;

    instructions! { Vector:
        add(a, b) => _mm512_add_ps;
        sub(a, b) => _mm512_sub_ps;
        mul(a, b) => _mm512_mul_ps;
        div(a, b) => _mm512_div_ps;
        max(a, b) => _mm512_max_ps;
        min(a, b) => _mm512_min_ps;
        mul_add(a, b, c) => _mm512_fmadd_ps;
        neg_mul_add(a, b, c) => _mm512_fnmadd_ps;
    }

    #[inline(always)]
    fn call<K: Kernel>(self, kernel: K) {
        // SAFETY: see the module.
        unsafe { run_avx512(kernel) }
    }
    #[inline(always)]
    fn splat_four(self, values: &[f32; 4]) -> [__m512; 4] {
        // SAFETY: see the module.
        unsafe {
            let four = four_in_512(values);
            [
                _mm512_permute_ps::<0b00_00_00_00>(four),
                _mm512_permute_ps::<0b01_01_01_01>(four),
                _mm512_permute_ps::<0b10_10_10_10>(four),
                _mm512_permute_ps::<0b11_11_11_11>(four),
            ]
        }
    }
    #[inline(always)]
    fn where_positive(self, a: __m512, value: __m512) -> __m512 {
        // SAFETY: see the module.
        unsafe {
            let positive = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, _mm512_setzero_ps());
            _mm512_maskz_mov_ps(positive, value)
        }
    }
    #[inline(always)]
    fn sums(self, [a, b, c, d]: [__m512; 4]) -> [f32; 4] {
        let mut sums = [0.0; 4];
        // SAFETY: four values are writable; see the module.
        unsafe {
            // Adds the quarters of each vector to one another until one is left per vector.
            let half = |a, b| {
                let low = _mm512_shuffle_f32x4::<0b01_00_01_00>(a, b);
                _mm512_add_ps(low, _mm512_shuffle_f32x4::<0b11_10_11_10>(a, b))
            };
            let (ab, cd) = (half(a, b), half(c, d));
            let even = _mm512_shuffle_f32x4::<0b10_00_10_00>(ab, cd);
            let odd = _mm512_shuffle_f32x4::<0b11_01_11_01>(ab, cd);
            let quarters = _mm512_add_ps(even, odd);
            let swapped = _mm512_permute_ps::<0b01_00_11_10>(quarters);
            let pairs = _mm512_add_ps(quarters, swapped);
            let lanes = _mm512_add_ps(pairs, _mm512_permute_ps::<0b10_11_00_01>(pairs));
            let firsts = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
            let firsts = _mm512_permutexvar_ps(firsts, lanes);
            _mm_storeu_ps(sums.as_mut_ptr(), _mm512_castps512_ps128(firsts));
        }
        sums
    }
    #[inline(always)]
    fn pick(self, [low, high]: [__m512; 2], indices: __m512i) -> __m512 {
        // SAFETY: see the module.
        unsafe { _mm512_permutex2var_ps(low, indices, high) }
    }
    #[inline(always)]
    fn next_packed(self, indices: __m512i) -> __m512i {
        // SAFETY: see the module.
        unsafe { _mm512_srli_epi32::<5>(indices) }
    }
    #[inline(always)]
    unsafe fn load_indices(self, from: *const u32) -> __m512i {
        // SAFETY: see the module.
        unsafe { _mm512_loadu_si512(from.cast()) }
    }
    #[inline(always)]
    unsafe fn table(self, low: *const f32, high: *const f32) -> [__m512; 2] {
        // SAFETY: see the module.
        unsafe { [_mm512_loadu_ps(low), _mm512_loadu_ps(high)] }
    }
}
