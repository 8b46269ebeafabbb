//! Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000).
//!
//! Slots, in order: input `i`, forget `f`, cell candidate `g`, output `o`.
//!
//! ```text
//! i, f, o = sigmoid(.)   g = tanh(.)   c' = f c + i g   h' = o tanh(c')
//! ```

use super::step::{Backward, Forward, slots_of};
use crate::kernel::{Kernel, Simd, sigmoid, tanh, update};

pub(super) struct LstmForward<'a>(pub Forward<'a>);
pub(super) struct LstmBackward<'a>(pub Backward<'a>);

impl Kernel for LstmForward<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Forward { slots, hidden, memory_before, memory, .. } = self.0;
        let [input, forget, candidate, output] = slots_of(slots);
        update(
            s,
            [input, forget, candidate, output, memory, hidden],
            [memory_before],
            |[i, f, g, o, _, _], [c]| {
                let i = sigmoid(s, i);
                let f = sigmoid(s, f);
                let g = tanh(s, g);
                let o = sigmoid(s, o);
                let c = s.mul_add(f, c, s.mul(i, g));
                [i, f, g, o, c, s.mul(o, tanh(s, c))]
            },
        );
    }
}

impl Kernel for LstmBackward<'_> {
    /// With `t = tanh(c')`, which is recomputed because that is cheaper than storing it:
    ///
    /// ```text
    /// dc' += dh' o (1 - t^2)
    /// do = dh' t,  di = dc' g,  df = dc' c,  dg = dc' i, each times its activation's slope
    /// dc = dc' f,  dh = 0         (only through weight_hh)
    /// ```
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Backward { slots, memory_before, memory, .. } = self.0;
        let Backward { output_gradient, hidden_gradient, memory_gradient, .. } = self.0;
        let one = s.splat(1.0);
        let [input, forget, candidate, output] = slots_of(slots);
        update(
            s,
            [input, forget, candidate, output, hidden_gradient, memory_gradient],
            [memory_before, memory, output_gradient],
            |[i, f, g, o, later, dc], [c, memory, dh]| {
                let dh = s.add(later, dh);
                let t = tanh(s, memory);
                let dc = s.mul_add(s.mul(dh, o), s.neg_mul_add(t, t, one), dc);
                let di = s.mul(s.mul(dc, g), s.neg_mul_add(i, i, i));
                let df = s.mul(s.mul(dc, c), s.neg_mul_add(f, f, f));
                let dg = s.mul(s.mul(dc, i), s.neg_mul_add(g, g, one));
                let d_o = s.mul(s.mul(dh, t), s.neg_mul_add(o, o, o));
                [di, df, dg, d_o, s.splat(0.0), s.mul(dc, f)]
            },
        );
    }
}
