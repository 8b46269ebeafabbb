//! How a network is trained.

use std::num::NonZeroUsize;

use clap::Args;
use rarefy::data::{Encoding, Vocabulary};
use rarefy::study::Settings;
use rarefy::train::{ClassWeights, Readout, Schedule, Training};

use super::values::{at_least_one, one_of, positive};
use super::wrong_use::WrongUse;

/// How wide the embedding of texts is.
#[derive(Debug, Args)]
pub struct EmbeddingArguments {
    /// Width of the embedding of texts [default: that of the first layer]. With --tokens words it
    /// holds most of a model's numbers, and is not pruned
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    embedding: Option<NonZeroUsize>,
}

impl EmbeddingArguments {
    pub fn width(&self) -> Option<usize> {
        self.embedding.map(NonZeroUsize::get)
    }

    /// # Errors
    /// Where there is no embedding to be wide.
    pub fn check(&self, encoding: &Encoding) -> anyhow::Result<()> {
        if self.embedding.is_some() && encoding.scaling().is_some() {
            return Err(WrongUse::error(
                "--embedding is about texts: series enter the network as they are",
            ));
        }
        Ok(())
    }
}

/// Where help lists how a network is trained.
const TRAINING: &str = "Training";

/// How a network is trained.
#[derive(Debug, Args)]
pub struct TrainingArguments {
    /// Strings in a batch
    #[arg(help_heading = TRAINING, long, value_name = "N", default_value = "32", value_parser = at_least_one)]
    batch: NonZeroUsize,
    /// Adam's learning rate
    #[arg(help_heading = TRAINING, long, value_name = "RATE", default_value_t = 0.001, value_parser = positive, allow_negative_numbers = true)]
    lr: f64,
    /// Largest norm of the gradient; longer ones are scaled down to it
    #[arg(help_heading = TRAINING, long, value_name = "NORM", default_value_t = 5.0, value_parser = positive, allow_negative_numbers = true)]
    clip: f64,
    /// How the learning rate goes down from epoch to epoch, from --lr
    #[arg(help_heading = TRAINING, long, value_parser = one_of::<Schedule>(), default_value_t)]
    schedule: Schedule,
    /// How much the strings of each class count in training; the losses that are shown are never
    /// weighted
    #[arg(help_heading = TRAINING, long, value_parser = one_of::<ClassWeights>(), default_value_t)]
    class_weights: ClassWeights,
    /// Stop after this number of epochs without a lower loss on the held-out strings (--validation);
    /// the network is then that of the epoch with the lowest [default: run all
    /// --epochs and take the last]
    #[arg(help_heading = TRAINING, long, value_name = "EPOCHS", value_parser = clap::value_parser!(u32).range(1..))]
    pub patience: Option<u32>,
}

impl TrainingArguments {
    /// As settings of a study.
    pub fn settings(&self) -> Settings {
        Settings {
            batch: Some(self.batch.get()),
            learning_rate: Some(self.lr),
            clip: Some(self.clip),
            class_weights: Some(self.class_weights),
            patience: self.patience,
            schedule: Some(self.schedule),
            ..Settings::default()
        }
    }

    /// As settings, with the answer read at `readout`.
    pub fn training(&self, readout: Readout) -> Training {
        Training {
            batch: self.batch.get(),
            learning_rate: self.lr,
            clip: self.clip,
            readout,
            class_weights: self.class_weights,
            patience: self.patience,
            schedule: self.schedule,
        }
    }
}

/// Where the answer is read unless it is said: the thesis's way for its kind of data, and
/// independent of padding for others.
pub fn usual_readout(encoding: &Encoding) -> Readout {
    match encoding.vocabulary().and_then(Vocabulary::characters) {
        Some(_) => Readout::Padded,
        None => Readout::Last,
    }
}

/// The size of a layer.
pub fn units(text: &str) -> Result<usize, String> {
    let size = text.parse().ok().filter(|&size| size > 0);
    size.ok_or_else(|| "expected layer sizes of at least 1, like 50,50,50".to_owned())
}
