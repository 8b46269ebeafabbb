//! Statistics of results.
//!
//! [`Records`] reads a CSV table of records. [`correlate()`] relates its columns to a target,
//! [`Summary`] gives their means, [`Paired`] the effect of a setting on pairs that differ in
//! nothing else, [`Adjusted`] its effect with other columns held fixed, [`Odds`] the same for a yes or
//! no, and [`Variance`] the share of groups in what varies. Models that predict one number from others are in [`regression`].
//! [`Evaluation`] measures their predictions for unseen rows, and [`Comparison`] the improvement over
//! a baseline.

mod adjusted;
mod bootstrap;
mod comparison;
mod correlate;
mod correlation;
mod evaluation;
mod grouping;
mod mean;
mod odds;
mod paired;
mod percentile;
mod proportion;
mod rank;
mod records;
pub mod regression;
mod score;
mod split;
mod variance;

pub use adjusted::{Adjusted, levels, residuals};
pub use bootstrap::{Bootstrap, Interval};
pub use comparison::{CHOSEN, Compared, Comparison, Given, MEAN};
pub use correlate::{Correlation, Correlations, correlate};
pub use correlation::{FEWEST_RANKS, holm, p_value, partial, pearson};
pub use evaluation::{Estimate, Evaluation, Predicted, Scaling, Scores, gain};
pub use grouping::Grouping;
pub use mean::{Summary, standard_error};
pub use odds::Odds;
pub use paired::{FEWEST_PAIRS, Paired};
pub use percentile::percentile;
pub use proportion::{log_share, wilson};
pub use rank::{ranks, spearman};
pub use records::{Records, RecordsError};
pub use score::{mae, r2};
pub use split::{Split, SplitError};
pub use variance::{Variance, VarianceError};
