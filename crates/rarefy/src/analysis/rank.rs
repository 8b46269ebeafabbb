//! Ranks and their use: Spearman's correlation, also with weights.

use super::correlation::{pearson, quotient};

/// The rows in ascending order of `values`.
fn ascending(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
    order
}

/// The rank of each value, from 1; equal values share their mean rank.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let ranked = Ranked::new(values);
    let mut ranks = vec![0.0; values.len()];
    ranked.write(&vec![1.0; values.len()], &mut ranks);
    ranks
}

/// Spearman's correlation: Pearson's correlation of the ranks, where equal values share a rank.
///
/// # Panics
/// As [`pearson`].
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    pearson(&ranks(x), &ranks(y))
}

/// A sorted column, ready to be ranked with many sets of weights.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    /// Rows, in ascending order of their values.
    order: Vec<u32>,
    /// The end in `order` of each run of equal values.
    ends: Vec<u32>,
}

impl Ranked {
    pub(super) fn new(values: &[f64]) -> Self {
        let order = ascending(values);
        let value = |at: usize| values[order[at] as usize];
        let ends = (1..=order.len()).filter(|&at| at == order.len() || value(at - 1) != value(at));
        let ends = ends.map(|end| end as u32).collect();
        Self { order, ends }
    }

    /// For each run of equal values: its rows, their total weight, and their common rank, where
    /// each row counts `weights` times.
    fn runs(&self, weights: &[f64], mut each: impl FnMut(&[u32], f64, f64)) {
        let (mut start, mut below) = (0, 0.0);
        for &end in &self.ends {
            let rows = &self.order[start..end as usize];
            let weight: f64 = rows.iter().map(|&row| weights[row as usize]).sum();
            each(rows, weight, below + (weight + 1.0) / 2.0);
            below += weight;
            start = end as usize;
        }
    }

    /// Writes the ranks of the rows, where each row counts `weights` times.
    fn write(&self, weights: &[f64], ranks: &mut [f64]) {
        self.runs(weights, |rows, _, rank| {
            rows.iter().for_each(|&row| ranks[row as usize] = rank);
        });
    }

    /// Two weighted sums over rows: of the squared deviations of the ranks from `mean`, and of
    /// their products with the deviations in `other`.
    fn products(&self, weights: &[f64], mean: f64, other: &[f64]) -> (f64, f64) {
        let (mut squares, mut products) = (0.0, 0.0);
        if self.ends.len() == self.order.len() {
            // A column without ties, which is usual for measured values, takes half the time.
            let mut below = 0.0;
            for &row in &self.order {
                let weight = weights[row as usize];
                let deviation = below + (weight + 1.0) / 2.0 - mean;
                squares += weight * deviation * deviation;
                products += weight * deviation * (other[row as usize] - mean);
                below += weight;
            }
            return (squares, products);
        }
        self.runs(weights, |rows, weight, rank| {
            let deviation = rank - mean;
            squares += weight * deviation * deviation;
            let there = |&row: &u32| weights[row as usize] * (other[row as usize] - mean);
            products += deviation * rows.iter().map(there).sum::<f64>();
        });
        (squares, products)
    }
}

/// The ranks of a column in one resample, to be compared with those of other columns.
pub(super) struct DrawnRanks<'a> {
    /// How often each row was drawn.
    weights: &'a [f64],
    mean: f64,
    ranks: Vec<f64>,
    squares: f64,
}

impl<'a> DrawnRanks<'a> {
    pub(super) fn new(column: &Ranked, weights: &'a [f64]) -> Self {
        let mean = (weights.len() as f64 + 1.0) / 2.0;
        let mut ranks = vec![0.0; weights.len()];
        column.write(weights, &mut ranks);
        let (squares, _) = column.products(weights, mean, &ranks);
        Self { weights, mean, ranks, squares }
    }

    /// Spearman's correlation with another column in the same resample.
    pub(super) fn spearman(&self, other: &Ranked) -> Option<f64> {
        let (squares, products) = other.products(self.weights, self.mean, &self.ranks);
        quotient(squares, self.squares, products)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(ranks(&[]), [0.0; 0]);
        // 0 and -0 are the same number.
        assert_eq!(ranks(&[0.0, -0.0]), [1.5, 1.5]);
    }

    #[test]
    fn a_weight_counts_a_row_so_often() {
        let (values, weights) = ([2.0, 5.0, 1.0, 5.0], [2.0, 1.0, 0.0, 3.0]);
        let repeated = [2.0, 2.0, 5.0, 5.0, 5.0, 5.0];
        let mut weighted = [0.0; 4];
        Ranked::new(&values).write(&weights, &mut weighted);
        assert_eq!([weighted[0], weighted[1]], [ranks(&repeated)[0], ranks(&repeated)[2]]);
    }
}
