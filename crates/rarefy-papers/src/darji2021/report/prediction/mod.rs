//! Whether accuracy can be predicted from the graph.
//!
//! [`summary`] says what was found, [`tables`] and [`figures`] show it. The template is
//! `darji2021/templates/prediction.html`.

mod figures;
mod section;
mod shown;
mod summary;
mod tables;

pub use section::Prediction;
pub use shown::estimate;
