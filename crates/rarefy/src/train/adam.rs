//! Adam (Kingma and Ba 2015), in PyTorch's arithmetic.

use num_traits::Float;

use crate::kernel::{Kernel, Simd, dispatch};

/// Adam's state: running means of the gradient and of its square, one per parameter.
#[derive(Clone, Debug)]
pub struct Adam<F> {
    learning_rate: f64,
    steps: i32,
    mean: Vec<F>,
    square: Vec<F>,
}

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

impl<F: Float> Adam<F> {
    /// For `len` parameters, with an empty state.
    pub fn new(len: usize, learning_rate: f64) -> Self {
        Self { learning_rate, steps: 0, mean: vec![F::zero(); len], square: vec![F::zero(); len] }
    }

    /// Changes the learning rate for further steps; the running means stay.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }

    /// One step against `gradient`. A parameter that is 0 and whose gradient has
    /// always been 0 stays exactly 0: masked weights need no special case.
    ///
    /// # Panics
    /// When a length differs.
    pub fn step(&mut self, parameters: &mut [F], gradient: &[F]) {
        assert_eq!(parameters.len(), self.mean.len(), "parameters of another network");
        assert_eq!(gradient.len(), self.mean.len(), "gradient of another network");
        self.steps = self.steps.saturating_add(1);
        let f = |x: f64| F::from(x).expect("a constant fits a float");
        let Self { mean, square, .. } = self;
        let rule = Rule {
            keep_mean: f(BETA_1),
            take_mean: f(1.0 - BETA_1),
            keep_square: f(BETA_2),
            take_square: f(1.0 - BETA_2),
            step_size: f(self.learning_rate / (1.0 - BETA_1.powi(self.steps))),
            root: f((1.0 - BETA_2.powi(self.steps)).sqrt().recip()),
            epsilon: f(EPSILON),
        };
        dispatch(Update { rule, parameters, gradient, mean, square });
    }

    /// Replaces the running means, for as many parameters as these cover. The number of steps
    /// stays.
    ///
    /// # Panics
    /// If they differ in length.
    pub fn set_moments(&mut self, mean: Vec<F>, square: Vec<F>) {
        assert_eq!(mean.len(), square.len(), "one mean and one square for each parameter");
        (self.mean, self.square) = (mean, square);
    }

    /// Clears the state, for `len` parameters.
    pub fn reset(&mut self, len: usize) {
        *self = Self::new(len, self.learning_rate);
    }

    /// The running means of the gradient and of its square, each with one value per parameter.
    pub fn moments(&self) -> (&[F], &[F]) {
        (&self.mean, &self.square)
    }
}

/// The constants of one step.
struct Rule<F> {
    keep_mean: F,
    take_mean: F,
    keep_square: F,
    take_square: F,
    step_size: F,
    root: F,
    epsilon: F,
}

struct Update<'a, F> {
    rule: Rule<F>,
    parameters: &'a mut [F],
    gradient: &'a [F],
    mean: &'a mut [F],
    square: &'a mut [F],
}

impl<F: Float> Kernel for Update<'_, F> {
    /// Plain numbers of any precision, which the compiler vectorises.
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Rule { keep_mean, take_mean, keep_square, take_square, .. } = self.rule;
        let Rule { step_size, root, epsilon, .. } = self.rule;
        let memory = self.mean.iter_mut().zip(self.square);
        for ((p, &g), (mean, square)) in self.parameters.iter_mut().zip(self.gradient).zip(memory) {
            *mean = *mean * keep_mean + g * take_mean;
            *square = *square * keep_square + g * g * take_square;
            *p = *p - step_size * *mean / (square.sqrt() * root + epsilon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_the_learning_rate_against_the_sign() {
        let mut adam = Adam::new(3, 0.1);
        let mut parameters = [1.0_f64, 1.0, 0.0];
        adam.step(&mut parameters, &[5.0, -0.01, 0.0]);
        for (got, expected) in parameters.iter().zip([0.9, 1.1, 0.0]) {
            assert!((got - expected).abs() < 1e-6, "{parameters:?}");
        }
        assert_eq!(parameters[2].to_bits(), 0);
    }
}
