//! Dynamic sparse training: every so often some weights make room for as many others.

use super::exchange::{rigl, selfish, set};
use super::schedule::{cosine_share, selfish_share};
use super::{Period, Watched};
use crate::network::{Batch, Engine, Masks, Network};
use crate::random::Stream;
use crate::train::{Loss, Moved, Progress, Reviser, Revision, Trainer, Turn};

/// Which weights make room for which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    Rigl,
    Set,
    Selfish,
}

/// A reviser of masks that keeps as many weights of each matrix as there are.
pub(super) struct Moving {
    pub rule: Rule,
    pub every: Period,
    /// Of the live weights, what goes at first.
    pub fraction: f64,
    /// Where nothing may grow: what is not in the network's graph.
    fixed: Masks,
    /// Computes gradients at masked places.
    dense: Engine,
    chance: Stream,
    watched: Watched,
}

impl Moving {
    pub fn new(
        rule: Rule,
        (every, fraction): (Period, f64),
        initial: &Network,
        now: &Masks,
        seed: u64,
    ) -> Self {
        Self {
            rule,
            every,
            fraction,
            fixed: initial.masks().clone(),
            dense: Engine::new(initial),
            chance: Stream::new(seed, "growth"),
            watched: Watched::new(initial, now),
        }
    }

    /// The share of live weights that go now.
    fn share(&self, at: Progress) -> f64 {
        match self.rule {
            Rule::Rigl => cosine_share(self.fraction, at.updates, at.of),
            Rule::Set => self.fraction,
            Rule::Selfish => selfish_share(self.fraction, at.updates, at.of),
        }
    }

    fn revision(&mut self, network: &Network, gradient: &[f32], share: f64) -> Revision {
        let masks = network.masks();
        let weights = network.parameters();
        let mut revision = Revision::new();
        for weight in network.layout().weights() {
            let (mut live, mut free) = (Vec::new(), Vec::new());
            let mut masked = masks.masked_in(weight.range.clone()).iter().peekable();
            let mut fixed = self.fixed.masked_in(weight.range.clone()).iter().peekable();
            for place in weight.range {
                let is_fixed = fixed.next_if_eq(&&place).is_some();
                match masked.next_if_eq(&&place) {
                    None => live.push(place),
                    Some(_) if !is_fixed => free.push(place),
                    Some(_) => {}
                }
            }
            let exchange = match self.rule {
                Rule::Rigl => rigl(&live, &free, weights, gradient, share),
                Rule::Set => set(&live, &free, weights, share, &mut self.chance),
                Rule::Selfish => selfish(&live, &free, weights, share, &mut self.chance),
            };
            revision = exchange.add_to(revision);
        }
        revision
    }
}

impl Reviser for Moving {
    fn before_update(&mut self, trainer: &mut Trainer, batch: &Batch, at: Progress) -> Turn {
        let every = self.every.updates(at.per_epoch).max(1);
        if at.updates == 0 || !at.updates.is_multiple_of(every) {
            return Turn::Update;
        }
        let share = self.share(at);
        if share == 0.0 || batch.reads().is_empty() {
            return Turn::Update;
        }
        let mut examined: Option<(Loss, Vec<f32>)> = None;
        if self.rule == Rule::Rigl {
            examined = Some(trainer.gradient_by(&mut self.dense, batch));
        }
        let gradient = examined.as_ref().map_or(&[][..], |(_, gradient)| gradient);
        let revision = self.revision(trainer.network(), gradient, share);
        trainer.revise(&revision).expect("what grows was masked, or goes");
        match examined {
            Some((loss, _)) => Turn::Done(loss),
            None => Turn::Update,
        }
    }

    fn after_epoch(&mut self, trainer: &mut Trainer, _: Progress) -> Option<Moved> {
        Some(self.watched.moved(trainer.network()))
    }
}
