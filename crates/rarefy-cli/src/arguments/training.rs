//! How a network is trained.

use std::num::NonZeroUsize;

use clap::builder::TypedValueParser;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use rarefy::cell::Cell;
use rarefy::data::{Encoding, Vocabulary};
use rarefy::recipe::Recipe;
use rarefy::study::{Settings, Trial, key, shown};
use rarefy::train::{Readout, Training};

use super::values::{at_least_one, names};
use super::wrong_use::WrongUse;

/// How wide the embedding of texts is.
#[derive(Debug, Args)]
pub struct EmbeddingArguments {
    /// Width of the embedding of texts [default: that of the first layer]
    ///
    /// With --tokens words the embedding holds most of a model's numbers. It is never pruned.
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
                "--embedding is for texts: series enter the network without an embedding",
            ));
        }
        Ok(())
    }
}

/// The settings of studies that say how a network is trained, as options.
const SETTINGS: [&str; 6] =
    [key::batch, key::learning_rate, key::clip, key::schedule, key::class_weights, key::patience];

/// How a network is trained: an option for each of [`SETTINGS`], made from its row.
#[derive(Clone, Debug)]
pub struct TrainingArguments(Settings);

impl TrainingArguments {
    /// As settings of a study.
    pub fn settings(&self) -> Settings {
        self.0.clone()
    }

    /// As settings of training, with the answer read at `readout`.
    pub fn training(&self, readout: Readout) -> Training {
        Training { readout, ..self.0.training() }
    }

    /// Whether training may stop early.
    pub fn may_stop(&self) -> bool {
        self.0.patience.is_some()
    }
}

impl Args for TrainingArguments {
    fn augment_args(command: Command) -> Command {
        let usual = Recipe::new(Cell::Gru, &[1]).training(Settings::default().training());
        let usual = Trial { recipe: usual, seed: 0 };
        SETTINGS.into_iter().fold(command, |command, key| {
            let row = Settings::row(key);
            let choices = (row.choices)();
            let help = row.help.trim();
            let (short, _) = help.split_once(". ").unwrap_or((help, ""));
            let option = Arg::new(key)
                .long(row.option)
                .value_name(row.value)
                .help(short.trim_end_matches('.'))
                .long_help(help.trim_end_matches('.'))
                .allow_negative_numbers(true);
            let read = move |text: &str| Settings::read(key, text);
            let option = match choices.is_empty() {
                true => option.value_parser(read),
                false => option
                    .value_parser(names(choices, str::to_owned).try_map(move |name| read(&name))),
            };
            command.arg(match shown(&usual.value(key)) {
                none if none.is_empty() => option,
                usual => option.default_value(usual),
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for TrainingArguments {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut arguments = Self(Settings::default());
        arguments.update_from_arg_matches(matches)?;
        Ok(arguments)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let said = SETTINGS.into_iter().filter_map(|key| matches.get_one::<Settings>(key));
        said.for_each(|setting| self.0.overlay(setting));
        Ok(())
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
