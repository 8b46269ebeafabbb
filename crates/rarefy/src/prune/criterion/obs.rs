//! How much a layer's sums change without a weight, if the remaining weights may compensate for it.

use crate::network::{Masks, Network};
use crate::prune::scores::{Evidence, Scores};

/// Damping of a Hessian, relative to the mean of its diagonal.
const DAMPING: f64 = 0.01;

/// `w^2 / [H^-1]_jj`, where `j` is the weight's column and `H` the damped sum of `x x^T` over all
/// inputs `x` of the matrix, at all steps of all sequences (Hassibi and Stork 1993; damping as in
/// SparseGPT). If all inputs of a matrix are zero, its scores are 0.
pub(super) fn scores(network: &Network, evidence: Evidence, _: u64) -> Scores {
    let mut scores = vec![0.0; network.parameters().len()];
    let hessians = Hessian::of_all(network, evidence);
    for (weight, hessian) in network.layout().weights().zip(hessians) {
        let Some(variances) = hessian.inverse_diagonal() else { continue };
        for (at, place) in weight.range.enumerate() {
            let w = f64::from(network.parameters()[place]);
            scores[place] = w * w / variances[at % weight.columns];
        }
    }
    Scores::lowest(scores)
}

/// Adjusts the remaining weights to compensate for pruning. `before` is the same network with fewer
/// masks. Each row of a matrix then gives sums as close as possible to those before (Hassibi and
/// Stork 1993), over all steps of all sequences. `H` is damped as in the scores.
///
/// # Panics
/// If the network cannot read the sequences.
pub fn compensate(network: &mut Network, before: &Network, evidence: Evidence) {
    let hessians = Hessian::of_all(before, evidence);
    let mut weights: Vec<f64> = before.parameters().iter().map(|&w| f64::from(w)).collect();
    for (weight, hessian) in network.layout().weights().zip(hessians) {
        if hessian.is_zero() {
            continue;
        }
        for row in 0..weight.rows {
            let start = weight.range.start + row * weight.columns;
            hessian.compensate(
                &mut weights[start..start + weight.columns],
                start,
                [before.masks(), network.masks()],
            );
        }
    }
    network.update(|parameters| {
        for place in before.layout().weights().flat_map(|weight| weight.range) {
            parameters[place] = weights[place] as f32;
        }
    });
}

/// The sum of `x x^T`, damped; `[K][K]`, symmetric.
struct Hessian {
    size: usize,
    values: Vec<f64>,
}

impl Hessian {
    /// The Hessian of each recurrent weight matrix.
    fn of_all(network: &Network, evidence: Evidence) -> Vec<Self> {
        let empty = |size| Self { size, values: vec![0.0; size * size] };
        let mut all: Vec<Self> =
            network.layout().weights().map(|weight| empty(weight.columns)).collect();
        evidence.visit(network, |matrix, x| {
            let Self { size, values } = &mut all[matrix];
            for (row, &x_row) in values.chunks_exact_mut(*size).zip(x).filter(|row| *row.1 != 0.0) {
                row.iter_mut().zip(x).for_each(|(sum, &x)| *sum += x_row * x);
            }
        });
        for Self { size, values } in &mut all {
            let diagonal = || (0..*size).map(|at| at * *size + at);
            let mean = diagonal().map(|at| values[at]).sum::<f64>() / *size as f64;
            diagonal().for_each(|at| values[at] += DAMPING * mean);
        }
        all
    }

    fn is_zero(&self) -> bool {
        self.values.iter().all(|&value| value == 0.0)
    }

    /// The submatrix of the rows and columns at `places`.
    fn at(&self, places: &[usize]) -> Self {
        let value = |(&row, &column): (&usize, &usize)| self.values[row * self.size + column];
        let pairs = places.iter().flat_map(|row| places.iter().map(move |column| (row, column)));
        Self { size: places.len(), values: pairs.map(value).collect() }
    }

    /// The diagonal of the inverse; `None` if the matrix is all zeros.
    fn inverse_diagonal(self) -> Option<Vec<f64>> {
        if self.is_zero() {
            return None;
        }
        let size = self.size;
        let triangle = self.factor();
        // H^-1 = L^-T L^-1: an entry of its diagonal is the squared norm of a column of L^-1.
        let variance = |at: usize| -> f64 {
            let mut column = vec![0.0; size];
            column[at] = 1.0;
            triangle.solve_lower(&mut column);
            column.iter().map(|x| x * x).sum()
        };
        Some((0..size).map(variance).collect())
    }

    /// Compensates one row of weights, whose first parameter is `start`: `w_K += H_KK^-1 H_KP w_P`.
    /// `K` are the columns that both masks keep, `P` those that only the first keeps.
    fn compensate(&self, row: &mut [f64], start: usize, [before, after]: [&Masks; 2]) {
        let masked = |masks: &Masks, column: usize| masks.is_masked(start + column);
        let kept: Vec<usize> = (0..self.size).filter(|&at| !masked(after, at)).collect();
        let pruned: Vec<usize> =
            (0..self.size).filter(|&at| masked(after, at) && !masked(before, at)).collect();
        if pruned.is_empty() {
            return;
        }
        let lost = |&at: &usize| {
            let of =
                pruned.iter().map(|&pruned| self.values[at * self.size + pruned] * row[pruned]);
            of.sum()
        };
        let mut gain: Vec<f64> = kept.iter().map(lost).collect();
        let triangle = self.at(&kept).factor();
        triangle.solve_lower(&mut gain);
        triangle.solve_upper(&mut gain);
        kept.into_iter().zip(gain).for_each(|(at, gain)| row[at] += gain);
    }

    /// The lower triangle `L` of `H = L L^T` (Cholesky).
    fn factor(mut self) -> Triangle {
        let n = self.size;
        for row in 0..n {
            let (above, own) = self.values.split_at_mut(row * n);
            for column in 0..row {
                let of = &above[column * n..][..=column];
                own[column] = (own[column] - dot(&own[..column], of)) / of[column];
            }
            own[row] = (own[row] - dot(&own[..row], &own[..row])).sqrt();
        }
        Triangle(self)
    }
}

/// A lower triangle.
struct Triangle(Hessian);

impl Triangle {
    fn row(&self, row: usize) -> &[f64] {
        &self.0.values[row * self.0.size..][..=row]
    }

    /// `b = L^-1 b`
    fn solve_lower(&self, b: &mut [f64]) {
        for at in 0..b.len() {
            let row = self.row(at);
            b[at] = (b[at] - dot(&b[..at], row)) / row[at];
        }
    }

    /// `b = L^-T b`
    fn solve_upper(&self, b: &mut [f64]) {
        for at in (0..b.len()).rev() {
            let row = self.row(at);
            b[at] /= row[at];
            let (before, own) = b.split_at_mut(at);
            before.iter_mut().zip(row).for_each(|(b, l)| *b -= own[0] * l);
        }
    }
}

/// The dot product over the length of the shorter one.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::data::{Dataset, Scaling, Sequences, Targets};
    use crate::network::{Architecture, Input, Readout};
    use crate::prune::{Criterion, Scope, Selection, prune_by};
    use crate::random::Stream;

    #[test]
    fn what_stays_makes_up_for_what_goes_as_well_as_it_can() {
        let mut chance = Stream::new(1, "test");
        let series = (0..12).map(|_| (0..3 * 5).map(|_| chance.normal() as f32).collect());
        let sequences = Sequences::Series { scaling: Scaling::none(3), values: series.collect() };
        let data = Dataset { sequences, targets: Targets::Classes(vec![0; 12]) };
        let evidence = Evidence { sequences: &data, readout: Readout::Last };
        for cell in Cell::ALL {
            let input = Input::Series { channels: 3 };
            let architecture = Architecture::stack(input, cell, &[6, 5], 2).unwrap();
            let before = Network::initialise(architecture, 2);
            let criterion = Criterion::Obs;
            let selection = Selection { criterion, ..Selection::new(Scope::Both, 50.0) };
            let scores = selection.scores(&before, Some(evidence), 0).unwrap();
            let mut pruned = before.clone();
            prune_by(&mut pruned, &scores, &selection).unwrap();
            let mut compensated = pruned.clone();
            compensate(&mut compensated, &before, evidence);
            assert_eq!(compensated.masks(), pruned.masks());
            // The damped error of each matrix's sums, and its derivative by each remaining weight.
            let hessians = Hessian::of_all(&before, evidence);
            for (weight, hessian) in before.layout().weights().zip(&hessians) {
                let n = weight.columns;
                let change = |network: &Network, row: usize| -> Vec<f64> {
                    let at = weight.range.start + row * n;
                    (at..at + n)
                        .map(|at| network.parameters()[at] - before.parameters()[at])
                        .map(f64::from)
                        .collect()
                };
                let slope = |change: &[f64], at: usize| dot(&hessian.values[at * n..][..n], change);
                let error = |network: &Network| -> f64 {
                    let rows = (0..weight.rows).map(|row| change(network, row));
                    let of = |d: Vec<f64>| (0..n).map(|at| d[at] * slope(&d, at)).sum::<f64>();
                    rows.map(of).sum()
                };
                assert!(error(&compensated) <= error(&pruned), "{cell}");
                // Weights are rounded to single precision.
                let scale = (0..n).map(|at| hessian.values[at * n + at]).sum::<f64>();
                for row in 0..weight.rows {
                    let change = change(&compensated, row);
                    let start = weight.range.start + row * n;
                    for at in (0..n).filter(|at| !pruned.masks().is_masked(start + at)) {
                        assert!(slope(&change, at).abs() <= 1e-6 * scale, "{cell}");
                    }
                }
            }
        }
    }
}
