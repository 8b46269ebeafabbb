//! Our curves and the published ones, as the figures share them.

use rarefy_view::chart::{Marker, NEUTRAL, level_swatch, swatch};
use rarefy_view::curve::Curve;
use rarefy_view::figure::Legend;
use rarefy_view::spread::Spread;
use rarefy_view::table::Entry;
use rarefy_view::wording;

use crate::darji2021::report::findings::Findings;

/// A published curve that starts at epoch `first` and ends where ours does.
pub fn curve(values: Vec<f64>, first: u32, last: u32) -> Curve {
    let points = (first..=last).zip(values);
    points.map(|(epoch, value)| (f64::from(epoch), Spread::one(value))).collect()
}

/// The value of our curve at `x`, and of the published one.
pub fn entry(ours: &Curve, published: &Curve, x: impl Into<f64>) -> Entry {
    let x = x.into();
    let at = |curve: &Curve| curve.iter().find(|point| point.0 == x).map(|point| point.1);
    let (ours, published) = (at(ours), at(published));
    let several = ours.filter(|spread| spread.count > 1);
    Entry {
        range: several.map(wording::range),
        thesis: published.map(|spread| wording::accuracy(spread.mean)),
        ..Entry::new(ours.map(|spread| wording::accuracy(spread.mean)))
    }
}

/// The legend of dashed lines; `None` if the thesis cannot be compared.
pub fn thesis_legend(findings: &Findings) -> Option<Legend> {
    findings.beside_thesis.then(|| Legend {
        swatch: swatch(NEUTRAL, Marker::Circle, true),
        name: "thesis, same colours".to_owned(),
    })
}

/// The legend of the thin line across a panel.
pub fn level_legend(findings: &Findings) -> Legend {
    let tolerance = wording::points(findings.study.tolerance);
    Legend { swatch: level_swatch(), name: format!("this study, unpruned minus {tolerance}") }
}

/// A note on the values shown in grey in a figure's table.
pub fn grey_note(findings: &Findings) -> String {
    if findings.beside_thesis { "Grey: the thesis." } else { "" }.to_owned()
}

/// A note on how to read lines and bands of several seeds.
pub fn band_note(findings: &Findings) -> &'static str {
    match findings.seeds().most {
        0 | 1 => "",
        _ => " Lines are means over seeds; bands span the lowest to the highest seed.",
    }
}
