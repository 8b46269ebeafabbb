//! Why a drawing cannot be written as PNG or PDF.

/// Why a drawing cannot be written as PNG or PDF.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RasterError {
    /// This build is without the feature `png`.
    #[error(
        "this build of rarefy writes neither PNG nor PDF: build it with `--features full` (in a \
         library, the feature `png`), or write SVG"
    )]
    LeftOut,
    /// This machine has no font to write with.
    #[error("this machine has no fonts to draw with: install some, e.g. fonts-liberation")]
    NoFonts,
    /// It is no SVG.
    #[error("it is no SVG: {0}")]
    Svg(String),
    /// It is empty, or has more pixels than there is room for.
    #[error("a drawing that is empty or too large")]
    Size,
    /// It cannot be written.
    #[error("it cannot be written: {0}")]
    Encoding(String),
}
