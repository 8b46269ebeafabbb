//! One weight matrix of a block in the form that the kernels need: whole, or only its entries that
//! are not masked.

use std::ops::Range;

use super::{Masks, Packing};
use crate::kernel::{Left, Order, SparseMatrix, Start, Steps, gradient_product};

/// A weight matrix `[R][K]`, or the part of one that connects live units.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    /// Where the matrix, or its entries, are among the packed parameters.
    range: Range<usize>,
    rows: usize,
    depth: usize,
    /// Set if only the entries are multiplied.
    sparse: Option<SparseMatrix>,
    /// Otherwise, the order of the weights,
    order: Order,
    /// and the places of masked ones in it.
    masked: Vec<u32>,
}

impl Factor {
    /// The matrix at `range`, with `inputs` weights per row, of which only the rows `rows`, in this
    /// order, and the columns `columns`, ascending, are used. Packs the weights that are computed
    /// with.
    pub(super) fn new(
        range: Range<usize>,
        inputs: usize,
        rows: &[usize],
        columns: &[usize],
        masks: &Masks,
        packing: &mut Packing,
    ) -> Self {
        let (height, depth) = (rows.len(), columns.len());
        let entries = || entries(range.clone(), inputs, rows, columns, masks);
        if SparseMatrix::pays(entries().count(), height * depth) {
            let sparse =
                SparseMatrix::new(height, depth, entries().map(|entry| (entry.row, entry.column)));
            let range = packing.places(entries().map(|entry| range.start + entry.place));
            let (sparse, order, masked) = (Some(sparse), Order::Rows, Vec::new());
            return Self { range, rows: height, depth, sparse, order, masked };
        }
        let order = Order::of(height, depth);
        let mut masked = Vec::new();
        let mut left = entries().map(|entry| (entry.row, entry.column)).peekable();
        for place in Order::Rows.places(height, depth) {
            if left.next_if_eq(&place).is_none() {
                let (first, distance) = order.row(place.0, height, depth);
                masked.push((first + place.1 * distance) as u32);
            }
        }
        let packed = packing.len();
        if depth == inputs && order == Order::Rows {
            for run in rows.chunk_by(|row, next| row + 1 == *next) {
                let first = range.start + run[0] * inputs;
                packing.run(first..first + run.len() * inputs);
            }
        } else {
            let place = |(row, column)| range.start + rows[row] * inputs + columns[column];
            packing.places(order.places(height, depth).map(place));
        }
        let range = packed..packing.len();
        Self { range, rows: height, depth, sparse: None, order, masked }
    }

    /// `R`
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// `K`
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Prepares for products with the weights in packed `parameters`.
    pub(super) fn set(&mut self, parameters: &[f32]) {
        if let Some(sparse) = &mut self.sparse {
            sparse.set(&parameters[self.range.clone()]);
        }
    }

    /// Sets `gradient`, that of the packed parameters, to zero at masked weights.
    pub(super) fn mask(&self, gradient: &mut [f32]) {
        let gradient = &mut gradient[self.range.clone()];
        for &place in &self.masked {
            gradient[place as usize] = 0.0;
        }
    }

    fn left<'a>(&self, parameters: &'a [f32]) -> Left<'a> {
        Left::new(&parameters[self.range.clone()], self.rows, self.depth)
    }

    /// How many steps [`Factor::products`] should be given.
    pub(super) fn steps_together(&self, columns: usize) -> usize {
        self.order.steps_together(self.rows, self.depth, columns)
    }

    /// `out[R][N] = start + self[R][K] right[K][N]` for each of several steps, with the distances
    /// from one step to the next.
    pub(super) fn products(
        &self,
        parameters: &[f32],
        right: (&[f32], usize),
        columns: usize,
        start: Start,
        out: (&mut [f32], usize),
    ) {
        match &self.sparse {
            Some(sparse) => sparse.products(right, columns, start, out),
            None => self.order.products(self.left(parameters), right, columns, start, out),
        }
    }

    /// `out[K][N] = start + (self^T)[K][R] right[R][N]`, likewise.
    pub(super) fn products_transposed(
        &self,
        parameters: &[f32],
        right: (&[f32], usize),
        columns: usize,
        start: Start,
        out: (&mut [f32], usize),
    ) {
        let Some(sparse) = &self.sparse else {
            let left = self.left(parameters);
            return self.order.products_transposed(left, right, columns, start, out);
        };
        sparse.products_transposed(right, columns, start, out);
    }

    /// [`Factor::products`] of one step.
    pub(super) fn product(
        &self,
        parameters: &[f32],
        right: &[f32],
        columns: usize,
        start: Start,
        out: &mut [f32],
    ) {
        let stride = out.len();
        self.products(parameters, (right, right.len()), columns, start, (out, stride));
    }

    /// [`Factor::products_transposed`] of one step.
    pub(super) fn product_transposed(
        &self,
        parameters: &[f32],
        right: &[f32],
        columns: usize,
        start: Start,
        out: &mut [f32],
    ) {
        let stride = out.len();
        self.products_transposed(parameters, (right, right.len()), columns, start, (out, stride));
    }

    /// Divides the rows among `jobs` threads.
    pub(super) fn divide(&self, jobs: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        self.order.divide(self.rows, jobs)
    }

    /// The places of what some rows of [`Factor::divide`] hold, among the packed parameters.
    pub(super) fn place(&self, rows: Range<usize>) -> Range<usize> {
        let within = match &self.sparse {
            Some(sparse) => sparse.entries_in(rows),
            None => rows.start * self.depth..rows.end * self.depth,
        };
        self.range.start + within.start..self.range.start + within.end
    }

    /// Adds the gradient at the weights in `rows` to `out`, where their gradient is, and the sums of
    /// `d` to `sums`, one for each of these rows. `d` holds all rows. Masked weights may get a
    /// gradient until [`Factor::mask`] is called.
    pub(super) fn gradient_product(
        &self,
        rows: Range<usize>,
        d: Steps,
        x: Steps,
        steps: usize,
        out: &mut [f32],
        sums: &mut [f32],
    ) {
        match &self.sparse {
            Some(sparse) => sparse.gradient_product(rows, d, x, steps, out, sums),
            None => gradient_product(d.select(rows), x, steps, self.order, out, sums),
        }
    }
}

/// A weight that is not masked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Its row, among the rows that are used.
    pub(super) row: usize,
    /// Its column, among the columns that are used.
    pub(super) column: usize,
    /// Its index in the whole matrix.
    pub(super) place: usize,
}

/// The weights that are not masked in the matrix at `range`, with `inputs` weights per row, within
/// its rows `rows`, in this order, and columns `columns`, ascending.
pub(super) fn entries<'a>(
    range: Range<usize>,
    inputs: usize,
    rows: &'a [usize],
    columns: &'a [usize],
    masks: &'a Masks,
) -> impl Iterator<Item = Entry> + Clone + 'a {
    let start = range.start;
    rows.iter().enumerate().flat_map(move |(row, from)| {
        let first = from * inputs;
        let masked = masks.masked_in(start + first..start + first + inputs);
        // Columns and masks both ascend, so one pass skips all masked places.
        let mut masked = masked.iter().map(move |place| place - start).peekable();
        let entry = move |(column, input): (usize, &usize)| {
            let place = first + input;
            while masked.next_if(|&masked| masked < place).is_some() {}
            (masked.peek() != Some(&place)).then_some(Entry { row, column, place })
        };
        columns.iter().enumerate().filter_map(entry)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The matrix `[6][4]`, of which these rows and columns are used.
    fn factor(rows: &[usize], columns: &[usize], masked: Vec<usize>) -> (Factor, Packing) {
        let mut packing = Packing::default();
        let masks = Masks::at(24, masked);
        (Factor::new(0..24, 4, rows, columns, &masks, &mut packing), packing)
    }

    #[test]
    fn few_entries_are_multiplied_by_themselves_and_many_as_a_whole() {
        let (all, columns) = ([0, 1, 2, 3, 4, 5], [0, 1, 2, 3]);
        assert!(factor(&all, &columns, Vec::new()).0.sparse.is_none());
        assert!(factor(&all, &columns, (0..15).collect()).0.sparse.is_some());
    }

    #[test]
    fn what_dead_units_leave_is_a_smaller_dense_matrix() {
        // Column 1 and row 5 belong to dead units; one more weight is masked.
        let masked = [1, 5, 9, 13, 17, 21].into_iter().chain(20..24).chain([10]).collect();
        let (factor, packing) = factor(&[0, 1, 2, 3, 4], &[0, 2, 3], masked);
        assert!(factor.sparse.is_none());
        assert_eq!((factor.rows, factor.depth, packing.len()), (5, 3, 15));
        assert_eq!(factor.masked, [7]);
        let places: Vec<f32> = (0..24).map(|place| place as f32).collect();
        assert_eq!(packing.pack(&places)[6..9], [8.0, 10.0, 11.0]);
    }

    #[test]
    fn rows_are_packed_in_the_order_in_which_they_are_given() {
        let (rows, columns) = ([4, 5, 0, 1, 2, 3], [0, 1, 2, 3]);
        let places: Vec<f32> = (0..24).map(|place| place as f32).collect();
        let (dense, packing) = factor(&rows, &columns, vec![1, 18]);
        assert_eq!(packing.pack(&places), [&places[16..], &places[..16]].concat());
        assert_eq!(dense.masked, [2, 9]);

        let masked = (0..24).filter(|place| ![2, 17, 21].contains(place)).collect();
        let (sparse, packing) = factor(&rows, &columns, masked);
        assert!(sparse.sparse.is_some());
        assert_eq!(packing.pack(&places), [17.0, 21.0, 2.0]);
    }
}
