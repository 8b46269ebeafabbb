//! The fast path: batches forward and backward through time, in f32.
//!
//! A batch is processed in strips of 32 sequences, or of 64 if the network is small and the batch is
//! not: few enough that the buffers of a step stay in the cache, and enough to fill the vectors. A
//! strip is computed layer by layer, and within a layer step by step (`pass.rs`). All buffers have the
//! strip innermost, `[T][units][N]`, where `N` is the strip's size rounded up to whole vectors. The
//! spare columns repeat the first sequence and get no gradient. Buffers are reused from batch to batch
//! and grow only for a longer sequence. A strip ends with the last step that is read: if sequences are
//! sorted by length and read at their own last step, little padding is computed. A reversed layer
//! begins each sequence at its own last step: before that, its states are zero.
//!
//! Units that cannot reach the readout because of masks are not computed at all (`live.rs`).
//! Each weight matrix is multiplied either as a whole or entry by entry (`factor.rs`). The
//! computation of a block is in `layer.rs`.
//!
//! If the input is tokens, the first layer does not multiply by the embedding at every step. Its
//! input product is computed once for each different token of the strip and looked up, and its
//! gradient is summed per token in the same way. Series of numbers are multiplied as an earlier
//! layer's output is.
//!
//! On several threads, several strips are computed at the same time, or the halves of a strip. Their
//! weight gradients are divided by rows, and each row's are summed over the strips in order. So the
//! result has the same bits on any number of threads.
//!
//! All activations of a strip are kept for the way back. Long sequences of a wide network need much
//! memory, 1 GiB for 784 steps of three LSTM layers of 512 units. So no more strips are computed at the
//! same time than fit into 1 GiB, but at least one.

use std::ops::Range;

use super::gradient::weight_gradients;
use super::pass::StripPass;
use super::plan::{EngineState, Plan};
use super::strip::Strip;
use super::{Batch, Dropped, Network, Packing};
use crate::kernel::{Buffer, PARTS};
use crate::parallel::Team;

/// Bytes within which several strips are computed at the same time. One strip alone may need more.
const MEMORY: usize = 1 << 30;

/// Forward and backward passes of batches through one network.
#[derive(Clone, Debug)]
pub struct Engine {
    plan: Plan,
    /// After the last piece of running texts.
    state: EngineState,
    /// Those of the last batch, whose memory is used again.
    strips: Vec<Strip>,
    /// Strips that are computed at the same time.
    passes: Vec<StripPass>,
    /// `[reads][C]`
    logits: Vec<f32>,
    /// Sums of gradients over columns and steps.
    sums: Buffer,
    team: Team,
}

impl Engine {
    /// For networks with the architecture and the masks of `network`. It computes with the team that
    /// is installed now ([`Team::install`]).
    pub fn new(network: &Network) -> Self {
        let plan = Plan::new(network);
        let (state, logits) = (EngineState::default(), Vec::new());
        let (strips, passes, team) = (Vec::new(), Vec::new(), Team::installed());
        Self { plan, state, strips, passes, logits, sums: Buffer::new(), team }
    }

    /// Which of a network's parameters the engine computes with, and in which order it expects
    /// them.
    pub fn packing(&self) -> &Packing {
        &self.plan.packing
    }

    /// Outputs at each of the batch's reads, `[reads][C]`, computed with packed `parameters`. They
    /// are logits if the targets are classes.
    ///
    /// # Panics
    /// If `parameters` belong to another network, or a token is not in its vocabulary.
    pub fn forward(&mut self, parameters: &[f32], batch: &Batch) -> &[f32] {
        self.run(parameters, batch, &Dropped::default(), |_, _| ());
        &self.logits
    }

    /// Writes to `gradient` the gradient of a loss at packed `parameters`, zero where they are
    /// masked.
    ///
    /// `differentiate` receives the outputs at some of the batch's reads, `[n][C]`, and which reads
    /// these are. It writes the loss's gradient at those outputs to the vector that it receives.
    ///
    /// # Panics
    /// If a length is wrong, or a token is not in the vocabulary.
    pub fn gradient(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        gradient: &mut [f32],
        differentiate: impl FnMut(&[f32], Range<usize>, &mut Vec<f32>),
    ) {
        self.gradient_with(parameters, batch, &Dropped::default(), gradient, differentiate);
    }

    /// The same where some values are `dropped`.
    ///
    /// # Panics
    /// As [`Engine::gradient`]; if what is dropped belongs to another batch.
    pub fn gradient_with(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        dropped: &Dropped,
        gradient: &mut [f32],
        mut differentiate: impl FnMut(&[f32], Range<usize>, &mut Vec<f32>),
    ) {
        assert_eq!(gradient.len(), self.packing().len(), "gradient of another network");
        gradient.fill(0.0);
        let (team, mut sums) = (self.team.clone(), std::mem::take(&mut self.sums));
        self.run(parameters, batch, dropped, |plan, strips| {
            for StripPass { strip, logits, logit_gradient, .. } in &mut *strips {
                differentiate(logits, strip.reads.clone(), logit_gradient);
                assert_eq!(logit_gradient.len(), logits.len(), "gradient is not [n][C]");
            }
            for strip in &mut *strips {
                strip.read_out_backward(plan, parameters, batch, gradient);
            }
            for at in (0..plan.layers.len()).rev() {
                let passes = strips.iter_mut().flat_map(|strip| &mut strip.passes);
                team.each(passes, |pass| pass.backward(plan, parameters, at));
                weight_gradients(plan, parameters, at, strips, &team, &mut sums, gradient);
            }
            for strip in strips {
                strip.forget_read_out(plan, batch);
                if let Some(tokens) = &mut strip.tokens {
                    let embedding_gradient = &mut gradient[plan.packed.embedding.clone()];
                    tokens.scatter_gradient(embedding_gradient, plan.packed.embedding_width);
                }
            }
        });
        self.sums = sums;
        for block in self.plan.layers.iter().flat_map(|layer| &layer.blocks) {
            block.mask(gradient);
        }
        self.plan.masked.iter().for_each(|&place| gradient[place] = 0.0);
    }

    /// Computes the outputs of `batch`, some strips at a time; `then` goes on with those.
    fn run(
        &mut self,
        parameters: &[f32],
        batch: &Batch,
        dropped: &Dropped,
        mut then: impl FnMut(&Plan, &mut [StripPass]),
    ) {
        self.set(parameters);
        let Self { plan, state, strips, passes: all, logits, team, .. } = self;
        let (first_piece, is_unknown) = (batch.first_piece(), state.count < batch.count());
        if first_piece.is_some_and(|first| first || is_unknown) {
            *state = EngineState::new(&plan.architecture, batch.count());
        }
        let width = plan.strip_width(batch);
        Strip::all(batch, width, plan.architecture.reads_backwards(), strips);
        let mut rest = &strips[..];
        while !rest.is_empty() {
            // Whole strips as long as there is one for each thread and memory for all of them; else
            // halves.
            let jobs = team.jobs();
            let most = MEMORY / plan.bytes(&rest[0]).max(1);
            let count = rest.len().min(jobs).min(most.max(1));
            let most_parts = if count < jobs { PARTS } else { 1 };
            if all.len() < count {
                all.resize_with(count, || StripPass::new(plan));
            }
            let together = &mut all[..count];
            for (pass, strip) in together.iter_mut().zip(rest) {
                let parts = strip.parts(most_parts);
                pass.begin(plan, parameters, batch, dropped, strip, parts);
            }
            rest = &rest[count..];
            let passes = together.iter_mut().flat_map(|strip| {
                let tokens = strip.tokens.as_deref();
                strip.passes.iter_mut().map(move |pass| (pass, tokens))
            });
            team.each(passes, |(pass, tokens)| {
                pass.forward(plan, parameters, batch, dropped, state, tokens);
            });
            if first_piece.is_some() {
                let passes = together.iter().flat_map(|strip| &strip.passes);
                passes.for_each(|pass| pass.end(plan, state));
            }
            team.each(&mut *together, |strip| strip.read_out(plan, parameters, batch));
            together.iter().for_each(|strip| logits.extend_from_slice(&strip.logits));
            then(plan, together);
        }
    }

    /// Bytes of the activations and gradients of the last batch that are in memory at the same time.
    pub fn bytes(&self) -> usize {
        self.passes.iter().map(|pass| self.plan.bytes(&pass.strip)).sum()
    }

    /// The states after the last piece of running texts.
    pub fn state(&self) -> &EngineState {
        &self.state
    }

    /// Goes on from other states, of a network with the same architecture.
    pub fn set_state(&mut self, state: EngineState) {
        self.state = state;
    }

    /// Prepares for computing with packed `parameters`.
    fn set(&mut self, parameters: &[f32]) {
        assert_eq!(parameters.len(), self.packing().len(), "parameters of another network");
        self.logits.clear();
        for (layer, places) in self.plan.layers.iter_mut().zip(&self.plan.packed.layers) {
            for (block, place) in layer.blocks.iter_mut().zip(places) {
                block.set_biases(parameters, place, &layer.units);
            }
        }
        let blocks = self.plan.layers.iter_mut().flat_map(|layer| &mut layer.blocks);
        let factors = blocks.flat_map(|block| block.factors_mut());
        self.team.each(factors, |factor| factor.set(parameters));
    }
}
