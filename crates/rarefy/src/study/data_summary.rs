//! The data of a study, in a few numbers.

use serde::{Deserialize, Serialize};

use crate::data::{Corpus, Encoding, reber};
use crate::named;
use crate::random::fnv1a;

/// Which strings a study was run on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSummary {
    /// Hash of all strings, labels and characters.
    pub fingerprint: String,
    /// Strings of the training file, those held out for validation included.
    pub train_strings: usize,
    /// Strings of the test file.
    pub test_strings: usize,
    /// The task that it is known to be, if it is one. Files say whether it is the first that there
    /// was, as `reber`.
    #[serde(rename = "reber", with = "known")]
    pub known: Option<KnownTask>,
}

named! {
    /// A task that is told by its data.
    pub enum KnownTask: "task" {
        /// Strings that are valid where the Reber grammar accepts them.
        Reber = "reber",
    }
}

/// A known task as files say it.
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
    /// Of `corpus`.
    pub fn of(corpus: &Corpus) -> Self {
        let names = match &corpus.encoding {
            // Fingerprints of records depend on it: no word says which of the two it is.
            Encoding::Vocabulary(vocabulary) => serde_json::to_vec(&(vocabulary, &corpus.labels)),
            Encoding::Scaling(scaling) => serde_json::to_vec(&(scaling, &corpus.labels)),
        };
        let mut bytes = names.expect("characters and labels are plain data");
        for set in [&corpus.train, &corpus.test] {
            bytes.extend(set.to_bytes());
        }
        Self {
            fingerprint: format!("{:016x}", fnv1a(&bytes)),
            train_strings: corpus.train.len(),
            test_strings: corpus.test.len(),
            known: corpus.follows(&reber()).then_some(KnownTask::Reber),
        }
    }
}
