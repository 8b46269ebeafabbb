//! A study that is run: shown as it runs, ended by Ctrl-C.

use anyhow::{Context, bail};
use rarefy::study::{Folder, Outcome, Session, Shard};

use crate::interrupt;
use crate::watch::Watch;

/// Runs the trials of `session`, or of one `shard` of them, that have no record yet, on `jobs`
/// threads.
pub fn run(
    session: &Session,
    jobs: usize,
    shard: Option<Shard>,
    watch: Watch,
) -> anyhow::Result<Outcome> {
    interrupt::stops(session.stop())?;
    session.run(jobs, shard, &watch).context(
        "the study cannot go on; what was finished stays, and the same command goes on from there",
    )
}

/// An error where a run did not do all that it was asked for.
pub fn ended_early(outcome: &Outcome, folder: &Folder) -> anyhow::Result<()> {
    let Outcome { asked, done, failed, .. } = *outcome;
    if outcome.stopped {
        bail!("stopped: {done} of {asked} trials are done; the same command goes on from there");
    }
    if failed > 0 {
        bail!(
            "{failed} of {asked} trials failed; `rarefy study status {}` says why, and the same command \
             tries them again",
            folder.path().display()
        );
    }
    Ok(())
}
