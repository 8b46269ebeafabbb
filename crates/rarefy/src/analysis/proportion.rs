//! Shares of a count, and their uncertainty.

use super::Interval;

/// The 97.5th percentile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of a share of which `hits` in `count` were found (Wilson 1927, *Probable
/// inference, the law of succession, and statistical inference*). It stays within 0 to 1, and it is
/// not empty where the share is 0 or 1. `None` without a count.
///
/// # Panics
/// If there are more hits than the count.
pub fn wilson(hits: usize, count: usize) -> Option<Interval> {
    assert!(hits <= count, "{hits} of {count}");
    let (n, share) = (count as f64, hits as f64 / count as f64);
    let whole = 1.0 + Z * Z / n;
    let center = (share + Z * Z / (2.0 * n)) / whole;
    let reach = Z / whole * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    (count > 0).then_some(Interval {
        low: if hits == 0 { 0.0 } else { center - reach },
        high: if hits == count { 1.0 } else { center + reach },
    })
}

/// The logarithm of a share, of which `hits` in `count` were found, with half a hit added so that it
/// is finite for none (Anscombe 1956). For errors near 0 it tells apart what the share itself does
/// not: 1 error of 1,000 from 10.
///
/// # Panics
/// If there are more hits than the count.
pub fn log_share(hits: usize, count: usize) -> f64 {
    assert!(hits <= count, "{hits} of {count}");
    ((hits as f64 + 0.5) / count as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_of_none_is_that_of_half_a_hit() {
        assert_eq!(log_share(0, 100), 0.005f64.ln());
        assert_eq!(log_share(10, 100), 0.105f64.ln());
    }
}
