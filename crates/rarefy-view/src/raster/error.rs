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
    /// The machine has no font to draw text with.
    #[error("this machine has no fonts to draw with: install some, e.g. fonts-liberation")]
    NoFonts,
    /// The input is not SVG.
    #[error("it is no SVG: {0}")]
    Svg(String),
    /// The drawing is empty, or has too many pixels.
    #[error("a drawing that is empty or too large")]
    Size,
    /// The result cannot be written.
    #[error("it cannot be written: {0}")]
    Encoding(String),
}
