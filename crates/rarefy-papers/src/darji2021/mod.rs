//! Darji, H. (2021): Investigating Sparsity in Recurrent Neural Networks. Master's thesis,
//! University of Passau (arXiv 2407.20601).
//!
//! Three experiments ([`Part`]) at three sizes ([`Scale`](crate::Scale)): pruning and recovery, networks wired as
//! random graphs, and their accuracy predicted from the graphs ([`Prediction`]); and studies of what
//! it left open ([`Open`]). `studies/` has the
//! study files. `report` has the questions, the rules, the figures and the published numbers.
//! [`Results`] reads the results and writes the report.

mod error;
mod open;
mod part;
mod prediction;
mod report;
mod results;
mod rows;
mod scale;
mod summary;

pub use error::Error;
pub use open::{Open, OpenResults};
pub use part::Part;
pub use prediction::{CellPrediction, Observer, Prediction};
pub use report::{Design, FAMILIES, GraphSample, Networks, Question};
pub use results::{PartResults, Results};
pub use rows::{predicted_rows, trial_row};
pub use scale::{Setting, strings};
