//! Vectorised activations with a stated error.

use super::simd::Simd;

/// `tanh x`. Relative error below 5e-7; exactly within [-1, 1]; NaN stays NaN.
///
/// A [`fraction`] with the smallest relative error on [-9, 9]. Arguments beyond are clamped to that
/// range, where tanh is 1 to the last bit of an `f32`.
#[inline(always)]
pub fn tanh<S: Simd>(s: S, x: S::Vector) -> S::Vector {
    const NUMERATOR: Coefficients =
        [1.341_969_9e-8, 2.066_117_3e-5, 3.498_990_6e-3, 0.133_839_76, 1.0];
    const DENOMINATOR: Coefficients =
        [7.804_679e-7, 3.291_029_4e-4, 2.589_018_6e-2, 0.467_172_98, 1.0];
    clamp(s, fraction(s, clamp(s, x, 9.0), NUMERATOR, DENOMINATOR), 1.0)
}

/// `1 / (1 + e^-x)`. Absolute error below 2e-7; exactly within [0, 1]; NaN stays NaN.
///
/// One half and a [`fraction`] with the smallest absolute error on [-16.5, 16.5]. Arguments beyond are
/// clamped to that range, at whose ends sigmoid is 7e-8 from 0 and 1, which is more than the error.
#[inline(always)]
pub fn sigmoid<S: Simd>(s: S, x: S::Vector) -> S::Vector {
    const NUMERATOR: Coefficients =
        [1.423_313_1e-11, 8.377_881_5e-8, 5.539_234_2e-5, 8.388_958e-3, 0.249_999_99];
    const DENOMINATOR: Coefficients =
        [3.227_583_8e-9, 5.261_806e-6, 1.629_008_8e-3, 0.116_889_13, 1.0];
    s.add(fraction(s, clamp(s, x, 16.5), NUMERATOR, DENOMINATOR), s.splat(0.5))
}

/// Of a polynomial, from the leading one down.
type Coefficients = [f32; 5];

/// `x P(x^2) / Q(x^2)`, of which `docs/activation_fit.py` fits the coefficients.
#[inline(always)]
fn fraction<S: Simd>(
    s: S,
    x: S::Vector,
    numerator: Coefficients,
    denominator: Coefficients,
) -> S::Vector {
    let square = s.mul(x, x);
    let polynomial = |[leading, others @ ..]: Coefficients| {
        let add = |sum, coefficient: f32| s.mul_add(sum, square, s.splat(coefficient));
        others.into_iter().fold(s.splat(leading), add)
    };
    s.div(s.mul(x, polynomial(numerator)), polynomial(denominator))
}

/// `x` within `[-bound, bound]`; NaN stays NaN.
#[inline(always)]
fn clamp<S: Simd>(s: S, x: S::Vector, bound: f32) -> S::Vector {
    // `min` and `max` return their second argument for NaN: keep x second.
    s.max(s.splat(-bound), s.min(s.splat(bound), x))
}

/// `max(0, x)`; NaN stays NaN.
#[inline(always)]
pub fn relu<S: Simd>(s: S, x: S::Vector) -> S::Vector {
    s.max(s.splat(0.0), x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::elementwise::update;
    use crate::kernel::simd::{Kernel, dispatch};

    struct Apply<'a, F>(F, &'a mut [f32]);

    trait Function {
        fn apply<S: Simd>(&self, s: S, x: S::Vector) -> S::Vector;
    }

    impl<F: Function> Kernel for Apply<'_, F> {
        #[inline(always)]
        fn run<S: Simd>(self, s: S) {
            update(s, [self.1], [], |[x], []| [self.0.apply(s, x)]);
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
        xs.resize(xs.len().next_multiple_of(crate::kernel::PADDING), 0.5);
        xs
    }

    fn worst(function: impl Function, largest: f32, error: impl Fn(f64, f64) -> f64) -> f64 {
        let xs = arguments(largest);
        let mut ys = xs.clone();
        dispatch(Apply(function, &mut ys));
        let errors = xs.iter().zip(&ys).map(|(&x, &y)| error(f64::from(x), f64::from(y)));
        // `f64::max` would ignore a NaN.
        errors.fold(0.0, |worst, error| if error <= worst { worst } else { error })
    }

    #[test]
    fn sigmoid_keeps_its_absolute_error() {
        let worst = worst(Sigmoid, 100.0, |x, y| {
            assert!((0.0..=1.0).contains(&y), "{y} of {x}");
            (y - 1.0 / (1.0 + (-x).exp())).abs()
        });
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
            let mut xs = [extremes; 2].concat();
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
