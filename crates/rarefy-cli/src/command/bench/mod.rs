//! `rarefy bench`: how fast this machine computes, measured as ratios.

mod graph;
mod sparse;
mod train;

use clap::Subcommand;

/// What can be measured.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Speed of training at the thesis's settings, against the machine's peak
    Train(train::BenchTrainArguments),
    /// Speed of pruned networks, against dense ones of the same size
    Sparse(sparse::BenchSparseArguments),
    /// Time to train networks wired as the thesis's graphs
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
