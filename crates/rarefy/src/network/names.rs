//! The name of each parameter in files. They are the names in the thesis's PyTorch code, so that
//! rarefy's model files and the thesis's state dicts are read in the same way.
//!
//! - `embedding.weight`, if the input is tokens;
//! - for the first block of layer `l`: `recurrent.recurrent_layers.{l}.weight_ih` (`weight_hh`,
//!   `bias_ih`, `bias_hh`, and the masks `mask_i2h`, `mask_h2h`: 1 keeps, 0 masks);
//! - for every further block, counted through all layers: `recurrent.skip_layers.{k}.*`;
//! - `head.{k}.weight` and `head.{k}.bias` for each hidden linear layer;
//! - `out.weight` and `out.bias`.
//!
//! The thesis has masks only for recurrent weights. Masks of other parameters are named as in
//! `torch.nn.utils.prune`: `out.weight_mask`.

use std::ops::Range;

use super::{Layout, Weight};

/// A named range of the parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name, as the module's description says.
    pub name: String,
    /// The number of rows and of columns, or a single length.
    pub shape: Vec<usize>,
    /// Its place in the parameters, row-major.
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
        for (at, linear) in self.linears.iter().enumerate() {
            let name = match at + 1 == self.linears.len() {
                true => "out".to_owned(),
                false => format!("head.{at}"),
            };
            names.push(matrix(&format!("{name}.weight"), linear.inputs, &linear.weight));
            names.push(named(format!("{name}.bias"), &[linear.outputs], &linear.bias));
        }
        names
    }

    /// The name of each recurrent weight's mask, in the order of [`Layout::weights`].
    pub fn mask_names(&self) -> Vec<(String, Weight)> {
        self.named_weights(["mask_i2h", "mask_h2h"])
    }

    /// The mask of each parameter that is not a recurrent weight, in the buffer's order.
    pub fn other_mask_names(&self) -> Vec<Named> {
        let recurrent: Vec<Range<usize>> = self.weights().map(|weight| weight.range).collect();
        let mut names = self.parameter_names();
        names.retain(|named| !recurrent.contains(&named.range));
        names.iter_mut().for_each(|named| named.name += "_mask");
        names
    }

    /// Every mask that a network may have: first those of recurrent weights, then the others.
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

    /// One name per block, in the buffer's order.
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
