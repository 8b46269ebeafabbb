//! Answers of a model to single sequences.

use super::Model;
use crate::data::{Encoding, Sequence, Target, UnknownCharacter};
use crate::network::{Batch, Engine, Pooling, Readout};
use crate::train::{argmax, softmax};

/// A sequence to be answered, not yet encoded.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Query<'a> {
    /// A text.
    Text(&'a str),
    /// A series of numbers, `[T][C]`, unscaled.
    Series(&'a [f32]),
}

impl<'a> From<&'a str> for Query<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [f32]> for Query<'a> {
    fn from(values: &'a [f32]) -> Self {
        Self::Series(values)
    }
}

/// The answer to one sequence.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Prediction<'m> {
    /// The label of the most probable class; `None` if the model answers numbers.
    pub label: Option<&'m str>,
    /// The probability of each class, in the order of [`Task::labels`](crate::data::Task::labels);
    /// empty if the model answers numbers.
    pub probabilities: Vec<f64>,
    /// The network's outputs: logits of the classes, or the numbers.
    pub outputs: Vec<f32>,
}

/// Why a model cannot answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum PredictError {
    #[error("the model reads {expected}, not {found}")]
    Kind { expected: &'static str, found: &'static str },
    #[error(transparent)]
    UnknownCharacter(#[from] UnknownCharacter),
    #[error("the sequence is empty: expected at least one step")]
    Empty,
    #[error("the sequence contains {value}: expected finite numbers")]
    NotFinite { value: f32 },
    #[error("{count} numbers: expected a multiple of the {channels} channels")]
    Channels { count: usize, channels: usize },
    #[error("the sequence has {steps} steps: expected {expected}, all of which are read")]
    Steps { steps: usize, expected: usize },
}

impl Model {
    /// The answer to one text or series, read at its own last step, also where a label is asked at
    /// each step. For many sequences,
    /// [`crate::train::Evaluator`] is faster.
    ///
    /// ```
    /// # use rarefy::{cell::Cell, data::{Corpus, ReberSettings, generate}, recipe::Recipe};
    /// # let data = generate(&ReberSettings { count: 200, ..ReberSettings::default() })?;
    /// # let corpus = Corpus::try_from(data)?;
    /// # let model = Recipe::new(Cell::Gru, &[4]).train(1).run(&corpus, 0, |_| ())?.model;
    /// let answer = model.predict("BTSSXXTVVE")?;
    /// println!("{:?} with probability {:?}", answer.label, answer.probabilities);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the model reads the other kind, or the sequence is empty, contains an unknown character,
    /// or does not consist of whole steps.
    pub fn predict<'a>(&self, asked: impl Into<Query<'a>>) -> Result<Prediction<'_>, PredictError> {
        let (texts, series) = ("texts", "series of numbers");
        let outputs = match (asked.into(), &self.encoding) {
            (Query::Text(text), Encoding::Vocabulary(vocabulary)) => {
                let tokens = vocabulary.encode(text)?;
                if tokens.is_empty() {
                    return Err(PredictError::Empty);
                }
                self.answer(Sequence::Tokens(&tokens))?
            }
            (Query::Series(values), Encoding::Scaling(scaling)) => {
                let (count, channels) = (values.len(), scaling.channels());
                if count == 0 {
                    return Err(PredictError::Empty);
                }
                if !count.is_multiple_of(channels) {
                    return Err(PredictError::Channels { count, channels });
                }
                if let Some(&value) = values.iter().find(|value| !value.is_finite()) {
                    return Err(PredictError::NotFinite { value });
                }
                self.answer(Sequence::Series { scaling, values })?
            }
            (Query::Text(_), Encoding::Scaling(_)) => {
                return Err(PredictError::Kind { expected: series, found: texts });
            }
            (Query::Series(_), Encoding::Vocabulary(_)) => {
                return Err(PredictError::Kind { expected: texts, found: series });
            }
        };
        let label = self.task.labels().get(argmax(&outputs)).map(String::as_str);
        let probabilities = if label.is_some() { softmax(&outputs) } else { Vec::new() };
        Ok(Prediction { label, probabilities, outputs })
    }

    /// The outputs after the last step of a sequence.
    fn answer(&self, sequence: Sequence) -> Result<Vec<f32>, PredictError> {
        let steps = sequence.len();
        match self.network.architecture().pooling {
            Pooling::All { steps: expected } if steps != expected => {
                return Err(PredictError::Steps { steps, expected });
            }
            _ => {}
        }
        let last: Vec<Option<u32>> = (1..=steps).map(|step| (step == steps).then_some(0)).collect();
        let asked = match self.task.each_step() {
            true => Target::StepClasses(&last),
            false => Target::Class(0),
        };
        let mut batch = Batch::new();
        batch.fill(std::iter::once((sequence, asked)), Readout::Last);
        let mut engine = Engine::new(&self.network);
        let parameters = engine.packing().pack(self.network.parameters());
        Ok(engine.forward(&parameters, &batch).to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::data::{Corpus, Labels, ReberSettings, Scaling, Task, Vocabulary, generate};
    use crate::format::History;
    use crate::network::{Architecture, Input, Network, Readout};
    use crate::train::Evaluator;

    fn model(encoding: Encoding) -> Model {
        let input = Input::of(&encoding, 3);
        let architecture = Architecture::stack(input, Cell::Lstm, &[5], 3).unwrap();
        let task = Task::Class(Labels::of(["a", "b", "c"]));
        let (network, history) = (Network::initialise(architecture, 2), History::default());
        Model { network, encoding, task, readout: Readout::Last, history, int8: None }
    }

    #[test]
    fn an_answer_is_that_of_the_evaluator() {
        let data = generate(&ReberSettings { count: 40, ..ReberSettings::default() }).unwrap();
        let texts: Vec<String> = data.train.iter().map(|row| row.text.clone()).collect();
        let corpus = Corpus::try_from(data).unwrap();
        let model = model(corpus.encoding.clone());
        let mut evaluator = Evaluator::new(&model.network, 8, Readout::Last);
        let logits = evaluator.logits(&model.network, &corpus.train);
        for (text, logits) in texts.iter().zip(logits.chunks(3)) {
            let answer = model.predict(&**text).unwrap();
            assert_eq!(answer.label, Some(["a", "b", "c"][argmax(logits)]));
            for (ours, theirs) in answer.probabilities.iter().zip(softmax(logits)) {
                assert!((ours - theirs).abs() < 1e-6, "{text}: {ours}, {theirs}");
            }
        }
    }

    #[test]
    fn what_it_cannot_read_is_an_error() {
        let texts = model(Encoding::Vocabulary(Vocabulary::ascii()));
        assert_eq!(texts.predict(""), Err(PredictError::Empty));
        let unknown = texts.predict("a\u{e9}").unwrap_err().to_string();
        assert!(unknown.contains("at position 2 is outside the vocabulary"), "{unknown}");
        let series = PredictError::Kind { expected: "texts", found: "series of numbers" };
        assert_eq!(texts.predict(&[0.5_f32][..]), Err(series));
        let series = model(Encoding::Scaling(Scaling::none(2)));
        assert!(series.predict(&[0.5_f32, 1.0][..]).is_ok());
        let infinite = series.predict(&[0.5, f32::INFINITY][..]);
        assert_eq!(infinite, Err(PredictError::NotFinite { value: f32::INFINITY }));
        let odd = series.predict(&[0.5_f32; 3][..]);
        assert_eq!(odd, Err(PredictError::Channels { count: 3, channels: 2 }));
    }
}
