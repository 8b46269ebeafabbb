//! What became of the masks of a network while it was trained, as lines of charts.

use rarefy::train::Moved;

use crate::chart::{Line, Marker, Point, series_class, swatch};
use crate::wording;

/// About as many points of a curve are drawn; more could not be told apart in a narrow panel.
const MOST_POINTS: usize = 24;

/// A share of the weights by epoch.
pub struct Shares {
    /// What they are a share of.
    pub name: String,
    /// The share after each epoch whose masks are known.
    pub points: Vec<(u32, f64)>,
}

impl Shares {
    fn of(name: &str, moved: &[(u32, &Moved)], share: impl Fn(&Moved) -> f64) -> Self {
        let points = moved.iter().map(|&(epoch, moved)| (epoch, share(moved)));
        Self { name: name.to_owned(), points: points.collect() }
    }

    /// The line, which looks like number `at` of a drawing.
    pub fn line(&self, at: usize) -> Line {
        let point = |&(epoch, share): &(u32, f64)| Point {
            x: f64::from(epoch),
            y: share,
            low: share,
            high: share,
            text: format!("{}\nepoch {epoch}: {}", self.name, wording::accuracy(share)),
        };
        Line {
            class: series_class(at).to_owned(),
            marker: marker(at),
            dashed: false,
            joined: true,
            points: self.points.iter().map(point).collect(),
        }
    }
}

/// A small drawing of line number `at`, for a legend.
pub fn look(at: usize) -> String {
    swatch(series_class(at), marker(at), false)
}

/// Evenly spaced ones of a curve's points, and the last.
pub fn thinned<T>(points: &[T]) -> impl Iterator<Item = &T> {
    let (step, last) = (points.len().div_ceil(MOST_POINTS).max(1), points.len().saturating_sub(1));
    let is_drawn = move |(at, _): &(usize, &T)| at % step == 0 || *at == last;
    points.iter().enumerate().filter(is_drawn).map(|(_, point)| point)
}

/// Its marker: another one for lines of the same colour.
pub fn marker(at: usize) -> Marker {
    Marker::ALL[(at + at / crate::chart::SERIES) % Marker::ALL.len()]
}

/// The masked weights of each gate.
pub fn by_gate(moved: &[(u32, &Moved)]) -> Vec<Shares> {
    let gates = moved.first().map(|(_, moved)| moved.gates.keys()).into_iter().flatten();
    let shares = gates.map(|gate| {
        Shares::of(gate, moved, |moved| moved.gates.get(gate).copied().unwrap_or(f64::NAN))
    });
    shares.collect()
}

/// The balance of hidden-to-hidden weights; nothing if it is not defined.
pub fn balance(moved: &[(u32, &Moved)]) -> Vec<Shares> {
    let known: Vec<(u32, &Moved)> =
        moved.iter().copied().filter(|(_, moved)| moved.balanced.is_some()).collect();
    let share = |moved: &Moved| moved.balanced.unwrap_or(f64::NAN);
    let shares = Shares::of("balanced triples of hidden-to-hidden weights", &known, share);
    if known.is_empty() { Vec::new() } else { vec![shares] }
}

/// The weights that are left, compared with earlier masks and with those of magnitude pruning.
pub fn compared(moved: &[(u32, &Moved)]) -> Vec<Shares> {
    vec![
        Shares::of("masked an epoch before", moved, |moved| moved.replaced),
        Shares::of("left before the first epoch, too", moved, |moved| moved.first),
        Shares::of("left by magnitude pruning of the initial network, too", moved, |moved| {
            moved.magnitude
        }),
    ]
}
