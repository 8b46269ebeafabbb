//! The `rarefy` command: arguments in, results on stdout, progress on stderr.

mod arguments;
mod cli;
mod command;
mod destination;
mod help;
mod interrupt;
mod output;
mod progress;
mod results;
mod session;
mod table;
mod watch;

use std::process::ExitCode;

#[doc(hidden)]
pub use crate::help::grouped;

use crate::arguments::WrongUse;
use crate::cli::Cli;

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::of_program() {
        Ok(cli) => cli,
        Err(said) => return says(&said),
    };
    match rarefy::check_instruction_set().map_err(Into::into).and_then(|()| cli.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref::<WrongUse>() {
            Some(wrong) => says(&Cli::wrong_use(wrong)),
            None => {
                output::error(&message(&error));
                ExitCode::FAILURE
            }
        },
    }
}

/// The command line as clap knows it, for tests of its help.
#[doc(hidden)]
pub fn command() -> clap::Command {
    Cli::accepted()
}

/// Prints clap's message. The exit code is 2 if it is about wrong use.
fn says(said: &clap::Error) -> ExitCode {
    // If printing fails, the exit code still reports the outcome.
    drop(said.print());
    ExitCode::from(said.exit_code() as u8)
}

/// The error and its causes on one line, without repetition: some messages already contain their
/// cause.
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

/// Whether the reader of the output has closed it (`| head`), which is not a failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let kind = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
    };
    error.chain().any(|cause| kind(cause) == Some(std::io::ErrorKind::BrokenPipe))
}
