//! The command line as a whole: which commands there are, and what runs each.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand, value_parser};
use rarefy::suggest::nearest;

use crate::arguments::{WrongUse, at_least_one};
use crate::command;

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
    command: Command,
}

impl Cli {
    /// What the program was started with, or what clap has to say: its help, its version, or
    /// what is wrong.
    pub fn of_program() -> Result<Self, clap::Error> {
        let matches = accepted(Self::command()).try_get_matches().map_err(suggesting)?;
        Self::from_arg_matches(&matches)
    }

    /// Does what is asked.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Reproduce(arguments) => command::reproduce::run(&arguments),
            Command::Data { command } => command::data::run(command),
            Command::Train(arguments) => command::train::run(&arguments),
            Command::Eval(arguments) => command::eval::run(&arguments),
            Command::Prune(arguments) => command::prune::run(&arguments),
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
                command::completions::run(&arguments, Self::command())
            }
            Command::Man(arguments) => command::man::run(&arguments, Self::command()),
        }
    }

    /// Wrong use that only a command could see, as clap says it.
    pub fn wrong_use(WrongUse(reason): &WrongUse) -> clap::Error {
        Self::command().error(ErrorKind::ArgumentConflict, reason)
    }
}

/// What is accepted, though not listed: names of values in capital letters, and --seed, --jobs
/// and --quiet where they change nothing, so that scripts can pass them to every command.
fn accepted(mut command: clap::Command) -> clap::Command {
    let in_any_case = |arg: Arg| {
        let is_name = arg.get_action().takes_values() && !arg.get_possible_values().is_empty();
        if is_name { arg.ignore_case(true) } else { arg }
    };
    command = command.mut_args(in_any_case).mut_subcommands(accepted);
    if command.has_subcommands() {
        return command;
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
    command
}

/// Names in capital letters have typos, too.
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
    /// Statistics of records: what is related to a target, and how well it can be predicted
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
    /// Print a shell completion script
    Completions(command::completions::CompletionsArguments),
    /// Print the manual page, or write a page for each command
    Man(command::man::ManArguments),
}
