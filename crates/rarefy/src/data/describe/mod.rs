//! A description of a file of labelled sequences: sizes, lengths, repetition, and the characters
//! (`texts`), words (`words`) or numbers (`series`) that it consists of.
//!
//! Lengths count the steps of a network: characters, words, or steps of a series. Two kinds of
//! repetition are counted. A sequence that occurs with different labels cannot be learned. A
//! sequence that occurs in both the training and the test set does not test anything.

mod file;
mod series;
mod texts;
mod words;

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use serde::Serialize;

use super::Labels;

pub use file::{Described, FileDescription, TestDescription};
pub use series::{ChannelDescription, SeriesDescription, describe_series, series_overlap};
pub use texts::{Description, describe, overlap};
pub use words::{WordCounts, WordDescription, describe_words, word_overlap};

/// Most bins of the histogram of lengths.
const MOST_BINS: usize = 20;

/// The part of a description that applies to labelled sequences of any kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowsDescription {
    /// Number of rows.
    pub count: usize,
    /// Lengths of all sequences.
    pub length: LengthSummary,
    /// A description of each label, in the order of [`Labels`].
    pub labels: Vec<LabelDescription>,
    /// How many sequences have which length, in adjacent bins of equal width.
    pub length_histogram: Vec<LengthBin>,
    /// Number of rows whose sequence occurred in an earlier row.
    pub duplicates: usize,
    /// Number of distinct sequences that occur with more than one label.
    pub contradictions: usize,
}

/// Shortest, mean and longest length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LengthSummary {
    /// Length of the shortest sequence.
    pub min: usize,
    /// Mean length.
    pub mean: f64,
    /// Length of the longest sequence.
    pub max: usize,
}

/// The rows of one label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabelDescription {
    /// The label.
    pub label: String,
    /// Number of its rows.
    pub count: usize,
    /// Lengths of its sequences.
    pub length: LengthSummary,
}

/// The sequences with a length within `from..=to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LengthBin {
    /// Smallest length of the bin.
    pub from: usize,
    /// Largest length of the bin.
    pub to: usize,
    /// Number of sequences.
    pub count: usize,
}

/// Describes rows, each given by a key that is equal for equal sequences, its length and its label.
///
/// # Panics
/// When there are no rows.
fn describe_rows<'r, K: Eq + Hash>(
    rows: impl Iterator<Item = (K, usize, &'r str)>,
) -> RowsDescription {
    let mut lengths = Vec::new();
    let mut lengths_by_label: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut labels_by_sequence: HashMap<K, HashSet<&str>> = HashMap::new();
    for (sequence, length, label) in rows {
        lengths.push(length);
        lengths_by_label.entry(label).or_default().push(length);
        labels_by_sequence.entry(sequence).or_default().insert(label);
    }
    assert!(!lengths.is_empty(), "no rows to describe");
    let length = summarise(&lengths);
    let label_description = |label: &String| LabelDescription {
        label: label.clone(),
        count: lengths_by_label[label.as_str()].len(),
        length: summarise(&lengths_by_label[label.as_str()]),
    };
    RowsDescription {
        count: lengths.len(),
        length,
        labels: Labels::of(lengths_by_label.keys().copied())
            .names()
            .iter()
            .map(label_description)
            .collect(),
        length_histogram: histogram(&lengths, length),
        duplicates: lengths.len() - labels_by_sequence.len(),
        contradictions: labels_by_sequence.values().filter(|labels| labels.len() > 1).count(),
    }
}

/// Number of distinct sequences that occur in both sets.
fn overlap_of<K: Eq + Hash>(
    train: impl Iterator<Item = K>,
    test: impl Iterator<Item = K>,
) -> usize {
    let seen: HashSet<K> = train.collect();
    let tested: HashSet<K> = test.collect();
    tested.intersection(&seen).count()
}

fn summarise(lengths: &[usize]) -> LengthSummary {
    LengthSummary {
        min: *lengths.iter().min().expect("a label has rows"),
        mean: lengths.iter().sum::<usize>() as f64 / lengths.len() as f64,
        max: *lengths.iter().max().expect("a label has rows"),
    }
}

fn histogram(lengths: &[usize], LengthSummary { min, max, .. }: LengthSummary) -> Vec<LengthBin> {
    let span = max - min + 1;
    let width = span.div_ceil(MOST_BINS);
    let mut bins: Vec<LengthBin> = (0..span.div_ceil(width))
        .map(|bin| min + bin * width)
        .map(|from| LengthBin { from, to: from + width - 1, count: 0 })
        .collect();
    for length in lengths {
        bins[(length - min) / width].count += 1;
    }
    bins
}
