//! Optimisers: what an update makes of a gradient, in PyTorch's arithmetic.

use num_traits::Float;

use super::{Optimizer, Training};
use crate::kernel::{Kernel, Simd, dispatch};
use crate::parallel::Team;

/// An optimiser of some parameters, and what it remembers of their gradients.
///
/// It does not know masks. A parameter that is 0 and whose gradient has always been 0 stays exactly
/// 0, whatever the optimiser: neither decay nor momentum moves it.
#[derive(Clone, Debug)]
pub struct Descent<F> {
    optimizer: Optimizer,
    learning_rate: f64,
    weight_decay: f64,
    momentum: f64,
    steps: i32,
    /// Running means of the gradient; for SGD its running sum, the momentum buffer.
    mean: Vec<F>,
    /// Running means of the gradient's square; zeros for SGD, which has none.
    square: Vec<F>,
    team: Team,
}

/// The fewest parameters that are worth waking a thread.
const LEAST: usize = 1 << 16;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

impl<F: Float + Send + Sync> Descent<F> {
    /// For `len` parameters, with an empty state. Of `training` it takes the optimiser, learning
    /// rate, weight decay and momentum. It computes with the team that is installed now
    /// ([`Team::install`]).
    pub fn new(len: usize, training: &Training) -> Self {
        Self {
            optimizer: training.optimizer,
            learning_rate: training.learning_rate,
            weight_decay: training.weight_decay,
            momentum: training.momentum,
            steps: 0,
            mean: vec![F::zero(); len],
            square: vec![F::zero(); len],
            team: Team::installed(),
        }
    }

    /// Changes the learning rate for further steps; the moments stay.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }

    /// One step against `gradient`.
    ///
    /// # Panics
    /// When a length differs.
    pub fn step(&mut self, parameters: &mut [F], gradient: &[F]) {
        assert_eq!(parameters.len(), self.mean.len(), "parameters of another network");
        assert_eq!(gradient.len(), self.mean.len(), "gradient of another network");
        self.steps = self.steps.saturating_add(1);
        let f = |x: f64| F::from(x).expect("a setting fits a float");
        let Self { optimizer, learning_rate, weight_decay, mean, square, team, .. } = self;
        let size = parameters.len().div_ceil(team.jobs()).max(LEAST);
        let parts = parameters.chunks_mut(size).zip(gradient.chunks(size));
        let parts = parts.zip(mean.chunks_mut(size));
        let decay = match optimizer {
            Optimizer::Adam => 0.0,
            Optimizer::AdamW => *learning_rate * *weight_decay,
            Optimizer::Sgd => {
                let rule = SgdRule {
                    decay: f(*weight_decay),
                    momentum: f(self.momentum),
                    step_size: f(*learning_rate),
                };
                return team.each(parts, |((parameters, gradient), sum)| {
                    dispatch(Sgd { rule, parameters, gradient, sum });
                });
            }
        };
        let rule = AdamRule {
            keep: f(1.0 - decay),
            keep_mean: f(BETA_1),
            take_mean: f(1.0 - BETA_1),
            keep_square: f(BETA_2),
            take_square: f(1.0 - BETA_2),
            step_size: f(*learning_rate / (1.0 - BETA_1.powi(self.steps))),
            root: f((1.0 - BETA_2.powi(self.steps)).sqrt().recip()),
            epsilon: f(EPSILON),
        };
        team.each(
            parts.zip(square.chunks_mut(size)),
            |(((parameters, gradient), mean), square)| {
                dispatch(Adam { rule, parameters, gradient, mean, square });
            },
        );
    }

    /// Replaces the moments, for as many parameters as these cover. The number of steps stays.
    ///
    /// # Panics
    /// If they differ in length.
    pub fn set_moments(&mut self, mean: Vec<F>, square: Vec<F>) {
        assert_eq!(mean.len(), square.len(), "one mean and one square for each parameter");
        (self.mean, self.square) = (mean, square);
    }

    /// Clears the state, for `len` parameters.
    pub fn reset(&mut self, len: usize) {
        self.steps = 0;
        self.set_moments(vec![F::zero(); len], vec![F::zero(); len]);
    }

    /// The moments, each with one value per parameter: the running means of the gradient and of its
    /// square. For SGD they are the momentum buffer and zeros.
    pub fn moments(&self) -> (&[F], &[F]) {
        (&self.mean, &self.square)
    }
}

/// The constants of one step of Adam.
#[derive(Clone, Copy)]
struct AdamRule<F> {
    /// What decay leaves of a parameter; exactly 1 without decay.
    keep: F,
    keep_mean: F,
    take_mean: F,
    keep_square: F,
    take_square: F,
    step_size: F,
    root: F,
    epsilon: F,
}

struct Adam<'a, F> {
    rule: AdamRule<F>,
    parameters: &'a mut [F],
    gradient: &'a [F],
    mean: &'a mut [F],
    square: &'a mut [F],
}

impl<F: Float> Kernel for Adam<'_, F> {
    /// Plain numbers of any precision, which the compiler vectorises.
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let AdamRule { keep_mean, take_mean, keep_square, take_square, .. } = self.rule;
        let AdamRule { keep, step_size, root, epsilon, .. } = self.rule;
        let memory = self.mean.iter_mut().zip(self.square);
        for ((p, &g), (mean, square)) in self.parameters.iter_mut().zip(self.gradient).zip(memory) {
            *mean = *mean * keep_mean + g * take_mean;
            *square = *square * keep_square + g * g * take_square;
            *p = *p * keep - step_size * *mean / (square.sqrt() * root + epsilon);
        }
    }
}

/// The constants of one step of SGD.
#[derive(Clone, Copy)]
struct SgdRule<F> {
    decay: F,
    momentum: F,
    step_size: F,
}

struct Sgd<'a, F> {
    rule: SgdRule<F>,
    parameters: &'a mut [F],
    gradient: &'a [F],
    sum: &'a mut [F],
}

impl<F: Float> Kernel for Sgd<'_, F> {
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let SgdRule { decay, momentum, step_size } = self.rule;
        let rows = self.parameters.iter_mut().zip(self.gradient).zip(self.sum);
        for ((p, &g), sum) in rows {
            *sum = *sum * momentum + (g + *p * decay);
            *p = *p - step_size * *sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descent(optimizer: Optimizer, weight_decay: f64, momentum: f64) -> Descent<f64> {
        let training = Training { optimizer, weight_decay, momentum, ..Training::default() };
        Descent::new(3, &Training { learning_rate: 0.1, ..training })
    }

    /// What becomes of three parameters, the last of which is 0 and has no gradient.
    fn after(mut descent: Descent<f64>, gradients: &[[f64; 2]]) -> [f64; 3] {
        let mut parameters = [1.0, -2.0, 0.0];
        for [first, second] in gradients {
            descent.step(&mut parameters, &[*first, *second, 0.0]);
        }
        assert_eq!(parameters[2].to_bits(), 0);
        parameters
    }

    fn assert_close(got: [f64; 3], expected: [f64; 3]) {
        for (got_one, expected) in got.iter().zip(expected) {
            assert!((got_one - expected).abs() < 1e-6, "{got:?}");
        }
    }

    #[test]
    fn the_first_step_of_adam_is_the_learning_rate_against_the_sign() {
        assert_close(after(descent(Optimizer::Adam, 0.0, 0.0), &[[5.0, -0.01]]), [0.9, -1.9, 0.0]);
    }

    #[test]
    fn decoupled_decay_shrinks_before_the_step() {
        // 1 * (1 - 0.1 * 0.5) - 0.1, and -2 * 0.95 + 0.1
        let moved = after(descent(Optimizer::AdamW, 0.5, 0.0), &[[5.0, -0.01]]);
        assert_close(moved, [0.85, -1.8, 0.0]);
        let gradients = [[5.0, -0.01], [1.0, 3.0]];
        let without = after(descent(Optimizer::AdamW, 0.0, 0.0), &gradients);
        assert_eq!(without, after(descent(Optimizer::Adam, 0.0, 0.0), &gradients));
    }

    #[test]
    fn momentum_adds_up_and_decay_is_part_of_the_gradient() {
        // 1 - 0.1 * (2 + 0.5); then the sum is 0.9 * 2.5 + 1 + 0.5 * 0.75.
        let moved = after(descent(Optimizer::Sgd, 0.5, 0.9), &[[2.0, 0.0], [1.0, 0.0]]);
        assert_close(moved, [0.75 - 0.1 * 3.625, -1.9 + 0.1 * 1.85, 0.0]);
        let plain = after(descent(Optimizer::Sgd, 0.0, 0.0), &[[2.0, 0.0], [1.0, 4.0]]);
        assert_close(plain, [0.7, -2.4, 0.0]);
    }

    #[test]
    fn a_reset_optimiser_steps_like_a_new_one() {
        for optimizer in Optimizer::ALL {
            let (mut used, new) = (descent(optimizer, 0.0, 0.0), descent(optimizer, 0.0, 0.0));
            used.step(&mut [0.5; 3], &[1.0; 3]);
            used.reset(3);
            let gradients = [[0.3, -4.0], [0.1, 2.0]];
            assert_eq!(after(used, &gradients), after(new, &gradients), "{optimizer}");
        }
    }
}
