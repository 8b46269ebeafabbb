//! `rarefy analyze`: statistics of any table of records.

mod correlate;
mod describe;
mod predict;
mod records;

use clap::Subcommand;

/// What can be asked of records.
#[derive(Debug, Subcommand)]
pub enum AnalyzeCommand {
    /// Correlation of each column with a target, with intervals and p-values
    Correlate(correlate::CorrelateArguments),
    /// How well a target is predicted from other columns, in held-out rows
    Predict(predict::PredictArguments),
    /// Means of columns with intervals, by groups of rows
    Describe(describe::DescribeArguments),
}

/// Runs `rarefy analyze`.
pub fn run(command: AnalyzeCommand) -> anyhow::Result<()> {
    match command {
        AnalyzeCommand::Correlate(arguments) => correlate::run(&arguments),
        AnalyzeCommand::Predict(arguments) => predict::run(&arguments),
        AnalyzeCommand::Describe(arguments) => describe::run(&arguments),
    }
}
