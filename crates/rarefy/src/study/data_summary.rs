//! A summary of the data of a study.

use serde::{Deserialize, Serialize};

use crate::data::{Corpus, Encoding, Task, reber};
use crate::named;
use crate::random::fnv1a;
use crate::train::{Merit, is_default};

/// The sequences that a study was run on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSummary {
    /// Hash of all sequences, labels and characters.
    pub fingerprint: String,
    /// Number of sequences in the training file, including those held out for validation.
    pub train_strings: usize,
    /// Number of sequences in the test file.
    pub test_strings: usize,
    /// Number of answers that are asked of the test file, if that is one for each step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_reads: Option<usize>,
    /// The measure of how good answers are.
    #[serde(default, skip_serializing_if = "is_default")]
    pub merit: Merit,
    /// The task, if it is a known one. Files store it as `reber`: whether it is the Reber task, the
    /// only one known at first.
    #[serde(rename = "reber", with = "known")]
    pub known: Option<KnownTask>,
}

named! {
    /// A task that can be recognised from its data.
    pub enum KnownTask: "task" {
        /// Strings that are valid where the Reber grammar accepts them.
        Reber = "reber",
    }
}

/// A known task in the form of files.
mod known {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::KnownTask;

    pub fn serialize<S: Serializer>(known: &Option<KnownTask>, to: S) -> Result<S::Ok, S::Error> {
        known.is_some().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<KnownTask>, D::Error> {
        Ok(bool::deserialize(from)?.then_some(KnownTask::Reber))
    }
}

impl DataSummary {
    /// The summary of `corpus`.
    pub fn of(corpus: &Corpus) -> Self {
        // Fingerprints of records depend on these bytes, so nothing marks which of the two encodings
        // it is, and labels of sequences stand alone.
        let asked = match &corpus.task {
            Task::Class(labels) => serde_json::to_value(labels),
            task => serde_json::to_value(task),
        };
        let asked = asked.expect("labels are plain data");
        let names = match &corpus.encoding {
            Encoding::Vocabulary(vocabulary) => serde_json::to_vec(&(vocabulary, asked)),
            Encoding::Scaling(scaling) => serde_json::to_vec(&(scaling, asked)),
        };
        let names = names.expect("characters and labels are plain data");
        let all = names.into_iter().chain(corpus.train.bytes()).chain(corpus.test.bytes());
        Self {
            fingerprint: format!("{:016x}", fnv1a(all)),
            train_strings: corpus.train.len(),
            test_strings: corpus.test.len(),
            test_reads: corpus.task.each_step().then(|| {
                let targets = &corpus.test.targets;
                (0..targets.len()).map(|row| targets.get(row).reads()).sum()
            }),
            merit: Merit::of(&corpus.task),
            known: corpus.follows(&reber()).then_some(KnownTask::Reber),
        }
    }
}
