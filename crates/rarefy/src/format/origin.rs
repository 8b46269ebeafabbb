//! What a model keeps of the state dict that it was read from: what its owner calls the
//! weights, which of them there are, and which row of the embedding is which token. With it the
//! model goes back under the same names, into the same module.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::model::{Tensor, Values, masks};
use super::torch::{self, TorchTensor};
use super::{Model, Zeros};
use crate::network::Layout;
use crate::train::is_default;

/// The state dict that a model came from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// What was guessed of it.
    #[serde(flatten)]
    pub guessed: Guessed,
    /// Its name of each parameter and mask, by ours (see [`Layout::parameter_names`]). Biases
    /// that its modules do not have are left out.
    pub names: BTreeMap<String, String>,
    /// Whether its readout has one row, the logit of class 1: that of class 0 is then 0 here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub one_logit: bool,
    /// The row of its embedding that each of our tokens has, where they are not the same; none
    /// of a token that it does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Option<u32>>>,
    /// The key of the state dict in its file, if it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_dict: Option<String>,
    /// What its zeros were taken for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub zeros: Zeros,
}

impl Origin {
    /// Whether its tensors are called as ours are.
    pub fn has_our_names(&self) -> bool {
        self.names.iter().all(|(ours, theirs)| ours == theirs)
    }
}

/// What a state dict did not say and nobody told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guessed {
    /// What its classes are called: their numbers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: bool,
    /// Which token each row of its embedding is: it has more rows, or fewer, than would be
    /// likely for code points, so that no text can be read by them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tokens: bool,
}

/// How a model's tensors are called, and what shape they have, in a state dict.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spelling {
    /// Our names and those in the state dict, of parameters and masks.
    names: BTreeMap<String, String>,
    one_logit: bool,
    rows: Option<Vec<Option<u32>>>,
}

impl Spelling {
    /// The one that `model` came in, if it came in a state dict.
    pub(super) fn own(model: &Model) -> Option<Self> {
        Some(Self::with(model, model.history.origin.as_ref()?.names.clone()))
    }

    /// With these names, ours first.
    pub(super) fn with(model: &Model, names: BTreeMap<String, String>) -> Self {
        let spelling = Self::of(model.history.origin.as_ref(), names);
        // A file may say so of any readout.
        let one_logit = spelling.one_logit && model.network.architecture().classes == 2;
        Self { one_logit, ..spelling }
    }

    pub(super) fn of(origin: Option<&Origin>, names: BTreeMap<String, String>) -> Self {
        Self {
            names,
            one_logit: origin.is_some_and(|origin| origin.one_logit),
            rows: origin.and_then(|origin| origin.rows.clone()).filter(|rows| is_whole(rows)),
        }
    }

    /// Whether the masks of all recurrent weights are among its tensors.
    pub(super) fn has_masks(&self, layout: &Layout) -> bool {
        layout.mask_names().iter().all(|mask| self.names.contains_key(&mask.0))
    }

    /// The tensors of `model`, in the order of its parameters, each mask after its weights.
    pub(super) fn tensors(&self, model: &Model) -> Vec<TorchTensor> {
        let (network, layout) = (&model.network, model.network.layout());
        let mut tensors = Vec::new();
        let mut waiting: Vec<TorchTensor> = Vec::new();
        let masks: Vec<_> = masks(layout).collect();
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
                // The thesis keeps masks as what they are, PyTorch as factors.
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

    /// From our rows of `name` to those of the state dict.
    fn to_theirs(&self, name: &str, shape: &mut [usize], values: &mut Vec<f32>) {
        if self.one_logit && name.starts_with("out.") {
            *values = values.split_off(values.len() / 2);
            shape[0] = 1;
        }
        if let (Some(rows), "embedding.weight") = (&self.rows, name) {
            let width = shape[1];
            shape[0] = 1 + rows.iter().flatten().max().map_or(0, |&last| last as usize);
            let mut theirs = vec![0.0; shape[0] * width];
            // The padding comes first: a token of the same row is what counts.
            for (ours, row) in values.chunks_exact(width).zip(rows) {
                if let Some(row) = row {
                    theirs[*row as usize * width..][..width].copy_from_slice(ours);
                }
            }
            *values = theirs;
        }
    }

    /// Whether `tensors` are spelled so.
    pub(super) fn is_of(&self, tensors: &HashMap<String, Tensor>) -> bool {
        self.names.len() == tensors.len() && self.names.values().all(|n| tensors.contains_key(n))
    }

    /// `tensors` under our names, with what the state dict has not: biases of zeros.
    pub(super) fn back(
        &self,
        layout: &Layout,
        mut tensors: HashMap<String, Tensor>,
    ) -> HashMap<String, Tensor> {
        let mut ours = HashMap::new();
        for (name, theirs) in &self.names {
            let Some(mut tensor) = tensors.remove(theirs) else { continue };
            // Of another length, it is refused where it is put into a network.
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
        // What has no place is refused by whoever puts them into a network.
        ours.extend(tensors);
        ours
    }

    /// The same of names that are ours, where what lacks is an error.
    pub(super) fn back_whole(
        &self,
        mut tensors: HashMap<String, Tensor>,
    ) -> HashMap<String, Tensor> {
        for (name, tensor) in &mut tensors {
            if tensor.shape.iter().product::<usize>() == tensor.values.len() {
                self.to_ours(name.trim_end_matches("_mask"), tensor);
            }
        }
        tensors
    }

    /// From the rows of the state dict to ours.
    fn to_ours(&self, name: &str, tensor: &mut Tensor) {
        if self.one_logit && name.starts_with("out.") {
            tensor.with_empty_row();
        }
        if let (Some(rows), "embedding.weight", &[theirs, _]) = (&self.rows, name, &tensor.shape[..])
            // Ours are at most the padding and the unknown token more.
            && rows.len() <= theirs + 2
        {
            tensor.pick_rows(rows);
        }
    }
}

/// Whether every row, up to the last, is some token's.
fn is_whole(rows: &[Option<u32>]) -> bool {
    let mut known: Vec<u32> = rows.iter().flatten().copied().collect();
    known.sort_unstable();
    known.dedup();
    known.last().is_some_and(|&last| last as usize + 1 == known.len())
}

impl Tensor {
    /// Puts a row of zeros, masked, before the only one.
    pub(super) fn with_empty_row(&mut self) {
        if self.shape.first() != Some(&1) {
            return;
        }
        match &mut self.values {
            Values::Numbers(values) => *values = [vec![0.0; values.len()], values.clone()].concat(),
            Values::Keep(keep) => *keep = [vec![false; keep.len()], keep.clone()].concat(),
            Values::Other(_) => return,
        }
        self.shape[0] = 2;
    }

    /// Takes the given rows of a matrix; none is a row of zeros, masked.
    pub(super) fn pick_rows(&mut self, rows: &[Option<u32>]) {
        fn pick<T: Copy>(all: &[T], empty: T, width: usize, rows: &[Option<u32>]) -> Vec<T> {
            let row = |row: &Option<u32>| {
                let there = row.and_then(|row| all.get(row as usize * width..)?.get(..width));
                there.map_or_else(|| vec![empty; width], <[T]>::to_vec)
            };
            rows.iter().flat_map(row).collect()
        }
        let width = self.shape[1];
        match &mut self.values {
            Values::Numbers(values) => *values = pick(values, 0.0, width, rows),
            Values::Keep(keep) => *keep = pick(keep, false, width, rows),
            Values::Other(_) => return,
        }
        self.shape[0] = rows.len();
    }
}
