//! A stretch of training.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Updates, or epochs. In files a number of updates, or a text such as `2 epochs`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Period {
    /// Updates of the weights.
    Updates(u64),
    /// Passes over the training data.
    Epochs(u32),
}

/// As files have it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Whole(u64),
    Number(f64),
    Words(String),
}

impl Period {
    /// How many updates it is, where an epoch has `per_epoch`.
    pub fn updates(self, per_epoch: u64) -> u64 {
        match self {
            Self::Updates(updates) => updates,
            Self::Epochs(epochs) => u64::from(epochs).saturating_mul(per_epoch),
        }
    }
}

/// A text that is no [`Period`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a number of updates, like 100, or of epochs, like \"1 epoch\"")]
pub struct PeriodError;

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        match unit.trim() {
            "" | "update" | "updates" => number.parse().map(Self::Updates),
            "epoch" | "epochs" if number.trim_start_matches('0').is_empty() => {
                number.parse().map(Self::Updates)
            }
            "epoch" | "epochs" => number.parse().map(Self::Epochs),
            _ => return Err(PeriodError),
        }
        .map_err(|_| PeriodError)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Updates(updates) => write!(f, "{updates}"),
            Self::Epochs(1) => f.write_str("1 epoch"),
            Self::Epochs(epochs) => write!(f, "{epochs} epochs"),
        }
    }
}

impl TryFrom<Written> for Period {
    type Error = PeriodError;

    fn try_from(text: Written) -> Result<Self, PeriodError> {
        match text {
            Written::Whole(updates) => Ok(Self::Updates(updates)),
            Written::Number(_) => Err(PeriodError),
            Written::Words(text) => text.parse(),
        }
    }
}

impl From<Period> for Written {
    fn from(period: Period) -> Self {
        match period {
            Period::Updates(updates) => Self::Whole(updates),
            Period::Epochs(_) => Self::Words(period.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_and_epochs_are_read_as_they_are_written() {
        for (text, period, updates) in [
            ("0", Period::Updates(0), 0),
            ("100", Period::Updates(100), 100),
            ("1 epoch", Period::Epochs(1), 7),
            ("3epochs", Period::Epochs(3), 21),
        ] {
            assert_eq!(text.parse(), Ok(period));
            assert_eq!(period.to_string().parse(), Ok(period));
            assert_eq!(period.updates(7), updates);
            let json = serde_json::to_string(&period).unwrap();
            assert_eq!(serde_json::from_str::<Period>(&json).unwrap(), period);
        }
        assert_eq!("0 epochs".parse(), Ok(Period::Updates(0)), "one way to say it");
        for json in ["-1", "1.5", "[1]", "\"1 week\""] {
            assert!(serde_json::from_str::<Period>(json).is_err(), "{json}");
        }
        for text in ["", "epoch", "-1", "1.5", "2 weeks", "99999999999 epochs"] {
            assert_eq!(text.parse::<Period>(), Err(PeriodError), "{text}");
        }
    }
}
