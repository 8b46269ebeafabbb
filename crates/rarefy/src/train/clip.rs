//! Clipping by the global norm (Pascanu et al. 2013), as in PyTorch.

use num_traits::Float;

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
}
