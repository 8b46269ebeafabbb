//! The questions of a study: the effect of one setting on one column of its records, with
//! everything else held fixed, and what the author expects.
//!
//! A contrast is declared next to a study's trials and does not change them: no trial's hash
//! depends on it, and it can be added to a study that has already run. `planned.rs` determines
//! which trials it compares, and `answer.rs` what the records say.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::Settings;

/// `[[contrast]]` of a study file.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// The question in words.
    pub question: Option<String>,
    /// The key whose levels are compared pairwise.
    pub vary: &'static str,
    /// The levels: settings that set only `vary`. If empty, all levels of the study.
    pub levels: Vec<Settings>,
    /// The keys with the same value in both trials of a pair; `None` for all varying keys except
    /// `vary`. Each side of a pair is averaged over the other varying keys.
    pub paired: Option<Vec<&'static str>>,
    /// The keys for each of whose levels the question is answered on its own. Trials of a pair have
    /// them in common.
    pub by: Vec<&'static str>,
    /// The column of `records.csv` that is compared; `None` for the accuracy that judges.
    pub column: Option<String>,
    /// How the later level is expected to differ from the earlier one.
    pub expect: Option<Expectation>,
}

impl Contrast {
    /// All pairs of levels of a key, with everything else held fixed and nothing expected.
    pub fn of(vary: &'static str) -> Self {
        let (question, column, expect) = (None, None, None);
        let (levels, by) = (Vec::new(), Vec::new());
        Self { question, vary, levels, paired: None, by, column, expect }
    }
}

/// How the later of two levels is expected to differ from the earlier one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expectation {
    /// It is higher.
    Higher,
    /// It is lower.
    Lower,
    /// They differ by no more than this, either way.
    Equal {
        /// Above 0, in the column's unit.
        within: f64,
    },
}

/// The text before the number of [`Expectation::Equal`].
const EQUAL: &str = "equal within ";

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Higher => f.write_str("higher"),
            Self::Lower => f.write_str("lower"),
            Self::Equal { within } => write!(f, "{EQUAL}{within}"),
        }
    }
}

impl FromStr for Expectation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let within = text.strip_prefix(EQUAL).and_then(|number| number.trim().parse().ok());
        match (text, within) {
            ("higher", _) => Ok(Self::Higher),
            ("lower", _) => Ok(Self::Lower),
            (_, Some(within)) if within > 0.0 && f64::is_finite(within) => {
                Ok(Self::Equal { within })
            }
            _ => Err(format!(
                "expect is \"{text}\": \"higher\", \"lower\", or \"equal within 0.01\", with a \
                 number above 0"
            )),
        }
    }
}

/// In the notation of a study file.
impl Serialize for Expectation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expectation_is_read_as_it_is_written() {
        for text in ["higher", "lower", "equal within 0.01", "equal within 2"] {
            assert_eq!(text.parse::<Expectation>().unwrap().to_string(), text);
        }
        for wrong in ["", "equal", "equal within 0", "equal within -1", "equal within inf", "up"] {
            let error = wrong.parse::<Expectation>().unwrap_err();
            assert!(error.contains(&format!("expect is \"{wrong}\"")), "{error}");
        }
    }
}
