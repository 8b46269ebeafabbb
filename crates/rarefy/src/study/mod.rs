//! Experiments made of many trials: what a trial is, what it leaves behind, and
//! how trials are run, resumed and collected.
//!
//! A [`Study`] expands to [`Trial`]s; a [`Session`] computes those whose
//! [`Record`] is not on disk yet and leaves a record for each; [`collect()`] turns records into
//! tables. Everything a person sees is made from records, so it can be made again
//! without training.

mod collect;
mod folder;
mod networks;
mod record;
mod run;
mod schedule;
mod settings;
mod trial;

pub use crate::train::{EpochResult, Score};
pub use collect::{collect, graph_properties};
pub use folder::{DataSummary, Folder, StudyError, StudyFile};
pub use networks::{GraphFamily, GraphSample, Networks, Wired, layered};
pub use record::{PruneSummary, Pruning, Record, Trial};
pub use run::{Observer, Session};
pub use settings::{DataSource, Study};
