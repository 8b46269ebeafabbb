//! `rarefy completions`: a script with which a shell completes the command line.

use std::any::TypeId;
use std::path::PathBuf;

use clap::builder::ValueHint;
use clap::{Arg, Args, Command};
use clap_complete::Shell;

use crate::output::print_whole;

/// Arguments of `rarefy completions`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../help/completions.txt"))]
pub struct CompletionsArguments {
    /// Shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Runs `rarefy completions`; `all` is the whole command line.
pub fn run(arguments: &CompletionsArguments, all: Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    let mut command = with_paths(all);
    clap_complete::generate(arguments.shell, &mut command, "rarefy", &mut script);
    print_whole(&String::from_utf8(script)?)
}

/// Makes every argument that is a path complete as one: as a folder if its value is called DIR.
fn with_paths(command: Command) -> Command {
    let hinted = |argument: Arg| {
        let is_path = argument.get_value_parser().type_id() == TypeId::of::<PathBuf>();
        let is_folder =
            argument.get_value_names().is_some_and(|names| names.iter().any(|name| name == "DIR"));
        match (is_path, is_folder) {
            (false, _) => argument,
            (true, true) => argument.value_hint(ValueHint::DirPath),
            (true, false) => argument.value_hint(ValueHint::FilePath),
        }
    };
    command.mut_args(hinted).mut_subcommands(with_paths)
}
