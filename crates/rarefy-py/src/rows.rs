//! Sequences and answers from Python, not yet encoded.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use numpy::{
    PyArray2, PyArray3, PyArrayMethods, PyReadonlyArray2, PyReadonlyArray3, PyReadonlyArrayDyn,
    PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use rarefy::data::{
    self, Answer, Dataset, Encoding, LabelledSeries, LabelledText, SeriesSet, Task,
};
use rarefy::format::{self, write_atomically};

use crate::refused;

/// What stands for a file in messages.
pub const DATA: &str = "the data";

/// The largest magnitude that single precision can shift and scale.
const LARGEST: f32 = 1e30;

/// Labelled sequences; without answers, those are made up when the rows are encoded. Numbers stay
/// in the arrays of Python.
#[pyclass(frozen)]
pub struct Rows {
    sequences: Sequences,
    /// One for each sequence.
    answers: Option<Vec<Answer>>,
}

enum Sequences {
    /// Series of one length, `[N][T][C]`.
    Array(Py<PyArray3<f32>>),
    /// Series of any length, `[T][C]` each.
    Arrays(Vec<Py<PyArray2<f32>>>),
    Texts(Vec<String>),
}

/// Rows whose arrays are borrowed.
pub struct Lent<'r, 'py> {
    rows: &'r Rows,
    arrays: Arrays<'py>,
}

enum Arrays<'py> {
    One(PyReadonlyArray3<'py, f32>),
    Several(Vec<PyReadonlyArray2<'py, f32>>),
    None,
}

#[pymethods]
impl Rows {
    /// Series of one length, `[N][T][C]`, contiguous.
    #[staticmethod]
    fn of_array(values: Bound<PyArray3<f32>>, answers: Option<Answers>) -> PyResult<Self> {
        Self::of(values.py(), Sequences::Array(values.unbind()), answers)
    }

    /// Series of any length, `[T][C]` each, contiguous.
    #[staticmethod]
    fn of_arrays(
        py: Python,
        series: Vec<Py<PyArray2<f32>>>,
        answers: Option<Answers>,
    ) -> PyResult<Self> {
        Self::of(py, Sequences::Arrays(series), answers)
    }

    /// Texts.
    #[staticmethod]
    fn of_texts(py: Python, texts: Vec<String>, labels: Option<Vec<String>>) -> PyResult<Self> {
        Self::of(py, Sequences::Texts(texts), labels.map(Answers::Labels))
    }

    /// Writes them to a file that the command reads.
    fn write(&self, py: Python, path: PathBuf) -> PyResult<()> {
        let bytes = self.lend(py).rows(None).map_err(refused)?.to_file();
        write_atomically(&path, &bytes).map_err(refused)
    }

    fn __len__(&self, py: Python) -> usize {
        match &self.sequences {
            Sequences::Array(array) => array.bind(py).shape()[0],
            Sequences::Arrays(arrays) => arrays.len(),
            Sequences::Texts(texts) => texts.len(),
        }
    }
}

/// What a network should answer to each sequence.
#[derive(FromPyObject)]
pub enum Answers<'py> {
    /// A label each.
    Labels(Vec<String>),
    /// A label at each step, or none.
    StepLabels(Vec<Vec<Option<String>>>),
    /// Numbers, `[K]` or `[T][K]` each.
    Numbers(Vec<PyReadonlyArrayDyn<'py, f32>>),
}

impl Answers<'_> {
    fn each(self) -> Vec<Answer> {
        match self {
            Self::Labels(labels) => labels.into_iter().map(Answer::Label).collect(),
            Self::StepLabels(labels) => labels.into_iter().map(Answer::StepLabels).collect(),
            Self::Numbers(numbers) => {
                let answer = |numbers: &PyReadonlyArrayDyn<f32>| {
                    let values = numbers.as_array().iter().copied().collect();
                    match numbers.as_array().shape() {
                        [_, outputs] => Answer::StepNumbers { outputs: *outputs, values },
                        _ => Answer::Numbers(values),
                    }
                };
                numbers.iter().map(answer).collect()
            }
        }
    }
}

impl Rows {
    fn of(py: Python, sequences: Sequences, answers: Option<Answers>) -> PyResult<Self> {
        let rows = Self { sequences, answers: answers.map(Answers::each) };
        rows.lend(py).check().map_err(refused)?;
        let (count, expected) = (rows.answers.as_ref().map(Vec::len), rows.__len__(py));
        match count {
            Some(count) if count != expected => {
                let wrong =
                    format!("y has {count} answers: expected {expected}, one for each of X");
                Err(refused(anyhow!(wrong)))
            }
            _ => Ok(rows),
        }
    }

    /// Borrows the arrays.
    pub fn lend<'py>(&self, py: Python<'py>) -> Lent<'_, 'py> {
        let arrays = match &self.sequences {
            Sequences::Array(array) => Arrays::One(array.bind(py).readonly()),
            Sequences::Arrays(arrays) => {
                Arrays::Several(arrays.iter().map(|array| array.bind(py).readonly()).collect())
            }
            Sequences::Texts(_) => Arrays::None,
        };
        Lent { rows: self, arrays }
    }
}

impl Lent<'_, '_> {
    /// The numbers of each series, `[T][C]`, and `C`.
    ///
    /// # Errors
    /// If an array is not contiguous, or they differ in their channels.
    fn series(&self) -> anyhow::Result<(Vec<&[f32]>, usize)> {
        match &self.arrays {
            Arrays::None => Ok((Vec::new(), 0)),
            Arrays::One(array) => {
                let array = array.as_array();
                let (size, channels) = (array.shape()[1] * array.shape()[2], array.shape()[2]);
                let values = array.to_slice().ok_or_else(|| anyhow!("X is not contiguous"))?;
                Ok((values.chunks_exact(size).collect(), channels))
            }
            Arrays::Several(arrays) => {
                let channels = arrays.first().map_or(0, |first| first.as_array().shape()[1]);
                let series = arrays.iter().enumerate().map(|(at, array)| {
                    let array = array.as_array();
                    let found = array.shape()[1];
                    if found != channels {
                        bail!("X[{at}] has {found} channels: expected {channels}, as X[0]");
                    }
                    array.to_slice().ok_or_else(|| anyhow!("X[{at}] is not contiguous"))
                });
                Ok((series.collect::<Result<_, _>>()?, channels))
            }
        }
    }

    fn check(&self) -> anyhow::Result<()> {
        let (series, channels) = self.series()?;
        for (at, values) in series.into_iter().enumerate() {
            if values.is_empty() {
                bail!("X[{at}] has no steps: expected at least one");
            }
            let wrong = values.iter().position(|value| value.is_nan() || value.abs() > LARGEST);
            if let Some(place) = wrong {
                let (step, channel, value) = (place / channels, place % channels, values[place]);
                bail!("X[{at}][{step}, {channel}] is {value}: expected a finite number");
            }
        }
        Ok(())
    }

    /// The rows; without answers they get some that `task` can ask for. Numbers are not copied.
    pub fn rows(&self, task: Option<&Task>) -> anyhow::Result<data::Rows<'_>> {
        let labels = task.map(Task::labels).unwrap_or_default();
        let label = || labels.first().cloned().unwrap_or_default();
        let answer = |at: usize, steps: usize| match (&self.rows.answers, task) {
            (Some(answers), _) => answers[at].clone(),
            (None, Some(Task::Steps(_))) => Answer::StepLabels(vec![Some(label()); steps]),
            (None, Some(&Task::Numbers { outputs, each_step: true })) => {
                Answer::StepNumbers { outputs, values: vec![0.0; steps * outputs] }
            }
            (None, Some(Task::Numbers { outputs, .. })) => Answer::Numbers(vec![0.0; *outputs]),
            (None, _) => Answer::Label(label()),
        };
        if let Sequences::Texts(texts) = &self.rows.sequences {
            let texts = texts.iter().enumerate().map(|(at, text)| {
                let label = answer(at, 1).labels().next().unwrap_or_default().to_owned();
                LabelledText::new(text, label)
            });
            return Ok(data::Rows::Texts(texts.collect()));
        }
        let (series, channels) = self.series()?;
        let series = series.into_iter().enumerate().map(|(at, values)| LabelledSeries {
            values: values.into(),
            answer: answer(at, values.len() / channels),
        });
        Ok(SeriesSet { channels, series: series.collect() }.into())
    }

    /// Encoded for `model`.
    pub fn encoded(&self, model: &format::Model) -> PyResult<Dataset<'_>> {
        let rows = self.rows(Some(&model.task)).map_err(refused)?;
        if let (data::Rows::Series(set), Encoding::Scaling(scaling)) = (&rows, &model.encoding) {
            let (found, expected) = (set.channels, scaling.channels());
            if found != expected {
                let wrong = anyhow!("X has {found} channels: the model reads {expected}");
                return Err(refused(wrong));
            }
        }
        Dataset::encode(Path::new(DATA), &rows, &model.encoding, &model.task).map_err(refused)
    }
}
