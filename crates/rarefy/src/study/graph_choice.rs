//! Which graph a network is wired as, as a setting.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::recipe::Wired;

/// Which graph: of a family, or of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(untagged)]
pub enum GraphChoice {
    /// The number within its family.
    Number(u32),
    /// A file, with the fingerprint of its graph once it was read.
    File(String),
}

impl fmt::Display for GraphChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::File(name) => name.fmt(f),
        }
    }
}

impl GraphChoice {
    /// Which graph a network is wired as.
    pub(super) fn of(wired: &Wired) -> Self {
        match &wired.given {
            Some(given) => Self::File(given.clone()),
            None => Self::Number(wired.number),
        }
    }

    /// Name of the file, and fingerprint of its graph if that is known.
    pub(super) fn file(&self) -> Option<(&str, Option<&str>)> {
        let Self::File(text) = self else { return None };
        Some(match text.rsplit_once('#').filter(|(_, end)| is_fingerprint(end)) {
            Some((name, fingerprint)) => (name, Some(fingerprint)),
            None => (text, None),
        })
    }
}

/// Whether `text` can be [`Model::fingerprint`](crate::format::Model::fingerprint)'s, or a graph's.
pub(super) fn is_fingerprint(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
