//! A [`Drawing`] in the form of study files and of the command line.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{Drawing, Problem};
use crate::named;
use crate::named::{Named, UnknownName};

named! {
    /// Which problem is drawn.
    pub enum ProblemKind: "problem" {
        /// The sum of two marked numbers.
        Adding = "adding",
        /// Symbols to be repeated after a delay.
        Copying = "copying",
        /// The parity of three bits, after a delay.
        Parity = "parity",
        /// The next numbers of the Mackey-Glass equation.
        MackeyGlass = "mackey_glass",
        /// Ten classes of signals like those of MNIST-1D.
        Signals = "signals",
    }
}

/// A setting that a problem has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemSetting {
    /// Its name in study files.
    pub key: &'static str,
    /// Its value if none is given.
    pub usual: usize,
    /// The values that it may have.
    pub range: RangeInclusive<usize>,
}

/// Series of a part, at most: more would take too long to draw.
const MOST_SERIES: usize = 1_000_000;
/// Numbers of a part, at most: more than 2 GiB are usually a mistake.
const MOST_NUMBERS: usize = 1 << 29;

/// A setting without a range of its own.
const fn setting(key: &'static str, usual: usize, least: usize, most: usize) -> ProblemSetting {
    ProblemSetting { key, usual, range: least..=most }
}

impl ProblemKind {
    /// The settings of a problem, and how many series of it are drawn.
    pub const fn settings(self) -> &'static [ProblemSetting] {
        const COUNT: ProblemSetting = setting("count", 10_000, 1, MOST_SERIES);
        const TEST_COUNT: ProblemSetting = setting("test_count", 1_000, 1, MOST_SERIES);
        match self {
            Self::Adding => &const { [setting("steps", 100, 2, 10_000), COUNT, TEST_COUNT] },
            Self::Copying => &const { [setting("delay", 100, 1, 9_980), COUNT, TEST_COUNT] },
            Self::Parity => {
                const STEPS: ProblemSetting = setting("steps", 50, 3, 10_000);
                &const { [STEPS, setting("delay", 5, 0, 9_997), COUNT, TEST_COUNT] }
            }
            Self::MackeyGlass => {
                const STEPS: ProblemSetting = setting("steps", 500, 1, 10_000);
                &const { [STEPS, setting("ahead", 50, 1, 10_000), COUNT, TEST_COUNT] }
            }
            // As many as were published.
            Self::Signals => &const { [setting("count", 4_000, 1, MOST_SERIES), TEST_COUNT] },
        }
    }

    /// The setting with this name, if the problem has it.
    pub fn setting(self, key: &str) -> Option<&'static ProblemSetting> {
        self.settings().iter().find(|setting| setting.key == key)
    }
}

/// What is drawn; a setting that is not given has its usual value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DrawingOptions {
    /// The name of the problem, of which words may be joined by hyphens, too.
    pub name: String,
    /// Steps of a series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<usize>,
    /// Steps until the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<usize>,
    /// Numbers that are asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<usize>,
    /// Series to learn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
    /// Series to test on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_count: Option<usize>,
    /// The seed of every draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// Options of which nothing can be drawn, named as in a study file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DrawingError {
    /// There is no such problem.
    #[error(transparent)]
    Unknown(#[from] UnknownName),
    /// A setting of another problem.
    #[error("{problem} has no {key}: its settings are {}, seed", keys(*problem).join(", "))]
    OtherSetting {
        /// The problem.
        problem: ProblemKind,
        /// The setting.
        key: &'static str,
    },
    /// A value that is too small or too large.
    #[error("{key} is {value}: expected {} to {}", range.start(), range.end())]
    OutOfRange {
        /// The setting.
        key: &'static str,
        /// Its value.
        value: usize,
        /// What it may be.
        range: RangeInclusive<usize>,
    },
    /// No step of the parity problem has an answer.
    #[error(
        "delay {delay} leaves no step of {steps} with an answer: three bits and the delay come before \
         the first"
    )]
    NoAnswer {
        /// Steps of a series.
        steps: usize,
        /// Steps until the answer.
        delay: usize,
    },
    /// The series do not fit into memory.
    #[error(
        "{count} series of {steps} steps and {channels} channels are too many numbers: at most {most} \
         are drawn"
    )]
    TooMany {
        /// Number of series.
        count: usize,
        /// Steps of a series.
        steps: usize,
        /// Numbers in a step.
        channels: usize,
        /// Most numbers.
        most: usize,
    },
}

fn keys(problem: ProblemKind) -> Vec<&'static str> {
    problem.settings().iter().map(|setting| setting.key).collect()
}

impl DrawingOptions {
    /// Everything usual.
    pub fn usual(problem: ProblemKind) -> Self {
        let name = problem.name().to_owned();
        let (steps, delay, ahead, count, test_count) = Default::default();
        Self { name, steps, delay, ahead, count, test_count, seed: None }
    }

    /// The drawing.
    ///
    /// # Errors
    /// If the problem is unknown, does not have a setting that is given, or cannot be drawn with
    /// it.
    pub fn checked(&self) -> Result<Drawing, DrawingError> {
        let kind = ProblemKind::named(&self.name.to_lowercase().replace('-', "_"))?;
        for (key, value) in self.said() {
            let setting = kind.setting(key);
            let setting = setting.ok_or(DrawingError::OtherSetting { problem: kind, key })?;
            if !setting.range.contains(&value) {
                return Err(DrawingError::OutOfRange { key, value, range: setting.range.clone() });
            }
        }
        let value = |key| {
            let usual = kind.setting(key).expect("a setting of this problem").usual;
            self.said().find(|(said, _)| *said == key).map_or(usual, |(_, value)| value)
        };
        let problem = match kind {
            ProblemKind::Adding => Problem::Adding { steps: value("steps") },
            ProblemKind::Copying => Problem::Copying { delay: value("delay") },
            ProblemKind::Parity => {
                let (steps, delay) = (value("steps"), value("delay"));
                if steps <= delay + 2 {
                    return Err(DrawingError::NoAnswer { steps, delay });
                }
                Problem::Parity { steps, delay }
            }
            ProblemKind::MackeyGlass => {
                Problem::MackeyGlass { steps: value("steps"), ahead: value("ahead") }
            }
            ProblemKind::Signals => Problem::Signals,
        };
        let (steps, channels, most) = (problem.steps(), problem.channels(), MOST_NUMBERS);
        let [count, test_count] = ["count", "test_count"].map(value);
        if let Some(count) = [count, test_count].into_iter().find(|n| n * steps * channels > most) {
            return Err(DrawingError::TooMany { count, steps, channels, most });
        }
        Ok(Drawing { problem, count, test_count, seed: self.seed.unwrap_or(0) })
    }

    /// The options that result in `drawing`, all of them.
    pub fn of(drawing: &Drawing) -> Self {
        let Drawing { problem, count, test_count, seed } = *drawing;
        let usual = Self::usual;
        let options = match problem {
            Problem::Adding { steps } => Self { steps: Some(steps), ..usual(ProblemKind::Adding) },
            Problem::Copying { delay } => {
                Self { delay: Some(delay), ..usual(ProblemKind::Copying) }
            }
            Problem::Parity { steps, delay } => {
                Self { steps: Some(steps), delay: Some(delay), ..usual(ProblemKind::Parity) }
            }
            Problem::MackeyGlass { steps, ahead } => {
                Self { steps: Some(steps), ahead: Some(ahead), ..usual(ProblemKind::MackeyGlass) }
            }
            Problem::Signals => usual(ProblemKind::Signals),
        };
        Self { count: Some(count), test_count: Some(test_count), seed: Some(seed), ..options }
    }

    /// The settings that are given, without the seed, which any problem has.
    fn said(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let all = [
            ("steps", self.steps),
            ("delay", self.delay),
            ("ahead", self.ahead),
            ("count", self.count),
            ("test_count", self.test_count),
        ];
        all.into_iter().filter_map(|(key, value)| Some((key, value?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Drawing, String> {
        let options: DrawingOptions = toml::from_str(text).map_err(|e| e.message().to_owned())?;
        options.checked().map_err(|error| error.to_string())
    }

    #[test]
    fn options_lead_to_the_drawing_that_they_are_made_from() {
        for kind in ProblemKind::ALL {
            let usual = DrawingOptions::usual(kind).checked().unwrap();
            let drawing = Drawing { count: 7, test_count: 3, seed: 5, ..usual };
            let options = DrawingOptions::of(&drawing);
            assert_eq!(options.checked(), Ok(drawing), "{kind}");
            let text = toml::to_string(&options).unwrap();
            assert_eq!(parsed(&text), Ok(drawing), "{text}");
        }
        let glass = parsed("name = 'mackey-glass'\nahead = 3").unwrap();
        assert_eq!(glass.problem, Problem::MackeyGlass { steps: 500, ahead: 3 });
        assert_eq!((glass.count, glass.test_count, glass.seed), (10_000, 1_000, 0));
    }

    #[test]
    fn options_that_draw_nothing_are_named() {
        for (text, message) in [
            ("name = 'adings'", "unknown problem 'adings': expected adding, copying"),
            ("steps = 3", "missing field `name`"),
            ("name = 'adding'\nsteppes = 3", "unknown field `steppes`"),
            ("name = 'adding'\ndelay = 3", "adding has no delay: its settings are steps, count"),
            ("name = 'signals'\nsteps = 40", "signals has no steps: its settings are count, "),
            ("name = 'adding'\nsteps = 1", "steps is 1: expected 2 to 10000"),
            ("name = 'adding'\ncount = 0", "count is 0: expected 1 to 1000000"),
            ("name = 'parity'\nsteps = 7", "delay 5 leaves no step of 7 with an answer"),
            ("name = 'copying'\ndelay = 9980", "10000 series of 10000 steps and 10 channels"),
        ] {
            let refused = parsed(text).unwrap_err();
            assert!(refused.contains(message), "{refused}");
        }
    }
}
