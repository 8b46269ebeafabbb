//! Initial weights are distributed as PyTorch and Keras draw them.

use std::collections::BTreeMap;
use std::ops::Range;

use rarefy::cell::Cell;
use rarefy::network::{Activation, Architecture, Head, Initialisation, Input, Layout, Network};
use serde::Deserialize;

/// Of the difference of two shares.
const STANDARD_ERRORS: f64 = 5.0;
/// Weights that may lie beyond the largest or the smallest of the other program. On average one does.
const MOST_BEYOND: f64 = 12.0;
/// The golden quantiles have six digits.
const ROUNDING: f64 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    /// The number of networks.
    draws: u64,
    /// Shares of weights.
    quantiles: Vec<f64>,
    pytorch: BTreeMap<String, Parts>,
    keras: BTreeMap<String, Parts>,
}

/// For each part of a network, the values at the quantiles.
type Parts = BTreeMap<String, Vec<f64>>;

/// The parts of a network. Where a part has several ranges, they are added.
fn parts(layout: &Layout) -> Vec<(String, Vec<Range<usize>>)> {
    let mut parts = vec![("embedding".to_owned(), vec![layout.embedding.clone()])];
    for (at, block) in layout.layers.iter().flatten().enumerate() {
        // The directions of a layer are drawn alike.
        let layer = at / 2;
        parts.push((format!("{layer}.weight_ih"), vec![block.weight_ih.clone()]));
        parts.push((format!("{layer}.weight_hh"), vec![block.weight_hh.clone()]));
        for gate in 0..block.cell.gates() {
            let of = |bias: &Range<usize>| {
                let start = bias.start + gate * block.hidden;
                start..start + block.hidden
            };
            let biases = vec![of(&block.bias_ih), of(&block.bias_hh)];
            parts.push((format!("{layer}.bias.{gate}"), biases));
        }
    }
    for (at, linear) in layout.linears.iter().enumerate() {
        parts.push((format!("linear.{at}.weight"), vec![linear.weight.clone()]));
        parts.push((format!("linear.{at}.bias"), vec![linear.bias.clone()]));
    }
    parts
}

#[test]
fn initial_weights_have_the_quantiles_of_pytorch_and_keras() {
    let golden: Golden = serde_json::from_str(include_str!("initial/initial.json")).unwrap();
    let input = Input::Tokens { vocabulary: 7, embedding: 6 };
    let head = Head { sizes: vec![4], activation: Activation::Relu };
    for (how, expected) in
        [(Initialisation::PyTorch, &golden.pytorch), (Initialisation::Keras, &golden.keras)]
    {
        for cell in Cell::ALL {
            let stack = Architecture::bidirectional(input, cell, &[5, 5], 3).unwrap();
            let architecture = Architecture { head: head.clone(), ..stack };
            let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
            for seed in 0..golden.draws {
                let network = Network::initialise_as(how, architecture.clone(), seed);
                for (part, ranges) in parts(network.layout()) {
                    let value = |place| f64::from(network.parameters()[place]);
                    let values = values.entry(part).or_default();
                    values.extend((0..ranges[0].len()).map(|at| -> f64 {
                        ranges.iter().map(|range| value(range.start + at)).sum()
                    }));
                }
            }
            let expected = &expected[match cell {
                Cell::RnnTanh | Cell::RnnRelu => "rnn",
                Cell::Gru => "gru",
                Cell::Lstm => "lstm",
            }];
            assert!(values.keys().eq(expected.keys()));
            for (part, values) in &values {
                let count = values.len() as f64;
                for (&share, &quantile) in golden.quantiles.iter().zip(&expected[part]) {
                    let rounding = ROUNDING * quantile.abs();
                    let below = values.iter().filter(|&&v| v < quantile - rounding).count() as f64;
                    let above = values.iter().filter(|&&v| v > quantile + rounding).count() as f64;
                    let deviation = (2.0 * share * (1.0 - share) / count).sqrt();
                    let most = STANDARD_ERRORS * deviation + MOST_BEYOND / count;
                    // Not one equation, because values may be equal: biases are.
                    assert!(
                        below / count <= share + most && above / count <= 1.0 - share + most,
                        "{how} {cell} {part}: {below} of {count} are below {quantile} and {above} \
                         are above, the quantile {share}"
                    );
                }
            }
        }
    }
}

#[test]
fn both_directions_of_a_layer_have_orthogonal_weights_of_their_own() {
    let input = Input::Series { channels: 2 };
    let architecture = Architecture::bidirectional(input, Cell::Gru, &[5, 5], 3).unwrap();
    let network = Network::initialise_as(Initialisation::Keras, architecture, 0);
    let blocks = network.layout().layers.iter().flatten();
    let matrices: Vec<_> = blocks.map(|b| &network.parameters()[b.weight_hh.clone()]).collect();
    for (at, one) in matrices.iter().enumerate() {
        assert!(matrices[..at].iter().all(|other| other != one));
    }
}
