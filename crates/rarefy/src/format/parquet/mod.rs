//! Parquet files, if rarefy is built with the feature `parquet`.

#[cfg(feature = "parquet")]
mod written;
#[cfg(feature = "parquet")]
pub use written::Parquet;

#[cfg(not(feature = "parquet"))]
mod left_out;
#[cfg(not(feature = "parquet"))]
pub use left_out::Parquet;
