//! The report of an experiment: one self-contained HTML file.
//!
//! A pure function of the study's settings and its records. It draws no conclusion that the records
//! do not support, and it works on any part of them: for a study that is still running or
//! restricted to some cells, the report says what is missing. It trains nothing and reads neither
//! files nor the clock, and the page makes no requests.
//!
//! Start at [`render`]. [`questions`](mod@questions) has the answers that open the page, and
//! [`about`] the section that ends it. [`design`] describes the study, and [`findings`] aggregates
//! its records over seeds. [`outcome`] is the rule by which a network has recovered, [`baseline`] asks
//! what it is compared with. [`summary`]
//! states the findings in sentences, [`results`] and [`figure`] show them, and [`method`] says how
//! they were obtained. [`thesis`] holds the published results, which are compared if the data is of
//! the thesis's task. The templates are in `darji2021/templates/`.

mod about;
mod baseline;
mod chance;
mod design;
mod figure;
mod findings;
mod head;
mod input;
mod method;
mod open;
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
