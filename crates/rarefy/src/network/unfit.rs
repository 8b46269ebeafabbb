//! Whether a network can read given sequences, and answer with targets such as theirs.

use super::{Input, Network, Pooling};
use crate::data::{Dataset, Sequences, Target, Targets};

/// Why a network cannot read some sequences, or cannot learn their targets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Unfit {
    #[error("the network reads {expected}, but the data is {found}")]
    Kind { expected: &'static str, found: &'static str },
    #[error("row {row} has no steps")]
    Empty { row: usize },
    #[error("the network reads series of {expected} channels, but the data has {found}")]
    Channels { expected: usize, found: usize },
    #[error("row {row} has {numbers} numbers: expected a multiple of the {channels} channels")]
    HalfStep { row: usize, numbers: usize, channels: usize },
    #[error("row {row} has the token {token}: expected 0 to {}", vocabulary - 1)]
    Token { row: usize, token: u32, vocabulary: usize },
    #[error("row {row} has the class {class}: expected 0 to {}", classes - 1)]
    Class { row: usize, class: u32, classes: usize },
    #[error("there are {rows} rows, but targets for {targets}")]
    Rows { rows: usize, targets: usize },
    #[error("row {row} has {steps} steps, but targets for {targets}")]
    Steps { row: usize, steps: usize, targets: usize },
    #[error("row {row} has {steps} steps, but the network reads all {expected} of a sequence")]
    AllSteps { row: usize, steps: usize, expected: usize },
    #[error(
        "the network reads several steps at once ({reads}), but the data asks for an answer at each \
         step: use readout last"
    )]
    Pooled { reads: &'static str },
    #[error("a layer reads texts from their end, where it would see the tokens that are asked")]
    SeesNext,
    #[error("the network has {expected} outputs, but the targets have {found}")]
    Outputs { expected: usize, found: usize },
    #[error("no step has a target: expected at least one")]
    NothingAsked,
}

impl Network {
    /// Checks that the network can read sequences such as these and can answer with their targets.
    ///
    /// # Errors
    /// The first thing that does not fit; rows count from 1.
    pub fn check(&self, data: &Dataset) -> Result<(), Unfit> {
        match (self.architecture.input, &data.sequences) {
            (Input::Tokens { vocabulary, .. }, Sequences::Tokens(rows)) => {
                for (row, tokens) in (1..).zip(rows) {
                    let Some(&token) = tokens.iter().max() else {
                        return Err(Unfit::Empty { row });
                    };
                    if token as usize >= vocabulary {
                        return Err(Unfit::Token { row, token, vocabulary });
                    }
                }
            }
            (Input::Series { channels: expected }, Sequences::Series { scaling, values }) => {
                let found = scaling.channels();
                if expected != found {
                    return Err(Unfit::Channels { expected, found });
                }
                for (row, numbers) in (1..).zip(values.iter().map(|values| values.len())) {
                    if numbers == 0 {
                        return Err(Unfit::Empty { row });
                    }
                    if !numbers.is_multiple_of(expected) {
                        return Err(Unfit::HalfStep { row, numbers, channels: expected });
                    }
                }
            }
            (Input::Tokens { .. }, Sequences::Series { .. }) => {
                return Err(Unfit::Kind { expected: "tokens", found: "series of numbers" });
            }
            (Input::Series { .. }, Sequences::Tokens(_)) => {
                return Err(Unfit::Kind { expected: "series of numbers", found: "tokens" });
            }
        }
        self.check_targets(data)
    }

    fn check_targets(&self, data: &Dataset) -> Result<(), Unfit> {
        let expected = self.architecture.classes;
        let (rows, targets) = (data.sequences.len(), data.targets.len());
        if rows != targets {
            return Err(Unfit::Rows { rows, targets });
        }
        if let Targets::Numbers { outputs, .. } | Targets::StepNumbers { outputs, .. } =
            data.targets
            && outputs != expected
        {
            return Err(Unfit::Outputs { expected, found: outputs });
        }
        if self.architecture.reads_backwards() && matches!(data.targets, Targets::Next(_)) {
            return Err(Unfit::SeesNext);
        }
        let pooling = self.architecture.pooling;
        let mut is_asked = rows == 0;
        for (row, (sequence, target)) in (1..).zip((0..rows).map(|row| data.get(row))) {
            let steps = sequence.len();
            match target {
                Target::StepClasses(classes) if classes.len() != steps => {
                    return Err(Unfit::Steps { row, steps, targets: classes.len() });
                }
                Target::Next(next) if next.len() != steps => {
                    return Err(Unfit::Steps { row, steps, targets: next.len() });
                }
                Target::StepNumbers { outputs, values } if values.len() != steps * outputs => {
                    return Err(Unfit::Steps { row, steps, targets: values.len() / outputs });
                }
                _ => {}
            }
            match (pooling, target.steps()) {
                (Pooling::All { steps: expected }, None) if steps != expected => {
                    return Err(Unfit::AllSteps { row, steps, expected });
                }
                (Pooling::All { .. }, Some(_)) => return Err(Unfit::Pooled { reads: "all" }),
                (Pooling::Mean, Some(_)) => return Err(Unfit::Pooled { reads: "their mean" }),
                _ => {}
            }
            if let Some(class) = target.classes().find(|&class| class as usize >= expected) {
                return Err(Unfit::Class { row, class, classes: expected });
            }
            is_asked |= target.reads() > 0;
        }
        if is_asked { Ok(()) } else { Err(Unfit::NothingAsked) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::data::Scaling;
    use crate::network::Architecture;

    #[test]
    fn series_of_no_whole_steps_are_refused() {
        let input = Input::Series { channels: 2 };
        let architecture = Architecture::stack(input, Cell::Gru, &[3], 2).unwrap();
        let network = Network::initialise(architecture, 0);
        let check = |values: Vec<Vec<f32>>| {
            let targets = Targets::Classes(vec![0; values.len()]);
            let values = values.into_iter().map(Into::into).collect();
            let sequences = Sequences::Series { scaling: Scaling::none(2), values };
            network.check(&Dataset { sequences, targets })
        };
        assert_eq!(check(vec![vec![0.5; 4], vec![0.5; 2]]), Ok(()));
        let half = Err(Unfit::HalfStep { row: 2, numbers: 3, channels: 2 });
        assert_eq!(check(vec![vec![0.5; 4], vec![0.5; 3]]), half);
        assert_eq!(check(vec![vec![]]), Err(Unfit::Empty { row: 1 }));
        let numbers = Targets::Numbers { outputs: 0, values: vec![] };
        let values = vec![vec![0.5; 2].into()];
        let sequences = Sequences::Series { scaling: Scaling::none(2), values };
        let none = network.check(&Dataset { sequences, targets: numbers });
        assert_eq!(none, Err(Unfit::Rows { rows: 1, targets: 0 }));
    }

    #[test]
    fn targets_that_a_network_cannot_learn_are_named() {
        let architecture = Architecture::stacked(5, Cell::Gru, &[3], 2).unwrap();
        let network = Network::initialise(architecture, 0);
        let check = |targets| {
            let sequences = Sequences::Tokens(vec![vec![1, 2], vec![3]]);
            network.check(&Dataset { sequences, targets })
        };
        let steps = |first: &[Option<u32>], second| {
            check(Targets::StepClasses(vec![first.to_vec(), vec![second]]))
        };
        assert_eq!(steps(&[None, Some(1)], None), Ok(()));
        assert_eq!(steps(&[Some(1)], None), Err(Unfit::Steps { row: 1, steps: 2, targets: 1 }));
        assert_eq!(
            steps(&[Some(1), None], Some(2)),
            Err(Unfit::Class { row: 2, class: 2, classes: 2 })
        );
        assert_eq!(steps(&[None, None], None), Err(Unfit::NothingAsked));
        let numbers = |outputs, values| check(Targets::Numbers { outputs, values });
        assert_eq!(numbers(2, vec![0.0; 4]), Ok(()));
        assert_eq!(numbers(3, vec![0.0; 6]), Err(Unfit::Outputs { expected: 2, found: 3 }));
        assert_eq!(numbers(2, vec![0.0; 2]), Err(Unfit::Rows { rows: 2, targets: 1 }));
        let values = vec![vec![0.0; 4], vec![0.0; 4]];
        assert_eq!(
            check(Targets::StepNumbers { outputs: 2, values }),
            Err(Unfit::Steps { row: 2, steps: 1, targets: 2 })
        );
    }
}
