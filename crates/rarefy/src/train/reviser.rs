//! What changes a network's masks while it is trained.

use super::{Loss, Moved, Trainer};
use crate::network::Batch;

/// Where a training stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Updates so far.
    pub updates: u64,
    /// Updates in all; with patience the most.
    pub of: u64,
    /// Updates of an epoch.
    pub per_epoch: u64,
}

/// What becomes of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    /// An update of the weights.
    Update,
    /// No further update: the batch was dealt with, and had this loss.
    Done(Loss),
    /// The epoch ends before it.
    Stop,
}

/// Something that is asked before each update, and may revise the network instead of it or as well:
/// gradual pruning, dynamic sparse training, a penalty. A closure that looks at the batch is one,
/// which changes nothing.
///
/// ```
/// # use rarefy::cell::Cell;
/// # use rarefy::data::{Corpus, ReberSettings, generate};
/// # use rarefy::network::{Architecture, Batch, Input, Network};
/// # use rarefy::random::Stream;
/// # use rarefy::train::{Progress, Trainer, Training};
/// # let settings = ReberSettings { count: 100, ..ReberSettings::default() };
/// # let corpus = Corpus::try_from(generate(&settings)?)?;
/// # let input = Input::of(&corpus.encoding, 4);
/// # let network = Network::initialise(Architecture::stack(input, Cell::Gru, &[4], 2)?, 1);
/// let mut trainer = Trainer::new(network, Training::default(), Stream::new(1, "shuffle"));
/// let mut sequences = 0;
/// let mut count = |batch: &Batch| sequences += batch.count();
/// trainer.epoch_with(&corpus.train, Progress::default(), &mut count).unwrap();
/// assert_eq!(sequences, corpus.train.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Reviser {
    /// Called before the update with each batch.
    fn before_update(&mut self, trainer: &mut Trainer, batch: &Batch, at: Progress) -> Turn;

    /// Called after each epoch, before the network is scored. What it returns stands in the
    /// epoch's result.
    fn after_epoch(&mut self, trainer: &mut Trainer, at: Progress) -> Option<Moved> {
        let _ = (trainer, at);
        None
    }
}

impl<F: FnMut(&Batch)> Reviser for F {
    fn before_update(&mut self, _: &mut Trainer, batch: &Batch, _: Progress) -> Turn {
        self(batch);
        Turn::Update
    }
}
