//! Paired comparisons: the effect of one setting while everything else is equal.
//!
//! Each pair gives one difference, and their mean is the effect. Its interval is a percentile
//! bootstrap over the pairs (Efron 1979). The p-value is that of the sign-flip test (Fisher 1935,
//! *The Design of Experiments*, §21), which is exact for any number of pairs. It makes no
//! assumption about the distribution of the differences, except that without an effect both signs
//! are equally likely. A t-test assumes normal differences, which does not hold for a few
//! accuracies near 1.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{Bootstrap, Interval, standard_error};
use crate::random::Stream;

/// No conclusion is drawn from fewer pairs. Five differences of the same sign occur by chance in
/// two of 2^5 cases, p = 0.0625, so five pairs can never be significant at 0.05. And the
/// bootstrap's interval is too narrow for few values.
pub const FEWEST_PAIRS: usize = 6;

/// Up to this many pairs, all choices of signs are enumerated: about a million.
const MOST_ENUMERATED: usize = 20;
/// Number of choices drawn for more pairs; the p-value is then at least 1 / 10,000.
const FLIPS_DRAWN: usize = 9_999;
/// Two sums are equal up to rounding if they differ by less than this share of the differences'
/// sizes.
const ROUNDING: f64 = 1e-12;
/// Seed of all draws, so that the same differences always have the same interval.
const SEED: u64 = 0;

/// A summary of the differences of pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// Number of pairs.
    pub pairs: usize,
    /// The mean difference.
    pub effect: f64,
    /// Its 95 % confidence interval. `None` for a single pair.
    pub interval: Option<Interval>,
    /// The probability of an effect of at least this size, in either direction, if the sign of each
    /// difference were random.
    pub p: f64,
    /// The smallest true effect that as many pairs with such a spread would show at the level of
    /// 0.05 with a probability of 0.8: 2.8 standard errors, or more for few pairs (Bloom 1995).
    /// `None` for a single pair.
    pub detectable: Option<f64>,
}

impl Paired {
    /// The result does not depend on the order of `differences` or on the number of threads. If all
    /// signs change, effect and interval change theirs. `None` if there are no differences.
    ///
    /// # Panics
    /// If a difference is not finite.
    pub fn of(differences: &[f64]) -> Option<Self> {
        let finite = differences.iter().all(|difference| difference.is_finite());
        assert!(finite, "differences that are no numbers: {differences:?}");
        let mut sorted = differences.to_vec();
        sorted.sort_by(f64::total_cmp);
        let pairs = sorted.len();
        let slack = ROUNDING * sorted.iter().map(|d| d.abs()).sum::<f64>() / pairs as f64;
        // A value that is zero up to rounding has no sign.
        let clean = |mean: f64| if mean.abs() <= slack { 0.0 } else { mean };
        let interval = (pairs > 1).then(|| interval(&sorted));
        (pairs > 0).then(|| Self {
            pairs,
            effect: clean(sorted.iter().sum::<f64>() / pairs as f64),
            interval: interval
                .map(|Interval { low, high }| Interval { low: clean(low), high: clean(high) }),
            p: sign_flips(&sorted),
            detectable: detectable(&sorted),
        })
    }
}

/// The probability with which an effect of the detectable size is found.
const POWER: f64 = 0.8;

fn detectable(differences: &[f64]) -> Option<f64> {
    let error = standard_error(differences)?;
    let t = StudentsT::new(0.0, 1.0, (differences.len() - 1) as f64).expect("a degree of freedom");
    Some((t.inverse_cdf(0.975) + t.inverse_cdf(POWER)) * error)
}

/// Each resample is used twice, once from the smallest and once from the largest value. So the
/// opposite differences have the opposite interval.
fn interval(sorted: &[f64]) -> Interval {
    let pairs = sorted.len() as f64;
    let mean = |counts: &mut dyn Iterator<Item = &f64>| {
        let sum: f64 = sorted.iter().zip(counts).map(|(value, count)| value * count).sum();
        Some(sum / pairs)
    };
    let bootstrap = Bootstrap::new(sorted.len(), SEED, 1);
    let ends = bootstrap.intervals(sorted.len(), |counts| {
        vec![mean(&mut counts.iter()), mean(&mut counts.iter().rev())]
    });
    let [Some(there), Some(back)] = ends[..] else { unreachable!("means of finite numbers") };
    Interval { low: (there.low + back.low) / 2.0, high: (there.high + back.high) / 2.0 }
}

/// The two-sided p-value of the sum of `differences` among the sums for all choices of signs.
fn sign_flips(differences: &[f64]) -> f64 {
    let mut sizes: Vec<f64> = differences.iter().map(|difference| difference.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let slack = ROUNDING * sizes.iter().sum::<f64>();
    let least = differences.iter().sum::<f64>().abs() - slack;
    if sizes.len() <= MOST_ENUMERATED {
        let (first, second) = sizes.split_at(sizes.len() / 2);
        let (first, second) = (signed_sums(first), signed_sums(second));
        let extreme = |a: &f64| second.iter().filter(|b| (a + **b).abs() >= least).count();
        let count: usize = first.iter().map(extreme).sum();
        return count as f64 / (first.len() * second.len()) as f64;
    }
    let mut stream = Stream::new(SEED, "sign flips");
    let mut flipped = || {
        let sign = |size: &f64| if stream.coin() { *size } else { -*size };
        sizes.iter().map(sign).sum::<f64>()
    };
    let extreme = (0..FLIPS_DRAWN).filter(|_| flipped().abs() >= least).count();
    // The observed signs count as one of the choices (Phipson and Smyth 2010).
    (extreme + 1) as f64 / (FLIPS_DRAWN + 1) as f64
}

/// The sums of `sizes` for every choice of signs.
fn signed_sums(sizes: &[f64]) -> Vec<f64> {
    let more = |sums: Vec<f64>, size: &f64| {
        sums.iter().flat_map(|sum| [sum + size, sum - size]).collect::<Vec<f64>>()
    };
    sizes.iter().fold(vec![0.0], more)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_sign_flip_test_is_fishers_on_darwins_plants() {
        // Fisher (1935), §21: of 32,768 choices of signs, 1,726 give a sum of at least 314 eighths
        // of an inch in either direction.
        let darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48].map(f64::from);
        let found = Paired::of(&darwin).unwrap();
        assert_eq!((found.pairs, found.effect), (15, 314.0 / 15.0));
        assert_eq!(found.p, 1726.0 / 32768.0);
        // SciPy: (t.ppf(0.975, 14) + t.ppf(0.8, 14)) * sem(darwin).
        let detectable = found.detectable.unwrap();
        assert!((detectable - 29.36181700145055).abs() < 1e-8, "{detectable}");
    }

    #[test]
    fn few_pairs_decide_nothing_and_none_have_no_effect() {
        assert_eq!(Paired::of(&[]), None);
        let one = Paired::of(&[0.5]).unwrap();
        assert_eq!((one.effect, one.interval, one.p), (0.5, None, 1.0));
        let same = |pairs: usize| Paired::of(&vec![0.25; pairs]).unwrap();
        assert!(same(FEWEST_PAIRS - 1).p > 0.05 && same(FEWEST_PAIRS).p < 0.05);
        assert_eq!(same(9).interval, Some(Interval { low: 0.25, high: 0.25 }));
        assert_eq!(Paired::of(&[0.0; 8]).unwrap().p, 1.0);
    }

    #[test]
    fn drawn_signs_say_about_what_all_of_them_say() {
        let mut stream = Stream::new(5, "differences");
        let differences: Vec<f64> = (0..20).map(|_| stream.normal() + 0.8).collect();
        let exact = sign_flips(&differences);
        // Another 20 differences of zero change no sum, but are too many to enumerate.
        let drawn = sign_flips(&[&differences[..], &[0.0; 20]].concat());
        // Five standard deviations of a share of this many draws.
        let spread = 5.0 * (exact * (1.0 - exact) / FLIPS_DRAWN as f64).sqrt();
        assert!(exact > 0.002 && exact < 0.5, "{exact}");
        assert!((exact - drawn).abs() < spread, "{exact}, drawn {drawn}");
    }

    /// Sums in another order differ in their last bits.
    const SUMMATION: f64 = 1e-12;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
        #[test]
        fn order_does_not_matter_and_opposite_differences_have_opposite_effects(
            differences in prop::collection::vec(-40_i32..40, 1..30),
            seed in any::<u64>(),
        ) {
            let differences: Vec<f64> = differences.iter().map(|&d| f64::from(d) / 64.0).collect();
            let found = Paired::of(&differences).unwrap();
            let mut shuffled = differences.clone();
            Stream::new(seed, "order").shuffle(&mut shuffled);
            prop_assert_eq!(Paired::of(&shuffled).unwrap(), found);
            let opposite: Vec<f64> = differences.iter().map(|d| -d).collect();
            let opposite = Paired::of(&opposite).unwrap();
            prop_assert_eq!((opposite.effect, opposite.p), (-found.effect, found.p));
            if let (Some(a), Some(b)) = (found.interval, opposite.interval) {
                prop_assert!((a.low + b.high).abs() < SUMMATION && (a.high + b.low).abs() < SUMMATION);
            }
        }
    }
}
