//! Training and test strings, encoded alike: what a network is trained and measured on.

use std::path::Path;

use super::{DataError, Dataset, LabelledText, Labels, VALID, Vocabulary, reber};

/// Training and test strings as numbers, by the characters and labels of the training
/// file.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// The training file.
    pub train: Dataset,
    /// The test file.
    pub test: Dataset,
    /// The characters of the training file.
    pub vocabulary: Vocabulary,
    /// The labels of the training file: at least two.
    pub labels: Labels,
    /// Whether it is the thesis's task: the strings labelled valid are just those that
    /// the Reber grammar accepts.
    pub reber: bool,
}

impl Corpus {
    /// Encodes the rows of two files, whose paths are for errors.
    ///
    /// # Errors
    /// When all training rows have the same label, or a row cannot be encoded (see
    /// [`Dataset::encode`]).
    pub fn encode(
        (train_path, train): (&Path, &[LabelledText]),
        (test_path, test): (&Path, &[LabelledText]),
    ) -> Result<Self, DataError> {
        let labels = Labels::of(train.iter().map(|row| row.label.as_str()));
        if let [label] = labels.names() {
            let (path, label) = (train_path.to_owned(), label.clone());
            return Err(DataError::OneLabel { path, label });
        }
        let vocabulary = Vocabulary::of_texts(train.iter().map(|row| row.text.as_str()));
        let grammar = reber();
        let agrees = |row: &LabelledText| grammar.accepts(&row.text) == (row.label == VALID);
        Ok(Self {
            train: Dataset::encode(train_path, train, &vocabulary, &labels)?,
            test: Dataset::encode(test_path, test, &vocabulary, &labels)?,
            reber: train.iter().chain(test).all(agrees),
            vocabulary,
            labels,
        })
    }
}
