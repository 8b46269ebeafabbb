//! Networks around PyTorch's own recurrent modules: an `nn.Embedding`, if they read tokens, an
//! `nn.RNN`, `nn.GRU` or `nn.LSTM` of any depth, and an `nn.Linear`, in a state dict of
//! whatever names.
//!
//! The recurrent module is known by its names (`weight_ih_l0`); its layers and sizes follow
//! from shapes. Which matrix is the embedding and which the readout is decided in `roles.rs`.
//! Weights that `torch.nn.utils.prune` has pruned come in pairs, `_orig` and
//! `_mask`: these become [`Masks`](crate::network::Masks).
//!
//! What the one network type cannot say is refused: both directions, projections, anything
//! between the three parts.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::diagnosis::{SUPPORTED, left_over};
use super::rest::Rest;
use super::roles::{Roles, roles};
use super::{ambiguous, tensor};
use crate::format::ModelError;
use crate::format::model::{Tensor, Values};
use crate::format::open::{Hints, Opened};
use crate::format::torch::TorchTensor;
use crate::network::Architecture;

const FIRST: &str = "weight_ih_l0";

/// Whether tensors of these names have a recurrent module of PyTorch's among them.
pub(super) fn has_module(tensors: &[TorchTensor]) -> bool {
    tensors.iter().any(|tensor| prefix(&tensor.name).is_some())
}

/// What stands before the name of the first input weights.
fn prefix(name: &str) -> Option<&str> {
    let prefix = name.strip_suffix("_orig").unwrap_or(name).strip_suffix(FIRST)?;
    (prefix.is_empty() || prefix.ends_with('.')).then_some(prefix)
}

/// The network that these tensors make.
pub(super) fn open(
    path: &Path,
    tensors: Vec<TorchTensor>,
    hints: &Hints,
) -> Result<Opened, ModelError> {
    let mut parts = Parts { path, tensors: BTreeMap::new(), masks: HashMap::new() };
    parts.tensors.extend(tensors.into_iter().map(tensor));
    let module = parts.module()?;
    parts.fold_pruned()?;
    let (depth, first, hidden) = parts.stack(&module)?;
    let mut rest = Rest::new(path, hints);
    if hints.graph.is_some() {
        rest.notes.push("--graph is left aside: a module of PyTorch's is wired as none".to_owned());
    }
    let cell = rest.cell(hidden)?;
    let Roles { embedding, readout } = roles(&parts, &module, first.1, hidden.1, hints)?;

    let (input, encoding) = match &embedding {
        None => rest.numbers(first.1),
        Some(embedding) => {
            let shape = parts.matrix(embedding)?;
            parts.give(embedding, "embedding.weight", &[shape.0, shape.1], &mut rest)?;
            rest.tokens(embedding, shape)?
        }
    };
    let rows = parts.matrix(&readout)?.0;
    let classes = rest.classes(&readout, rows);
    let source = |source| ModelError::Architecture { path: path.to_owned(), source };
    let architecture =
        Architecture::stack(input, cell, &vec![hidden.1; depth], classes).map_err(source)?;

    let mut absent = Vec::new();
    for layer in 0..depth {
        let ours = format!("recurrent.recurrent_layers.{layer}");
        let inputs = if layer == 0 { first.1 } else { hidden.1 };
        for (part, columns) in [("weight_ih", inputs), ("weight_hh", hidden.1)] {
            let name = format!("{module}{part}_l{layer}");
            parts.give(&name, &format!("{ours}.{part}"), &[hidden.0, columns], &mut rest)?;
        }
        for part in ["bias_ih", "bias_hh"] {
            let name = format!("{module}{part}_l{layer}");
            let ours = format!("{ours}.{part}");
            parts.give_bias(&name, ours, hidden.0, &mut rest, &mut absent)?;
        }
    }
    let bias = format!("{}bias", readout.strip_suffix("weight").unwrap_or("\0"));
    parts.give(&readout, "out.weight", &[rows, hidden.1], &mut rest)?;
    parts.give_bias(&bias, "out.bias".to_owned(), rows, &mut rest, &mut absent)?;
    if let Some(name) = parts.tensors.keys().next() {
        let shapes = parts.shapes();
        let expected = format!("no place for it ({}); {SUPPORTED}", left_over(name, &shapes));
        return Err(ModelError::Unexpected { path: path.to_owned(), name: name.clone(), expected });
    }
    rest.finish(architecture, encoding, false, &absent)
}

/// The tensors that have found no place yet.
pub(super) struct Parts<'p> {
    path: &'p Path,
    tensors: BTreeMap<String, Tensor>,
    /// What `torch.nn.utils.prune` keeps, by the name of the weight.
    masks: HashMap<String, Tensor>,
}

impl Parts<'_> {
    pub(super) fn refuse<T>(&self, reason: String) -> Result<T, ModelError> {
        Err(ambiguous(self.path, format!("{reason}; {SUPPORTED}")))
    }

    pub(super) fn shapes(&self) -> Vec<(&str, &[usize])> {
        let all = self.tensors.iter();
        all.map(|(name, tensor)| (name.as_str(), tensor.shape.as_slice())).collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The prefix of the one recurrent module, of a kind that is supported.
    fn module(&self) -> Result<String, ModelError> {
        let prefixes: Vec<&str> = self.tensors.keys().filter_map(|name| prefix(name)).collect();
        if prefixes.len() > 1 {
            let modules: Vec<String> = prefixes.iter().map(|p| format!("{p}{FIRST}")).collect();
            return self
                .refuse(format!("it has several recurrent modules: {}", modules.join(", ")));
        }
        for name in self.tensors.keys() {
            if name.contains("_l0_reverse") {
                return self.refuse(format!("it is bidirectional (it has {name})"));
            }
            if name.contains("weight_hr_l") {
                return self.refuse(format!("it is an LSTM with projections (it has {name})"));
            }
        }
        Ok(prefixes[0].to_owned())
    }

    /// Replaces each pair of `_orig` and `_mask` by the weight that PyTorch computes with.
    fn fold_pruned(&mut self) -> Result<(), ModelError> {
        let pruned: Vec<String> = self
            .tensors
            .keys()
            .flat_map(|name| [name.strip_suffix("_orig"), name.strip_suffix("_mask")])
            .flatten()
            .map(str::to_owned)
            .collect();
        for name in pruned {
            let (orig, mask) = (format!("{name}_orig"), format!("{name}_mask"));
            if self.tensors.contains_key(&name) || self.masks.contains_key(&name) {
                continue;
            }
            let mut weight = self.take(&orig)?;
            let keep = self.take(&mask)?;
            let path = self.path.to_owned();
            if weight.shape != keep.shape {
                let (found, expected) = (keep.shape, weight.shape);
                return Err(ModelError::Shape { path, name: mask, found, expected });
            }
            let Values::Keep(keep) = keep.values else {
                let reason = format!("tensor {mask} is no mask: expected zeros and ones");
                return Err(ambiguous(self.path, reason));
            };
            if let Values::Numbers(values) = &mut weight.values {
                for (value, keep) in values.iter_mut().zip(&keep) {
                    *value = if *keep { *value } else { 0.0 };
                }
            }
            let shape = weight.shape.clone();
            self.masks.insert(name.clone(), Tensor { shape, values: Values::Keep(keep) });
            self.tensors.insert(name, weight);
        }
        Ok(())
    }

    /// How many layers the module has, and the shapes of its first input and
    /// hidden-to-hidden weights.
    #[expect(clippy::type_complexity, reason = "shapes are pairs")]
    fn stack(&self, module: &str) -> Result<(usize, (usize, usize), (usize, usize)), ModelError> {
        let first = self.matrix(&format!("{module}{FIRST}"))?;
        let hidden = self.matrix(&format!("{module}weight_hh_l0"))?;
        let there =
            |layer: &usize| self.tensors.contains_key(&format!("{module}weight_ih_l{layer}"));
        Ok(((0..).take_while(there).count(), first, hidden))
    }

    fn matrix(&self, name: &str) -> Result<(usize, usize), ModelError> {
        match self.tensors.get(name).map(|tensor| tensor.shape.as_slice()) {
            Some(&[rows, columns]) => Ok((rows, columns)),
            Some(found) => {
                let reason = format!("tensor {name} has shape {found:?}, expected a matrix");
                Err(ambiguous(self.path, reason))
            }
            None => Err(ModelError::Missing { path: self.path.to_owned(), name: name.to_owned() }),
        }
    }

    fn take(&mut self, name: &str) -> Result<Tensor, ModelError> {
        let missing = || ModelError::Missing { path: self.path.to_owned(), name: name.to_owned() };
        self.tensors.remove(name).ok_or_else(missing)
    }

    /// Gives weights of this shape, and their mask, our name.
    fn give(
        &mut self,
        name: &str,
        ours: &str,
        expected: &[usize],
        rest: &mut Rest,
    ) -> Result<(), ModelError> {
        let weight = self.numbers(name, expected)?;
        let Some(keep) = self.masks.remove(name) else {
            rest.name(ours.to_owned(), name, weight);
            return Ok(());
        };
        let mask = match ours.rsplit_once(".weight_") {
            Some((block, "ih")) => format!("{block}.mask_i2h"),
            Some((block, "hh")) => format!("{block}.mask_h2h"),
            _ => format!("{ours}_mask"),
        };
        rest.name(ours.to_owned(), &format!("{name}_orig"), weight);
        rest.name(mask, &format!("{name}_mask"), keep);
        Ok(())
    }

    /// The same of a bias; one that a module does not have is `absent`.
    fn give_bias(
        &mut self,
        name: &str,
        ours: String,
        size: usize,
        rest: &mut Rest,
        absent: &mut Vec<String>,
    ) -> Result<(), ModelError> {
        if self.tensors.contains_key(name) {
            return self.give(name, &ours, &[size], rest);
        }
        absent.push(ours);
        Ok(())
    }

    /// Takes weights of this shape.
    fn numbers(&mut self, name: &str, expected: &[usize]) -> Result<Tensor, ModelError> {
        let Tensor { shape, values } = self.take(name)?;
        let (path, name) = (self.path.to_owned(), name.to_owned());
        if shape != expected {
            let expected = expected.to_vec();
            return Err(ModelError::Shape { path, name, found: shape, expected });
        }
        match values {
            Values::Numbers(ref numbers) => match numbers.iter().find(|n| !n.is_finite()) {
                Some(&value) => Err(ModelError::NotFinite { path, name, value }),
                None => Ok(Tensor { shape, values }),
            },
            values => {
                let expected = "floats of 64, 32 or 16 bits";
                Err(ModelError::Type { path, name, found: values.describe(), expected })
            }
        }
    }
}
