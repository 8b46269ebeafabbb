//! NumPy's percentile, to the bit.

use num_traits::{Float, NumCast};

/// The `percent`-th percentile of `values`, with linear interpolation between neighbours (method 7
/// of Hyndman and Fan 1996). The arithmetic is that of `numpy.percentile` 2.4 on an array of this
/// type: the position in double precision, the interpolation in the precision of the type, from the
/// nearer neighbour. Reorders `values`.
///
/// # Panics
/// When `values` is empty or holds a NaN, or `percent` is not within 0 to 100.
pub fn percentile<F: Float>(values: &mut [F], percent: f64) -> F {
    assert!((0.0..=100.0).contains(&percent), "percent {percent} is not within 0 to 100");
    let last = values.len().checked_sub(1).expect("a percentile of no values");
    let compare = |a: &F, b: &F| a.partial_cmp(b).expect("a percentile of NaN");
    let place = last as f64 * (percent / 100.0);
    let below = place.floor() as usize;
    let (_, &mut lower, above) = values.select_nth_unstable_by(below, compare);
    let Some(upper) = above.iter().copied().min_by(compare) else {
        return lower;
    };
    let weight = place - below as f64;
    let difference = upper - lower;
    let rounded = |weight: f64| <F as NumCast>::from(weight).expect("a share is a float");
    if weight >= 0.5 {
        upper - difference * rounded(1.0 - weight)
    } else {
        lower + difference * rounded(weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_numpys_to_the_bit() {
        let golden = include_str!("../../tests/numpy/percentiles.csv");
        let mut compared = 0;
        for line in golden.lines().skip(2) {
            let fields: Vec<&str> = line.split(',').collect();
            let (n, percent): (u64, f64) = (fields[0].parse().unwrap(), fields[1].parse().unwrap());
            let expected = f32::from_bits(fields[2].parse().unwrap());
            let mut data: Vec<f32> =
                (0..n).map(|i| ((i * 7919 + 13) % 10007) as f32 / 10007.0).collect();
            assert_eq!(percentile(&mut data, percent), expected, "n {n}, percent {percent}");
            compared += 1;
        }
        assert_eq!(compared, 136);
    }
}
