//! Charts as SVG: lines and scatters, bars, and masks.
//!
//! Our own, because of what the report needs of a chart. Colours come from the page's
//! CSS custom properties by class, so that one drawing serves light, dark and paper;
//! legends are HTML beside the drawing, so that they wrap on a phone; each point
//! carries the text that the page's script shows (and `<title>` shows without it).
//! kuva 0.6, the crate we looked at first, draws lines with bands and dashes, but its
//! line plot has neither markers nor hover texts (a second scatter plot has to be laid
//! over it, with a second legend entry), its legend sits inside the drawing, and its
//! interactive mode puts its own script into every SVG, of which a report has twenty.
//!
//! Start at [`Chart`]; [`Axis`] chooses ticks, [`Marker`] draws the point shapes, [`Bars`] and
//! [`Intervals`] are other kinds of charts, [`Drawing`] is what they have in common, and [`File`]
//! puts drawings together into a file.

mod axis;
mod bars;
mod class;
mod drawing;
mod file;
mod intervals;
mod lines;
mod marker;
mod mask;
mod style;
mod swatch;
mod text;

pub use axis::Axis;
pub use bars::{Bar, Bars, LONG_NAMES, ScaledBars};
pub use class::{
    NEUTRAL, SERIES, cell_class, cell_marker, scope_class, scope_marker, series_class,
};
pub use drawing::{Drawing, Scaled};
pub use file::{File, PLAIN_STYLE, size};
pub use intervals::{IntervalRow, Intervals};
pub use lines::{Chart, Line, Point};
pub use marker::Marker;
pub use mask::Mask;
pub use style::STYLE;
pub use swatch::{level_swatch, point_swatch, swatch};
pub use text::escape;
