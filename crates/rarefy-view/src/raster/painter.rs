//! Drawings as pictures of pixels.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::error::RasterError;

/// Pixels a drawing unit: a unit is about a CSS pixel, and paper wants more.
const SCALE: f32 = 2.0;

/// Draws SVG with the fonts of this machine.
pub struct Painter {
    options: Options<'static>,
}

impl Painter {
    /// One with the fonts of this machine.
    ///
    /// # Errors
    /// When there is no font: a figure without its texts says nothing.
    pub fn new() -> Result<Self, RasterError> {
        let mut fonts = fontdb::Database::new();
        fonts.load_system_fonts();
        // What a drawing's list of families ends with must be a font that there is.
        let first = fonts.faces().next().and_then(|face| face.families.first());
        let first = first.ok_or(RasterError::NoFonts)?.0.clone();
        let wanted = ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans", "Noto Sans"];
        let has = |name: &&str| {
            fonts.faces().any(|face| face.families.iter().any(|(family, _)| family == name))
        };
        let usual = wanted.into_iter().find(has).map_or(first, str::to_owned);
        fonts.set_sans_serif_family(usual);
        Ok(Self { options: Options { fontdb: Arc::new(fonts), ..Options::default() } })
    }

    /// The drawing as a PNG file.
    ///
    /// # Errors
    /// When it is no SVG, or too large.
    pub fn png(&self, svg: &str) -> Result<Vec<u8>, RasterError> {
        let tree = Tree::from_str(svg, &self.options)
            .map_err(|error| RasterError::Svg(error.to_string()))?;
        let size = tree.size().to_int_size().scale_by(SCALE).ok_or(RasterError::Size)?;
        let mut pixels = Pixmap::new(size.width(), size.height()).ok_or(RasterError::Size)?;
        resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| RasterError::Encoding(error.to_string()))
    }
}
