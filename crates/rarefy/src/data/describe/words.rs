//! Texts of words.

use std::collections::HashSet;

use serde::Serialize;

use super::{RowsDescription, describe_rows, overlap_of};
use crate::data::{LabelledText, Vocabulary};

/// A description of a file of texts with a word per step. Lengths are in words. Two texts are equal
/// if all of their words are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordDescription {
    /// Sizes, lengths, labels, repetition.
    #[serde(flatten)]
    pub rows: RowsDescription,
    /// Its words.
    pub words: WordCounts,
}

/// Counts of the words of a file, compared with the words that a network knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WordCounts {
    /// Number of words.
    pub count: usize,
    /// Number of different words.
    pub different: usize,
    /// Number of ids in the vocabulary: known words, the padding, and the unknown word.
    pub vocabulary: usize,
    /// Number of words, repetitions included, that are unknown.
    pub unknown: usize,
}

impl WordCounts {
    /// Counts the words of `rows`, where the known ones are those of `vocabulary`.
    pub fn of(rows: &[LabelledText], vocabulary: &Vocabulary) -> Self {
        let known: HashSet<&str> =
            vocabulary.words().unwrap_or_default().iter().map(String::as_str).collect();
        let words = || rows.iter().flat_map(|row| row.text.split_whitespace());
        Self {
            count: words().count(),
            different: words().collect::<HashSet<&str>>().len(),
            vocabulary: vocabulary.len(),
            unknown: words().filter(|word| !known.contains(word)).count(),
        }
    }

    /// Share of the words that are unknown, 0 to 1; 0 if there are no words.
    pub fn unknown_share(&self) -> f64 {
        self.unknown as f64 / self.count.max(1) as f64
    }
}

/// Describes a data set of texts by their words, where the known ones are those of `vocabulary`.
///
/// # Panics
/// When there are no rows.
pub fn describe_words(rows: &[LabelledText], vocabulary: &Vocabulary) -> WordDescription {
    let each = rows.iter().map(|LabelledText { text, label }| {
        let words: Vec<&str> = text.split_whitespace().collect();
        let length = words.len();
        (words, length, label.as_str())
    });
    WordDescription { rows: describe_rows(each), words: WordCounts::of(rows, vocabulary) }
}

/// Number of distinct texts that occur in both sets, regardless of labels. Two texts are equal if
/// all of their words are.
pub fn word_overlap(train: &[LabelledText], test: &[LabelledText]) -> usize {
    let words = |row: &'_ LabelledText| -> Vec<String> {
        row.text.split_whitespace().map(str::to_owned).collect()
    };
    overlap_of(train.iter().map(words), test.iter().map(words))
}

#[cfg(test)]
mod tests {
    use super::super::LengthSummary;
    use super::*;

    #[test]
    fn words_are_counted_as_a_network_meets_them() {
        let row = |text, label| LabelledText::new(text, label);
        let rows = [row("the cat  sat", "a"), row("the dog", "b"), row("the cat sat ", "b")];
        let texts = rows.iter().map(|row| row.text.as_str());
        let vocabulary = Vocabulary::of_words(texts, 2);
        let WordDescription { rows: description, words } = describe_words(&rows, &vocabulary);
        assert_eq!(description.length, LengthSummary { min: 2, mean: 8.0 / 3.0, max: 3 });
        // The same words with different white space.
        assert_eq!((description.duplicates, description.contradictions), (1, 1));
        let expected = WordCounts { count: 8, different: 4, vocabulary: 5, unknown: 1 };
        assert_eq!(words, expected);
        let test = [row("a cat the", "a"), row("", "a")];
        let found = WordCounts::of(&test, &vocabulary);
        assert_eq!((found.count, found.unknown, found.unknown_share()), (3, 1, 1.0 / 3.0));
        assert_eq!(word_overlap(&rows, &[row(" the dog", "a"), row("the cat", "a")]), 1);
        assert_eq!(WordCounts::of(&test[1..], &vocabulary).unknown_share(), 0.0);
    }
}
