//! Growing a tree: by which column to split, and where.
//!
//! Each column is sorted once for all trees of an ensemble ([`Presorted`]). A tree takes the rows
//! that it learns from ([`Samples`]). A split partitions every column stably, so that each node has
//! its rows in the order of each column without sorting: O(D) per row and level. scikit-learn 1.9
//! sorts at every node instead; the rules and bounds below are the same.

use super::Table;
use super::fitted::check_target;
use super::tree::Tree;
use crate::random::Stream;

/// Values of a column that differ by no more than this count as equal (scikit-learn's
/// `FEATURE_THRESHOLD`).
const SAME: f32 = 1e-7;

/// A node whose targets vary by no more than this is a leaf (scikit-learn's `EPSILON`).
const PURE: f64 = f64::EPSILON;

/// A row in a sorted column.
#[derive(Clone, Copy, Default)]
struct Entry {
    value: f32,
    row: u32,
}

/// The columns of a table, each in ascending order.
pub(super) struct Presorted {
    rows: usize,
    /// `[D][N]`
    columns: Vec<Vec<Entry>>,
}

impl Presorted {
    /// O(D N log N).
    pub fn new(x: &Table) -> Self {
        let column = |at| {
            let values = x.column(at);
            let entry =
                |(row, value): (usize, &f64)| Entry { value: *value as f32, row: row as u32 };
            let mut entries: Vec<Entry> = values.iter().enumerate().map(entry).collect();
            entries.sort_by(|a, b| a.value.total_cmp(&b.value));
            entries
        };
        let rows = x.rows();
        assert!(u32::try_from(rows).is_ok(), "{rows} rows, at most {} are possible", u32::MAX);
        Self { rows, columns: (0..x.columns()).map(column).collect() }
    }
}

/// The data of a row for learning.
#[derive(Clone, Copy)]
struct Sample {
    target: f64,
    /// How often the row counts.
    weight: f64,
}

/// Sums over the rows of a node.
#[derive(Clone, Copy, Default)]
struct Sums {
    weight: f64,
    target: f64,
    square: f64,
}

impl Sums {
    fn add(&mut self, sample: Sample) {
        self.weight += sample.weight;
        self.target += sample.weight * sample.target;
        self.square += sample.weight * sample.target * sample.target;
    }

    fn mean(&self) -> f64 {
        self.target / self.weight
    }

    /// The variance of the targets.
    fn impurity(&self) -> f64 {
        self.square / self.weight - self.mean() * self.mean()
    }
}

/// The rows that a tree learns from: M of N.
pub(super) struct Samples {
    /// `[M]`
    samples: Vec<Sample>,
    /// `[D][M]`: each column in ascending order, and within each node as well.
    entries: Vec<Entry>,
    columns: usize,
}

/// A node not yet created, with rows `start..end` of each column.
struct Pending {
    start: usize,
    end: usize,
    depth: usize,
    sums: Sums,
    /// The split that has this node on its right side.
    right_of: Option<usize>,
}

/// Where to split a node: the first `left` of its rows, in the order of `column`, go left.
struct Split {
    column: usize,
    left: usize,
    threshold: f64,
}

impl Samples {
    /// Contains each row of the table as often as `counts` says.
    pub fn new(x: &Presorted, y: &[f64], counts: &[u32]) -> Self {
        debug_assert_eq!((x.rows, x.rows), (y.len(), counts.len()));
        let mut places = vec![0; x.rows];
        let mut samples = Vec::with_capacity(x.rows);
        for (row, (&target, &count)) in y.iter().zip(counts).enumerate() {
            places[row] = samples.len() as u32;
            if count > 0 {
                samples.push(Sample { target, weight: f64::from(count) });
            }
        }
        let mut entries = Vec::with_capacity(x.columns.len() * samples.len());
        for column in &x.columns {
            let taken = column.iter().filter(|entry| counts[entry.row as usize] > 0);
            let place = |entry: &Entry| Entry { row: places[entry.row as usize], ..*entry };
            entries.extend(taken.map(place));
        }
        Self { samples, entries, columns: x.columns.len() }
    }

    /// A tree with at most `depth` splits between root and leaf. `stream` determines the order in
    /// which columns are tried; of those that split equally well, the first is used.
    pub fn grow(mut self, depth: usize, stream: &mut Stream) -> Tree {
        let rows = self.samples.len();
        let mut tree = Tree::unplanted(self.columns);
        let mut order: Vec<usize> = (0..self.columns).collect();
        let mut goes_left = vec![false; rows];
        let mut scratch = vec![Entry::default(); rows];
        let mut sums = Sums::default();
        self.samples.iter().for_each(|&sample| sums.add(sample));
        let is_leaf = |node: &Pending| {
            node.depth == depth || node.end - node.start < 2 || node.sums.impurity() <= PURE
        };
        let mut pending = vec![Pending { start: 0, end: rows, depth: 0, sums, right_of: None }];
        while let Some(node) = pending.pop() {
            if let Some(split) = node.right_of {
                tree.right_of(split);
            }
            let split = match is_leaf(&node) {
                true => None,
                false => {
                    stream.shuffle(&mut order);
                    self.best_split(&node, &order)
                }
            };
            let Some(split) = split else {
                tree.add_leaf(node.sums.mean());
                continue;
            };
            let (mut left, mut right) = (Sums::default(), Sums::default());
            for (at, entry) in self.column(split.column, &node).iter().enumerate() {
                let row = entry.row as usize;
                goes_left[row] = at < split.left;
                let side = if goes_left[row] { &mut left } else { &mut right };
                side.add(self.samples[row]);
            }
            let error = |sums: &Sums| sums.weight * sums.impurity();
            let gain = error(&node.sums) - error(&left) - error(&right);
            let number = tree.add_split(split.column, split.threshold, gain);
            let (middle, depth) = (node.start + split.left, node.depth + 1);
            let left = Pending { end: middle, depth, sums: left, right_of: None, ..node };
            let right =
                Pending { start: middle, depth, sums: right, right_of: Some(number), ..node };
            if !(is_leaf(&left) && is_leaf(&right)) {
                for column in 0..self.columns {
                    let at = column * rows;
                    let entries = &mut self.entries[at + node.start..at + node.end];
                    partition(entries, &goes_left, &mut scratch);
                }
            }
            // The left side is created first, because it has to be the next node.
            pending.extend([right, left]);
        }
        tree
    }

    /// The rows of a node in the order of a column.
    fn column(&self, column: usize, node: &Pending) -> &[Entry] {
        let at = column * self.samples.len();
        &self.entries[at + node.start..at + node.end]
    }

    /// The split with the smallest remaining squared error, if any column varies.
    fn best_split(&self, node: &Pending, order: &[usize]) -> Option<Split> {
        let mut best = None;
        let mut most = f64::NEG_INFINITY;
        for &column in order {
            let entries = self.column(column, node);
            if entries[entries.len() - 1].value <= entries[0].value + SAME {
                continue;
            }
            let (mut weight, mut target) = (0.0, 0.0);
            for (at, pair) in entries.windows(2).enumerate() {
                let sample = self.samples[pair[0].row as usize];
                weight += sample.weight;
                target += sample.weight * sample.target;
                if pair[1].value <= pair[0].value + SAME {
                    continue;
                }
                // The remaining squared error is the node's squares minus this value.
                let rest = node.sums.target - target;
                let explained =
                    target * target / weight + rest * rest / (node.sums.weight - weight);
                if explained > most {
                    most = explained;
                    let threshold = f64::from(pair[0].value) / 2.0 + f64::from(pair[1].value) / 2.0;
                    best = Some(Split { column, left: at + 1, threshold });
                }
            }
        }
        best
    }
}

/// Moves the entries of rows that go left to the front; both parts keep their order. It does not
/// branch on `goes_left`, which would be unpredictable.
fn partition(entries: &mut [Entry], goes_left: &[bool], scratch: &mut [Entry]) {
    let (mut left, mut right) = (0, 0);
    let scratch = &mut scratch[..entries.len()];
    for at in 0..entries.len() {
        let entry = entries[at];
        let goes_left = usize::from(goes_left[entry.row as usize]);
        entries[left] = entry;
        scratch[right] = entry;
        left += goes_left;
        right += 1 - goes_left;
    }
    entries[left..].copy_from_slice(&scratch[..right]);
}

impl Tree {
    /// Fits a tree of at most `depth` splits between root and leaf to N rows with equal weight.
    /// `seed` decides between columns that split equally well. O(N D log N) for a balanced tree.
    ///
    /// # Panics
    /// If there are no rows, or the number of targets differs.
    pub fn fit(x: &Table, y: &[f64], depth: usize, seed: u64) -> Self {
        check_target(x, y);
        let samples = Samples::new(&Presorted::new(x), y, &vec![1; y.len()]);
        samples.grow(depth, &mut Stream::new(seed, "tree"))
    }
}
