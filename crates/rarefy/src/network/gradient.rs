//! The gradients at the weights of a layer's blocks, divided by rows among threads.

use std::ops::Range;

use super::Source;
use super::layer::{LayerEngine, Matrix, Reads};
use super::pass::StripPass;
use super::plan::Plan;
use crate::kernel::{Buffer, Steps};
use crate::parallel::Team;

/// Some rows of a weight matrix.
struct Piece<'a> {
    /// The number of the matrix's block in its layer.
    number: usize,
    matrix: Matrix<'a>,
    rows: Range<usize>,
}

/// How matrices are divided.
#[derive(Clone, Copy)]
struct Division {
    /// Threads that share them.
    jobs: usize,
    /// Columns of all steps together.
    columns: usize,
    /// Whether the network's input is tokens.
    reads_tokens: bool,
}

/// Adds the gradients at the weights and biases of the layer `at` to `gradient`, and those at the
/// embeddings to the strips' own. All `strips` must have gone back through the layer. `sums` is
/// scratch memory.
pub(super) fn weight_gradients(
    plan: &Plan,
    parameters: &[f32],
    at: usize,
    strips: &mut [StripPass],
    team: &Team,
    sums: &mut Buffer,
    gradient: &mut [f32],
) {
    let layer = &plan.layers[at];
    let division = Division {
        jobs: team.jobs(),
        columns: strips.iter().map(|strip| strip.strip.steps * strip.strip.columns).sum(),
        reads_tokens: strips.iter().any(|strip| strip.tokens.is_some()),
    };
    let of_tokens = |piece: &Piece| division.reads_tokens(&piece.matrix);
    // Matrices that read the same tokens are not independent.
    for piece in division.pieces(layer).filter(of_tokens) {
        let place = piece.matrix.factor.place(piece.rows.clone());
        for strip in &mut *strips {
            sums.zeros(piece.rows.len());
            piece.add_tokens(layer, at, strip, parameters, &mut gradient[place.clone()], sums);
            piece.add_to_biases(sums, gradient);
        }
    }
    // For each of the others and each strip, the sums of `d`.
    let pieces = || division.pieces(layer).filter(|piece| !of_tokens(piece));
    let count = strips.len();
    sums.zeros(pieces().map(|piece| piece.rows.len()).sum::<usize>() * count);
    // Matrices are packed in the order of the pieces.
    let (mut rest, mut before, mut rest_of_sums) = (&mut *gradient, 0, &mut sums[..]);
    let work = pieces().map(|piece| {
        let place = piece.matrix.factor.place(piece.rows.clone());
        let (_, after) = std::mem::take(&mut rest).split_at_mut(place.start - before);
        let (out, after) = after.split_at_mut(place.len());
        (rest, before) = (after, place.end);
        let (sums, after) =
            std::mem::take(&mut rest_of_sums).split_at_mut(piece.rows.len() * count);
        rest_of_sums = after;
        (piece, out, sums)
    });
    let strips = &*strips;
    team.each(work, |(piece, out, sums)| {
        for (strip, sums) in strips.iter().zip(sums.chunks_exact_mut(piece.rows.len())) {
            piece.add(layer, at, strip, out, sums);
        }
    });
    let mut rest = &sums[..];
    for piece in pieces() {
        let (sums, others) = rest.split_at(piece.rows.len() * count);
        rest = others;
        for sums in sums.chunks_exact(piece.rows.len()) {
            piece.add_to_biases(sums, gradient);
        }
    }
}

impl Division {
    /// The matrices of a layer, in pieces.
    fn pieces(self, layer: &LayerEngine) -> impl Iterator<Item = Piece<'_>> {
        layer.blocks.iter().enumerate().flat_map(move |(number, block)| {
            block.matrices().flat_map(move |matrix| {
                let pieces = matrix.factor.divide(self.jobs(&matrix));
                pieces.map(move |rows| Piece { number, matrix: matrix.clone(), rows })
            })
        })
    }

    /// Whether the matrix reads tokens. It is then not divided.
    fn reads_tokens(self, matrix: &Matrix) -> bool {
        self.reads_tokens && matrix.reads == Reads::Source(Source::Input)
    }

    /// How many threads share the matrix.
    fn jobs(self, matrix: &Matrix) -> usize {
        /// Multiply-adds that take longer than waking a thread.
        const LEAST: usize = 1 << 20;
        let (rows, depth) = (matrix.factor.rows(), matrix.factor.depth());
        let most = if self.reads_tokens(matrix) { 1 } else { rows * depth * self.columns / LEAST };
        most.clamp(1, self.jobs)
    }
}

impl Piece<'_> {
    /// The gradients at the pre-activations of the matrix's rows.
    fn d<'t>(&self, layer: &LayerEngine, at: usize, strip: &'t StripPass) -> Steps<'t> {
        let block = &layer.blocks[self.number];
        let d = strip
            .passes
            .iter()
            .map(|pass| self.matrix.d(block, &pass.layers[at].blocks[self.number], &pass.strip));
        Steps::of_parts(d, self.matrix.factor.rows(), strip.strip.columns)
    }

    /// Adds the gradients of `strip` to `out`, and the sums of `d` to `sums`.
    fn add(
        &self,
        layer: &LayerEngine,
        at: usize,
        strip: &StripPass,
        out: &mut [f32],
        sums: &mut [f32],
    ) {
        let Self { number, matrix, rows } = self;
        let x = strip.passes.iter().map(|pass| {
            let trace = &pass.layers[at].blocks[*number];
            matrix.x(&layer.blocks[*number], trace, &pass.strip, &pass.layers, &pass.entrance)
        });
        let x = Steps::of_parts(x, matrix.factor.depth(), strip.strip.columns);
        let (d, steps) = (self.d(layer, at, strip), strip.strip.steps);
        matrix.factor.gradient_product(rows.clone(), d, x, steps, out, sums);
    }

    /// The same where tokens are read.
    fn add_tokens(
        &self,
        layer: &LayerEngine,
        at: usize,
        strip: &mut StripPass,
        parameters: &[f32],
        out: &mut [f32],
        sums: &mut [f32],
    ) {
        let mut tokens = strip.tokens.take().expect("a strip of tokens");
        tokens.backward(self.matrix.factor, parameters, self.d(layer, at, strip), out, sums);
        strip.tokens = Some(tokens);
    }

    /// Adds the sums of `d` of a strip to the gradients at the biases.
    fn add_to_biases(&self, sums: &[f32], gradient: &mut [f32]) {
        let places = self.matrix.biases.get(self.rows.clone()).unwrap_or_default();
        for (&place, sum) in places.iter().zip(sums) {
            gradient[place] += sum;
        }
    }
}
