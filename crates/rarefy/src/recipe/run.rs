//! Running a whole recipe.

use super::{Ran, Recipe, RunError};
use crate::data::Corpus;
use crate::format::{History, Model};
use crate::network::Network;
use crate::prune::Pruned;
use crate::train::{EpochResult, Fit, FitError, GoesOn, HoldOut, Observer, Score};

/// What came of a recipe.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run {
    /// One entry per round: what was pruned, if anything, and how the network was trained.
    pub rounds: Vec<(Option<Pruned>, Fit)>,
    /// The resulting model. If the observer ended training, fewer rounds were run.
    pub model: Model,
    /// The first epoch of the last round that is as good as the network before it was first
    /// pruned; 0 when pruning alone did no harm.
    pub epochs_to_recover: Option<u32>,
}

impl Recipe {
    /// Runs all its stages on `corpus`: a share of its training data is held out, a network
    /// initialised, and each round run. `observe` sees each epoch, and may end training
    /// ([`GoesOn`]).
    ///
    /// ```
    /// use rarefy::cell::Cell;
    /// use rarefy::data::{Corpus, ReberSettings, generate};
    /// use rarefy::prune::Scope;
    /// use rarefy::recipe::Recipe;
    ///
    /// let data = generate(&ReberSettings { count: 200, ..ReberSettings::default() })?;
    /// let corpus = Corpus::try_from(data)?;
    /// let recipe = Recipe::new(Cell::Gru, &[8]).train(1).prune(Scope::Hh, 50.0).retrain(1);
    /// let run = recipe.run(&corpus, 0, |epoch| println!("{}", epoch.test.accuracy()))?;
    /// assert_eq!(run.model.network.masks().count(), 3 * 8 * 8 / 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When it starts from a model, cannot be built or run on these data, or diverges.
    pub fn run<G: GoesOn>(
        &self,
        corpus: &Corpus,
        seed: u64,
        mut observe: impl FnMut(&EpochResult) -> G,
    ) -> Result<Run, RunError> {
        self.run_with(corpus, seed, &mut observe)
    }

    /// The same with an observer that may also end training between two updates.
    ///
    /// # Errors
    /// As [`Recipe::run`].
    pub fn run_with(
        &self,
        corpus: &Corpus,
        seed: u64,
        observer: &mut dyn Observer,
    ) -> Result<Run, RunError> {
        if self.model.is_some() {
            return Err(RunError::NoModel);
        }
        let lineage = self.lineage();
        // Before anything is trained in vain.
        lineage.iter().try_for_each(|recipe| recipe.last_round().check())?;
        let initial = self.own_network(corpus.into(), seed)?;
        let mut network = initial.clone();
        let fits = network.check(&corpus.train);
        fits.map_err(|source| FitError::Unfit { set: "training", source })?;
        let held_out = HoldOut::new(&corpus.train, self.validation_share, seed)?;
        let strings = held_out.strings(&corpus.test);
        let (mut rounds, mut epochs_to_recover, mut int8) = (Vec::new(), None, None);
        let mut unpruned: Option<EpochResult> = None;
        for recipe in lineage {
            let round = recipe.last_round();
            let ran = round.run(network, Some(&initial), strings, seed, observer)?;
            if let Some(diverged) = ran.fit.diverged {
                return Err(RunError::Diverged(diverged));
            }
            epochs_to_recover =
                round.recovery().zip(unpruned.as_ref()).and_then(|((judge, _), kept)| {
                    round.epochs_to_recover(&ran.fit.epochs, kept.judged(judge).merit())
                });
            if recipe.rounds() == 0 {
                unpruned = ran.fit.kept().cloned();
            }
            let Ran { network: left, pruned, fit, ranges } = ran;
            (network, int8) = (left, ranges);
            let stopped = fit.stopped;
            rounds.push((pruned, fit));
            if stopped {
                break;
            }
        }
        let model = Model { int8, ..self.model_of(network, corpus, seed) };
        Ok(Run { rounds, model, epochs_to_recover })
    }

    /// A trained network of this recipe as a model, which remembers what was held out of its
    /// training by `split_seed`.
    pub fn model_of(&self, network: Network, corpus: &Corpus, split_seed: u64) -> Model {
        let history = History {
            validation_share: self.validation_share,
            validation_seed: split_seed,
            training_data: Some(corpus.train.fingerprint()),
            unpruned: None,
            origin: None,
        };
        let (encoding, task) = (corpus.encoding.clone(), corpus.task.clone());
        Model { network, encoding, task, readout: self.training.readout, history, int8: None }
    }
}

impl Run {
    /// The epoch whose network is left: scores of the training data, of what is held out, and of
    /// the test data.
    ///
    /// # Panics
    /// If the observer ended training before the first epoch did; otherwise every round has one.
    pub fn last(&self) -> &EpochResult {
        self.rounds.iter().rev().find_map(|(_, fit)| fit.kept()).expect("a round has an epoch")
    }

    /// The score of what is left on the test data.
    pub fn test(&self) -> &Score {
        &self.last().test
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::cell::Cell;
    use crate::data::{ReberSettings, generate};
    use crate::prune::{PruneError, Scope};

    fn corpus() -> Corpus<'static> {
        let data = generate(&ReberSettings { count: 100, ..ReberSettings::default() });
        Corpus::try_from(data.unwrap()).unwrap()
    }

    #[test]
    fn a_network_that_is_not_trained_is_scored_and_set_against_its_pruning() {
        let recipe = Recipe::new(Cell::Gru, &[3]).train(0).prune(Scope::Both, 0.0).retrain(0);
        let run = recipe.run(&corpus(), 0, |_| ()).unwrap();
        let epochs = run.rounds.iter().map(|(_, fit)| fit.epochs.len());
        assert_eq!(epochs.collect::<Vec<_>>(), [1, 1]);
        assert_eq!((run.last().epoch, run.epochs_to_recover), (0, Some(0)));
    }

    #[test]
    fn what_cannot_be_run_is_refused_before_anything_is_trained() {
        let recipe = || Recipe::new(Cell::Gru, &[3]).train(3);
        let refused = |recipe: Recipe| {
            let seen = |epoch: &EpochResult| -> ControlFlow<()> {
                panic!("epoch {} was trained", epoch.epoch)
            };
            recipe.run(&corpus(), 0, seen).unwrap_err()
        };
        let percent = refused(recipe().prune(Scope::Both, 150.0).retrain(1));
        assert!(matches!(percent, RunError::Prune(PruneError::Percent { percent: 150.0 })));
        assert!(matches!(refused(recipe().retrain(1)), RunError::Order));
        assert!(matches!(refused(recipe().hold_out(-0.5)), RunError::HoldOut(_)));
        let given = Recipe { model: Some("0123456789abcdef".to_owned()), ..recipe() };
        assert!(matches!(refused(given), RunError::NoModel));
        let mut corpus = corpus();
        corpus.train.targets = crate::data::Targets::Classes(vec![0]);
        let error = recipe().run(&corpus, 0, |_| ()).unwrap_err().to_string();
        assert!(error.starts_with("training data: ") && error.ends_with(" 1"), "{error}");
    }
}
