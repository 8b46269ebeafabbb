//! Running the stages of one round.

use super::{Rewind, RunError, Stage};
use crate::network::{Batch, Initialisation, Network, Ranges};
use crate::prune::{Evidence, Pruned, Rule, prune_by};
use crate::quantize::measure_some;
use crate::random::Stream;
use crate::sparsify::Sparsify;
use crate::train::{
    EpochResult, Fit, FitError, Judge, Observer, Progress, Strings, Trainer, Training,
    epochs_to_recover,
};

/// Stages that belong together and how they train: at most one pruning, then perhaps a rewinding,
/// then at most one training.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    /// How it trains.
    pub training: &'a Training,
    /// How initial weights are drawn, also those of a ticket that is reinitialized.
    pub init: Initialisation,
    /// What changes masks while it trains.
    pub sparsify: Option<&'a Sparsify>,
    /// Whether it trains for integers of 8 bits, and is scored in them.
    pub int8: bool,
    /// The epochs of the first training, to which a rewinding goes back.
    pub trained_for: u32,
    /// What is done.
    pub stages: &'a [Stage],
    /// Whether the network that it starts from was trained before; it is then scored before it is
    /// trained, as epoch 0.
    pub is_trained: bool,
    /// How many rounds have retrained it before.
    pub retrainings: usize,
    /// The share of its weights that earlier rounds left.
    pub left: f64,
}

/// The result of a round.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The network as the round left it.
    pub network: Network,
    /// What was pruned, if anything was.
    pub pruned: Option<Pruned>,
    /// How it was trained.
    pub fit: Fit,
    /// Of a round for integers, the ranges of the network that it left.
    pub ranges: Option<Ranges>,
}

impl<'a> Round<'a> {
    /// The retraining of a network that was trained and pruned elsewhere: one [`Stage::Retrain`].
    pub fn of_retraining(
        training: &'a Training,
        stage: &'a [Stage; 1],
        sparsify: Option<&'a Sparsify>,
    ) -> Self {
        Self {
            training,
            init: Initialisation::default(),
            sparsify,
            int8: false,
            trained_for: 0,
            stages: stage,
            is_trained: true,
            retrainings: 0,
            left: 1.0,
        }
    }
}

impl Round<'_> {
    /// The epochs that it is trained for; with patience the most.
    pub fn epochs(&self) -> u32 {
        let epochs = self.stages.iter().map(|stage| match *stage {
            Stage::Train { epochs } | Stage::Retrain { epochs, .. } => epochs,
            Stage::Prune(_) | Stage::Rewind(_) => 0,
        });
        epochs.sum()
    }

    /// What judges recovery, and the tolerance, where it retrains.
    pub fn recovery(&self) -> Option<(Judge, f64)> {
        self.stages.iter().find_map(|stage| match *stage {
            Stage::Retrain { judge, tolerance, .. } => Some((judge, tolerance)),
            _ => None,
        })
    }

    /// Checks the order of the stages and the settings of the pruning.
    ///
    /// # Errors
    /// When the stages are out of order, or the pruning cannot be done.
    pub fn check(&self) -> Result<(), RunError> {
        let (prunings, rest) = match self.stages {
            [first @ Stage::Prune(_), rest @ ..] => (Some(first), rest),
            rest => (None, rest),
        };
        let rest = match rest {
            [Stage::Rewind(_), rest @ ..] if prunings.is_some() => rest,
            rest => rest,
        };
        if rest.len() > 1 || matches!(rest, [Stage::Prune(_) | Stage::Rewind(_)]) {
            return Err(RunError::Order);
        }
        let rewinds =
            |stage: &Stage| matches!(stage, Stage::Rewind(Rewind { to, .. }) if to.updates(1) > 0);
        if self.stages.iter().any(rewinds)
            && (self.training.patience.is_some() || self.sparsify.is_some())
        {
            return Err(RunError::Rewind);
        }
        match prunings {
            Some(Stage::Prune(selection)) => Ok(selection.check()?),
            _ => Ok(()),
        }
    }

    /// Does all of it to `network`. `seed` gives the order of sequences and all that is left to
    /// chance. `initial` is the network before anything was done to it, `network` itself if `None`:
    /// rewinding goes back to its weights, and what it has masked never grows. A round that does
    /// not train scores its network, as epoch 0. `observer` sees each epoch, and may end training.
    ///
    /// # Errors
    /// When the network cannot be pruned or become sparse in this way, or cannot be trained on these
    /// sequences.
    pub fn run(
        &self,
        mut network: Network,
        initial: Option<&Network>,
        strings: Strings,
        seed: u64,
        observer: &mut dyn Observer,
    ) -> Result<Ran, RunError> {
        self.check()?;
        let before = initial.is_none().then(|| network.clone());
        let initial = initial.or(before.as_ref()).expect("one of the two");
        let mut pruned = None;
        let mut epochs = None;
        for stage in self.stages {
            let (purpose, count) = match *stage {
                Stage::Prune(selection) => {
                    let selection = selection.after(self.left);
                    let sequences = selection.sample(strings.train, seed);
                    let readout = self.training.readout;
                    let evidence = Evidence { sequences: &sequences, readout };
                    let mut scores = selection.scores(&network, Some(evidence), seed)?;
                    if !self.is_trained {
                        // Whatever the criterion, a density is of all weights.
                        scores.rule = Rule::Count;
                    }
                    pruned = Some(prune_by(&mut network, &scores, &selection)?);
                    continue;
                }
                Stage::Rewind(rewind) => {
                    network = self.rewound(rewind, initial, network.masks(), strings, seed)?;
                    continue;
                }
                Stage::Train { epochs } => ("shuffle".to_owned(), epochs),
                Stage::Retrain { epochs, .. } => (self.retraining(), epochs),
            };
            let scored = self.is_trained || matches!(stage, Stage::Retrain { .. });
            let first = u32::from(!scored && count > 0);
            epochs = Some((purpose, first..=count));
        }
        let (purpose, epochs) = epochs.unwrap_or_else(|| ("shuffle".to_owned(), 0..=0));
        let shuffle = Stream::new(seed, &purpose);
        let reviser = match self.sparsify.filter(|_| *epochs.end() > 0) {
            Some(how) => {
                let per_epoch = self.training.updates_per_epoch(strings.train);
                let of = u64::from(*epochs.end()) * per_epoch;
                let length = Progress { updates: 0, of, per_epoch };
                let patience = self.training.patience;
                Some(how.reviser(initial, &network, length, patience, seed)?)
            }
            None => None,
        };
        let (sequences, readout) = (strings.train, self.training.readout);
        let ranges = |network: &Network| match self.int8 {
            true => measure_some(network, sequences, readout).map(Some),
            false => Ok(None),
        };
        let int8 = ranges(&network).map_err(FitError::from)?;
        let training = Training { int8, ..self.training.clone() };
        let mut trainer = Trainer::new(network, training, shuffle);
        let fit = match reviser {
            Some(mut reviser) => trainer.fit_with(strings, epochs, &mut *reviser, observer),
            None => trainer.fit_with(strings, epochs, &mut |_: &Batch| {}, observer),
        }?;
        let network = trainer.into_network();
        let ranges = match fit.diverged {
            None => ranges(&network).map_err(FitError::from)?,
            Some(_) => None,
        };
        Ok(Ran { network, pruned, fit, ranges })
    }

    /// The purpose of the random stream for the order of sequences in its retraining.
    fn retraining(&self) -> String {
        match self.retrainings {
            0 => "retraining shuffle".to_owned(),
            before => format!("retraining shuffle {}", before + 1),
        }
    }

    /// The first epoch of `epochs` that is as good as the `unpruned` merit; `None` where none is,
    /// or it does not retrain.
    pub fn epochs_to_recover(&self, epochs: &[EpochResult], unpruned: f64) -> Option<u32> {
        let (judge, tolerance) = self.recovery()?;
        epochs_to_recover(epochs, judge, unpruned, tolerance)
    }
}
