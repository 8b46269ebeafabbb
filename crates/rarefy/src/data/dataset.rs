//! Texts and labels as numbers, ready for a network.

use std::path::Path;

use super::{DataError, LabelledText, Labels, Vocabulary};

/// Encoded rows. Row `r` is `tokens[r]` with the class `targets[r]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// The ids of each text's characters (see [`Vocabulary`]): rows of differing
    /// length, at least 1, without padding.
    pub tokens: Vec<Vec<u32>>,
    /// The index of each row's label (see [`Labels`]).
    pub targets: Vec<u32>,
}

/// Characters of the longest text, steps of the longest series. Training keeps every step
/// of a batch: at the thesis's settings that is about 130 KiB a step, 1.3 GiB for this many.
pub(super) const LONGEST: usize = 10_000;

impl Dataset {
    /// The tokens and the target of one row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn get(&self, row: usize) -> (&[u32], u32) {
        (&self.tokens[row], self.targets[row])
    }

    /// The given rows, in the given order.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            tokens: rows.iter().map(|&row| self.tokens[row].clone()).collect(),
            targets: rows.iter().map(|&row| self.targets[row]).collect(),
        }
    }

    /// Encodes `rows`; `path` is the file they come from, for errors.
    ///
    /// # Errors
    /// At the first row with a character outside `vocabulary`, a label that is none of
    /// `labels`, or a text of more than 10,000 characters.
    pub fn encode(
        path: &Path,
        rows: &[LabelledText],
        vocabulary: &Vocabulary,
        labels: &Labels,
    ) -> Result<Self, DataError> {
        let mut dataset = Self {
            tokens: Vec::with_capacity(rows.len()),
            targets: Vec::with_capacity(rows.len()),
        };
        for (index, LabelledText { text, label }) in rows.iter().enumerate() {
            let row = index + 1;
            let length = text.chars().count();
            if length > LONGEST {
                let path = path.to_owned();
                return Err(DataError::TooLong { path, row, length, longest: LONGEST });
            }
            let tokens = vocabulary.encode(text).map_err(|character| {
                let (path, text) = (path.to_owned(), text.clone());
                DataError::UnknownCharacter { path, row, text, character }
            })?;
            let target = labels.index(label).ok_or_else(|| DataError::UnknownLabel {
                path: path.to_owned(),
                row,
                label: label.clone(),
                known: labels.names().to_vec(),
            })?;
            dataset.tokens.push(tokens);
            dataset.targets.push(target);
        }
        Ok(dataset)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }
}
