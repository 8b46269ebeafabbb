//! The experiment on structure: networks wired as random graphs, and how their accuracy
//! is related to the graphs' properties.
//!
//! [`networks`] combines records and graphs, [`summary`] states the findings, and [`results`] and
//! [`figures`] show them. The template is `darji2021/templates/structure.html`.

mod figures;
mod networks;
mod results;
mod section;
mod summary;
mod theirs;

pub use networks::{Measured, SIZES, Sampled};
pub use section::{FIGURES, Structure};
pub use summary::{Directions, gain_of_tiling, near_chance};
pub use theirs::their_correlation;
