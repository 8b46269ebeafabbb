//! Figures: what is drawn, and the same data as tables.
//!
//! Here is what they share; [`base`], [`pruning`] and [`retraining`] are those of the
//! pruning experiment.

mod base;
mod file;
mod pruning;
mod retraining;
mod survivors;

use askama::Template;
use rarefy::cell::Cell;
use rarefy::prune::Scope;

use super::findings::{Curve, Findings};
use super::spread::Spread;
use super::table::{Entry, Table};
use super::wording;
use crate::chart::{Axis, Line, Marker, Point, level_swatch, swatch};

pub use base::base;
pub use file::FigureFile;
pub use pruning::pruning;
pub use retraining::retraining;
pub use survivors::{Survivor, gates, masks};

/// Width of a panel of which four stand in a row, in drawing units.
pub const NARROW: f64 = 264.0;
/// Height of most panels.
pub const LOW: f64 = 196.0;
/// Class of a line that stands for no cell and no percent in particular.
pub const NEUTRAL: &str = "neutral";
/// No accuracy axis starts above this: above it, seeds differ by a handful of strings.
const HIGHEST_START: f64 = 0.9;

/// How many figures the pruning experiment has, and how many more where there are models.
pub const PRUNING_FIGURES: [usize; 2] = [3, 2];

/// A numbered figure.
#[derive(Template)]
#[template(path = "report/figure.html")]
pub struct Figure {
    /// Its number and, in the page, its anchor.
    pub number: usize,
    /// What it shows, in a few words.
    pub title: String,
    /// How to read it.
    pub caption: String,
    /// What the lines mean.
    pub legend: Vec<Legend>,
    /// Rows of panels.
    pub groups: Vec<Group>,
    /// The data that is drawn; empty where it is told elsewhere.
    pub data: Vec<Table>,
    /// The data as CSV, where there is no table here that it could be made of.
    pub csv: Option<String>,
}

/// An entry of a figure's legend.
pub struct Legend {
    /// A drawing of the line.
    pub swatch: String,
    /// Its name.
    pub name: String,
}

/// Panels that belong together.
pub struct Group {
    /// Their common heading; may be empty.
    pub title: String,
    /// How many stand in a row on a wide page.
    pub columns: usize,
    /// The panels.
    pub panels: Vec<Panel>,
    /// Whether only the heading shows until one asks for more.
    pub folded: bool,
}

/// One drawing and its heading.
pub struct Panel {
    /// Its name within its group, as part of a file's name: `gru`.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// The drawing, an `<svg>` element.
    pub svg: String,
}

impl Panel {
    /// A drawing, its heading, and the name of what it shows, of which the key is made.
    pub fn new(name: &str, title: String, svg: String) -> Self {
        Self { key: slug(name), title, svg }
    }
}

/// `input-to-hidden`: a name as part of a file's name.
pub fn slug(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let text: String = name.chars().map(plain).collect();
    text.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

impl Figure {
    /// The figure as HTML.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}

/// A published curve, from its first epoch on, no further than ours goes.
fn curve(values: Vec<f64>, first: u32, last: u32) -> Curve {
    let points = (first..=last).zip(values);
    points.map(|(epoch, value)| (f64::from(epoch), Spread::one(value))).collect()
}

/// A curve as a line of a chart; `text` says what a point is of.
pub fn line(
    class: &str,
    marker: Marker,
    dashed: bool,
    curve: &Curve,
    text: &dyn Fn(f64) -> String,
) -> Line {
    let point = |&(x, spread): &(f64, Spread)| {
        let seeds = match spread.count {
            1 => String::new(),
            count => format!(", mean of {count} seeds"),
        };
        let text = format!("{}: {}{seeds}", text(x), wording::spread(spread));
        Point { x, y: spread.mean, low: spread.min, high: spread.max, text }
    };
    let points = curve.iter().map(point).collect();
    Line { class: class.to_owned(), marker, dashed, joined: true, points }
}

fn entry(ours: &Curve, published: &Curve, x: impl Into<f64>) -> Entry {
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

/// An axis that has room for all these curves.
pub fn accuracy_axis<'a>(curves: impl Iterator<Item = &'a Curve>) -> Axis {
    accuracy_axis_of(curves.flatten().map(|(_, spread)| spread.min))
}

/// An axis that has room for all these accuracies.
pub fn accuracy_axis_of(accuracies: impl Iterator<Item = f64>) -> Axis {
    Axis::accuracy("test accuracy", accuracies.fold(HIGHEST_START, f64::min))
}

/// The dashed lines; none where the thesis does not stand beside.
fn thesis_legend(findings: &Findings) -> Option<Legend> {
    findings.beside_thesis.then(|| Legend {
        swatch: swatch(NEUTRAL, Marker::Circle, true),
        name: "thesis, in the same colours".to_owned(),
    })
}

/// The thin line across a panel.
fn level_legend(findings: &Findings) -> Legend {
    let tolerance = wording::points(findings.study.tolerance);
    Legend { swatch: level_swatch(), name: format!("this study, unpruned minus {tolerance}") }
}

/// How a table of a figure names what is grey.
fn grey_note(findings: &Findings) -> String {
    if findings.beside_thesis { "Grey: the thesis." } else { "" }.to_owned()
}

fn band_note(findings: &Findings) -> &'static str {
    match findings.study.seeds.len() {
        1 => "",
        _ => " Lines are means over seeds, bands reach from the lowest to the highest seed.",
    }
}

/// Class of what is drawn of a cell.
pub const fn cell_class(cell: Cell) -> &'static str {
    match cell {
        Cell::RnnTanh => "cell-rnn-tanh",
        Cell::RnnRelu => "cell-rnn-relu",
        Cell::Gru => "cell-gru",
        Cell::Lstm => "cell-lstm",
    }
}

/// Shape of the points of a cell.
pub const fn cell_marker(cell: Cell) -> Marker {
    match cell {
        Cell::RnnTanh => Marker::Circle,
        Cell::RnnRelu => Marker::Square,
        Cell::Gru => Marker::Triangle,
        Cell::Lstm => Marker::Diamond,
    }
}

/// Class of what is drawn of a scope.
pub const fn scope_class(scope: Scope) -> &'static str {
    match scope {
        Scope::Both => "scope-both",
        Scope::Ih => "scope-ih",
        Scope::Hh => "scope-hh",
    }
}

/// Shape of the points of a scope.
pub const fn scope_marker(scope: Scope) -> Marker {
    match scope {
        Scope::Both => Marker::Circle,
        Scope::Ih => Marker::Triangle,
        Scope::Hh => Marker::Diamond,
    }
}
