//! Running a study: its progress is shown, and Ctrl-C ends it.

use std::path::Path;

use anyhow::{Context, bail};
use rarefy::study::{Folder, Outcome, Session, Shard};

use crate::interrupt;
use crate::watch::Watch;

/// Runs the trials of `session`, or of one `shard` of them, that have no record yet, on `jobs`
/// threads. `rarefy report REPORT` shows the results so far.
pub fn run(
    session: &Session,
    jobs: usize,
    shard: Option<Shard>,
    watch: Watch,
    report: &Path,
) -> anyhow::Result<Outcome> {
    interrupt::keeps(report, Some(session.stop()))?;
    session.run(jobs, shard, &watch).context(
        "the study cannot go on; finished trials are kept, and the same command goes on from there",
    )
}

/// An error if a run ended before all its trials were done.
pub fn ended_early(outcome: &Outcome, folder: &Folder) -> anyhow::Result<()> {
    let Outcome { asked, done, failed, .. } = *outcome;
    if outcome.stopped {
        bail!("stopped: {done} of {asked} trials are done\n{}", interrupt::then());
    }
    if failed > 0 {
        bail!(
            "{failed} of {asked} trials failed: `rarefy study status {}` shows why, and the same \
             command tries them again",
            folder.path().display()
        );
    }
    Ok(())
}
