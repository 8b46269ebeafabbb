//! How well predictions match measured values.

/// Coefficient of determination: 1 less the squared error over that of predicting the
/// mean of `measured`. 1 is perfect, 0 is no better than that mean, and there is no
/// lower bound.
///
/// If `measured` is constant there is nothing to explain: the result is 1 if every prediction is
/// right, otherwise 0. It is NaN for fewer than two rows. All of this is as in scikit-learn's
/// `r2_score`.
///
/// # Panics
/// When one has more rows than the other.
pub fn r2(measured: &[f64], predicted: &[f64]) -> f64 {
    check(measured, predicted);
    if measured.len() < 2 {
        return f64::NAN;
    }
    let mean = measured.iter().sum::<f64>() / measured.len() as f64;
    let left: f64 = measured.iter().zip(predicted).map(|(y, p)| (y - p).powi(2)).sum();
    let total: f64 = measured.iter().map(|y| (y - mean).powi(2)).sum();
    match (left == 0.0, total == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => 1.0 - left / total,
    }
}

/// Mean absolute error, in the unit of the measured values. NaN for no rows.
///
/// # Panics
/// When one has more rows than the other.
pub fn mae(measured: &[f64], predicted: &[f64]) -> f64 {
    check(measured, predicted);
    let sum: f64 = measured.iter().zip(predicted).map(|(y, p)| (y - p).abs()).sum();
    sum / measured.len() as f64
}

fn check(measured: &[f64], predicted: &[f64]) {
    assert_eq!(
        measured.len(),
        predicted.len(),
        "{} rows were measured, {} predicted",
        measured.len(),
        predicted.len()
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_found_by_hand() {
        let measured = [1.0, 2.0, 3.0, 6.0];
        assert_eq!(r2(&measured, &measured), 1.0);
        assert_eq!(r2(&measured, &[3.0; 4]), 0.0);
        // Errors 1, 0, 0, -2, and deviations -2, -1, 0, 3: 1 - 5 / 14.
        let predicted = [2.0, 2.0, 3.0, 4.0];
        assert!((r2(&measured, &predicted) - 9.0 / 14.0).abs() < 1e-15);
        assert_eq!(mae(&measured, &predicted), 0.75);
        // Predictions that are worse than the mean have a negative value.
        assert!(r2(&measured, &[6.0, 3.0, 2.0, 1.0]) < 0.0);
    }

    #[test]
    fn a_constant_target_is_either_right_or_wrong() {
        assert_eq!(r2(&[2.0, 2.0], &[2.0, 2.0]), 1.0);
        assert_eq!(r2(&[2.0, 2.0], &[2.0, 2.5]), 0.0);
        assert!(r2(&[2.0], &[2.0]).is_nan());
        assert!(mae(&[], &[]).is_nan());
    }

    #[test]
    #[should_panic(expected = "3 rows were measured, 2 predicted")]
    fn rows_that_do_not_match_are_the_callers_fault() {
        r2(&[1.0, 2.0, 3.0], &[1.0, 2.0]);
    }
}
