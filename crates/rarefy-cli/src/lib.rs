//! The `rarefy` command: arguments in, results on stdout, progress on stderr.

mod arguments;
mod cli;
mod command;
mod destination;
mod help;
mod interrupt;
mod log;
mod output;
mod progress;
mod results;
mod session;
mod table;
mod watch;

use std::ffi::OsString;

#[doc(hidden)]
pub use crate::help::grouped;

use crate::arguments::WrongUse;
use crate::cli::Cli;

/// Runs the program with these arguments, the first of which is its name, and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    interrupt::typed_as(&arguments);
    let cli = match Cli::of(&arguments) {
        Ok(cli) => cli,
        Err(said) => return says(&said),
    };
    match rarefy::check_instruction_set().map_err(Into::into).and_then(|()| cli.run()) {
        Ok(()) => 0,
        Err(error) if is_closed_pipe(&error) => 0,
        Err(error) => match error.downcast_ref::<WrongUse>() {
            Some(wrong) => says(&Cli::wrong_use(wrong, &arguments)),
            None => {
                output::error(&message(&error));
                1
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
fn says(said: &clap::Error) -> u8 {
    // If printing fails, the exit code still reports the outcome.
    drop(said.print());
    said.exit_code() as u8
}

/// The error and its causes on one line, without repetition: some messages already contain their
/// cause.
pub fn message(error: &anyhow::Error) -> String {
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
