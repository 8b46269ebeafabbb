//! How rarefy's results look: charts, tables, figures and pages of a report, and a live view of
//! studies in a browser.
//!
//! Everything is SVG and HTML that needs nothing else. Nothing here knows a paper, reads
//! arguments or prints. [`chart`] draws lines, bars and masks, [`drawing`] graphs; [`figure`],
//! [`table`] and [`page`] make a report of them; [`study`] is the report of any
//! study, [`serve`] shows studies as they run.

pub mod chart;
pub mod curve;
pub mod drawing;
pub mod figure;
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
