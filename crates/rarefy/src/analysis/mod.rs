//! Statistics of what was found: plain functions of numbers. What predicts one number
//! from others is in [`regression`].

mod correlation;
mod mean;
pub mod regression;
mod score;

pub use correlation::pearson;
pub use mean::standard_error;
pub use score::{mae, r2};
