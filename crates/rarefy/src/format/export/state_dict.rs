//! A model as a PyTorch state dict, and back without loss.
//!
//! The state dict holds what a module has: weights and, in the thesis's naming, masks. Its
//! keys are exactly the module's, so that `load_state_dict` takes it strictly. What no
//! module has (architecture, vocabulary, labels, readout, history) stands beside the
//! tensors in the archive, where `torch.load` does not look and
//! [`open_model`](crate::format::open_model) does. Saved again by PyTorch, those entries
//! are gone, and the file is read as any other state dict.

use std::collections::HashMap;
use std::path::Path;

use super::ExportError;
use crate::format::model::{Tensor, Values};
use crate::format::open::tensor;
use crate::format::torch::{self, TorchFault, TorchTensor, parse_extra, write_state_dict};
use crate::format::{Model, ModelError};
use crate::network::{Layout, Reads, Source};

/// What a model's settings are called in the archive.
const SETTINGS: &str = "rarefy/settings.json";
/// The masks of a state dict whose module has none: a byte for each recurrent weight, in
/// the order of the tensors, 1 to keep.
const MASKS: &str = "rarefy/masks";

/// What the tensors of a state dict are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// As in the thesis's modules, masks among them:
    /// `recurrent.recurrent_layers.0.weight_ih`, `.mask_i2h`.
    #[default]
    Thesis,
    /// As in a module of `embedding`, `rnn` (an `nn.RNN`, `nn.GRU` or `nn.LSTM`) and `out`:
    /// `rnn.weight_ih_l0`. Masked weights are its zeros.
    Torch,
}

impl Naming {
    /// The name in a file of what [`Layout::parameter_names`] calls `name`.
    fn name(self, name: &str) -> String {
        let stacked = name.strip_prefix("recurrent.recurrent_layers.");
        match (self, stacked.and_then(|rest| rest.split_once('.'))) {
            (Self::Torch, Some((layer, part))) => format!("rnn.{part}_l{layer}"),
            _ => name.to_owned(),
        }
    }
}

/// The bytes of a `.pt` file of `model`.
///
/// # Errors
/// When the network is none that the naming has names for.
pub fn torch_bytes(model: &Model, naming: Naming) -> Result<Vec<u8>, ExportError> {
    let network = &model.network;
    if naming == Naming::Torch {
        check_stack(model)?;
    }
    let layout = network.layout();
    let parameters = layout.parameter_names().into_iter().map(|named| TorchTensor {
        name: naming.name(&named.name),
        values: torch::Values::F32(network.parameters()[named.range].to_vec()),
        shape: named.shape,
    });
    let mut tensors: Vec<TorchTensor> = parameters.collect();
    let kept = |range: std::ops::Range<usize>| {
        let mut keep = vec![true; range.len()];
        let masked = network.masks().masked_in(range.clone());
        masked.iter().for_each(|place| keep[place - range.start] = false);
        keep
    };
    let settings = model.settings();
    let mut extras = vec![(SETTINGS, settings.as_bytes())];
    let mut masks = Vec::new();
    match naming {
        Naming::Thesis => {
            for (name, weight) in layout.mask_names() {
                let shape = vec![weight.rows, weight.columns];
                let values = torch::Values::Bool(kept(weight.range));
                // The masks of a block follow its parameters, as in the thesis's files.
                let block = name.rsplit_once('.').expect("a block's name").0;
                let of_block = |tensor: &TorchTensor| {
                    tensor.name.rsplit_once('.').is_some_and(|(prefix, _)| prefix == block)
                };
                let last = tensors.iter().rposition(of_block).expect("its weights");
                tensors.insert(last + 1, TorchTensor { name, shape, values });
            }
        }
        Naming::Torch if network.masks().count() > 0 => {
            for weight in layout.weights() {
                masks.extend(kept(weight.range).into_iter().map(u8::from));
            }
            extras.push((MASKS, &masks));
        }
        Naming::Torch => {}
    }
    Ok(write_state_dict(&tensors, &extras))
}

/// The model that [`torch_bytes`] wrote into `bytes`, whose tensors are `tensors`; none when
/// something else wrote them. `path` is for messages.
pub(in crate::format) fn restore(
    path: &Path,
    bytes: &[u8],
    tensors: &[TorchTensor],
) -> Result<Option<Model>, ModelError> {
    let invalid = |fault: TorchFault| {
        ModelError::from(torch::TorchError::Invalid { path: path.to_owned(), fault })
    };
    let Some(settings) = parse_extra(bytes, SETTINGS).map_err(invalid)? else { return Ok(None) };
    let wrong = |reason: String| ModelError::Settings { path: path.to_owned(), reason };
    let settings = std::str::from_utf8(settings).map_err(|error| wrong(error.to_string()))?;
    let mut tensors: HashMap<String, Tensor> = tensors.iter().cloned().map(tensor).collect();
    let masks = parse_extra(bytes, MASKS).map_err(invalid)?;
    Model::from_settings(path, settings, |layout| {
        for named in layout.parameter_names() {
            if let Some(tensor) = tensors.remove(&Naming::Torch.name(&named.name)) {
                tensors.insert(named.name, tensor);
            }
        }
        if let Some(masks) = masks {
            tensors.extend(spread(layout, masks).map_err(wrong)?);
        }
        Ok(tensors)
    })
    .map(Some)
}

/// Masks as tensors, from the bytes of all of them.
fn spread(layout: &Layout, masks: &[u8]) -> Result<Vec<(String, Tensor)>, String> {
    let expected: usize = layout.weights().map(|weight| weight.range.len()).sum();
    if masks.len() != expected {
        return Err(format!("{} bytes of masks, expected {expected}", masks.len()));
    }
    let mut rest = masks;
    let mask = |(name, weight): (String, crate::network::Weight)| {
        let bytes;
        (bytes, rest) = rest.split_at(weight.range.len());
        let values = Values::Keep(bytes.iter().map(|&keep| keep != 0).collect());
        (name, Tensor { shape: vec![weight.rows, weight.columns], values })
    };
    Ok(layout.mask_names().into_iter().map(mask).collect())
}

/// Whether `nn.RNN`, `nn.GRU` or `nn.LSTM` is such a network.
fn check_stack(model: &Model) -> Result<(), ExportError> {
    let architecture = model.network.architecture();
    let refuse = |reason: String| Err(ExportError::NoTorchModule { reason });
    if architecture.cell().is_none() {
        return refuse("its layers have different cells".to_owned());
    }
    if architecture.reads != Reads::LastLayer {
        return refuse("its readout reads more than the last layer".to_owned());
    }
    let size = architecture.layers[0].size;
    for (at, layer) in architecture.layers.iter().enumerate() {
        let below = at.checked_sub(1).map_or(Source::Input, Source::Layer);
        if layer.blocks.len() != 1 || layer.blocks[0].sources != [below] {
            return refuse(format!("layer {at} reads more than the layer before it"));
        }
        if layer.size != size {
            return refuse(format!("layer {at} has {} units, layer 0 has {size}", layer.size));
        }
    }
    Ok(())
}
