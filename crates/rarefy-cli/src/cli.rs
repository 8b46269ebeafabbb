//! The command line as a whole: its commands, and which code runs each of them.

use std::ffi::OsString;
use std::num::{IntErrorKind, ParseIntError};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand, value_parser};
use rarefy::suggest::nearest;

use crate::arguments::{WrongUse, at_least_one};
use crate::command;
use crate::help::arranged;

/// Investigate and use sparsity in recurrent neural networks
///
/// Train networks on labelled sequences, prune them, measure how they recover, and reproduce
/// the thesis behind these experiments.
#[derive(Debug, Parser)]
#[command(name = "rarefy", version, arg_required_else_help = true)]
#[command(after_help = include_str!("help/rarefy.txt"))]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

impl Cli {
    /// The parsed arguments of the program, or clap's output: help, version or an error.
    pub fn of(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let matches = Self::accepted().try_get_matches_from(arguments);
        let matches = matches.map_err(|error| clearer(error, arguments))?;
        Self::from_arg_matches(&matches)
    }

    /// Everything that clap accepts.
    pub fn accepted() -> clap::Command {
        accepted(arranged(Self::command()))
    }

    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Reproduce(arguments) => command::reproduce::run(&arguments),
            Command::Data { command } => command::data::run(command),
            Command::Train(arguments) => command::train::run(&arguments),
            Command::Eval(arguments) => command::eval::run(&arguments),
            Command::Prune(arguments) => command::prune::run(&arguments),
            Command::Quantize(arguments) => command::quantize::run(&arguments),
            Command::Shrink(arguments) => command::shrink::run(&arguments),
            Command::Recover(arguments) => command::recover::run(&arguments),
            Command::Graph { command } => command::graph::run(command),
            Command::Analyze { command } => command::analyze::run(command),
            Command::Bench { command } => command::bench::run(command),
            Command::Study { command } => command::study::run(command),
            Command::Limits(arguments) => command::limits::run(&arguments),
            Command::Export(arguments) => command::export::run(&arguments),
            Command::Report(arguments) => command::report::run(&arguments),
            Command::Serve(arguments) => command::serve::run(&arguments),
            Command::Completions(arguments) => {
                command::completions::run(&arguments, arranged(Self::command()))
            }
            Command::Man(arguments) => command::man::run(&arguments, arranged(Self::command())),
        }
    }

    /// Wrong use that only a command could detect, as a clap error of that command.
    pub fn wrong_use(WrongUse(reason): &WrongUse, arguments: &[OsString]) -> clap::Error {
        let mut all = Self::accepted();
        all.build();
        let mut command = &mut all;
        for word in &arguments[1..] {
            if command.find_subcommand(word).is_none() {
                break;
            }
            command = command.find_subcommand_mut(word).expect("it was found");
        }
        command.error(ErrorKind::ArgumentConflict, reason)
    }
}

/// Accepts without listing them: names of values in capital letters, and --seed, --jobs and --quiet
/// where they have no effect, so that scripts can pass them to every command. A negative number is
/// a value of an option, so that the option says what it expects instead.
fn accepted(mut command: clap::Command) -> clap::Command {
    command = command.mut_subcommands(accepted);
    let tolerant = |arg: Arg| match arg.get_action().takes_values() {
        true => {
            let (is_name, is_option) =
                (!arg.get_possible_values().is_empty(), !arg.is_positional());
            arg.ignore_case(is_name).allow_negative_numbers(is_option)
        }
        false => arg,
    };
    if command.has_subcommands() {
        return command.mut_args(tolerant);
    }
    let number = |name| Arg::new(name).long(name);
    let seed = number("seed").value_parser(value_parser!(u64));
    let jobs = number("jobs").value_parser(at_least_one);
    let quiet = Arg::new("quiet").long("quiet").short('q').action(ArgAction::SetTrue);
    for arg in [seed, jobs, quiet] {
        if command.get_arguments().all(|known| known.get_id() != arg.get_id()) {
            command = command.arg(arg.hide(true));
        }
    }
    command.mut_args(tolerant)
}

/// What training says about its input, which a model keeps.
const ENCODING: [&str; 3] = ["--tokens", "--min-count", "--scaling"];

/// The error with what to do next, where clap does not say it.
fn clearer(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    };
    let (option, value) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    let is_digit_wrong = std::error::Error::source(&error)
        .and_then(|source| source.downcast_ref::<ParseIntError>())
        .is_some_and(|source| *source.kind() == IntErrorKind::InvalidDigit);
    if is_digit_wrong {
        return Cli::wrong_use(
            &WrongUse(format!(
                "invalid value '{value}' for '{option}': expected a whole number, 0 or more"
            )),
            arguments,
        );
    }
    if error.kind() == ErrorKind::UnknownArgument && error.get(ContextKind::SuggestedArg).is_none()
    {
        let (mut all, mut others) = (Cli::accepted(), Vec::new());
        all.build();
        having(&all, option.trim_start_matches("--"), &mut others);
        if !others.is_empty() {
            let keeps = match ENCODING.contains(&option.as_str()) {
                true => ". A model keeps what it was trained with",
                false => "",
            };
            return Cli::wrong_use(
                &WrongUse(format!(
                    "unexpected argument '{option}': it is an option of {}{keeps}",
                    others.join(", ")
                )),
                arguments,
            );
        }
    }
    suggesting(error)
}

/// The commands that list this option.
fn having(command: &clap::Command, option: &str, found: &mut Vec<String>) {
    for command in command.get_subcommands() {
        let mut arguments = command.get_arguments().filter(|argument| !argument.is_hide_set());
        if arguments.any(|argument| argument.get_long() == Some(option)) {
            let name = command.get_bin_name().unwrap_or(command.get_name());
            found.push(format!("`{name}`"));
        }
        having(command, option, found);
    }
}

/// Typing mistakes in capital letters get suggestions, too.
fn suggesting(mut error: clap::Error) -> clap::Error {
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

/// What can be done.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run a paper's experiments, by default the thesis's, and write a report
    Reproduce(command::reproduce::ReproduceArguments),
    /// Draw the thesis's data set or another problem, or describe a data file
    Data {
        #[command(subcommand)]
        command: command::data::DataCommand,
    },
    /// Train a recurrent classifier on labelled sequences
    Train(command::train::TrainArguments),
    /// Measure a model on labelled sequences
    Eval(command::eval::EvalArguments),
    /// Set the recurrent weights that matter least to zero, for good
    Prune(command::prune::PruneArguments),
    /// Take units out that nothing reads or that read nothing
    Shrink(command::shrink::ShrinkArguments),
    /// Compute in integers of 8 bits, as on a microcontroller
    Quantize(command::quantize::QuantizeArguments),
    /// Retrain a pruned model until it is as accurate as before
    Recover(command::recover::RecoverArguments),
    /// Generate, measure, convert and draw graphs
    Graph {
        #[command(subcommand)]
        command: command::graph::GraphCommand,
    },
    /// Correlate, predict and summarise columns of any table
    Analyze {
        #[command(subcommand)]
        command: command::analyze::AnalyzeCommand,
    },
    /// Measure training speed and the speed of pruned networks
    Bench {
        #[command(subcommand)]
        command: command::bench::BenchCommand,
    },
    /// Run the trials that a study file declares, here or on a cluster
    Study {
        #[command(subcommand)]
        command: command::study::StudyCommand,
    },
    /// Find how far a model can be pruned, and keep the smallest good one
    Limits(command::limits::LimitsArguments),
    /// Write a model as PyTorch, ONNX or C
    Export(command::export::ExportArguments),
    /// Write the report of a study, finished or not
    Report(command::report::ReportArguments),
    /// Watch studies in a browser as they run
    Serve(command::serve::ServeArguments),
    /// Print a shell completion script
    Completions(command::completions::CompletionsArguments),
    /// Print the manual page, or write one per command
    Man(command::man::ManArguments),
}
