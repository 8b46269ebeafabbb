//! A substitute for the painter in builds that cannot draw pixels.

use std::convert::Infallible;

use super::error::RasterError;

/// A painter that cannot be created.
pub struct Painter(Infallible);

impl Painter {
    /// Always fails, with a message on how to get a build that draws.
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
