//! The rule by which a correlation exceeds chance, the same everywhere on the page.
//!
//! A correlation exceeds chance if its p-value, after correction for the number of properties
//! tested together (Holm), is below [`SIGNIFICANT`]. Tested together are the thesis's 23 properties
//! with one cell; with nodes and source nodes held fixed, the other 21.

use rarefy::analysis::{Correlation, holm, p_value};

/// A correlation exceeds chance if its corrected p-value is below this.
pub const SIGNIFICANT: f64 = 0.05;

/// A correlation and its p-value, corrected for the correlations tested together with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// The correlation, -1 to 1.
    pub r: f64,
    p: f64,
}

impl Tested {
    /// The correlations of one cell over `rows` rows, with `given` columns held fixed; `None` where
    /// nothing was tested.
    pub fn all(r: &[Option<f64>], rows: usize, given: usize) -> Vec<Option<Self>> {
        let p: Vec<Option<f64>> = r.iter().map(|r| p_value((*r)?, rows, given)).collect();
        let corrected = holm(&p);
        r.iter().zip(corrected).map(|(r, p)| Some(Self { r: (*r)?, p: p? })).collect()
    }

    /// Whether it exceeds chance.
    pub fn is_clear(&self) -> bool {
        self.p < SIGNIFICANT
    }
}

/// The same rule for a correlation that was tested elsewhere.
pub fn is_clear(found: &Correlation) -> bool {
    found.p_corrected.is_some_and(|p| p < SIGNIFICANT)
}
