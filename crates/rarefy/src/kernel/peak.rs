//! The peak rate of this machine's multiply-add units, for comparison with the kernels.

use std::hint::black_box;

use super::simd::{Kernel, Simd, dispatch, instruction_set};

/// Does `rounds` rounds of vector multiply-adds that touch no memory. Returns the number of
/// floating-point operations: two per multiply-add and lane.
pub fn multiply_add_rounds(rounds: u64) -> u64 {
    let mut operations = 0;
    // Independent chains, enough to hide the latency of a multiply-add. Without AVX, a vector takes
    // two of the sixteen registers, and compilers keep no more than four vectors there.
    if cfg!(target_arch = "x86_64") && instruction_set() == "portable" {
        dispatch(Chains::<4> { rounds, operations: &mut operations });
    } else {
        dispatch(Chains::<12> { rounds, operations: &mut operations });
    }
    operations
}

struct Chains<'a, const CHAINS: usize> {
    rounds: u64,
    operations: &'a mut u64,
}

impl<const CHAINS: usize> Kernel for Chains<'_, CHAINS> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        // Opaque, because the compiler would otherwise compute the sums in advance.
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
