//! A step of the cells in integers, element by element.

use super::LARGEST;
use super::activation::{Activations, ONE};
use crate::cell::Cell;
use crate::kernel::{IntegerKernel, Integers, dispatch_integers, update};

/// What a step of `cell` reads and writes, `P` units, whole vectors.
pub(super) struct Forward<'a> {
    pub(super) cell: Cell,
    /// `[S * P]`: the sums of the gates.
    pub(super) sums: &'a [i32],
    /// The state before, and after.
    pub(super) hidden: &'a mut [i32],
    /// The memory likewise; empty for cells without.
    pub(super) memory: &'a mut [i32],
    /// The unit of the memory is `2^(memory_bits - 15)`.
    pub(super) memory_bits: u32,
}

impl Forward<'_> {
    pub(super) fn run(self) {
        dispatch_integers(self);
    }
}

impl IntegerKernel for Forward<'_> {
    #[inline(always)]
    fn run<I: Integers>(self, s: I) {
        let Self { cell, sums, hidden, memory, memory_bits } = self;
        let f = Activations::new(s);
        let slot = |slot: usize| &sums[slot * hidden.len()..][..hidden.len()];
        match cell {
            Cell::RnnTanh => {
                let sum = slot(0);
                update(s, [hidden], [sum], |_, [sum]| [f.tanh(sum)]);
            }
            Cell::RnnRelu => {
                let sum = slot(0);
                let (zero, one) = (s.splat(0), s.splat(ONE));
                update(s, [hidden], [sum], |_, [sum]| [s.max(s.min(sum, one), zero)]);
            }
            Cell::Gru => {
                // In the order of `Cell::input_gates`: the new gate's input part, reset gate, update
                // gate, new gate's hidden part.
                let slots = [slot(0), slot(1), slot(2), slot(3)];
                update(s, [hidden], slots, |[h], [i, r, z, u]| {
                    let u = s.mul(f.sigmoid(r), f.within(u, 65535));
                    let n = f.tanh(s.add(f.within(i, 65535), f.down(u, 15)));
                    [s.add(n, f.rounded(s.mul(f.sigmoid(z), s.sub(h, n))))]
                });
            }
            Cell::Lstm => {
                let bits = memory_bits as i32;
                // In two parts, because a closure that is too large is not inlined.
                let slots = [slot(0), slot(1), slot(2)];
                update(s, [&mut *memory], slots, |[c], [i, forget, g]| {
                    let new = f.down(s.mul(f.sigmoid(i), f.tanh(g)), bits);
                    let kept = s.mul(f.sigmoid(forget), c);
                    [f.within(f.rounded(s.add(kept, new)), ONE)]
                });
                let output = slot(3);
                update(s, [hidden], [output, memory], |_, [o, c]| {
                    // In units of 2^-12.
                    let read = f.down(s.shift_left(c, s.splat(bits)), 3);
                    [f.rounded(s.mul(f.sigmoid(o), f.tanh(read)))]
                });
            }
        }
    }
}

/// What products read of `states`: without their lower bits, rounded.
pub(super) fn read(states: &[i32], lower: u32, read: &mut [i8]) {
    struct Narrow<'a>(&'a [i32], u32, &'a mut [i8]);
    impl IntegerKernel for Narrow<'_> {
        #[inline(always)]
        fn run<I: Integers>(self, _: I) {
            let Self(states, lower, read) = self;
            let half = 1 << (lower - 1);
            for (read, state) in read.iter_mut().zip(states) {
                *read = ((state + half) >> lower).clamp(-LARGEST, LARGEST) as i8;
            }
        }
    }
    dispatch_integers(Narrow(states, lower, read));
}
