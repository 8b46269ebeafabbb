//! `rarefy analyze`: statistics of any table of records.

mod correlate;
mod describe;
mod predict;
mod records;
mod variance;

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
    /// How much of a column's variance is between groups of rows, such as graphs
    Variance(variance::VarianceArguments),
}

/// Runs `rarefy analyze`.
pub fn run(command: AnalyzeCommand) -> anyhow::Result<()> {
    match command {
        AnalyzeCommand::Correlate(arguments) => correlate::run(&arguments),
        AnalyzeCommand::Predict(arguments) => predict::run(&arguments),
        AnalyzeCommand::Describe(arguments) => describe::run(&arguments),
        AnalyzeCommand::Variance(arguments) => variance::run(&arguments),
    }
}
