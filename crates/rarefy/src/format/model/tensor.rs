//! Tensors of a file in the types used by networks, and the network that they form.

use std::collections::HashMap;
use std::path::Path;

use super::error::ModelError;
use crate::format::torch::{self, TorchTensor};
use crate::network::{Architecture, Layout, Masks, Named, Network};

/// A tensor of a file, in one of the types used by networks.
pub(in crate::format) struct Tensor {
    pub(in crate::format) shape: Vec<usize>,
    pub(in crate::format) values: Values,
}

pub(in crate::format) enum Values {
    /// Weights.
    Numbers(Vec<f32>),
    /// A mask: which weights to keep.
    Keep(Vec<bool>),
    /// The name of any other type.
    Other(String),
}

impl Values {
    pub(in crate::format) fn len(&self) -> usize {
        match self {
            Values::Numbers(numbers) => numbers.len(),
            Values::Keep(keep) => keep.len(),
            Values::Other(_) => 0,
        }
    }

    /// A description for a message.
    pub(in crate::format) fn describe(&self) -> String {
        match self {
            Values::Numbers(_) => "32-bit floats".to_owned(),
            Values::Keep(_) => "bytes".to_owned(),
            Values::Other(name) => name.clone(),
        }
    }
}

/// The bias of an output that is never the answer.
pub(in crate::format) const NEVER_ANSWERED: f32 = -1e9;

impl Tensor {
    /// From a tensor of a state dict, with its name.
    pub(in crate::format) fn named(from: TorchTensor) -> (String, Self) {
        let is_mask = from.name.contains(".mask_") || from.name.ends_with("_mask");
        let values = match (&from.values, from.to_mask()) {
            (_, Some(keep)) if is_mask => Values::Keep(keep),
            (torch::Values::F32(_) | torch::Values::F64(_), _) => Values::Numbers(from.to_f32()),
            (torch::Values::I64(_), _) => Values::Other("64-bit integers".to_owned()),
            (torch::Values::U8(_), _) => Values::Other("bytes".to_owned()),
            (torch::Values::Bool(_), _) => Values::Other("booleans".to_owned()),
        };
        (from.name, Self { shape: from.shape, values })
    }

    /// Inserts a masked row of zeros before the only row.
    pub(in crate::format) fn with_empty_row(&mut self) {
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

    /// Selects rows of a matrix, or values of a bias; `None` gives `empty`, which is masked if it
    /// is 0.
    pub(in crate::format) fn pick_rows(&mut self, rows: &[Option<u32>], empty: f32) {
        fn pick<T: Copy>(all: &[T], empty: T, width: usize, rows: &[Option<u32>]) -> Vec<T> {
            let row = |row: &Option<u32>| {
                let there = row.and_then(|row| all.get(row as usize * width..)?.get(..width));
                there.map_or_else(|| vec![empty; width], <[T]>::to_vec)
            };
            rows.iter().flat_map(row).collect()
        }
        let width = self.shape.get(1).copied().unwrap_or(1);
        match &mut self.values {
            Values::Numbers(values) => *values = pick(values, empty, width, rows),
            Values::Keep(keep) => *keep = pick(keep, empty != 0.0, width, rows),
            Values::Other(_) => return,
        }
        self.shape[0] = rows.len();
    }
}

/// Puts named tensors into a network with this architecture: every parameter once, masks if there
/// are any, and nothing else.
pub(in crate::format) fn assemble(
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
    for Named { name, shape, range } in layout.all_mask_names() {
        let Some(tensor) = tensors.remove(&name) else { continue };
        check(&name, &tensor.shape, &shape)?;
        let Values::Keep(keep) = tensor.values else {
            return Err(wrong_type(path, name, &tensor.values, "a mask of zeros and ones"));
        };
        let zeros = keep.iter().enumerate().filter(|(_, keep)| !**keep);
        masked.extend(zeros.map(|(at, _)| range.start + at));
    }
    if let Some(name) = tensors.into_keys().min() {
        let expected =
            format!("the network has only the {} layers of its settings", layout.layers.len());
        return Err(ModelError::Unexpected { path: owned(), name, expected });
    }
    let masks = Masks::at(layout.len(), masked);
    Ok(Network::new(architecture, parameters, masks))
}

fn wrong_type(path: &Path, name: String, values: &Values, expected: &'static str) -> ModelError {
    ModelError::Type { path: path.to_owned(), name, found: values.describe(), expected }
}
