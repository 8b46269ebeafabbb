//! Drawings that can be rendered at any width without scaling their text.

use super::file::size;

/// A drawing whose text keeps its size at any width, so that it stays readable in print.
pub trait Drawing {
    /// Its width on a page, in drawing units.
    fn width(&self) -> f64;

    /// The smallest width at which it is readable.
    fn least(&self) -> f64;

    /// The drawing as an `<svg>` element of this width.
    fn at(&self, width: f64) -> String;
}

/// A drawing without text, or one whose text may be scaled with it.
impl Drawing for String {
    fn width(&self) -> f64 {
        size(self).0
    }

    fn least(&self) -> f64 {
        self.width()
    }

    fn at(&self, _width: f64) -> String {
        self.clone()
    }
}

/// A drawing without text, which can be scaled to any size.
pub struct Scaled {
    /// An `<svg>` element.
    pub svg: String,
    /// The smallest width at which it shows anything useful.
    pub least: f64,
}

impl Drawing for Scaled {
    fn width(&self) -> f64 {
        size(&self.svg).0
    }

    fn least(&self) -> f64 {
        self.least
    }

    fn at(&self, _width: f64) -> String {
        self.svg.clone()
    }
}
