//! How well a mean is known.

/// The standard error of the mean of `values`: their sample standard deviation, divided
/// by the root of how many there are. `None` for fewer than two.
pub fn standard_error(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (count - 1.0) / count).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_the_deviation_over_the_root_of_the_count() {
        // Deviations -3, -1, 1, 3: variance 20 / 3, of four values.
        let error = standard_error(&[1.0, 3.0, 5.0, 7.0]).unwrap();
        assert!((error - (20.0f64 / 3.0 / 4.0).sqrt()).abs() < 1e-15);
        assert_eq!(standard_error(&[1.0]), None);
    }
}
