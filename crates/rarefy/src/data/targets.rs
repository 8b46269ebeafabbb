//! The targets of a network: a class per sequence or step, or numbers.

/// The targets of all rows of a [`Dataset`](super::Dataset).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Targets {
    /// One class per sequence: the index of its label (see [`Labels`](super::Labels)).
    Classes(Vec<u32>),
    /// A class for each step of each sequence, `[T]`; `None` for a step without a target.
    StepClasses(Vec<Vec<Option<u32>>>),
    /// The token that follows each step of each text, `[T]`.
    Next(Vec<Vec<u32>>),
    /// Numbers for each sequence.
    Numbers {
        /// `K`: how many per sequence.
        outputs: usize,
        /// `[N][K]`
        values: Vec<f32>,
    },
    /// Numbers for each step of each sequence.
    StepNumbers {
        /// `K`: how many per step.
        outputs: usize,
        /// `[T][K]` each.
        values: Vec<Vec<f32>>,
    },
}

/// The target of one sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Target<'a> {
    /// One class.
    Class(u32),
    /// A class at each step, `[T]`; `None` for a step without a target.
    StepClasses(&'a [Option<u32>]),
    /// The token that follows each step, `[T]`.
    Next(&'a [u32]),
    /// Numbers: `[K]`.
    Numbers(&'a [f32]),
    /// Numbers at each step.
    StepNumbers {
        /// `K`
        outputs: usize,
        /// `[T][K]`
        values: &'a [f32],
    },
}

impl Targets {
    /// Number of rows with targets.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes(classes) => classes.len(),
            Self::StepClasses(classes) => classes.len(),
            Self::Next(tokens) => tokens.len(),
            Self::Numbers { outputs, values } => values.len().checked_div(*outputs).unwrap_or(0),
            Self::StepNumbers { values, .. } => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The target of one row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn get(&self, row: usize) -> Target<'_> {
        match self {
            Self::Classes(classes) => Target::Class(classes[row]),
            Self::StepClasses(classes) => Target::StepClasses(&classes[row]),
            Self::Next(tokens) => Target::Next(&tokens[row]),
            Self::Numbers { outputs, values } => {
                Target::Numbers(&values[row * outputs..][..*outputs])
            }
            Self::StepNumbers { outputs, values } => {
                Target::StepNumbers { outputs: *outputs, values: &values[row] }
            }
        }
    }

    /// The class of each row, if there is one class per sequence.
    pub fn classes(&self) -> Option<&[u32]> {
        match self {
            Self::Classes(classes) => Some(classes),
            _ => None,
        }
    }

    /// The targets of the given rows, in the given order.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Classes(classes) => Self::Classes(of(classes, rows)),
            Self::StepClasses(classes) => Self::StepClasses(of(classes, rows)),
            Self::Next(tokens) => Self::Next(of(tokens, rows)),
            Self::Numbers { outputs, values } => {
                let row = |&row: &usize| values[row * outputs..][..*outputs].to_vec();
                Self::Numbers { outputs: *outputs, values: rows.iter().flat_map(row).collect() }
            }
            Self::StepNumbers { outputs, values } => {
                Self::StepNumbers { outputs: *outputs, values: of(values, rows) }
            }
        }
    }

    /// Bytes that distinguish the kind of targets. One class per sequence has none, because it was
    /// the only kind at first and fingerprints must not change.
    pub(super) fn kind_bytes(&self) -> Vec<u8> {
        // Not a possible number of rows.
        let kind = |kind: u8, outputs: usize| {
            [&u64::MAX.to_le_bytes()[..], &[kind], &(outputs as u64).to_le_bytes()].concat()
        };
        match self {
            Self::Classes(_) => Vec::new(),
            Self::StepClasses(_) => kind(1, 1),
            Self::Numbers { outputs, .. } => kind(2, *outputs),
            Self::StepNumbers { outputs, .. } => kind(3, *outputs),
            Self::Next(_) => kind(4, 1),
        }
    }
}

impl<'a> Target<'a> {
    /// How often the network's answer is read.
    pub fn reads(self) -> usize {
        match self {
            Self::Class(_) | Self::Numbers(_) => 1,
            Self::StepClasses(classes) => classes.iter().flatten().count(),
            Self::Next(tokens) => tokens.len(),
            Self::StepNumbers { outputs, values } => values.len() / outputs,
        }
    }

    /// How many steps the sequence must have; `None` if any number will do.
    pub fn steps(self) -> Option<usize> {
        match self {
            Self::Class(_) | Self::Numbers(_) => None,
            Self::StepClasses(classes) => Some(classes.len()),
            Self::Next(tokens) => Some(tokens.len()),
            Self::StepNumbers { outputs, values } => Some(values.len() / outputs),
        }
    }

    /// The classes in the target.
    pub fn classes(self) -> impl Iterator<Item = u32> + 'a {
        let (one, steps, next): (_, &[Option<u32>], &[u32]) = match self {
            Self::Class(class) => (Some(class), &[], &[]),
            Self::StepClasses(classes) => (None, classes, &[]),
            Self::Next(tokens) => (None, &[], tokens),
            Self::Numbers(_) | Self::StepNumbers { .. } => (None, &[], &[]),
        };
        one.into_iter().chain(steps.iter().flatten().copied()).chain(next.iter().copied())
    }

    pub(super) fn extend(self, bytes: &mut Vec<u8>) {
        match self {
            Self::Class(class) => bytes.extend(class.to_le_bytes()),
            Self::StepClasses(classes) => {
                // Not a possible class.
                let class = |class: &Option<u32>| class.unwrap_or(u32::MAX).to_le_bytes();
                bytes.extend(classes.iter().flat_map(class));
            }
            Self::Next(tokens) => {
                bytes.extend(tokens.iter().flat_map(|token| token.to_le_bytes()));
            }
            Self::Numbers(values) | Self::StepNumbers { values, .. } => {
                bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }
        }
    }
}

impl<'a> Target<'a> {
    /// All of its numbers, in order; none for classes.
    pub fn numbers(self) -> &'a [f32] {
        match self {
            Self::Numbers(values) | Self::StepNumbers { values, .. } => values,
            Self::Class(_) | Self::StepClasses(_) | Self::Next(_) => &[],
        }
    }

    /// For each read the step that it is at, if there is one for each step.
    pub fn read_steps(self) -> impl Iterator<Item = Option<usize>> {
        let (steps, classes): (_, Option<&[Option<u32>]>) = match self {
            Self::StepClasses(classes) => (classes.len(), Some(classes)),
            target => (target.steps().unwrap_or(0), None),
        };
        let once = self.steps().is_none().then_some(None);
        let is_read = move |step: &usize| classes.is_none_or(|classes| classes[*step].is_some());
        once.into_iter().chain((0..steps).filter(is_read).map(Some))
    }
}

impl From<u32> for Target<'_> {
    fn from(class: u32) -> Self {
        Self::Class(class)
    }
}

pub(super) fn of<T: Clone>(all: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|&row| all[row].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Sequences};

    #[test]
    fn rows_are_selected_with_their_targets() {
        let steps = vec![vec![Some(1), None], vec![None], vec![Some(0)]];
        let all = [
            Targets::Classes(vec![5, 6, 7]),
            Targets::StepClasses(steps),
            Targets::Numbers { outputs: 2, values: vec![0.0, 0.5, 1.0, 1.5, 2.0, 2.5] },
            Targets::StepNumbers { outputs: 1, values: vec![vec![1.0, 2.0], vec![3.0], vec![4.0]] },
        ];
        for targets in all {
            let selected = targets.select(&[2, 0]);
            assert_eq!((selected.len(), targets.len()), (2, 3));
            assert_eq!([selected.get(0), selected.get(1)], [targets.get(2), targets.get(0)]);
        }
    }

    /// The bytes of classes, written by hand, because fingerprints in records depend on them.
    #[test]
    fn bytes_tell_kinds_of_targets_apart_and_stay_as_they_were_for_classes() {
        let sequences = Sequences::Tokens(vec![vec![7, 8], vec![9]]);
        let data = |targets| Dataset { sequences: sequences.clone(), targets };
        let classes = data(Targets::Classes(vec![1, 0])).bytes().collect::<Vec<_>>();
        let words: Vec<u8> = [2, 1, 7, 8, 1, 0, 9_u32].map(u32::to_le_bytes).concat();
        assert_eq!(classes, [&2_u64.to_le_bytes()[..], &words].concat());
        let mut all = [
            Targets::Classes(vec![1, 0]),
            Targets::Classes(vec![1, 1]),
            Targets::StepClasses(vec![vec![None, Some(0)], vec![Some(0)]]),
            Targets::StepClasses(vec![vec![Some(0), None], vec![Some(0)]]),
            Targets::Numbers { outputs: 1, values: vec![0.0, 0.0] },
            Targets::Numbers { outputs: 2, values: vec![0.0; 4] },
            Targets::StepNumbers { outputs: 1, values: vec![vec![0.0; 2], vec![0.0]] },
        ]
        .map(|targets| data(targets).bytes().collect::<Vec<_>>())
        .to_vec();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 7);
    }
}
