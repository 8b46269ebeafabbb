//! One number over several seeds.

/// Mean and range of the finite values among some.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// How many values.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// `None` when there is no finite value.
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

/// The two middle values of a sorted list, which are one and the same when its length
/// is odd. `None` when it is empty.
pub fn middle<T: Copy>(sorted: &[T]) -> Option<(T, T)> {
    let last = sorted.len().checked_sub(1)?;
    Some((sorted[last / 2], sorted[last.div_ceil(2)]))
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
    fn the_middle_of_an_even_list_is_a_pair() {
        assert_eq!(middle(&[1, 2, 3]), Some((2, 2)));
        assert_eq!(middle(&[1, 2, 3, 4]), Some((2, 3)));
        assert_eq!(middle::<u8>(&[]), None);
    }
}
