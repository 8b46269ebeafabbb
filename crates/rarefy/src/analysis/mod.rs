//! Statistics of what was found: plain functions of numbers.

mod correlation;
mod mean;

pub use correlation::pearson;
pub use mean::standard_error;
