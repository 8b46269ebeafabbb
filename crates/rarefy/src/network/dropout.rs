//! Dropout: in training, values are set to zero at random, and the others scaled up.

use serde::{Deserialize, Serialize};

use super::{Architecture, Batch, Input, Source};
use crate::random::Stream;

/// The probability with which values are set to zero in training (Srivastava et al. 2014). The
/// others are divided by one less the probability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dropout {
    /// Of the network's input: each number of each step, or for texts each value of a token's
    /// embedding, the same wherever the token occurs in a batch (Gal and Ghahramani 2016).
    pub input: f64,
    /// Of the outputs of layers that other layers read: each value of each step, as the `dropout` of
    /// PyTorch's modules.
    pub layers: f64,
    /// Of the hidden state as `weight_hh` reads it: each unit, the same at all steps of a sequence
    /// (Gal and Ghahramani 2016). The state itself is kept, as by Keras's `recurrent_dropout`.
    pub recurrent: f64,
}

impl Dropout {
    /// The three probabilities.
    pub fn rates(self) -> [f64; 3] {
        [self.input, self.layers, self.recurrent]
    }
}

/// What is dropped from one batch: factors by which values are multiplied, which are 0 or the
/// reciprocal of one less the probability. Empty parts multiply nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dropped {
    /// `B`
    pub(super) count: usize,
    /// Of series `[T][C][B]`; of texts one row `[E]` for each of `tokens`.
    pub(super) input: Vec<f32>,
    /// The different tokens of the batch, ascending.
    pub(super) tokens: Vec<u32>,
    /// Of each layer, `[T][H][B]`.
    pub(super) layers: Vec<Vec<f32>>,
    /// Of each block, by layer, `[H][B]`.
    pub(super) recurrent: Vec<Vec<Vec<f32>>>,
}

impl Dropped {
    /// Draws what is dropped from `batch` in a network.
    pub fn draw(
        rates: Dropout,
        architecture: &Architecture,
        batch: &Batch,
        stream: &mut Stream,
    ) -> Self {
        let mut draw = |rate: f64, len: usize| {
            let mut factors = vec![0.0; if rate > 0.0 { len } else { 0 }];
            drop_out(&mut factors, rate, stream);
            factors
        };
        let (steps, count) = (batch.steps(), batch.count());
        let mut tokens = Vec::new();
        if let (Input::Tokens { .. }, true) = (architecture.input, rates.input > 0.0) {
            tokens = (0..steps).flat_map(|step| batch.tokens(step)).copied().collect();
            tokens.sort_unstable();
            tokens.dedup();
        }
        let values = match architecture.input {
            Input::Tokens { embedding, .. } => tokens.len() * embedding,
            Input::Series { channels } => steps * channels * count,
        };
        let input = draw(rates.input, values);
        let is_read = |layer: usize| {
            let mut blocks = architecture.layers.iter().flat_map(|layer| &layer.blocks);
            blocks.any(|block| block.sources.contains(&Source::Layer(layer)))
        };
        let (mut layers, mut recurrent) = (Vec::new(), Vec::new());
        for (number, layer) in architecture.layers.iter().enumerate() {
            let values = if is_read(number) { steps * layer.size * count } else { 0 };
            layers.push(draw(rates.layers, values));
            let block = |_| draw(rates.recurrent, layer.size * count);
            recurrent.push(layer.blocks.iter().map(block).collect());
        }
        Self { count, input, tokens, layers, recurrent }
    }

    /// The factors of a layer's output for one sequence at a step, `[H]`; empty if nothing is dropped.
    pub(super) fn of_layer(&self, layer: usize, size: usize, t: usize, column: usize) -> Vec<f32> {
        let factors = self.layers.get(layer).map_or(&[][..], Vec::as_slice);
        let of_step = factors.iter().skip(t * size * self.count + column);
        of_step.step_by(self.count.max(1)).take(size).copied().collect()
    }

    /// The factors of a block's hidden state for one sequence, `[H]`; empty if nothing is dropped.
    pub(super) fn of_block(&self, layer: usize, block: usize, column: usize) -> Vec<f32> {
        let factors = self.recurrent.get(layer).map_or(&[][..], |blocks| &blocks[block]);
        factors.iter().skip(column).step_by(self.count.max(1)).copied().collect()
    }

    /// The factors of a token's embedding, `[E]`; empty if nothing is dropped.
    pub(super) fn of_token(&self, token: u32) -> &[f32] {
        if self.input.is_empty() {
            return &[];
        }
        let width = self.input.len() / self.tokens.len();
        let row = self.tokens.binary_search(&token).expect("the token is in the batch");
        &self.input[row * width..][..width]
    }
}

/// Fills `factors` with 0, with a probability of `rate`, or the reciprocal of one less that.
fn drop_out(factors: &mut [f32], rate: f64, stream: &mut Stream) {
    // Four decisions from each number that is drawn.
    const PARTS: f64 = 65_536.0;
    let dropped = (rate * PARTS).round().clamp(0.0, PARTS - 1.0);
    let kept = (PARTS / (PARTS - dropped)) as f32;
    for four in factors.chunks_mut(4) {
        let mut bits = stream.bits();
        for factor in four {
            *factor = if ((bits & 0xffff) as f64) < dropped { 0.0 } else { kept };
            bits >>= 16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::network::Readout;

    #[test]
    fn as_many_are_dropped_as_asked_and_the_mean_stays() {
        for rate in [0.1, 0.5, 0.9] {
            let mut factors = vec![f32::NAN; 100_001];
            drop_out(&mut factors, rate, &mut Stream::new(3, "test"));
            let zeros = factors.iter().filter(|factor| **factor == 0.0).count() as f64;
            let share = zeros / factors.len() as f64;
            // Five standard errors.
            assert!((share - rate).abs() < 5.0 * 0.5 / 316.0, "{rate}: {share}");
            let mean = factors.iter().map(|&factor| f64::from(factor)).sum::<f64>() / 100_001.0;
            assert!((mean - 1.0).abs() < 5.0 * 3.0 / 316.0, "{rate}: {mean}");
            let kept = factors.iter().copied().fold(0.0, f32::max);
            assert!((kept - 1.0 / (1.0 - rate as f32)).abs() < 1e-3 * kept, "{kept}");
        }
    }

    #[test]
    fn only_layers_that_others_read_are_dropped_and_nothing_at_a_rate_of_0() {
        let stack = Architecture::stacked(9, Cell::Gru, &[3, 4], 2).unwrap();
        let mut batch = Batch::new();
        batch.fill([(&[1_u32, 2, 1][..], 0), (&[5], 1)].into_iter(), Readout::Last);
        let draw = |input, layers, recurrent| {
            let rates = Dropout { input, layers, recurrent };
            Dropped::draw(rates, &stack, &batch, &mut Stream::new(1, "test"))
        };
        let all = draw(0.5, 0.5, 0.5);
        // 0 is the padding of the shorter text.
        assert_eq!(all.tokens, [0, 1, 2, 5]);
        assert_eq!(all.input.len(), 4 * 3);
        assert_eq!([all.layers[0].len(), all.layers[1].len()], [3 * 3 * 2, 0]);
        assert_eq!([all.recurrent[0][0].len(), all.recurrent[1][0].len()], [3 * 2, 4 * 2]);
        let none = draw(0.0, 0.0, 0.0);
        let parts = none.layers.iter().chain(none.recurrent.iter().flatten());
        assert!(none.input.is_empty() && parts.clone().all(Vec::is_empty));
        assert!(none.of_token(7).is_empty());
    }
}
