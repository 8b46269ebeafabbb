//! Statistics of what was found.
//!
//! [`Records`] reads a CSV table of records; [`correlate`] says how its columns go with a
//! target, [`Summary`] what their means are.

mod bootstrap;
mod correlate;
mod correlation;
mod mean;
mod percentile;
mod rank;
mod records;

pub use bootstrap::{Bootstrap, Interval};
pub use correlate::{Correlation, Correlations, correlate};
pub use correlation::{holm, p_value, partial, pearson, spearman};
pub use mean::{Summary, standard_error};
pub use percentile::percentile;
pub use rank::ranks;
pub use records::{Records, RecordsError};
