//! The five questions of the thesis, each with our answer, the thesis's, and whether they agree.
//!
//! Answers are computed from the records, the thesis's from what it published, by the same
//! functions where both can be had; nothing is decided by hand. How a verdict comes about is told at
//! [`agreement`] and, for readers, in the report's part about these numbers (`about`).
//!
//! [`pruning`] has the first three, [`structure`] the fourth, [`prediction`] the fifth.

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
