//! One weight matrix of a block as the kernels want it: whole, or only what is left of
//! it.

use std::ops::Range;

use super::{BlockLayout, Masks, Packing};
use crate::kernel::{Buffer, Left, SparseMatrix, Start, Steps, gradient_product, product};

/// A weight matrix `[R][K]`, or the part of one that joins live units.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    /// Where the matrix, or its entries, lie among the packed parameters.
    range: Range<usize>,
    rows: usize,
    depth: usize,
    /// When only its entries are multiplied.
    sparse: Option<SparseMatrix>,
    /// Otherwise, where in the matrix masked ones are.
    masked: Vec<u32>,
}

impl Factor {
    /// The matrix at `range`, `inputs` weights a row, of which only the rows `rows` and
    /// the columns `columns` count, ascending. Packs what it computes with.
    pub(super) fn new(
        range: Range<usize>,
        inputs: usize,
        rows: &[usize],
        columns: &[usize],
        masks: &Masks,
        packing: &mut Packing,
    ) -> Self {
        let whole = rows.len() * columns.len() == range.len();
        let masked = masks.masked_in(range.clone());
        let few = SparseMatrix::pays(range.len() - masked.len(), range.len());
        let (rows_left, depth) = (rows.len(), columns.len());
        if whole && !few {
            let masked = masked.iter().map(|place| (place - range.start) as u32).collect();
            let range = packing.run(range);
            return Self { range, rows: rows_left, depth, sparse: None, masked };
        }
        let entries = || entries(range.clone(), inputs, rows, columns, masks);
        let places = entries().map(|entry| range.start + entry.place);
        let sparse =
            SparseMatrix::new(rows_left, depth, entries().map(|entry| (entry.row, entry.column)));
        let range = packing.places(places);
        Self { range, rows: rows_left, depth, sparse: Some(sparse), masked: Vec::new() }
    }

    /// `R`
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// `K`
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Makes ready for products with the weights in `parameters`, packed.
    pub(super) fn set(&mut self, parameters: &[f32]) {
        if let Some(sparse) = &mut self.sparse {
            sparse.set(&parameters[self.range.clone()]);
        }
    }

    /// Takes from `gradient`, that of the packed parameters, what masked weights got.
    pub(super) fn mask(&self, gradient: &mut [f32]) {
        let gradient = &mut gradient[self.range.clone()];
        for &place in &self.masked {
            gradient[place as usize] = 0.0;
        }
    }

    fn left<'a>(&self, parameters: &'a [f32]) -> Left<'a> {
        Left::new(&parameters[self.range.clone()], self.rows, self.depth)
    }

    /// `out[R][N] = start + self[R][K] right[K][N]`
    pub(super) fn product(
        &self,
        parameters: &[f32],
        right: &[f32],
        columns: usize,
        start: Start,
        out: &mut [f32],
    ) {
        match &self.sparse {
            Some(sparse) => sparse.product(right, columns, start, out),
            None => product(self.left(parameters), right, columns, start, out),
        }
    }

    /// `out[K][N] = start + (self^T)[K][R] right[R][N]`
    pub(super) fn product_transposed(
        &self,
        parameters: &[f32],
        right: &[f32],
        columns: usize,
        start: Start,
        out: &mut [f32],
    ) {
        match &self.sparse {
            Some(sparse) => sparse.product_transposed(right, columns, start, out),
            None => product(self.left(parameters).transposed(), right, columns, start, out),
        }
    }

    /// Adds the gradient at the weights to `gradient`, that of the packed parameters, and the
    /// sums of `d` to `sums` `[R]`. Masked weights may get one until [`Factor::mask`].
    pub(super) fn gradient_product(
        &self,
        d: Steps,
        x: Steps,
        steps: usize,
        columns: usize,
        gradient: &mut [f32],
        sums: &mut [f32],
    ) {
        let out = &mut gradient[self.range.clone()];
        match &self.sparse {
            Some(sparse) => sparse.gradient_product(d, x, steps, columns, out, sums),
            None => gradient_product(d, x, steps, columns, out, sums),
        }
    }
}

/// A weight that is not masked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Its row, among those that count.
    pub(super) row: usize,
    /// Its column, among those that count.
    pub(super) column: usize,
    /// Where in the whole matrix it lies.
    pub(super) place: usize,
}

/// What is not masked of the matrix at `range`, `inputs` weights a row, in its rows
/// `rows` and columns `columns`, both ascending; row by row.
pub(super) fn entries<'a>(
    range: Range<usize>,
    inputs: usize,
    rows: &'a [usize],
    columns: &'a [usize],
    masks: &'a Masks,
) -> impl Iterator<Item = Entry> + 'a {
    let start = range.start;
    // Places and masks ascend: what is masked is skipped in passing.
    let mut masked = masks.masked_in(range).iter().map(move |place| place - start).peekable();
    let places = rows.iter().enumerate().flat_map(move |(row, from)| {
        let entry = move |(column, input): (usize, &usize)| Entry {
            row,
            column,
            place: from * inputs + input,
        };
        columns.iter().enumerate().map(entry)
    });
    places.filter(move |entry| {
        while masked.next_if(|&masked| masked < entry.place).is_some() {}
        masked.peek() != Some(&entry.place)
    })
}

/// The rows of some gates, in a matrix of `hidden` rows a gate, that belong to `units`.
pub(super) fn live_rows(
    gates: Range<usize>,
    hidden: usize,
    units: &[usize],
) -> impl Iterator<Item = usize> + '_ {
    gates.flat_map(move |gate| units.iter().map(move |unit| gate * hidden + unit))
}

/// Adds up the biases of `units` that feed the same slot: leaves `[S][width]` in `bias`,
/// zeros beyond the units.
pub(super) fn fuse_biases(
    parameters: &[f32],
    place: &BlockLayout,
    units: &[usize],
    width: usize,
    bias: &mut Buffer,
) {
    bias.zeros(place.cell.slots() * width);
    let mut add = |range: &Range<usize>, gates: Range<usize>, slot: usize| {
        for (gate, slot) in gates.zip(bias.chunks_exact_mut(width).skip(slot)) {
            for (bias, row) in slot.iter_mut().zip(live_rows(gate..gate + 1, place.hidden, units)) {
                *bias += parameters[range.start + row];
            }
        }
    };
    add(&place.bias_ih, 0..place.cell.gates(), 0);
    for (gates, slot) in place.cell.hidden_slots() {
        add(&place.bias_hh, gates.clone(), *slot);
    }
}
