//! Problems that rarefy draws itself: what recurrent networks are usually tried on.
//!
//! [`Problem`] draws series. A [`Drawing`] says how many, to learn from and to test on, and
//! [`DrawingOptions`] are its form in study files and on the command line.

mod draw;
mod drawing;
mod options;
mod signals;

pub use draw::Problem;
pub use drawing::Drawing;
pub use options::{DrawingError, DrawingOptions, ProblemKind, ProblemSetting};
