//! Counts of masked weights, by matrix and gate.

use serde::Serialize;

use crate::network::{Network, Part};

/// How sparse the recurrent weights of a network are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sparsity {
    /// Number of masked input-to-hidden weights.
    #[serde(rename = "pruned_ih")]
    pub masked_ih: usize,
    /// Number of input-to-hidden weights.
    pub count_ih: usize,
    /// Number of masked hidden-to-hidden weights.
    #[serde(rename = "pruned_hh")]
    pub masked_hh: usize,
    /// Number of hidden-to-hidden weights.
    pub count_hh: usize,
    /// The share of all these weights that is masked, 0 to 1.
    pub sparsity: f64,
    /// The sparsity of each matrix.
    pub weights: Vec<WeightAccount>,
}

impl Sparsity {
    /// Number of masked weights.
    pub fn masked(&self) -> usize {
        self.masked_ih + self.masked_hh
    }
}

/// How sparse one weight matrix is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightAccount {
    /// The name in files: `recurrent.recurrent_layers.0.weight_ih`.
    pub name: String,
    /// Index of its layer.
    pub layer: usize,
    /// Number of weights.
    pub count: usize,
    /// Number of masked weights.
    #[serde(rename = "pruned")]
    pub masked: usize,
    /// `masked / count`
    pub sparsity: f64,
    /// The sparsity of each gate.
    pub gates: Vec<GateAccount>,
}

/// How sparse the rows of one gate are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateAccount {
    /// The gate's name: `reset`, `forget`, ...
    pub name: &'static str,
    /// Number of weights.
    pub count: usize,
    /// Number of masked weights.
    #[serde(rename = "pruned")]
    pub masked: usize,
}

/// Counts the masked weights of `network`.
pub fn sparsity(network: &Network) -> Sparsity {
    let mut total = Sparsity {
        masked_ih: 0,
        count_ih: 0,
        masked_hh: 0,
        count_hh: 0,
        sparsity: 0.0,
        weights: Vec::new(),
    };
    for (name, weight) in network.layout().weight_names() {
        let cell = network.layout().layers[weight.layer][weight.block].cell;
        let count = weight.range.len() / weight.gates;
        let gate = |(gate, &name): (usize, &&'static str)| {
            let start = weight.range.start + gate * count;
            GateAccount { name, count, masked: network.masks().count_in(start..start + count) }
        };
        let gates: Vec<GateAccount> = cell.gate_names().iter().enumerate().map(gate).collect();
        let count = weight.range.len();
        let masked = gates.iter().map(|gate| gate.masked).sum();
        let (masked_part, count_part) = match weight.part {
            Part::Ih => (&mut total.masked_ih, &mut total.count_ih),
            Part::Hh => (&mut total.masked_hh, &mut total.count_hh),
        };
        *masked_part += masked;
        *count_part += count;
        let sparsity = masked as f64 / count as f64;
        total.weights.push(WeightAccount {
            name,
            layer: weight.layer,
            count,
            masked,
            sparsity,
            gates,
        });
    }
    let (masked, count) = (total.masked(), total.count_ih + total.count_hh);
    total.sparsity = masked as f64 / count as f64;
    total
}
