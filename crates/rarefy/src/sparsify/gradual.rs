//! Pruning while a network is trained: by a share of weights that grows, or by a threshold that
//! rises.

use super::schedule::{Cubic, Rising};
use super::{Period, Watched};
use crate::network::{Batch, Network};
use crate::prune::{PruneError, Pruned, Ranking, Rule, Scores, Selection, prune_by};
use crate::train::{Moved, Progress, Reviser, Revision, Trainer, Turn};

/// Gradual pruning.
pub(super) struct Gradual {
    pub selection: Selection,
    /// The sparsity that it starts from, 0 to 1.
    pub initial: f64,
    pub begin: Period,
    /// The last quarter of training is without pruning if `None`.
    pub end: Option<Period>,
    pub every: Period,
    pub watched: Watched,
}

/// Masks what has the lowest scores, counted over all weights.
pub(super) fn prune_now(
    network: &mut Network,
    selection: &Selection,
) -> Result<Pruned, PruneError> {
    let scores = selection.scores(network, None, 0)?;
    prune_by(network, &Scores { rule: Rule::Count, ..scores }, selection)
}

impl Gradual {
    fn cubic(&self, at: Progress) -> Cubic {
        // After the last update, nothing would be pruned any more.
        let latest = at.of.saturating_sub(1);
        let end = self.end.map_or(at.of * 3 / 4, |end| end.updates(at.per_epoch)).min(latest);
        let begin = self.begin.updates(at.per_epoch).min(end);
        let every = self.every.updates(at.per_epoch).max(1);
        let last = self.selection.percent / 100.0;
        Cubic { begin, end, every, initial: self.initial, last }
    }
}

impl Reviser for Gradual {
    fn before_update(&mut self, trainer: &mut Trainer, _: &Batch, at: Progress) -> Turn {
        let cubic = self.cubic(at);
        if cubic.prunes_at(at.updates) {
            let percent = 100.0 * cubic.sparsity(at.updates);
            let mut network = trainer.network().clone();
            // Weights that are no numbers cannot be ranked; training notices them, too.
            if prune_now(&mut network, &Selection { percent, ..self.selection }).is_ok() {
                let now = trainer.network().masks();
                let revision = Revision::between(now, network.masks());
                trainer.revise(&revision).expect("it only drops");
            }
        }
        Turn::Update
    }

    fn after_epoch(&mut self, trainer: &mut Trainer, _: Progress) -> Option<Moved> {
        Some(self.watched.moved(trainer.network()))
    }
}

/// Pruning by a threshold that rises.
pub(super) struct Narang {
    pub start: Period,
    /// Half of training if `None`.
    pub end: Option<Period>,
    pub every: Period,
    /// The percent of each group that goes in the end.
    percent: f64,
    /// Groups of weights with a threshold each, by place.
    groups: Vec<Vec<usize>>,
    pub watched: Watched,
}

/// Weights that share a threshold, by place.
fn groups(network: &Network, selection: &Selection) -> Vec<Vec<usize>> {
    let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
    for (number, weight) in network.layout().weights().enumerate() {
        if !selection.scope.has(weight.part) {
            continue;
        }
        let key = match selection.ranking {
            Ranking::Global => 0,
            Ranking::Layer => weight.layer,
            _ => number,
        };
        match groups.last_mut() {
            Some((last, places)) if *last == key => places.extend(weight.range),
            _ => groups.push((key, weight.range.collect())),
        }
    }
    groups.into_iter().map(|(_, places)| places).collect()
}

impl Narang {
    pub fn new(
        network: &Network,
        selection: Selection,
        (start, end, every): (Period, Option<Period>, Period),
        watched: Watched,
    ) -> Self {
        let groups = groups(network, &selection);
        Self { start, end, every, percent: selection.percent, groups, watched }
    }

    /// The magnitude below which the wanted share of a group is now. Weights grow in training, so that
    /// of the network as training began would leave too many.
    fn magnitude(&self, places: &[usize], weights: &[f32]) -> f64 {
        let mut sizes: Vec<f32> = places.iter().map(|&place| weights[place].abs()).collect();
        let at = (self.percent / 100.0 * sizes.len() as f64).floor() as usize;
        let at = at.min(sizes.len() - 1);
        f64::from(*sizes.select_nth_unstable_by(at, f32::total_cmp).1)
    }
}

impl Reviser for Narang {
    fn before_update(&mut self, trainer: &mut Trainer, _: &Batch, at: Progress) -> Turn {
        let of = |period: Period| period.updates(at.per_epoch);
        let start = of(self.start).min(at.of);
        let end = self.end.map_or(at.of / 2, of).clamp(start, at.of);
        let rising = Rising {
            magnitude: 0.0,
            every: of(self.every).max(1),
            start,
            ramp: start + (end - start) / 2,
            end,
        };
        if rising.prunes_at(at.updates) {
            let weights = trainer.network().parameters();
            let mut small = Vec::new();
            for places in &self.groups {
                let rising = Rising { magnitude: self.magnitude(places, weights), ..rising };
                let threshold = rising.threshold(at.updates);
                let below = |place: &usize| f64::from(weights[*place].abs()) < threshold;
                small.extend(places.iter().copied().filter(below));
            }
            trainer.revise(&Revision::new().drop(small)).expect("it only drops");
        }
        Turn::Update
    }

    fn after_epoch(&mut self, trainer: &mut Trainer, _: Progress) -> Option<Moved> {
        Some(self.watched.moved(trainer.network()))
    }
}
