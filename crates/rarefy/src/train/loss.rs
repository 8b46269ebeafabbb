//! Softmax cross-entropy, and squared error.

use std::ops::AddAssign;

use crate::number::{Number, argmax};

/// The loss of one batch, without class weights: every read counts the same. So losses of trainings
/// with different weights, and of test data, are comparable.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Loss {
    /// Sum over the reads: of the cross-entropy in nats, or of the squared error averaged over a
    /// read's numbers.
    pub sum: f64,
    /// Number of reads whose largest logit (the first of equal ones) is that of their target.
    pub correct: usize,
    /// Number of reads.
    pub count: usize,
}

impl Loss {
    /// Mean per read; its gradient is used if all classes have equal weight.
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }
}

impl AddAssign for Loss {
    /// Adds the loss of another part of the batch.
    fn add_assign(&mut self, other: Self) {
        self.sum += other.sum;
        self.correct += other.correct;
        self.count += other.count;
    }
}

/// Cross-entropy of `logits` `[n][C]` against `targets` `[n]`. These are all or some of the `batch`
/// sequences of a batch. Stores the gradient of the batch's mean, `(softmax - one_hot) / batch`, in
/// `gradient`.
///
/// # Panics
/// If the lengths do not fit, or a target is not a class.
pub fn cross_entropy<F: Number>(
    logits: &[F],
    targets: &[u32],
    batch: usize,
    gradient: &mut Vec<F>,
) -> Loss {
    let count = F::constant(batch as f64);
    differentiated(logits, targets, |_| F::constant(1.0), count, gradient)
}

/// [`cross_entropy`] in which each sequence counts with the weight of its class, from `weights`
/// `[C]`. `total` is the sum of the weights of the batch, of which these sequences are all or some.
/// Stores the gradient of the batch's weighted mean (PyTorch's `CrossEntropyLoss` with weights),
/// `w (softmax - one_hot) / total`, in `gradient`. The returned loss is unweighted.
///
/// # Panics
/// If the lengths do not fit, or a target is not a class.
pub fn weighted_cross_entropy<F: Number>(
    logits: &[F],
    targets: &[u32],
    weights: &[F],
    total: F,
    gradient: &mut Vec<F>,
) -> Loss {
    let classes = logits.len() / targets.len();
    assert_eq!(weights.len(), classes, "weights are not [C]");
    differentiated(logits, targets, |target| weights[target], total, gradient)
}

/// The common core of both; a weight of exactly 1 gives the same bits as no weight.
pub(super) fn differentiated<F: Number>(
    logits: &[F],
    targets: &[u32],
    weight: impl Fn(usize) -> F,
    batch_weight: F,
    gradient: &mut Vec<F>,
) -> Loss {
    gradient.clear();
    if targets.is_empty() {
        return Loss::default();
    }
    let classes = logits.len() / targets.len();
    assert_eq!(logits.len(), classes * targets.len(), "logits are not [n][C]");
    let mut loss = Loss { sum: 0.0, correct: 0, count: targets.len() };
    for (logits, &target) in logits.chunks_exact(classes).zip(targets) {
        let target = target as usize;
        assert!(target < classes, "target {target} among {classes} classes");
        let best = argmax(logits);
        loss.correct += usize::from(best == target);
        // Shifted by the largest logit, so that no exponential overflows.
        let shifted = |logit: F| (logit - logits[best]).exponential();
        let total = logits.iter().fold(F::constant(0.0), |sum, &logit| sum + shifted(logit));
        let log_likelihood = logits[target] - logits[best] - total.logarithm();
        loss.sum -= log_likelihood.value();
        let weight = weight(target);
        gradient.extend(logits.iter().enumerate().map(|(class, &logit)| {
            let one_hot = if class == target { F::constant(1.0) } else { F::constant(0.0) };
            weight * (shifted(logit) / total - one_hot) / batch_weight
        }));
    }
    loss
}

/// Squared error of `outputs` `[n][width]` against `targets` `[n][width]`. These are all or some of
/// the `total` reads of a batch. Stores the gradient of the batch's mean (PyTorch's `MSELoss`),
/// `2 (output - target) / (total * width)`, in `gradient`.
///
/// # Panics
/// If the lengths do not fit.
pub(super) fn squared_error<F: Number>(
    outputs: &[F],
    targets: &[f32],
    width: usize,
    total: F,
    gradient: &mut Vec<F>,
) -> Loss {
    let [given, asked] = [outputs.len(), targets.len()];
    assert_eq!(given, asked, "{given} outputs for {asked} numbers, {width} for each read");
    let elements = total * F::constant(width as f64);
    gradient.clear();
    let mut sum = 0.0;
    gradient.extend(outputs.iter().zip(targets).map(|(&output, &target)| {
        let error = output - F::constant(target.into());
        sum += (error * error).value();
        (error + error) / elements
    }));
    Loss { sum: sum / width as f64, correct: 0, count: targets.len() / width }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Results of scikit-learn and NumPy.
    pub fn golden() -> serde_json::Value {
        serde_json::from_str(include_str!("../../tests/sklearn/training.json")).unwrap()
    }

    #[test]
    fn loss_and_gradient_are_the_textbook_values() {
        let mut gradient = Vec::new();
        let loss = cross_entropy(&[0.0_f64, 0.0, 3.0_f64.ln(), 0.0], &[1, 0], 2, &mut gradient);
        assert!((loss.sum - (2.0_f64.ln() + (4.0 / 3.0_f64).ln())).abs() < 1e-15);
        assert_eq!(loss.correct, 1);
        for (got, expected) in gradient.iter().zip([0.25, -0.25, -0.125, 0.125]) {
            assert!((got - expected).abs() < 1e-15, "{gradient:?}");
        }
    }

    #[test]
    fn huge_logits_do_not_overflow() {
        let mut gradient = Vec::new();
        let loss = cross_entropy(&[1e30_f32, -1e30], &[0], 1, &mut gradient);
        assert_eq!((loss.sum, loss.correct), (0.0, 1));
        assert!(gradient.iter().all(|g| *g == 0.0));
    }

    #[test]
    fn weighted_loss_and_gradient_are_scikit_learns_and_numpys() {
        let golden = golden();
        let numbers =
            |key: &str| -> Vec<f64> { serde_json::from_value(golden[key].clone()).unwrap() };
        let (logits, weights) = (numbers("logits"), numbers("weights"));
        let targets: Vec<u32> = serde_json::from_value(golden["targets"].clone()).unwrap();
        let total: f64 = targets.iter().map(|&target| weights[target as usize]).sum();
        // In two parts, because the engine passes a batch in strips.
        let half = targets.len() / 2;
        let (mut gradient, mut part) = (Vec::new(), Vec::new());
        let mut loss = Loss::default();
        for strings in [0..half, half..targets.len()] {
            let logits = &logits[3 * strings.start..3 * strings.end];
            loss += weighted_cross_entropy(logits, &targets[strings], &weights, total, &mut part);
            gradient.append(&mut part);
        }
        for (got, expected) in gradient.iter().zip(numbers("gradient")) {
            assert!((got - expected).abs() < 1e-15, "{got}, {expected}");
        }
        assert_eq!(gradient.len(), logits.len());
        let unweighted = golden["unweighted"].as_f64().unwrap();
        assert!((loss.mean() - unweighted).abs() < 1e-14, "{}, {unweighted}", loss.mean());

        // The gradient is that of the weighted mean computed by scikit-learn.
        let mean = |logits: &[f64]| {
            let one = |string: usize| {
                let logits = &logits[3 * string..][..3];
                let loss = cross_entropy(logits, &targets[string..=string], 1, &mut Vec::new());
                weights[targets[string] as usize] * loss.sum
            };
            (0..targets.len()).map(one).sum::<f64>() / total
        };
        let weighted = golden["weighted"].as_f64().unwrap();
        assert!((mean(&logits) - weighted).abs() < 1e-14, "{weighted}");
        const STEP: f64 = 1e-5;
        for (at, gradient) in gradient.iter().enumerate() {
            let moved = |step| {
                let mut logits = logits.clone();
                logits[at] += step;
                mean(&logits)
            };
            let difference = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            // A finite difference has an error of the step squared, plus rounding divided by the
            // step.
            assert!((gradient - difference).abs() < 1e-10, "{at}: {gradient}, {difference}");
        }
    }

    #[test]
    fn equal_weights_change_no_bit() {
        let logits: Vec<f32> = (0..60).map(|at| ((at * 37) % 23) as f32 / 7.0 - 1.5).collect();
        let targets: Vec<u32> = (0..20).map(|string| string % 3).collect();
        let (mut plain, mut weighted) = (Vec::new(), Vec::new());
        let losses = [
            cross_entropy(&logits, &targets, 20, &mut plain),
            weighted_cross_entropy(&logits, &targets, &[1.0; 3], 20.0, &mut weighted),
        ];
        let bits = |gradient: &[f32]| gradient.iter().map(|g| g.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&plain), bits(&weighted));
        assert_eq!(losses[0], losses[1]);
    }
}
