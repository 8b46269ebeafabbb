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
pub use answer::{Answer, Difference, Verdict};
pub use axis::{Axis, Exclusion};
pub use claim::Claims;
pub use contrast::{Contrast, Expectation};
pub use data_summary::{DataSummary, KnownTask};
pub use design::{Design, Factor};
pub use fault::StudyFileError;
pub use features::{Features, FeaturesError, FeaturesNote, Selection};
pub use findings::{
    Counts, CurvePoint, Findings, Group, Level, Mean, Setting, TrialFailure, Varied,
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
