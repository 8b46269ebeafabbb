//! A trained model as a file: a network with all it needs to read text, or series of
//! numbers, and to name its answer.
//!
//! The file is a `.safetensors`: weights and masks under the names of
//! [`crate::network::Named`], and one metadata entry, `rarefy`, with everything
//! else as JSON. Anything that reads safetensors can read the tensors; a masked
//! weight is stored as the 0 that it is.

use std::collections::HashMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use serde::{Deserialize, Serialize};

use super::atomic::target_file;
use super::export::in_our_names;
use super::open::read_file;
use super::torch::{self, TorchTensor};
use super::{Origin, OtherKind, WriteError, write_atomically};
use crate::data::{Dataset, Encoding, Labels};
use crate::network::{
    Architecture, ArchitectureError, Input, Layout, Masks, Named, Network, Readout,
};

/// A network that reads text or series of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What computes.
    pub network: Network,
    /// Which tokens it knows, or how it scales numbers.
    pub encoding: Encoding,
    /// What its classes are called.
    pub labels: Labels,
    /// Where its answer is read.
    pub readout: Readout,
    /// How it came to be.
    pub history: History,
}

/// How a model came to be: enough to judge its recovery fairly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Share of its training file that it was never trained on.
    pub validation_share: f64,
    /// The seed that picked that share.
    pub validation_seed: u64,
    /// [`Dataset::fingerprint`] of that file; `None` in models that do not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_data: Option<String>,
    /// The model before it was pruned, if it was.
    pub unpruned: Option<Unpruned>,
    /// The state dict of other code that it was read from, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl History {
    /// Whether the model was never trained on a `share` that is held out of `train` by its own
    /// seed, as far as it knows.
    pub fn has_not_seen(&self, share: f64, train: &Dataset) -> bool {
        let same = self.training_data.as_ref().is_none_or(|data| *data == train.fingerprint());
        same && share <= self.validation_share
    }

    /// Names the unpruned model as a file at `path` does: by the way from its folder.
    pub fn as_seen_from(&mut self, path: &Path) {
        if let Some(unpruned) = &mut self.unpruned
            && let (Ok(there), Some(folder)) = (absolute(&unpruned.path), folder_of(path))
        {
            unpruned.path = way(&folder, &there);
        }
    }

    /// Whether tokens have other numbers than in the state dict that the model was read from.
    pub fn is_renumbered(&self) -> bool {
        let rows = self.origin.as_ref().and_then(|origin| origin.rows.as_ref());
        rows.is_some_and(|rows| (0..).zip(rows).any(|(ours, theirs)| *theirs != Some(ours)))
    }

    /// Notes that the model was trained again, on all of its training file but this share.
    pub fn trained_again(&mut self, share: f64) {
        self.validation_share = self.validation_share.min(share);
    }
}

/// The model that a pruned one comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unpruned {
    /// Its file. Model files name it by the way from their own folder, so that both can be moved
    /// together, and their bytes do not depend on where they lie; here it is the whole path.
    pub path: PathBuf,
    /// [`Model::fingerprint`] of it, to notice when the file has changed.
    pub fingerprint: String,
}

/// Why a model file cannot be used. Each message names the file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ModelError {
    #[error("cannot read model {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Unwritable(#[from] WriteError),
    #[error("{} is no safetensors file: {source}", path.display())]
    NotSafetensors { path: PathBuf, source: SafeTensorError },
    #[error(
        "{} is a safetensors file, but not a model of rarefy: expected metadata called 'rarefy'",
        path.display()
    )]
    NotOurs { path: PathBuf },
    #[error("{}: the settings of the model cannot be read: {reason}", path.display())]
    Settings { path: PathBuf, reason: String },
    #[error("{}: the network cannot be: {source}", path.display())]
    Architecture { path: PathBuf, source: ArchitectureError },
    #[error("{}: tensor {name} is missing", path.display())]
    Missing { path: PathBuf, name: String },
    #[error("{}: tensor {name} has shape {found:?}, expected {expected:?}", path.display())]
    Shape { path: PathBuf, name: String, found: Vec<usize>, expected: Vec<usize> },
    #[error("{}: tensor {name} holds {found}, expected {expected}", path.display())]
    Type { path: PathBuf, name: String, found: String, expected: &'static str },
    #[error("{}: {name} is no tensor of this network; it has {expected}", path.display())]
    Unexpected { path: PathBuf, name: String, expected: String },
    #[error("{}: tensor {name} holds a weight that is {value}", path.display())]
    NotFinite { path: PathBuf, name: String, value: f32 },
    #[error("{}: {reason}", path.display())]
    Ambiguous { path: PathBuf, reason: String },
    #[error(
        "{} is {}: expected a model of rarefy, or a state dict of PyTorch as .pt or .safetensors; \
         {}",
        path.display(), kind.is, kind.advice
    )]
    OtherKind { path: PathBuf, kind: OtherKind },
    #[error(transparent)]
    Vocabulary(#[from] super::TokenIdsError),
    #[error(transparent)]
    Torch(#[from] super::torch::TorchError),
}

/// What stands in the metadata.
#[derive(Serialize, Deserialize)]
struct Settings {
    /// Version of this format.
    format: u32,
    architecture: Architecture,
    #[serde(flatten)]
    encoding: Encoding,
    labels: Labels,
    readout: Readout,
    history: History,
}

const FORMAT: u32 = 1;
const METADATA: &str = "rarefy";
/// Masks of a file whose tensors are called as a state dict's: a `1` for each parameter that is
/// left and a `0` for each that is masked, recurrent weights first.
const MASKS: &str = "rarefy_masks";

impl Model {
    /// Writes the model to `path`, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ModelError> {
        let mut history = self.history.clone();
        history.as_seen_from(path);
        Ok(write_atomically(path, &self.safetensors(&history))?)
    }

    /// Reads a `.safetensors` file of ours.
    ///
    /// # Errors
    /// When it cannot be read, or is not a model of ours, or contradicts itself.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let bytes = read_file(path)
            .map_err(|source| ModelError::Unreadable { path: path.to_owned(), source })?;
        Self::from_bytes(path, &bytes)
    }

    /// A hash of weights and masks, as 16 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let network = &self.network;
        let weights = network.parameters().iter().flat_map(|weight| weight.to_le_bytes());
        let masked = network.masks().masked_in(0..network.layout().len());
        let masked = masked.iter().flat_map(|place| (*place as u64).to_le_bytes());
        format!("{:016x}", crate::random::fnv1a(&weights.chain(masked).collect::<Vec<u8>>()))
    }

    /// The content of its `.safetensors` file, wherever that is.
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
        for Named { name, shape, range } in masks(layout) {
            if network.masks().count_in(range.clone()) > 0 {
                let keep = network.masks().kept_in(range).into_iter().map(u8::from).collect();
                tensors.push((name, Dtype::U8, shape, keep));
            }
        }
        self.serialised(&tensors, HashMap::new(), history)
    }

    /// A `.safetensors` file of these tensors, which spell the model; masks are in the metadata.
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
        let ranges = masks(network.layout()).map(|mask| mask.range);
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

    /// Everything but weights and masks, as JSON.
    pub(super) fn settings(&self) -> String {
        self.settings_with(&self.history)
    }

    fn settings_with(&self, history: &History) -> String {
        let mut history = history.clone();
        // JSON holds no other name; who asks for the model is told that it is not known.
        history.unpruned.take_if(|unpruned| unpruned.path.to_str().is_none());
        let settings = Settings {
            format: FORMAT,
            architecture: self.network.architecture().clone(),
            encoding: self.encoding.clone(),
            labels: self.labels.clone(),
            readout: self.readout,
            history,
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
            for Named { name, shape, range } in masks(layout) {
                let Some((keep, after)) = rest.split_at_checked(range.len()) else {
                    let reason = format!("its masks ({MASKS}) end before {name}");
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

    /// The model of these settings, whose tensors `tensors` gives by the layout's names.
    pub(super) fn from_settings(
        path: &Path,
        settings: &str,
        tensors: impl FnOnce(&Layout, Option<&Origin>) -> Result<HashMap<String, Tensor>, ModelError>,
    ) -> Result<Self, ModelError> {
        let owned = || path.to_owned();
        let settings: Settings = serde_json::from_str(settings)
            .map_err(|error| ModelError::Settings { path: owned(), reason: error.to_string() })?;
        if settings.format != FORMAT {
            let reason = format!("format {} is unknown to this version", settings.format);
            return Err(ModelError::Settings { path: owned(), reason });
        }
        let Settings { architecture, encoding, labels, readout, mut history, .. } = settings;
        if let Some(unpruned) = &mut history.unpruned
            && let Some(folder) = folder_of(path)
        {
            unpruned.path = plain(&folder.join(&unpruned.path));
        }
        check_ends(path, &architecture, &encoding, &labels)?;
        architecture
            .validate()
            .map_err(|source| ModelError::Architecture { path: owned(), source })?;
        let tensors = tensors(&Layout::new(&architecture), history.origin.as_ref())?;
        let network = assemble(path, architecture, tensors)?;
        Ok(Self { network, encoding, labels, readout, history })
    }
}

/// The folder in which a file really lies, or will, whatever links lead to it.
fn folder_of(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok().or_else(|| target_file(path))?;
    absolute(path.parent()?).ok()
}

/// A path without links, where it is there.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize().or_else(|_| std::path::absolute(path))
}

/// The way from a folder to a file, both whole paths.
fn way(folder: &Path, file: &Path) -> PathBuf {
    let shared = folder.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        // Of another drive.
        return file.to_owned();
    }
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(file.components().skip(shared)).collect()
}

/// A whole path without `..`, for one without links.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// A tensor of a file, in the types a network is made of.
pub(super) struct Tensor {
    pub(super) shape: Vec<usize>,
    pub(super) values: Values,
}

pub(super) enum Values {
    /// Weights.
    Numbers(Vec<f32>),
    /// A mask: what to keep.
    Keep(Vec<bool>),
    /// Some other type, by name.
    Other(String),
}

impl Values {
    pub(super) fn len(&self) -> usize {
        match self {
            Values::Numbers(numbers) => numbers.len(),
            Values::Keep(keep) => keep.len(),
            Values::Other(_) => 0,
        }
    }

    /// What they are, for a message.
    pub(super) fn describe(&self) -> String {
        match self {
            Values::Numbers(_) => "32-bit floats".to_owned(),
            Values::Keep(_) => "bytes".to_owned(),
            Values::Other(name) => name.clone(),
        }
    }
}

/// Puts named tensors into a network of this architecture: each parameter once,
/// masks where there are any, and nothing else.
pub(super) fn assemble(
    path: &Path,
    architecture: Architecture,
    mut tensors: HashMap<String, Tensor>,
) -> Result<Network, ModelError> {
    let owned = || path.to_owned();
    architecture.validate().map_err(|source| ModelError::Architecture { path: owned(), source })?;
    let layout = Layout::new(&architecture);
    let check = |name: &str, found: &[usize], expected: &[usize]| {
        if found == expected {
            return Ok(());
        }
        let (found, expected) = (found.to_vec(), expected.to_vec());
        Err(ModelError::Shape { path: owned(), name: name.to_owned(), found, expected })
    };
    let mut parameters = Vec::new();
    for named in layout.parameter_names() {
        let tensor = tensors
            .remove(&named.name)
            .ok_or_else(|| ModelError::Missing { path: owned(), name: named.name.clone() })?;
        check(&named.name, &tensor.shape, &named.shape)?;
        let Values::Numbers(values) = tensor.values else {
            return Err(wrong_type(path, named.name, &tensor.values, "32-bit floats"));
        };
        if let Some(&value) = values.iter().find(|value| !value.is_finite()) {
            return Err(ModelError::NotFinite { path: owned(), name: named.name, value });
        }
        parameters.extend(values);
    }
    let mut masked = Vec::new();
    for Named { name, shape, range } in masks(&layout) {
        let Some(tensor) = tensors.remove(&name) else { continue };
        check(&name, &tensor.shape, &shape)?;
        let Values::Keep(keep) = tensor.values else {
            return Err(wrong_type(path, name, &tensor.values, "a mask of zeros and ones"));
        };
        let zeros = keep.iter().enumerate().filter(|(_, keep)| !**keep);
        masked.extend(zeros.map(|(at, _)| range.start + at));
    }
    if let Some(name) = tensors.into_keys().min() {
        let expected = format!("{} layers of blocks as in its settings", layout.layers.len());
        return Err(ModelError::Unexpected { path: owned(), name, expected });
    }
    let masks = Masks::at(layout.len(), masked);
    Ok(Network::new(architecture, parameters, masks))
}

/// Every mask that a network may have, by its name.
pub(super) fn masks(layout: &Layout) -> impl Iterator<Item = Named> {
    let recurrent = layout.mask_names().into_iter().map(|(name, weight)| Named {
        name,
        shape: vec![weight.rows, weight.columns],
        range: weight.range,
    });
    recurrent.chain(layout.other_mask_names())
}

fn wrong_type(path: &Path, name: String, values: &Values, expected: &'static str) -> ModelError {
    ModelError::Type { path: path.to_owned(), name, found: values.describe(), expected }
}

/// Whether what goes into the network and what comes out of it is what it is wired for.
fn check_ends(
    path: &Path,
    architecture: &Architecture,
    encoding: &Encoding,
    labels: &Labels,
) -> Result<(), ModelError> {
    let wrong = |what: &str, named: usize, wired: usize| ModelError::Settings {
        path: path.to_owned(),
        reason: format!("it names {named} {what}, but its network has {wired}"),
    };
    if labels.names().len() != architecture.classes {
        return Err(wrong("labels", labels.names().len(), architecture.classes));
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
            reason: "it mixes tokens and series of numbers".to_owned(),
        }),
    }
}
