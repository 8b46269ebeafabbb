//! Training and test strings, encoded alike: what a network is trained and measured on.

use std::path::Path;

use super::{DataError, Dataset, INVALID, LabelledText, Labels, VALID, Vocabulary, reber};

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
            // With both labels in it, so that there are valid strings to accept.
            reber: labels.names() == [INVALID, VALID] && train.iter().chain(test).all(agrees),
            vocabulary,
            labels,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ReberGrammar, ReberSettings, generate};

    fn is_reber(rows: &[LabelledText]) -> bool {
        let named = ("rows.csv".as_ref(), rows);
        Corpus::encode(named, named).unwrap().reber
    }

    #[test]
    fn only_strings_of_the_grammar_under_the_thesiss_labels_are_its_task() {
        let draw = |grammar| {
            let settings = ReberSettings { grammar, count: 40, ..ReberSettings::default() };
            generate(&settings).unwrap().all
        };
        let mut rows = draw(ReberGrammar::Reber);
        assert!(is_reber(&rows));
        assert!(!is_reber(&draw(ReberGrammar::Embedded)));
        let renamed =
            |row: &LabelledText| LabelledText::new(&row.text, format!("is {}", row.label));
        assert!(!is_reber(&rows.iter().map(renamed).collect::<Vec<_>>()));
        rows[0].text.push('E');
        assert!(!is_reber(&rows));
    }
}
