//! Training networks, and training pruned ones again.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use pyo3::prelude::*;
use rarefy::data::{Corpus, Dataset, ReadOptions, TaskKind, Unit};
use rarefy::parallel::Team;
use rarefy::recipe::{Round, Stage};
use rarefy::study::{Begins, Settings};
use rarefy::train::{EpochResult, Evaluator, HoldOut, Judge, Observer, Readout};

use serde_json::{Map, Value};

use crate::model::Model;
use crate::rows::{DATA, Rows};
use crate::{named, refused};

/// How long Ctrl-C may wait in the middle of an epoch.
const PATIENCE: Duration = Duration::from_millis(100);

/// What sees each epoch, as JSON: a Python function, whose exceptions end the training. Ctrl-C ends
/// it, too.
struct Listener {
    call: Option<Py<PyAny>>,
    /// The exception that ended it.
    raised: Option<PyErr>,
    epochs: Vec<String>,
    /// When signals were last checked.
    checked: Instant,
}

impl Listener {
    fn new(call: Option<Py<PyAny>>) -> Self {
        Self { call, raised: None, epochs: Vec::new(), checked: Instant::now() }
    }

    /// Whether training goes on after `done`.
    fn goes_on(&mut self, done: PyResult<()>) -> ControlFlow<()> {
        self.raised = done.err();
        if self.raised.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// The epochs, or what was raised.
    fn done(self) -> PyResult<String> {
        self.raised.map_or(Ok(format!("[{}]", self.epochs.join(","))), Err)
    }
}

fn parsed(settings: &str) -> PyResult<Settings> {
    let settings: Map<String, Value> = serde_json::from_str(settings).map_err(refused)?;
    for (key, value) in &settings {
        let alone = Map::from_iter([(key.clone(), value.clone())]);
        serde_json::from_value::<Settings>(alone.into())
            .map_err(|error| refused(anyhow!("{key}: {error}")))?;
    }
    serde_json::from_value(settings.into()).map_err(refused)
}

impl Observer for Listener {
    fn epoch(&mut self, epoch: &EpochResult) -> ControlFlow<()> {
        let json = epoch.json().to_string();
        let seen = Python::attach(|py| {
            py.check_signals()?;
            self.call.as_ref().map_or(Ok(()), |call| call.call1(py, (&json,)).map(|_| ()))
        });
        self.epochs.push(json);
        self.goes_on(seen)
    }

    fn update(&mut self) -> ControlFlow<()> {
        if self.checked.elapsed() < PATIENCE {
            return ControlFlow::Continue(());
        }
        self.checked = Instant::now();
        self.goes_on(Python::attach(|py| py.check_signals()))
    }
}

/// Trains a network as `settings` say, in the keys of study files, and returns the model and its
/// epochs.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn train(
    py: Python,
    train: &Rows,
    test: Option<&Rows>,
    settings: &str,
    task: Option<&str>,
    scaling: Option<&str>,
    jobs: usize,
    observe: Option<Py<PyAny>>,
) -> PyResult<(Model, String)> {
    let mut settings = parsed(settings)?;
    let options = ReadOptions {
        task: task.map(|name| named::<TaskKind>("task", name)).transpose()?,
        scaling: scaling.map(|name| named("scaling", name)).transpose()?,
        ..ReadOptions::default()
    };
    let mut listener = Listener::new(observe);
    let (train, test) = (train.lend(py), test.map(|test| test.lend(py)));
    let all = train.rows(None).map_err(refused)?;
    let tests = test.as_ref().map(|test| test.rows(None)).transpose().map_err(refused)?;
    let run = py.detach(|| -> anyhow::Result<_> {
        let path = Path::new(DATA);
        let (train, test) = ((path, &all), (path, tests.as_ref().unwrap_or(&all)));
        let mut corpus = Corpus::encode(train, test, Unit::default(), &options)?;
        if tests.is_none() {
            // Every epoch is scored on something.
            corpus.test = corpus.test.select(&[0]);
        }
        settings.readout.get_or_insert(Readout::usual(&corpus.encoding));
        let trial = settings.trial().map_err(|wrong| anyhow!(wrong))?;
        let run = || trial.recipe.run_with(&corpus, trial.seed, &mut listener);
        Ok(Team::new(jobs).install(run)?)
    });
    let run = run.map_err(refused)?;
    Ok((Model { model: run.model }, listener.done()?))
}

/// Trains a model again, with its masks. Returns the model, its epochs, the first epoch that is as
/// good as `unpruned`, if there was one.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn recover(
    py: Python,
    model: &Model,
    unpruned: &Model,
    train: &Rows,
    test: Option<&Rows>,
    settings: &str,
    jobs: usize,
    observe: Option<Py<PyAny>>,
) -> PyResult<(Model, String, Option<u32>)> {
    let settings = parsed(settings)?;
    let mut listener = Listener::new(observe);
    let model = &model.model;
    let (train, test) = (train.lend(py), test.map(|test| test.lend(py)));
    let all = train.encoded(model)?;
    let test = test.as_ref().map(|test| test.encoded(model)).transpose()?;
    let ran = py.detach(|| -> anyhow::Result<_> {
        let trained_with = model.history.validation_share;
        let judge = settings.judge.unwrap_or(Judge::Validation);
        let share = judge.held_out(settings.validation_share, trained_with, 0.1);
        let seed = settings.seed.unwrap_or_default();
        let split = if trained_with > 0.0 { model.history.validation_seed } else { seed };
        let held_out = HoldOut::new(&all, share, split)?;
        let first: Dataset;
        let test = match &test {
            Some(test) => test,
            None => {
                first = all.select(&[0]);
                &first
            }
        };
        let strings = held_out.strings(test);
        let mut training = settings.training();
        training.readout = model.readout;
        let sparse = settings.sparse(Begins::Trained).map_err(|wrong| anyhow!(wrong))?;
        let judging = strings.validation.filter(|_| judge == Judge::Validation).unwrap_or(test);
        let mut evaluator = Evaluator::new(&unpruned.model.network, training.batch, model.readout);
        let before = evaluator.score(&unpruned.model.network, judging).merit();
        let epochs = settings.retrain_epochs.unwrap_or_default();
        let tolerance = settings.tolerance.unwrap_or(rarefy::recipe::TOLERANCE);
        let stage = [Stage::Retrain { epochs, tolerance, judge }];
        let round = Round::of_retraining(&training, &stage, sparse.sparsify.as_ref());
        let round = Round { int8: settings.int8.unwrap_or_default(), ..round };
        let initial = Some(&unpruned.model.network);
        let run = || round.run(model.network.clone(), initial, strings, seed, &mut listener);
        let ran = Team::new(jobs).install(run)?;
        if let Some(diverged) = ran.fit.diverged {
            return Err(anyhow!("{diverged}"));
        }
        let recovered = round.epochs_to_recover(&ran.fit.epochs, before);
        let (network, int8) = (ran.network, ran.ranges);
        let mut model = rarefy::format::Model { network, int8, ..model.clone() };
        model.history.trained_again(share);
        Ok((Model { model }, recovered))
    });
    let (model, recovered) = ran.map_err(refused)?;
    Ok((model, listener.done()?, recovered))
}
