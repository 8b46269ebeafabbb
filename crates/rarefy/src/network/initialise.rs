//! Random initial weights, distributed as in the thesis (PyTorch's defaults).

use super::{Architecture, Layout, Masks, Network};
use crate::random::Stream;

impl Network {
    /// A network with random weights: embedding N(0, 1); recurrent weights and
    /// biases U(-1/sqrt(H), 1/sqrt(H)); linear layers U(-1/sqrt(inputs), 1/sqrt(inputs)).
    /// Drawn from the stream `parameters` of `seed`, in the order of the layout.
    pub fn initialise(architecture: Architecture, seed: u64) -> Self {
        let layout = Layout::new(&architecture);
        let mut stream = Stream::new(seed, "parameters");
        let mut parameters = vec![0.0; layout.len()];
        for value in &mut parameters[layout.embedding.clone()] {
            *value = stream.normal() as f32;
        }
        let mut uniform = |values: &mut [f32], fan: usize| {
            let bound = 1.0 / (fan as f64).sqrt();
            for value in values {
                *value = stream.uniform_in(-bound, bound) as f32;
            }
        };
        for block in layout.layers.iter().flatten() {
            uniform(&mut parameters[block.weight_ih.start..block.bias_hh.end], block.hidden);
        }
        for linear in &layout.linears {
            uniform(&mut parameters[linear.weight.start..linear.bias.end], linear.inputs);
        }
        let masks = Masks::none(layout.len());
        Self::new(architecture, parameters, masks)
    }
}
