//! The number types of the reference network: floats, and dual numbers, which carry a derivative.
//!
//! Computing a gradient in [`Dual`] numbers differentiates it once more: the result is its
//! derivative along the direction that the inputs carry, exact up to rounding. Pruning criteria use
//! this for second derivatives.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

use num_traits::Float;

/// A real number, with the operations that the equations of cells and losses need.
pub trait Number:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The constant nearest to `value`.
    fn constant(value: f64) -> Self;
    /// Its value in double precision.
    fn value(self) -> f64;
    /// `e` raised to this number.
    fn exponential(self) -> Self;
    /// Its natural logarithm.
    fn logarithm(self) -> Self;
    /// Its hyperbolic tangent.
    fn tangent(self) -> Self;
}

impl<F: Float> Number for F {
    fn constant(value: f64) -> Self {
        F::from(value).expect("a float fits a float")
    }

    fn value(self) -> f64 {
        self.to_f64().expect("a float fits f64")
    }

    fn exponential(self) -> Self {
        self.exp()
    }

    fn logarithm(self) -> Self {
        self.ln()
    }

    fn tangent(self) -> Self {
        self.tanh()
    }
}

/// A number and its derivative along one direction: `value + derivative ε`, where `ε² = 0`.
///
/// ```
/// use rarefy::number::{Dual, Number};
///
/// let x = Dual { value: 3.0, derivative: 1.0 };
/// assert_eq!((x * x * x).derivative, 27.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual {
    /// The number itself.
    pub value: f64,
    /// Its derivative along the direction.
    pub derivative: f64,
}

impl Dual {
    /// A function of this number that has the given value and slope here.
    fn map(self, value: f64, slope: f64) -> Self {
        Self { value, derivative: slope * self.derivative }
    }
}

impl PartialOrd for Dual {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl Add for Dual {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let derivative = self.derivative + other.derivative;
        Self { value: self.value + other.value, derivative }
    }
}

impl Sub for Dual {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let derivative = self.derivative - other.derivative;
        Self { value: self.value - other.value, derivative }
    }
}

impl Mul for Dual {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let derivative = self.derivative * other.value + self.value * other.derivative;
        Self { value: self.value * other.value, derivative }
    }
}

impl Div for Dual {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, derivative: (self.derivative - value * other.derivative) / other.value }
    }
}

impl Neg for Dual {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: -self.value, derivative: -self.derivative }
    }
}

impl Number for Dual {
    fn constant(value: f64) -> Self {
        Self { value, derivative: 0.0 }
    }

    fn value(self) -> f64 {
        self.value
    }

    fn exponential(self) -> Self {
        let value = self.value.exp();
        self.map(value, value)
    }

    fn logarithm(self) -> Self {
        self.map(self.value.ln(), self.value.recip())
    }

    fn tangent(self) -> Self {
        let value = self.value.tanh();
        self.map(value, 1.0 - value * value)
    }
}

/// Index of the largest value (the first of equal ones): the class that the logits predict.
pub fn argmax<F: Number>(values: &[F]) -> usize {
    (1..values.len()).fold(0, |best, at| if values[at] > values[best] { at } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_central_differences() {
        fn f<N: Number>(x: N) -> N {
            let half = N::constant(0.5);
            let odd = (x * x - half).tangent() / (x.exponential() + half);
            -(odd + (x * x + half).logarithm())
        }
        let step = 1e-6;
        for x in [-1.5, -0.3, 0.0, 0.7, 2.0] {
            let slope = (f(x + step) - f(x - step)) / (2.0 * step);
            let dual = f(Dual { value: x, derivative: 1.0 });
            assert_eq!(dual.value, f(x));
            assert!((dual.derivative - slope).abs() < 1e-8, "{x}: {dual:?}, {slope}");
        }
    }
}
