//! How the masks of a network moved while it was trained.

use rarefy::study::EpochResult;
use rarefy::train::Moved;

use super::curves::{Figure, drawn, point};
use crate::chart::{Axis, Line, Marker, series_class, swatch};

/// A line of a figure: its name, and a share for each epoch whose masks are known.
type Shares = (String, Vec<(u32, f64)>);

/// The sparsity of each gate, and the weights that were replaced; nothing if masks did not change.
pub fn figures(epochs: &[EpochResult]) -> Vec<Figure> {
    let moved: Vec<(u32, &Moved)> =
        epochs.iter().filter_map(|epoch| Some((epoch.epoch, epoch.moved.as_ref()?))).collect();
    let Some((_, first)) = moved.first() else { return Vec::new() };
    let line = |name: &str, share: &dyn Fn(&Moved) -> f64| -> Shares {
        (name.to_owned(), moved.iter().map(|&(epoch, moved)| (epoch, share(moved))).collect())
    };
    let gates = first.gates.keys().map(|gate| {
        line(gate, &|moved: &Moved| moved.gates.get(gate).copied().unwrap_or(f64::NAN))
    });
    vec![
        figure("Share of masked weights by gate and epoch", "masked", gates.collect()),
        figure(
            "What became of the masks, by epoch",
            "share of the weights left",
            vec![
                line("masked an epoch before", &|moved| moved.replaced),
                line("left before the first epoch, too", &|moved| moved.first),
                line("left by magnitude pruning of the initial network, too", &|moved| {
                    moved.magnitude
                }),
            ],
        ),
    ]
}

fn figure(title: &str, axis: &str, all: Vec<Shares>) -> Figure {
    let look = |at: usize| (series_class(at), Marker::ALL[at % 4]);
    let lines = all.iter().enumerate().map(|(at, (name, shares))| Line {
        class: look(at).0.to_owned(),
        marker: look(at).1,
        dashed: false,
        joined: true,
        points: shares.iter().map(|&(epoch, share)| point(epoch, share, name)).collect(),
    });
    let legend = all.iter().enumerate().map(|(at, (name, _))| {
        let (class, marker) = look(at);
        (swatch(class, marker, false), name.clone())
    });
    let y = Axis::new(axis, 0.0, 1.0, 5);
    Figure {
        title: title.to_owned(),
        svg: drawn(title, 440.0, 280.0, y, None, None, lines.collect()),
        legend: legend.collect(),
    }
}
