//! Texts of characters.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{RowsDescription, describe_rows, overlap_of};
use crate::data::LabelledText;

/// A description of a file of texts. Lengths are in characters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Description {
    /// Sizes, lengths, labels, repetition.
    #[serde(flatten)]
    pub rows: RowsDescription,
    /// Number of occurrences of each character, in the order of the characters.
    pub letters: BTreeMap<char, usize>,
}

/// Describes a data set of texts.
///
/// # Panics
/// When there are no rows.
pub fn describe(rows: &[LabelledText]) -> Description {
    let mut letters = BTreeMap::new();
    for character in rows.iter().flat_map(|row| row.text.chars()) {
        *letters.entry(character).or_insert(0) += 1;
    }
    let each = rows
        .iter()
        .map(|LabelledText { text, label }| (text.as_str(), text.chars().count(), label.as_str()));
    Description { rows: describe_rows(each), letters }
}

/// Number of distinct texts that occur in both sets, regardless of labels.
pub fn overlap(train: &[LabelledText], test: &[LabelledText]) -> usize {
    let [train, test] = [train, test].map(|rows| rows.iter().map(|row| row.text.as_str()));
    overlap_of(train, test)
}

#[cfg(test)]
mod tests {
    use super::super::{LengthSummary, MOST_BINS};
    use super::*;

    fn rows(pairs: &[(&str, &str)]) -> Vec<LabelledText> {
        pairs.iter().map(|&(text, label)| LabelledText::new(text, label)).collect()
    }

    #[test]
    fn a_small_set_is_described_as_counted_by_hand() {
        let Description { rows: description, letters } = describe(&rows(&[
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
        assert_eq!(letters, BTreeMap::from([('a', 4), ('b', 8), ('é', 4)]));
        assert_eq!((description.duplicates, description.contradictions), (2, 1));
        let counts: Vec<_> =
            description.length_histogram.iter().map(|bin| (bin.from, bin.to, bin.count)).collect();
        assert_eq!(counts, [(2, 2, 4), (3, 3, 1), (4, 4, 0), (5, 5, 1)]);
    }

    #[test]
    fn a_histogram_has_few_bins_and_loses_no_text() {
        let rows: Vec<_> =
            (1..=1000).map(|length| LabelledText::new("x".repeat(length), "1")).collect();
        let bins = describe(&rows).rows.length_histogram;
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
