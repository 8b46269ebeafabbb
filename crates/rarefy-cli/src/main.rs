//! The `rarefy` command.

fn main() -> std::process::ExitCode {
    rarefy_cli::run(std::env::args_os()).into()
}
