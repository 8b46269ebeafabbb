//! The thesis's values, if they can be compared with ours.

use crate::darji2021::report::structure::networks::Sampled;
use crate::darji2021::report::thesis;

/// The thesis's value, if it can be compared.
pub fn theirs<T>(sampled: &Sampled, figure: impl FnOnce() -> Option<T>) -> Option<T> {
    sampled.beside_thesis().then(figure).flatten()
}

/// The thesis's correlation, if it can be compared.
pub fn their_correlation(
    sampled: &Sampled,
    cell: rarefy::cell::Cell,
    property: &str,
) -> Option<f64> {
    theirs(sampled, || thesis::correlation(cell, property))
}
