//! Smaller dense networks: the control for sparse ones of as many weights.

use crate::cell::Cell;

/// The recurrent layers of a stack.
#[derive(Clone, Debug)]
pub(crate) struct Stack {
    pub(crate) cell: Cell,
    /// Units of each layer.
    pub(crate) layers: Vec<usize>,
    /// The width of the first layer's input at each step: the number of channels, or the width of an
    /// embedding. If `None`, it equals the width of the layer.
    pub(crate) input: Option<usize>,
    /// Whether each layer reads in both directions.
    pub(crate) bidirectional: bool,
}

impl Stack {
    /// The number of its recurrent weights; the largest that a computer counts if they are more.
    pub(crate) fn weights(&self) -> usize {
        let directions = if self.bidirectional { 2 } else { 1 };
        let first = self.input.or(self.layers.first().copied());
        let later = self.layers.iter().map(|&below| below.saturating_mul(directions));
        let products = self.layers.iter().zip(first.into_iter().chain(later));
        let products = products.map(|(&h, i)| h.saturating_mul(i.saturating_add(h)));
        let all = products.fold(0, usize::saturating_add);
        all.saturating_mul(self.cell.gates() * directions)
    }

    fn widest(&self) -> usize {
        self.layers.iter().copied().max().unwrap_or(0)
    }

    /// Layers of the same shape, of which the widest has `width` units.
    pub(crate) fn scaled(&self, width: usize) -> Self {
        let widest = self.widest();
        let size = |&layer: &usize| (layer * width + widest / 2) / widest;
        let layers = self.layers.iter().map(size).map(|size| size.max(1)).collect();
        Self { layers, ..self.clone() }
    }

    /// The largest stack of the same shape, and no larger, with at most `most` recurrent weights;
    /// `None` if its smallest size still has more.
    pub(crate) fn narrowed(&self, most: f64) -> Option<Self> {
        let scaled = (1..=self.widest()).rev().map(|width| self.scaled(width));
        { scaled }.find(|stack| stack.weights() as f64 <= most)
    }
}
