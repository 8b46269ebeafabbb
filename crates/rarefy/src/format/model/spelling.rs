//! The names of a model's tensors in a state dict, and the way back.

use std::collections::{BTreeMap, HashMap};

use super::origin::Origin;
use super::tensor::{NEVER_ANSWERED, Tensor, Values};
use crate::format::torch::{self, TorchTensor};
use crate::network::{Layout, Network};

/// The names and shapes of a model's tensors in a state dict.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::format) struct Spelling {
    /// Our names with those in the state dict, for parameters and masks.
    names: BTreeMap<String, String>,
    one_logit: bool,
    rows: Option<Vec<Option<u32>>>,
    /// The same of outputs.
    outputs: Option<Vec<Option<u32>>>,
}

impl Spelling {
    /// The names of the state dict that a network was read from.
    pub(in crate::format) fn own(network: &Network, origin: &Origin) -> Self {
        Self::with(network, Some(origin), origin.names.clone())
    }

    /// With these names, given as pairs of our name and the other one.
    pub(in crate::format) fn with(
        network: &Network,
        origin: Option<&Origin>,
        names: BTreeMap<String, String>,
    ) -> Self {
        let spelling = Self::of(origin, names);
        // A file may claim this for any readout.
        let one_logit = spelling.one_logit && network.architecture().classes == 2;
        Self { one_logit, ..spelling }
    }

    fn of(origin: Option<&Origin>, names: BTreeMap<String, String>) -> Self {
        Self {
            names,
            one_logit: origin.is_some_and(|origin| origin.one_logit),
            rows: origin.and_then(|origin| origin.rows.clone()).filter(|rows| is_whole(rows)),
            outputs: origin.and_then(Origin::output_rows).filter(|rows| is_whole(rows)),
        }
    }

    /// Whether its tensors include the masks of all recurrent weights.
    pub(in crate::format) fn has_masks(&self, layout: &Layout) -> bool {
        layout.mask_names().iter().all(|mask| self.names.contains_key(&mask.0))
    }

    /// The tensors of `network` in the order of its parameters, each mask after its weights.
    pub(in crate::format) fn tensors(&self, network: &Network) -> Vec<TorchTensor> {
        let layout = network.layout();
        let mut tensors = Vec::new();
        let mut waiting: Vec<TorchTensor> = Vec::new();
        let masks = layout.all_mask_names();
        let mut block = String::new();
        for named in layout.parameter_names() {
            let Some(name) = self.names.get(&named.name) else { continue };
            let prefix = named.name.rsplit_once('.').map_or("", |name| name.0);
            if prefix != block {
                tensors.append(&mut waiting);
                block = prefix.to_owned();
            }
            let mut values = network.parameters()[named.range.clone()].to_vec();
            let mut shape = named.shape;
            self.to_theirs(&named.name, &mut shape, &mut values);
            tensors.push(TorchTensor {
                name: name.clone(),
                shape,
                values: torch::Values::F32(values),
            });
            for mask in masks.iter().filter(|mask| mask.range == named.range) {
                let Some(name) = self.names.get(&mask.name) else { continue };
                let keep = network.masks().kept_in(mask.range.clone());
                let mut shape = mask.shape.clone();
                // The thesis stores masks as booleans, PyTorch as factors.
                let values = if mask.name.contains(".mask_") {
                    torch::Values::Bool(keep)
                } else {
                    let mut factors: Vec<f32> =
                        keep.into_iter().map(|keep| f32::from(u8::from(keep))).collect();
                    self.to_theirs(&named.name, &mut shape, &mut factors);
                    torch::Values::F32(factors)
                };
                waiting.push(TorchTensor { name: name.clone(), shape, values });
            }
        }
        tensors.append(&mut waiting);
        tensors
    }

    /// Converts our rows of `name` to those of the state dict.
    fn to_theirs(&self, name: &str, shape: &mut [usize], values: &mut Vec<f32>) {
        if self.one_logit && name.starts_with("out.") {
            *values = values.split_off(values.len() / 2);
            shape[0] = 1;
        }
        if let Some(rows) = self.rows_of(name) {
            let width = shape.get(1).copied().unwrap_or(1);
            shape[0] = 1 + rows.iter().flatten().max().map_or(0, |&last| last as usize);
            let mut theirs = vec![0.0; shape[0] * width];
            // The padding comes first, so a token with the same row overwrites it.
            for (ours, row) in values.chunks_exact(width).zip(rows) {
                if let Some(row) = row {
                    theirs[*row as usize * width..][..width].copy_from_slice(ours);
                }
            }
            *values = theirs;
        }
    }

    /// Whether `tensors` have these names.
    fn is_of(&self, tensors: &HashMap<String, Tensor>) -> bool {
        self.names.len() == tensors.len() && self.names.values().all(|n| tensors.contains_key(n))
    }

    /// `tensors` with our names, completed by what the state dict lacks: biases of zeros.
    fn back(
        &self,
        layout: &Layout,
        mut tensors: HashMap<String, Tensor>,
    ) -> HashMap<String, Tensor> {
        let mut ours = HashMap::new();
        for (name, theirs) in &self.names {
            let Some(mut tensor) = tensors.remove(theirs) else { continue };
            // A tensor with another number of values is rejected when it is put into a network.
            if tensor.shape.iter().product::<usize>() == tensor.values.len() {
                self.to_ours(name.trim_end_matches("_mask"), &mut tensor);
            }
            ours.insert(name.clone(), tensor);
        }
        for named in layout.parameter_names() {
            if !self.names.contains_key(&named.name) {
                let values = Values::Numbers(vec![0.0; named.range.len()]);
                ours.insert(named.name, Tensor { shape: named.shape, values });
            }
        }
        // Tensors without a place are rejected when they are put into a network.
        ours.extend(tensors);
        ours
    }

    /// The same for tensors with our names, where a missing one is an error.
    fn back_whole(&self, mut tensors: HashMap<String, Tensor>) -> HashMap<String, Tensor> {
        for (name, tensor) in &mut tensors {
            if tensor.shape.iter().product::<usize>() == tensor.values.len() {
                self.to_ours(name.trim_end_matches("_mask"), tensor);
            }
        }
        tensors
    }

    /// Converts the rows of the state dict to ours.
    fn to_ours(&self, name: &str, tensor: &mut Tensor) {
        if self.one_logit && name.starts_with("out.") {
            tensor.with_empty_row();
        }
        if let (Some(rows), &[theirs, ..]) = (self.rows_of(name), &tensor.shape[..])
            // We have at most two more: the padding and the unknown token.
            && rows.len() <= theirs + 2
        {
            tensor.pick_rows(rows, if name == "out.bias" { NEVER_ANSWERED } else { 0.0 });
        }
    }

    /// For each of our rows of `name` that of the state dict, if they are in another order.
    fn rows_of(&self, name: &str) -> Option<&[Option<u32>]> {
        match name {
            "embedding.weight" => self.rows.as_deref(),
            "out.weight" | "out.bias" => self.outputs.as_deref(),
            _ => None,
        }
    }
}

/// Whether every row, up to the last one used, belongs to a token.
fn is_whole(rows: &[Option<u32>]) -> bool {
    let mut known: Vec<u32> = rows.iter().flatten().copied().collect();
    known.sort_unstable();
    known.dedup();
    known.last().is_some_and(|&last| last as usize + 1 == known.len())
}

/// Tensors with the names of one of the namings, renamed to ours.
pub(in crate::format) fn in_our_names(
    layout: &Layout,
    origin: Option<&Origin>,
    tensors: HashMap<String, Tensor>,
) -> HashMap<String, Tensor> {
    let torch = || {
        let names = layout.parameter_names().into_iter().map(|named| named.name);
        names.map(|name| (name.clone(), torch_name(layout, &name)))
    };
    let own = origin.map(|origin| Spelling::of(Some(origin), origin.names.clone()));
    if let Some(own) = own.filter(|own| own.is_of(&tensors)) {
        return own.back(layout, tensors);
    }
    // Without the biases that do not exist, because their module has none.
    let mut names: BTreeMap<String, String> = torch().collect();
    names.retain(|name, theirs| !name.contains("bias") || tensors.contains_key(theirs));
    let torch = Spelling::of(origin, names);
    if torch.is_of(&tensors) {
        return torch.back(layout, tensors);
    }
    Spelling::of(origin, thesis_names(layout)).back_whole(tensors)
}

/// Our names, including the masks of recurrent weights.
pub(in crate::format) fn thesis_names(layout: &Layout) -> BTreeMap<String, String> {
    let names = layout.parameter_names().into_iter().map(|named| named.name);
    let masks = layout.mask_names().into_iter().map(|mask| mask.0);
    names.chain(masks).map(|name| (name.clone(), name)).collect()
}

/// The name in PyTorch modules called `embedding`, `rnn`, `head` (an `nn.Sequential` in which an
/// activation follows each linear layer) and `out`.
pub(in crate::format) fn torch_name(layout: &Layout, name: &str) -> String {
    let numbered = |prefix: &str| {
        let (number, part) = name.strip_prefix(prefix)?.split_once('.')?;
        Some((number.parse::<usize>().ok()?, part))
    };
    if let Some((layer, part)) = numbered("recurrent.recurrent_layers.") {
        let is_reversed = |layer: usize| layout.layers.get(layer).is_some_and(|l| l[0].reversed);
        return match ((0..layout.layers.len()).any(is_reversed), is_reversed(layer)) {
            (false, _) => format!("rnn.{part}_l{layer}"),
            (true, false) => format!("rnn.{part}_l{}", layer / 2),
            (true, true) => format!("rnn.{part}_l{}_reverse", layer / 2),
        };
    }
    match numbered("head.") {
        Some((number, part)) => format!("head.{}.{part}", 2 * number),
        None => name.to_owned(),
    }
}
