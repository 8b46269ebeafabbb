//! The most that this machine's multiply-add units can do, to measure others against.

use std::hint::black_box;

use super::LANES;
use super::simd::{Kernel, Simd, dispatch};

/// Independent chains: as many as a product's tile keeps, enough to hide the latency.
const CHAINS: usize = 12;

/// Does `rounds` rounds of vector multiply-adds that touch no memory, and returns how
/// many floating-point operations that was (two a multiply-add and lane).
pub fn multiply_add_rounds(rounds: u64) -> u64 {
    let mut result = [0.0; LANES];
    dispatch(Chains { rounds, result: &mut result });
    black_box(result);
    rounds * (2 * CHAINS * LANES) as u64
}

struct Chains<'a> {
    rounds: u64,
    result: &'a mut [f32],
}

impl Kernel for Chains<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        // Opaque, or the compiler would do the sums beforehand.
        let factor = s.splat(black_box(0.999_9));
        let term = s.splat(black_box(1e-4));
        let mut chains = [s.splat(black_box(1.0)); CHAINS];
        for _ in 0..self.rounds {
            for chain in &mut chains {
                *chain = s.mul_add(*chain, factor, term);
            }
        }
        let sum = chains.into_iter().reduce(|a, b| s.add(a, b)).expect("some chains");
        s.store(sum, self.result);
    }
}
