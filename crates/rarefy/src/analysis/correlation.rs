//! How two columns go together.

/// Pearson's correlation of two columns, -1 to 1. `None` for fewer than two rows, and
/// where a column is constant: nothing goes with it.
///
/// # Panics
/// When one has more rows than the other.
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    assert_eq!(x.len(), y.len(), "columns of different length");
    let constant = |values: &[f64]| values.iter().all(|value| *value == values[0]);
    if x.len() < 2 || constant(x) || constant(y) {
        return None;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (dx, dy) = (x - mean_x, y - mean_y);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    // Roots first: their product neither overflows nor vanishes where the squares' would.
    let r = xy / (xx.sqrt() * yy.sqrt());
    r.is_finite().then(|| r.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_on_a_line_goes_together_wholly() {
        let x = [1.0, 2.0, 5.0];
        for (slope, r) in [(3.0, 1.0), (-0.5, -1.0)] {
            let found = pearson(&x, &x.map(|x| slope * x - 1.0)).unwrap();
            assert!((found - r).abs() < 1e-15, "{found}");
        }
        // By hand: deviations (-1, 0, 1) and (-1, 2, -1) are orthogonal.
        assert_eq!(pearson(&[1.0, 2.0, 3.0], &[0.0, 3.0, 0.0]), Some(0.0));
    }

    #[test]
    fn nothing_goes_with_a_constant_or_a_single_row() {
        assert_eq!(pearson(&[1.0, 2.0], &[0.1, 0.1]), None);
        assert_eq!(pearson(&[0.1; 3], &[1.0, 2.0, 3.0]), None);
        assert_eq!(pearson(&[1.0], &[1.0]), None);
        assert_eq!(pearson(&[], &[]), None);
        assert_eq!(pearson(&[1.0, f64::NAN], &[1.0, 2.0]), None);
    }
}
