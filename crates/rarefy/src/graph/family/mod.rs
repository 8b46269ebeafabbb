//! Families of graphs, random and regular: each is a `Row` in its own file.
//!
//! The random families have NetworkX's definitions, but our own random numbers. The same seed gives
//! the same graph on every machine and in every version, but not the same one as in NetworkX. Edges
//! are in NetworkX's order: by their lower node.

mod barabasi_albert;
mod erdos_renyi;
mod error;
mod parameters;
mod regular;
mod row;
mod watts_strogatz;

pub use error::FamilyError;
pub use parameters::{Parameter, Parameters};

use super::Graph;
use crate::random::Stream;
use row::Row;

crate::named! {
    /// A family of graphs; what follows the colon are its [`Parameters`].
    ///
    /// ```
    /// use rarefy::graph::{Family, Parameters};
    ///
    /// let graph = Family::BarabasiAlbert.generate(&Parameters::of(30).m(3), 7)?;
    /// assert_eq!(graph.edge_count(), 3 * (30 - 3));
    /// # Ok::<(), rarefy::graph::FamilyError>(())
    /// ```
    #[derive(PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Family: "family of graphs" {
        /// Preferential attachment: nodes, m.
        BarabasiAlbert = "barabasi_albert",
        /// A rewired ring, connected: nodes, k, p, tries.
        WattsStrogatz = "watts_strogatz",
        /// A rewired ring, connected or not: nodes, k, p.
        AnyWattsStrogatz = "any_watts_strogatz",
        /// Erdos-Renyi, each pair with a probability: nodes, p.
        Gnp = "gnp",
        /// Erdos-Renyi, a number of edges: nodes, edges.
        Gnm = "gnm",
        /// All nodes of one degree: nodes, degree.
        RandomRegular = "random_regular",
        /// A ring: nodes, k.
        RingLattice = "ring_lattice",
        /// One hub: nodes.
        Star = "star",
        /// A line: nodes.
        Path = "path",
        /// All pairs: nodes.
        Complete = "complete",
        /// Communities: blocks, within, between.
        StochasticBlockModel = "stochastic_block_model",
    }
}

impl Family {
    fn row(self) -> &'static Row {
        match self {
            Self::BarabasiAlbert => &barabasi_albert::BARABASI_ALBERT,
            Self::WattsStrogatz => &watts_strogatz::WATTS_STROGATZ,
            Self::AnyWattsStrogatz => &watts_strogatz::ANY_WATTS_STROGATZ,
            Self::Gnp => &erdos_renyi::GNP,
            Self::Gnm => &erdos_renyi::GNM,
            Self::RandomRegular => &regular::RANDOM_REGULAR,
            Self::RingLattice => &watts_strogatz::RING_LATTICE,
            Self::Star => &regular::STAR,
            Self::Path => &regular::PATH,
            Self::Complete => &regular::COMPLETE,
            Self::StochasticBlockModel => &erdos_renyi::STOCHASTIC_BLOCK_MODEL,
        }
    }
}

impl Family {
    /// Name of the family in the literature.
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// The parameters that it requires or accepts.
    pub fn parameters(self) -> &'static [Parameter] {
        self.row().parameters
    }

    /// The default parameters for `nodes` nodes: the thesis's for its families, none for others.
    pub fn usual(self, nodes: usize) -> Parameters {
        (self.row().usual)(nodes)
    }

    /// Checks that `parameters` are exactly those that the family needs.
    ///
    /// # Errors
    /// The parameter that is missing, or that the family does not accept.
    pub fn check(self, parameters: &Parameters) -> Result<(), FamilyError> {
        let (takes, given) = (self.parameters(), parameters.given().collect::<Vec<_>>());
        if let Some(&parameter) = given.iter().find(|given| !takes.contains(given)) {
            return Err(FamilyError::Stray { family: self.name(), parameter, takes });
        }
        match takes.iter().find(|needed| !given.contains(needed)) {
            Some(&parameter) => Err(FamilyError::Missing { family: self.name(), parameter }),
            None => Ok(()),
        }
    }

    /// An approximate upper bound on the number of edges for `parameters`.
    pub fn edge_bound(self, parameters: &Parameters) -> f64 {
        (self.row().edges)(&parameters.checked())
    }

    /// The graph for these parameters and this seed; it is the same in every version.
    ///
    /// # Errors
    /// If a parameter is missing or belongs to another family, if the family has no such graph, or
    /// if none was found.
    pub fn generate(self, parameters: &Parameters, seed: u64) -> Result<Graph, FamilyError> {
        self.check(parameters)?;
        (self.row().build)(&parameters.checked(), &mut Stream::new(seed, "graph"))
    }
}
