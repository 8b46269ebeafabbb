//! Sequences and targets as numbers, ready for a network.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use crate::random::fnv1a;

use super::error::LONGEST;
use super::targets::of;
use super::{
    Answer, DataError, Encoding, LabelledSeries, LabelledText, Rows, Scaling, Target, Targets,
    Task, Vocabulary,
};

/// Encoded rows. Row `r` consists of sequence `r` and target `r`.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset<'a> {
    /// The sequence of each row, without padding.
    pub sequences: Sequences<'a>,
    /// The target of each row.
    pub targets: Targets,
}

/// Sequences of at least one step, which may differ in length.
#[derive(Clone, Debug, PartialEq)]
pub enum Sequences<'a> {
    /// For each text the ids of its tokens (see [`Vocabulary`]).
    Tokens(Vec<Vec<u32>>),
    /// Series of numbers. They stay as they are, perhaps in the memory of another program: a batch
    /// scales what it reads.
    Series {
        /// How they enter the network, which has as many inputs as it has channels, `C`.
        scaling: Scaling,
        /// `[T][C]` each, unscaled.
        values: Vec<Cow<'a, [f32]>>,
    },
}

impl Sequences<'_> {
    /// Number of sequences.
    pub fn len(&self) -> usize {
        match self {
            Self::Tokens(tokens) => tokens.len(),
            Self::Series { values, .. } => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sequence<'a> {
    /// One token per step.
    Tokens(&'a [u32]),
    /// Numbers at each step.
    Series {
        /// How they enter the network, with the number of channels, `C`.
        scaling: &'a Scaling,
        /// `[T][C]`, unscaled.
        values: &'a [f32],
    },
}

impl Sequence<'_> {
    /// `T`: number of steps.
    pub fn len(&self) -> usize {
        match self {
            Self::Tokens(tokens) => tokens.len(),
            Self::Series { scaling, values } => values.len() / scaling.channels(),
        }
    }

    /// Whether it has no steps.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> From<&'a [u32]> for Sequence<'a> {
    fn from(tokens: &'a [u32]) -> Self {
        Self::Tokens(tokens)
    }
}

impl<'a> Dataset<'a> {
    /// The number of steps of its sequences, if it is the same for all.
    pub fn steps(&self) -> Option<usize> {
        let mut lengths = (0..self.len()).map(|row| self.get(row).0.len());
        let first = lengths.next()?;
        lengths.all(|length| length == first).then_some(first)
    }

    /// The sequence and the target of a row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn get(&self, row: usize) -> (Sequence<'_>, Target<'_>) {
        let sequence = match &self.sequences {
            Sequences::Tokens(tokens) => Sequence::Tokens(&tokens[row]),
            Sequences::Series { scaling, values } => {
                Sequence::Series { scaling, values: &values[row] }
            }
        };
        (sequence, self.targets.get(row))
    }

    /// The given rows, in the given order.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn select(&self, rows: &[usize]) -> Self {
        let sequences = match &self.sequences {
            Sequences::Tokens(tokens) => Sequences::Tokens(of(tokens, rows)),
            Sequences::Series { scaling, values } => {
                Sequences::Series { scaling: scaling.clone(), values: of(values, rows) }
            }
        };
        Self { sequences, targets: self.targets.select(rows) }
    }

    /// Encodes `rows`. `path` is the file they come from, for errors. Numbers that `rows` borrow are
    /// not copied.
    ///
    /// # Errors
    /// For the first row that `encoding` cannot represent: a text with an unknown character, a text
    /// of only white space where tokens are words, or a series with another number of channels.
    /// Also for an unknown label, answers of another kind than the task's, for a sequence of more than 10,000 steps, and if rows are texts
    /// but the encoding is for series, or the other way round.
    pub fn encode(
        path: &Path,
        rows: &Rows<'a>,
        encoding: &Encoding,
        task: &Task,
    ) -> Result<Self, DataError> {
        match (rows, encoding) {
            (Rows::Texts(rows), Encoding::Vocabulary(vocabulary)) => {
                Self::encode_texts(path, rows, vocabulary, task)
            }
            (Rows::Running(texts), Encoding::Vocabulary(vocabulary)) => {
                Self::encode_running(path, texts, vocabulary)
            }
            (Rows::Series(set), Encoding::Scaling(scaling)) => {
                if set.channels != scaling.channels() {
                    let (path, found, expected) =
                        (path.to_owned(), set.channels, scaling.channels());
                    return Err(DataError::OtherChannels { path, found, expected });
                }
                Self::encode_series(path, &set.series, scaling, task)
            }
            _ => {
                let path = path.to_owned();
                Err(DataError::OtherKind { path, found: rows.kind(), expected: encoding.kind() })
            }
        }
    }

    fn encode_texts(
        path: &Path,
        rows: &[LabelledText],
        vocabulary: &Vocabulary,
        task: &Task,
    ) -> Result<Self, DataError> {
        let mut all = Vec::with_capacity(rows.len());
        for (index, LabelledText { text, .. }) in rows.iter().enumerate() {
            let row = index + 1;
            let tokens = vocabulary.encode(text).map_err(|character| {
                let (path, text) = (path.to_owned(), text.clone());
                DataError::UnknownCharacter { path, row, text, character }
            })?;
            let (path, length) = (path.to_owned(), tokens.len());
            if length > LONGEST {
                let unit = vocabulary.unit();
                return Err(DataError::TooLong { path, row, length, unit, longest: LONGEST });
            }
            if length == 0 {
                return Err(DataError::NoWords { path, row });
            }
            all.push(tokens);
        }
        let answers = rows.iter().map(|row| Cow::Owned(Answer::Label(row.label.clone())));
        let targets = targets(path, answers, task)?;
        Ok(Self { sequences: Sequences::Tokens(all), targets })
    }

    /// Each token asks for the next.
    fn encode_running(
        path: &Path,
        texts: &[String],
        vocabulary: &Vocabulary,
    ) -> Result<Self, DataError> {
        let (mut sequences, mut targets) = (Vec::new(), Vec::new());
        for (row, text) in (1..).zip(texts) {
            let mut tokens = vocabulary.encode(text).map_err(|character| {
                let (path, text) = (path.to_owned(), text.clone());
                DataError::UnknownCharacter { path, row, text, character }
            })?;
            let (path, length, unit) = (path.to_owned(), tokens.len(), vocabulary.unit());
            // A single text may be of any length: it is read in pieces.
            if length > LONGEST && texts.len() > 1 {
                return Err(DataError::TooLong { path, row, length, unit, longest: LONGEST });
            }
            if length < 2 {
                return Err(DataError::NothingNext { path, row, length, unit });
            }
            targets.push(tokens[1..].to_vec());
            tokens.pop();
            sequences.push(tokens);
        }
        Ok(Self { sequences: Sequences::Tokens(sequences), targets: Targets::Next(targets) })
    }

    /// Whether it is one running text, which is read in pieces: its state goes on from one to the
    /// next.
    pub fn is_running(&self) -> bool {
        matches!(&self.targets, Targets::Next(texts) if texts.len() == 1)
    }

    /// A running text cut into rows of `steps` steps, the last of which may be shorter; other data
    /// unchanged.
    #[must_use]
    pub fn cut(&self, steps: usize) -> Self {
        let (Sequences::Tokens(tokens), Targets::Next(next)) = (&self.sequences, &self.targets)
        else {
            return self.clone();
        };
        let cut = |rows: &[Vec<u32>]| -> Vec<Vec<u32>> {
            rows.iter().flat_map(|row| row.chunks(steps)).map(<[u32]>::to_vec).collect()
        };
        match self.is_running() {
            true => Self {
                sequences: Sequences::Tokens(cut(tokens)),
                targets: Targets::Next(cut(next)),
            },
            false => self.clone(),
        }
    }

    /// A running text in two, the first part with `steps` steps.
    ///
    /// # Panics
    /// If it is something else, or shorter.
    pub fn split(&self, steps: usize) -> (Self, Self) {
        let all = self.get(0).0.len();
        let part = |range: Range<usize>| match self.part(range) {
            (Sequence::Tokens(tokens), Target::Next(next)) if !tokens.is_empty() => Self {
                sequences: Sequences::Tokens(vec![tokens.to_vec()]),
                targets: Targets::Next(vec![next.to_vec()]),
            },
            _ => Self {
                sequences: Sequences::Tokens(Vec::new()),
                targets: Targets::Next(Vec::new()),
            },
        };
        (part(0..steps), part(steps..all))
    }

    /// The steps `range` of a running text.
    ///
    /// # Panics
    /// If it is something else, or shorter.
    pub fn part(&self, range: Range<usize>) -> (Sequence<'_>, Target<'_>) {
        let (Sequence::Tokens(tokens), Target::Next(next)) = self.get(0) else {
            panic!("only a running text has parts")
        };
        (Sequence::Tokens(&tokens[range.clone()]), Target::Next(&next[range]))
    }

    fn encode_series(
        path: &Path,
        series: &[LabelledSeries<'a>],
        scaling: &Scaling,
        task: &Task,
    ) -> Result<Self, DataError> {
        let values = series.iter().map(|series| series.values.clone()).collect();
        let answers = series.iter().map(|series| Cow::Borrowed(&series.answer));
        let targets = targets(path, answers, task)?;
        Ok(Self { sequences: Sequences::Series { scaling: scaling.clone(), values }, targets })
    }

    /// A hash of all sequences and targets, as 16 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        format!("{:016x}", fnv1a(self.bytes()))
    }

    /// All sequences and targets as bytes. Lengths come first, so that different data never gives
    /// the same bytes.
    pub(crate) fn bytes(&self) -> impl Iterator<Item = u8> {
        let rows = (0..self.len()).flat_map(|row| {
            let (sequence, target) = self.get(row);
            let mut bytes = (sequence.len() as u32).to_le_bytes().to_vec();
            target.extend(&mut bytes);
            match sequence {
                Sequence::Tokens(tokens) => {
                    bytes.extend(tokens.iter().flat_map(|token| token.to_le_bytes()));
                }
                Sequence::Series { scaling, values } => {
                    bytes.extend(scaling.scaled(values).flat_map(f32::to_le_bytes));
                }
            }
            bytes
        });
        let count = (self.len() as u64).to_le_bytes();
        self.targets.kind_bytes().into_iter().chain(count).chain(rows)
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

/// The target of each row.
fn targets<'a>(
    path: &Path,
    answers: impl Iterator<Item = Cow<'a, Answer>>,
    task: &Task,
) -> Result<Targets, DataError> {
    let indices = task.classes().map(|labels| labels.indices()).unwrap_or_default();
    let class = |row: usize, label: &String| {
        indices.get(label.as_str()).copied().ok_or_else(|| DataError::UnknownLabel {
            path: path.to_owned(),
            row,
            label: label.clone(),
            known: task.labels().to_vec(),
        })
    };
    let number = |row: usize, label: &str| {
        let number = label.trim().parse().ok().filter(|number: &f32| number.is_finite());
        number.ok_or_else(|| DataError::NoNumber {
            path: path.to_owned(),
            row,
            label: label.to_owned(),
        })
    };
    let mut targets = match *task {
        Task::Class(_) => Targets::Classes(Vec::new()),
        Task::Steps(_) => Targets::StepClasses(Vec::new()),
        Task::Numbers { outputs, each_step: false } => {
            Targets::Numbers { outputs, values: Vec::new() }
        }
        Task::Numbers { outputs, each_step: true } => {
            Targets::StepNumbers { outputs, values: Vec::new() }
        }
        Task::Next { .. } => Targets::Next(Vec::new()),
    };
    for (row, answer) in (1..).zip(answers) {
        let same = |found: usize, expected: usize| match found == expected {
            true => Ok(()),
            false => Err(DataError::OtherOutputs { path: path.to_owned(), row, found, expected }),
        };
        match (&mut targets, answer.as_ref()) {
            (Targets::Classes(all), Answer::Label(label)) => all.push(class(row, label)?),
            (Targets::StepClasses(all), Answer::StepLabels(labels)) => {
                let at = |label: &Option<String>| {
                    label.as_ref().map(|label| class(row, label)).transpose()
                };
                all.push(labels.iter().map(at).collect::<Result<_, _>>()?);
            }
            (Targets::Numbers { outputs, values }, Answer::Numbers(numbers)) => {
                same(numbers.len(), *outputs)?;
                values.extend(numbers);
            }
            (Targets::Numbers { outputs, values }, Answer::Label(label)) => {
                same(1, *outputs)?;
                values.push(number(row, label)?);
            }
            (Targets::Numbers { outputs, values }, Answer::SameNumbers(numbers)) => {
                same(1, *outputs)?;
                values.push(numbers[0]);
            }
            (Targets::StepNumbers { outputs, values }, Answer::SameNumbers(numbers)) => {
                same(1, *outputs)?;
                values.push(numbers.clone());
            }
            (
                Targets::StepNumbers { outputs, values },
                Answer::StepNumbers { outputs: own, values: numbers },
            ) => {
                same(*own, *outputs)?;
                values.push(numbers.clone());
            }
            (_, answer) => {
                let (path, found) = (path.to_owned(), answer.words());
                return Err(DataError::OtherTask { path, found, expected: task.words() });
            }
        }
    }
    Ok(targets)
}
