//! How rarefy's results look: charts, tables, figures and pages of a report, and a live view of
//! studies in a browser.
//!
//! All output is self-contained SVG and HTML. This crate is independent of any paper, reads no
//! arguments and prints nothing. [`chart`] draws lines, bars and masks; [`drawing`] draws graphs.
//! [`figure`], [`table`] and [`page`] combine them into a report. [`study`] is the report of any
//! study, and [`serve`] shows studies while they run.

pub mod chart;
pub mod curve;
pub mod drawing;
pub mod figure;
pub mod moved;
pub mod naming;
pub mod page;
pub mod raster;
pub mod saved;
pub mod serve;
pub mod spread;
pub mod study;
pub mod sweep;
pub mod table;
pub mod wording;
