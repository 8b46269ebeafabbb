//! How sparse can a model be? A study with increasing pruning percentages, and the answer that its
//! records give.
//!
//! A [`Question`] is an ordinary [`Study`] with axes for seeds, scopes and percentages. Its
//! [`Manner`] says by which criterion, and in which grain, weights are pruned. There are
//! three controls: the same retraining without pruning (percentage 0), pruning as many weights at
//! random, and [`SmallDense`] networks, which are a study of their own. A [`Sweep`] reads the
//! answer from the records: for each pruning, whether its merit is within a tolerance of the
//! unpruned model's, with and without retraining, and the size and speed of each network.

mod answer;
mod as_good;
mod by_size;
mod caution;
mod dense;
mod manner;
mod sweep;

use std::ops::RangeInclusive;

use crate::format::{Model, ModelError, Unpruned};
use crate::prune::{Criterion, Grain, Scope, sparsity};
use crate::study::{Axis, DataSource, Folder, Record, Session, Settings, Study, Topic};

pub use answer::{Answer, Chosen};
pub use as_good::{AsGood, State};
pub use by_size::{Budget, Winner};
pub use caution::Caution;
pub use dense::SmallDense;
pub use manner::{Manner, MannerError};
pub use sweep::{Point, Sweep, Way};

/// The question.
#[derive(Clone, Debug)]
pub struct Question {
    /// The settings of the model, of its training, of how it is pruned ([`Manner`]) and of
    /// retraining: everything except scope and percentage.
    pub base: Settings,
    /// The seeds of everything random; for a given model, of the order of sequences in retraining.
    pub seeds: RangeInclusive<u64>,
    /// Which weights to prune.
    pub scopes: Vec<Scope>,
    /// Percentages of these weights.
    pub percents: Vec<f64>,
    /// Whether each pruning is also done at random.
    pub random: bool,
    /// A merit this far below that of the unpruned model still counts as equally good. It only
    /// affects how the records are read.
    pub tolerance: f64,
}

impl Question {
    /// How weights are pruned.
    pub fn manner(&self) -> Manner {
        Manner::asked(&self.base)
    }

    /// Every percentage of every scope with every seed, and 0 percent.
    pub fn study(&self, data: DataSource) -> Study {
        let mut percents = self.percents.clone();
        percents.sort_by(f64::total_cmp);
        percents.dedup();
        // In the order of the study itself, whatever the caller's, so that both fit into one
        // folder.
        let scopes = Scope::ALL.into_iter().filter(|scope| self.scopes.contains(scope));
        let none = Settings::default;
        let seeds = self.seeds.clone().map(|seed| Settings { seed: Some(seed), ..none() });
        let scopes = scopes.map(|scope| Settings { scope: Some(scope), ..none() });
        let percents = percents.iter().map(|&p| Settings { percent: Some(p), ..none() });
        // What the controls do not share: they see no sequences, and their masks do not change.
        let (moving, mut base) = self.base.split(Topic::Sparsifying);
        let criterion = self.manner().criterion;
        let samples = base.samples.take();
        let asked = Settings { criterion: Some(criterion), samples, ..moving };
        base.criterion = None;
        let mut ways = vec![asked];
        if self.random && criterion != Criterion::Random {
            ways.push(Settings { criterion: Some(Criterion::Random), ..none() });
        }
        let unpruned = if criterion == Criterion::Random { Some(criterion) } else { None };
        ways.push(Settings { percent: Some(0.0), criterion: unpruned, ..none() });
        Study {
            name: "limits".to_owned(),
            keep_models: true,
            data,
            base,
            axes: vec![
                Axis::of(seeds.collect()),
                Axis::of(scopes.collect()),
                Axis::of(percents.collect()),
                Axis { name: "way".to_owned(), list: true, steps: ways },
            ],
            exclusions: Vec::new(),
            contrasts: Vec::new(),
        }
    }

    /// The answer given by the `records` of this study in `folder`. `None` if training, or
    /// retraining without pruning, diverged with every seed.
    pub fn sweep(&self, records: &[Record], folder: &Folder) -> Option<Sweep> {
        let places = places(records, folder)?;
        let mut sweep = Sweep::new(records, places, self.tolerance)?;
        let points = sweep.points.iter_mut().chain(&mut sweep.random);
        points.chain([&mut sweep.control]).for_each(|point| point.weigh(records, folder));
        Some(sweep)
    }
}

/// Number of recurrent weights in the networks of `records`, masked ones included.
fn places(records: &[Record], folder: &Folder) -> Option<usize> {
    let model = records.iter().find_map(|record| folder.model(record))?;
    let account = sparsity(&model.network);
    Some(account.count_ih + account.count_hh)
}

/// The sparsest model that is equally good.
#[derive(Debug)]
pub struct Kept<'a> {
    /// The pruning that made it.
    pub point: &'a Point,
    /// Whether it is retrained.
    pub state: State,
    /// The record of the model: of several seeds, the one with the smallest loss of accuracy.
    pub record: &'a Record,
    /// The model, without the units that are pruned. Its origin names the model before pruning.
    pub model: Model,
    /// The model before pruning.
    pub unpruned: Model,
}

/// A model that was kept is missing or cannot be rebuilt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeptError {
    /// The model before pruning is missing.
    #[error(transparent)]
    Unpruned(#[from] ModelError),
    /// The pruned model cannot be rebuilt.
    #[error("{0}")]
    Pruned(String),
}

impl Sweep {
    /// Compares the smaller dense networks of `records` in `folder` with the pruned ones.
    pub fn add_dense(&mut self, records: &[Record], folder: &Folder, tolerance: f64) {
        let bases = records.iter().filter(|record| record.trial.is_base());
        let mut sizes: Vec<&[usize]> = bases.map(|record| &record.trial.layers[..]).collect();
        sizes.sort_by(|a, b| b.cmp(a));
        sizes.dedup();
        for layers in sizes {
            let own = records.iter().filter(|record| record.trial.layers == layers);
            let own: Vec<Record> = own.cloned().collect();
            let places = places(&own, folder);
            let found = places.and_then(|places| Sweep::new(&own, places, tolerance));
            if let Some(found) = found {
                let mut point = self.dense_point(found.control, tolerance);
                point.weigh(&own, folder);
                self.dense.push(point);
            }
        }
    }

    /// The smallest dense network that is equally good. It is taken after training or after the
    /// additional epochs, whichever is better on the mean over seeds; of several seeds, the most
    /// accurate. `None` if no dense network is equally good.
    ///
    /// # Errors
    /// If the models of its study cannot be read.
    pub fn keep_dense(
        &self,
        records: &[Record],
        session: &Session,
    ) -> Result<Option<Model>, KeptError> {
        let Some(point) = self.smallest_dense() else { return Ok(None) };
        let Some(record) = point.best_dense_record(records) else { return Ok(None) };
        session.pruned_model(record, point.merit().1).map(Some).map_err(KeptError::Pruned)
    }

    /// The sparsest model that is equally good, retrained if that is equally good too. `None` if no
    /// point is within the tolerance.
    ///
    /// # Errors
    /// If the models of the study cannot be read.
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
        if self.manner.grain == Grain::Unit {
            model.network = model.network.shrink().0;
        }
        let base = folder.model_path(&record.trial.parent().expect("it prunes"));
        let path = std::path::absolute(&base).unwrap_or(base);
        let unpruned = Model::read(&path)?;
        model.history.unpruned = Some(Unpruned { path, fingerprint: unpruned.fingerprint() });
        Ok(Some(Kept { point, state, record, model, unpruned }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::prune::Ranking;

    fn question(manner: Manner, samples: Option<usize>) -> Question {
        let base = Settings {
            cell: Some(Cell::Gru),
            layers: Some(vec![16, 8]),
            epochs: Some(1),
            retrain_epochs: Some(1),
            criterion: Some(manner.criterion),
            ranking: Some(manner.ranking),
            grain: Some(manner.grain),
            samples,
            ..Settings::default()
        };
        Question {
            base,
            seeds: 0..=1,
            scopes: vec![Scope::Both],
            percents: vec![50.0, 90.0],
            random: true,
            tolerance: 0.01,
        }
    }

    #[test]
    fn every_criterion_has_its_twin_by_chance_in_the_same_ranking_and_grain() {
        for criterion in Criterion::ALL {
            for samples in
                [None, Some(7)].into_iter().filter(|s| s.is_none() || criterion.needs_sequences())
            {
                let (ranking, grain) = (Ranking::Gate, Grain::Block);
                let manner = Manner { criterion, ranking, grain, sparsify: None };
                let study = question(manner, samples).study(DataSource::Reber(Default::default()));
                let prunings: Vec<_> = study.trials().filter_map(|trial| trial.pruning()).collect();
                let of = |criterion: Criterion, percent: f64| {
                    let same = |p: &&crate::recipe::Pruning| {
                        (p.criterion, p.percent) == (criterion, percent)
                    };
                    prunings.iter().filter(same).collect::<Vec<_>>()
                };
                let chance = if criterion == Criterion::Random { 2 } else { 0 };
                assert_eq!(of(Criterion::Random, 0.0).len(), chance, "{criterion}");
                for percent in [50.0, 90.0] {
                    for pruning in
                        of(criterion, percent).into_iter().chain(of(Criterion::Random, percent))
                    {
                        assert_eq!(
                            (pruning.ranking, pruning.grain),
                            (manner.ranking, manner.grain)
                        );
                    }
                    let [first, second] = of(criterion, percent)[..] else { panic!("{criterion}") };
                    assert_eq!(first, second);
                    let seen = criterion.needs_sequences().then(|| samples.unwrap_or(128));
                    assert_eq!(first.samples, seen, "{criterion}");
                    assert_eq!(of(Criterion::Random, percent)[0].samples, None);
                }
            }
        }
    }
}
