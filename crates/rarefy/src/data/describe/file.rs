//! A file of labelled sequences, compared with its test file.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::Serialize;

use super::{
    Description, SeriesDescription, WordCounts, WordDescription, describe, describe_series,
    describe_words, overlap, series_overlap, word_overlap,
};
use crate::data::{DataError, LabelledText, Rows, SeriesSet, TaskKind, Unit, Vocabulary};

/// A file of labelled sequences, and its overlap with the test file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileDescription {
    /// The file.
    pub file: PathBuf,
    /// Its content.
    #[serde(flatten)]
    pub description: Described,
    /// The test file, if there is one.
    pub test: Option<TestDescription>,
}

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Described {
    /// Texts with a character per step.
    Characters(Description),
    /// Texts with a word per step.
    Words(WordDescription),
    /// Series of numbers.
    Series(SeriesDescription),
}

/// A test file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TestDescription {
    /// The file.
    pub file: PathBuf,
    /// Number of rows.
    pub count: usize,
    /// Number of distinct sequences that occur in both files.
    pub overlap: usize,
    /// Its words, where the known ones are those of the other file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<WordCounts>,
    /// Number of its characters that are missing in the other file, or rarer there than the
    /// required minimum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_characters: Option<usize>,
}

/// How many characters of `rows` are not in `known`.
fn unknown_characters(rows: &[LabelledText], known: &Vocabulary) -> usize {
    let known: HashSet<char> = known.characters().into_iter().flatten().copied().collect();
    rows.iter().flat_map(|row| row.text.chars()).filter(|letter| !known.contains(letter)).count()
}

/// Texts that are described as one group, of this name.
fn grouped<'t>(texts: impl Iterator<Item = &'t String>, name: &str) -> Vec<LabelledText> {
    texts.map(|text| LabelledText::new(text, name)).collect()
}

impl FileDescription {
    /// Describes the `rows` of a file, with tokens of the given `unit`, and those of its test file.
    /// `task` is what is asked; if `None`, what the rows say.
    ///
    /// # Errors
    /// If the two hold different kinds of sequences.
    pub fn new(
        (file, rows): (PathBuf, &Rows),
        test: Option<(Rows, PathBuf)>,
        unit: Unit,
        task: Option<TaskKind>,
    ) -> Result<Self, DataError> {
        const NEXT: &str = "next token";
        match rows {
            Rows::Texts(texts) if task == Some(TaskKind::Numbers) => {
                let texts = texts.iter().map(|row| &row.text);
                Self::of_texts(file, &grouped(texts, TaskKind::Numbers.words(false)), test, unit)
            }
            Rows::Texts(texts) => Self::of_texts(file, texts, test, unit),
            Rows::Series(set) => Self::of_series(file, set, test),
            Rows::Running(texts) => {
                let test = test.map(|(rows, path)| match rows {
                    Rows::Running(texts) => (Rows::Texts(grouped(texts.iter(), NEXT)), path),
                    other => (other, path),
                });
                Self::of_texts(file, &grouped(texts.iter(), NEXT), test, unit)
            }
        }
    }

    fn of_texts(
        file: PathBuf,
        rows: &[LabelledText],
        test: Option<(Rows, PathBuf)>,
        unit: Unit,
    ) -> Result<Self, DataError> {
        let texts = || rows.iter().map(|row| row.text.as_str());
        let (vocabulary, known) = match unit {
            Unit::Character { least } => {
                (None, Some(Vocabulary::of_frequent_characters(texts(), least.unwrap_or(1))))
            }
            Unit::Word { least } => (Some(Vocabulary::of_words(texts(), least)), None),
        };
        let description = match &vocabulary {
            None => Described::Characters(describe(rows)),
            Some(vocabulary) => Described::Words(describe_words(rows, vocabulary)),
        };
        let test = match test {
            None => None,
            Some((Rows::Texts(test), file)) => Some(TestDescription {
                file,
                count: test.len(),
                overlap: match vocabulary {
                    None => overlap(rows, &test),
                    Some(_) => word_overlap(rows, &test),
                },
                words: vocabulary.map(|vocabulary| WordCounts::of(&test, &vocabulary)),
                unknown_characters: known.map(|known| unknown_characters(&test, &known)),
            }),
            Some((rows @ (Rows::Series(_) | Rows::Running(_)), path)) => {
                let (found, expected) = (rows.kind(), "texts");
                return Err(DataError::OtherKind { path, found, expected });
            }
        };
        Ok(Self { file, description, test })
    }

    fn of_series(
        file: PathBuf,
        set: &SeriesSet,
        test: Option<(Rows, PathBuf)>,
    ) -> Result<Self, DataError> {
        let test = match test {
            None => None,
            Some((Rows::Series(test), path)) if test.channels != set.channels => {
                let (found, expected) = (test.channels, set.channels);
                return Err(DataError::OtherChannels { path, found, expected });
            }
            Some((Rows::Series(test), file)) => Some(TestDescription {
                file,
                count: test.series.len(),
                overlap: series_overlap(set, &test),
                words: None,
                unknown_characters: None,
            }),
            Some((rows @ (Rows::Texts(_) | Rows::Running(_)), path)) => {
                let (found, expected) = (rows.kind(), "series of numbers");
                return Err(DataError::OtherKind { path, found, expected });
            }
        };
        Ok(Self { file, description: Described::Series(describe_series(set)), test })
    }
}
