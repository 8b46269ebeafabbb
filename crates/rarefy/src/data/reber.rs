//! The Reber data set: strings of a grammar and of its decoys, generated and split.
//!
//! Half of the strings are valid (label `1`) and half invalid (`0`). The invalid ones are in
//! blocks, one per decoy (see [`super::diagram`] for the grammars). A string is a random walk in
//! which all edges are equally likely. A string that is too short, or already in the data set, is
//! discarded and drawn again. That reproduces the length distribution of the thesis's data, which
//! is longer than that of a plain walk because the short strings are soon used up.
//!
//! In the thesis's data no string occurs twice in a block, but eight occur in two blocks. Here no
//! string occurs twice at all.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::diagram::{Decoy, embedded_reber, embedded_reber_decoys, reber, reber_decoys};
use super::{Grammar, LabelledText};
use crate::named;
use crate::random::Stream;

/// The label of a string that the grammar accepts.
pub const VALID: &str = "1";

/// The label of a decoy string.
pub const INVALID: &str = "0";

/// This many consecutive draws without a new string end a block. With the default settings the
/// longest such run has about 2,000 draws. So the limit is reached only if hardly any string meets
/// the settings; that takes some hundredths of a second.
const PATIENCE: usize = 200_000;

/// One in this many strings, rounded down, goes into the test set.
const TEST_SHARE: usize = 4;

named! {
    /// Which grammar defines valid strings.
    #[derive(Hash)]
    pub enum ReberGrammar: "grammar" {
        /// The Reber grammar, with the thesis's eight decoys.
        Reber = "reber",
        /// The embedded Reber grammar, with decoys that break its frame or its inside.
        Embedded = "embedded",
    }
}

impl ReberGrammar {
    /// The grammar of the valid strings.
    pub fn valid(self) -> Grammar {
        match self {
            ReberGrammar::Reber => reber(),
            ReberGrammar::Embedded => embedded_reber(),
        }
    }

    /// What its strings and those of its decoys are called in tables, in the order of
    /// [`Corpus::kinds`](super::Corpus::kinds).
    pub fn kinds(self) -> Vec<&'static str> {
        std::iter::once("valid").chain(self.decoys().iter().map(|decoy| decoy.key)).collect()
    }

    /// The grammars of the invalid strings.
    pub fn decoys(self) -> Vec<Decoy> {
        match self {
            ReberGrammar::Reber => reber_decoys(),
            ReberGrammar::Embedded => embedded_reber_decoys(),
        }
    }
}

/// The settings of a data set to generate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReberSettings {
    /// The grammar of the valid strings.
    pub grammar: ReberGrammar,
    /// Number of strings, training and test together. If it is odd, there is one more valid than
    /// invalid string.
    pub count: usize,
    /// Shorter strings, in characters, are discarded.
    pub min_length: usize,
    /// The seed of every draw.
    pub seed: u64,
}

impl ReberSettings {
    /// The smallest count that leaves no set empty.
    pub const LEAST_COUNT: usize = TEST_SHARE;
    /// The largest count, which takes some minutes.
    pub const MOST_COUNT: usize = 1_000_000;
}

/// The thesis's data: 25,000 Reber strings of length 11 or more, here from seed 0.
impl Default for ReberSettings {
    fn default() -> Self {
        Self { grammar: ReberGrammar::Reber, count: 25_000, min_length: 11, seed: 0 }
    }
}

/// A generated data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReberData {
    /// All strings: first the valid ones, then those of each decoy.
    pub all: Vec<LabelledText>,
    /// Three quarters of them, in random order.
    pub train: Vec<LabelledText>,
    /// The rest, in random order.
    pub test: Vec<LabelledText>,
}

/// Why a data set cannot be generated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReberError {
    /// The requested count is too small to split.
    #[error(
        "a count of {count} is too small: \
         at least {} strings are needed for a training set and a test set",
        ReberSettings::LEAST_COUNT
    )]
    TooFew {
        /// The requested count.
        count: usize,
    },
    /// The requested count would take more than an hour.
    #[error(
        "a count of {count} is too large: at most {} strings are drawn",
        ReberSettings::MOST_COUNT
    )]
    TooMany {
        /// The requested count.
        count: usize,
    },
    /// A grammar does not yield enough different strings.
    #[error(
        "the {block} gave only {found} of the {wanted} different strings of at least {min_length} \
         characters that it should ({PATIENCE} draws in a row gave no new one): \
         a smaller count or a smaller minimum length is needed"
    )]
    Exhausted {
        /// The grammar.
        block: String,
        /// Number of strings required of it.
        wanted: usize,
        /// Number of strings found.
        found: usize,
        /// Their minimum length.
        min_length: usize,
    },
}

/// Generates a data set and splits it. The same settings always give the same data.
///
/// New strings become rarer as they are used up, so the time grows about with the count to the
/// power 1.8 (measured: 0.2 s for 25,000 strings, 17 s for 300,000).
///
/// # Errors
/// If `count` is below [`ReberSettings::LEAST_COUNT`], or a grammar does not yield enough different
/// strings of that length.
pub fn generate(settings: &ReberSettings) -> Result<ReberData, ReberError> {
    let &ReberSettings { grammar, count, min_length, seed } = settings;
    if count < ReberSettings::LEAST_COUNT {
        return Err(ReberError::TooFew { count });
    }
    if count > ReberSettings::MOST_COUNT {
        return Err(ReberError::TooMany { count });
    }
    let valid = grammar.valid();
    let decoys = grammar.decoys();
    let invalid_count = count / 2;
    let shares: Vec<u64> = decoys.iter().map(|decoy| decoy.share).collect();

    let mut drawing = Drawing { min_length, seed, drawn: HashSet::new() };
    let mut all = Vec::new();
    let texts = drawing.block(&format!("{grammar} grammar"), &valid, count - invalid_count)?;
    all.extend(texts.into_iter().map(|text| LabelledText::new(text, VALID)));
    for (decoy, wanted) in decoys.iter().zip(apportion(invalid_count, &shares)) {
        let texts = drawing.block(&decoy.name, &decoy.grammar, wanted)?;
        all.extend(texts.into_iter().map(|text| LabelledText::new(text, INVALID)));
    }

    let mut train = all.clone();
    Stream::new(seed, "data split").shuffle(&mut train);
    let test = train.split_off(count - count / TEST_SHARE);
    Ok(ReberData { all, train, test })
}

/// The strings generated so far.
struct Drawing {
    min_length: usize,
    seed: u64,
    drawn: HashSet<String>,
}

impl Drawing {
    /// `wanted` strings of `grammar` that are long enough and new, drawn from the block's own
    /// stream.
    fn block(
        &mut self,
        name: &str,
        grammar: &Grammar,
        wanted: usize,
    ) -> Result<Vec<String>, ReberError> {
        let mut stream = Stream::new(self.seed, &format!("data {name}"));
        let mut texts = Vec::new();
        let mut text = String::new();
        let mut rejected_in_a_row = 0;
        while texts.len() < wanted {
            grammar.walk_into(&mut stream, &mut text);
            // The labels are ASCII, so the number of bytes is that of characters.
            if text.len() >= self.min_length && !self.drawn.contains(&text) {
                self.drawn.insert(text.clone());
                texts.push(text.clone());
                rejected_in_a_row = 0;
                continue;
            }
            rejected_in_a_row += 1;
            if rejected_in_a_row == PATIENCE {
                return Err(ReberError::Exhausted {
                    block: name.to_owned(),
                    wanted,
                    found: texts.len(),
                    min_length: self.min_length,
                });
            }
        }
        Ok(texts)
    }
}

/// Divides `total` in proportion to `shares` by the method of largest remainders (Hamilton's): each
/// part is its quota rounded down or up, and the parts add up to `total`. Of equal remainders, the
/// earlier one is rounded up.
fn apportion(total: usize, shares: &[u64]) -> Vec<usize> {
    let whole: u128 = shares.iter().map(|&share| u128::from(share)).sum();
    let quotas = shares.iter().map(|&share| total as u128 * u128::from(share));
    let (mut parts, remainders): (Vec<usize>, Vec<u128>) =
        quotas.map(|quota| ((quota / whole) as usize, quota % whole)).unzip();
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    by_remainder.sort_by_key(|&part| std::cmp::Reverse(remainders[part]));
    let missing = total - parts.iter().sum::<usize>();
    for &part in &by_remainder[..missing] {
        parts[part] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn largest_remainders_are_rounded_up() {
        assert_eq!(apportion(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(apportion(7, &[30, 5, 65]), [2, 0, 5]);
        assert_eq!(apportion(0, &[3, 4]), [0, 0]);
    }

    proptest! {
        #[test]
        fn parts_are_quotas_rounded_and_add_up(
            total in 0_usize..100_000,
            shares in prop::collection::vec(1_u64..10_000, 1..12),
        ) {
            let parts = apportion(total, &shares);
            prop_assert_eq!(parts.iter().sum::<usize>(), total);
            let whole: u64 = shares.iter().sum();
            for (&part, &share) in parts.iter().zip(&shares) {
                let quota = total as f64 * share as f64 / whole as f64;
                prop_assert!((part as f64 - quota).abs() < 1.0, "{} of {}", part, quota);
            }
        }
    }
}
