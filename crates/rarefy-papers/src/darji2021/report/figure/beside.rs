//! What the figures share: our curves and the published ones.

use rarefy_view::chart::{Marker, NEUTRAL, level_swatch, swatch};
use rarefy_view::curve::Curve;
use rarefy_view::figure::Legend;
use rarefy_view::spread::Spread;
use rarefy_view::table::Entry;
use rarefy_view::wording;

use crate::darji2021::report::findings::Findings;

/// A published curve, from its first epoch on, no further than ours goes.
pub fn curve(values: Vec<f64>, first: u32, last: u32) -> Curve {
    let points = (first..=last).zip(values);
    points.map(|(epoch, value)| (f64::from(epoch), Spread::one(value))).collect()
}

/// Our value of a curve at `x`, and the published one.
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

/// The dashed lines; none where the thesis cannot be compared.
pub fn thesis_legend(findings: &Findings) -> Option<Legend> {
    findings.beside_thesis.then(|| Legend {
        swatch: swatch(NEUTRAL, Marker::Circle, true),
        name: "thesis, same colours".to_owned(),
    })
}

/// The thin line across a panel.
pub fn level_legend(findings: &Findings) -> Legend {
    let tolerance = wording::points(findings.study.tolerance);
    Legend { swatch: level_swatch(), name: format!("this study, unpruned minus {tolerance}") }
}

/// How a table of a figure names what is grey.
pub fn grey_note(findings: &Findings) -> String {
    if findings.beside_thesis { "Grey: the thesis." } else { "" }.to_owned()
}

/// How to read lines and bands of several seeds.
pub fn band_note(findings: &Findings) -> &'static str {
    match findings.seeds().most {
        0 | 1 => "",
        _ => " Lines are means over seeds; bands span the lowest to the highest seed.",
    }
}
