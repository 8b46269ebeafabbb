//! Hyperbolic tangent and sigmoid of integers, by a table of 65 values of tanh and straight lines
//! between them.
//!
//! Arguments are in units of 2^-12, values in units of 2^-15. tanh is off by at most 3.92e-4, the
//! sigmoid by at most 2.53e-4; both are monotonic, and tanh is odd.

use crate::kernel::{IntegerKernel, Integers, LOOKUP, dispatch_integers, update};

/// tanh in units of 2^-15: at multiples of 1/16 up to 2, of 1/8 up to 4, of 1/4 up to 8.
pub(crate) const TANH: [i16; LOOKUP + 1] = [
    0, 2045, 4075, 6073, 8025, 9919, 11743, 13486, 15143, 16706, 18173, 19542, 20813, 21986, 23066,
    24054, 24956, 25776, 26519, 27191, 27797, 28341, 28830, 29268, 29660, 30010, 30322, 30600,
    30847, 31067, 31262, 31435, 31589, 31846, 32048, 32206, 32329, 32426, 32501, 32560, 32606,
    32642, 32670, 32691, 32708, 32721, 32732, 32740, 32746, 32755, 32760, 32763, 32765, 32766,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
];

/// Each value of [`TANH`], and how far the next one is above it.
const LINES: [[i16; 2]; LOOKUP] = {
    let mut lines = [[0; 2]; LOOKUP];
    let mut at = 0;
    while at < LOOKUP {
        lines[at] = [TANH[at], TANH[at + 1] - TANH[at]];
        at += 1;
    }
    lines
};

/// The largest magnitude of a state. 1 is one more, and does not fit.
pub(crate) const ONE: i32 = 32767;

/// The functions, with the table at hand. They are methods, not closures, so that all of them are
/// inlined ([`crate::kernel::dispatch_integers`]).
#[derive(Clone, Copy)]
pub(super) struct Activations<I: Integers> {
    s: I,
    lines: I::Table,
}

impl<I: Integers> Activations<I> {
    #[inline(always)]
    pub(super) fn new(s: I) -> Self {
        Self { s, lines: s.table(&LINES) }
    }

    /// tanh of `x` in units of 2^-12; beyond 8 it is that of 8.
    #[inline(always)]
    pub(super) fn tanh(self, x: I::Vector) -> I::Vector {
        self.s.widen(self.tanh_short(self.s.narrow(x)))
    }

    #[inline(always)]
    fn tanh_short(self, x: I::Short) -> I::Short {
        let Self { s, lines } = self;
        let size = s.abs_short(x);
        let twice = s.add_unsigned(size, size);
        // Where it is on the lines, in units of 2^-10 of a line: lines are 1/16 wide up to 2, twice as
        // wide up to 4, then twice as wide again.
        let to_2 = s.add_unsigned(twice, twice);
        let to_4 = s.add_unsigned(twice, s.splat_short(1 << 14));
        let to_8 = s.add_unsigned(size, s.splat_short(i16::MIN));
        let place = s.min_unsigned(s.min_unsigned(to_2, to_4), to_8);
        let [value, rise] = s.pick(lines, s.shift_right_unsigned::<10>(place));
        // The lowest ten bits, in units of 2^-15.
        let part = s.shift_right_unsigned::<1>(s.shift_left_short::<6>(place));
        s.sign_short(s.add_short(value, s.mul_short(rise, part)), x)
    }

    /// The sigmoid of `x` in units of 2^-12, 0 to [`ONE`]: `(1 + tanh(x / 2)) / 2`.
    #[inline(always)]
    pub(super) fn sigmoid(self, x: I::Vector) -> I::Vector {
        let s = self.s;
        let half = s.shift_right_short::<1>(self.tanh_short(s.narrow(self.down(x, 1))));
        s.widen(s.add_short(half, s.splat_short(1 << 14)))
    }

    /// `x / 2^bits`, rounded down.
    #[inline(always)]
    pub(super) fn down(self, x: I::Vector, bits: i32) -> I::Vector {
        self.s.shift_right(x, self.s.splat(bits))
    }

    /// `x / 2^15`, rounded.
    #[inline(always)]
    pub(super) fn rounded(self, x: I::Vector) -> I::Vector {
        self.down(self.s.add(x, self.s.splat(1 << 14)), 15)
    }

    /// `x`, or `most` or `-most` where it is beyond them.
    #[inline(always)]
    pub(super) fn within(self, x: I::Vector, most: i32) -> I::Vector {
        self.s.max(self.s.min(x, self.s.splat(most)), self.s.splat(-most))
    }
}

/// tanh of each of `values`, whole vectors of them.
pub(super) fn tanh(values: &mut [i32]) {
    struct Tanh<'a>(&'a mut [i32]);
    impl IntegerKernel for Tanh<'_> {
        #[inline(always)]
        fn run<I: Integers>(self, s: I) {
            let functions = Activations::new(s);
            update(s, [self.0], [], |[x], []| [functions.tanh(x)]);
        }
    }
    dispatch_integers(Tanh(values));
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sigmoid<'a>(&'a mut [i32]);
    impl IntegerKernel for Sigmoid<'_> {
        #[inline(always)]
        fn run<I: Integers>(self, s: I) {
            let functions = Activations::new(s);
            update(s, [self.0], [], |[x], []| [functions.sigmoid(x)]);
        }
    }

    /// As exported C computes tanh.
    fn by_table(x: i32) -> i32 {
        let size = x.unsigned_abs().min(ONE as u32) as i32;
        let coarse = i32::from(size >= 8192) + i32::from(size >= 16384);
        let bits = 8 + coarse;
        let at = (16 * coarse + (size >> bits)) as usize;
        let [below, above] = [TANH[at], TANH[at + 1]].map(i32::from);
        let part = size & ((1 << bits) - 1);
        (below + (((above - below) * part + (1 << (bits - 1))) >> bits)) * x.signum()
    }

    #[test]
    fn they_are_as_close_as_stated_and_monotonic() {
        let arguments: Vec<i32> = (-140_000..140_000).collect();
        let [mut tanhs, mut sigmoids] = [arguments.clone(), arguments.clone()];
        tanh(&mut tanhs);
        dispatch_integers(Sigmoid(&mut sigmoids));
        let (mut of_tanh, mut of_sigmoid) = (0f64, 0f64);
        let mut before = (-40000, -1);
        for (at, now) in tanhs.iter().copied().zip(sigmoids).enumerate() {
            let real = f64::from(arguments[at]) / 4096.0;
            assert!(before <= now && now.0 >= before.0 && now.1 >= before.1, "{real}");
            assert_eq!(now.0, by_table(arguments[at]));
            of_tanh = of_tanh.max((f64::from(now.0) / 32768.0 - real.tanh()).abs());
            let sigmoid = (1.0 + (-real).exp()).recip();
            of_sigmoid = of_sigmoid.max((f64::from(now.1) / 32768.0 - sigmoid).abs());
            before = now;
        }
        assert!((3.8e-4..3.92e-4).contains(&of_tanh), "{of_tanh}");
        assert!((2.4e-4..2.53e-4).contains(&of_sigmoid), "{of_sigmoid}");
        let mut extremes = [0, i32::MAX, -i32::MAX, i32::MIN].repeat(4);
        let mut of_extremes = extremes.clone();
        tanh(&mut of_extremes);
        assert_eq!(of_extremes, extremes.iter().copied().map(by_table).collect::<Vec<i32>>());
        dispatch_integers(Sigmoid(&mut extremes));
        assert_eq!(extremes[..4], [16384, ONE, 0, 0]);
    }
}
