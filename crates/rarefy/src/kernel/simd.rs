//! Vectors of `f32`, and the choice of instruction set at run time.
//!
//! A [`Simd`] value is a token: its existence proves that the machine has the instructions, so its
//! arithmetic is safe. Only [`dispatch`] makes tokens. It enters a function compiled for that
//! instruction set, and whatever is inlined into that function is compiled for it too. Code that
//! the compiler may leave as a call, such as the closures of `array::map` and `array::from_fn`,
//! must not contain vector arithmetic: it would be compiled for the lowest instruction set, with a
//! call for each operation.

use std::sync::OnceLock;

/// A computation to be compiled for each instruction set.
///
/// Implement [`Kernel::run`] with `#[inline(always)]`. Otherwise its body is compiled for the
/// lowest instruction set only.
pub trait Kernel {
    /// Runs the computation with the vectors of `simd`.
    fn run<S: Simd>(self, simd: S);
}

/// Arithmetic on vectors of [`Simd::LANES`] `f32`.
///
/// `mul_add` may round once or twice. So instruction sets differ in the last bit, but runs on the
/// same instruction set do not.
#[allow(missing_docs)]
pub trait Simd: Copy {
    type Vector: Copy;
    /// As many `u32` values as a vector has lanes.
    type Indices: Copy;
    /// A table of thirty-two `f32` values to pick from.
    type Table: Copy;
    /// Number of values in a vector: 8 or 16.
    const LANES: usize;
    /// Number of sums that stay in registers during a product, together with its operands.
    const SUMS: usize;

    /// Runs `kernel` with these vectors in a separate function. A loop that needs most of the
    /// registers then gets them; several such loops in one function do not.
    fn call<K: Kernel>(self, kernel: K);

    fn splat(self, value: f32) -> Self::Vector;
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
    /// `from` must be readable for [`Simd::LANES`] values.
    unsafe fn load(self, from: *const f32) -> Self::Vector;
    /// # Safety
    /// `to` must be writable for [`Simd::LANES`] values.
    unsafe fn store(self, vector: Self::Vector, to: *mut f32);
    /// # Safety
    /// `from` must be readable for [`Simd::LANES`] values.
    unsafe fn load_indices(self, from: *const u32) -> Self::Indices;
    /// A table of the sixteen values at `low` and the sixteen at `high`.
    ///
    /// # Safety
    /// `low` and `high` must be readable for sixteen values each.
    unsafe fn table(self, low: *const f32, high: *const f32) -> Self::Table;
}

/// Runs `kernel` with the best instruction set that the machine has.
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) {
    match detected() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `detected` has just said that AVX-512F and VL are there.
        InstructionSet::Avx512 => unsafe { run_avx512(kernel) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `detected` has just said that AVX2 and FMA are there.
        InstructionSet::Avx2 => unsafe { run_avx2(kernel) },
        InstructionSet::Portable => run_portable(kernel),
    }
}

/// The name of the instruction set that `dispatch` picks: `avx512`, `avx2+fma` or
/// `portable`. Results repeat bit for bit on the same one.
///
/// It is the best one that the machine has, unless the environment variable
/// `RAREFY_INSTRUCTION_SET` names another, in order to repeat the results of another machine.
pub fn instruction_set() -> &'static str {
    detected().name()
}

/// `RAREFY_INSTRUCTION_SET` names an instruction set that this machine does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("RAREFY_INSTRUCTION_SET is '{asked}': this machine has {}", present.join(", "))]
pub struct InstructionSetError {
    /// The requested instruction set.
    pub asked: String,
    /// The instruction sets that this machine has.
    pub present: Vec<&'static str>,
}

/// Checks that the requested instruction set exists. Call this before computing anything, which
/// would panic if it does not.
///
/// # Errors
/// If the machine does not have it.
pub fn check_instruction_set() -> Result<(), InstructionSetError> {
    detect().map(|_| ())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum InstructionSet {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

#[inline]
fn detected() -> InstructionSet {
    static DETECTED: OnceLock<InstructionSet> = OnceLock::new();
    *DETECTED.get_or_init(|| detect().unwrap_or_else(|error| panic!("{error}")))
}

/// The requested instruction set, or else the best one of this machine.
fn detect() -> Result<InstructionSet, InstructionSetError> {
    let present = present();
    // Scripts clear a variable by setting it to an empty value.
    let asked = std::env::var("RAREFY_INSTRUCTION_SET").unwrap_or_default();
    if asked.is_empty() {
        return Ok(present[0]);
    }
    let found = present.iter().copied().find(|present| present.name() == asked);
    let names = || present.iter().map(|present| present.name()).collect();
    found.ok_or_else(|| InstructionSetError { asked, present: names() })
}

/// The instruction sets of this machine, the best first.
fn present() -> Vec<InstructionSet> {
    let mut present = Vec::new();
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
            present.push(InstructionSet::Avx512);
        }
        present.push(InstructionSet::Avx2);
    }
    present.push(InstructionSet::Portable);
    present
}

impl InstructionSet {
    fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2+fma",
            Self::Portable => "portable",
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx2,fma")]
#[inline(never)]
fn run_avx512<K: Kernel>(kernel: K) {
    kernel.run(Avx512(()));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
fn run_avx2<K: Kernel>(kernel: K) {
    kernel.run(Avx2(()));
}

#[inline(never)]
fn run_portable<K: Kernel>(kernel: K) {
    kernel.run(Portable(()));
}

/// Number of lanes of [`Portable`] vectors.
const PORTABLE: usize = 8;

/// Plain arrays, which the compiler vectorises as far as the target allows.
#[derive(Clone, Copy)]
pub struct Portable(());

impl Portable {
    #[inline(always)]
    fn zip(a: [f32; PORTABLE], b: [f32; PORTABLE], f: impl Fn(f32, f32) -> f32) -> [f32; PORTABLE] {
        std::array::from_fn(|lane| f(a[lane], b[lane]))
    }
}

impl Simd for Portable {
    type Vector = [f32; PORTABLE];
    type Indices = [u32; PORTABLE];
    type Table = [f32; 32];
    const LANES: usize = PORTABLE;
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
    fn splat(self, value: f32) -> Self::Vector {
        [value; PORTABLE]
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

#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! SAFETY of every block below: an `Avx2` exists only inside `run_avx2`, which is entered after
    //! AVX2 and FMA were detected. An `Avx512` exists only inside `run_avx512`, which is entered
    //! after AVX-512F and VL were detected as well. The callers guarantee what pointers must hold.

    use std::arch::asm;
    use std::arch::x86_64::*;

    use super::{Kernel, Simd, run_avx2, run_avx512};

    /// 256-bit registers with fused multiply-add (Intel since 2013, AMD since 2015).
    #[derive(Clone, Copy)]
    pub struct Avx2(pub(super) ());

    /// Twice as many registers of 512 bits (Intel servers since 2017, AMD since 2022).
    #[derive(Clone, Copy)]
    pub struct Avx512(pub(super) ());

    /// Operations that are a single instruction.
    macro_rules! instructions {
        ($($name:ident($($argument:ident),+) => $intrinsic:ident;)+) => {$(
            #[inline(always)]
            fn $name(self, $($argument: Self::Vector),+) -> Self::Vector {
                // SAFETY: see the module.
                unsafe { $intrinsic($($argument),+) }
            }
        )+};
    }

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

    impl Simd for Avx2 {
        type Vector = __m256;
        type Indices = __m256i;
        type Table = [__m256; 4];
        const LANES: usize = 8;
        const SUMS: usize = 12;

        instructions! {
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
        fn splat(self, value: f32) -> __m256 {
            // SAFETY: see the module.
            unsafe { _mm256_set1_ps(value) }
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
                let (low, high) =
                    (_mm256_castps256_ps128(pairs), _mm256_extractf128_ps::<1>(pairs));
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

    impl Simd for Avx512 {
        type Vector = __m512;
        type Indices = __m512i;
        type Table = [__m512; 2];
        const LANES: usize = 16;
        const SUMS: usize = 24;

        instructions! {
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
        fn splat(self, value: f32) -> __m512 {
            // SAFETY: see the module.
            unsafe { _mm512_set1_ps(value) }
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
}
