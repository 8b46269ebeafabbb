//! Scoring a network on strings it is not trained on.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize};

use super::{Loss, Readout, cross_entropy};
use crate::data::Dataset;
use crate::network::{Batch, Engine, Masks, Network};

/// How well a model did on some strings, each of which counts alike: class weights
/// ([`super::ClassWeights`]) are in no loss here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Strings whose largest logit is their label's.
    pub correct: usize,
    /// Strings.
    pub count: usize,
    /// Sum over batches of the batch's mean cross-entropy, in nats: the thesis's
    /// "loss". Depends on the batch size. NaN is `null` in files.
    #[serde(deserialize_with = "nan_from_null")]
    pub loss_sum: f64,
    /// Mean cross-entropy a string, in nats.
    #[serde(deserialize_with = "nan_from_null")]
    pub loss_mean: f64,
}

/// JSON has no NaN: serde_json writes `null`, which is read back here.
fn nan_from_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

/// `accuracy 0.98765, loss 0.043210`
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "accuracy {:.5}, loss {:.6}", self.accuracy(), self.loss_mean)
    }
}

impl Score {
    /// Share of strings that were classified correctly, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.count as f64
    }

    /// The score of several batches.
    pub(super) fn of(losses: impl Iterator<Item = Loss>) -> Self {
        let mut score = Self::default();
        let mut sum = 0.0;
        for loss in losses {
            score.correct += loss.correct;
            score.count += loss.count;
            score.loss_sum += loss.mean();
            sum += loss.sum;
        }
        score.loss_mean = sum / score.count as f64;
        score
    }
}

/// Of many classes, no more logits than these are kept while strings are scored: 64 MiB.
const MOST_LOGITS: usize = 1 << 24;

/// Forward passes over whole data sets, with buffers that are kept.
#[derive(Clone, Debug)]
pub struct Evaluator {
    engine: Engine,
    /// That the engine was built for.
    masks: Masks,
    batch: Batch,
    size: usize,
    readout: Readout,
}

impl Evaluator {
    /// For networks of the architecture of `network`, `size` strings at a time. It is built
    /// again when it meets other masks.
    pub fn new(network: &Network, size: usize, readout: Readout) -> Self {
        let masks = network.masks().clone();
        Self { engine: Engine::new(network), masks, batch: Batch::new(), size, readout }
    }

    /// Scores `network` on `strings`.
    pub fn score(&mut self, network: &Network, strings: &Dataset) -> Score {
        let classes = network.architecture().classes;
        // Whole batches, so that parts give what all at once do.
        let part = (MOST_LOGITS / classes / self.size).max(1) * self.size;
        let mut losses = Vec::new();
        for first in (0..strings.len()).step_by(part) {
            let rows = first..strings.len().min(first + part);
            let logits = self.logits_of(network, strings, rows.clone());
            losses.extend(self.losses(&logits, &strings.targets[rows]));
        }
        Score::of(losses.into_iter())
    }

    /// The score of `logits` `[count][C]`, as [`Evaluator::logits`] gives them, against
    /// `targets` `[count]`.
    pub fn score_of(&self, logits: &[f32], targets: &[u32]) -> Score {
        Score::of(self.losses(logits, targets))
    }

    /// The loss of each batch.
    fn losses(&self, logits: &[f32], targets: &[u32]) -> impl Iterator<Item = Loss> {
        let classes = logits.len() / targets.len().max(1);
        let mut unused = Vec::new();
        targets.chunks(self.size).enumerate().map(move |(batch, targets)| {
            let logits = &logits[batch * self.size * classes..][..targets.len() * classes];
            cross_entropy(logits, targets, targets.len(), &mut unused)
        })
    }

    /// The logits of each of `strings`, `[count][C]`.
    ///
    /// Strings that are read at their own last character go through sorted by length,
    /// which spares most of the padding and changes no result.
    pub fn logits(&mut self, network: &Network, strings: &Dataset) -> Vec<f32> {
        self.logits_of(network, strings, 0..strings.len())
    }

    /// The same of the strings of these rows.
    fn logits_of(&mut self, network: &Network, strings: &Dataset, rows: Range<usize>) -> Vec<f32> {
        let classes = network.architecture().classes;
        let (first, count) = (rows.start, rows.len());
        let mut order: Vec<usize> = rows.collect();
        if self.readout == Readout::Last {
            order.sort_by_key(|&at| strings.get(at).0.len());
        }
        if self.masks != *network.masks() {
            self.engine = Engine::new(network);
            self.masks.clone_from(network.masks());
        }
        let parameters = self.engine.packing().pack(network.parameters());
        let mut all = vec![0.0; count * classes];
        for members in order.chunks(self.size) {
            self.batch.fill(members.iter().map(|&at| strings.get(at)), self.readout);
            let logits = self.engine.forward(&parameters, &self.batch);
            for (&at, logits) in members.iter().zip(logits.chunks_exact(classes)) {
                all[(at - first) * classes..][..classes].copy_from_slice(logits);
            }
        }
        all
    }
}
