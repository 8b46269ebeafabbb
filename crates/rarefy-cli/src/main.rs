//! The `rarefy` command.

fn main() -> std::process::ExitCode {
    rarefy_cli::main()
}
