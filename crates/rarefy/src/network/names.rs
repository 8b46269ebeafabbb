//! What each parameter is called in files: the names of the thesis's PyTorch code,
//! so that a model file of ours and a state dict of its are read the same way.
//!
//! `embedding.weight`, where tokens enter; for the first block of layer `l`
//! `recurrent.recurrent_layers.{l}.weight_ih` (`weight_hh`, `bias_ih`, `bias_hh`,
//! and the masks `mask_i2h`, `mask_h2h`: 1 keeps, 0 masks); for every further
//! block, counted through all layers, `recurrent.skip_layers.{k}.*`; `out.weight`
//! and `out.bias`. Masks of other parameters than recurrent weights, which the thesis does not
//! have, are called as `torch.nn.utils.prune` calls them: `out.weight_mask`.

use std::ops::Range;

use super::{Layout, Weight};

/// A named stretch of the parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As in the module's description.
    pub name: String,
    /// Rows and columns, or one length.
    pub shape: Vec<usize>,
    /// Place in the parameters, row-major.
    pub range: Range<usize>,
}

impl Layout {
    /// The name and shape of every parameter, in the buffer's order.
    pub fn parameter_names(&self) -> Vec<Named> {
        let named = |name: String, shape: &[usize], range: &Range<usize>| Named {
            name,
            shape: shape.to_vec(),
            range: range.clone(),
        };
        let matrix = |name: &str, columns: usize, range: &Range<usize>| {
            named(name.to_owned(), &[range.len() / columns, columns], range)
        };
        let mut names = Vec::new();
        if !self.embedding.is_empty() {
            names.push(matrix("embedding.weight", self.embedding_width, &self.embedding));
        }
        for (block, prefix) in self.layers.iter().flatten().zip(self.block_names()) {
            let rows = block.rows();
            names.extend([
                named(format!("{prefix}.weight_ih"), &[rows, block.inputs], &block.weight_ih),
                named(format!("{prefix}.weight_hh"), &[rows, block.hidden], &block.weight_hh),
                named(format!("{prefix}.bias_ih"), &[rows], &block.bias_ih),
                named(format!("{prefix}.bias_hh"), &[rows], &block.bias_hh),
            ]);
        }
        let classes = self.readout_bias.len();
        names.push(matrix("out.weight", self.readout_weight.len() / classes, &self.readout_weight));
        names.push(named("out.bias".to_owned(), &[classes], &self.readout_bias));
        names
    }

    /// The name of each recurrent weight's mask, in the order of [`Layout::weights`].
    pub fn mask_names(&self) -> Vec<(String, Weight)> {
        self.named_weights(["mask_i2h", "mask_h2h"])
    }

    /// The mask of each parameter that is no recurrent weight, in the buffer's order.
    pub fn other_mask_names(&self) -> Vec<Named> {
        let recurrent: Vec<Range<usize>> = self.weights().map(|weight| weight.range).collect();
        let mut names = self.parameter_names();
        names.retain(|named| !recurrent.contains(&named.range));
        names.iter_mut().for_each(|named| named.name += "_mask");
        names
    }

    /// Every mask that a network may have: those of recurrent weights, then the others.
    pub fn all_mask_names(&self) -> Vec<Named> {
        let recurrent = self.mask_names().into_iter().map(|(name, weight)| Named {
            name,
            shape: vec![weight.rows, weight.columns],
            range: weight.range,
        });
        recurrent.chain(self.other_mask_names()).collect()
    }

    /// The name of each recurrent weight, in the order of [`Layout::weights`].
    pub fn weight_names(&self) -> Vec<(String, Weight)> {
        self.named_weights(["weight_ih", "weight_hh"])
    }

    fn named_weights(&self, [ih, hh]: [&str; 2]) -> Vec<(String, Weight)> {
        let names = self.block_names();
        let names =
            names.iter().flat_map(|block| [format!("{block}.{ih}"), format!("{block}.{hh}")]);
        names.zip(self.weights()).collect()
    }

    /// One a block, in the buffer's order.
    fn block_names(&self) -> Vec<String> {
        let mut skips = 0;
        let mut names = Vec::new();
        for (layer, blocks) in self.layers.iter().enumerate() {
            for block in 0..blocks.len() {
                names.push(match block {
                    0 => format!("recurrent.recurrent_layers.{layer}"),
                    _ => format!("recurrent.skip_layers.{skips}"),
                });
                skips += usize::from(block > 0);
            }
        }
        names
    }
}
