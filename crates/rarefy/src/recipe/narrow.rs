//! Smaller dense networks: the control for sparse ones of as many weights.

use crate::cell::Cell;

/// The number of recurrent weights of a stack. `input` is the width of the first layer's input at
/// each step: the number of channels, or the width of an embedding. If `None`, it equals the width
/// of the layer.
pub(crate) fn stack_weights(cell: Cell, layers: &[usize], input: Option<usize>) -> usize {
    let below = input.as_ref().or(layers.first()).into_iter().chain(layers);
    cell.gates() * layers.iter().zip(below).map(|(&h, &i)| h * (h + i)).sum::<usize>()
}

/// Layers shaped like `layers`, of which the widest has `width` units.
pub(crate) fn scaled(layers: &[usize], width: usize) -> Vec<usize> {
    let widest = layers.iter().copied().max().unwrap_or(0);
    let size = |&layer: &usize| (layer * width + widest / 2) / widest;
    layers.iter().map(size).map(|size| size.max(1)).collect()
}

/// The largest stack shaped like `layers`, and no larger, with at most `most` recurrent weights;
/// `None` if its smallest size still has more.
pub(crate) fn narrowed(
    cell: Cell,
    layers: &[usize],
    input: Option<usize>,
    most: f64,
) -> Option<Vec<usize>> {
    let widest = layers.iter().copied().max().unwrap_or(0);
    let fits = |layers: &Vec<usize>| stack_weights(cell, layers, input) as f64 <= most;
    (1..=widest).rev().map(|width| scaled(layers, width)).find(fits)
}
