//! The `rarefy` command: arguments in, results on stdout, progress on stderr.

mod arguments;
mod chart;
mod command;
mod destination;
mod drawing;
mod file_arguments;
mod foreign;
mod interrupt;
mod measure;
mod naming;
mod output;
mod prediction;
mod progress;
mod raster;
mod report;
mod serve;
mod strings;
mod table;
mod watch;

use std::process::ExitCode;

use crate::arguments::{Cli, Command};

fn main() -> ExitCode {
    // Wrong use ends here, with exit code 2 and a hint from clap.
    let cli = Cli::of_program();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&message(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    rarefy::kernel::check_instruction_set()?;
    match command {
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
        Command::Completions(arguments) => command::completions::run(&arguments),
        Command::Man(arguments) => command::man::run(&arguments),
    }
}

/// The error and its causes on one line, each said once: some messages already hold
/// their cause.
fn message(error: &anyhow::Error) -> String {
    let mut message = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !message.contains(&cause) {
            message += ": ";
            message += &cause;
        }
    }
    message
}

/// Whoever reads our output may have enough of it (`| head`): that is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let kind = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
    };
    error.chain().any(|cause| kind(cause) == Some(std::io::ErrorKind::BrokenPipe))
}
