//! What counts as more than chance: one rule for every correlation on the page.
//!
//! A correlation is more than chance when its p-value, corrected for the number of properties that
//! are tested together (Holm), is below [`SIGNIFICANT`]. Tested together are the thesis's 23
//! properties with one cell; with nodes and source nodes held fixed, the other 21.

use rarefy::analysis::{Correlation, holm, p_value};

/// Below this a corrected p-value says that a correlation is more than chance.
pub const SIGNIFICANT: f64 = 0.05;

/// A correlation and its p-value, corrected for those that were tested with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// -1 to 1.
    pub r: f64,
    p: f64,
}

impl Tested {
    /// Those of one cell, over `rows` rows, with `given` columns held fixed; `None` where nothing was
    /// tested.
    pub fn all(r: &[Option<f64>], rows: usize, given: usize) -> Vec<Option<Self>> {
        let p: Vec<Option<f64>> = r.iter().map(|r| p_value((*r)?, rows, given)).collect();
        let corrected = holm(&p);
        r.iter().zip(corrected).map(|(r, p)| Some(Self { r: (*r)?, p: p? })).collect()
    }

    /// By the rule of the page.
    pub fn is_clear(&self) -> bool {
        self.p < SIGNIFICANT
    }
}

/// Whether a correlation that was tested elsewhere is more than chance, by the same rule.
pub fn is_clear(found: &Correlation) -> bool {
    found.p_corrected.is_some_and(|p| p < SIGNIFICANT)
}
