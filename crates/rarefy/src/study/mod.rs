//! Experiments made of many trials: what is declared, what a trial is and leaves behind,
//! and how trials are run, shared, resumed and collected.
//!
//! A [`Study`], declared in a file, expands to [`Trial`]s; a [`Session`] computes those
//! whose [`Record`] is not on disk yet and leaves a record for each, beside other processes
//! that do the same; [`collect()`] turns records into tables. Everything a person sees is
//! made from records, so it can be made again without training.
//!
//! Start at `file.rs` for what a study file looks like, at `run.rs` for how it is run, at
//! `claim.rs` for how processes keep apart.

mod answer;
mod claim;
mod columns;
mod compute;
mod contrast;
mod design;
mod exclude;
mod fault;
mod features;
mod file;
mod findings;
mod folder;
mod forecast;
mod given;
mod index;
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
#[allow(clippy::module_inception)]
mod study;
mod tables;
mod text;
mod trial;
mod widen;
mod wired;

pub use crate::train::{EpochResult, Score};
pub use answer::{Answer, Difference, Verdict};
pub use claim::Claims;
pub use contrast::{Contrast, Expectation};
pub use design::{Design, Factor};
pub use fault::StudyFileError;
pub use features::{Features, FeaturesError, FeaturesNote, Selection};
pub use findings::{
    Counts, CurvePoint, Findings, Group, Level, Mean, Setting, TrialFailure, Varied,
};
pub use folder::{DataSummary, Folder, StudyError, StudyFile};
pub use forecast::{Forecast, Work};
pub use given::{Given, GraphChoice, graph_fingerprint};
pub use index::{Index, Known, State};
pub use load::{Sequences, SourceError};
pub use progress::Progress;
pub use record::{Failure, PruneSummary, Record};
pub use run::{Observer, Outcome, Session, Stop};
pub use settings::{Row, Settings, Topic, shown};
pub use shard::{Shard, UnknownShard};
pub use slurm::{SbatchOption, SbatchOptionError, Slurm, SlurmError, Submitted, shell_word};
pub use speed::Speed;
pub use status::{Status, status};
pub use study::{Axis, DataSource, Exclusion, Files, Study};
pub use tables::{Collected, Format, collect};
pub use trial::{Pruning, Trial};
pub use wired::{NodeCount, Wired, layered};
