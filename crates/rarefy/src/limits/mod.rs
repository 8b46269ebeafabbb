//! How sparse can a model be? A study that prunes it by ever more, and what its records answer.
//!
//! A [`Question`] is a [`Study`] like any other, with one axis for seeds, one for scopes and one for
//! percents, among them 0: the same retraining without pruning, which is the control. A [`Sweep`]
//! reads the answer from the records: for each pruning, whether accuracy is within a tolerance of
//! the unpruned model's, with and without retraining.

mod answer;
mod caution;
mod sweep;

use std::ops::RangeInclusive;

use crate::format::{Model, ModelError, Unpruned};
use crate::prune::{Scope, sparsity};
use crate::study::{Axis, DataSource, Folder, Record, Session, Settings, Study};

pub use answer::{Answer, Chosen};
pub use caution::Caution;
pub use sweep::{AsGood, Point, State, Sweep};

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is said of the model, of its training, and of retraining: all but scope and percent.
    pub base: Settings,
    /// Of everything random. Of a given model: of the order of retraining.
    pub seeds: RangeInclusive<u64>,
    /// Which weights.
    pub scopes: Vec<Scope>,
    /// How many of them, in percent.
    pub percents: Vec<f64>,
    /// How far below the unpruned model's accuracy is as good. Only reading the records depends on
    /// it.
    pub tolerance: f64,
}

impl Question {
    /// Every percent of every scope, of every seed; and 0 percent.
    pub fn study(&self, data: DataSource) -> Study {
        let mut percents = self.percents.clone();
        percents.push(0.0);
        percents.sort_by(f64::total_cmp);
        percents.dedup();
        // In the order of the study's own, whatever the caller's: one folder takes both.
        let scopes = Scope::ALL.into_iter().filter(|scope| self.scopes.contains(scope));
        let none = Settings::default;
        let seeds = self.seeds.clone().map(|seed| Settings { seed: Some(seed), ..none() });
        let scopes = scopes.map(|scope| Settings { scope: Some(scope), ..none() });
        let percents = percents.iter().map(|&p| Settings { percent: Some(p), ..none() });
        Study {
            name: "limits".to_owned(),
            keep_models: true,
            data,
            base: self.base.clone(),
            axes: vec![
                Axis::of(seeds.collect()),
                Axis::of(scopes.collect()),
                Axis::of(percents.collect()),
            ],
            exclusions: Vec::new(),
            contrasts: Vec::new(),
        }
    }

    /// The answer of the `records` of this study in `folder`; `None` where training, or retraining
    /// without pruning, diverged with every seed.
    pub fn sweep(&self, records: &[Record], folder: &Folder) -> Option<Sweep> {
        let model = records.iter().find_map(|record| folder.model(record))?;
        let account = sparsity(&model.network);
        Sweep::new(records, account.count_ih + account.count_hh, self.tolerance)
    }
}

/// The sparsest model that is as good.
#[derive(Debug)]
pub struct Kept<'a> {
    /// What was pruned.
    pub point: &'a Point,
    /// Whether it is retrained.
    pub state: State,
    /// The record of the model: of several seeds, the one that lost least.
    pub record: &'a Record,
    /// The model. It names the one before pruning.
    pub model: Model,
    /// The model before pruning.
    pub unpruned: Model,
}

/// A model that was kept is gone, or cannot be made again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeptError {
    /// The model before pruning.
    #[error(transparent)]
    Unpruned(#[from] ModelError),
    /// The pruned model.
    #[error("{0}")]
    Pruned(String),
}

impl Sweep {
    /// The sparsest model that is as good, retrained where that holds too; `None` where no point is
    /// within the tolerance.
    ///
    /// # Errors
    /// When the models of the study cannot be read.
    pub fn keep<'a>(
        &'a self,
        records: &'a [Record],
        session: &Session,
        folder: &Folder,
    ) -> Result<Option<Kept<'a>>, KeptError> {
        let Some((point, state)) = self.best() else { return Ok(None) };
        let record = point.best_record(records, state);
        let pruned = session.pruned_model(record, state == State::Retrained);
        let mut model = pruned.map_err(KeptError::Pruned)?;
        let base = folder.model_path(&record.trial.parent().expect("it prunes"));
        let path = std::path::absolute(&base).unwrap_or(base);
        let unpruned = Model::read(&path)?;
        model.history.unpruned = Some(Unpruned { path, fingerprint: unpruned.fingerprint() });
        Ok(Some(Kept { point, state, record, model, unpruned }))
    }
}
