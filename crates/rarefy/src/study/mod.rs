//! Experiments with many trials: how they are declared, run, shared between processes, resumed
//! and collected.
//!
//! A [`Study`] is declared in a file and expands to [`Trial`]s. A [`Session`] computes the trials
//! whose [`Record`] is not on disk yet and writes a record for each; other processes can do the
//! same at the same time. [`collect()`] turns records into tables. All reports are made from
//! records, so they can be made again without training.
//!
//! Start at `file.rs` for the format of a study file, at `run.rs` for how a study is run, and at
//! `claim.rs` for how processes avoid computing the same trial.

mod answer;
mod asked;
mod axis;
mod claim;
mod columns;
mod compute;
mod contrast;
mod data_summary;
mod design;
mod exclude;
mod fault;
mod features;
mod file;
mod findings;
mod folder;
mod forecast;
mod given;
mod graph_choice;
mod index;
mod literal;
mod load;
mod planned;
mod progress;
mod record;
mod run;
mod schedule;
mod settings;
mod shard;
mod slurm;
mod speed;
mod status;
mod stop;
#[allow(clippy::module_inception)]
mod study;
mod tables;
mod text;
mod trial;
mod widen;

pub use crate::train::{EpochResult, Score};
pub use answer::{Answer, Difference, SIGNIFICANT, Verdict};
pub use asked::{Begins, Sparse};
pub use axis::{Axis, Exclusion};
pub use claim::Claims;
pub use contrast::{Contrast, Expectation};
pub use data_summary::{DataSummary, KnownTask};
pub use design::{Design, Factor, Setting};
pub use fault::StudyFileError;
pub use features::{Features, FeaturesError, FeaturesNote, Selection};
pub use findings::{
    Counts, CurvePoint, Findings, Group, Level, Mean, MovedPoint, TrialFailure, Varied,
};
pub use folder::{Folder, StudyError, StudyFile};
pub use forecast::{Forecast, Work};
pub use given::{Given, graph_fingerprint};
pub use graph_choice::GraphChoice;
pub use index::{Index, Known, State};
pub use load::{Sequences, SourceError};
pub use progress::Progress;
pub use record::{Failure, PruneSummary, Record};
pub use run::{Observer, Outcome, Session};
pub use settings::{Row, Settings, Topic, key, shown};
pub use shard::{Shard, UnknownShard};
pub use slurm::{SbatchOption, SbatchOptionError, Slurm, SlurmError, Submitted, shell_word};
pub use speed::Speed;
pub use status::{Status, status};
pub use stop::Stop;
pub use study::{DataSource, Files, Study};
pub use tables::{Collected, Format, collect};
pub use trial::Trial;
