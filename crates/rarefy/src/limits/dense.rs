//! The control that pruning must beat: smaller dense networks, trained for as long.
//!
//! Pruning is only worthwhile if dense networks of the same size are worse. The widths are chosen
//! so that the dense networks have about as many recurrent weights as remain in the pruned ones.

use std::ops::RangeInclusive;

use super::Question;
use crate::data::{Encoding, Scaling};
use crate::format::Model;
use crate::network::Input;
use crate::prune::{Grain, Scope, sparsity};
use crate::recipe::Stack;
use crate::study::{Axis, DataSource, Settings, Study, Topic};

/// Each dense network has at most this share of the weights of the previous one.
const STEP: f64 = 2.0 / 3.0;

/// A study of smaller dense networks.
#[derive(Clone, Debug)]
pub struct SmallDense {
    /// The settings of their training, and of the retraining that pruned networks get as well;
    /// without layers.
    pub base: Settings,
    /// The seeds of everything random.
    pub seeds: RangeInclusive<u64>,
    /// The layers of each network, the largest first.
    pub widths: Vec<Vec<usize>>,
}

impl SmallDense {
    /// The networks to compare with the pruned versions of `model`, or, without a model, of a
    /// network that is trained first. With a model they train for `epochs`, and their first seed
    /// holds out the sequences that judge the model. `None` if no network is smaller.
    pub fn beside(
        question: &Question,
        model: Option<&Model>,
        encoding: &Encoding,
        epochs: u32,
    ) -> Option<Self> {
        let (_, mut base) = question.base.split(Topic::Sparsifying);
        let layers = base.layers.take();
        let (layers, input, left, first) = match model {
            None => {
                let channels = encoding.scaling().map(Scaling::channels);
                (layers?, channels.or(base.embedding), None, *question.seeds.start())
            }
            Some(model) => {
                let architecture = model.network.architecture();
                let layers = architecture.stacked_sizes();
                let input = match architecture.input {
                    // The embedding is as wide as the first layer, so it shrinks along with it.
                    Input::Tokens { embedding, .. } if embedding == layers[0] => None,
                    Input::Tokens { embedding, .. } => Some(embedding),
                    Input::Series { channels } => Some(channels),
                };
                if let Input::Tokens { .. } = architecture.input {
                    base.embedding = input;
                }
                (base.model, base.epochs) = (None, Some(epochs));
                let account = sparsity(&model.network);
                let left = account.count_ih + account.count_hh;
                let left = left - account.masked_ih - account.masked_hh;
                (layers, input, Some(left), model.history.validation_seed)
            }
        };
        let grain = base.grain.take().unwrap_or_default();
        (base.criterion, base.ranking, base.samples) = (None, None, None);
        let bidirectional = base.bidirectional.unwrap_or(false);
        let stack = Stack { cell: base.cell?, layers, input, bidirectional };
        let widths = widths(&stack, left, &question.percents, grain);
        let last = first.checked_add(question.seeds.end() - question.seeds.start())?;
        (!widths.is_empty()).then_some(Self { base, seeds: first..=last, widths })
    }

    /// Each network is trained with each seed, and then trained on for as long as pruned ones are
    /// retrained.
    pub fn study(&self, data: DataSource) -> Study {
        let base = Settings { scope: Some(Scope::Both), percent: Some(0.0), ..self.base.clone() };
        let seeds = self.seeds.clone().map(|seed| Settings { seed: Some(seed), ..none() });
        let layers =
            self.widths.iter().map(|layers| Settings { layers: Some(layers.clone()), ..none() });
        Study {
            name: "limits-dense".to_owned(),
            keep_models: true,
            data,
            base,
            axes: vec![Axis::of(seeds.collect()), Axis::of(layers.collect())],
            exclusions: Vec::new(),
            contrasts: Vec::new(),
        }
    }
}

fn none() -> Settings {
    Settings::default()
}

/// The layers of dense networks shaped like `stack`. Each is the largest with at most as many
/// recurrent weights as remain after pruning one of `percents` of `left` weights, or of all its own
/// weights if `left` is `None`; of units, with as many units as remain. Networks with less than a
/// third fewer weights than a larger one are left out, and so are those whose smallest size is still
/// too large.
fn widths(stack: &Stack, left: Option<usize>, percents: &[f64], grain: Grain) -> Vec<Vec<usize>> {
    let left = left.unwrap_or_else(|| stack.weights());
    let widest = stack.layers.iter().copied().max().unwrap_or(0);
    let mut percents = percents.to_vec();
    percents.sort_by(f64::total_cmp);
    let mut found: Vec<Vec<usize>> = Vec::new();
    let mut most = left as f64;
    for percent in percents {
        let density = 1.0 - percent / 100.0;
        let target = match grain {
            Grain::Weight | Grain::Block => left as f64 * density,
            Grain::Unit => {
                let units = (widest as f64 * density).round() as usize;
                stack.scaled(units).weights() as f64
            }
        };
        if target > most * STEP && !found.is_empty() {
            continue;
        }
        let Some(next) = stack.narrowed(target) else { break };
        if found.last() != Some(&next.layers) {
            most = next.weights() as f64;
            found.push(next.layers);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;

    fn stack(cell: Cell, layers: &[usize], input: Option<usize>) -> Stack {
        Stack { cell, layers: layers.to_vec(), input, bidirectional: false }
    }

    #[test]
    fn dense_networks_have_at_most_as_many_weights_as_pruning_leaves() {
        let percents = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 95.0, 98.0];
        for cell in Cell::ALL {
            for (layers, input) in [
                (vec![50, 50, 50], None),
                (vec![64], Some(12)),
                (vec![30, 10], Some(3)),
                (vec![4], Some(1)),
            ] {
                let weights = |layers: &[usize]| stack(cell, layers, input).weights();
                let left = weights(&layers);
                let whole = stack(cell, &layers, input);
                let all = widths(&whole, None, &percents, Grain::Weight);
                let sizes: Vec<usize> = all.iter().map(|layers| weights(layers)).collect();
                assert!(!all.is_empty() && sizes[0] as f64 <= 0.9 * left as f64);
                for pair in sizes.windows(2) {
                    assert!(pair[1] as f64 <= STEP * pair[0] as f64, "{cell} {sizes:?}");
                }
                for (found, size) in all.iter().zip(sizes) {
                    // With one more unit in the widest layer, the network would be too large for
                    // every percentage that it was chosen for.
                    let fits = |p: &&f64| size as f64 <= left as f64 * (1.0 - **p / 100.0);
                    let tightest = percents.iter().rfind(fits).unwrap();
                    let wider: Vec<usize> = found.iter().map(|size| size + 1).collect();
                    let limit = left as f64 * (1.0 - tightest / 100.0);
                    assert!(weights(&wider) as f64 > limit, "{cell} {found:?}");
                }
            }
        }
        // The thesis's GRU has 45,000 weights: 18 H^2 for three layers of H units.
        let thesis = stack(Cell::Gru, &[50; 3], None);
        let all = widths(&thesis, None, &[90.0, 98.0], Grain::Weight);
        assert_eq!(all, [vec![15; 3], vec![7; 3]]);
        let two = stack(Cell::Gru, &[50, 30], None);
        let of_units = widths(&two, None, &[50.0, 90.0], Grain::Unit);
        assert_eq!(of_units, [vec![25, 15], vec![5, 3]]);
        assert_eq!(
            widths(&thesis, Some(45_000), &[100.0], Grain::Weight),
            Vec::<Vec<usize>>::new()
        );
    }
}
