//! How the masks of a network moved while it was trained.

use rarefy::study::EpochResult;
use rarefy::train::Moved;

use super::curves::{Figure, drawn};
use crate::chart::Axis;
use crate::moved::{Shares, balance, by_gate, compared, look};

/// The sparsity of each gate, and the weights that were replaced; nothing if masks did not change.
pub fn figures(epochs: &[EpochResult]) -> Vec<Figure> {
    let moved: Vec<(u32, &Moved)> =
        epochs.iter().filter_map(|epoch| Some((epoch.epoch, epoch.moved.as_ref()?))).collect();
    if moved.is_empty() {
        return Vec::new();
    }
    let balance = balance(&moved);
    let figures = vec![
        figure("Share of masked weights by gate and epoch", "masked", &by_gate(&moved)),
        figure(
            "What became of the masks, by epoch",
            "share of the weights left",
            &compared(&moved),
        ),
    ];
    let title = "Balanced triples of hidden-to-hidden weights, by epoch";
    let balance = (!balance.is_empty()).then(|| figure(title, "share of triples", &balance));
    figures.into_iter().chain(balance).collect()
}

fn figure(title: &str, axis: &str, all: &[Shares]) -> Figure {
    let lines = all.iter().enumerate().map(|(at, shares)| shares.line(at));
    let y = Axis::new(axis, 0.0, 1.0, 5);
    Figure {
        title: title.to_owned(),
        svg: drawn(title, 440.0, 280.0, y, None, None, lines.collect()),
        legend: all
            .iter()
            .enumerate()
            .map(|(at, shares)| (look(at), shares.name.clone()))
            .collect(),
    }
}
