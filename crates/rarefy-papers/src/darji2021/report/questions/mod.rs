//! The five questions of the thesis, each with our answer, the thesis's, and whether they agree.
//!
//! Our answers are computed from the records and the thesis's from what it published, by the same
//! functions where possible. Nothing is decided by hand. [`agreement`] documents how a verdict is
//! reached; for readers, the section of the report about these numbers does (`about`).
//!
//! [`pruning`] has the first three questions, [`structure`] the fourth, and [`prediction`] the
//! fifth.

mod agreement;
mod all;
mod answer;
mod prediction;
mod pruning;
mod section;
mod structure;

pub use agreement::{AGREES_FROM, BY_CHANCE, DRAWS, FEWEST, KNOWN_FROM};
pub use all::questions;
pub use answer::{FEWEST_GRAPHS, Figures, Question, plain};
pub use pruning::CONTESTED;
pub use section::Section;
