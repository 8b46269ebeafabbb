//! A regression tree: a row's leaf is found by comparing one column after another.
//!
//! `growth` contains how it is grown. This is the finished tree, which is kept small because a
//! forest for a large table has millions of nodes.

use super::fitted::{Fitted, check_row};

/// Marks a leaf.
const LEAF: u32 = u32::MAX;

/// Either a split or a leaf. The left side of a split is the next node.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// The threshold of a split, or the value of a leaf.
    number: f64,
    /// The column that is compared with the threshold, or [`LEAF`].
    column: u32,
    /// The node for values above the threshold.
    right: u32,
}

/// A regression tree that splits where the squared error falls most, like scikit-learn's
/// `DecisionTreeRegressor` (Breiman et al. 1984, *Classification and Regression Trees*). It
/// compares values as `f32`, as scikit-learn's trees do.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Vec<Node>,
    /// `[D]`: how much the splits by each column reduced the squared error.
    gains: Vec<f64>,
}

impl Tree {
    /// A tree without nodes, for `columns` columns.
    pub(super) fn unplanted(columns: usize) -> Self {
        Self { nodes: Vec::new(), gains: vec![0.0; columns] }
    }

    /// Adds a leaf that predicts `value`, and returns its index.
    pub(super) fn add_leaf(&mut self, value: f64) -> usize {
        self.nodes.push(Node { number: value, column: LEAF, right: LEAF });
        self.nodes.len() - 1
    }

    /// Adds a split by `column`, which reduces the squared error by `gain`, and returns its index.
    /// The node added next is its left side.
    pub(super) fn add_split(&mut self, column: usize, threshold: f64, gain: f64) -> usize {
        self.gains[column] += gain;
        self.nodes.push(Node { number: threshold, column: column as u32, right: LEAF });
        self.nodes.len() - 1
    }

    /// Makes the node added next the right side of `split`.
    pub(super) fn right_of(&mut self, split: usize) {
        self.nodes[split].right = self.nodes.len() as u32;
    }

    /// Whether the tree has any split.
    pub(super) fn is_split(&self) -> bool {
        self.nodes.len() > 1
    }
}

impl Fitted for Tree {
    fn predict_row(&self, row: &[f64]) -> f64 {
        check_row(row, self.gains.len());
        let mut at = 0;
        loop {
            let node = self.nodes[at];
            if node.column == LEAF {
                return node.number;
            }
            let left = f64::from(row[node.column as usize] as f32) <= node.number;
            at = if left { at + 1 } else { node.right as usize };
        }
    }

    fn importances(&self) -> Vec<f64> {
        let total: f64 = self.gains.iter().sum();
        match total > 0.0 {
            true => self.gains.iter().map(|gain| gain / total).collect(),
            false => vec![0.0; self.gains.len()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::regression::Table;

    #[test]
    fn a_tree_splits_half_way_between_values_where_the_error_falls_most() {
        let x = Table::new(1, vec![1.0, 2.0, 4.0, 8.0]);
        let y = [0.0, 0.0, 1.0, 3.0];
        let stump = Tree::fit(&x, &y, 1, 0);
        // Left of 6 the mean is 1/3; splitting at 3 would leave the error 2, not 2/3.
        let predicted = [5.9, 6.0, 6.1].map(|x| stump.predict_row(&[x]));
        assert_eq!(predicted, [1.0 / 3.0, 1.0 / 3.0, 3.0]);
        let tree = Tree::fit(&x, &y, usize::MAX, 0);
        assert_eq!(tree.predict(&x), y);
        assert_eq!(tree.importances(), [1.0]);
    }

    #[test]
    fn columns_that_split_equally_well_are_taken_at_random() {
        let x = Table::new(2, vec![0.0, 0.0, 1.0, 1.0]);
        let chosen: Vec<Vec<f64>> =
            (0..20).map(|seed| Tree::fit(&x, &[0.0, 1.0], 1, seed).importances()).collect();
        assert!(chosen.contains(&vec![1.0, 0.0]) && chosen.contains(&vec![0.0, 1.0]));
    }

    #[test]
    fn what_cannot_be_split_is_a_leaf() {
        let leaf = |x: Table, y: &[f64]| {
            let tree = Tree::fit(&x, y, usize::MAX, 0);
            assert!(!tree.is_split());
            assert_eq!(tree.importances(), vec![0.0; x.columns()]);
            tree.predict(&x)[0]
        };
        assert_eq!(leaf(Table::new(2, vec![1.0, 2.0]), &[5.0]), 5.0);
        assert_eq!(leaf(Table::new(1, vec![1.0, 2.0]), &[5.0, 5.0]), 5.0);
        assert_eq!(leaf(Table::new(1, vec![1.0, 1.0]), &[5.0, 6.0]), 5.5);
        // A table without columns.
        assert_eq!(leaf(Table::new(1, vec![1.0, 1.0]).with_columns(&[]), &[5.0, 6.0]), 5.5);
    }
}
