//! The size of figures on paper.

use super::length::Length;

/// Points per drawing unit on paper. The smallest text of a drawing is ten units high, which makes
/// 7.2 points; journals require 7.
const UNIT: f64 = 0.72;

/// Height of the text area of a page; no figure exceeds it.
const PAGE: Length = Length(240.0);

/// How figures are laid out for print.
#[derive(Clone, Copy, Debug, Default)]
pub struct Print {
    /// Width of every file. If `None`, figures are as wide as a page and panels as a column.
    pub width: Option<Length>,
    /// Whether to leave titles out, as papers have captions.
    pub untitled: bool,
}

impl Print {
    /// Narrower figures have no room for names at a readable size.
    pub const LEAST: Length = Length(70.0);
    /// The width of a page, used by default.
    pub const WHOLE: Length = Length(180.0);
    /// The width of a column.
    pub const COLUMN: Length = Length(85.0);

    /// A length in drawing units.
    pub(super) fn units(length: Length) -> f64 {
        length.points() / UNIT
    }

    /// The largest height of a file, in drawing units.
    pub(super) fn page() -> f64 {
        Self::units(PAGE)
    }

    /// Millimetres per drawing unit.
    pub(super) fn millimetres() -> f64 {
        1.0 / Self::units(Length(1.0))
    }
}
