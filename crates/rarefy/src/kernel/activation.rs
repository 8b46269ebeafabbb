//! Vectorised activations with a stated error.
//!
//! `exp` is the classic reduction `x = k ln 2 + r`, `|r| <= ln 2 / 2`, and the
//! Taylor polynomial of degree 7 in `r` (remainder below 1e-8 relative); `ln 2` is
//! split in two so that `k ln 2` is exact (Cody and Waite 1980).

use super::simd::Simd;

/// `e^x` for `|x| <= 87`; beyond, the value at the bound, so that no lane is ever
/// infinite. Relative error below 3e-7. NaN stays NaN.
#[inline(always)]
pub(super) fn exp<S: Simd>(s: S, x: S::Vector) -> S::Vector {
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    // `min` and `max` return their second argument for NaN: keep x second.
    let x = s.max(s.splat(-87.0), s.min(s.splat(87.0), x));
    let k = s.round(s.mul(x, s.splat(std::f32::consts::LOG2_E)));
    let r = s.neg_mul_add(k, s.splat(LN_2_HIGH), x);
    let r = s.neg_mul_add(k, s.splat(LN_2_LOW), r);
    let mut p = s.splat(1.0 / 5040.0);
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = s.mul_add(p, r, s.splat(coefficient));
    }
    s.mul(p, s.exp2_whole(k))
}

/// `1 / (1 + e^-x)`. Absolute error below 2e-7; exactly within [0, 1].
#[inline(always)]
pub fn sigmoid<S: Simd>(s: S, x: S::Vector) -> S::Vector {
    let one = s.splat(1.0);
    let e = exp(s, s.sub(s.splat(0.0), x));
    s.div(one, s.add(one, e))
}

/// `tanh x`. Relative error below 5e-7; exactly within [-1, 1].
///
/// Near zero, where `1 - 2 / (e^2x + 1)` cancels, the odd Taylor series.
#[inline(always)]
pub fn tanh<S: Simd>(s: S, x: S::Vector) -> S::Vector {
    let one = s.splat(1.0);
    let magnitude = s.abs(x);
    let e = exp(s, s.add(magnitude, magnitude));
    let large = s.sub(one, s.div(s.splat(2.0), s.add(e, one)));
    let square = s.mul(x, x);
    let mut p = s.splat(21_844.0 / 6_081_075.0);
    for coefficient in [-1_382.0 / 155_925.0, 62.0 / 2_835.0, -17.0 / 315.0, 2.0 / 15.0, -1.0 / 3.0]
    {
        p = s.mul_add(p, square, s.splat(coefficient));
    }
    let small = s.mul_add(s.mul(p, square), x, x);
    s.select_less(magnitude, s.splat(0.4), small, s.copy_sign(large, x))
}

/// `max(0, x)`; NaN stays NaN.
#[inline(always)]
pub fn relu<S: Simd>(s: S, x: S::Vector) -> S::Vector {
    s.max(s.splat(0.0), x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::simd::{Kernel, dispatch};

    struct Apply<'a, F>(F, &'a mut [f32]);

    trait Function {
        fn apply<S: Simd>(&self, s: S, x: S::Vector) -> S::Vector;
    }

    impl<F: Function> Kernel for Apply<'_, F> {
        #[inline(always)]
        fn run<S: Simd>(self, s: S) {
            for chunk in self.1.chunks_exact_mut(crate::kernel::LANES) {
                let y = self.0.apply(s, s.load(chunk));
                s.store(y, chunk);
            }
        }
    }

    macro_rules! function {
        ($name:ident, $function:path) => {
            struct $name;
            impl Function for $name {
                #[inline(always)]
                fn apply<S: Simd>(&self, s: S, x: S::Vector) -> S::Vector {
                    $function(s, x)
                }
            }
        };
    }
    function!(Exp, exp);
    function!(Sigmoid, sigmoid);
    function!(Tanh, tanh);
    function!(Relu, relu);

    /// Arguments over the whole useful range, dense near zero, both signs.
    fn arguments(largest: f32) -> Vec<f32> {
        let mut xs = Vec::new();
        let mut x = 1e-8_f32;
        while x < largest {
            xs.extend([x, -x]);
            x *= 1.0003;
        }
        xs.push(0.0);
        xs.resize(xs.len().next_multiple_of(crate::kernel::LANES), 0.5);
        xs
    }

    fn worst(function: impl Function, largest: f32, error: impl Fn(f64, f64) -> f64) -> f64 {
        let xs = arguments(largest);
        let mut ys = xs.clone();
        dispatch(Apply(function, &mut ys));
        xs.iter().zip(&ys).map(|(&x, &y)| error(f64::from(x), f64::from(y))).fold(0.0, f64::max)
    }

    #[test]
    fn exp_keeps_its_relative_error() {
        let worst = worst(Exp, 86.9, |x, y| (y / x.exp() - 1.0).abs());
        assert!(worst < 3e-7, "{worst:e}");
    }

    #[test]
    fn sigmoid_keeps_its_absolute_error() {
        let worst = worst(Sigmoid, 100.0, |x, y| (y - 1.0 / (1.0 + (-x).exp())).abs());
        assert!(worst < 2e-7, "{worst:e}");
    }

    #[test]
    fn tanh_keeps_its_relative_error() {
        let worst =
            worst(Tanh, 100.0, |x, y| if x == 0.0 { y.abs() } else { (y / x.tanh() - 1.0).abs() });
        assert!(worst < 5e-7, "{worst:e}");
    }

    #[test]
    fn extremes_saturate_and_nan_is_not_hidden() {
        let extremes =
            [f32::MAX, f32::MIN, f32::INFINITY, f32::NEG_INFINITY, 200.0, -200.0, 0.0, f32::NAN];
        let of = |function: &dyn Fn(&mut [f32])| {
            let mut xs = extremes;
            function(&mut xs);
            xs
        };
        let tanh = of(&|xs| dispatch(Apply(Tanh, xs)));
        assert_eq!(tanh[..7], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 0.0]);
        let sigmoid = of(&|xs| dispatch(Apply(Sigmoid, xs)));
        assert!(sigmoid[..7].iter().all(|y| (0.0..=1.0).contains(y)), "{sigmoid:?}");
        let relu = of(&|xs| dispatch(Apply(Relu, xs)));
        assert_eq!(relu[..7], [f32::MAX, 0.0, f32::INFINITY, 0.0, 200.0, 0.0, 0.0]);
        assert!(tanh[7].is_nan() && sigmoid[7].is_nan() && relu[7].is_nan());
    }
}
