//! The arguments of every command that computes something.

use std::num::NonZeroUsize;

use clap::Args;
use rarefy::cell::Cell;
use rarefy::parallel::Team;

use super::values::{at_least_one, one_of};

/// What every command that computes something random takes.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Random seed: the same seed gives the same result
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Print no progress
    #[arg(long, short)]
    pub quiet: bool,
}

/// Which cells something is done with, one after the other.
#[derive(Debug, Args)]
pub struct CellsArguments {
    /// Recurrent cells [default: all]
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "CELL,...",
        value_parser = one_of::<Cell>(),
        default_value = "rnn_tanh,rnn_relu,gru,lstm",
        hide_default_value = true
    )]
    pub cells: Vec<Cell>,
}

/// How many threads compute.
#[derive(Debug, Args)]
pub struct JobsArguments {
    /// Threads to use, without effect on results [default: all cores]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    jobs: Option<NonZeroUsize>,
}

impl JobsArguments {
    /// The number of threads given, or else one per core.
    pub fn threads(&self) -> usize {
        let all = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.jobs.unwrap_or_else(all).get()
    }

    /// They compute one network together.
    pub fn team(&self) -> Team {
        Team::new(self.threads())
    }
}
