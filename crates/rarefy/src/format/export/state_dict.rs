//! A model as a PyTorch state dict, and the way back without loss.
//!
//! The state dict holds what a module has: weights, and masks if its modules have them. Its keys
//! are exactly the module's, so `load_state_dict` accepts it in strict mode. Everything else
//! (architecture, vocabulary, labels, readout, history) is stored next to the tensors, in the
//! archive or in the metadata. PyTorch does not look there, but
//! [`open_model`](crate::format::open_model) does. If PyTorch saves the state dict again, these
//! data are lost, and the file is read like any other state dict.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::ExportError;
use crate::format::model::{Spelling, Tensor, Values, in_our_names, thesis_names, torch_name};
use crate::format::torch::{self, TorchFault, TorchTensor, parse_extra, write_state_dict};
use crate::format::{Model, ModelError};
use crate::named;
use crate::network::{Architecture, Named, Network, Reads, Source};

/// The name of a model's settings in the archive.
const SETTINGS: &str = "rarefy/settings.json";
/// The masks of a state dict whose module has none: one byte per recurrent weight, in the order of
/// the tensors, with 1 for weights to keep.
const MASKS: &str = "rarefy/masks";
/// The same for all other parameters, if one of them is masked.
const OTHER_MASKS: &str = "rarefy/other_masks";

named! {
    /// The names of the tensors of a state dict.
    #[derive(Default)]
    pub enum Naming: "naming" {
        /// As the thesis's modules, with masks: `recurrent.recurrent_layers.0.weight_ih`.
        #[default]
        Thesis = "thesis",
        /// As modules called `embedding`, `rnn` (`nn.RNN`, `nn.GRU`, `nn.LSTM`), `head` (an
        /// `nn.Sequential` of linear layers and activations) and `out`: `rnn.weight_ih_l0`. Masked weights are its zeros; biases that are masked whole are left
        /// out, as of modules without.
        Torch = "torch",
        /// As in the state dict that the model was read from. See
        /// [`Origin`](crate::format::Origin).
        Own = "own",
    }
}

impl Naming {
    /// The names of `model`'s tensors.
    fn spelling(self, model: &Model) -> Result<Spelling, ExportError> {
        let (network, origin) = (&model.network, model.history.origin.as_ref());
        let with = |names| Spelling::with(network, origin, names);
        match self {
            Self::Thesis => Ok(with(thesis_names(network.layout()))),
            Self::Torch => {
                check_stack(network.architecture())?;
                Ok(with(torch_names(network)))
            }
            Self::Own => match origin {
                Some(origin) => Ok(Spelling::own(network, origin)),
                None => Err(ExportError::NoOrigin),
            },
        }
    }
}

/// The names for modules called `embedding`, `rnn`, `head` and `out`.
fn torch_names(network: &Network) -> BTreeMap<String, String> {
    let gone = |named: &Named| network.masks().count_in(named.range.clone()) == named.range.len();
    let names = network.layout().parameter_names();
    let (biases, weights): (Vec<&Named>, Vec<&Named>) =
        names.iter().partition(|named| named.name.contains("bias"));
    let (recurrent, linear): (Vec<&Named>, Vec<&Named>) =
        biases.into_iter().partition(|named| named.name.starts_with("recurrent."));
    // A module has either all of its biases or none; each linear layer is one.
    let modules = [recurrent].into_iter().chain(linear.into_iter().map(|bias| vec![bias]));
    let left = modules.filter(|biases| !biases.iter().all(|bias| gone(bias)));
    let names = weights.into_iter().chain(left.flatten());
    names.map(|named| (named.name.clone(), torch_name(network.layout(), &named.name))).collect()
}

/// The bytes of a `.pt` file of `model`.
///
/// # Errors
/// If the naming has no names for the network.
pub fn torch_bytes(model: &Model, naming: Naming) -> Result<Vec<u8>, ExportError> {
    let spelling = naming.spelling(model)?;
    let network = &model.network;
    let layout = network.layout();
    let settings = model.settings();
    let mut extras = vec![(SETTINGS, settings.as_bytes())];
    let bytes = |ranges: Vec<std::ops::Range<usize>>| -> Vec<u8> {
        let keep = ranges.into_iter().flat_map(|range| network.masks().kept_in(range));
        keep.map(u8::from).collect()
    };
    let recurrent = bytes(layout.weights().map(|weight| weight.range).collect());
    let others = bytes(layout.other_mask_names().into_iter().map(|mask| mask.range).collect());
    if !spelling.has_masks(layout) && recurrent.contains(&0) {
        extras.push((MASKS, &recurrent));
    }
    if others.contains(&0) {
        extras.push((OTHER_MASKS, &others));
    }
    Ok(write_state_dict(&spelling.tensors(network), &extras))
}

/// The bytes of a `.safetensors` file of `model` with the tensor names of `naming`. With
/// [`Naming::Thesis`] the result is that of [`Model::to_safetensors`].
///
/// # Errors
/// If the naming has no names for the network.
pub fn safetensors_bytes(model: &Model, naming: Naming) -> Result<Vec<u8>, ExportError> {
    if naming == Naming::Thesis {
        return Ok(model.to_safetensors());
    }
    let tensors = naming.spelling(model)?.tensors(&model.network);
    Ok(model.safetensors_of(&tensors))
}

/// The model that [`torch_bytes`] wrote into `bytes`, with the tensors `tensors`; `None` if
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
    let tensors: HashMap<String, Tensor> = tensors.iter().cloned().map(Tensor::named).collect();
    let recurrent = parse_extra(bytes, MASKS).map_err(invalid)?;
    let others = parse_extra(bytes, OTHER_MASKS).map_err(invalid)?;
    Model::from_settings(path, settings, |layout, origin| {
        let mut tensors = in_our_names(layout, origin, tensors);
        let is_recurrent = |mask: &Named| mask.name.contains(".mask_");
        for (bytes, of_recurrent) in [(recurrent, true), (others, false)] {
            let Some(bytes) = bytes else { continue };
            let masks: Vec<Named> = layout
                .all_mask_names()
                .into_iter()
                .filter(|mask| is_recurrent(mask) == of_recurrent)
                .collect();
            tensors.extend(spread(masks, bytes).map_err(wrong)?);
        }
        Ok(tensors)
    })
    .map(Some)
}

/// Splits the bytes of all masks into tensors.
fn spread(masks: Vec<Named>, bytes: &[u8]) -> Result<Vec<(String, Tensor)>, String> {
    let expected: usize = masks.iter().map(|mask| mask.range.len()).sum();
    if bytes.len() != expected {
        return Err(format!("{} bytes of masks, expected {expected}", bytes.len()));
    }
    let mut rest = bytes;
    let mask = |mask: Named| {
        let bytes;
        (bytes, rest) = rest.split_at(mask.range.len());
        let values = Values::Keep(bytes.iter().map(|&keep| keep != 0).collect());
        (mask.name, Tensor { shape: mask.shape, values })
    };
    Ok(masks.into_iter().map(mask).collect())
}

/// Checks that `nn.RNN`, `nn.GRU` or `nn.LSTM` can represent the network.
fn check_stack(architecture: &Architecture) -> Result<(), ExportError> {
    let refuse = |reason: String| Err(ExportError::NoTorchModule { reason });
    if architecture.cell().is_none() {
        return refuse("its layers have different cells".to_owned());
    }
    let sizes = architecture.stacked_sizes();
    if architecture.is_bidirectional() {
        return match sizes.iter().find(|&&size| size != sizes[0]) {
            None => Ok(()),
            Some(other) => refuse(format!("its layers have {} and {other} units", sizes[0])),
        };
    }
    if architecture.reads_backwards() {
        return refuse("some of its layers read backwards".to_owned());
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
