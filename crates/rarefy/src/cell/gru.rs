//! The gated recurrent unit (Cho et al. 2014), in the variant of cuDNN and PyTorch.
//!
//! Slots, in order: reset `r`, update `z`, new gate's input part `i`, its hidden part `u`.
//!
//! ```text
//! r = sigmoid(.)   z = sigmoid(.)   n = tanh(i + r u)   h' = n + z (h - n)
//! ```
//!
//! After the forward step the third slot holds `n`; `u` stays as it is.

use super::{Backward, Forward};
use crate::kernel::{Kernel, LANES, Simd, sigmoid, tanh};

pub(super) struct GruForward<'a>(pub Forward<'a>);
pub(super) struct GruBackward<'a>(pub Backward<'a>);

impl Kernel for GruForward<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Forward { slots, hidden_before, hidden, .. } = self.0;
        let state = hidden.len();
        let (reset, rest) = slots.split_at_mut(state);
        let (update, rest) = rest.split_at_mut(state);
        let (new, hidden_part) = rest.split_at_mut(state);
        for at in (0..state).step_by(LANES) {
            let r = sigmoid(s, s.load(&reset[at..]));
            let z = sigmoid(s, s.load(&update[at..]));
            let n = tanh(s, s.mul_add(r, s.load(&hidden_part[at..]), s.load(&new[at..])));
            let h = s.load(&hidden_before[at..]);
            s.store(r, &mut reset[at..]);
            s.store(z, &mut update[at..]);
            s.store(n, &mut new[at..]);
            s.store(s.mul_add(z, s.sub(h, n), n), &mut hidden[at..]);
        }
    }
}

impl Kernel for GruBackward<'_> {
    /// ```text
    /// dz = dh' (h - n)            at the gate: dz z (1 - z)
    /// dn = dh' (1 - z)            at the sum:  da = dn (1 - n^2)
    /// di = da,  du = da r,  dr = da u, at the gate: dr r (1 - r)
    /// dh = dh' z                  (and through weight_hh)
    /// ```
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Backward { slots, hidden_before, hidden_gradient, .. } = self.0;
        let state = hidden_before.len();
        let one = s.splat(1.0);
        let (reset, rest) = slots.split_at_mut(state);
        let (update, rest) = rest.split_at_mut(state);
        let (new, hidden_part) = rest.split_at_mut(state);
        for at in (0..state).step_by(LANES) {
            let r = s.load(&reset[at..]);
            let z = s.load(&update[at..]);
            let n = s.load(&new[at..]);
            let u = s.load(&hidden_part[at..]);
            let h = s.load(&hidden_before[at..]);
            let dh = s.load(&hidden_gradient[at..]);
            let dz = s.mul(s.mul(dh, s.sub(h, n)), s.neg_mul_add(z, z, z));
            let da = s.mul(s.neg_mul_add(dh, z, dh), s.neg_mul_add(n, n, one));
            let dr = s.mul(s.mul(da, u), s.neg_mul_add(r, r, r));
            s.store(dr, &mut reset[at..]);
            s.store(dz, &mut update[at..]);
            s.store(da, &mut new[at..]);
            s.store(s.mul(da, r), &mut hidden_part[at..]);
            s.store(s.mul(dh, z), &mut hidden_gradient[at..]);
        }
    }
}
