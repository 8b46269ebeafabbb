//! Which weights are pruned: those with the lowest scores.
//!
//! Two rules say how many. The thesis's rule takes a percentile of the remaining weights. If
//! weights lie on a coarse grid, many have exactly the magnitude of the threshold, and
//! `|w| < threshold` alone would keep all of them. Of these, as many are pruned as the percentile
//! requires, in an order drawn from one fixed random stream. In the order of position, whole
//! matrices of the first layers would be pruned, which leaves a dead network. The other rule
//! counts: the requested share is of all weights, including those already masked.

use serde::Serialize;

use super::region::Share;
use super::scores::{Rule, Scores};
use super::selection::{PruneError, Selection};
use super::{Criterion, Grain, Ranking, Scope};
use crate::analysis::percentile;
use crate::network::{Masks, Network};
use crate::random::Stream;

/// The result of [`prune`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pruned {
    /// One threshold for each group that competes. By the percentile: weights with lower scores
    /// were pruned, and some of several that have exactly this score. By counting: the lowest score
    /// that remains. NaN if there was nothing to rank, or everything was pruned.
    pub thresholds: Vec<f32>,
    /// The number of weights that are newly masked.
    pub newly_masked: usize,
}

/// Masks the weights of `scope` whose magnitude is below the `percent`-th percentile of those that
/// compete. Weights that were masked before (by pruning, or because a graph has no such edge) do
/// not compete: `percent` is of the remaining ones. With 100, one weight of each ranking remains,
/// because the largest is not below itself.
///
/// If several weights have exactly the threshold's magnitude, some of them are pruned as well:
/// until `⌈(n - 1) percent / 100⌉` of the `n` that compete are pruned, which is the number that the
/// percentile gives for different magnitudes. Their order is that of their positions (layer by
/// layer, input-to-hidden first, row by row), shuffled by `Stream::new(0, "ties")`: the same on
/// every machine, and a smaller percentage prunes the first of those that a larger one prunes.
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
/// If `percent` is not within 0 to 100, a weight is not finite, or nothing would remain of a
/// matrix, gate or row; the network is then unchanged.
pub fn prune(
    network: &mut Network,
    scope: Scope,
    percent: f64,
    ranking: Ranking,
) -> Result<Pruned, PruneError> {
    let scores = Criterion::Magnitude.scores(network, ranking, None, 0)?;
    prune_by(network, &scores, &Selection { ranking, ..Selection::new(scope, percent) })
}

/// Prunes by any `scores`, in any grain.
///
/// # Errors
/// If the percentage is not within 0 to 100, a score is not finite, the network does not allow the
/// grain, or nothing would remain of what competes; the network is then unchanged.
///
/// # Panics
/// If there is not one score per parameter.
pub fn prune_by(
    network: &mut Network,
    scores: &Scores,
    selection: &Selection,
) -> Result<Pruned, PruneError> {
    selection.check()?;
    scores.check(network, selection.scope)?;
    if scores.rule == Rule::Count {
        scores.check_differ(network)?;
    }
    let (thresholds, places) = match scores.rule {
        Rule::Percentile if selection.allows_percentile() => {
            below_percentile(network, scores, selection)?
        }
        _ => counted(network, scores, selection)?,
    };
    let before = network.masks().count();
    network.mask(&Masks::at(network.layout().len(), places));
    Ok(Pruned { thresholds, newly_masked: network.masks().count() - before })
}

/// The thresholds, and the places to prune.
type Chosen = (Vec<f32>, Vec<usize>);

fn below_percentile(
    network: &Network,
    scores: &Scores,
    selection: &Selection,
) -> Result<Chosen, PruneError> {
    let percent = selection.percent;
    let masks = network.masks();
    let (mut thresholds, mut below) = (Vec::new(), Vec::new());
    for group in selection.groups(network)? {
        let places = (0..group.len()).flat_map(|at| group.places(at).iter().copied());
        let live: Vec<usize> = places.filter(|&place| !masks.is_masked(place)).collect();
        // In single precision, like NumPy's percentile of magnitudes, which are single precision.
        let score = |&place: &usize| scores.rank(&[place]) as f32;
        let mut ranked: Vec<f32> = live.iter().map(score).collect();
        if ranked.is_empty() {
            thresholds.push(f32::NAN);
            continue;
        }
        let threshold = percentile(&mut ranked, percent);
        thresholds.push(threshold);
        let before = below.len();
        below.extend(live.iter().copied().filter(|place| score(place) < threshold));
        let asked = ((ranked.len() - 1) as f64 * (percent / 100.0)).ceil() as usize;
        let missing = asked.saturating_sub(below.len() - before);
        if missing > 0 {
            let at = live.iter().copied().filter(|place| score(place) == threshold);
            below.extend(first_of_ties(at.collect(), missing));
        }
    }
    Ok((thresholds, below))
}

/// The first `count` of the places whose weights have the threshold's score, in random order. A
/// single one is kept: it is not a tie but a percentile that was rounded to it.
fn first_of_ties(mut places: Vec<usize>, count: usize) -> Vec<usize> {
    if places.len() < 2 {
        return Vec::new();
    }
    Stream::new(0, "ties").shuffle(&mut places);
    places.truncate(count);
    places
}

/// Chooses the lowest scores, starting with masked ones; of equal scores the first by position.
fn counted(
    network: &Network,
    scores: &Scores,
    selection: &Selection,
) -> Result<Chosen, PruneError> {
    let Selection { ranking, grain, percent, .. } = *selection;
    let masks = network.masks();
    let (mut thresholds, mut chosen) = (Vec::new(), Vec::new());
    for group in selection.groups(network)? {
        let percent = if let Share::Percent(own) = group.goes { own } else { percent };
        let is_masked = |at: usize| group.places(at).iter().all(|&place| masks.is_masked(place));
        let rank = |at: usize| match is_masked(at) {
            true => f64::NEG_INFINITY,
            false => scores.rank(group.places(at)),
        };
        let mut ranked: Vec<(f64, usize)> = (0..group.len()).map(|at| (rank(at), at)).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let count = count_going(group.goes, percent, group.len());
        thresholds.push(ranked.get(count).map_or(f32::NAN, |next| next.0 as f32));
        if count == group.len() && percent < 100.0 {
            let first = group.places(0)[0];
            let what = name_at(network, first, ranking);
            return Err(PruneError::Nothing { percent, what });
        }
        chosen.extend(ranked[..count].iter().flat_map(|&(_, at)| group.places(at)));
    }
    if grain == Grain::Unit {
        let gone = Masks::at(network.layout().len(), chosen.clone());
        for (layer, blocks) in network.layout().layers.iter().enumerate() {
            let all = |place: &crate::network::BlockLayout| {
                gone.count_in(place.weight_hh.clone()) == place.weight_hh.len()
            };
            if blocks.iter().all(all) {
                let what = format!("layer {layer}");
                return Err(PruneError::Nothing { percent, what });
            }
        }
    }
    Ok((thresholds, chosen))
}

/// How many of `count` candidates to prune: `percent`, with halves rounded up.
fn count_going(share: Share, percent: f64, count: usize) -> usize {
    let n = count as f64;
    let going = match share {
        Share::Nearest | Share::Percent(_) => (percent * n / 100.0 + 0.5).floor(),
        Share::Down => (percent * n / 100.0).floor(),
        Share::Keeping(density) => ((1.0 - density) * n + 0.5).floor(),
    };
    (going as usize).min(count)
}

/// The name of the matrix that holds a place, or of its layer if whole layers compete.
fn name_at(network: &Network, place: usize, ranking: Ranking) -> String {
    let names = network.layout().weight_names();
    let weight = names.into_iter().find(|(_, weight)| weight.range.contains(&place));
    let (name, weight) = weight.expect("it is a recurrent weight's place");
    match ranking {
        Ranking::Global => "the recurrent weights".to_owned(),
        Ranking::Layer => format!("layer {}", weight.layer),
        Ranking::Matrix | Ranking::ErdosRenyi => name,
        Ranking::Gate | Ranking::Row => format!("a {ranking} of {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::network::{Architecture, Part};
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

    /// A network whose recurrent weights are `values`, repeated if there are too few.
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

        /// On a grid of any fineness, the requested number is pruned, smallest first. Without ties
        /// at the threshold this is the thesis's rule.
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

    fn by(criterion: Criterion, ranking: Ranking, grain: Grain, percent: f64) -> Selection {
        Selection { criterion, ranking, grain, ..Selection::new(Scope::Both, percent) }
    }

    #[test]
    fn each_competition_loses_its_share_halves_up_and_rows_rounded_down() {
        let whole = network(Cell::Gru);
        let lost = |ranking, percent| {
            let mut network = whole.clone();
            prune(&mut network, Scope::Both, percent, ranking).unwrap();
            sparsity(&network)
        };
        for weight in lost(Ranking::Matrix, 12.5).weights {
            assert_eq!(weight.masked, (weight.count as f64 * 0.125 + 0.5) as usize);
        }
        for gate in lost(Ranking::Gate, 30.0).weights.into_iter().flat_map(|w| w.gates) {
            assert_eq!(gate.masked, (gate.count as f64 * 0.3 + 0.5) as usize);
        }
        let rows = lost(Ranking::Row, 50.0);
        for (account, weight) in rows.weights.iter().zip(whole.layout().weights()) {
            assert_eq!(account.masked, weight.rows * (weight.columns / 2));
        }
    }

    #[test]
    fn what_is_masked_counts_where_percent_is_of_all() {
        let mut network = network(Cell::Lstm);
        let half = by(Criterion::Magnitude, Ranking::Matrix, Grain::Weight, 50.0);
        let scores = half.scores(&network, None, 0).unwrap();
        prune_by(&mut network, &scores, &half).unwrap();
        let again = prune_by(&mut network, &scores, &half).unwrap();
        assert_eq!(again.newly_masked, 0);
        let after = half.after(0.5);
        prune_by(&mut network, &scores, &after).unwrap();
        let account = sparsity(&network);
        assert!((account.sparsity - 0.75).abs() < 0.01, "{}", account.sparsity);
    }

    #[test]
    fn blocks_go_whole_and_diagonals_stay() {
        let architecture = Architecture::stacked(9, Cell::Gru, &[16], 2).unwrap();
        let mut network = Network::initialise(architecture, 1);
        let selection = by(Criterion::Magnitude, Ranking::Gate, Grain::Block, 90.0);
        let scores = selection.scores(&network, None, 0).unwrap();
        prune_by(&mut network, &scores, &selection).unwrap();
        for weight in network.layout().weights() {
            let kept = network.masks().kept_in(weight.range.clone());
            let diagonal =
                |row: usize, column: usize| weight.part == Part::Hh && row % 16 == column;
            let mut blocks_left = 0;
            for top in (0..weight.rows).step_by(8) {
                for left in (0..weight.columns).step_by(4) {
                    let cells = || {
                        (top..top + 8)
                            .flat_map(|row| (left..left + 4).map(move |column| (row, column)))
                    };
                    let on = |&(row, column): &(usize, usize)| kept[row * weight.columns + column];
                    let own = || cells().filter(|&(row, column)| !diagonal(row, column));
                    let left = own().filter(on).count();
                    assert!(left == 0 || left == own().count());
                    assert!(cells().filter(|&(row, column)| diagonal(row, column)).all(|c| on(&c)));
                    blocks_left += usize::from(left > 0);
                }
            }
            // Of 8 blocks per gate, one in ten remains: 1.
            assert_eq!(blocks_left, 3);
        }
    }

    #[test]
    fn nothing_left_of_a_layer_or_a_matrix_is_an_error() {
        let mut network = network(Cell::Gru);
        let mut refused = |selection: Selection| {
            let scores = selection.scores(&network, None, 0).unwrap();
            let before = network.clone();
            let error = prune_by(&mut network, &scores, &selection).unwrap_err();
            assert_eq!(network, before);
            error.to_string()
        };
        let weights = refused(by(Criterion::Magnitude, Ranking::Matrix, Grain::Weight, 99.9));
        assert!(weights.contains("recurrent_layers.0.weight_ih"), "{weights}");
        let units = refused(by(Criterion::Magnitude, Ranking::Layer, Grain::Unit, 95.0));
        assert!(units.contains("layer 0"), "{units}");
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
        assert_eq!(
            error.to_string(),
            "cannot rank the weights of recurrent.recurrent_layers.1.weight_hh: \
             1 of 25 scores are not finite (NaN)"
        );
    }
}
