//! The tensors of a PyTorch recurrent module and of the layers around it, each moved to its place
//! in the network.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::diagnosis::SUPPORTED;
use super::rest::Rest;
use crate::format::model::{ModelError, Tensor, Values};
use crate::format::torch::TorchTensor;

const FIRST: &str = "weight_ih_l0";

/// The prefix in the name of the first input weights.
pub(super) fn prefix(name: &str) -> Option<&str> {
    let prefix = name.strip_suffix("_orig").unwrap_or(name).strip_suffix(FIRST)?;
    (prefix.is_empty() || prefix.ends_with('.')).then_some(prefix)
}

/// The tensors that have not been assigned yet.
pub(super) struct Parts<'p> {
    path: &'p Path,
    tensors: BTreeMap<String, Tensor>,
    /// The masks of `torch.nn.utils.prune`, by the name of the weight.
    masks: HashMap<String, Tensor>,
}

impl<'p> Parts<'p> {
    pub(super) fn new(path: &'p Path, tensors: Vec<TorchTensor>) -> Self {
        let tensors = tensors.into_iter().map(Tensor::named).collect();
        Self { path, tensors, masks: HashMap::new() }
    }

    pub(super) fn refuse<T>(&self, reason: String) -> Result<T, ModelError> {
        Err(ModelError::ambiguous(self.path, format!("{reason}; {SUPPORTED}")))
    }

    pub(super) fn shapes(&self) -> Vec<(&str, &[usize])> {
        let all = self.tensors.iter();
        all.map(|(name, tensor)| (name.as_str(), tensor.shape.as_slice())).collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The prefix of the only recurrent module, if its kind is supported.
    pub(super) fn module(&self) -> Result<String, ModelError> {
        let prefixes: Vec<&str> = self.tensors.keys().filter_map(|name| prefix(name)).collect();
        if prefixes.len() > 1 {
            let modules: Vec<String> = prefixes.iter().map(|p| format!("{p}{FIRST}")).collect();
            return self
                .refuse(format!("it has several recurrent modules: {}", modules.join(", ")));
        }
        for name in self.tensors.keys() {
            if name.contains("weight_hr_l") {
                return self.refuse(format!("it is an LSTM with projections (tensor {name})"));
            }
        }
        Ok(prefixes[0].to_owned())
    }

    /// Replaces each pair of `_orig` and `_mask` by the weight that PyTorch computes with.
    pub(super) fn fold_pruned(&mut self) -> Result<(), ModelError> {
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
                let reason = format!("tensor {mask} is not a mask: expected only zeros and ones");
                return Err(ModelError::ambiguous(self.path, reason));
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

    /// The number of layers of the module, and the shapes of its first input and hidden-to-hidden
    /// weights.
    #[expect(clippy::type_complexity, reason = "shapes are pairs")]
    pub(super) fn stack(
        &self,
        module: &str,
    ) -> Result<(usize, (usize, usize), (usize, usize)), ModelError> {
        let first = self.matrix(&format!("{module}{FIRST}"))?;
        let hidden = self.matrix(&format!("{module}weight_hh_l0"))?;
        let there =
            |layer: &usize| self.tensors.contains_key(&format!("{module}weight_ih_l{layer}"));
        Ok(((0..).take_while(there).count(), first, hidden))
    }

    pub(super) fn matrix(&self, name: &str) -> Result<(usize, usize), ModelError> {
        match self.tensors.get(name).map(|tensor| tensor.shape.as_slice()) {
            Some(&[rows, columns]) => Ok((rows, columns)),
            Some(found) => {
                let reason = format!("tensor {name} has shape {found:?}, expected a matrix");
                Err(ModelError::ambiguous(self.path, reason))
            }
            None => Err(ModelError::Missing { path: self.path.to_owned(), name: name.to_owned() }),
        }
    }

    fn take(&mut self, name: &str) -> Result<Tensor, ModelError> {
        let missing = || ModelError::Missing { path: self.path.to_owned(), name: name.to_owned() };
        self.tensors.remove(name).ok_or_else(missing)
    }

    /// Assigns weights of this shape, and their mask, to our name.
    pub(super) fn give(
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

    /// The same for a bias; a bias that the module does not have is recorded in `absent`.
    pub(super) fn give_bias(
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
