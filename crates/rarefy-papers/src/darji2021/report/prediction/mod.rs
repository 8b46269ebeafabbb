//! Whether accuracy can be predicted from the graph.
//!
//! [`summary`] states the findings; [`tables`] and [`figures`] show them. The template is
//! `darji2021/templates/prediction.html`.

mod figures;
mod section;
mod shown;
mod summary;
mod tables;

pub use section::Prediction;
pub use shown::estimate;
