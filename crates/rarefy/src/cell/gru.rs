//! The gated recurrent unit (Cho et al. 2014), in the variant of cuDNN and PyTorch.
//!
//! Slots, in order: the new gate's input part `i`, reset `r`, update `z`, the new gate's hidden part
//! `u`.
//!
//! ```text
//! r = sigmoid(.)   z = sigmoid(.)   n = tanh(i + r u)   h' = n + z (h - n)
//! ```
//!
//! After the forward step the first slot holds `n`; `u` is unchanged.

use super::step::{Backward, Forward, slots_of};
use crate::kernel::{Kernel, Simd, sigmoid, tanh, update};

pub(super) struct GruForward<'a>(pub Forward<'a>);
pub(super) struct GruBackward<'a>(pub Backward<'a>);

impl Kernel for GruForward<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Forward { slots, hidden_before, hidden, .. } = self.0;
        let [new, reset, update_gate, hidden_part] = slots_of(slots);
        update(
            s,
            [new, reset, update_gate, hidden],
            [hidden_part, hidden_before],
            |[i, r, z, _], [u, h]| {
                let r = sigmoid(s, r);
                let z = sigmoid(s, z);
                let n = tanh(s, s.mul_add(r, u, i));
                [n, r, z, s.mul_add(z, s.sub(h, n), n)]
            },
        );
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
        let Backward { slots, hidden_before, output_gradient, hidden_gradient, .. } = self.0;
        let one = s.splat(1.0);
        let [new, reset, update_gate, hidden_part] = slots_of(slots);
        update(
            s,
            [new, reset, update_gate, hidden_part, hidden_gradient],
            [hidden_before, output_gradient],
            |[n, r, z, u, later], [h, dh]| {
                let dh = s.add(later, dh);
                let dz = s.mul(s.mul(dh, s.sub(h, n)), s.neg_mul_add(z, z, z));
                let da = s.mul(s.neg_mul_add(dh, z, dh), s.neg_mul_add(n, n, one));
                let dr = s.mul(s.mul(da, u), s.neg_mul_add(r, r, r));
                [da, dr, dz, s.mul(da, r), s.mul(dh, z)]
            },
        );
    }
}
