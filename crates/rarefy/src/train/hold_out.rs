//! A validation part, held out of the training data.

use crate::data::Dataset;
use crate::random::Stream;

/// Splits `strings` into those to train on and those held out: a share of them,
/// rounded, picked by the stream `validation` of `seed`, each part in file order.
/// The same file, share and seed give the same parts, whatever command asks.
///
/// # Panics
/// When `share` is not within 0 to 1.
pub fn hold_out(strings: &Dataset, share: f64, seed: u64) -> (Dataset, Dataset) {
    assert!((0.0..=1.0).contains(&share), "share {share} is not within 0 to 1");
    let mut order: Vec<usize> = (0..strings.len()).collect();
    Stream::new(seed, "validation").shuffle(&mut order);
    let held_out = (share * strings.len() as f64).round() as usize;
    let (validation, training) = order.split_at_mut(held_out);
    validation.sort_unstable();
    training.sort_unstable();
    (strings.select(training), strings.select(validation))
}
