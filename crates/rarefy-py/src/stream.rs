//! A model that reads one step at a time.

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rarefy::data::Encoding;
use rarefy::quantize::StepByStep;

/// Reads one sequence step by step, and can answer after any of them.
#[pyclass]
pub struct Stream {
    pub stepper: Box<dyn StepByStep + Send + Sync>,
    pub encoding: Encoding,
}

#[pymethods]
impl Stream {
    /// Begins with another sequence.
    fn reset(&mut self) {
        self.stepper.reset();
    }

    /// Reads the numbers of the next step, `[C]`.
    fn step(&mut self, numbers: PyReadonlyArray1<f32>) -> PyResult<()> {
        let Encoding::Scaling(scaling) = &self.encoding else {
            return Err(PyValueError::new_err("the model reads texts: give it one by `read`"));
        };
        let numbers = numbers.as_array().to_vec();
        let (found, expected) = (numbers.len(), scaling.channels());
        if found != expected {
            let wrong =
                format!("the step has {found} numbers: expected {expected}, one per channel");
            return Err(PyValueError::new_err(wrong));
        }
        self.stepper.numbers(scaling, &numbers);
        Ok(())
    }

    /// Reads a piece of a text.
    fn read(&mut self, text: &str) -> PyResult<()> {
        let Encoding::Vocabulary(vocabulary) = &self.encoding else {
            return Err(PyValueError::new_err("the model reads numbers: give it each `step`"));
        };
        let unknown = |character| PyValueError::new_err(format!("{character:?} is not known"));
        let tokens = vocabulary.encode(text).map_err(unknown)?;
        tokens.into_iter().for_each(|token| self.stepper.token(token));
        Ok(())
    }

    /// The answer to what was read so far, `[C]`.
    fn logits<'py>(&mut self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_vec(py, self.stepper.answer())
    }
}
