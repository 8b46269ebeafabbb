//! The spectral radius: the largest modulus of an eigenvalue.
//!
//! The eigenvalues of a graph are those of its strongly connected components, so a graph without
//! cycles has none but zero, exactly. Those of a component come from the QR algorithm on its
//! Hessenberg form (Martin, Peters and Wilkinson 1970; `elmhes` and `hqr` of EISPACK).

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Digraph, Edge};

/// What an entry of the matrix is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Entries {
    /// The weight of the edge.
    Weights,
    /// 1 for each edge.
    Ones,
}

/// The strongly connected components of a graph.
pub(super) struct Components {
    /// For each component its nodes.
    members: Vec<Vec<usize>>,
}

impl Components {
    pub(super) fn new(graph: &Digraph) -> Self {
        let mut inner = DiGraph::<(), ()>::with_capacity(graph.nodes(), graph.edges().len());
        (0..graph.nodes()).for_each(|_| _ = inner.add_node(()));
        for edge in graph.edges() {
            inner.add_edge(NodeIndex::new(edge.from), NodeIndex::new(edge.to), ());
        }
        let index = |nodes: Vec<NodeIndex>| nodes.into_iter().map(NodeIndex::index).collect();
        Self { members: kosaraju_scc(&inner).into_iter().map(index).collect() }
    }

    /// The number of multiplications that eigenvalues take, approximately.
    pub(super) fn cost(&self) -> u64 {
        self.members.iter().map(|nodes| 5 * (nodes.len() as u64).pow(3)).sum()
    }

    /// The spectral radius of `graph`, whose components these are; `None` if the iteration does not
    /// converge.
    pub(super) fn spectral_radius(&self, graph: &Digraph, entries: Entries) -> Option<f64> {
        let mut places = vec![(0, 0); graph.nodes()];
        for (component, nodes) in self.members.iter().enumerate() {
            nodes.iter().enumerate().for_each(|(at, &node)| places[node] = (component, at));
        }
        let size = |component: usize| self.members[component].len();
        let mut matrices: Vec<Vec<f64>> =
            (0..self.members.len()).map(|component| vec![0.0; size(component).pow(2)]).collect();
        for &Edge { from, to, weight } in graph.edges() {
            let ((component, row), (other, column)) = (places[from], places[to]);
            if component == other {
                let entry = if entries == Entries::Ones { 1.0 } else { weight };
                matrices[component][row * size(component) + column] = entry;
            }
        }
        let mut radii = matrices.into_iter().enumerate().map(|(component, matrix)| {
            Matrix { size: size(component), entries: matrix }.spectral_radius()
        });
        radii.try_fold(0.0_f64, |most, radius| Some(most.max(radius?)))
    }
}

/// A square matrix, row by row.
struct Matrix {
    size: usize,
    entries: Vec<f64>,
}

impl Matrix {
    fn at(&self, row: usize, column: usize) -> f64 {
        self.entries[row * self.size + column]
    }

    fn entry(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.entries[row * self.size + column]
    }

    /// Subtracts `factor` times one row from another, from `column` on.
    fn subtract(&mut self, row: usize, factor: f64, from: usize, column: usize) {
        let size = self.size;
        let [target, source] = self
            .entries
            .get_disjoint_mut([row * size..(row + 1) * size, from * size..(from + 1) * size])
            .expect("two rows");
        let pairs = target[column..].iter_mut().zip(&source[column..]);
        pairs.for_each(|(target, source)| *target -= factor * source);
    }

    fn swap_rows(&mut self, a: usize, b: usize) {
        (0..self.size).for_each(|at| self.entries.swap(a * self.size + at, b * self.size + at));
    }

    fn swap_columns(&mut self, a: usize, b: usize) {
        (0..self.size).for_each(|at| self.entries.swap(at * self.size + a, at * self.size + b));
    }

    fn spectral_radius(mut self) -> Option<f64> {
        // Squares of entries neither overflow nor vanish. A power of two changes no other bit.
        let largest = self.entries.iter().fold(0.0_f64, |most, entry| entry.abs().max(most));
        let scale = 2.0_f64.powi(largest.log2().clamp(-1000.0, 1000.0) as i32);
        self.entries.iter_mut().for_each(|entry| *entry /= scale);
        self.reduce();
        let radius = |most: f64, (re, im): (f64, f64)| re.hypot(im).max(most);
        Some(self.eigenvalues()?.into_iter().fold(0.0, radius) * scale)
    }

    /// Makes it Hessenberg, by elimination with pivots: similar to before, and zero below the
    /// diagonal next to the main one.
    fn reduce(&mut self) {
        for middle in 1..self.size.saturating_sub(1) {
            let column = middle - 1;
            let largest = |a: &usize, b: &usize| {
                self.at(*a, column).abs().total_cmp(&self.at(*b, column).abs())
            };
            let pivot = (middle..self.size).max_by(largest).expect("a row");
            let value = self.at(pivot, column);
            if value == 0.0 {
                continue;
            }
            if pivot != middle {
                self.swap_rows(pivot, middle);
                self.swap_columns(pivot, middle);
            }
            let factors: Vec<f64> =
                (middle + 1..self.size).map(|row| self.at(row, column) / value).collect();
            for (row, &factor) in (middle + 1..).zip(&factors) {
                if factor != 0.0 {
                    self.subtract(row, factor, middle, column);
                    *self.entry(row, column) = 0.0;
                }
            }
            for row in self.entries.chunks_exact_mut(self.size) {
                let sum: f64 = row[middle + 1..].iter().zip(&factors).map(|(a, b)| a * b).sum();
                row[middle] += sum;
            }
        }
    }

    /// The eigenvalues of a Hessenberg matrix, real and imaginary part, by QR steps with two shifts.
    fn eigenvalues(&mut self) -> Option<Vec<(f64, f64)>> {
        /// Iterations for one eigenvalue; in practice two or three are enough.
        const MOST: usize = 60;
        let mut found = Vec::with_capacity(self.size);
        let norm: f64 = self.entries.iter().map(|entry| entry.abs()).sum();
        let (mut end, mut shifted, mut tries) = (self.size, 0.0, 0);
        while end > 0 {
            let last = end - 1;
            let start = self.small_below(last, norm);
            let corner = self.at(last, last);
            if start == last {
                found.push((corner + shifted, 0.0));
                (end, tries) = (end - 1, 0);
                continue;
            }
            let before = self.at(last - 1, last - 1);
            let product = self.at(last, last - 1) * self.at(last - 1, last);
            if start == last - 1 {
                found.extend(of_two(before, corner, product, shifted));
                (end, tries) = (end - 2, 0);
                continue;
            }
            if tries == MOST {
                return None;
            }
            tries += 1;
            let (mut x, mut y, mut w) = (corner, before, product);
            // A shift that breaks a cycle of the iteration.
            if tries % 10 == 0 {
                shifted += x;
                (0..end).for_each(|at| *self.entry(at, at) -= x);
                let below = self.at(last, last - 1).abs() + self.at(last - 1, last - 2).abs();
                (x, y, w) = (0.75 * below, 0.75 * below, -0.4375 * below * below);
            }
            self.step(start, last, x, y, w);
        }
        Some(found)
    }

    /// The first row of the block that ends with `last` and that no small entry divides.
    fn small_below(&mut self, last: usize, norm: f64) -> usize {
        for row in (1..=last).rev() {
            let beside = self.at(row - 1, row - 1).abs() + self.at(row, row).abs();
            let scale = if beside == 0.0 { norm } else { beside };
            if self.at(row, row - 1).abs() <= f64::EPSILON * scale {
                *self.entry(row, row - 1) = 0.0;
                return row;
            }
        }
        0
    }

    /// A double step of QR on the rows `start..=last`; the shifts are the eigenvalues of the last
    /// two, given by their diagonal `y`, `x` and the product `w` of the other two entries.
    fn step(&mut self, start: usize, last: usize, x: f64, y: f64, w: f64) {
        // The first column of the product of both shifted matrices, from the lowest row at which
        // two small entries follow each other.
        let column = |matrix: &Self, row: usize| {
            let z = matrix.at(row, row);
            let (r, s) = (x - z, y - z);
            let p = (r * s - w) / matrix.at(row + 1, row) + matrix.at(row, row + 1);
            let (q, r) = (matrix.at(row + 1, row + 1) - z - r - s, matrix.at(row + 2, row + 1));
            let scale = p.abs() + q.abs() + r.abs();
            [p / scale, q / scale, r / scale]
        };
        let is_small = |matrix: &Self, row: usize, [p, q, r]: [f64; 3]| {
            let beside = matrix.at(row - 1, row - 1).abs()
                + matrix.at(row, row).abs()
                + matrix.at(row + 1, row + 1).abs();
            let below = matrix.at(row, row - 1).abs() * (q.abs() + r.abs());
            below <= f64::EPSILON * p.abs() * beside
        };
        let mut first = last - 2;
        let mut vector = column(self, first);
        while first > start && !is_small(self, first, vector) {
            first -= 1;
            vector = column(self, first);
        }
        for row in first + 2..=last {
            *self.entry(row, row - 2) = 0.0;
            if row > first + 2 {
                *self.entry(row, row - 3) = 0.0;
            }
        }
        for row in first..last {
            let has_third = row + 1 < last;
            let mut scale = 1.0;
            if row > first {
                let third = if has_third { self.at(row + 2, row - 1) } else { 0.0 };
                vector = [self.at(row, row - 1), self.at(row + 1, row - 1), third];
                scale = vector.iter().map(|value| value.abs()).sum();
                if scale == 0.0 {
                    continue;
                }
                vector.iter_mut().for_each(|value| *value /= scale);
            }
            let [p, q, r] = vector;
            let length = (p * p + q * q + r * r).sqrt().copysign(p);
            if length == 0.0 {
                continue;
            }
            if row > first {
                *self.entry(row, row - 1) = -length * scale;
            } else if start < first {
                *self.entry(row, row - 1) *= -1.0;
            }
            let p = p + length;
            self.reflect(row, start, last, [p / length, q / length, r / length, q / p, r / p]);
        }
    }

    /// A Householder reflection of two or three rows from `row` on, and of the same columns, within
    /// the rows and columns `start..=last`.
    fn reflect(&mut self, row: usize, start: usize, last: usize, [x, y, z, q, r]: [f64; 5]) {
        let has_third = row + 1 < last;
        for column in row..=last {
            let third = if has_third { r * self.at(row + 2, column) } else { 0.0 };
            let sum = self.at(row, column) + q * self.at(row + 1, column) + third;
            *self.entry(row, column) -= sum * x;
            *self.entry(row + 1, column) -= sum * y;
            if has_third {
                *self.entry(row + 2, column) -= sum * z;
            }
        }
        for at in start..=(row + 3).min(last) {
            let third = if has_third { z * self.at(at, row + 2) } else { 0.0 };
            let sum = x * self.at(at, row) + y * self.at(at, row + 1) + third;
            *self.entry(at, row) -= sum;
            *self.entry(at, row + 1) -= sum * q;
            if has_third {
                *self.entry(at, row + 2) -= sum * r;
            }
        }
    }
}

/// The two eigenvalues of the last two rows.
fn of_two(before: f64, corner: f64, product: f64, shifted: f64) -> [(f64, f64); 2] {
    let half = 0.5 * (before - corner);
    let square = half * half + product;
    let root = square.abs().sqrt();
    let corner = corner + shifted;
    if square < 0.0 {
        return [(corner + half, root), (corner + half, -root)];
    }
    let far = half + root.copysign(half);
    let other = if far == 0.0 { corner } else { corner - product / far };
    [(corner + far, 0.0), (other, 0.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of sums of a few numbers.
    const TOLERANCE: f64 = 1e-12;

    fn radius(nodes: usize, edges: &[(usize, usize, f64)]) -> f64 {
        let edges = edges.iter().map(|&(from, to, weight)| Edge { from, to, weight });
        let graph = Digraph::new(nodes, edges).unwrap();
        Components::new(&graph).spectral_radius(&graph, Entries::Weights).unwrap()
    }

    #[test]
    fn radii_of_cycles_are_what_pen_and_paper_say() {
        // Without cycles.
        assert_eq!(radius(3, &[(0, 1, 5.0), (0, 2, -3.0), (1, 2, 2.0)]), 0.0);
        // One node.
        assert_eq!(radius(2, &[(0, 0, -0.5), (0, 1, 9.0)]), 0.5);
        // The eigenvalues of a cycle are the roots of the product of its weights.
        let three = radius(3, &[(0, 1, 2.0), (1, 2, 2.0), (2, 0, -2.0)]);
        assert!((three - 2.0).abs() < TOLERANCE, "{three}");
        let ring: Vec<_> = (0..40).map(|at| (at, (at + 1) % 40, 1.0)).collect();
        let ring = radius(40, &ring);
        assert!((ring - 1.0).abs() < TOLERANCE, "{ring}");
        for (size, tolerance) in [(1e300, 1e288), (1e-300, 1e-312), (5e-324, 0.0)] {
            let two = radius(2, &[(0, 1, size), (1, 0, size)]);
            assert!((two - size).abs() <= tolerance, "{two}, {size}");
        }
        let two = radius(2, &[(0, 1, 3.0), (1, 0, 4.0), (0, 0, 1.0)]);
        assert!((two - (1.0 + 49.0_f64.sqrt()) / 2.0).abs() < TOLERANCE, "{two}");
    }
}
