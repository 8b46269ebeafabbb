//! Draws SVG as PNG and as PDF.

use std::sync::Arc;

use krilla::geom::Size;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};
use png::{BitDepth, ColorType, Encoder, PixelDimensions, Unit};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::error::RasterError;

/// CSS units per inch; a drawing's size is in CSS units unless it says otherwise.
const CSS: f32 = 96.0;
/// Points per inch; PDF measures in points.
const POINTS: f32 = 72.0;

/// Draws SVG with the fonts installed on the machine.
pub struct Painter {
    options: Options<'static>,
}

impl Painter {
    /// A painter that uses the fonts installed on the machine.
    ///
    /// # Errors
    /// If no font is installed: a figure without its text is useless.
    pub fn new() -> Result<Self, RasterError> {
        let mut fonts = fontdb::Database::new();
        fonts.load_system_fonts();
        // The last family in a drawing's list of fonts has to be an installed one.
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

    /// The drawing as a PNG file with `dpi` pixels per inch, recorded in the file.
    ///
    /// # Errors
    /// If it is not SVG, or too large.
    pub fn png(&self, svg: &str, dpi: u32) -> Result<Vec<u8>, RasterError> {
        let tree = self.tree(svg)?;
        let scale = dpi as f32 / CSS;
        let [width, height] =
            [tree.size().width(), tree.size().height()].map(|side| (side * scale).round() as u32);
        let mut pixels = Pixmap::new(width, height).ok_or(RasterError::Size)?;
        resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, width, height);
        encoder.set_color(ColorType::Rgba);
        encoder.set_depth(BitDepth::Eight);
        let dots = (f64::from(dpi) / 0.0254).round() as u32;
        let dimensions = PixelDimensions { xppu: dots, yppu: dots, unit: Unit::Meter };
        encoder.set_pixel_dims(Some(dimensions));
        let failed = |error: png::EncodingError| RasterError::Encoding(error.to_string());
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&pixels.take_demultiplied()).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(file)
    }

    /// The drawing as a PDF file with one page of the drawing's size; its text stays text.
    ///
    /// # Errors
    /// If it is not SVG, or empty.
    pub fn pdf(&self, svg: &str) -> Result<Vec<u8>, RasterError> {
        let tree = self.tree(svg)?;
        let [width, height] =
            [tree.size().width(), tree.size().height()].map(|side| side * POINTS / CSS);
        let size = Size::from_wh(width, height).ok_or(RasterError::Size)?;
        let mut document = krilla::Document::new();
        let mut page = document.start_page_with(PageSettings::new(size));
        let mut surface = page.surface();
        let drawn = surface.draw_svg(&tree, size, SvgSettings::default());
        surface.finish();
        page.finish();
        drawn.ok_or(RasterError::Size)?;
        document.finish().map_err(|error| RasterError::Encoding(format!("{error:?}")))
    }

    fn tree(&self, svg: &str) -> Result<Tree, RasterError> {
        Tree::from_str(svg, &self.options).map_err(|error| RasterError::Svg(error.to_string()))
    }
}
