//! What stands for the painter in a build that draws no pixels.

use std::convert::Infallible;

use super::error::RasterError;

/// A painter that there cannot be.
pub struct Painter(Infallible);

impl Painter {
    /// Says how to get a build that draws.
    ///
    /// # Errors
    /// Always.
    pub fn new() -> Result<Self, RasterError> {
        Err(RasterError::LeftOut)
    }

    /// Unreachable.
    ///
    /// # Errors
    /// Never.
    pub fn png(&self, _svg: &str, _dpi: u32) -> Result<Vec<u8>, RasterError> {
        match self.0 {}
    }

    /// Unreachable.
    ///
    /// # Errors
    /// Never.
    pub fn pdf(&self, _svg: &str) -> Result<Vec<u8>, RasterError> {
        match self.0 {}
    }
}
