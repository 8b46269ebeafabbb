//! Wrong use that clap cannot know of: options that do not fit together, or not to the files.

use std::fmt;

/// Why the command line is wrong. The program ends with exit code 2, as where clap finds it.
#[derive(Debug)]
pub struct WrongUse(pub String);

impl WrongUse {
    /// An error that says `reason`.
    pub fn error(reason: impl Into<String>) -> anyhow::Error {
        Self(reason.into()).into()
    }
}

impl fmt::Display for WrongUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUse {}
