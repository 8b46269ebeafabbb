//! The command line, and the arguments that several commands share.

mod model;

use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::path::Path;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use rarefy::cell::Cell;
use rarefy::data::Encoding;
use rarefy::prune::Scope;
use rarefy::study::Settings;
use rarefy::suggest::nearest;
use rarefy::train;

use crate::command;

pub use model::{HintArguments, ModelArguments};

/// Investigate and use sparsity in recurrent neural networks: train them on labelled
/// strings, prune them, measure how they recover, and reproduce the thesis that asked first.
#[derive(Debug, Parser)]
#[command(name = "rarefy", version, arg_required_else_help = true)]
#[command(after_help = "\
Start with `rarefy reproduce`: it runs the thesis's experiments on this machine in minutes \
and writes a report. Results go to stdout (with --json as one JSON object), progress to stderr. \
Exit code 0: done; 1: failed; 2: wrong use.

Environment: RAREFY_INSTRUCTION_SET=avx2+fma or portable computes as machines with less than this \
one's do, to the bit. NO_COLOR=1 turns colours off.")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// What the program was started with; ends it where that is wrong. Names of values are
    /// taken in capital letters too.
    pub fn of_program() -> Self {
        let matches = in_any_case(Self::command()).try_get_matches();
        let matches = matches.unwrap_or_else(|error| suggesting(error).exit());
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// Names in capital letters have typos, too.
fn suggesting(mut error: clap::Error) -> clap::Error {
    use clap::error::{ContextKind, ContextValue};
    if error.get(ContextKind::SuggestedValue).is_none()
        && let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidValue)
        && let Some(ContextValue::Strings(known)) = error.get(ContextKind::ValidValue)
        && let Some(meant) = nearest(given, known.iter().map(String::as_str))
    {
        let meant = ContextValue::String(meant.to_owned());
        error.insert(ContextKind::SuggestedValue, meant);
    }
    error
}

fn in_any_case(command: clap::Command) -> clap::Command {
    let one = |arg: clap::Arg| match arg.get_possible_values().is_empty()
        || !arg.get_action().takes_values()
    {
        true => arg,
        false => arg.ignore_case(true),
    };
    command.mut_args(one).mut_subcommands(in_any_case)
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Reproduce the thesis's experiments and write a report; goes on where it was stopped
    Reproduce(command::reproduce::ReproduceArguments),
    /// Draw the thesis's data, or describe a file of labelled texts or series
    Data {
        #[command(subcommand)]
        command: command::data::DataCommand,
    },
    /// Train a recurrent classifier on labelled strings
    Train(command::train::TrainArguments),
    /// Measure a model on labelled strings
    Eval(command::eval::EvalArguments),
    /// Set a model's smallest recurrent weights to zero, for good
    Prune(command::prune::PruneArguments),
    /// Retrain a pruned model and count the epochs until it is as good as before
    Recover(command::recover::RecoverArguments),
    /// Make, describe and draw the graphs that networks can be wired as
    Graph {
        #[command(subcommand)]
        command: command::graph::GraphCommand,
    },
    /// Statistics of records: what goes with a target, and how well it can be predicted
    Analyze {
        #[command(subcommand)]
        command: command::analyze::AnalyzeCommand,
    },
    /// Measure how fast this machine trains, and how much faster pruned networks are
    Bench {
        #[command(subcommand)]
        command: command::bench::BenchCommand,
    },
    /// Run an experiment that a file declares: many trials, on one machine or a cluster
    Study {
        #[command(subcommand)]
        command: command::study::StudyCommand,
    },
    /// Find out how sparse a model can be: prune it by ever more, retrain it, and keep the smallest
    /// that is as good
    Limits(command::limits::LimitsArguments),
    /// Write a model for other programs: PyTorch, ONNX, or C without dependencies
    Export(command::export::ExportArguments),
    /// Write the report of a finished or unfinished `reproduce` again, from its records
    Report(command::report::ReportArguments),
    /// Show studies in a browser, as they run
    Serve(command::serve::ServeArguments),
    /// Print what teaches a shell to complete rarefy's commands, options and values
    Completions(command::completions::CompletionsArguments),
    /// Print the manual page, or write a page for each command
    Man(command::man::ManArguments),
}

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

    /// Ends the program where there is no embedding to be wide.
    pub fn check(&self, encoding: &Encoding) {
        if self.embedding.is_some() && encoding.scaling().is_some() {
            wrong_use("--embedding is about texts: series enter the network as they are");
        }
    }
}

/// How a network is trained.
#[derive(Debug, Args)]
pub struct TrainingArguments {
    /// Strings in a batch
    #[arg(long, value_name = "N", default_value = "32", value_parser = at_least_one)]
    batch: NonZeroUsize,
    /// Adam's learning rate
    #[arg(long, value_name = "RATE", default_value_t = 0.001, value_parser = positive, allow_negative_numbers = true)]
    lr: f64,
    /// Largest norm of the gradient; longer ones are scaled down to it
    #[arg(long, value_name = "NORM", default_value_t = 5.0, value_parser = positive, allow_negative_numbers = true)]
    clip: f64,
    /// How the learning rate goes down from epoch to epoch, from --lr
    #[arg(long, default_value = "constant")]
    schedule: Schedule,
    /// How much the strings of each class count in training; the losses that are shown are never
    /// weighted
    #[arg(long, default_value = "none")]
    class_weights: ClassWeights,
    /// Stop when the loss on the held-out strings (--validation) has not been lower than its lowest
    /// for so many epochs; the network is then that of the epoch with the lowest [default: run all
    /// --epochs and take the last]
    #[arg(long, value_name = "EPOCHS", value_parser = clap::value_parser!(u32).range(1..))]
    pub patience: Option<u32>,
}

impl TrainingArguments {
    /// As settings of a study.
    pub fn settings(&self) -> Settings {
        Settings {
            batch: Some(self.batch.get()),
            learning_rate: Some(self.lr),
            clip: Some(self.clip),
            class_weights: Some(self.class_weights.into()),
            patience: self.patience,
            schedule: Some(self.schedule.into()),
            ..Settings::default()
        }
    }

    /// As settings, with the answer read at `readout`.
    pub fn training(&self, readout: train::Readout) -> train::Training {
        train::Training {
            batch: self.batch.get(),
            learning_rate: self.lr,
            clip: self.clip,
            readout,
            class_weights: self.class_weights.into(),
            patience: self.patience,
            schedule: self.schedule.into(),
        }
    }
}

/// What every command that computes something random takes.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Seed of everything that is random: the same seed gives the same result
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// No progress on stderr
    #[arg(long, short)]
    pub quiet: bool,
}

/// Threads where one is enough: accepted, as by every command that computes, so that
/// scripts can pass them everywhere.
#[derive(Debug, Args)]
pub struct UnusedJobs {
    #[arg(long, hide = true, value_parser = at_least_one)]
    jobs: Option<NonZeroUsize>,
}

/// The same where there is no progress to be quiet about.
#[derive(Debug, Args)]
pub struct UnusedQuiet {
    #[arg(long, short, hide = true)]
    quiet: bool,
}

/// The same where nothing is random either.
#[derive(Debug, Args)]
pub struct UnusedRunArguments {
    #[arg(long, hide = true)]
    seed: Option<u64>,
    #[command(flatten)]
    _jobs: UnusedJobs,
    #[command(flatten)]
    _quiet: UnusedQuiet,
}

/// [`train::Readout`] on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Readout {
    /// At the last step of the padded batch, as in the thesis
    Padded,
    /// At each string's own last character
    Last,
}

impl From<Readout> for train::Readout {
    fn from(readout: Readout) -> Self {
        match readout {
            Readout::Padded => Self::Padded,
            Readout::Last => Self::Last,
        }
    }
}

/// [`train::Judge`] on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Judge {
    /// A part held out of the training data
    Validation,
    /// The test data, as in the thesis
    Test,
}

impl From<Judge> for train::Judge {
    fn from(judge: Judge) -> Self {
        match judge {
            Judge::Validation => Self::Validation,
            Judge::Test => Self::Test,
        }
    }
}

/// Whether both paths lead to one file that exists.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// The threads that were asked for, or one for each core.
pub fn cores(jobs: Option<NonZeroUsize>) -> usize {
    let all = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    jobs.unwrap_or_else(all).get()
}

/// A whole number from 1 on.
pub fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "expected a whole number, 1 or more".to_owned())
}

/// One of `names`, so that help, errors and completions list them.
pub fn one_of<T>(names: impl IntoIterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: Debug> + Clone + Send + Sync + 'static,
{
    let names: Vec<&str> = names.into_iter().collect();
    PossibleValuesParser::new(names.clone()).map(move |given: String| {
        let name = names.iter().find(|name| name.eq_ignore_ascii_case(&given));
        name.and_then(|name| name.parse().ok()).expect("a name that is listed is one")
    })
}

/// A cell by its name.
pub fn cell() -> impl TypedValueParser<Value = Cell> {
    one_of(Cell::ALL.map(Cell::name))
}

/// A scope of pruning by its name.
pub fn scope() -> impl TypedValueParser<Value = Scope> {
    one_of(Scope::ALL.map(Scope::name))
}

/// A number from 0 to 100.
pub fn percent(text: &str) -> Result<f64, String> {
    number(text, |value| (0.0..=100.0).contains(&value), "a number from 0 to 100")
}

/// A number from 0 up to, but not, 1.
pub fn share(text: &str) -> Result<f64, String> {
    number(text, |value| (0.0..1.0).contains(&value), "a share: 0 or more, less than 1")
}

/// A number from 0 to 1.
pub fn tolerance(text: &str) -> Result<f64, String> {
    number(text, |value| (0.0..=1.0).contains(&value), "a difference of accuracies, 0 to 1")
}

fn positive(text: &str) -> Result<f64, String> {
    number(text, |value| value > 0.0 && value.is_finite(), "a number above 0")
}

fn number(text: &str, fits: impl Fn(f64) -> bool, expected: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|&value| fits(value));
    value.ok_or_else(|| format!("expected {expected}"))
}

/// Ends the program as clap does when it is used wrongly: exit code 2.
pub fn wrong_use(reason: &str) -> ! {
    Cli::command().error(clap::error::ErrorKind::ArgumentConflict, reason).exit()
}

/// [`train::ClassWeights`] on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ClassWeights {
    /// All alike: a rare class may be learnt late or never
    None,
    /// In inverse proportion to how many there are, so that a rare class weighs as much as a
    /// frequent one
    Balanced,
}

impl From<ClassWeights> for train::ClassWeights {
    fn from(weights: ClassWeights) -> Self {
        match weights {
            ClassWeights::None => Self::None,
            ClassWeights::Balanced => Self::Balanced,
        }
    }
}

/// [`train::Schedule`] on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Schedule {
    /// It stays
    Constant,
    /// By the same amount each epoch, to 0 after the last of --epochs
    Linear,
    /// Along half a cosine, slowly at first and at last, to 0 after the last of --epochs
    Cosine,
}

impl From<Schedule> for train::Schedule {
    fn from(schedule: Schedule) -> Self {
        match schedule {
            Schedule::Constant => Self::Constant,
            Schedule::Linear => Self::Linear,
            Schedule::Cosine => Self::Cosine,
        }
    }
}
