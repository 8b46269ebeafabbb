//! The most that this machine's multiply-add units can do, to measure others against.

use std::hint::black_box;

use super::simd::{Kernel, Simd, dispatch};

/// Independent chains: enough to hide the latency of a multiply-add, on every
/// instruction set.
const CHAINS: usize = 12;

/// Does `rounds` rounds of vector multiply-adds that touch no memory, and returns how
/// many floating-point operations that was (two a multiply-add and lane).
pub fn multiply_add_rounds(rounds: u64) -> u64 {
    let mut operations = 0;
    dispatch(Chains { rounds, operations: &mut operations });
    operations
}

struct Chains<'a> {
    rounds: u64,
    operations: &'a mut u64,
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
        black_box(s.sums([sum; 4]));
        *self.operations = self.rounds * (2 * CHAINS * S::LANES) as u64;
    }
}
