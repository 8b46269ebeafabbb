//! One number over several seeds.

/// Mean and range of the finite values among those given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Number of finite values.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

impl Spread {
    /// `None` if no value is finite.
    pub fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        let count = values.len();
        (count > 0).then(|| Self {
            count,
            mean: values.iter().sum::<f64>() / count as f64,
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// A single value.
    pub fn one(value: f64) -> Self {
        Self { count: 1, mean: value, min: value, max: value }
    }
}

/// Fewer values than this are all listed; from this number on, their median is given.
pub const MEDIAN_FROM: usize = 3;

/// The median of a list sorted from best to worst. For an even length it is the worse of the two in
/// the middle, so it is always an observed value. `None` if the list is empty.
pub fn median<T: Copy>(best_first: &[T]) -> Option<T> {
    best_first.get(best_first.len() / 2).copied()
}

/// One value to represent a list sorted from best to worst: the median. A list shorter than
/// [`MEDIAN_FROM`] has one only if all its values are equal.
pub fn typical<T: Copy + PartialEq>(best_first: &[T]) -> Option<T> {
    match best_first {
        [first, rest @ ..] if best_first.len() < MEDIAN_FROM => {
            rest.iter().all(|value| value == first).then_some(*first)
        }
        _ => median(best_first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_ignores_what_is_not_finite() {
        let spread = Spread::of([0.5, f64::NAN, 1.0].into_iter());
        assert_eq!(spread, Some(Spread { count: 2, mean: 0.75, min: 0.5, max: 1.0 }));
        assert_eq!(Spread::of([f64::NAN].into_iter()), None);
    }

    #[test]
    fn a_median_is_the_less_favourable_of_two() {
        assert_eq!(median(&[1, 2, 3]), Some(2));
        assert_eq!(median(&[1, 2, 3, 4]), Some(3));
        assert_eq!(median::<u8>(&[]), None);
        assert_eq!((typical(&[1, 2]), typical(&[1, 1])), (None, Some(1)));
    }
}
