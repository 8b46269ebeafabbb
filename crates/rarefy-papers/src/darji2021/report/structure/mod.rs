//! The experiment on structure: networks wired as random graphs, and how their accuracy
//! is related to the graphs' properties.
//!
//! [`networks`] combines records and graphs, [`measured`] makes a table of them, [`summary`] states
//! the findings, and [`results`] and [`figures`] show them. Source nodes come first ([`by_sources`],
//! [`learned`], [`explained`]), then what is left at equal size ([`at_size`]). The template is `darji2021/templates/structure.html`.

mod at_size;
mod by_sources;
mod explained;
mod figures;
mod gate_masks;
mod learned;
mod measured;
mod networks;
mod results;
mod section;
mod summary;
mod theirs;

pub use at_size::clear;
#[cfg(test)]
pub use at_size::{FamilyEffect, between_cells};
pub use explained::{Explained, TOLD};
pub use gate_masks::{Masks, points, with_interval};
#[cfg(test)]
pub use learned::share as learned;
pub use measured::{Measured, SIZES, any_shape};
pub use networks::{Sampled, near_chance};
pub use section::{FIGURES, Structure};
pub use summary::Directions;
pub use theirs::their_correlation;
