//! Labelled sequences, which are texts or series of numbers: generating them from grammars, reading
//! them from files, and encoding them for a network.
//!
//! Start at [`generate`] for the Reber data of the thesis, or at [`Rows::read`] for your own file.
//! [`Dataset::encode`] turns rows into ids or scaled numbers with an [`Encoding`] and a [`Task`].
//! [`Corpus::encode`] derives both from a training file. Batches and padding are part of training.

mod answer;
mod content;
mod corpus;
mod dataset;
mod describe;
mod diagram;
mod encoding;
mod error;
mod grammar;
mod labelled_text;
mod labels;
mod note;
mod options;
mod problem;
mod reber;
mod rows;
mod scaling;
mod series;
mod table;
mod targets;
mod task;
mod vocabulary;

pub use answer::Answer;
pub use corpus::Corpus;
pub use dataset::{Dataset, Sequence, Sequences};
pub use describe::{
    ChannelDescription, Described, Description, FileDescription, LabelDescription, LengthBin,
    LengthSummary, RowsDescription, SeriesDescription, TestDescription, WordCounts,
    WordDescription, describe, describe_series, describe_words, overlap, series_overlap,
    word_overlap,
};
pub use diagram::{Decoy, embedded_reber, embedded_reber_decoys, reber, reber_decoys};
pub use encoding::{Encoding, Unit};
pub use error::{ColumnFault, DataError, Place};
pub use grammar::{Grammar, GrammarError};
pub use labelled_text::{Columns, LabelledText, parse_labelled_texts, read_labelled_texts, to_csv};
pub use labels::{Labels, RepeatedLabel};
pub use note::DataNote;
pub use options::{FileOptions, OptionsError, Tokens};
pub use problem::{Drawing, DrawingError, DrawingOptions, Problem, ProblemKind, ProblemSetting};
pub use reber::{INVALID, ReberData, ReberError, ReberGrammar, ReberSettings, VALID, generate};
pub use rows::{ReadOptions, Rows};
pub use scaling::{NoScaling, Scaling, ScalingKind};
pub use series::{AxisOrder, LabelledSeries, SeriesColumns, SeriesSet, read_series};
pub use targets::{Target, Targets};
pub use task::{Task, TaskKind};
pub use vocabulary::{UnknownCharacter, UnorderedVocabulary, Vocabulary};
