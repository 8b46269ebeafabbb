//! The plain recurrent cell (Elman 1990): `h' = f(a)`, `f` tanh or ReLU.

use super::step::{Backward, Forward};
use crate::kernel::{Kernel, Simd, relu, tanh, update};

pub(super) struct TanhForward<'a>(pub Forward<'a>);
pub(super) struct ReluForward<'a>(pub Forward<'a>);
pub(super) struct TanhBackward<'a>(pub Backward<'a>);
pub(super) struct ReluBackward<'a>(pub Backward<'a>);

impl Kernel for TanhForward<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        update(s, [self.0.hidden], [self.0.slots], |_, [a]| [tanh(s, a)]);
    }
}

impl Kernel for ReluForward<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        update(s, [self.0.hidden], [self.0.slots], |_, [a]| [relu(s, a)]);
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
        differentiate(s, self.0, |h, dh| s.where_positive(h, dh));
    }
}

#[inline(always)]
fn differentiate<S: Simd>(s: S, step: Backward, f: impl Fn(S::Vector, S::Vector) -> S::Vector) {
    let Backward { slots, hidden, output_gradient, hidden_gradient, .. } = step;
    update(s, [slots, hidden_gradient], [hidden, output_gradient], |[_, later], [h, dh]| {
        [f(h, s.add(later, dh)), s.splat(0.0)]
    });
}
