//! `rarefy study`: experiments that a file declares.

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
    /// Run the trials of a study file that have no record yet; processes in the same folder share them
    Run(run::RunStudyArguments),
    /// Say what a study file would run, and how long it should take
    Plan(plan::PlanArguments),
    /// Say how far a study is
    Status(status::StatusArguments),
    /// Make tables of the records that there are
    Collect(collect::CollectArguments),
    /// Have a cluster run a study
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
