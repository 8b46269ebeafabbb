//! Null models: random graphs that keep part of what a graph is. What they have as well needs no
//! further explanation.

use serde::Serialize;

use super::balance::Balance;
use super::spectrum::{Components, Entries};
use super::{Digraph, Edge};
use crate::graph::FamilyError;
use crate::graph::rewire::{Ends, swap};
use crate::graph::small_world::DENSEST;
use crate::graph::values::{Maybe, properties, spread};
use crate::random::Stream;
use crate::{named, parallel};

named! {
    /// What a random graph keeps of another. Loops stay as they are.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum NullModel: "null model" {
        /// The edges and the sizes of their weights; the signs change places.
        Signs = "signs",
        /// The edges; the weights, with their signs, change places.
        Weights = "weights",
        /// The number of edges into and out of each node, and the weights out of each; where they
        /// lead to is drawn by ten swaps per edge (Maslov and Sneppen 2002).
        Rewired = "rewired",
    }
}

impl NullModel {
    /// A graph drawn from this model of `graph`.
    ///
    /// # Errors
    /// If the graph is to be rewired, but too few of its edges can be swapped.
    pub fn draw(self, graph: &Digraph, stream: &mut Stream) -> Result<Digraph, FamilyError> {
        let mut edges = graph.edges().to_vec();
        let mut moving: Vec<&mut Edge> = edges.iter_mut().filter(|edge| !edge.is_loop()).collect();
        match self {
            Self::Signs => {
                let signs = moving.iter().map(|edge| edge.weight.signum());
                let mut signs: Vec<f64> = signs.collect();
                stream.shuffle(&mut signs);
                for (edge, sign) in moving.iter_mut().zip(signs) {
                    edge.weight = edge.weight.abs() * sign;
                }
            }
            Self::Weights => {
                let mut weights: Vec<f64> = moving.iter().map(|edge| edge.weight).collect();
                stream.shuffle(&mut weights);
                moving.iter_mut().zip(weights).for_each(|(edge, weight)| edge.weight = weight);
            }
            Self::Rewired => {
                let mut pairs: Vec<_> = moving.iter().map(|edge| (edge.from, edge.to)).collect();
                let swaps = 10 * pairs.len();
                if pairs.len() as f64 > DENSEST * (graph.nodes() * (graph.nodes() - 1)) as f64 {
                    return Err(FamilyError::TooFewSwaps { done: 0, swaps, tries: 0 });
                }
                swap(&mut pairs, swaps, Ends::Directed, stream)?;
                for (edge, (from, to)) in moving.iter_mut().zip(pairs) {
                    (edge.from, edge.to) = (from, to);
                }
            }
        }
        Ok(graph.with_edges(edges))
    }
}

properties! {
    /// What is compared with random graphs; see `DirectedProperties`.
    struct Compared {
        /// Transitive triples.
        transitive_triples: usize,
        /// The share of them that is balanced.
        balanced_share: Maybe,
        /// The same as a mean over types of triads.
        balance_by_type: Maybe,
        /// The share of edges whose opposite exists.
        reciprocity: Maybe,
        /// Of the weights.
        spectral_radius: Maybe,
    }
}

/// Eigenvalues of larger components are not computed for each drawn graph: these take 25
/// milliseconds.
const LARGEST: u64 = 5 * 160 * 160 * 160;

impl Compared {
    fn new(graph: &Digraph) -> Self {
        let balance = Balance::new(graph);
        let components = Components::new(graph);
        let is_small = components.cost() <= LARGEST;
        Self {
            transitive_triples: balance.transitive_triples(),
            balanced_share: balance.share(),
            balance_by_type: balance.by_type(),
            reciprocity: super::properties::reciprocity(graph),
            spectral_radius: is_small
                .then(|| components.spectral_radius(graph, Entries::Weights))
                .flatten(),
        }
    }
}

/// A number in graphs drawn from a null model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Mean over the graphs in which it is defined.
    pub mean: f64,
    /// Sample standard deviation; `None` for one graph.
    pub sd: Option<f64>,
}

/// What graphs drawn from a null model are like.
#[derive(Clone, Debug, PartialEq)]
pub struct Null {
    /// The model.
    pub model: NullModel,
    /// For each of [`Null::NAMES`] its spread over the graphs; `None` if it is not defined in any,
    /// or if its components are too large to compute the eigenvalues of each.
    pub spreads: Vec<Option<Spread>>,
}

impl Null {
    /// The names of what is compared, which [`DirectedProperties`](super::DirectedProperties) has
    /// too.
    pub const NAMES: &[&str] = Compared::NAMES;

    /// Draws and measures `draws` graphs on `jobs` threads, and calls `drawn` after each. The result
    /// does not depend on the number of threads.
    ///
    /// # Errors
    /// If the graph is to be rewired, but too few of its edges can be swapped.
    pub fn new(
        graph: &Digraph,
        model: NullModel,
        draws: usize,
        seed: u64,
        jobs: usize,
        drawn: impl Fn() + Sync,
    ) -> Result<Self, FamilyError> {
        let mut seeds = Stream::new(seed, "null models").beside(model.name());
        let seeds: Vec<u64> = (0..draws).map(|_| seeds.bits()).collect();
        let one = |at: usize| {
            let random = model.draw(graph, &mut Stream::new(seeds[at], model.name()))?;
            let values = Compared::new(&random).values();
            drawn();
            Ok(values)
        };
        // A graph that cannot be rewired is tried once, not once per draw.
        let first = (draws > 0).then(|| one(0)).transpose()?;
        let rest = parallel::map(jobs, draws.saturating_sub(1), |at| one(at + 1));
        let rest: Vec<Vec<Maybe>> = rest.into_iter().collect::<Result<_, FamilyError>>()?;
        let all: Vec<Vec<Maybe>> = first.into_iter().chain(rest).collect();
        let of = |column: usize| {
            let found: Vec<f64> = all.iter().filter_map(|values| values[column]).collect();
            // What the model keeps has no spread, not one of rounding.
            if let [first, rest @ ..] = &found[..]
                && !rest.is_empty()
                && rest.iter().all(|value| value == first)
            {
                return Some(Spread { mean: *first, sd: Some(0.0) });
            }
            let [mean, _, sd] = spread(&found);
            mean.map(|mean| Spread { mean, sd })
        };
        Ok(Self { model, spreads: (0..Self::NAMES.len()).map(of).collect() })
    }

    /// The spread of the property with this name.
    pub fn spread(&self, name: &str) -> Option<Spread> {
        let at = Self::NAMES.iter().position(|known| *known == name)?;
        self.spreads[at]
    }
}
