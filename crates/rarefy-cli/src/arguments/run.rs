//! What every command takes that computes something.

use std::num::NonZeroUsize;

use clap::Args;

/// What every command that computes something random takes.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Seed of everything that is random: the same seed gives the same result
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// No progress on stderr
    #[arg(long, short)]
    pub quiet: bool,
}

/// The threads that were asked for, or one for each core.
pub fn cores(jobs: Option<NonZeroUsize>) -> usize {
    let all = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    jobs.unwrap_or_else(all).get()
}
