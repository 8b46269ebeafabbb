//! Vectors of eight `f32`, and the choice of instruction set at run time.
//!
//! A [`Simd`] value is a token: that it exists proves that the machine has the
//! instructions, so its methods are safe. Tokens are made by [`dispatch`] alone,
//! which enters a function compiled for that instruction set; whatever is inlined
//! into it is compiled for it too.

use std::sync::OnceLock;

use super::LANES;

/// A computation to be compiled for each instruction set.
///
/// Implement [`Kernel::run`] with `#[inline(always)]`, or its body is compiled for
/// the lowest instruction set only.
pub trait Kernel {
    /// Runs the computation with the vectors of `simd`.
    fn run<S: Simd>(self, simd: S);
}

/// Arithmetic on vectors of [`LANES`] `f32`.
///
/// `mul_add` may round once or twice: instruction sets differ in the last bit,
/// runs on one instruction set do not.
#[allow(missing_docs)]
pub trait Simd: Copy {
    type Vector: Copy;
    fn splat(self, value: f32) -> Self::Vector;
    /// The first [`LANES`] values; panics when there are fewer.
    fn load(self, from: &[f32]) -> Self::Vector;
    /// Overwrites the first [`LANES`] values; panics when there are fewer.
    fn store(self, vector: Self::Vector, to: &mut [f32]);
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
    /// To the nearest integer, halves to even.
    fn round(self, a: Self::Vector) -> Self::Vector;
    /// `2^a` for `a` a whole number in -126..=127.
    fn exp2_whole(self, a: Self::Vector) -> Self::Vector;
    fn abs(self, a: Self::Vector) -> Self::Vector;
    /// `magnitude >= 0` with the sign of `sign`.
    fn copy_sign(self, magnitude: Self::Vector, sign: Self::Vector) -> Self::Vector;
    /// `then` where `a < b`, `otherwise` elsewhere.
    fn select_less(
        self,
        a: Self::Vector,
        b: Self::Vector,
        then: Self::Vector,
        otherwise: Self::Vector,
    ) -> Self::Vector;
    /// The sum of the lanes of each.
    fn sums(self, vectors: [Self::Vector; 4]) -> [f32; 4];

    /// Like `load`, without the check.
    ///
    /// # Safety
    /// `from` must be readable for [`LANES`] values.
    unsafe fn load_unchecked(self, from: *const f32) -> Self::Vector;
    /// Like `store`, without the check.
    ///
    /// # Safety
    /// `to` must be writable for [`LANES`] values.
    unsafe fn store_unchecked(self, vector: Self::Vector, to: *mut f32);
}

/// Runs `kernel` with the best instruction set the machine has.
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) {
    match detected() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `detected` has just said that AVX2 and FMA are there.
        InstructionSet::Avx2 => unsafe { run_avx2(kernel) },
        InstructionSet::Portable => kernel.run(Portable(())),
    }
}

/// The name of the instruction set that [`dispatch`] picks: `avx2+fma` or
/// `portable`. Results repeat bit for bit on the same one.
pub fn instruction_set() -> &'static str {
    match detected() {
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2 => "avx2+fma",
        InstructionSet::Portable => "portable",
    }
}

#[derive(Clone, Copy)]
enum InstructionSet {
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

#[inline]
fn detected() -> InstructionSet {
    static DETECTED: OnceLock<InstructionSet> = OnceLock::new();
    *DETECTED.get_or_init(|| {
        #[cfg(target_arch = "x86_64")]
        {
            // For tests and comparisons: what another machine would compute.
            let portable = std::env::var_os("RAREFY_PORTABLE").is_some();
            if !portable && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return InstructionSet::Avx2;
            }
        }
        InstructionSet::Portable
    })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2<K: Kernel>(kernel: K) {
    kernel.run(Avx2(()));
}

/// Plain arrays, which the compiler vectorises as far as the target allows.
#[derive(Clone, Copy)]
pub struct Portable(());

impl Portable {
    #[inline(always)]
    fn map(a: [f32; LANES], f: impl Fn(f32) -> f32) -> [f32; LANES] {
        a.map(f)
    }

    #[inline(always)]
    fn zip(a: [f32; LANES], b: [f32; LANES], f: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
        std::array::from_fn(|lane| f(a[lane], b[lane]))
    }
}

impl Simd for Portable {
    type Vector = [f32; LANES];

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        [value; LANES]
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> Self::Vector {
        std::array::from_fn(|lane| from[lane])
    }
    #[inline(always)]
    fn store(self, vector: Self::Vector, to: &mut [f32]) {
        to[..LANES].copy_from_slice(&vector);
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
        // Not f32::mul_add: without the FMA instruction that is a function call.
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
    fn round(self, a: Self::Vector) -> Self::Vector {
        Self::map(a, f32::round_ties_even)
    }
    #[inline(always)]
    fn exp2_whole(self, a: Self::Vector) -> Self::Vector {
        Self::map(a, |a| f32::from_bits(((a as i32 + 127) as u32) << 23))
    }
    #[inline(always)]
    fn abs(self, a: Self::Vector) -> Self::Vector {
        Self::map(a, f32::abs)
    }
    #[inline(always)]
    fn copy_sign(self, magnitude: Self::Vector, sign: Self::Vector) -> Self::Vector {
        Self::zip(magnitude, sign, f32::copysign)
    }
    #[inline(always)]
    fn select_less(
        self,
        a: Self::Vector,
        b: Self::Vector,
        then: Self::Vector,
        otherwise: Self::Vector,
    ) -> Self::Vector {
        std::array::from_fn(|lane| if a[lane] < b[lane] { then[lane] } else { otherwise[lane] })
    }
    #[inline(always)]
    fn sums(self, vectors: [Self::Vector; 4]) -> [f32; 4] {
        vectors.map(|a| {
            let half = |at: usize| (a[at] + a[at + 1]) + (a[at + 2] + a[at + 3]);
            half(0) + half(4)
        })
    }
    #[inline(always)]
    unsafe fn load_unchecked(self, from: *const f32) -> Self::Vector {
        // SAFETY: the caller promises LANES readable values; an array of f32 has
        // the alignment of f32.
        unsafe { from.cast::<[f32; LANES]>().read() }
    }
    #[inline(always)]
    unsafe fn store_unchecked(self, vector: Self::Vector, to: *mut f32) {
        // SAFETY: the caller promises LANES writable values.
        unsafe { to.cast::<[f32; LANES]>().write(vector) }
    }
}

#[cfg(target_arch = "x86_64")]
pub use x86::Avx2;

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! SAFETY of every block below: an `Avx2` exists only inside `run_avx2`, which
    //! is entered after AVX2 and FMA were detected.

    use std::arch::x86_64::*;

    use super::{LANES, Simd};

    /// 256-bit registers with fused multiply-add (Intel since 2013, AMD since 2015).
    #[derive(Clone, Copy)]
    pub struct Avx2(pub(super) ());

    impl Simd for Avx2 {
        type Vector = __m256;

        #[inline(always)]
        fn splat(self, value: f32) -> __m256 {
            // SAFETY: see the module.
            unsafe { _mm256_set1_ps(value) }
        }
        #[inline(always)]
        fn load(self, from: &[f32]) -> __m256 {
            let from = &from[..LANES];
            // SAFETY: LANES values are readable; see the module.
            unsafe { _mm256_loadu_ps(from.as_ptr()) }
        }
        #[inline(always)]
        fn store(self, vector: __m256, to: &mut [f32]) {
            let to = &mut to[..LANES];
            // SAFETY: LANES values are writable; see the module.
            unsafe { _mm256_storeu_ps(to.as_mut_ptr(), vector) }
        }
        #[inline(always)]
        fn add(self, a: __m256, b: __m256) -> __m256 {
            // SAFETY: see the module.
            unsafe { _mm256_add_ps(a, b) }
        }
        #[inline(always)]
        fn sub(self, a: __m256, b: __m256) -> __m256 {
            // SAFETY: see the module.
            unsafe { _mm256_sub_ps(a, b) }
        }
        #[inline(always)]
        fn mul(self, a: __m256, b: __m256) -> __m256 {
            // SAFETY: see the module.
            unsafe { _mm256_mul_ps(a, b) }
        }
        #[inline(always)]
        fn div(self, a: __m256, b: __m256) -> __m256 {
            // SAFETY: see the module.
            unsafe { _mm256_div_ps(a, b) }
        }
        #[inline(always)]
        fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
            // SAFETY: see the module.
            unsafe { _mm256_fmadd_ps(a, b, c) }
        }
        #[inline(always)]
        fn neg_mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
            // SAFETY: see the module.
            unsafe { _mm256_fnmadd_ps(a, b, c) }
        }
        #[inline(always)]
        fn max(self, a: __m256, b: __m256) -> __m256 {
            // SAFETY: see the module.
            unsafe { _mm256_max_ps(a, b) }
        }
        #[inline(always)]
        fn min(self, a: __m256, b: __m256) -> __m256 {
            // SAFETY: see the module.
            unsafe { _mm256_min_ps(a, b) }
        }
        #[inline(always)]
        fn round(self, a: __m256) -> __m256 {
            const MODE: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
            // SAFETY: see the module.
            unsafe { _mm256_round_ps::<MODE>(a) }
        }
        #[inline(always)]
        fn exp2_whole(self, a: __m256) -> __m256 {
            // SAFETY: see the module.
            unsafe {
                let biased = _mm256_add_epi32(_mm256_cvtps_epi32(a), _mm256_set1_epi32(127));
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased))
            }
        }
        #[inline(always)]
        fn abs(self, a: __m256) -> __m256 {
            // SAFETY: see the module.
            unsafe { _mm256_andnot_ps(_mm256_set1_ps(-0.0), a) }
        }
        #[inline(always)]
        fn copy_sign(self, magnitude: __m256, sign: __m256) -> __m256 {
            // SAFETY: see the module.
            unsafe { _mm256_or_ps(magnitude, _mm256_and_ps(_mm256_set1_ps(-0.0), sign)) }
        }
        #[inline(always)]
        fn select_less(self, a: __m256, b: __m256, then: __m256, otherwise: __m256) -> __m256 {
            // SAFETY: see the module.
            unsafe { _mm256_blendv_ps(otherwise, then, _mm256_cmp_ps::<_CMP_LT_OQ>(a, b)) }
        }
        #[inline(always)]
        fn sums(self, [a, b, c, d]: [__m256; 4]) -> [f32; 4] {
            let mut sums = [0.0; 4];
            // SAFETY: four values are writable; see the module.
            unsafe {
                let pairs = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
                let low = _mm256_castps256_ps128(pairs);
                _mm_storeu_ps(
                    sums.as_mut_ptr(),
                    _mm_add_ps(low, _mm256_extractf128_ps::<1>(pairs)),
                );
            }
            sums
        }
        #[inline(always)]
        unsafe fn load_unchecked(self, from: *const f32) -> __m256 {
            // SAFETY: the caller promises LANES readable values; see the module.
            unsafe { _mm256_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn store_unchecked(self, vector: __m256, to: *mut f32) {
            // SAFETY: the caller promises LANES writable values; see the module.
            unsafe { _mm256_storeu_ps(to, vector) }
        }
    }
}
