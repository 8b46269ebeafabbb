//! Wrong use that clap cannot detect: options that contradict each other or the files.

use std::fmt;

/// Why the command line is wrong. The program exits with code 2, as it does for errors that clap
/// detects.
#[derive(Debug)]
pub struct WrongUse(pub String);

impl WrongUse {
    /// An error with `reason` as its message.
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
