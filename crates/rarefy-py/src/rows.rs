//! Sequences and answers from Python, not yet encoded.

use std::path::Path;

use anyhow::{anyhow, bail};
use numpy::{PyReadonlyArray2, PyReadonlyArray3, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use rarefy::data::{self, Answer, Dataset, LabelledSeries, LabelledText, SeriesSet, Task};
use rarefy::format;

use crate::refused;

/// What stands for a file in messages.
pub const DATA: &str = "the data";

/// The largest magnitude that single precision can shift and scale.
const LARGEST: f32 = 1e30;

/// Labelled sequences; without answers, those are made up when the rows are encoded.
#[pyclass(frozen)]
pub struct Rows {
    pub rows: data::Rows,
    is_answered: bool,
}

#[pymethods]
impl Rows {
    /// Series of one length, `[N][T][C]`.
    #[staticmethod]
    fn of_array(values: PyReadonlyArray3<f32>, answers: Option<Answers>) -> PyResult<Self> {
        let values = values.as_array();
        let (count, channels) = (values.shape()[0], values.shape()[2]);
        let series = (0..count).map(|row| {
            let series = values.index_axis(numpy::ndarray::Axis(0), row);
            match series.as_slice() {
                Some(values) => values.to_vec(),
                None => series.iter().copied().collect(),
            }
        });
        Self::of(series.collect(), channels, answers).map_err(refused)
    }

    /// Series of any length, `[T][C]` each.
    #[staticmethod]
    fn of_arrays(series: Vec<PyReadonlyArray2<f32>>, answers: Option<Answers>) -> PyResult<Self> {
        let channels = series.first().map_or(0, |first| first.as_array().shape()[1]);
        for (at, one) in series.iter().enumerate() {
            let found = one.as_array().shape()[1];
            if found != channels {
                let wrong = anyhow!("X[{at}] has {found} channels: expected {channels}, as X[0]");
                return Err(refused(wrong));
            }
        }
        let series = series.iter().map(|one| one.as_array().iter().copied().collect());
        Self::of(series.collect(), channels, answers).map_err(refused)
    }

    /// Texts.
    #[staticmethod]
    fn of_texts(texts: Vec<String>, labels: Option<Vec<String>>) -> PyResult<Self> {
        let is_answered = labels.is_some();
        let labels = labels.unwrap_or_else(|| vec![String::new(); texts.len()]);
        let texts = texts.into_iter().zip(labels);
        let texts = texts.map(|(text, label)| LabelledText::new(&text, label));
        Ok(Self { rows: data::Rows::Texts(texts.collect()), is_answered })
    }

    fn __len__(&self) -> usize {
        match &self.rows {
            data::Rows::Texts(texts) => texts.len(),
            data::Rows::Series(set) => set.series.len(),
            data::Rows::Running(texts) => texts.len(),
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

impl Rows {
    fn of(
        series: Vec<Vec<f32>>,
        channels: usize,
        answers: Option<Answers>,
    ) -> anyhow::Result<Self> {
        for (at, values) in series.iter().enumerate() {
            if values.is_empty() {
                bail!("X[{at}] has no steps: expected at least one");
            }
            let wrong = values.iter().position(|value| value.is_nan() || value.abs() > LARGEST);
            if let Some(place) = wrong {
                let (step, channel, value) = (place / channels, place % channels, values[place]);
                bail!("X[{at}][{step}, {channel}] is {value}: expected a finite number");
            }
        }
        let is_answered = answers.is_some();
        let answers: Vec<Answer> = match answers {
            None => vec![Answer::Label(String::new()); series.len()],
            Some(Answers::Labels(labels)) => labels.into_iter().map(Answer::Label).collect(),
            Some(Answers::StepLabels(labels)) => {
                labels.into_iter().map(Answer::StepLabels).collect()
            }
            Some(Answers::Numbers(numbers)) => {
                let answer = |numbers: &PyReadonlyArrayDyn<f32>| {
                    let values = numbers.as_array().iter().copied().collect();
                    match numbers.as_array().shape() {
                        [_, outputs] => Answer::StepNumbers { outputs: *outputs, values },
                        _ => Answer::Numbers(values),
                    }
                };
                numbers.iter().map(answer).collect()
            }
        };
        if answers.len() != series.len() {
            bail!("y has {} answers: expected {}, one for each of X", answers.len(), series.len());
        }
        let series = series.into_iter().zip(answers);
        let series = series.map(|(values, answer)| LabelledSeries { values, answer }).collect();
        Ok(Self { rows: data::Rows::Series(SeriesSet { channels, series }), is_answered })
    }

    /// Encoded for `model`. Rows without answers get some that the model can be asked for.
    pub fn encoded(&self, model: &format::Model) -> anyhow::Result<Dataset> {
        let made_up;
        let rows = match self.is_answered {
            true => &self.rows,
            false => {
                made_up = self.answered_for(&model.task);
                &made_up
            }
        };
        Ok(Dataset::encode(Path::new(DATA), rows, &model.encoding, &model.task)?)
    }

    /// The rows with answers of the kind that `task` asks for.
    fn answered_for(&self, task: &Task) -> data::Rows {
        let label = || task.labels().first().cloned().unwrap_or_default();
        match &self.rows {
            data::Rows::Texts(texts) => data::Rows::Texts(
                texts.iter().map(|one| LabelledText::new(&one.text, label())).collect(),
            ),
            data::Rows::Series(set) => {
                let answer = |steps: usize| match task {
                    Task::Steps(_) => Answer::StepLabels(vec![Some(label()); steps]),
                    Task::Numbers { outputs, each_step: true } => Answer::StepNumbers {
                        outputs: *outputs,
                        values: vec![0.0; steps * outputs],
                    },
                    Task::Numbers { outputs, .. } => Answer::Numbers(vec![0.0; *outputs]),
                    _ => Answer::Label(label()),
                };
                let series = set.series.iter().map(|one| LabelledSeries {
                    values: one.values.clone(),
                    answer: answer(one.values.len() / set.channels),
                });
                SeriesSet { channels: set.channels, series: series.collect() }.into()
            }
            data::Rows::Running(texts) => data::Rows::Running(texts.clone()),
        }
    }
}
