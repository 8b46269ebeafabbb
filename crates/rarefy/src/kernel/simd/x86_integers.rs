//! Vectors of integers of x86-64 processors.
//!
//! SAFETY of every block below: an `Avx2` exists only inside `run_integers_avx2`, which is entered
//! after AVX2 was detected. A `Vnni` exists only inside `run_integers_vnni`, which is entered after
//! AVX-512F, BW, VL and VNNI were. The callers guarantee what pointers must hold.

use std::arch::x86_64::*;

use super::x86::instructions;
use super::{IntegerKernel, Integers, LOOKUP, Lanes};

/// 256-bit registers.
#[derive(Clone, Copy)]
pub struct Avx2(());

/// 512-bit registers, and sums of products of bytes in one instruction (Intel servers since 2019,
/// AMD since 2022).
#[derive(Clone, Copy)]
pub struct Vnni(());

/// Runs `kernel` compiled for AVX-512 with VNNI.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")]
#[inline(never)]
pub fn run_integers_vnni<K: IntegerKernel>(kernel: K) {
    kernel.run(Vnni(()));
}

/// Runs `kernel` compiled for AVX2.
#[target_feature(enable = "avx2")]
#[inline(never)]
pub fn run_integers_avx2<K: IntegerKernel>(kernel: K) {
    kernel.run(Avx2(()));
}

/// The lower and the upper half.
#[inline]
#[target_feature(enable = "avx2")]
fn halves(a: __m256i) -> (__m128i, __m128i) {
    (_mm256_castsi256_si128(a), _mm256_extracti128_si256::<1>(a))
}

impl Lanes for Avx2 {
    type Element = i32;
    type Vector = __m256i;
    type Factor = i8;
    type Sums = __m256i;
    const LANES: usize = 8;

    #[inline(always)]
    fn splat(self, value: i32) -> __m256i {
        // SAFETY: see the module.
        unsafe { _mm256_set1_epi32(value) }
    }
    #[inline(always)]
    fn no_sums(self) -> __m256i {
        self.splat(0)
    }
    #[inline(always)]
    unsafe fn add_block(self, sums: __m256i, block: *const i8, x: *const i8) -> __m256i {
        // SAFETY: see the module.
        unsafe {
            let x = _mm256_set1_epi32(x.cast::<i32>().read_unaligned());
            let block = _mm256_loadu_si256(block.cast());
            // One factor must be unsigned. Two products of at most 127^2 fit into 16 bits.
            let block = _mm256_sign_epi8(block, x);
            let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), block);
            _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
        }
    }
    #[inline(always)]
    unsafe fn store_sums(self, sums: __m256i, to: *mut i32) {
        // SAFETY: see the module.
        unsafe { self.store(sums, to) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const i32) -> __m256i {
        // SAFETY: see the module.
        unsafe { _mm256_loadu_si256(from.cast()) }
    }
    #[inline(always)]
    unsafe fn store(self, vector: __m256i, to: *mut i32) {
        // SAFETY: see the module.
        unsafe { _mm256_storeu_si256(to.cast(), vector) }
    }
}

impl Integers for Avx2 {
    type Short = __m128i;
    type Table = [[i16; 2]; LOOKUP];
    const OFFSET: u8 = 0;

    instructions! { Vector:
        add(a, b) => _mm256_add_epi32;
        sub(a, b) => _mm256_sub_epi32;
        mul(a, b) => _mm256_mullo_epi32;
        max(a, b) => _mm256_max_epi32;
        min(a, b) => _mm256_min_epi32;
    }
    instructions! { Short:
        add_short(a, b) => _mm_add_epi16;
        add_unsigned(a, b) => _mm_adds_epu16;
        min_unsigned(a, b) => _mm_min_epu16;
        mul_short(a, b) => _mm_mulhrs_epi16;
        abs_short(a) => _mm_abs_epi16;
        sign_short(a, sign) => _mm_sign_epi16;
    }

    #[inline(always)]
    fn shift_left(self, a: __m256i, by: __m256i) -> __m256i {
        // SAFETY: see the module.
        unsafe { _mm256_sllv_epi32(a, _mm256_and_si256(by, _mm256_set1_epi32(31))) }
    }
    #[inline(always)]
    fn shift_right(self, a: __m256i, by: __m256i) -> __m256i {
        // SAFETY: see the module.
        unsafe { _mm256_srav_epi32(a, _mm256_and_si256(by, _mm256_set1_epi32(31))) }
    }

    #[inline(always)]
    fn splat_short(self, value: i16) -> __m128i {
        // SAFETY: see the module.
        unsafe { _mm_set1_epi16(value) }
    }
    #[inline(always)]
    fn narrow(self, a: __m256i) -> __m128i {
        // SAFETY: see the module.
        unsafe {
            let (low, high) = halves(a);
            _mm_max_epi16(_mm_packs_epi32(low, high), _mm_set1_epi16(-32767))
        }
    }
    #[inline(always)]
    fn widen(self, a: __m128i) -> __m256i {
        // SAFETY: see the module.
        unsafe { _mm256_cvtepi16_epi32(a) }
    }
    #[inline(always)]
    fn shift_left_short<const BY: i32>(self, a: __m128i) -> __m128i {
        // SAFETY: see the module.
        unsafe { _mm_slli_epi16::<BY>(a) }
    }
    #[inline(always)]
    fn shift_right_short<const BY: i32>(self, a: __m128i) -> __m128i {
        // SAFETY: see the module.
        unsafe { _mm_srai_epi16::<BY>(a) }
    }
    #[inline(always)]
    fn shift_right_unsigned<const BY: i32>(self, a: __m128i) -> __m128i {
        // SAFETY: see the module.
        unsafe { _mm_srli_epi16::<BY>(a) }
    }
    #[inline(always)]
    fn table(self, values: &[[i16; 2]; LOOKUP]) -> Self::Table {
        *values
    }
    #[inline(always)]
    fn pick(self, table: Self::Table, indices: __m128i) -> [__m128i; 2] {
        // SAFETY: the indices are within the table; see the module.
        unsafe {
            let indices = _mm_and_si128(indices, _mm_set1_epi16(LOOKUP as i16 - 1));
            let pairs =
                _mm256_i32gather_epi32::<4>(table.as_ptr().cast(), _mm256_cvtepu16_epi32(indices));
            let first = halves(_mm256_and_si256(pairs, _mm256_set1_epi32(0xffff)));
            let second = halves(_mm256_srli_epi32::<16>(pairs));
            [_mm_packus_epi32(first.0, first.1), _mm_packus_epi32(second.0, second.1)]
        }
    }
}

impl Lanes for Vnni {
    type Element = i32;
    type Vector = __m512i;
    type Factor = i8;
    type Sums = __m256i;
    const LANES: usize = 16;

    #[inline(always)]
    fn splat(self, value: i32) -> __m512i {
        // SAFETY: see the module.
        unsafe { _mm512_set1_epi32(value) }
    }
    #[inline(always)]
    fn no_sums(self) -> __m256i {
        // SAFETY: see the module.
        unsafe { _mm256_setzero_si256() }
    }
    #[inline(always)]
    unsafe fn add_block(self, sums: __m256i, block: *const i8, x: *const i8) -> __m256i {
        // SAFETY: see the module.
        unsafe {
            let x = _mm256_set1_epi32(x.cast::<i32>().read_unaligned());
            _mm256_dpbusd_epi32(sums, x, _mm256_loadu_si256(block.cast()))
        }
    }
    #[inline(always)]
    unsafe fn store_sums(self, sums: __m256i, to: *mut i32) {
        // SAFETY: see the module.
        unsafe { _mm256_storeu_si256(to.cast(), sums) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const i32) -> __m512i {
        // SAFETY: see the module.
        unsafe { _mm512_loadu_si512(from.cast()) }
    }
    #[inline(always)]
    unsafe fn store(self, vector: __m512i, to: *mut i32) {
        // SAFETY: see the module.
        unsafe { _mm512_storeu_si512(to.cast(), vector) }
    }
}

impl Integers for Vnni {
    type Short = __m256i;
    /// The first values of all pairs, then the second ones.
    type Table = [[__m512i; 2]; 2];
    /// The products are of unsigned factors.
    const OFFSET: u8 = 128;

    instructions! { Vector:
        add(a, b) => _mm512_add_epi32;
        sub(a, b) => _mm512_sub_epi32;
        mul(a, b) => _mm512_mullo_epi32;
        max(a, b) => _mm512_max_epi32;
        min(a, b) => _mm512_min_epi32;
    }
    instructions! { Short:
        add_short(a, b) => _mm256_add_epi16;
        add_unsigned(a, b) => _mm256_adds_epu16;
        min_unsigned(a, b) => _mm256_min_epu16;
        mul_short(a, b) => _mm256_mulhrs_epi16;
        abs_short(a) => _mm256_abs_epi16;
        sign_short(a, sign) => _mm256_sign_epi16;
    }

    // The mask tells the compiler that no shift is too far, which it would check for.
    #[inline(always)]
    fn shift_left(self, a: __m512i, by: __m512i) -> __m512i {
        // SAFETY: see the module.
        unsafe { _mm512_sllv_epi32(a, _mm512_and_si512(by, _mm512_set1_epi32(31))) }
    }
    #[inline(always)]
    fn shift_right(self, a: __m512i, by: __m512i) -> __m512i {
        // SAFETY: see the module.
        unsafe { _mm512_srav_epi32(a, _mm512_and_si512(by, _mm512_set1_epi32(31))) }
    }

    #[inline(always)]
    fn splat_short(self, value: i16) -> __m256i {
        // SAFETY: see the module.
        unsafe { _mm256_set1_epi16(value) }
    }
    #[inline(always)]
    fn narrow(self, a: __m512i) -> __m256i {
        // SAFETY: see the module.
        unsafe { _mm256_max_epi16(_mm512_cvtsepi32_epi16(a), _mm256_set1_epi16(-32767)) }
    }
    #[inline(always)]
    fn widen(self, a: __m256i) -> __m512i {
        // SAFETY: see the module.
        unsafe { _mm512_cvtepi16_epi32(a) }
    }
    #[inline(always)]
    fn shift_left_short<const BY: i32>(self, a: __m256i) -> __m256i {
        // SAFETY: see the module.
        unsafe { _mm256_slli_epi16::<BY>(a) }
    }
    #[inline(always)]
    fn shift_right_short<const BY: i32>(self, a: __m256i) -> __m256i {
        // SAFETY: see the module.
        unsafe { _mm256_srai_epi16::<BY>(a) }
    }
    #[inline(always)]
    fn shift_right_unsigned<const BY: i32>(self, a: __m256i) -> __m256i {
        // SAFETY: see the module.
        unsafe { _mm256_srli_epi16::<BY>(a) }
    }
    #[inline(always)]
    fn table(self, values: &[[i16; 2]; LOOKUP]) -> Self::Table {
        let mut parts = [[0i16; LOOKUP]; 2];
        for (at, pair) in values.iter().enumerate() {
            (parts[0][at], parts[1][at]) = (pair[0], pair[1]);
        }
        // SAFETY: a part has two vectors; see the module.
        unsafe {
            let load =
                |part: usize, at: usize| _mm512_loadu_si512(parts[part][at..].as_ptr().cast());
            [[load(0, 0), load(0, 32)], [load(1, 0), load(1, 32)]]
        }
    }
    #[inline(always)]
    fn pick(self, [[a, b], [c, d]]: Self::Table, indices: __m256i) -> [__m256i; 2] {
        // SAFETY: see the module.
        unsafe {
            let indices = _mm512_castsi256_si512(indices);
            let (first, second) = (
                _mm512_permutex2var_epi16(a, indices, b),
                _mm512_permutex2var_epi16(c, indices, d),
            );
            [_mm512_castsi512_si256(first), _mm512_castsi512_si256(second)]
        }
    }
}
