//! Scores of weights: those with the lowest go.

use crate::named;
use crate::network::Network;
use crate::random::Stream;

named! {
    /// What makes a weight one of the first to go.
    #[derive(Default, PartialOrd)]
    pub enum Criterion: "criterion" {
        /// The smallest magnitude (Han et al. 2015), as in the thesis.
        #[default]
        Magnitude = "magnitude",
        /// Chance: the control that any other criterion must beat.
        Random = "random",
    }
}

impl Criterion {
    /// A score for each parameter of `network`, by position; those of weights that are no
    /// recurrent ones are never asked for. Only chance depends on `seed`: uniform in `[0, 1)`, the
    /// same numbers whatever is masked, so that of one seed the weights pruned by a smaller percent
    /// are among those of a larger one.
    pub fn scores(self, network: &Network, seed: u64) -> Vec<f32> {
        match self {
            Self::Magnitude => network.parameters().iter().map(|weight| weight.abs()).collect(),
            Self::Random => {
                let mut chance = Stream::new(seed, "random pruning");
                network.parameters().iter().map(|_| chance.uniform() as f32).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::network::{Architecture, Part};
    use crate::prune::{Ranking, Scope, prune, prune_by, sparsity};

    #[test]
    fn chance_prunes_as_many_as_magnitude_elsewhere_and_more_of_the_same_at_a_larger_percent() {
        let architecture = Architecture::stacked(9, Cell::Lstm, &[12, 10], 2).unwrap();
        let network = Network::initialise(architecture, 3);
        let by_chance = |seed: u64, scope: Scope, percent: f64, ranking: Ranking| {
            let mut pruned = network.clone();
            let scores = Criterion::Random.scores(&pruned, seed);
            prune_by(&mut pruned, &scores, scope, percent, ranking).unwrap();
            pruned
        };
        for scope in Scope::ALL {
            for ranking in Ranking::ALL {
                let random = by_chance(1, scope, 70.0, ranking);
                let mut smallest = network.clone();
                prune(&mut smallest, scope, 70.0, ranking).unwrap();
                assert_eq!(random.masks().count(), smallest.masks().count(), "{scope} {ranking}");
                assert_ne!(random.masks(), smallest.masks());
                assert_ne!(random.masks(), by_chance(2, scope, 70.0, ranking).masks());
                let more = by_chance(1, scope, 90.0, ranking);
                for weight in network.layout().weights() {
                    let within = match weight.part {
                        Part::Ih => scope.has_ih(),
                        Part::Hh => scope.has_hh(),
                    };
                    let masked = |place: &usize| random.masks().is_masked(*place);
                    assert!(within || !weight.range.clone().any(|place| masked(&place)));
                    assert!(weight.range.filter(masked).all(|place| more.masks().is_masked(place)));
                }
            }
        }
        // Uniform over places: each matrix loses its share, within five standard deviations.
        for weight in sparsity(&by_chance(1, Scope::Both, 70.0, Ranking::Global)).weights {
            let (count, lost) = (weight.count as f64, weight.masked as f64);
            assert!((lost - 0.7 * count).abs() < 5.0 * (0.21 * count).sqrt(), "{}", weight.name);
        }
    }
}
