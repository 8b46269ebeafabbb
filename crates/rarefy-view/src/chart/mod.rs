//! Charts as SVG: lines and scatters, bars, and masks.
//!
//! rarefy draws its own charts because of what the report needs. Colours come from the page's CSS
//! custom properties by class, so one drawing works in light and dark mode and in print. Legends
//! are HTML next to the drawing, so they wrap on a phone. Each point carries the text that the
//! page's script shows as a tooltip; without the script, `<title>` shows it.
//!
//! kuva 0.6, the crate we looked at first, draws lines with bands and dashes. But its line plot has
//! neither markers nor tooltips: a second scatter plot has to be laid over it, with a second legend
//! entry. Its legend is inside the drawing. Its interactive mode puts a script into every SVG, and
//! a report has twenty.
//!
//! Start at [`Chart`]. [`Axis`] chooses ticks and [`Marker`] draws the shapes of points. [`Bars`]
//! and [`Intervals`] are other kinds of charts. [`Drawing`] is what they have in common, and
//! [`File`] combines drawings into a file.

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
