//! What each parameter is called in files: the names of the thesis's PyTorch code,
//! so that a model file of ours and a state dict of its are read the same way.
//!
//! `embedding.weight`; for the first block of layer `l`
//! `recurrent.recurrent_layers.{l}.weight_ih` (`weight_hh`, `bias_ih`, `bias_hh`,
//! and the masks `mask_i2h`, `mask_h2h`: 1 keeps, 0 masks); for every further
//! block, counted through all layers, `recurrent.skip_layers.{k}.*`; `out.weight`
//! and `out.bias`.

use std::ops::Range;

use crate::network::{Layout, Part, Weight};

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

/// Every parameter of `layout`, in its order.
pub fn parameter_names(layout: &Layout) -> Vec<Named> {
    let named = |name: String, shape: &[usize], range: &Range<usize>| Named {
        name,
        shape: shape.to_vec(),
        range: range.clone(),
    };
    let matrix = |name: &str, columns: usize, range: &Range<usize>| {
        named(name.to_owned(), &[range.len() / columns, columns], range)
    };
    let first = layout.layers.first().and_then(|blocks| blocks.first()).expect("a valid layout");
    let last = layout.layers.last().and_then(|blocks| blocks.first()).expect("a valid layout");
    let mut names = vec![matrix("embedding.weight", first.inputs, &layout.embedding)];
    for (block, prefix) in layout.layers.iter().flatten().zip(block_names(layout)) {
        let rows = block.rows();
        names.extend([
            named(format!("{prefix}.weight_ih"), &[rows, block.inputs], &block.weight_ih),
            named(format!("{prefix}.weight_hh"), &[rows, block.hidden], &block.weight_hh),
            named(format!("{prefix}.bias_ih"), &[rows], &block.bias_ih),
            named(format!("{prefix}.bias_hh"), &[rows], &block.bias_hh),
        ]);
    }
    names.push(matrix("out.weight", last.hidden, &layout.readout_weight));
    names.push(named("out.bias".to_owned(), &[layout.readout_bias.len()], &layout.readout_bias));
    names
}

/// The name of each recurrent weight's mask, in the order of [`Layout::weights`].
pub fn mask_names(layout: &Layout) -> Vec<(String, Weight)> {
    let prefixes = block_names(layout).into_iter().flat_map(|prefix| {
        [format!("{prefix}.mask_i2h"), format!("{prefix}.mask_h2h")]
    });
    prefixes.zip(layout.weights()).collect()
}

/// What a weight is called without the common prefix: `recurrent_layers.0.weight_ih`.
pub fn weight_names(layout: &Layout) -> Vec<(String, Weight)> {
    let prefixes = block_names(layout).into_iter().flat_map(|prefix| [prefix.clone(), prefix]);
    let named = |(prefix, weight): (String, Weight)| {
        let part = if weight.part == Part::Ih { "weight_ih" } else { "weight_hh" };
        (format!("{}.{part}", prefix.trim_start_matches("recurrent.")), weight)
    };
    prefixes.zip(layout.weights()).map(named).collect()
}

/// One a block, in the layout's order.
fn block_names(layout: &Layout) -> Vec<String> {
    let mut skips = 0..;
    let name = |layer, block| match block {
        0 => format!("recurrent.recurrent_layers.{layer}"),
        _ => format!("recurrent.skip_layers.{}", skips.next().expect("endless")),
    };
    let blocks = layout.layers.iter().enumerate();
    let blocks = blocks.flat_map(|(layer, blocks)| (0..blocks.len()).map(move |block| (layer, block)));
    let mut name = name;
    blocks.map(|(layer, block)| name(layer, block)).collect()
}
