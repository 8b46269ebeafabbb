//! Networks whose weights went back to an earlier moment of their training, with the masks that
//! they have now.

use super::{Rewind, Round, RunError, Ticket};
use crate::network::{Batch, Masks, Network};
use crate::random::{Stream, fnv1a};
use crate::train::{Progress, Reviser, Strings, Trainer, Turn};

/// Ends training before an update.
struct Until(u64);

impl Reviser for Until {
    fn before_update(&mut self, _: &mut Trainer, _: &Batch, at: Progress) -> Turn {
        if at.updates < self.0 { Turn::Update } else { Turn::Stop }
    }
}

impl Round<'_> {
    /// A network of `masks` to train again, by what `rewind` says of the `initial` one. A moment
    /// after initialisation is reached as the first training reached it, update by update: nothing
    /// has to be kept of that.
    pub(super) fn rewound(
        &self,
        rewind: Rewind,
        initial: &Network,
        masks: &Masks,
        strings: Strings,
        seed: u64,
    ) -> Result<Network, RunError> {
        let per_epoch = self.training.updates_per_epoch(strings.train);
        let of = u64::from(self.trained_for) * per_epoch;
        let updates = rewind.to.updates(per_epoch);
        if updates > of {
            return Err(RunError::PastEnd { to: rewind.to, of });
        }
        let architecture = initial.architecture().clone();
        let start = match rewind.ticket {
            Ticket::Reinitialized => {
                let other = fnv1a(format!("reinitialization {seed}").as_bytes());
                Network::initialise_as(self.init, architecture.clone(), other)
            }
            _ => self.trained_until(updates, per_epoch, initial.clone(), strings, seed),
        };
        let masks = match rewind.ticket {
            Ticket::Shuffled => shuffled(initial, masks, seed),
            _ => masks.clone(),
        };
        Ok(Network::new(architecture, start.parameters().to_vec(), masks))
    }

    /// The network after that many updates of the first training.
    fn trained_until(
        &self,
        updates: u64,
        per_epoch: u64,
        initial: Network,
        strings: Strings,
        seed: u64,
    ) -> Network {
        let Self { training, trained_for, .. } = *self;
        let mut trainer = Trainer::new(initial, training.clone(), Stream::new(seed, "shuffle"));
        let mut at = Progress { updates: 0, of: u64::from(trained_for) * per_epoch, per_epoch };
        for epoch in 1..=trained_for {
            if at.updates >= updates {
                break;
            }
            let rate = training.schedule.rate(training.learning_rate, epoch, trained_for);
            trainer.set_learning_rate(rate);
            // Where training diverges here it did so the first time, and nothing was pruned.
            let _ = trainer.epoch_with(strings.train, at, &mut Until(updates));
            at.updates += per_epoch;
        }
        trainer.into_network()
    }
}

/// As many masks of each recurrent matrix at random places, but for those that `initial` has.
fn shuffled(initial: &Network, masks: &Masks, seed: u64) -> Masks {
    let mut chance = Stream::new(seed, "shuffled masks");
    let matrices: Vec<_> = initial.layout().weights().map(|weight| weight.range).collect();
    let is_recurrent = |place: usize| matrices.iter().any(|range| range.contains(&place));
    let all = masks.masked_in(0..masks.len()).iter().copied();
    let mut places: Vec<usize> = all.filter(|&place| !is_recurrent(place)).collect();
    for range in &matrices {
        let fixed = initial.masks().masked_in(range.clone());
        let mut open: Vec<usize> =
            range.clone().filter(|&place| !initial.masks().is_masked(place)).collect();
        chance.shuffle(&mut open);
        open.truncate(masks.count_in(range.clone()) - fixed.len());
        places.extend(fixed.iter().copied().chain(open));
    }
    Masks::at(masks.len(), places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::data::{Corpus, ReberSettings, generate};
    use crate::network::Initialisation;
    use crate::prune::{Scope, Selection};
    use crate::recipe::{Recipe, Stage};
    use crate::sparsify::Period;
    use crate::train::Training;

    fn corpus() -> Corpus<'static> {
        let data = generate(&ReberSettings { count: 200, ..ReberSettings::default() });
        Corpus::try_from(data.unwrap()).unwrap()
    }

    fn recipe(rewind: Rewind, epochs: u32) -> Recipe {
        let training = Training { schedule: crate::train::Schedule::Linear, ..Training::default() };
        Recipe::new(Cell::Gru, &[6, 5])
            .training(training)
            .train(3)
            .then(Stage::Prune(Selection::new(Scope::Both, 50.0)))
            .then(Stage::Rewind(rewind))
            .retrain(epochs)
    }

    #[test]
    fn weights_go_back_to_what_they_were_at_that_update() {
        let corpus = corpus();
        let per_epoch = corpus.train.len().div_ceil(32) as u64;
        // The first of three epochs, with its rate.
        let stream = Stream::new(5, "shuffle");
        let mut trainer = Trainer::new(network_of(&corpus), recipe_of(0).training, stream);
        trainer.epoch(&corpus.train).unwrap();
        let trained = trainer.into_network();
        for (to, weights) in [
            (Period::Updates(0), network_of(&corpus)),
            (Period::Epochs(1), trained.clone()),
            (Period::Updates(per_epoch), trained),
        ] {
            let rewound = recipe(Rewind { to, ticket: Ticket::Found }, 0);
            let network = rewound.run(&corpus, 5, |_| ()).unwrap().model.network;
            let mut expected = weights;
            expected.mask(network.masks());
            assert_eq!(network, expected, "{to}");
        }
    }

    fn recipe_of(updates: u64) -> Recipe {
        recipe(Rewind { to: Period::Updates(updates), ticket: Ticket::Found }, 0)
    }

    fn network_of(corpus: &Corpus) -> Network {
        recipe_of(0).network(None, corpus.into(), 5).unwrap()
    }

    #[test]
    fn controls_differ_in_weights_alone_or_in_masks_alone() {
        let corpus = corpus();
        let drawn = |ticket, init| {
            let recipe = recipe(Rewind { to: Period::Updates(0), ticket }, 0);
            Recipe { init, ..recipe }.run(&corpus, 5, |_| ()).unwrap().model.network
        };
        let of = |ticket| drawn(ticket, Initialisation::default());
        let (found, fresh, shuffled) =
            (of(Ticket::Found), of(Ticket::Reinitialized), of(Ticket::Shuffled));
        assert_eq!(found.masks(), fresh.masks());
        assert_ne!(found.masks(), shuffled.masks());
        let initial = network_of(&corpus);
        for weight in initial.layout().weights() {
            let count = |network: &Network| network.masks().count_in(weight.range.clone());
            assert_eq!(count(&found), count(&shuffled));
            for place in weight.range {
                for network in [&found, &shuffled] {
                    let kept = !network.masks().is_masked(place);
                    let value = if kept { initial.parameters()[place] } else { 0.0 };
                    assert_eq!(network.parameters()[place], value);
                }
                let left = !fresh.masks().is_masked(place);
                assert!(!left || fresh.parameters()[place] != initial.parameters()[place]);
            }
        }
        // New weights are drawn as the old ones were.
        let fresh = drawn(Ticket::Reinitialized, Initialisation::Keras);
        assert_ne!(fresh, drawn(Ticket::Found, Initialisation::Keras));
        let biases = initial.layout().layers[0][0].bias_ih.clone();
        assert!(fresh.parameters()[biases].iter().all(|&bias| bias == 0.0));
    }

    #[test]
    fn a_moment_after_the_first_training_is_refused() {
        for to in [Period::Epochs(4), Period::Updates(1_000_000)] {
            let error = recipe(Rewind { to, ticket: Ticket::Found }, 1)
                .run(&corpus(), 0, |_| ())
                .unwrap_err();
            assert!(matches!(error, RunError::PastEnd { .. }), "{error}");
        }
    }
}
