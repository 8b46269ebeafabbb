//! A trained model as a file: a network with everything needed to read text or series of numbers,
//! and to name its answer.
//!
//! The file is a `.safetensors`: weights and masks with the names of [`crate::network::Named`], and
//! one metadata entry, `rarefy`, with everything else as JSON. Any safetensors reader can read the
//! tensors; a masked weight is stored as 0.

mod error;
mod history;
mod origin;
mod spelling;
mod tensor;

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::regular::read_model_file;
use super::torch::{self, TorchTensor};
use super::write_atomically;
use crate::data::{Dataset, Encoding, Task};
use crate::network::{Architecture, Input, Layout, Named, Network, Ranges, Readout, Stepper};
use crate::quantize::{IntegerStepper, QuantizeError, Quantized, StepByStep};
use crate::train::Evaluator;
use history::{folder_of, plain};

pub use error::ModelError;
pub use history::{History, Unpruned};
pub use origin::{Guessed, Origin, Zeros};
pub(super) use spelling::{Spelling, in_our_names, thesis_names, torch_name};
pub(super) use tensor::{NEVER_ANSWERED, Tensor, Values, assemble};

/// A network that reads text or series of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The network itself.
    pub network: Network,
    /// The tokens that it knows, or the scaling of its numbers.
    pub encoding: Encoding,
    /// What it answers, with the names of its classes if it has any.
    pub task: Task,
    /// Where its answer is read.
    pub readout: Readout,
    /// How it was made.
    pub history: History,
    /// Set if it computes in integers ([`crate::quantize`]): how large its values become.
    pub int8: Option<Ranges>,
}

/// The content of the metadata.
#[derive(Serialize, Deserialize)]
struct Settings {
    /// Version of this format.
    format: u32,
    architecture: Architecture,
    #[serde(flatten)]
    encoding: Encoding,
    #[serde(flatten)]
    task: Task,
    readout: Readout,
    history: History,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    int8: Option<Ranges>,
}

const FORMAT: u32 = 1;
const METADATA: &str = "rarefy";
/// Masks of a file whose tensors are named as in a state dict: a `1` for each parameter that is
/// kept and a `0` for each that is masked, recurrent weights first.
const MASKS: &str = "rarefy_masks";

impl Model {
    /// Writes the model to `path`, whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ModelError> {
        let mut history = self.history.clone();
        history.as_seen_from(path);
        Ok(write_atomically(path, &self.safetensors(&history))?)
    }

    /// Reads a `.safetensors` file written by rarefy.
    ///
    /// # Errors
    /// If it cannot be read, is not a model of rarefy, or contradicts itself.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let bytes = read_model_file(path)
            .map_err(|source| ModelError::Unreadable { path: path.to_owned(), source })?;
        Self::from_bytes(path, &bytes)
    }

    /// The network in integers, if the model computes in them.
    ///
    /// # Errors
    /// If its weights do not fit.
    pub fn integers(&self) -> Result<Option<Quantized>, QuantizeError> {
        let integers = |ranges| Quantized::new(&self.network, &self.encoding, ranges);
        self.int8.as_ref().map(integers).transpose()
    }

    /// Its outputs at each read, `[reads][C]`: in integers, if it computes in them. With readout
    /// `padded`, sequences are padded to the longest of a batch.
    ///
    /// # Errors
    /// As [`Model::integers`].
    pub fn logits(&self, sequences: &Dataset, batch: usize) -> Result<Vec<f32>, QuantizeError> {
        Ok(match self.integers()? {
            Some(integers) => integers.answers(sequences, self.readout, batch),
            None => {
                Evaluator::new(&self.network, batch, self.readout).logits(&self.network, sequences)
            }
        })
    }

    /// Its network, ready to read one sequence step by step: in integers, if it computes in them.
    ///
    /// # Errors
    /// As [`Model::integers`]; if it reads backwards.
    pub fn stepper(&self) -> Result<Box<dyn StepByStep + Send + Sync>, QuantizeError> {
        if self.network.architecture().reads_backwards() {
            return Err(QuantizeError::ReadsBackwards);
        }
        Ok(match self.integers()? {
            Some(integers) => Box::new(IntegerStepper::from(Cow::Owned(integers))),
            None => Box::new(Stepper::new(&self.network)),
        })
    }

    /// A hash of weights and masks, as 16 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let network = &self.network;
        let weights = network.parameters().iter().flat_map(|weight| weight.to_le_bytes());
        let masked = network.masks().masked_in(0..network.layout().len());
        let masked = masked.iter().flat_map(|place| (*place as u64).to_le_bytes());
        format!("{:016x}", crate::random::fnv1a(weights.chain(masked)))
    }

    /// The content of its `.safetensors` file, independent of the file's location.
    pub fn to_safetensors(&self) -> Vec<u8> {
        self.safetensors(&self.history)
    }

    fn safetensors(&self, history: &History) -> Vec<u8> {
        let network = &self.network;
        let layout = network.layout();
        let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
        for named in layout.parameter_names() {
            let values = network.parameters()[named.range].iter();
            let bytes = values.flat_map(|value| value.to_le_bytes()).collect();
            tensors.push((named.name, Dtype::F32, named.shape, bytes));
        }
        for Named { name, shape, range } in layout.all_mask_names() {
            if network.masks().count_in(range.clone()) > 0 {
                let keep = network.masks().kept_in(range).into_iter().map(u8::from).collect();
                tensors.push((name, Dtype::U8, shape, keep));
            }
        }
        self.serialised(&tensors, HashMap::new(), history)
    }

    /// A `.safetensors` file with these tensors, which represent the model; masks are in the
    /// metadata.
    pub(super) fn safetensors_of(&self, tensors: &[TorchTensor]) -> Vec<u8> {
        let tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = tensors
            .iter()
            .map(|tensor| {
                let (dtype, bytes) = match &tensor.values {
                    torch::Values::Bool(keep) => {
                        (Dtype::BOOL, keep.iter().map(|&keep| keep.into()).collect())
                    }
                    _ => {
                        let values = tensor.to_f32();
                        (Dtype::F32, values.iter().flat_map(|v| v.to_le_bytes()).collect())
                    }
                };
                (tensor.name.clone(), dtype, tensor.shape.clone(), bytes)
            })
            .collect();
        let network = &self.network;
        let ranges = network.layout().all_mask_names().into_iter().map(|mask| mask.range);
        let keep: String = ranges
            .flat_map(|range| network.masks().kept_in(range))
            .map(|keep| if keep { '1' } else { '0' })
            .collect();
        self.serialised(&tensors, HashMap::from([(MASKS.to_owned(), keep)]), &self.history)
    }

    fn serialised(
        &self,
        tensors: &[(String, Dtype, Vec<usize>, Vec<u8>)],
        mut metadata: HashMap<String, String>,
        history: &History,
    ) -> Vec<u8> {
        metadata.insert(METADATA.to_owned(), self.settings_with(history));
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            let view = TensorView::new(*dtype, shape.clone(), bytes);
            (name.as_str(), view.expect("a tensor's bytes fit its shape"))
        });
        safetensors::serialize(views, Some(metadata)).expect("tensors have distinct names")
    }

    /// Everything except weights and masks, as JSON.
    pub(super) fn settings(&self) -> String {
        self.settings_with(&self.history)
    }

    fn settings_with(&self, history: &History) -> String {
        let mut history = history.clone();
        // JSON cannot represent other paths; the unpruned model then counts as unknown.
        history.unpruned.take_if(|unpruned| unpruned.path.to_str().is_none());
        let settings = Settings {
            format: FORMAT,
            architecture: self.network.architecture().clone(),
            encoding: self.encoding.clone(),
            task: self.task.clone(),
            readout: self.readout,
            history,
            int8: self.int8.clone(),
        };
        serde_json::to_string(&settings).expect("settings are plain data")
    }

    pub(super) fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, ModelError> {
        let owned = || path.to_owned();
        let not_safetensors = |source| ModelError::NotSafetensors { path: owned(), source };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(not_safetensors)?;
        let file = SafeTensors::deserialize(bytes).map_err(not_safetensors)?;
        let metadata = header.metadata().as_ref();
        let settings = metadata.and_then(|metadata| metadata.get(METADATA));
        let kept = metadata.and_then(|metadata| metadata.get(MASKS));
        let is_spelled = kept.is_some();
        let settings = settings.ok_or_else(|| ModelError::NotOurs { path: owned() })?;
        let tensors = file.tensors().into_iter().map(|(name, view)| {
            let values = match view.dtype() {
                Dtype::BOOL if is_spelled => {
                    Values::Keep(view.data().iter().map(|&keep| keep != 0).collect())
                }
                Dtype::F32 if is_spelled && name.ends_with("_mask") => {
                    let (numbers, _) = view.data().as_chunks::<4>();
                    Values::Keep(numbers.iter().map(|b| f32::from_le_bytes(*b) != 0.0).collect())
                }
                Dtype::F32 => {
                    let (numbers, _) = view.data().as_chunks::<4>();
                    Values::Numbers(numbers.iter().map(|b| f32::from_le_bytes(*b)).collect())
                }
                Dtype::U8 => Values::Keep(view.data().iter().map(|&keep| keep != 0).collect()),
                other => Values::Other(format!("{other:?}")),
            };
            (name, Tensor { shape: view.shape().to_vec(), values })
        });
        let tensors: HashMap<String, Tensor> = tensors.collect();
        Self::from_settings(path, settings, |layout, origin| {
            let Some(kept) = kept else { return Ok(tensors) };
            let mut tensors = in_our_names(layout, origin, tensors);
            let mut rest = kept.as_bytes();
            for Named { name, shape, range } in layout.all_mask_names() {
                let Some((keep, after)) = rest.split_at_checked(range.len()) else {
                    let reason = format!("the masks ({MASKS}) end before {name}");
                    return Err(ModelError::Settings { path: owned(), reason });
                };
                rest = after;
                if keep.contains(&b'0') {
                    let values = Values::Keep(keep.iter().map(|&keep| keep != b'0').collect());
                    tensors.insert(name, Tensor { shape, values });
                }
            }
            Ok(tensors)
        })
    }

    /// The model with these settings and with `tensors`, which have the names of the layout.
    pub(super) fn from_settings(
        path: &Path,
        settings: &str,
        tensors: impl FnOnce(&Layout, Option<&Origin>) -> Result<HashMap<String, Tensor>, ModelError>,
    ) -> Result<Self, ModelError> {
        let owned = || path.to_owned();
        let settings: Settings = serde_json::from_str(settings)
            .map_err(|error| ModelError::Settings { path: owned(), reason: error.to_string() })?;
        if settings.format != FORMAT {
            let reason = format!("this version reads format {FORMAT}, not {}", settings.format);
            return Err(ModelError::Settings { path: owned(), reason });
        }
        let Settings { architecture, encoding, task, readout, mut history, int8, .. } = settings;
        if let Some(unpruned) = &mut history.unpruned
            && let Some(folder) = folder_of(path)
        {
            unpruned.path = plain(&folder.join(&unpruned.path));
        }
        check_ends(path, &architecture, &encoding, &task)?;
        architecture
            .validate()
            .map_err(|source| ModelError::Architecture { path: owned(), source })?;
        let tensors = tensors(&Layout::new(&architecture), history.origin.as_ref())?;
        let network = assemble(path, architecture, tensors)?;
        Ok(Self { network, encoding, task, readout, history, int8 })
    }
}

/// Checks that the network's inputs and outputs match its encoding and labels.
fn check_ends(
    path: &Path,
    architecture: &Architecture,
    encoding: &Encoding,
    task: &Task,
) -> Result<(), ModelError> {
    let wrong = |what: &str, named: usize, wired: usize| ModelError::Settings {
        path: path.to_owned(),
        reason: format!("they have {named} {what}, but the network has {wired}"),
    };
    if task.outputs() != architecture.classes {
        let what = if task.labels().is_empty() { "numbers" } else { "labels" };
        return Err(wrong(what, task.outputs(), architecture.classes));
    }
    match (encoding, architecture.input) {
        (Encoding::Vocabulary(known), Input::Tokens { vocabulary, .. }) => {
            if known.len() == vocabulary {
                return Ok(());
            }
            Err(wrong(&format!("{}s", known.unit()), known.len(), vocabulary))
        }
        (Encoding::Scaling(scaling), Input::Series { channels }) => {
            if scaling.channels() == channels {
                return Ok(());
            }
            Err(wrong("channels", scaling.channels(), channels))
        }
        _ => Err(ModelError::Settings {
            path: path.to_owned(),
            reason: "they mix tokens with series of numbers".to_owned(),
        }),
    }
}
