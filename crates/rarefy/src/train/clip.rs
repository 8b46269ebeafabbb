//! Clipping of gradients, as in PyTorch: by the norm of all of it (Pascanu et al. 2013), or number
//! by number.

use num_traits::Float;

use crate::named;

named! {
    /// What of a gradient is limited.
    #[derive(Default, PartialOrd)]
    pub enum ClipBy: "clipping" {
        /// The Euclidean norm of the whole gradient. A longer one keeps its direction: PyTorch's
        /// `clip_grad_norm_`.
        #[default]
        Norm = "norm",
        /// Each number of the gradient. Larger ones are cut off, so the direction may change:
        /// PyTorch's `clip_grad_value_`.
        Value = "value",
    }
}

impl ClipBy {
    /// Limits `gradient` to `largest`.
    pub(super) fn clip<F: Float>(self, gradient: &mut [F], largest: F) {
        match self {
            Self::Norm => _ = clip_global_norm(gradient, largest),
            Self::Value => clip_values(gradient, largest),
        }
    }
}

/// Scales `gradient` to the Euclidean norm `largest` if its norm is larger, with the factor
/// `largest / (norm + 1e-6)`. Returns the norm before scaling.
pub fn clip_global_norm<F: Float>(gradient: &mut [F], largest: F) -> F {
    // Eight chains of sums, which the compiler keeps in one vector register.
    let mut sums = [F::zero(); 8];
    let chunks = gradient.chunks_exact(8);
    let rest = chunks.remainder().iter().fold(F::zero(), |sum, &g| sum + g * g);
    for chunk in chunks {
        for (sum, &g) in sums.iter_mut().zip(chunk) {
            *sum = *sum + g * g;
        }
    }
    let norm = sums.into_iter().fold(rest, |total, sum| total + sum).sqrt();
    let scale = largest / (norm + F::from(1e-6).expect("a constant fits a float"));
    if scale < F::one() {
        for g in gradient {
            *g = *g * scale;
        }
    }
    norm
}

/// Brings each number of `gradient` into `-largest..=largest`. NaN stays NaN.
pub fn clip_values<F: Float>(gradient: &mut [F], largest: F) {
    for g in gradient {
        *g = num_traits::clamp(*g, -largest, largest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_gradients_are_scaled_and_short_ones_left_alone() {
        let mut gradient = vec![3.0_f64, 4.0];
        assert_eq!(clip_global_norm(&mut gradient, 10.0), 5.0);
        assert_eq!(gradient, [3.0, 4.0]);
        let mut long = vec![2.0_f64; 25];
        assert_eq!(clip_global_norm(&mut long, 1.0), 10.0);
        let after = long.iter().map(|g| g * g).sum::<f64>().sqrt();
        assert!((after - 1.0).abs() < 1e-6, "{after}");
    }

    #[test]
    fn large_numbers_are_cut_off_one_by_one() {
        let mut gradient = [3.0_f32, -0.5, f32::NEG_INFINITY, 1.0, f32::NAN];
        clip_values(&mut gradient, 1.0);
        assert_eq!(gradient[..4], [1.0, -0.5, -1.0, 1.0]);
        assert!(gradient[4].is_nan());
    }
}
