//! Softmax cross-entropy.

use std::ops::AddAssign;

use num_traits::Float;

/// The loss of one batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Loss {
    /// Cross-entropy summed over the strings, in nats.
    pub sum: f64,
    /// Strings whose largest logit is their target's (the first of equals).
    pub correct: usize,
    /// Strings.
    pub count: usize,
}

impl Loss {
    /// Mean cross-entropy a string, in nats: what is differentiated.
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }
}

impl AddAssign for Loss {
    /// The loss of both parts of a batch.
    fn add_assign(&mut self, other: Self) {
        self.sum += other.sum;
        self.correct += other.correct;
        self.count += other.count;
    }
}

/// Cross-entropy of `logits` `[n][C]` against `targets` `[n]`, of a batch of `batch`
/// strings that these are all or a part of. Leaves the gradient of the batch's mean,
/// `(softmax - one_hot) / batch`, in `gradient`.
///
/// # Panics
/// When the lengths do not fit or a target is no class.
pub fn cross_entropy<F: Float>(
    logits: &[F],
    targets: &[u32],
    batch: usize,
    gradient: &mut Vec<F>,
) -> Loss {
    let classes = logits.len() / targets.len();
    assert_eq!(logits.len(), classes * targets.len(), "logits are not [n][C]");
    gradient.clear();
    let count = F::from(batch).expect("a count fits a float");
    let mut loss = Loss { sum: 0.0, correct: 0, count: targets.len() };
    for (logits, &target) in logits.chunks_exact(classes).zip(targets) {
        let target = target as usize;
        assert!(target < classes, "target {target} among {classes} classes");
        let best = argmax(logits);
        loss.correct += usize::from(best == target);
        // Shifted by the largest logit, so that no exponential overflows.
        let shifted = |logit: F| (logit - logits[best]).exp();
        let total = logits.iter().fold(F::zero(), |sum, &logit| sum + shifted(logit));
        let log_likelihood = logits[target] - logits[best] - total.ln();
        loss.sum -= log_likelihood.to_f64().expect("a float fits f64");
        gradient.extend(logits.iter().enumerate().map(|(class, &logit)| {
            let one_hot = if class == target { F::one() } else { F::zero() };
            (shifted(logit) / total - one_hot) / count
        }));
    }
    loss
}

/// The first of the largest.
fn argmax<F: Float>(values: &[F]) -> usize {
    (1..values.len()).fold(0, |best, at| if values[at] > values[best] { at } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
