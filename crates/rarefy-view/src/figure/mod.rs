//! Figures: drawings, with their data as tables.

mod file;
mod length;
mod parts;
mod print;

pub use file::FigureFile;
pub use length::Length;
pub use parts::{Figure, Group, LOW, Legend, NARROW, Panel, slug};
pub use print::Print;
