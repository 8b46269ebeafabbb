//! How large the values of a network become.

use serde::{Deserialize, Serialize};

use super::Network;

/// The largest magnitudes of a network's values on the sequences that it was measured on. Integers
/// have to hold them ([`crate::quantize`]).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ranges {
    /// Of what enters the layers: the embedding, or scaled numbers.
    pub input: f32,
    /// Of each layer.
    pub layers: Vec<LayerRanges>,
    /// Of each hidden linear layer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub head: Vec<f32>,
}

/// The largest magnitudes of a layer's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerRanges {
    /// Of its output.
    pub output: f32,
    /// Of the states of its blocks, of which the output is the sum.
    pub hidden: f32,
    /// Of its memory; 0 for cells without one.
    pub memory: f32,
}

impl Ranges {
    /// Before anything was measured: only the embedding of `network` is known.
    pub(crate) fn of(network: &Network) -> Self {
        let embedding = &network.parameters()[network.layout().embedding.clone()];
        Self {
            input: embedding.iter().fold(0.0, |most, value| value.abs().max(most)),
            layers: vec![LayerRanges::default(); network.layout().layers.len()],
            head: vec![0.0; network.architecture().head.sizes.len()],
        }
    }
}
