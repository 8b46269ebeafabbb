//! The plain recurrent cell (Elman 1990): `h' = f(a)`, `f` tanh or ReLU.

use super::{Backward, Forward};
use crate::kernel::{Kernel, LANES, Simd, relu, tanh};

pub(super) struct TanhForward<'a>(pub Forward<'a>);
pub(super) struct ReluForward<'a>(pub Forward<'a>);
pub(super) struct TanhBackward<'a>(pub Backward<'a>);
pub(super) struct ReluBackward<'a>(pub Backward<'a>);

impl Kernel for TanhForward<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        activate(s, self.0, |a| tanh(s, a));
    }
}

impl Kernel for ReluForward<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        activate(s, self.0, |a| relu(s, a));
    }
}

impl Kernel for TanhBackward<'_> {
    /// `da = dh' (1 - h'^2)`
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let one = s.splat(1.0);
        differentiate(s, self.0, |h, dh| s.mul(dh, s.neg_mul_add(h, h, one)));
    }
}

impl Kernel for ReluBackward<'_> {
    /// `da = dh'` where `h' > 0`, else 0
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let zero = s.splat(0.0);
        differentiate(s, self.0, |h, dh| s.select_less(zero, h, dh, zero));
    }
}

#[inline(always)]
fn activate<S: Simd>(s: S, step: Forward, f: impl Fn(S::Vector) -> S::Vector) {
    for (a, h) in step.slots.chunks_exact(LANES).zip(step.hidden.chunks_exact_mut(LANES)) {
        s.store(f(s.load(a)), h);
    }
}

#[inline(always)]
fn differentiate<S: Simd>(s: S, step: Backward, f: impl Fn(S::Vector, S::Vector) -> S::Vector) {
    let states = step.hidden.chunks_exact(LANES);
    let gradients = step.hidden_gradient.chunks_exact_mut(LANES);
    for ((a, h), dh) in step.slots.chunks_exact_mut(LANES).zip(states).zip(gradients) {
        s.store(f(s.load(h), s.load(dh)), a);
        s.store(s.splat(0.0), dh);
    }
}
