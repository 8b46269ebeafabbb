//! What the sections show.

use rarefy::analysis::Estimate;
use rarefy_view::wording;

use crate::darji2021::prediction::CellPrediction;

/// What the sections show.
pub struct Shown<'a> {
    /// Each cell with a prediction.
    pub cells: &'a [CellPrediction],
    /// Whether the thesis's results are shown as well.
    pub beside_thesis: bool,
}

/// `0.68 (0.58 to 0.76)`
pub fn estimate(estimate: &Estimate) -> String {
    let value = wording::correlation(estimate.value);
    match &estimate.interval {
        None => value,
        Some(interval) => format!(
            "{value} ({} to {})",
            wording::correlation(interval.low),
            wording::correlation(interval.high)
        ),
    }
}
