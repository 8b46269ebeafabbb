//! `rarefy study`: experiments declared in a file.

mod collect;
mod named;
mod plan;
mod run;
mod status;
mod submit;

use clap::Subcommand;

/// What can be done with a study.
#[derive(Debug, Subcommand)]
pub enum StudyCommand {
    /// Run the trials of a study, or the rest of them
    Run(run::RunStudyArguments),
    /// Show what a study would run, and how long it should take
    Plan(plan::PlanArguments),
    /// Show how far a study is, and what failed
    Status(status::StatusArguments),
    /// Write the records so far as tables
    Collect(collect::CollectArguments),
    /// Run a study on a cluster
    Submit(submit::SubmitArguments),
}

/// Runs `rarefy study`.
pub fn run(command: StudyCommand) -> anyhow::Result<()> {
    match command {
        StudyCommand::Run(arguments) => run::run(&arguments),
        StudyCommand::Plan(arguments) => plan::run(&arguments),
        StudyCommand::Status(arguments) => status::run(&arguments),
        StudyCommand::Collect(arguments) => collect::run(&arguments),
        StudyCommand::Submit(arguments) => submit::run(&arguments),
    }
}
