//! Statistics of what was found.
//!
//! [`Records`] reads a CSV table of records; [`correlate()`] says how its columns go with a
//! target, [`Summary`] what their means are, [`Paired`] what a setting does to pairs that differ in
//! nothing else. What predicts one number from others is in
//! [`regression`]; [`Evaluation`] says how well it does so for rows that it has not seen,
//! and [`Comparison`] how much better than what it must beat.

mod bootstrap;
mod comparison;
mod correlate;
mod correlation;
mod evaluation;
mod grouping;
mod mean;
mod paired;
mod percentile;
mod rank;
mod records;
pub mod regression;
mod score;
mod split;

pub use bootstrap::{Bootstrap, Interval};
pub use comparison::{CHOSEN, Compared, Comparison, Given, MEAN};
pub use correlate::{Correlation, Correlations, correlate};
pub use correlation::{FEWEST_RANKS, holm, p_value, partial, pearson};
pub use evaluation::{Estimate, Evaluation, Predicted, Scaling, Scores, gain};
pub use grouping::Grouping;
pub use mean::{Summary, standard_error};
pub use paired::{FEWEST_PAIRS, Paired};
pub use percentile::percentile;
pub use rank::{ranks, spearman};
pub use records::{Records, RecordsError};
pub use score::{mae, r2};
pub use split::{Split, SplitError};
