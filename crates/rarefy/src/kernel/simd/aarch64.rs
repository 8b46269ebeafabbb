//! Vectors of 64-bit ARM processors. Every one of them has NEON, so that a token needs no proof.
//!
//! A vector of eight values is a pair of registers. Then tiles, padding and arrangements are those of
//! AVX2, and twelve sums with their operands take 29 of the 32 registers.
//!
//! SAFETY of every block below: NEON is there. The callers guarantee what pointers must hold.

use std::arch::aarch64::*;

use super::{Kernel, Lanes, Simd, add_block_of_eight};

/// Pairs of 128-bit registers.
#[derive(Clone, Copy)]
pub struct Neon(());

/// Runs `kernel` with NEON.
#[inline(never)]
pub fn run_neon<K: Kernel>(kernel: K) {
    kernel.run(Neon(()));
}

type Pair = [float32x4_t; 2];

/// Operations on both registers of a pair.
macro_rules! pairwise {
    ($($name:ident($first:ident $(, $other:ident)*) => $value:expr;)+) => {$(
        #[inline(always)]
        fn $name(self, $first: Pair $(, $other: Pair)*) -> Pair {
            let half = |$first: float32x4_t $(, $other: float32x4_t)*| {
                // SAFETY: see the module.
                unsafe { $value }
            };
            [half($first[0] $(, $other[0])*), half($first[1] $(, $other[1])*)]
        }
    )+};
}

impl Lanes for Neon {
    type Element = f32;
    type Vector = Pair;
    type Factor = f32;
    type Sums = Pair;
    const LANES: usize = 8;

    #[inline(always)]
    fn splat(self, value: f32) -> Pair {
        // SAFETY: see the module.
        unsafe { [vdupq_n_f32(value); 2] }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Pair {
        // SAFETY: see the module.
        unsafe { [vld1q_f32(from), vld1q_f32(from.add(4))] }
    }
    #[inline(always)]
    unsafe fn store(self, [low, high]: Pair, to: *mut f32) {
        // SAFETY: see the module.
        unsafe {
            vst1q_f32(to, low);
            vst1q_f32(to.add(4), high);
        }
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

impl Simd for Neon {
    type Indices = [uint32x4_t; 2];
    /// Four registers of bytes, twice.
    type Table = [uint8x16x4_t; 2];
    const SUMS: usize = 12;

    pairwise! {
        add(a, b) => vaddq_f32(a, b);
        sub(a, b) => vsubq_f32(a, b);
        mul(a, b) => vmulq_f32(a, b);
        div(a, b) => vdivq_f32(a, b);
        mul_add(a, b, c) => vfmaq_f32(c, a, b);
        neg_mul_add(a, b, c) => vfmsq_f32(c, a, b);
        // Not `vmaxq_f32`, which is NaN where either is.
        max(a, b) => vbslq_f32(vcgtq_f32(a, b), a, b);
        min(a, b) => vbslq_f32(vcltq_f32(a, b), a, b);
        where_positive(a, value) => vbslq_f32(vcgtzq_f32(a), value, vdupq_n_f32(0.0));
    }

    #[inline(always)]
    fn call<K: Kernel>(self, kernel: K) {
        run_neon(kernel);
    }
    #[inline(always)]
    fn splat_four(self, values: &[f32; 4]) -> [Pair; 4] {
        // SAFETY: four values are readable; see the module.
        unsafe {
            let four = vld1q_f32(values.as_ptr());
            [
                [vdupq_laneq_f32::<0>(four); 2],
                [vdupq_laneq_f32::<1>(four); 2],
                [vdupq_laneq_f32::<2>(four); 2],
                [vdupq_laneq_f32::<3>(four); 2],
            ]
        }
    }
    #[inline(always)]
    fn sums(self, [a, b, c, d]: [Pair; 4]) -> [f32; 4] {
        let mut sums = [0.0; 4];
        // SAFETY: four values are writable; see the module.
        unsafe {
            let (ab, cd) = (
                vpaddq_f32(vaddq_f32(a[0], a[1]), vaddq_f32(b[0], b[1])),
                vpaddq_f32(vaddq_f32(c[0], c[1]), vaddq_f32(d[0], d[1])),
            );
            vst1q_f32(sums.as_mut_ptr(), vpaddq_f32(ab, cd));
        }
        sums
    }
    #[inline(always)]
    fn pick(self, [low, high]: Self::Table, indices: Self::Indices) -> Pair {
        let half = |indices: uint32x4_t| {
            // SAFETY: see the module.
            unsafe {
                // The four bytes of each value. Bytes beyond a table give 0, or what was there.
                let indices = vandq_u32(indices, vdupq_n_u32(31));
                let bytes = vmlaq_n_u32(vdupq_n_u32(0x0302_0100), indices, 0x0404_0404);
                let bytes = vreinterpretq_u8_u32(bytes);
                let picked = vqtbl4q_u8(low, bytes);
                vreinterpretq_f32_u8(vqtbx4q_u8(picked, high, vsubq_u8(bytes, vdupq_n_u8(64))))
            }
        };
        [half(indices[0]), half(indices[1])]
    }
    #[inline(always)]
    fn next_packed(self, [low, high]: Self::Indices) -> Self::Indices {
        // SAFETY: see the module.
        unsafe { [vshrq_n_u32::<5>(low), vshrq_n_u32::<5>(high)] }
    }
    #[inline(always)]
    unsafe fn load_indices(self, from: *const u32) -> Self::Indices {
        // SAFETY: see the module.
        unsafe { [vld1q_u32(from), vld1q_u32(from.add(4))] }
    }
    #[inline(always)]
    unsafe fn table(self, low: *const f32, high: *const f32) -> Self::Table {
        // SAFETY: see the module.
        unsafe { [vld1q_u8_x4(low.cast()), vld1q_u8_x4(high.cast())] }
    }
}
