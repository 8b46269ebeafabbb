//! Drawings as PNG and PDF, if rarefy is built with the feature `png`.

mod error;
#[cfg(not(feature = "png"))]
mod left_out;
#[cfg(feature = "png")]
mod painter;

pub use error::RasterError;
#[cfg(not(feature = "png"))]
pub use left_out::Painter;
#[cfg(feature = "png")]
pub use painter::Painter;
