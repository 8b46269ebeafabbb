//! The graphs of one cell as a table: properties, and how well each network does.

use rarefy::analysis::{levels, partial, pearson};
use rarefy::graph::{Family, Properties};

use crate::arm::LEARNED;
use crate::darji2021::report::chance::Tested;

/// The graphs of one cell: properties and accuracy, one row per graph.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    pub graphs: Vec<(Family, u32)>,
    /// `[property][graph]`, in the order of [`Properties::THESIS`].
    pub columns: Vec<Vec<f64>>,
    pub accuracy: Vec<f64>,
    /// The logarithm of the share of wrong answers.
    pub log_error: Vec<f64>,
}

/// The properties held fixed to see what a property says beyond size.
pub const SIZES: [&str; 2] = ["nodes", "source_nodes"];

impl Measured {
    /// The column of one of the thesis's properties.
    pub fn column(&self, property: &str) -> &[f64] {
        &self.columns[place(property)]
    }

    /// 1 for each graph of this family, 0 for the others.
    pub fn is_of(&self, family: Family) -> Vec<f64> {
        self.graphs.iter().map(|graph| f64::from(u8::from(graph.0 == family))).collect()
    }

    /// The number of independent properties that these amount to: the square of their number
    /// divided by the sum of their squared correlations with each other. `None` if one of them does
    /// not vary.
    pub fn independent(&self) -> Option<f64> {
        let pairs = self.columns.iter().flat_map(|a| self.columns.iter().map(move |b| (a, b)));
        let squares = pairs.map(|(a, b)| Some(pearson(a, b)?.powi(2))).sum::<Option<f64>>()?;
        Some((self.columns.len() as f64).powi(2) / squares)
    }

    /// Each property's correlation with accuracy.
    pub fn tested(&self) -> Vec<Option<Tested>> {
        let r = self.columns.iter().map(|column| pearson(column, &self.accuracy));
        Tested::all(&r.collect::<Vec<_>>(), self.accuracy.len(), 0)
    }

    /// The same with nodes and source nodes held fixed as straight lines; these two have no value
    /// themselves.
    pub fn left(&self) -> Vec<Option<Tested>> {
        let given = SIZES.map(|name| self.column(name));
        let r = self.columns.iter().map(|column| partial(column, &self.accuracy, &given));
        Tested::all(&r.collect::<Vec<_>>(), self.accuracy.len(), given.len())
    }

    /// The correlation of each property with a target, with nodes and source nodes held fixed in any
    /// shape ([`Measured::sizes`]); these two have no value themselves.
    pub fn left_at_size(&self, target: &[f64]) -> Vec<Option<Tested>> {
        let sizes = self.sizes();
        let given: Vec<&[f64]> = sizes.iter().map(Vec::as_slice).collect();
        let r = self.columns.iter().map(|column| partial(column, target, &given));
        // The levels add up to the constant.
        Tested::all(&r.collect::<Vec<_>>(), target.len(), given.len() - 1)
    }

    /// Columns that fit any quadratic effect of nodes and any effect of source nodes.
    pub fn sizes(&self) -> Vec<Vec<f64>> {
        let [nodes, sources] = SIZES.map(|name| self.column(name));
        any_shape(nodes, sources)
    }

    /// The graphs for which `keep` holds, given their place.
    pub fn only(&self, keep: impl Fn(usize) -> bool) -> Self {
        let places: Vec<usize> = (0..self.graphs.len()).filter(|&at| keep(at)).collect();
        let picked = |column: &Vec<f64>| places.iter().map(|&at| column[at]).collect();
        Self {
            graphs: places.iter().map(|&at| self.graphs[at]).collect(),
            columns: self.columns.iter().map(picked).collect(),
            accuracy: picked(&self.accuracy),
            log_error: picked(&self.log_error),
        }
    }

    /// The graphs whose networks learned.
    pub fn learned(&self) -> Self {
        self.only(|at| self.accuracy[at] >= LEARNED)
    }
}

/// Columns that fit any quadratic effect of nodes and any effect of source nodes.
pub fn any_shape(nodes: &[f64], sources: &[f64]) -> Vec<Vec<f64>> {
    let squares = nodes.iter().map(|n| n * n).collect();
    [nodes.to_vec(), squares].into_iter().chain(levels(sources)).collect()
}

/// The index of a property in [`Properties::NAMES`].
///
/// # Panics
/// If there is no such property.
pub fn place(property: &str) -> usize {
    Properties::NAMES.iter().position(|name| *name == property).expect("a property's name")
}
