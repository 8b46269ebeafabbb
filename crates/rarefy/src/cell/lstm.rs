//! Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000).
//!
//! Slots, in order: input `i`, forget `f`, cell candidate `g`, output `o`.
//!
//! ```text
//! i, f, o = sigmoid(.)   g = tanh(.)   c' = f c + i g   h' = o tanh(c')
//! ```

use super::{Backward, Forward};
use crate::kernel::{Kernel, LANES, Simd, sigmoid, tanh};

pub(super) struct LstmForward<'a>(pub Forward<'a>);
pub(super) struct LstmBackward<'a>(pub Backward<'a>);

impl Kernel for LstmForward<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Forward { slots, hidden, memory_before, memory, .. } = self.0;
        let state = hidden.len();
        let (input, rest) = slots.split_at_mut(state);
        let (forget, rest) = rest.split_at_mut(state);
        let (candidate, output) = rest.split_at_mut(state);
        for at in (0..state).step_by(LANES) {
            let i = sigmoid(s, s.load(&input[at..]));
            let f = sigmoid(s, s.load(&forget[at..]));
            let g = tanh(s, s.load(&candidate[at..]));
            let o = sigmoid(s, s.load(&output[at..]));
            let c = s.mul_add(f, s.load(&memory_before[at..]), s.mul(i, g));
            s.store(i, &mut input[at..]);
            s.store(f, &mut forget[at..]);
            s.store(g, &mut candidate[at..]);
            s.store(o, &mut output[at..]);
            s.store(c, &mut memory[at..]);
            s.store(s.mul(o, tanh(s, c)), &mut hidden[at..]);
        }
    }
}

impl Kernel for LstmBackward<'_> {
    /// With `t = tanh(c')`, computed again because that is cheaper than keeping it:
    ///
    /// ```text
    /// dc' += dh' o (1 - t^2)
    /// do = dh' t,  di = dc' g,  df = dc' c,  dg = dc' i, each times its activation's slope
    /// dc = dc' f,  dh = 0         (only through weight_hh)
    /// ```
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Backward { slots, memory_before, memory, hidden_gradient, memory_gradient, .. } =
            self.0;
        let state = memory.len();
        let one = s.splat(1.0);
        let (input, rest) = slots.split_at_mut(state);
        let (forget, rest) = rest.split_at_mut(state);
        let (candidate, output) = rest.split_at_mut(state);
        for at in (0..state).step_by(LANES) {
            let i = s.load(&input[at..]);
            let f = s.load(&forget[at..]);
            let g = s.load(&candidate[at..]);
            let o = s.load(&output[at..]);
            let t = tanh(s, s.load(&memory[at..]));
            let dh = s.load(&hidden_gradient[at..]);
            let through_output = s.mul(s.mul(dh, o), s.neg_mul_add(t, t, one));
            let dc = s.add(s.load(&memory_gradient[at..]), through_output);
            let di = s.mul(s.mul(dc, g), s.neg_mul_add(i, i, i));
            let df = s.mul(s.mul(dc, s.load(&memory_before[at..])), s.neg_mul_add(f, f, f));
            let dg = s.mul(s.mul(dc, i), s.neg_mul_add(g, g, one));
            let d_o = s.mul(s.mul(dh, t), s.neg_mul_add(o, o, o));
            s.store(di, &mut input[at..]);
            s.store(df, &mut forget[at..]);
            s.store(dg, &mut candidate[at..]);
            s.store(d_o, &mut output[at..]);
            s.store(s.mul(dc, f), &mut memory_gradient[at..]);
            s.store(s.splat(0.0), &mut hidden_gradient[at..]);
        }
    }
}
