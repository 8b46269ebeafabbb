//! How large figures are on paper.

use super::length::Length;

/// Points in a drawing unit on paper. The smallest text of a drawing is ten units high, which is
/// 7.2 points: journals ask for 7.
const UNIT: f64 = 0.72;

/// The height of a page's text, which no figure exceeds.
const PAGE: Length = Length(240.0);

/// How figures are laid out for print.
#[derive(Clone, Copy, Debug, Default)]
pub struct Print {
    /// Width of every file. Otherwise figures fill a page and panels a column.
    pub width: Option<Length>,
    /// Whether titles are left out: a paper has captions.
    pub untitled: bool,
}

impl Print {
    /// Narrower figures have no room for names at a size that can be read.
    pub const LEAST: Length = Length(70.0);
    /// The width of a page, where no other is asked for.
    pub const WHOLE: Length = Length(180.0);
    /// The width of a column.
    pub const COLUMN: Length = Length(85.0);

    /// A length in drawing units.
    pub(super) fn units(length: Length) -> f64 {
        length.points() / UNIT
    }

    /// The height that no file exceeds, in drawing units.
    pub(super) fn page() -> f64 {
        Self::units(PAGE)
    }

    /// Millimetres in a drawing unit.
    pub(super) fn millimetres() -> f64 {
        1.0 / Self::units(Length(1.0))
    }
}
