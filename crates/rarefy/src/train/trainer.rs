//! Epochs of gradient descent.

use super::{
    Adam, ClassWeights, Loss, Readout, Score, Training, clip_global_norm, cross_entropy,
    weighted_cross_entropy,
};
use crate::data::Dataset;
use crate::network::{Batch, Engine, Network};
use crate::random::Stream;

/// A network being trained, and what its training remembers.
#[derive(Clone, Debug)]
pub struct Trainer {
    /// As it was when it was last asked for.
    network: Network,
    training: Training,
    engine: Engine,
    /// Its packed parameters as they are now.
    parameters: Vec<f32>,
    adam: Adam<f32>,
    shuffle: Stream,
    batch: Batch,
    gradient: Vec<f32>,
    /// Of each class, if they differ; of none before the strings are known.
    class_weights: Option<Vec<f32>>,
}

/// Batches whose strings are sorted by length together.
const POOL: usize = 64;

impl Trainer {
    /// Training of `network` from its present weights with a fresh optimiser; each
    /// epoch's order comes from `shuffle`.
    pub fn new(network: Network, training: Training, shuffle: Stream) -> Self {
        let engine = Engine::new(&network);
        let parameters = engine.packing().pack(network.parameters());
        let len = parameters.len();
        Self {
            engine,
            parameters,
            adam: Adam::new(len, training.learning_rate),
            gradient: vec![0.0; len],
            batch: Batch::new(),
            class_weights: match training.class_weights {
                ClassWeights::None => None,
                ClassWeights::Balanced => Some(Vec::new()),
            },
            network,
            training,
            shuffle,
        }
    }

    /// The network as it is now.
    pub fn network(&mut self) -> &Network {
        self.engine.packing().unpack(&self.parameters, self.network.parameters_mut());
        &self.network
    }

    /// The network, done with training.
    pub fn into_network(mut self) -> Network {
        self.network();
        self.network
    }

    /// How many parameters it computes with: without masked ones where only what is left of
    /// a matrix is multiplied.
    pub fn parameters(&self) -> usize {
        self.engine.packing().len()
    }

    /// The optimiser's running means of the gradient and of its square, one a parameter
    /// of the network each; 0 where it has none.
    pub fn moments(&self) -> [Vec<f32>; 2] {
        let (mean, square) = self.adam.moments();
        [mean, square].map(|packed| {
            let mut moments = vec![0.0; self.network.parameters().len()];
            self.engine.packing().unpack(packed, &mut moments);
            moments
        })
    }

    /// Other steps from now on than `Training::learning_rate`; the optimiser's means stay.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.adam.set_learning_rate(learning_rate);
    }

    /// The weights as they are now, to go back to.
    pub(super) fn packed(&self) -> &[f32] {
        &self.parameters
    }

    /// Back to weights that were [`Self::packed`]; the optimiser's means stay.
    pub(super) fn restore(&mut self, packed: &[f32]) {
        self.parameters.copy_from_slice(packed);
    }

    /// One update against one batch; the loss is from before it. Classes weigh as they did
    /// in the last epoch.
    ///
    /// # Panics
    /// When classes are to be balanced and there was no epoch yet, whose strings say how.
    pub fn step(&mut self, batch: &Batch) -> Loss {
        let (parameters, gradient) = (&mut self.parameters[..], &mut self.gradient[..]);
        let mut loss = Loss::default();
        // Known before the first strip of the batch is differentiated.
        let weights = self.class_weights.as_ref().map(|weights| {
            let weight = |&target: &u32| f64::from(weights[target as usize]);
            (weights, batch.targets().iter().map(weight).sum::<f64>() as f32)
        });
        self.engine.gradient(parameters, batch, gradient, |logits, strings, logit_gradient| {
            let targets = &batch.targets()[strings];
            loss += match weights {
                None => cross_entropy(logits, targets, batch.count(), logit_gradient),
                Some((weights, total)) => {
                    weighted_cross_entropy(logits, targets, weights, total, logit_gradient)
                }
            };
        });
        clip_global_norm(gradient, self.training.clip as f32);
        self.adam.step(parameters, gradient);
        loss
    }

    /// One pass over `strings` in a fresh random order; they say what their classes weigh, if
    /// those are to be balanced. Stops at the first batch
    /// whose loss is not finite, with `Err` of its number (from 0): the weights are
    /// then spoilt.
    pub fn epoch(&mut self, strings: &Dataset) -> Result<Score, usize> {
        self.epoch_watched(strings, |_| {})
    }

    /// A fresh random order of `strings`, to be cut into batches.
    ///
    /// When each string is read at its own last character, strings of like length share
    /// a batch, so that little of it is padding: as many as [`POOL`] batches hold are
    /// drawn at random, sorted, cut, and the batches taken in random order.
    fn order(&mut self, strings: &Dataset) -> Vec<usize> {
        let mut order: Vec<usize> = (0..strings.len()).collect();
        self.shuffle.shuffle(&mut order);
        if self.training.readout == Readout::Padded {
            return order;
        }
        let size = self.training.batch;
        for pool in order.chunks_mut(size.saturating_mul(POOL)) {
            pool.sort_by_key(|&at| strings.get(at).0.len());
        }
        // Only the last batch may be smaller, and cutting finds it at the end only.
        let mut batches: Vec<&[usize]> = order.chunks(size).collect();
        let last = batches.pop();
        self.shuffle.shuffle(&mut batches);
        batches.into_iter().chain(last).flatten().copied().collect()
    }

    /// [`Trainer::epoch`], showing each batch to `watch` before its update.
    pub fn epoch_watched(
        &mut self,
        strings: &Dataset,
        mut watch: impl FnMut(&Batch),
    ) -> Result<Score, usize> {
        let order = self.order(strings);
        let targets = order.iter().map(|&at| strings.get(at).1);
        let classes = self.network.architecture().classes;
        self.class_weights = self.training.class_weights.of(targets, classes);
        let mut batch = std::mem::take(&mut self.batch);
        let mut losses = Vec::with_capacity(order.len().div_ceil(self.training.batch));
        let mut failed = None;
        for (number, members) in order.chunks(self.training.batch).enumerate() {
            let strings = members.iter().map(|&at| strings.get(at));
            batch.fill(strings, self.training.readout);
            watch(&batch);
            let loss = self.step(&batch);
            if !loss.sum.is_finite() {
                failed = Some(number);
                break;
            }
            losses.push(loss);
        }
        self.batch = batch;
        match failed {
            Some(number) => Err(number),
            None => Ok(Score::of(losses.into_iter())),
        }
    }
}
