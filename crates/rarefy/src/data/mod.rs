//! Strings and series with labels: grammars that make strings, files that hold either,
//! and the numbers that a network reads instead of characters.
//!
//! Start at [`generate`] for the Reber data of the thesis, at
//! [`read_labelled_texts`] for a file of one's own. Either gives [`LabelledText`]s,
//! which [`Dataset::encode`] turns into ids by a [`Vocabulary`] and [`Labels`]. Series of
//! numbers come from [`read_series`].
//! Batches and padding are not here but with training, which chooses them.

mod corpus;
mod dataset;
mod describe;
mod diagram;
mod error;
mod grammar;
mod labelled_text;
mod labels;
mod reber;
mod series;
mod vocabulary;

pub use corpus::Corpus;
pub use dataset::Dataset;
pub use describe::{Description, LabelDescription, LengthBin, LengthSummary, describe, overlap};
pub use diagram::{Decoy, embedded_reber, embedded_reber_decoys, reber, reber_decoys};
pub use error::{DataError, Place};
pub use grammar::{Grammar, GrammarError};
pub use labelled_text::{Columns, LabelledText, parse_labelled_texts, read_labelled_texts, to_csv};
pub use labels::{Labels, RepeatedLabel};
pub use reber::{
    INVALID, ReberData, ReberError, ReberGrammar, ReberSettings, UnknownGrammar, VALID, generate,
};
pub use series::{AxisOrder, LabelledSeries, SeriesSet, is_series_file, read_series};
pub use vocabulary::{UnknownCharacter, UnorderedVocabulary, Vocabulary};
