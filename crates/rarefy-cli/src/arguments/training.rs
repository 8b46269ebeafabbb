//! How a network is trained.

use std::marker::PhantomData;
use std::num::NonZeroUsize;

use clap::builder::TypedValueParser;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use rarefy::cell::Cell;
use rarefy::data::Encoding;
use rarefy::network::Activation;
use rarefy::recipe::Recipe;
use rarefy::study::{Begins, Settings, Sparse, Trial, key, shown};
use rarefy::train::{Readout, Training};

use super::values::{at_least_one, names};
use super::wrong_use::WrongUse;

/// The shape of a network besides its recurrent layers.
#[derive(Debug, Args)]
pub struct ShapeArguments {
    /// Read in both directions
    ///
    /// Each layer has as many units again that read the sequence from its end; what follows reads
    /// both.
    #[arg(long)]
    bidirectional: bool,
    /// Units of hidden linear layers before the output [default: none]
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', value_parser = units)]
    head: Option<Vec<usize>>,
    /// Width of the embedding of texts [default: that of the first layer]
    ///
    /// With --tokens words the embedding holds most of a model's numbers. It is never pruned.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    embedding: Option<NonZeroUsize>,
}

impl ShapeArguments {
    /// As settings of a study.
    ///
    /// # Errors
    /// If there is an activation but no hidden linear layer.
    pub fn settings(&self, activation: Option<Activation>) -> anyhow::Result<Settings> {
        let settings = Settings {
            embedding: self.embedding.map(NonZeroUsize::get),
            bidirectional: self.bidirectional.then_some(true),
            head: self.head.clone(),
            activation,
            ..Settings::default()
        };
        settings.head().map_err(|wrong| WrongUse::error(format!("--{wrong}")))?;
        Ok(settings)
    }

    /// Whether any of it is said.
    pub fn is_said(&self) -> bool {
        self.embedding.is_some() || self.bidirectional || self.head.is_some()
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

/// Settings of studies as options, each made from its row.
#[derive(Clone, Debug)]
pub struct SettingArguments<K>(Settings, PhantomData<K>);

/// Which settings.
pub trait Keys: Clone + Send + Sync + 'static {
    const KEYS: &'static [&'static str];
}

/// How a network is trained.
#[derive(Clone, Debug)]
pub struct OfTraining;

impl Keys for OfTraining {
    const KEYS: &'static [&'static str] = &[
        key::batch,
        key::optimizer,
        key::learning_rate,
        key::weight_decay,
        key::momentum,
        key::clip,
        key::clip_by,
        key::schedule,
        key::class_weights,
        key::patience,
        key::dropout,
        key::input_dropout,
        key::recurrent_dropout,
        key::bptt,
    ];
}

/// How a network becomes sparse in its training.
#[derive(Clone, Debug)]
pub struct OfSparsity;

impl Keys for OfSparsity {
    const KEYS: &'static [&'static str] = &[
        key::sparsify,
        key::density,
        key::criterion,
        key::ranking,
        key::grain,
        key::scope,
        key::samples,
        key::every,
        key::fraction,
        key::moments,
        key::begin,
        key::end,
        key::strength,
    ];
}

/// How masks change in retraining.
#[derive(Clone, Debug)]
pub struct OfRetraining;

impl Keys for OfRetraining {
    const KEYS: &'static [&'static str] =
        &[key::sparsify, key::every, key::fraction, key::moments, key::begin, key::end];
}

pub type TrainingArguments = SettingArguments<OfTraining>;
pub type SparsifyArguments = SettingArguments<OfSparsity>;
pub type RetrainingArguments = SettingArguments<OfRetraining>;

impl SparsifyArguments {
    /// What they say, of a network that `begins` like this.
    pub fn sparse(&self, begins: Begins) -> anyhow::Result<Sparse> {
        if self.0 == Settings::default() {
            return Ok(Sparse::default());
        }
        if self.0.sparsify.is_none() {
            return Err(WrongUse::error(
                "--sparsify METHOD is missing: the other options of sparsity say how it is done",
            ));
        }
        self.0.sparse(begins).map_err(|wrong| WrongUse::error(format!("--{wrong}")))
    }
}

impl<K> SettingArguments<K> {
    /// As settings of a study.
    pub fn settings(&self) -> Settings {
        self.0.clone()
    }
}

impl TrainingArguments {
    /// As settings of training, with the answer read at `readout`.
    pub fn training(&self, readout: Readout) -> Training {
        Training { readout, ..self.0.training() }
    }

    /// # Errors
    /// Where they contradict each other.
    pub fn check(&self) -> anyhow::Result<()> {
        self.0.training().check().map_err(|wrong| WrongUse::error(wrong.to_string()))
    }

    /// Whether training may stop early.
    pub fn may_stop(&self) -> bool {
        self.0.patience.is_some()
    }
}

impl<K: Keys> Args for SettingArguments<K> {
    fn augment_args(command: Command) -> Command {
        let usual = Recipe::new(Cell::Gru, &[1]).training(Settings::default().training());
        let usual = Trial { recipe: usual, seed: 0 };
        K::KEYS.iter().fold(command, |command, &key| {
            let row = Settings::row(key);
            let choices = (row.choices)();
            let help = row.help.trim();
            let (short, _) = help.split_once(". ").unwrap_or((help, ""));
            let option = Arg::new(key)
                .long(row.option)
                .value_name(row.value)
                .help(short.trim_end_matches('.'))
                .long_help(help.trim_end_matches('.'));
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

impl<K: Keys> FromArgMatches for SettingArguments<K> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut arguments = Self(Settings::default(), PhantomData);
        arguments.update_from_arg_matches(matches)?;
        Ok(arguments)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let said = K::KEYS.iter().filter_map(|key| matches.get_one::<Settings>(key));
        said.for_each(|setting| self.0.overlay(setting));
        Ok(())
    }
}

/// The size of a layer.
pub fn units(text: &str) -> Result<usize, String> {
    let size = text.parse().ok().filter(|&size| size > 0);
    size.ok_or_else(|| "expected layer sizes of at least 1, like 50,50,50".to_owned())
}
