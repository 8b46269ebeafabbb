//! A model, and what is done to it.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::anyhow;
use numpy::{IntoPyArray, PyArray2, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use rarefy::cell::Cell;
use rarefy::connections::{Connections, Parts};
use rarefy::data::{Dataset, Encoding, Targets};
use rarefy::format::export::{ExportFormat, ExportOptions, Naming};
use rarefy::format::{self, Hints, Zeros, open_hinted, write_atomically};
use rarefy::network::{Batch, Named, Readout};
use rarefy::parallel::Team;
use rarefy::prune::{Evidence, Scores, Selection, compensate, prune_by, sparsity};
use rarefy::random::Stream as Random;
use rarefy::train::{Evaluator, Trainer, Training};
use serde_json::{Value, json};

use crate::graph::Edges;
use crate::rows::Rows;
use crate::stream::Stream;
use crate::{named, refused};

/// Sequences that are scored together. Answers do not depend on it.
const BATCH: usize = 32;

/// A trained network with everything needed to read data and to name its answer. It does not change:
/// what is done to it gives another one.
#[pyclass(frozen)]
pub struct Model {
    pub model: format::Model,
}

/// A dict of arrays by name, of these parameters.
fn arrays<'py, T: numpy::Element>(
    py: Python<'py>,
    names: Vec<Named>,
    values: impl Fn(&Named) -> Vec<T>,
) -> PyResult<Bound<'py, PyDict>> {
    let all = PyDict::new(py);
    for named in names {
        let array = values(&named).into_pyarray(py).reshape(named.shape.clone())?;
        let array: Bound<'py, PyArrayDyn<T>> = array;
        all.set_item(named.name, array)?;
    }
    Ok(all)
}

impl Model {
    /// The recurrent weight matrices.
    fn matrices(&self) -> Vec<Named> {
        let names = self.model.network.layout().weight_names().into_iter();
        let named = |(name, weight): (String, rarefy::network::Weight)| Named {
            name,
            shape: vec![weight.rows, weight.columns],
            range: weight.range,
        };
        names.map(named).collect()
    }

    fn batch(&self, data: &Dataset) -> Batch {
        let mut batch = Batch::new();
        batch.fill((0..data.len()).map(|row| data.get(row)), self.model.readout);
        batch
    }
}

#[pymethods]
impl Model {
    /// Opens a model file or a PyTorch state dict. Returns notes on what was assumed, too.
    #[staticmethod]
    #[pyo3(signature = (path, cell=None, readout=None, embedding=None, linear=None, labels=None, zeros=None))]
    fn open(
        path: PathBuf,
        cell: Option<&str>,
        readout: Option<&str>,
        embedding: Option<&str>,
        linear: Option<&str>,
        labels: Option<Vec<String>>,
        zeros: Option<&str>,
    ) -> PyResult<(Self, Vec<String>)> {
        let hints = Hints {
            cell: cell.map(|name| named::<Cell>("cell", name)).transpose()?,
            read_at: readout.map(|name| named::<Readout>("readout", name)).transpose()?,
            zeros: zeros.map(|name| named::<Zeros>("zeros", name)).transpose()?,
            embedding,
            readout: linear,
            labels: labels.as_deref(),
            ..Hints::default()
        };
        let opened = open_hinted(&path, &hints).map_err(refused)?;
        Ok((Self { model: opened.model }, opened.notes))
    }

    /// Writes the model file.
    fn write(&self, path: PathBuf) -> PyResult<()> {
        self.model.write(&path).map_err(refused)
    }

    /// Writes the model for other programs.
    fn export(
        &self,
        path: PathBuf,
        format: &str,
        naming: Option<&str>,
        prefix: &str,
        stream: bool,
    ) -> PyResult<()> {
        let format = named::<ExportFormat>("format", format)?;
        let naming = naming.map(|naming| named::<Naming>("naming", naming)).transpose()?;
        let options = ExportOptions { naming, prefix, stream };
        let exported = format.export(&self.model, options).map_err(refused)?;
        write_atomically(&path, &exported.bytes).map_err(refused)
    }

    /// What it is, as JSON.
    fn summary(&self) -> String {
        let network = &self.model.network;
        let architecture = network.architecture();
        let account = sparsity(network);
        let channels = match &self.model.encoding {
            Encoding::Scaling(scaling) => Some(scaling.channels()),
            Encoding::Vocabulary(_) => None,
        };
        let summary = json!({
            "cell": architecture.cell().map(Cell::name),
            "layers": architecture.stacked_sizes(),
            "bidirectional": architecture.is_bidirectional(),
            "channels": channels,
            "task": self.model.task.kind(),
            "each_step": self.model.task.each_step(),
            "outputs": architecture.classes,
            "labels": self.model.task.labels(),
            "readout": self.model.readout,
            "parameters": network.parameters().len(),
            "sparsity": account.sparsity,
            "account": account,
        });
        summary.to_string()
    }

    /// All parameters by name; masked ones are 0.
    fn weights<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let network = &self.model.network;
        let values = |named: &Named| network.parameters()[named.range.clone()].to_vec();
        arrays(py, network.layout().parameter_names(), values)
    }

    /// For each recurrent weight matrix, which weights are left.
    fn masks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let masks = self.model.network.masks();
        arrays(py, self.matrices(), |named| masks.kept_in(named.range.clone()))
    }

    /// The outputs, `[reads][C]`, and how many of them each row has.
    fn logits<'py>(
        &self,
        py: Python<'py>,
        rows: &Rows,
        jobs: usize,
    ) -> PyResult<(Bound<'py, PyArray2<f32>>, Vec<usize>)> {
        let (model, lent) = (&self.model, rows.lend(py));
        let data = lent.encoded(model)?;
        let logits = py.detach(|| Team::new(jobs).install(|| model.logits(&data, BATCH)));
        let logits = logits.map_err(refused)?;
        let reads = match &data.targets {
            Targets::StepClasses(rows) => rows.iter().map(Vec::len).collect(),
            Targets::StepNumbers { outputs, values } => {
                values.iter().map(|values| values.len() / outputs).collect()
            }
            _ => vec![1; data.len()],
        };
        let classes = model.network.architecture().classes;
        let count = logits.len() / classes;
        Ok((logits.into_pyarray(py).reshape([count, classes])?, reads))
    }

    /// How good its answers are, as JSON.
    fn evaluate(&self, py: Python, rows: &Rows, batch: usize, jobs: usize) -> PyResult<String> {
        let (model, lent) = (&self.model, rows.lend(py));
        let data = lent.encoded(model)?;
        let score = py.detach(|| {
            Team::new(jobs).install(|| {
                let mut evaluator = Evaluator::new(&model.network, batch, model.readout);
                Ok(match model.int8 {
                    Some(_) => evaluator.score_of(&model.logits(&data, batch)?, &data),
                    None => evaluator.score(&model.network, &data),
                })
            })
        });
        let score = score.map_err(|error: rarefy::quantize::QuantizeError| refused(error))?;
        let merit = score.merit_is();
        let score = json!({
            merit.to_string(): score.merit(),
            "merit": score.merit(),
            "loss": score.loss_mean,
            "count": score.count,
        });
        Ok(score.to_string())
    }

    /// The gradient of the mean loss over all rows at each recurrent weight.
    fn gradients<'py>(&self, py: Python<'py>, rows: &Rows) -> PyResult<Bound<'py, PyDict>> {
        let (model, lent) = (&self.model, rows.lend(py));
        let data = lent.encoded(model)?;
        let gradient = py.detach(|| {
            let training = Training { readout: model.readout, ..Training::default() };
            let network = model.network.clone();
            let mut engine = rarefy::network::Engine::new(&network);
            let mut trainer = Trainer::new(network, training, Random::new(0, "unused"));
            trainer.gradient_by(&mut engine, &self.batch(&data)).1
        });
        arrays(py, self.matrices(), |named| gradient[named.range.clone()].to_vec())
    }

    /// For each recurrent weight matrix, the Euclidean norm of what enters each column, over all steps
    /// of all rows.
    fn input_norms<'py>(&self, py: Python<'py>, rows: &Rows) -> PyResult<Bound<'py, PyDict>> {
        let (model, lent) = (&self.model, rows.lend(py));
        let data = lent.encoded(model)?;
        let evidence = Evidence { sequences: &data, readout: model.readout };
        let norms = py.detach(|| evidence.input_norms(&model.network));
        let all = PyDict::new(py);
        for (named, norms) in self.matrices().into_iter().zip(norms) {
            all.set_item(named.name, norms.into_pyarray(py))?;
        }
        Ok(all)
    }

    /// Pruned by a selection as JSON, and by `scores` where these are given. Returns the model, and
    /// how many weights were pruned that were there before.
    fn prune(
        &self,
        py: Python,
        selection: &str,
        rows: Option<&Rows>,
        scores: Option<HashMap<String, PyReadonlyArrayDyn<f64>>>,
        compensated: bool,
        seed: u64,
    ) -> PyResult<(Self, usize)> {
        // Of a value, the message names no column of the JSON.
        let selection: Value = serde_json::from_str(selection).map_err(refused)?;
        let selection: Selection = serde_json::from_value(selection).map_err(refused)?;
        let network = &self.model.network;
        let scores = match scores {
            None => None,
            Some(given) => {
                let mut values = vec![0.0; network.layout().len()];
                for Named { name, shape, range } in self.matrices() {
                    let scores = given.get(&name).ok_or_else(|| {
                        refused(anyhow!("the criterion gives no scores for {name}"))
                    })?;
                    let scores = scores.as_array();
                    if scores.shape() != shape {
                        let found = scores.shape();
                        let wrong = format!(
                            "scores of {name} have the shape {found:?}: expected {shape:?}"
                        );
                        return Err(refused(anyhow!(wrong)));
                    }
                    if scores.iter().any(|score| score.is_nan()) {
                        return Err(refused(anyhow!("scores of {name} are NaN: expected numbers")));
                    }
                    values[range].iter_mut().zip(scores).for_each(|(to, from)| *to = *from);
                }
                Some(Scores::lowest(values))
            }
        };
        let lent = rows.map(|rows| rows.lend(py));
        let data = lent.as_ref().map(|lent| lent.encoded(&self.model)).transpose()?;
        let pruned = py.detach(|| -> anyhow::Result<_> {
            // Ranges are those of the network before.
            let mut model = format::Model { int8: None, ..self.model.clone() };
            let sequences = data.as_ref().map(|data| selection.sample(data, seed));
            let readout = model.readout;
            let evidence = sequences.as_deref().map(|sequences| Evidence { sequences, readout });
            let scores = match scores {
                Some(scores) => scores,
                None if selection.criterion.needs_sequences() && evidence.is_none() => {
                    return Err(anyhow!(
                        "{} scores weights on sequences: give X and y",
                        selection.criterion
                    ));
                }
                None => selection.scores(network, evidence, seed)?,
            };
            let pruned = prune_by(&mut model.network, &scores, &selection)?;
            if let Some(evidence) = evidence.filter(|_| compensated) {
                compensate(&mut model.network, network, evidence);
            }
            Ok((Self { model }, pruned.newly_masked))
        });
        pruned.map_err(refused)
    }

    /// Without the units that have no use.
    fn shrink(&self) -> Self {
        let (network, _) = self.model.network.shrink();
        Self { model: format::Model { network, int8: None, ..self.model.clone() } }
    }

    /// The connections of units: nodes, edges as pairs, and the weights of the edges.
    fn graph(
        &self,
        layer: Option<usize>,
        gate: Option<String>,
        part: &str,
    ) -> PyResult<(usize, Edges, Vec<f64>)> {
        let connections = Connections { layer, gate, parts: named::<Parts>("part", part)? };
        let graph = connections.graph(&self.model.network).map_err(refused)?;
        let edges = graph.edges();
        let ends = edges.iter().map(|edge| (edge.from, edge.to)).collect();
        Ok((graph.nodes(), ends, edges.iter().map(|edge| edge.weight).collect()))
    }

    /// What reads one step at a time.
    fn stream(&self) -> PyResult<Stream> {
        if self.model.network.architecture().reads_backwards() {
            return Err(refused(anyhow!("a network that reads backwards cannot go step by step")));
        }
        let stepper = self.model.stepper().map_err(refused)?;
        Ok(Stream { stepper, encoding: self.model.encoding.clone() })
    }

    /// The name of each recurrent weight matrix in the state dict that the model came from.
    fn own_names(&self) -> HashMap<String, String> {
        let own = self.model.own_names().into_iter().map(|(name, _)| name);
        self.matrices().into_iter().map(|named| named.name).zip(own).collect()
    }

    /// The content of its file.
    fn file<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.model.to_safetensors())
    }
}
