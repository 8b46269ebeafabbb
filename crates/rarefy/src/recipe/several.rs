//! Networks that differ by seed alone, and which of them is the best.

use serde_json::{Value, json};

use super::{NetworkError, Round, RunError};
use crate::network::Network;
use crate::parallel;
use crate::train::{EpochResult, Fit, Merit, Score, Strings};

/// A network after its training.
#[derive(Clone, Debug)]
pub struct Trained {
    /// Of initialisation and shuffling.
    pub seed: u64,
    /// The network.
    pub network: Network,
    /// How it was trained.
    pub fit: Fit,
}

impl Round<'_> {
    /// Runs it on what `network` makes of each of `count` seeds from `first` on, on `jobs` threads.
    /// `observe` sees each epoch, and in the end how many epochs a network did not need.
    ///
    /// # Errors
    /// The first error of `network`, or of training.
    pub fn of_seeds(
        &self,
        (first, count): (u64, u32),
        jobs: usize,
        network: impl Fn(u64) -> Result<Network, NetworkError> + Sync,
        strings: Strings,
        observe: impl Fn(u64, Result<&EpochResult, u32>) + Sync,
    ) -> Result<Vec<Trained>, RunError> {
        let train = |index: usize| {
            let seed = first + index as u64;
            let ran = {
                let mut observe = |epoch: &EpochResult| observe(seed, Ok(epoch));
                self.run(network(seed)?, None, strings, seed, &mut observe)?
            };
            observe(
                seed,
                Err(self
                    .epochs()
                    .saturating_sub(ran.fit.epochs.last().map_or(0, |last| last.epoch))),
            );
            Ok(Trained { seed, network: ran.network, fit: ran.fit })
        };
        parallel::map(jobs, count as usize, train).into_iter().collect()
    }
}

impl Trained {
    /// The epoch whose network it is. Not of one that diverged.
    pub fn kept(&self) -> Option<&EpochResult> {
        self.fit.kept().filter(|_| self.fit.diverged.is_none())
    }

    /// The score by which the best of several is chosen: that of the held-out sequences, or where
    /// there are none that of the last epoch of training.
    pub fn choosing(&self) -> Option<&Score> {
        let kept = self.kept()?;
        kept.validation.as_ref().or(kept.train.as_ref())
    }

    /// Which of `networks` is the best: the one of the lowest loss to choose by, the first of
    /// equals. Those that diverged do not count.
    pub fn best(networks: &[Self]) -> Option<usize> {
        let losses = networks.iter().map(|trained| Some(trained.choosing()?.loss_mean));
        let finite = losses.enumerate().filter_map(|(place, loss)| Some((place, loss?)));
        finite.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(place, _)| place)
    }

    /// What came of it, as an object.
    pub fn to_json(&self) -> Value {
        let kept = self.kept();
        let validation = kept.and_then(|kept| kept.validation);
        let train = kept.and_then(|kept| kept.train);
        let merit = kept.map_or(Merit::Accuracy, |kept| kept.test.merit_is());
        let mut row = json!({
            "seed": self.seed,
            format!("test_{merit}"): kept.map(|kept| kept.test.merit()),
            "test_loss_mean": kept.map(|kept| kept.test.loss_mean),
            format!("validation_{merit}"): validation.map(|score| score.merit()),
            "validation_loss_mean": validation.map(|score| score.loss_mean),
            "train_loss_mean": train.map(|score| score.loss_mean),
            "epochs": self.fit.epochs.len(),
            "seconds": self.fit.seconds.iter().sum::<f64>(),
        });
        if let Some(epoch) = self.fit.kept_epoch {
            row["kept_epoch"] = json!(epoch);
        }
        if let Some(diverged) = self.fit.diverged {
            row["diverged"] = json!(diverged);
        }
        row
    }
}
