//! The outcome of retraining for one pruned network. The same rule applies to our records and to
//! the thesis's published curves.

use std::fmt;

use rarefy::study::Record;
use rarefy::train::{EpochResult, Judge, epochs_to_recover};
use rarefy_view::spread::{MEDIAN_FROM, median};
use rarefy_view::wording::NBSP;

/// Follows the epochs to recover of a network that retraining made worse again.
pub const FELL_AGAIN: char = '▼';

/// How many epochs of retraining a network needed to recover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recovery {
    /// Recovered after this many epochs; 0 if pruning alone did no harm.
    After(u32),
    /// Not recovered within this many epochs, after which the run ended.
    Beyond(u32),
    /// Training diverged before the network had recovered.
    Diverged,
}

/// When a network recovered, and whether it stayed that way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    /// When it recovered.
    pub recovery: Recovery,
    /// Whether it had recovered but was below the level after its last epoch.
    pub fell_again: bool,
}

impl Outcome {
    /// The outcome of a curve that starts right after pruning, on the sequences of `judge` and by
    /// the rule that the records were made with.
    pub fn of(epochs: &[EpochResult], judge: Judge, unpruned: f64, tolerance: f64) -> Self {
        Self::known(
            epochs_to_recover(epochs, judge, unpruned, tolerance),
            epochs,
            judge,
            unpruned,
            tolerance,
        )
    }

    /// The outcome according to the record itself: its epochs to recover are not computed again.
    pub fn of_record(record: &Record, judge: Judge, tolerance: f64) -> Self {
        let unpruned = record.unpruned_accuracy.unwrap_or(f64::NAN);
        let after = record.epochs_to_recover;
        Self::known(after, &record.epochs, judge, unpruned, tolerance).diverged(record)
    }

    /// Marks a network that did not recover because training diverged.
    pub fn diverged(self, record: &Record) -> Self {
        match (self.recovery, &record.diverged) {
            (Recovery::Beyond(_), Some(_)) => Self { recovery: Recovery::Diverged, ..self },
            _ => self,
        }
    }

    /// Whether the network had recovered at some epoch.
    pub fn is_back(&self) -> bool {
        matches!(self.recovery, Recovery::After(_))
    }

    fn known(
        after: Option<u32>,
        epochs: &[EpochResult],
        judge: Judge,
        unpruned: f64,
        tolerance: f64,
    ) -> Self {
        let last = &epochs[epochs.len().saturating_sub(1)..];
        let recovery = match after {
            Some(epochs) => Recovery::After(epochs),
            None => Recovery::Beyond(last.first().map_or(0, |epoch| epoch.epoch)),
        };
        let below = || epochs_to_recover(last, judge, unpruned, tolerance).is_none();
        Self { recovery, fell_again: after.is_some() && !unpruned.is_nan() && below() }
    }
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Recovery::After(epochs) => write!(f, "{epochs}"),
            Recovery::Beyond(epochs) => write!(f, ">{NBSP}{epochs}"),
            Recovery::Diverged => f.write_str("diverged"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.recovery.fmt(f)?;
        if self.fell_again { write!(f, "{NBSP}{FELL_AGAIN}") } else { Ok(()) }
    }
}

/// The epochs to recover of several seeds, best first: a list if there are few, otherwise the
/// median and the range. `None` if there are no seeds.
pub fn outcomes(best_first: &[Outcome]) -> Option<String> {
    let (first, last) = (best_first.first()?, best_first.last()?);
    if best_first.iter().all(|outcome| outcome == first) {
        return Some(first.to_string());
    }
    if best_first.len() < MEDIAN_FROM {
        let each: Vec<String> = best_first.iter().map(Outcome::to_string).collect();
        return Some(each.join(", "));
    }
    let mut text = median(best_first)?.recovery.to_string();
    if first.recovery != last.recovery {
        text += &format!(" ({} to {})", first.recovery, last.recovery);
    }
    if best_first.iter().any(|outcome| outcome.fell_again) {
        text += &format!("{NBSP}{FELL_AGAIN}");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use rarefy::train::Score;

    use super::*;

    fn outcome(correct: &[usize]) -> Outcome {
        let score = |correct| Score::of_classes(correct, 100, 0.0, 0.0);
        let result = |(epoch, &correct): (u32, &usize)| EpochResult {
            epoch,
            train: None,
            validation: None,
            test: score(correct),
            moved: None,
        };
        let epochs: Vec<EpochResult> = (0..).zip(correct).map(result).collect();
        Outcome::of(&epochs, Judge::Test, 0.95, 0.01)
    }

    #[test]
    fn what_did_not_recover_is_beyond_the_epochs_that_were_run() {
        assert_eq!(outcome(&[50, 60, 70]).to_string(), ">\u{a0}2");
        assert_eq!(outcome(&[50, 94, 95]).to_string(), "1");
    }

    #[test]
    fn a_network_that_ends_below_the_level_again_is_marked() {
        assert_eq!(outcome(&[95, 94, 93]).to_string(), "0\u{a0}▼");
        assert_eq!(outcome(&[95, 80, 94]).to_string(), "0");
    }

    fn after(epochs: u32) -> Outcome {
        Outcome { recovery: Recovery::After(epochs), fell_again: false }
    }

    #[test]
    fn fewer_than_three_seeds_are_listed_and_more_have_a_median() {
        let lost = Outcome { recovery: Recovery::Beyond(2), fell_again: false };
        let fell = Outcome { recovery: Recovery::After(0), fell_again: true };
        let text = |all: &[Outcome]| outcomes(all).map(|text| text.replace(NBSP, " "));
        assert_eq!(text(&[after(1), after(2)]).unwrap(), "1, 2");
        assert_eq!(text(&[after(1), after(1)]).unwrap(), "1");
        assert_eq!(text(&[after(1), lost]).unwrap(), "1, > 2");
        assert_eq!(text(&[after(1), after(1), lost]).unwrap(), "1 (1 to > 2)");
        assert_eq!(text(&[after(1), after(1), lost, lost]).unwrap(), "> 2 (1 to > 2)");
        assert_eq!(text(&[after(0), after(0), fell]).unwrap(), "0 ▼");
        assert_eq!(text(&[]), None);
    }
}
