//! Figures: what is drawn, and the same data as tables.

mod file;
mod parts;

pub use file::FigureFile;
pub use parts::{Figure, Group, LOW, Legend, NARROW, Panel, slug};
