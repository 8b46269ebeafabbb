//! Named random streams whose numbers never change.
//!
//! A stream is ChaCha8 keyed by a seed, with the purpose's name as the stream number. Drawing more
//! numbers for one purpose (say, shuffling) therefore never shifts those of another (say,
//! initialisation). The mapping from bits to floats and indices is written here because the
//! distributions of the `rand` crates may change their values between versions, and results for a
//! published seed must not change.

use std::borrow::Borrow;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of random numbers for one purpose.
#[derive(Clone, Debug)]
pub struct Stream {
    generator: ChaCha8Rng,
}

impl Stream {
    /// The stream for `purpose` of `seed`. Streams for different purposes are independent; the same
    /// seed and purpose give the same numbers on every machine.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(fnv1a(purpose.as_bytes()));
        Self { generator }
    }

    /// A stream for another purpose of whatever this one is for.
    #[must_use]
    pub fn beside(&self, purpose: &str) -> Self {
        let mut generator = ChaCha8Rng::from_seed(self.generator.get_seed());
        generator.set_stream(self.generator.get_stream() ^ fnv1a(purpose.as_bytes()));
        Self { generator }
    }

    /// Uniform in `[0, 1)`, a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        (self.generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `[low, high)`.
    pub fn uniform_in(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Standard normal, by the Box-Muller transform (its cosine half).
    pub fn normal(&mut self) -> f64 {
        // 1 - u lies in (0, 1], so the logarithm is finite.
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// 64 fair coins.
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// A fair coin.
    pub fn coin(&mut self) -> bool {
        self.generator.next_u64() >> 63 == 1
    }

    /// Uniform in `0..bound`, without bias (Lemire 2019, *Fast random integer
    /// generation in an interval*).
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn index(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "an index below 0 was asked for");
        let bound = bound as u64;
        loop {
            let product = u128::from(self.generator.next_u64()) * u128::from(bound);
            if product as u64 >= bound.wrapping_neg() % bound {
                return (product >> 64) as usize;
            }
        }
    }

    /// Shuffles `items` in place: each order equally likely (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }
}

/// 64-bit FNV-1a: a hash that is the same on every machine and version, for
/// naming streams and fingerprints. Not for untrusted input.
pub fn fnv1a<B: Borrow<u8>>(bytes: impl IntoIterator<Item = B>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte.borrow())).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv1a_matches_the_published_vectors() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn streams_of_one_seed_differ_by_purpose_and_repeat_by_name() {
        let draw = |seed, purpose| Stream::new(seed, purpose).uniform();
        assert_eq!(draw(7, "shuffle"), draw(7, "shuffle"));
        assert_ne!(draw(7, "shuffle"), draw(7, "parameters"));
        assert_ne!(draw(7, "shuffle"), draw(8, "shuffle"));
        let beside = |seed, purpose| Stream::new(seed, purpose).beside("dropout").uniform();
        assert_eq!(beside(7, "shuffle"), beside(7, "shuffle"));
        let others = [draw(7, "shuffle"), draw(7, "dropout"), beside(8, "shuffle"), beside(7, "a")];
        assert!(!others.contains(&beside(7, "shuffle")));
    }

    #[test]
    fn moments_of_the_distributions_are_right() {
        const DRAWS: usize = 200_000;
        // Five standard errors of a mean over DRAWS draws of unit variance.
        let tolerance = 5.0 / (DRAWS as f64).sqrt();
        let mut stream = Stream::new(1, "moments");
        let normals: Vec<f64> = (0..DRAWS).map(|_| stream.normal()).collect();
        let mean = normals.iter().sum::<f64>() / DRAWS as f64;
        let variance = normals.iter().map(|x| x * x).sum::<f64>() / DRAWS as f64;
        assert!(mean.abs() < tolerance, "mean {mean}");
        assert!((variance - 1.0).abs() < 2.0 * tolerance, "variance {variance}");
        let mean = (0..DRAWS).map(|_| stream.uniform_in(-1.0, 1.0)).sum::<f64>() / DRAWS as f64;
        assert!(mean.abs() < tolerance, "mean {mean}");
    }

    #[test]
    fn every_order_of_three_is_equally_likely() {
        const DRAWS: usize = 60_000;
        let mut stream = Stream::new(2, "orders");
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..DRAWS {
            let mut items = [0, 1, 2];
            stream.shuffle(&mut items);
            *counts.entry(items).or_insert(0_usize) += 1;
        }
        assert_eq!(counts.len(), 6);
        // Five standard deviations of a binomial count with p = 1/6.
        let spread = 5.0 * (DRAWS as f64 * (1.0 / 6.0) * (5.0 / 6.0)).sqrt();
        for (order, count) in counts {
            let off = (count as f64 - DRAWS as f64 / 6.0).abs();
            assert!(off < spread, "{order:?} came {count} times");
        }
    }
}
