//! Whether sequences are those that a network reads.

use super::{Input, Network};
use crate::data::{Dataset, Sequences};

/// Why a network cannot read some sequences, or learn their classes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Unfit {
    #[error("the network reads {expected}, and these are {found}")]
    Kind { expected: &'static str, found: &'static str },
    #[error("row {row} has no steps")]
    Empty { row: usize },
    #[error("the network reads series of {expected} channels, and these have {found}")]
    Channels { expected: usize, found: usize },
    #[error("row {row} has the token {token}, and the network knows {vocabulary}")]
    Token { row: usize, token: u32, vocabulary: usize },
    #[error("row {row} is of class {class}, and the network tells {classes} apart")]
    Class { row: usize, class: u32, classes: usize },
}

impl Network {
    /// Whether it reads sequences such as these, and tells their classes apart.
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
            (
                Input::Series { channels: expected },
                Sequences::Series { channels: found, values },
            ) => {
                if expected != *found {
                    return Err(Unfit::Channels { expected, found: *found });
                }
                if let Some(at) = values.iter().position(Vec::is_empty) {
                    return Err(Unfit::Empty { row: at + 1 });
                }
            }
            (Input::Tokens { .. }, Sequences::Series { .. }) => {
                return Err(Unfit::Kind { expected: "tokens", found: "series of numbers" });
            }
            (Input::Series { .. }, Sequences::Tokens(_)) => {
                return Err(Unfit::Kind { expected: "series of numbers", found: "tokens" });
            }
        }
        let classes = self.architecture.classes;
        let far = data.targets.iter().position(|&class| class as usize >= classes);
        match far {
            Some(at) => Err(Unfit::Class { row: at + 1, class: data.targets[at], classes }),
            None => Ok(()),
        }
    }
}
