//! Pruning of the weights with the lowest scores, by the thesis's percentile.
//!
//! Of weights on a coarse grid many have exactly the magnitude of the threshold, and `|w| <
//! threshold` alone would leave all of them. Of these as many go as the percentile asks for, in an
//! order that one fixed random stream draws. By position, whole matrices of the first layers would
//! go, and a network of them would be dead.

use std::ops::Range;

use serde::Serialize;

use super::{Criterion, Scope};
use crate::analysis::percentile;
use crate::named;
use crate::network::{Masks, Network, Part, Weight};
use crate::random::Stream;

named! {
    /// Which weights compete with each other.
    #[derive(Default, PartialOrd)]
    pub enum Ranking: "ranking" {
        /// All weights of the scope, over all layers, as in the thesis.
        #[default]
        Global = "global",
        /// Those of the same layer: each layer loses the same share.
        Layer = "layer",
    }
}

/// What [`prune`] did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pruned {
    /// Weights of a lower score (by magnitude: smaller ones) were pruned, and some of several that
    /// have exactly this one; one threshold with [`Ranking::Global`], one per layer with [`Ranking::Layer`]. NaN where
    /// nothing was left to rank.
    pub thresholds: Vec<f32>,
    /// How many weights were masked that were not before.
    pub newly_masked: usize,
}

/// Why a network cannot be pruned.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum PruneError {
    #[error("cannot prune {percent} percent: expected a number from 0 to 100")]
    Percent { percent: f64 },
    #[error("cannot rank weight {at} of a matrix of layer {layer}: it is {value}")]
    NotFinite { value: f32, layer: usize, at: usize },
}

/// Masks the weights of `scope` whose magnitude is below the `percent`-th
/// percentile of those that compete. Weights masked before (by pruning, or because
/// a graph has no such edge) do not compete: `percent` is of what is left. With
/// 100, one weight of each ranking stays: the largest is not below itself.
///
/// Where several weights have exactly the threshold's magnitude, as many of them go as it takes to
/// reach `⌈(n - 1) percent / 100⌉` of the `n` that compete, which is what the percentile gives of
/// different magnitudes. They go in the order in which `Stream::new(0, "ties")` shuffles them from
/// their order of position (layer by layer, input-to-hidden first, row by row): the same on every
/// machine, and for a smaller percent the first of those of a larger one.
///
/// ```
/// use rarefy::cell::Cell;
/// use rarefy::network::{Architecture, Network};
/// use rarefy::prune::{Ranking, Scope, prune};
///
/// let architecture = Architecture::stacked(128, Cell::RnnTanh, &[10], 2)?;
/// let mut network = Network::initialise(architecture, 0);
/// // 10 x 10 weights each: of 200, nine in ten go, and are 0 from now on.
/// let pruned = prune(&mut network, Scope::Both, 90.0, Ranking::Global)?;
/// assert_eq!((pruned.newly_masked, network.masks().count()), (180, 180));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When `percent` is not within 0 to 100 or a weight is not finite; the network is
/// then unchanged.
pub fn prune(
    network: &mut Network,
    scope: Scope,
    percent: f64,
    ranking: Ranking,
) -> Result<Pruned, PruneError> {
    let magnitudes = Criterion::Magnitude.scores(network, 0);
    prune_by(network, &magnitudes, scope, percent, ranking)
}

/// The same by any `scores`, one for each parameter by position: the lowest go.
///
/// # Errors
/// When `percent` is not within 0 to 100, or a weight or its score is not finite; the network is
/// then unchanged.
///
/// # Panics
/// When there are not as many scores as parameters.
pub fn prune_by(
    network: &mut Network,
    scores: &[f32],
    scope: Scope,
    percent: f64,
    ranking: Ranking,
) -> Result<Pruned, PruneError> {
    assert_eq!(scores.len(), network.parameters().len(), "scores and parameters");
    if !(0.0..=100.0).contains(&percent) {
        return Err(PruneError::Percent { percent });
    }
    let weights: Vec<Weight> = network
        .layout()
        .weights()
        .filter(|weight| match weight.part {
            Part::Ih => scope.has_ih(),
            Part::Hh => scope.has_hh(),
        })
        .collect();
    check_finite(network.parameters(), &weights)?;
    check_finite(scores, &weights)?;
    let competitions: Vec<Vec<Range<usize>>> = match ranking {
        Ranking::Global => vec![weights.iter().map(|weight| weight.range.clone()).collect()],
        Ranking::Layer => {
            let of_layer = |layer| weights.iter().filter(move |weight| weight.layer == layer);
            (0..network.layout().layers.len())
                .map(|layer| of_layer(layer).map(|weight| weight.range.clone()).collect())
                .collect()
        }
    };

    let masks = network.masks();
    let mut thresholds = Vec::new();
    let mut below = Vec::new();
    for ranges in competitions {
        let live = || ranges.iter().cloned().flatten().filter(|&place| !masks.is_masked(place));
        let mut ranked: Vec<f32> = live().map(|place| scores[place]).collect();
        if ranked.is_empty() {
            thresholds.push(f32::NAN);
            continue;
        }
        let threshold = percentile(&mut ranked, percent);
        thresholds.push(threshold);
        let before = below.len();
        below.extend(live().filter(|&place| scores[place] < threshold));
        let asked = ((ranked.len() - 1) as f64 * (percent / 100.0)).ceil() as usize;
        let missing = asked.saturating_sub(below.len() - before);
        if missing > 0 {
            let at = live().filter(|&place| scores[place] == threshold);
            below.extend(first_of_ties(at.collect(), missing));
        }
    }
    let newly_masked = below.len();
    network.mask(&Masks::at(network.layout().len(), below));
    Ok(Pruned { thresholds, newly_masked })
}

/// The first `count` of the places whose weights have the threshold's score. A single one
/// stays: it is no tie, only a percentile that was rounded to it.
fn first_of_ties(mut places: Vec<usize>, count: usize) -> Vec<usize> {
    if places.len() < 2 {
        return Vec::new();
    }
    Stream::new(0, "ties").shuffle(&mut places);
    places.truncate(count);
    places
}

fn check_finite(values: &[f32], weights: &[Weight]) -> Result<(), PruneError> {
    for weight in weights {
        let values = &values[weight.range.clone()];
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(PruneError::NotFinite { value: values[at], layer: weight.layer, at });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::network::Architecture;
    use crate::prune::sparsity;

    fn network(cell: Cell) -> Network {
        let architecture = Architecture::stacked(9, cell, &[6, 5, 4], 2).unwrap();
        Network::initialise(architecture, 11)
    }

    #[test]
    fn the_smallest_weights_of_the_scope_go_and_nothing_else() {
        for cell in Cell::ALL {
            for scope in Scope::ALL {
                let before = network(cell);
                let mut after = before.clone();
                let pruned = prune(&mut after, scope, 60.0, Ranking::Global).unwrap();
                let [threshold] = pruned.thresholds[..] else { panic!("one threshold") };
                let mut eligible = vec![false; before.parameters().len()];
                for weight in before.layout().weights() {
                    let within =
                        if weight.part == Part::Ih { scope.has_ih() } else { scope.has_hh() };
                    eligible[weight.range].fill(within);
                }
                for (place, &value) in before.parameters().iter().enumerate() {
                    let goes = eligible[place] && value.abs() < threshold;
                    assert_eq!(after.masks().is_masked(place), goes, "{cell} {scope} {place}");
                    assert_eq!(after.parameters()[place], if goes { 0.0 } else { value });
                }
                let competing = eligible.iter().filter(|&&eligible| eligible).count();
                let share = pruned.newly_masked as f64 / competing as f64;
                assert!((share - 0.6).abs() <= 1.0 / competing as f64, "{cell} {scope} {share}");
            }
        }
    }

    #[test]
    fn nothing_goes_at_0_percent_and_one_weight_stays_at_100() {
        let mut all = network(Cell::Gru);
        assert_eq!(prune(&mut all, Scope::Both, 0.0, Ranking::Global).unwrap().newly_masked, 0);
        prune(&mut all, Scope::Both, 100.0, Ranking::Global).unwrap();
        let account = sparsity(&all);
        assert_eq!(account.weights.iter().map(|w| w.count - w.masked).sum::<usize>(), 1);
    }

    #[test]
    fn ranking_by_layer_takes_the_same_share_of_each() {
        let mut network = network(Cell::Lstm);
        let pruned = prune(&mut network, Scope::Both, 50.0, Ranking::Layer).unwrap();
        assert_eq!(pruned.thresholds.len(), 3);
        for layer in 0..3 {
            let of_layer: Vec<_> =
                sparsity(&network).weights.into_iter().filter(|w| w.layer == layer).collect();
            let count: usize = of_layer.iter().map(|w| w.count).sum();
            let masked: usize = of_layer.iter().map(|w| w.masked).sum();
            assert_eq!(masked, count / 2, "layer {layer}");
        }
    }

    #[test]
    fn pruning_again_takes_its_percent_of_what_is_left() {
        let mut network = network(Cell::Gru);
        let first = prune(&mut network, Scope::Both, 50.0, Ranking::Global).unwrap().newly_masked;
        let second = prune(&mut network, Scope::Both, 50.0, Ranking::Global).unwrap().newly_masked;
        assert!(second.abs_diff(first / 2) <= 1, "{first}, then {second}");
    }

    /// A network whose recurrent weights are `values`, repeated where there are fewer.
    fn with_weights(cell: Cell, values: &[f32]) -> Network {
        let mut network = network(cell);
        let places: Vec<usize> = network.layout().weights().flat_map(|w| w.range).collect();
        network.update(|parameters| {
            for (place, &value) in places.into_iter().zip(values.iter().cycle()) {
                parameters[place] = value;
            }
        });
        network
    }

    #[test]
    fn ties_are_spread_over_the_network_and_a_smaller_percent_takes_the_first_of_them() {
        let whole = with_weights(Cell::Gru, &[0.1, -0.1]);
        let count: usize = whole.layout().weights().map(|weight| weight.range.len()).sum();
        let gone = |percent: f64| {
            let mut network = whole.clone();
            prune(&mut network, Scope::Both, percent, Ranking::Global).unwrap();
            network
        };
        let (half, most) = (gone(50.0), gone(80.0));
        assert_eq!(most.masks().count(), ((count - 1) as f64 * 0.8).ceil() as usize);
        for weight in sparsity(&half).weights {
            assert!((weight.sparsity - 0.5).abs() < 0.15, "{}: {}", weight.name, weight.sparsity);
        }
        let all = 0..whole.parameters().len();
        let of_half = half.masks().masked_in(all);
        assert!(of_half.iter().all(|&place| most.masks().is_masked(place)));
        assert_eq!(gone(100.0).masks().count(), count - 1);
        assert_eq!(gone(0.0).masks().count(), 0);
    }

    #[test]
    fn zeros_that_are_not_masked_go_first() {
        let mut network = with_weights(Cell::RnnTanh, &[0.0, 0.5, -0.0, 0.25]);
        let zeros: Vec<usize> = network
            .layout()
            .weights()
            .flat_map(|weight| weight.range)
            .filter(|&place| network.parameters()[place] == 0.0)
            .collect();
        let pruned = prune(&mut network, Scope::Both, 30.0, Ranking::Global).unwrap();
        assert_eq!(pruned.thresholds, [0.0]);
        assert!(pruned.newly_masked > 0);
        let masked = network.masks().masked_in(0..network.parameters().len());
        assert!(masked.iter().all(|place| zeros.contains(place)));
    }

    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// On a grid as fine or as coarse as one likes, the asked-for count goes, the smallest
        /// first; where nothing ties at the threshold it is the thesis's rule.
        #[test]
        fn the_asked_for_count_goes_whatever_ties(
            steps in 1_u32..200,
            values in proptest::collection::vec(-1.0_f32..1.0, 1..400),
            percent in 0.0_f64..=100.0,
            whole in any::<bool>(),
        ) {
            let percent = if whole { percent.round() } else { percent };
            let grid = |value: &f32| (value * steps as f32).round() / steps as f32;
            let before =
                with_weights(Cell::Lstm, &values.iter().map(grid).collect::<Vec<f32>>());
            let mut after = before.clone();
            let pruned = prune(&mut after, Scope::Both, percent, Ranking::Global).unwrap();
            let threshold = pruned.thresholds[0];
            let places = || before.layout().weights().flat_map(|weight| weight.range);
            let with = |fits: &dyn Fn(f32) -> bool| {
                places().filter(|&place| fits(before.parameters()[place].abs())).count()
            };
            let count = places().count();
            let asked = ((count - 1) as f64 * (percent / 100.0)).ceil() as usize;
            if with(&|magnitude| magnitude == threshold) > 1 {
                prop_assert_eq!(pruned.newly_masked, asked);
            } else {
                prop_assert_eq!(pruned.newly_masked, with(&|magnitude| magnitude < threshold));
                prop_assert!(asked - pruned.newly_masked <= 1);
            }
            for place in places() {
                let magnitude = before.parameters()[place].abs();
                if magnitude != threshold {
                    prop_assert_eq!(after.masks().is_masked(place), magnitude < threshold);
                }
            }
        }
    }

    #[test]
    fn impossible_percents_and_weights_that_are_no_numbers_are_refused() {
        let mut network = network(Cell::RnnTanh);
        for percent in [-1.0, 100.5, f64::NAN] {
            let error = prune(&mut network, Scope::Both, percent, Ranking::Global).unwrap_err();
            assert!(error.to_string().contains("from 0 to 100"), "{error}");
        }
        let place = network.layout().layers[1][0].weight_hh.start;
        network.update(|parameters| parameters[place + 3] = f32::NAN);
        let error = prune(&mut network, Scope::Both, 10.0, Ranking::Global).unwrap_err();
        assert!(matches!(error, PruneError::NotFinite { layer: 1, at: 3, .. }), "{error}");
    }
}
