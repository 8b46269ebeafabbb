//! Scoring a network on strings it is not trained on.

use serde::{Deserialize, Deserializer, Serialize};

use super::{Loss, Readout, cross_entropy};
use crate::data::Dataset;
use crate::network::{Batch, Engine, Network};

/// How well a model did on some strings.
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

/// Forward passes over whole data sets, in file order, with buffers that are kept.
#[derive(Clone, Debug)]
pub struct Evaluator {
    engine: Engine,
    batch: Batch,
    size: usize,
    readout: Readout,
}

impl Evaluator {
    /// For networks of the same architecture as `network`, `size` strings at a time.
    pub fn new(network: &Network, size: usize, readout: Readout) -> Self {
        let engine = Engine::new(network.architecture());
        Self { engine, batch: Batch::new(), size, readout }
    }

    /// Scores `network` on `strings`.
    pub fn score(&mut self, network: &Network, strings: &Dataset) -> Score {
        let mut unused = Vec::new();
        let mut losses = Vec::new();
        self.each_batch(network, strings, |logits, targets| {
            losses.push(cross_entropy(logits, targets, &mut unused));
        });
        Score::of(losses.into_iter())
    }

    /// The logits of each of `strings`, `[count][C]`.
    pub fn logits(&mut self, network: &Network, strings: &Dataset) -> Vec<f32> {
        let mut all = Vec::new();
        self.each_batch(network, strings, |logits, _| all.extend_from_slice(logits));
        all
    }

    fn each_batch(
        &mut self,
        network: &Network,
        strings: &Dataset,
        mut visit: impl FnMut(&[f32], &[u32]),
    ) {
        let mut start = 0;
        while start < strings.len() {
            let end = strings.len().min(start + self.size);
            self.batch.fill((start..end).map(|at| strings.get(at)), self.readout);
            let logits = self.engine.forward(network.parameters(), &self.batch);
            visit(logits, self.batch.targets());
            start = end;
        }
    }
}
