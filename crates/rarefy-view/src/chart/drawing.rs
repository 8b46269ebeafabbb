//! What draws itself at any width, its texts as large as ever.

use super::file::size;

/// A drawing whose texts keep their size whatever its width, so that they can be read in print.
pub trait Drawing {
    /// Its width on a page, in drawing units.
    fn width(&self) -> f64;

    /// The least width at which it can still be read.
    fn least(&self) -> f64;

    /// The drawing as an `<svg>` element of this width.
    fn at(&self, width: f64) -> String;
}

/// A drawing without texts, or one whose texts may grow and shrink: it is scaled.
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

/// A drawing without texts, which may be as small as one likes.
pub struct Scaled {
    /// An `<svg>` element.
    pub svg: String,
    /// The least width at which it shows something.
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
