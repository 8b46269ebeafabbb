//! How a sequence of a file becomes the input of a network.

use serde::{Deserialize, Serialize};

use super::{LabelledText, Rows, Scaling, ScalingKind, Vocabulary};

/// How a model encodes its input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// For texts: the number of each token.
    Vocabulary(Vocabulary),
    /// For series: the shift and scale of each channel.
    Scaling(Scaling),
}

/// What a token of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A character.
    Character {
        /// Characters with fewer occurrences in the training file count as unknown. If `None`, all
        /// its characters are known, and others are rejected.
        least: Option<usize>,
    },
    /// A word: text between white space.
    Word {
        /// Words with fewer occurrences in the training file count as unknown.
        least: usize,
    },
}

impl Default for Unit {
    fn default() -> Self {
        Self::Character { least: None }
    }
}

impl Unit {
    /// By default, words with fewer occurrences are unknown. A single occurrence is too rare to
    /// learn from, and such words show the network what an unknown word looks like.
    pub const LEAST: usize = 2;
}

impl Encoding {
    /// The encoding derived from a training file: `unit` is for texts, `scaling` for series.
    pub fn of(rows: &Rows, unit: Unit, scaling: ScalingKind) -> Self {
        match rows {
            Rows::Texts(rows) => {
                let texts = rows.iter().map(|LabelledText { text, .. }| text.as_str());
                Self::Vocabulary(match unit {
                    Unit::Character { least: None } => Vocabulary::of_texts(texts),
                    _ => frequent(texts, unit),
                })
            }
            Rows::Running(texts) => {
                let texts = texts.iter().map(String::as_str);
                Self::Vocabulary(match unit {
                    // Each token is an output, so none is there that does not occur.
                    Unit::Character { least: None } => Vocabulary::of_characters(texts),
                    _ => frequent(texts, unit),
                })
            }
            Rows::Series(set) => Self::Scaling(match scaling {
                ScalingKind::Standard => Scaling::of(set),
                ScalingKind::None => Scaling::none(set.channels),
            }),
        }
    }

    /// What it encodes, for a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Vocabulary(_) => "texts",
            Self::Scaling(_) => "series of numbers",
        }
    }

    /// The vocabulary, if it encodes texts.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        match self {
            Self::Vocabulary(vocabulary) => Some(vocabulary),
            Self::Scaling(_) => None,
        }
    }

    /// The number of tokens; 0 if it encodes series.
    pub fn tokens(&self) -> usize {
        self.vocabulary().map_or(0, Vocabulary::len)
    }

    /// The scaling, if it encodes series.
    pub fn scaling(&self) -> Option<&Scaling> {
        match self {
            Self::Vocabulary(_) => None,
            Self::Scaling(scaling) => Some(scaling),
        }
    }
}

/// The tokens that are frequent enough.
fn frequent<'a>(texts: impl Iterator<Item = &'a str>, unit: Unit) -> Vocabulary {
    match unit {
        Unit::Character { least } => Vocabulary::of_frequent_characters(texts, least.unwrap_or(1)),
        Unit::Word { least } => Vocabulary::of_words(texts, least),
    }
}
