//! Training and test sequences with a common encoding.

use std::path::Path;

use super::{
    Answer, DataError, Dataset, Encoding, Grammar, INVALID, Labels, ReadOptions, ReberData,
    ReberGrammar, Rows, Sequence, Target, Task, TaskKind, Unit, VALID, Vocabulary,
};

/// More classes are usually a mistake: their readout, and the logits of all sequences, would take
/// more memory and time than the rest of a network.
const MOST_CLASSES: usize = 10_000;

/// Training and test sequences as numbers. Tokens or scaling, and labels, are those of the training
/// file.
#[derive(Clone, Debug)]
pub struct Corpus<'a> {
    /// The training file.
    pub train: Dataset<'a>,
    /// The test file.
    pub test: Dataset<'a>,
    /// The tokens of the training file, or its scaling.
    pub encoding: Encoding,
    /// What is asked: with labels, those of the training file, at least two.
    pub task: Task,
}

impl<'a> Corpus<'a> {
    /// Encodes the rows of two files. The paths are for errors; `unit` says what a token of a text
    /// is, `options` what is asked and how series are scaled.
    ///
    /// ```
    /// use std::path::Path;
    ///
    /// use rarefy::data::{Corpus, LabelledText, ReadOptions, Rows, Sequence, Target, Unit};
    ///
    /// let train = Rows::Texts(vec![
    ///     LabelledText::new("good and cheap", "yes"),
    ///     LabelledText::new("cheap", "no"),
    /// ]);
    /// let test = Rows::Texts(vec![LabelledText::new("cheap and bad", "no")]);
    /// let (train, test) = ((Path::new("train"), &train), (Path::new("test"), &test));
    /// let corpus = Corpus::encode(train, test, Unit::Word { least: 1 }, &ReadOptions::default())?;
    /// assert_eq!(corpus.encoding.vocabulary().unwrap().words().unwrap(), ["and", "cheap", "good"]);
    /// // Words begin at 2; 1 is a word that is not known.
    /// assert_eq!(corpus.test.get(0), (Sequence::Tokens(&[3, 2, 1]), Target::Class(0)));
    /// # Ok::<(), rarefy::data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// If all training rows have the same label, there are more than 10,000 labels,
    /// an option for texts is given with series or one for series with texts, or a row
    /// cannot be encoded (see [`Dataset::encode`]).
    pub fn encode(
        (train_path, train): (&Path, &Rows<'a>),
        (test_path, test): (&Path, &Rows<'a>),
        unit: Unit,
        options: &ReadOptions,
    ) -> Result<Self, DataError> {
        if unit != Unit::default() && matches!(train, Rows::Series(_)) {
            return Err(DataError::NoTokens { path: train_path.to_owned() });
        }
        if options.scaling.is_some() && !matches!(train, Rows::Series(_)) {
            return Err(DataError::NoSeries { path: train_path.to_owned() });
        }
        let encoding = Encoding::of(train, unit, options.scaling.unwrap_or_default());
        let task = match (train, encoding.vocabulary()) {
            (Rows::Running(_), Some(vocabulary)) => Task::Next { tokens: vocabulary.len() },
            _ => Self::task(train_path, train, options.task)?,
        };
        Self::encode_as((train_path, train), (test_path, test), encoding, task)
    }

    /// The task that `rows` set, of this kind if it is given.
    ///
    /// # Errors
    /// As for [`Corpus::encode`], about labels.
    pub(crate) fn task(
        path: &Path,
        rows: &Rows,
        kind: Option<TaskKind>,
    ) -> Result<Task, DataError> {
        let kind = kind.unwrap_or_else(|| rows.task());
        if kind == TaskKind::Numbers {
            let first = match rows {
                Rows::Texts(_) | Rows::Running(_) => None,
                Rows::Series(set) => set.series.first().map(|row| &row.answer),
            };
            let outputs = first.map_or(1, Answer::outputs);
            let each_step = matches!(first, Some(Answer::StepNumbers { .. }));
            return Ok(Task::Numbers { outputs, each_step });
        }
        let labels = Labels::of(rows.labels());
        match labels.names() {
            [] => return Err(DataError::NoLabel { path: path.to_owned() }),
            [label] => {
                let (path, label) = (path.to_owned(), label.clone());
                return Err(DataError::OneLabel { path, label });
            }
            _ => {}
        }
        let (count, most) = (labels.names().len(), MOST_CLASSES);
        if count > most {
            return Err(DataError::ManyClasses { path: path.to_owned(), count, most });
        }
        Ok(match kind {
            TaskKind::Steps => Task::Steps(labels),
            _ => Task::Class(labels),
        })
    }

    /// Encodes the rows of two files for a model with these tokens, or this scaling, and this
    /// task.
    ///
    /// # Errors
    /// If a row cannot be encoded (see [`Dataset::encode`]).
    pub fn encode_as(
        (train_path, train): (&Path, &Rows<'a>),
        (test_path, test): (&Path, &Rows<'a>),
        encoding: Encoding,
        task: Task,
    ) -> Result<Self, DataError> {
        Ok(Self {
            train: Dataset::encode(train_path, train, &encoding, &task)?,
            test: Dataset::encode(test_path, test, &encoding, &task)?,
            encoding,
            task,
        })
    }

    /// Whether exactly those texts are labelled valid that `grammar` accepts, and both labels
    /// occur.
    pub fn follows(&self, grammar: &Grammar) -> bool {
        let agrees = |data: &Dataset| {
            (0..data.len()).all(|row| {
                let (Some(text), Target::Class(class)) = (self.text(data, row), data.get(row).1)
                else {
                    return false;
                };
                grammar.accepts(&text) == (self.task.labels()[class as usize] == VALID)
            })
        };
        self.task.labels() == [INVALID, VALID] && agrees(&self.train) && agrees(&self.test)
    }

    /// The characters of a row of `data`, if it is a text.
    fn text(&self, data: &Dataset, row: usize) -> Option<String> {
        let characters = self.encoding.vocabulary().and_then(Vocabulary::characters)?;
        let Sequence::Tokens(tokens) = data.get(row).0 else { return None };
        Some(tokens.iter().map(|&token| characters[token as usize]).collect())
    }

    /// For each test string whether it is a string of `grammar`, 0, or of which of its decoys, from 1
    /// on. `None` if any is neither.
    pub fn kinds(&self, grammar: ReberGrammar) -> Option<Vec<usize>> {
        let decoys = grammar.decoys().into_iter().map(|decoy| decoy.grammar);
        let kinds: Vec<Grammar> = std::iter::once(grammar.valid()).chain(decoys).collect();
        let kind = |row| {
            let text = self.text(&self.test, row)?;
            kinds.iter().position(|kind| kind.accepts(&text))
        };
        (0..self.test.len()).map(kind).collect()
    }
}

/// The training and test sequences of a generated data set.
impl TryFrom<ReberData> for Corpus<'_> {
    type Error = DataError;

    /// # Errors
    /// If all training sequences have the same label.
    fn try_from(data: ReberData) -> Result<Self, DataError> {
        let [train, test] = ["train_data.csv", "test_data.csv"].map(Path::new);
        let rows = [Rows::Texts(data.train), Rows::Texts(data.test)];
        Self::encode((train, &rows[0]), (test, &rows[1]), Unit::default(), &ReadOptions::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{LabelledText, ReberSettings, generate, reber};

    fn is_reber(rows: &[LabelledText]) -> bool {
        let rows = Rows::Texts(rows.to_vec());
        let named = ("rows.csv".as_ref(), &rows);
        Corpus::encode(named, named, Unit::default(), &ReadOptions::default())
            .unwrap()
            .follows(&reber())
    }

    #[test]
    fn only_strings_that_are_valid_where_the_grammar_accepts_them_follow_it() {
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
