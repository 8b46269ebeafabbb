//! The answer that a file gives for a sequence.

use super::TaskKind;

/// What a network should answer to a sequence, as in the file.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// A class.
    Label(String),
    /// A class at each step, `[T]`; `None` where there is none.
    StepLabels(Vec<Option<String>>),
    /// Numbers, `[K]`.
    Numbers(Vec<f32>),
    /// A number in each row of a table with a row per step, the same in all rows of the sequence:
    /// one for the sequence, or one at each step, whichever is asked. `[T]`
    SameNumbers(Vec<f32>),
    /// Numbers at each step.
    StepNumbers {
        /// `K`
        outputs: usize,
        /// `[T][K]`
        values: Vec<f32>,
    },
}

impl Answer {
    /// All labels in it, in order.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        let (one, steps): (_, &[Option<String>]) = match self {
            Self::Label(label) => (Some(label), &[]),
            Self::StepLabels(labels) => (None, labels),
            _ => (None, &[]),
        };
        one.into_iter().chain(steps.iter().flatten()).map(String::as_str)
    }

    /// All numbers in it, in order; one if it is the same at all steps.
    pub fn numbers(&self) -> &[f32] {
        match self {
            Self::Label(_) | Self::StepLabels(_) => &[],
            Self::Numbers(values) | Self::StepNumbers { values, .. } => values,
            Self::SameNumbers(values) => &values[..1],
        }
    }

    /// How many numbers are answered at once; 1 for a label.
    pub(super) fn outputs(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::StepNumbers { outputs, .. } => *outputs,
            Self::Label(_) | Self::StepLabels(_) | Self::SameNumbers(_) => 1,
        }
    }

    /// What stands for it in a description of rows: its label, if it is one.
    pub(super) fn group(&self) -> &str {
        match self {
            Self::Label(label) => label,
            other => other.words(),
        }
    }

    /// The kind of task that it answers.
    pub fn kind(&self) -> TaskKind {
        match self {
            Self::Label(_) => TaskKind::Class,
            Self::StepLabels(_) => TaskKind::Steps,
            Self::Numbers(_) | Self::SameNumbers(_) | Self::StepNumbers { .. } => TaskKind::Numbers,
        }
    }

    /// What it is, in words.
    pub fn words(&self) -> &'static str {
        let each_step = matches!(self, Self::StepLabels(_) | Self::StepNumbers { .. });
        self.kind().words(each_step)
    }
}

impl From<String> for Answer {
    fn from(label: String) -> Self {
        Self::Label(label)
    }
}
