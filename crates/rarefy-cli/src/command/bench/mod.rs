//! `rarefy bench`: how fast this machine computes, measured as ratios.

mod graph;
mod sparse;
mod train;

use clap::Subcommand;

/// What can be measured.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Training epochs at the thesis's settings, on one core, against the machine's peak
    Train(train::BenchTrainArguments),
    /// Pruned networks against dense ones of the same size, on one core
    Sparse(sparse::BenchSparseArguments),
    /// Networks wired as the thesis's graphs: seconds of one core to train one
    Graph(graph::BenchGraphArguments),
}

/// Runs `rarefy bench`.
pub fn run(command: BenchCommand) -> anyhow::Result<()> {
    match command {
        BenchCommand::Train(arguments) => train::run(&arguments),
        BenchCommand::Sparse(arguments) => sparse::run(&arguments),
        BenchCommand::Graph(arguments) => graph::run(&arguments),
    }
}
