//! The setting that chooses the graph of a network.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::recipe::Wired;

/// A graph of a family, or from a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(untagged)]
pub enum GraphChoice {
    /// Its number within its family.
    Number(u32),
    /// The number that is the trial's seed: another graph for each seed.
    Same(Key),
    /// A file name, with the fingerprint of its graph once the file has been read.
    File(String),
}

/// A key whose value is that of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// The seed.
    Seed,
}

impl fmt::Display for GraphChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Same(Key::Seed) => f.write_str("seed"),
            Self::File(name) => name.fmt(f),
        }
    }
}

impl GraphChoice {
    /// The choice that leads to this wiring.
    pub(super) fn of(wired: &Wired) -> Self {
        match &wired.given {
            Some(given) => Self::File(given.clone()),
            None => Self::Number(wired.number),
        }
    }

    /// Name of the file, and the fingerprint of its graph if known.
    pub(super) fn file(&self) -> Option<(&str, Option<&str>)> {
        let Self::File(text) = self else { return None };
        Some(match text.rsplit_once('#').filter(|(_, end)| is_fingerprint(end)) {
            Some((name, fingerprint)) => (name, Some(fingerprint)),
            None => (text, None),
        })
    }
}

/// Whether `text` has the form of a fingerprint of a model
/// ([`Model::fingerprint`](crate::format::Model::fingerprint)) or of a graph.
pub(super) fn is_fingerprint(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
