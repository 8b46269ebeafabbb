//! The labelled sequences of a file, of any kind.

use std::collections::HashMap;
use std::path::Path;

use super::content::{Content, all};
use super::labelled_text::{parse, running, to_csv};
use super::series::{is_series_in_rows, parse_by_column, parse_in_rows, read, refused};
use super::table::{first_nan, is_nan};
use super::{
    AxisOrder, Columns, DataError, DataNote, LabelledText, Place, ScalingKind, SeriesColumns,
    SeriesSet, TaskKind,
};

/// The labelled sequences of a file, not yet encoded.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows<'a> {
    /// Texts.
    Texts(Vec<LabelledText>),
    /// Series of numbers.
    Series(SeriesSet<'a>),
    /// One running text, or several, without labels: each token asks for the next.
    Running(Vec<String>),
}

/// What a file does not state about itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// The columns of a CSV file.
    pub columns: Columns,
    /// The columns of a CSV file with one step of a series per row. If `None`, a row is a text.
    pub series: Option<Box<SeriesColumns>>,
    /// The order of an array's axes. If `None`, it is the usual one, and a note says when that is
    /// doubtful.
    pub axes: Option<AxisOrder>,
    /// What is asked of the sequences. If `None`, it is read off the file.
    pub task: Option<TaskKind>,
    /// How the numbers of series enter a network that is trained on the file; only for series. If
    /// `None`, the usual way.
    pub scaling: Option<ScalingKind>,
}

/// With fewer rows there is no note on their labels.
const LEAST_ROWS: usize = 20;
/// Numbers to learn whose mean or standard deviation exceeds this are far from what a new network
/// answers.
const FAR: f64 = 10.0;

impl Rows<'_> {
    /// The labelled sequences of the file at `path`, with notes on it. The content decides the kind
    /// of file. It holds series if it is `.ts`, `.npy` or `.npz`, a table without a header, or a
    /// CSV for which columns of series are given; any other CSV holds texts. `labels` is the file
    /// of labels for a `.npy`.
    ///
    /// # Errors
    /// If the file cannot be read, or anything in it is invalid.
    pub fn read(
        path: &Path,
        labels: Option<&Path>,
        options: &ReadOptions,
    ) -> Result<(Self, Vec<DataNote>), DataError> {
        let ReadOptions { columns, series, axes, task, .. } = options;
        let (content, file) = Content::of(path)?;
        if *task == Some(TaskKind::Next) {
            let (path, found) = (path.to_owned(), content.name());
            if content != Content::Text {
                return Err(DataError::OtherKind { path, found, expected: "text" });
            }
            let texts = running(&path, &all(&path, file)?, columns)?;
            return Ok((Self::Running(texts), Vec::new()));
        }
        if let (Content::Text, Some(labels)) = (content, labels) {
            let (path, labels) = (path.to_owned(), labels.to_owned());
            return Err(DataError::OwnLabels { path, labels });
        }
        let (rows, mut notes) = match (content, series) {
            (Content::Text, Some(series)) => {
                let bytes = all(path, file)?;
                let (set, mut notes) =
                    parse_by_column(path, &bytes, series, &columns.label, *task)?;
                let one_step = set.series.iter().all(|row| row.values.len() == set.channels);
                let id = Some(series.id.clone());
                notes.extend(one_step.then_some(DataNote::OneStep { id }));
                let rows = Self::Series(set);
                rows.check_labels(path, || first_nan(path, &bytes, &columns.label))?;
                (rows, notes)
            }
            (Content::Text, None) => {
                let bytes = all(path, file)?;
                // A header exists if the column of texts was named.
                let usual = columns.text == Columns::default().text;
                match usual && is_series_in_rows(&bytes) {
                    true => {
                        let (set, note) = parse_in_rows(path, &bytes, *task)?;
                        (Self::Series(set), vec![note])
                    }
                    false => {
                        let (texts, notes) = parse(path, &bytes, columns, *task)?;
                        let rows = Self::Texts(texts);
                        rows.check_labels(path, || first_nan(path, &bytes, &columns.label))?;
                        (rows, notes)
                    }
                }
            }
            (_, Some(_)) => {
                let (path, found) = (path.to_owned(), content.name());
                return Err(DataError::NoTable { path, found });
            }
            (_, None) => {
                let (set, notes) = read(path, content, file, labels, *axes, *task)?;
                let rows = Self::Series(set);
                rows.check_labels(path, || None)?;
                (rows, notes)
            }
        };
        match task {
            Some(TaskKind::Numbers) => {}
            _ => notes.extend(rows.note_on_labels()),
        }
        notes.extend(rows.notes_on_numbers(*task));
        Ok((rows, notes))
    }

    /// Rejects NaN among numeric labels: it means that a row had none. `place` finds it in the file.
    fn check_labels(
        &self,
        path: &Path,
        place: impl FnOnce() -> Option<Place>,
    ) -> Result<(), DataError> {
        let mut others = self.labels().filter(|label| !is_nan(label));
        match self.labels().position(is_nan) {
            Some(at) if others.all(|label| label.parse::<f64>().is_ok()) => Err(match place() {
                Some(at) => DataError::NanLabel { at },
                None => {
                    refused(path, format!("label {} of the file is NaN: expected a number", at + 1))
                }
            }),
            _ => Ok(()),
        }
    }

    /// The note for data in which most rows have a label that occurs only once.
    fn note_on_labels(&self) -> Option<DataNote> {
        if self.task() != TaskKind::Class {
            return None;
        }
        let (mut counts, mut rows): (HashMap<&str, usize>, usize) = (HashMap::new(), 0);
        for label in self.labels() {
            *counts.entry(label).or_default() += 1;
            rows += 1;
        }
        let once = counts.values().filter(|&&count| count == 1).count();
        (rows >= LEAST_ROWS && 2 * once > rows).then_some(DataNote::ManyLabels { once, rows })
    }

    /// The numbers to learn, as many for each answer as the second says.
    fn numbers(&self, task: Option<TaskKind>) -> (Vec<f32>, usize) {
        match self {
            Self::Texts(rows) if task == Some(TaskKind::Numbers) => {
                (rows.iter().filter_map(|row| row.label.trim().parse().ok()).collect(), 1)
            }
            Self::Texts(_) | Self::Running(_) => (Vec::new(), 1),
            Self::Series(set) => {
                let outputs = set.series.first().map_or(1, |row| row.answer.outputs());
                let numbers = set.series.iter().flat_map(|row| row.answer.numbers());
                (numbers.copied().collect(), outputs)
            }
        }
    }

    /// The notes for numbers that are all equal, and for those that a new network, which answers
    /// near 0, is slow to reach.
    fn notes_on_numbers(&self, task: Option<TaskKind>) -> impl Iterator<Item = DataNote> {
        let (numbers, outputs) = self.numbers(task);
        let count = numbers.len().max(1) as f64;
        let mean = numbers.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
        let squares = numbers.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>();
        let spread = (squares / count).sqrt();
        let is_equal = |output: &usize| {
            let mut values = numbers.iter().skip(*output).step_by(outputs);
            values.next().is_some_and(|first| values.all(|value| value == first))
        };
        let equal = (0..outputs).filter(is_equal).count();
        let equal = (equal > 0).then_some(DataNote::EqualNumbers { equal, outputs });
        let far = mean.abs() > FAR || spread > FAR;
        equal.into_iter().chain(far.then_some(DataNote::FarNumbers { mean, spread }))
    }

    /// The bytes of a file that [`Rows::read`] reads: a CSV, an `.npz`, or a text.
    pub fn to_file(&self) -> Vec<u8> {
        match self {
            Self::Texts(rows) => to_csv(rows, &Columns::default()),
            Self::Series(set) => set.to_npz(),
            Self::Running(texts) => texts.concat().into_bytes(),
        }
    }

    /// The kind of sequences, for a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Texts(_) => "texts",
            Self::Series(_) => "series of numbers",
            Self::Running(_) => "running text",
        }
    }

    /// All labels of each row, in order: one, or with labels at steps one for each, or none.
    pub fn labels(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Texts(rows) => Box::new(rows.iter().map(|row| row.label.as_str())),
            Self::Series(set) => Box::new(set.series.iter().flat_map(|row| row.answer.labels())),
            Self::Running(_) => Box::new(std::iter::empty()),
        }
    }

    /// The kind of task that the file sets.
    pub fn task(&self) -> TaskKind {
        match self {
            Self::Texts(_) => TaskKind::Class,
            Self::Running(_) => TaskKind::Next,
            Self::Series(set) => {
                set.series.first().map_or(TaskKind::Class, |row| row.answer.kind())
            }
        }
    }
}

impl From<Vec<LabelledText>> for Rows<'_> {
    fn from(rows: Vec<LabelledText>) -> Self {
        Self::Texts(rows)
    }
}

impl<'a> From<SeriesSet<'a>> for Rows<'a> {
    fn from(set: SeriesSet<'a>) -> Self {
        Self::Series(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Answer, LabelledSeries};

    #[test]
    fn numbers_that_are_all_equal_are_noted() {
        let notes = |numbers: &[&[f32]]| {
            let one = |numbers: &&[f32]| LabelledSeries {
                values: vec![0.0].into(),
                answer: Answer::Numbers(numbers.to_vec()),
            };
            let series = numbers.iter().map(one).collect();
            let rows = Rows::Series(SeriesSet { channels: 1, series });
            rows.notes_on_numbers(None).collect::<Vec<_>>()
        };
        assert_eq!(notes(&[&[1.0, 0.5], &[2.0, 0.25], &[2.0, 0.5]]), []);
        let equal = |equal, outputs| [DataNote::EqualNumbers { equal, outputs }];
        assert_eq!(notes(&[&[1.0], &[1.0], &[1.0]]), equal(1, 1));
        assert_eq!(notes(&[&[1.0, 0.5], &[2.0, 0.5], &[2.0, 0.5]]), equal(1, 2));
        // Labels of texts are numbers if they are asked as such.
        let texts = Rows::Texts(["a", "b"].map(|text| LabelledText::new(text, "3")).to_vec());
        assert_eq!(texts.notes_on_numbers(None).count(), 0);
        let found: Vec<_> = texts.notes_on_numbers(Some(TaskKind::Numbers)).collect();
        assert_eq!(found, equal(1, 1));
    }

    #[test]
    fn numbers_far_from_0_are_noted() {
        let note = |numbers: [f32; 3]| {
            let one = |number| LabelledSeries {
                values: vec![0.0].into(),
                answer: Answer::Numbers(vec![number]),
            };
            let series = numbers.map(one).to_vec();
            Rows::Series(SeriesSet { channels: 1, series }).notes_on_numbers(None).next()
        };
        assert_eq!(note([-1.0, 0.0, 4.0]), None);
        let far = DataNote::FarNumbers { mean: 1003.0, spread: (38f64 / 3.0).sqrt() };
        assert_eq!(
            note([998.0, 1006.0, 1005.0]).map(|note| note.to_string()),
            Some(far.to_string())
        );
        assert!(matches!(note([-50.0, 0.0, 50.0]), Some(DataNote::FarNumbers { mean: 0.0, .. })));
    }
}
