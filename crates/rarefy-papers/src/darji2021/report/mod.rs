//! The report of an experiment: one HTML file that needs nothing else.
//!
//! A pure function of the study's settings and its records. It draws no conclusion
//! that the records do not hold, and it works on any part of them: a study still
//! running, or restricted to some cells, gets a report that says what is missing.
//! It trains nothing, reads no file and no clock, and the page makes no request.
//!
//! Start at [`render`]. [`questions`](mod@questions) has the answers that it opens with, [`about`] what it ends with;
//! [`design`] is what was asked, [`findings`] aggregates the records over seeds, [`outcome`] is
//! the rule by which a network is back, [`summary`] says them in sentences, [`results`]
//! and [`figure`] show them, [`method`] says how they were got, [`thesis`] holds what
//! was published, for data of its task. The page itself is
//! `darji2021/templates/`.

mod about;
mod chance;
mod design;
mod figure;
mod findings;
mod head;
mod input;
mod method;
mod outcome;
mod page;
mod prediction;
mod pruning;
mod questions;
mod results;
mod safe_percent;
mod structure;
mod summary;
mod thesis;

#[cfg(test)]
mod tests;

pub use design::{Design, GraphSample, Networks};
pub use figure::Survivor;
pub use input::{DataDescription, Report, StudyReport};
pub use page::{figures, progress, questions, render};
pub use questions::{Question, plain};
pub use thesis::FAMILIES;
