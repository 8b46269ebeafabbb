//! Drawings as pictures of pixels.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// Pixels a drawing unit: a unit is about a CSS pixel, and paper wants more.
const SCALE: f32 = 2.0;

/// Why a drawing cannot be a picture of pixels.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RasterError {
    /// It is no SVG.
    #[error("it is no SVG")]
    Svg(#[from] resvg::usvg::Error),
    /// It is empty, or has more pixels than there is room for.
    #[error("a drawing that is empty or too large")]
    Size,
    /// It cannot be written as PNG.
    #[error("it cannot be written as PNG: {0}")]
    Encoding(String),
}

/// Draws SVG with the fonts of this machine.
pub struct Painter {
    options: Options<'static>,
}

impl Painter {
    /// `None` where this machine has no font: a figure without its texts says nothing.
    pub fn new() -> Option<Self> {
        let mut fonts = fontdb::Database::new();
        fonts.load_system_fonts();
        // What a drawing's list of families ends with must be a font that there is.
        let first = fonts.faces().next()?.families.first()?.0.clone();
        let wanted = ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans", "Noto Sans"];
        let has = |name: &&str| {
            fonts.faces().any(|face| face.families.iter().any(|(family, _)| family == name))
        };
        let usual = wanted.into_iter().find(has).map_or(first, str::to_owned);
        fonts.set_sans_serif_family(usual);
        Some(Self { options: Options { fontdb: Arc::new(fonts), ..Options::default() } })
    }

    /// The drawing as a PNG file.
    ///
    /// # Errors
    /// When it is no SVG, or too large.
    pub fn png(&self, svg: &str) -> Result<Vec<u8>, RasterError> {
        let tree = Tree::from_str(svg, &self.options)?;
        let size = tree.size().to_int_size().scale_by(SCALE).ok_or(RasterError::Size)?;
        let mut pixels = Pixmap::new(size.width(), size.height()).ok_or(RasterError::Size)?;
        resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| RasterError::Encoding(error.to_string()))
    }
}
