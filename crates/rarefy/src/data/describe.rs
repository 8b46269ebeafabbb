//! What a file of labelled texts looks like: sizes, lengths, letters, repetition.
//!
//! Lengths are in characters. A text that occurs twice with different labels cannot
//! be learnt, and one that occurs in the training set and the test set is no test;
//! so both are counted.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::{LabelledText, Labels};

/// The histogram of lengths has at most so many bins.
const MOST_BINS: usize = 20;

/// An account of a data set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Description {
    /// Number of rows.
    pub count: usize,
    /// Lengths of all texts.
    pub length: LengthSummary,
    /// An account of each label, in the order of [`Labels`].
    pub labels: Vec<LabelDescription>,
    /// How many texts have which length, in bins of equal width without gaps.
    pub length_histogram: Vec<LengthBin>,
    /// How often each character occurs, in the order of the characters.
    pub letters: BTreeMap<char, usize>,
    /// Rows whose text occurred in an earlier row.
    pub duplicates: usize,
    /// Distinct texts that occur with more than one label.
    pub contradictions: usize,
}

/// Shortest, mean and longest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LengthSummary {
    /// Length of the shortest text.
    pub min: usize,
    /// Mean length.
    pub mean: f64,
    /// Length of the longest text.
    pub max: usize,
}

/// The rows of one label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabelDescription {
    /// The label.
    pub label: String,
    /// Number of its rows.
    pub count: usize,
    /// Lengths of its texts.
    pub length: LengthSummary,
}

/// The texts with a length in `from..=to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LengthBin {
    /// Least length of the bin.
    pub from: usize,
    /// Greatest length of the bin.
    pub to: usize,
    /// Number of texts.
    pub count: usize,
}

/// Describes a data set.
///
/// # Panics
/// When there are no rows.
pub fn describe(rows: &[LabelledText]) -> Description {
    assert!(!rows.is_empty(), "no rows to describe");
    let lengths: Vec<usize> = rows.iter().map(|row| row.text.chars().count()).collect();
    let length = summarise(&lengths);
    let mut letters = BTreeMap::new();
    let mut lengths_by_label: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut labels_by_text: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (row, &length) in rows.iter().zip(&lengths) {
        for character in row.text.chars() {
            *letters.entry(character).or_insert(0) += 1;
        }
        lengths_by_label.entry(&row.label).or_default().push(length);
        labels_by_text.entry(&row.text).or_default().insert(&row.label);
    }
    let label_description = |label: &String| LabelDescription {
        label: label.clone(),
        count: lengths_by_label[label.as_str()].len(),
        length: summarise(&lengths_by_label[label.as_str()]),
    };
    Description {
        count: rows.len(),
        length,
        labels: Labels::of(lengths_by_label.keys().copied())
            .names()
            .iter()
            .map(label_description)
            .collect(),
        length_histogram: histogram(&lengths, length),
        letters,
        duplicates: rows.len() - labels_by_text.len(),
        contradictions: labels_by_text.values().filter(|labels| labels.len() > 1).count(),
    }
}

/// Number of distinct texts that occur in both sets, whatever their labels.
pub fn overlap(train: &[LabelledText], test: &[LabelledText]) -> usize {
    let seen: HashSet<&str> = train.iter().map(|row| row.text.as_str()).collect();
    let tested: HashSet<&str> = test.iter().map(|row| row.text.as_str()).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pairs: &[(&str, &str)]) -> Vec<LabelledText> {
        pairs.iter().map(|&(text, label)| LabelledText::new(text, label)).collect()
    }

    #[test]
    fn a_small_set_is_described_as_counted_by_hand() {
        let description = describe(&rows(&[
            ("ab", "1"),
            ("abb", "0"),
            ("ab", "0"),
            ("éé", "1"),
            ("éé", "1"),
            ("abbbb", "0"),
        ]));
        assert_eq!(description.count, 6);
        assert_eq!(description.length, LengthSummary { min: 2, mean: 16.0 / 6.0, max: 5 });
        let zero = &description.labels[0];
        assert_eq!((zero.label.as_str(), zero.count), ("0", 3));
        assert_eq!(zero.length, LengthSummary { min: 2, mean: 10.0 / 3.0, max: 5 });
        assert_eq!(description.labels[1].length, LengthSummary { min: 2, mean: 2.0, max: 2 });
        assert_eq!(description.letters, BTreeMap::from([('a', 4), ('b', 8), ('é', 4)]));
        assert_eq!((description.duplicates, description.contradictions), (2, 1));
        let counts: Vec<_> =
            description.length_histogram.iter().map(|bin| (bin.from, bin.to, bin.count)).collect();
        assert_eq!(counts, [(2, 2, 4), (3, 3, 1), (4, 4, 0), (5, 5, 1)]);
    }

    #[test]
    fn a_histogram_has_few_bins_and_loses_no_text() {
        let rows: Vec<_> =
            (1..=1000).map(|length| LabelledText::new("x".repeat(length), "1")).collect();
        let bins = describe(&rows).length_histogram;
        assert_eq!(bins.len(), MOST_BINS);
        assert!(bins.iter().all(|bin| bin.count == 50 && bin.to - bin.from == 49));
        assert_eq!((bins[0].from, bins[MOST_BINS - 1].to), (1, 1000));
    }

    #[test]
    fn texts_in_both_sets_are_counted_once_each() {
        let train = rows(&[("a", "1"), ("b", "0"), ("b", "0"), ("c", "1")]);
        let test = rows(&[("b", "1"), ("b", "0"), ("c", "1"), ("d", "1")]);
        assert_eq!(overlap(&train, &test), 2);
        assert_eq!(overlap(&train, &rows(&[("d", "0")])), 0);
    }
}
