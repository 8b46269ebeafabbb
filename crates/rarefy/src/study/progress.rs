//! The epochs of a running trial, for observers.
//!
//! A record appears when its trial is done. Until then, the process writes its epochs to
//! `trials/ab/NAME.progress`, next to its claim. It does so at most once per second, so a shorter
//! trial leaves no such file and a longer one is not slowed down. No computation reads the file,
//! and it is only valid together with the claim: without a living process that has claimed the
//! trial, it is litter.
//!
//! It is replaced as a whole, so that no reader sees a part. It is not synced, because nobody needs
//! it after a power failure.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::format::temporary;
use crate::train::EpochResult;

/// Shortest time between two writes.
const PAUSE: Duration = Duration::from_secs(1);

/// The progress of a running trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The epochs so far, in the form of the record.
    pub epochs: Vec<EpochResult>,
}

/// Writes the progress of a trial, until this is dropped.
#[derive(Debug)]
pub(super) struct Reporter {
    path: PathBuf,
    progress: Progress,
    last: Instant,
    said: bool,
}

impl Reporter {
    /// For a trial that begins now.
    pub fn new(path: PathBuf) -> Self {
        Self { path, progress: Progress::default(), last: Instant::now(), said: false }
    }

    /// Records the end of an epoch.
    pub fn epoch(&mut self, result: &EpochResult) {
        self.progress.epochs.push(result.clone());
        if self.last.elapsed() >= PAUSE {
            // No result depends on it, so an error of the disk is ignored.
            self.said |= replace(&self.path, &self.progress).is_ok();
            self.last = Instant::now();
        }
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        if self.said {
            drop(fs::remove_file(&self.path));
        }
    }
}

fn replace(path: &Path, progress: &Progress) -> io::Result<()> {
    let text = serde_json::to_vec(progress).expect("epochs are plain data");
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = temporary(folder, None)?;
    file.write_all(&text)?;
    file.persist(path).map_err(|failure| failure.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Score;

    fn epoch(epoch: u32) -> EpochResult {
        EpochResult {
            epoch,
            train: None,
            validation: None,
            test: Score::of_classes(0, 0, 0.0, 0.0),
            moved: None,
        }
    }

    #[test]
    fn a_trial_of_less_than_a_second_leaves_nothing_and_a_longer_one_its_epochs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.progress");
        let mut reporter = Reporter::new(path.clone());
        reporter.epoch(&epoch(1));
        assert!(!path.exists());
        reporter.last -= PAUSE;
        reporter.epoch(&epoch(2));
        reporter.epoch(&epoch(3));
        let progress: Progress = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let epochs: Vec<u32> = progress.epochs.iter().map(|epoch| epoch.epoch).collect();
        assert_eq!(epochs, [1, 2], "the third came within the second");
        drop(reporter);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    /// Prints the cost with `--nocapture`: at most one write per second.
    #[test]
    fn the_epochs_of_a_long_trial_are_written_in_a_moment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.progress");
        let score = Score::of_classes(12_345, 22_500, 0.1 / 3.0, 0.7);
        let one = EpochResult { train: Some(score), validation: Some(score), ..epoch(1) };
        for epochs in [10, 50, 1000] {
            let progress = Progress { epochs: vec![one.clone(); epochs] };
            let start = Instant::now();
            for _ in 0..20 {
                replace(&path, &progress).unwrap();
            }
            let milliseconds = start.elapsed().as_secs_f64() * 1e3 / 20.0;
            eprintln!("progress of {epochs} epochs: {milliseconds:.3} ms");
            assert!(milliseconds < 200.0);
        }
    }
}
