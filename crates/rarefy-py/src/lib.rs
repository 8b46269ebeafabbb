//! The extension module of the Python package `rarefy`.
//!
//! It is a thin layer: what Python users see is in `python/rarefy/`, with its documentation. Settings
//! and scores pass as JSON, in the words of study files and of `--json`; numbers pass as arrays.

mod graph;
mod model;
mod rows;
mod stream;
mod training;

use pyo3::prelude::*;

/// What `rarefy` for Python is made of.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::graph::{families, generate};
    #[pymodule_export]
    use super::model::Model;
    #[pymodule_export]
    use super::rows::Rows;
    #[pymodule_export]
    use super::stream::Stream;
    #[pymodule_export]
    use super::training::{recover, train};
    #[pymodule_export]
    use super::{command, settings};
}

/// Runs the `rarefy` command with these arguments, the first of which is its name, and returns its
/// exit code.
#[pyfunction]
fn command(py: Python, arguments: Vec<String>) -> u8 {
    py.detach(|| rarefy_cli::run(arguments))
}

/// The settings of a training: pairs of a key and what it means.
#[pyfunction]
fn settings() -> Vec<(&'static str, &'static str)> {
    rarefy::study::Settings::ROWS.iter().map(|row| (row.key, row.help)).collect()
}

/// A `ValueError` with the message of an error and of what caused it.
fn refused(error: impl Into<anyhow::Error>) -> PyErr {
    pyo3::exceptions::PyValueError::new_err(rarefy_cli::message(&error.into()))
}

/// The value of a setting by its name in files.
fn named<T: serde::de::DeserializeOwned>(what: &str, name: &str) -> PyResult<T> {
    serde_json::from_value(name.into()).map_err(|error| refused(anyhow::anyhow!("{what}: {error}")))
}
