//! Hyperbolic tangent and sigmoid of integers, by a table of 65 values of tanh and straight lines
//! between them.
//!
//! Arguments are in units of 2^-12, values in units of 2^-15. tanh is off by at most 3.92e-4, the
//! sigmoid by at most 2.53e-4; both are monotonic, and tanh is odd.

/// tanh in units of 2^-15: at multiples of 1/16 up to 2, of 1/8 up to 4, of 1/4 up to 8.
pub(crate) const TANH: [i16; 65] = [
    0, 2045, 4075, 6073, 8025, 9919, 11743, 13486, 15143, 16706, 18173, 19542, 20813, 21986, 23066,
    24054, 24956, 25776, 26519, 27191, 27797, 28341, 28830, 29268, 29660, 30010, 30322, 30600,
    30847, 31067, 31262, 31435, 31589, 31846, 32048, 32206, 32329, 32426, 32501, 32560, 32606,
    32642, 32670, 32691, 32708, 32721, 32732, 32740, 32746, 32755, 32760, 32763, 32765, 32766,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
];

/// The largest magnitude of a state. 1 is one more, and does not fit.
pub(crate) const ONE: i32 = 32767;

/// tanh of `x` in units of 2^-12; beyond 8 it is that of 8.
#[inline(always)]
pub(super) fn tanh(x: i32) -> i32 {
    let size = x.abs().min(ONE);
    let coarse = i32::from(size >= 2 << 12) + i32::from(size >= 4 << 12);
    let shift = 8 + coarse;
    let at = (16 * coarse + (size >> shift)) as usize;
    let (below, above) = (i32::from(TANH[at]), i32::from(TANH[at + 1]));
    let part = size & ((1 << shift) - 1);
    let value = below + (((above - below) * part + (1 << (shift - 1))) >> shift);
    if x < 0 { -value } else { value }
}

/// The sigmoid of `x` in units of 2^-12, 0 to [`ONE`]: `(1 + tanh(x / 2)) / 2`.
#[inline(always)]
pub(super) fn sigmoid(x: i32) -> i32 {
    (32768 + tanh(x >> 1)) >> 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_as_close_as_stated_and_monotonic() {
        let (mut of_tanh, mut of_sigmoid) = (0f64, 0f64);
        let mut before = (-40000, -1);
        for x in -140_000..140_000 {
            let real = f64::from(x) / 4096.0;
            let now = (tanh(x), sigmoid(x));
            assert!(before <= now && now.0 >= before.0 && now.1 >= before.1, "{x}");
            assert_eq!(tanh(-x), -now.0);
            of_tanh = of_tanh.max((f64::from(now.0) / 32768.0 - real.tanh()).abs());
            let sigmoid = (1.0 + (-real).exp()).recip();
            of_sigmoid = of_sigmoid.max((f64::from(now.1) / 32768.0 - sigmoid).abs());
            before = now;
        }
        assert!((3.8e-4..3.92e-4).contains(&of_tanh), "{of_tanh}");
        assert!((2.4e-4..2.53e-4).contains(&of_sigmoid), "{of_sigmoid}");
        assert_eq!((tanh(0), sigmoid(0), sigmoid(i32::MAX), sigmoid(i32::MIN)), (0, 16384, ONE, 0));
    }
}
