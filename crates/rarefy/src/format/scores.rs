//! Files of scores: one tensor for each recurrent weight matrix, with the model's own names.
//!
//! `rarefy prune --scores` writes them, and scores computed elsewhere, for example in Python, can
//! be given to `--criterion`. The metadata `order: highest` says that weights with the highest
//! scores are pruned first; by default those with the lowest are.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::safetensors::read_tensors;
use super::torch::Values;
use super::{LARGEST_NAMED, Model, ModelError, read_regular, write_atomically};
use crate::network::Weight;
use crate::prune::{Goes, Scores};

const ORDER: &str = "order";
const HIGHEST: &str = "highest";

impl Model {
    /// The name of each recurrent weight matrix in the file that the model came from.
    pub fn own_names(&self) -> Vec<(String, Weight)> {
        let origin = self.history.origin.as_ref();
        let own = |name: String| match origin.and_then(|origin| origin.names.get(&name)) {
            Some(own) => own.clone(),
            None => name,
        };
        let names = self.network.layout().weight_names().into_iter();
        names.map(|(name, weight)| (own(name), weight)).collect()
    }

    /// Writes the scores of the recurrent weights to `path`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_scores(&self, scores: &Scores, path: &Path) -> Result<(), ModelError> {
        let bytes = |weight: &Weight| -> Vec<u8> {
            scores.values[weight.range.clone()].iter().flat_map(|x| x.to_le_bytes()).collect()
        };
        let data: Vec<(String, [usize; 2], Vec<u8>)> = self
            .own_names()
            .into_iter()
            .map(|(name, weight)| (name, [weight.rows, weight.columns], bytes(&weight)))
            .collect();
        let views = data.iter().map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F64, shape.to_vec(), bytes);
            (name, view.expect("as many numbers as the shape says"))
        });
        let order = match scores.goes {
            Goes::Highest => HIGHEST,
            Goes::Lowest => "lowest",
        };
        let metadata = HashMap::from([(ORDER.to_owned(), order.to_owned())]);
        let bytes = safetensors::serialize(views, Some(metadata)).expect("tensors fit their views");
        Ok(write_atomically(path, &bytes)?)
    }

    /// The scores in the file at `path`, one tensor for each recurrent weight matrix.
    ///
    /// # Errors
    /// If the file cannot be read, lacks the tensor of a weight matrix, has one with another shape,
    /// or has one that does not belong to the model.
    pub fn read_scores(&self, path: &Path) -> Result<Scores, ModelError> {
        let path_of = || path.to_owned();
        let bytes = read_regular(path, LARGEST_NAMED)
            .map_err(|source| ModelError::Unreadable { path: path_of(), source })?;
        let tensors = read_tensors(path, &bytes)?;
        let mut tensors: BTreeMap<String, _> =
            tensors.into_iter().map(|tensor| (tensor.name.clone(), tensor)).collect();
        let mut values = vec![0.0; self.network.layout().len()];
        for (name, weight) in self.own_names() {
            let tensor = tensors
                .remove(&name)
                .ok_or_else(|| ModelError::Missing { path: path_of(), name: name.clone() })?;
            let expected = vec![weight.rows, weight.columns];
            if tensor.shape != expected {
                let found = tensor.shape;
                return Err(ModelError::Shape { path: path_of(), name, found, expected });
            }
            let numbers = match tensor.values {
                Values::F32(numbers) => numbers.into_iter().map(f64::from).collect(),
                Values::F64(numbers) => numbers,
                _ => {
                    let (found, expected) = ("no floats".to_owned(), "floats");
                    return Err(ModelError::Type { path: path_of(), name, found, expected });
                }
            };
            values[weight.range].copy_from_slice(&numbers);
        }
        if let Some(name) = tensors.into_keys().next() {
            let names: Vec<String> = self.own_names().into_iter().map(|(name, _)| name).collect();
            let expected = names.join(", ");
            return Err(ModelError::Unexpected { path: path_of(), name, expected });
        }
        let metadata = SafeTensors::read_metadata(&bytes).ok();
        let order =
            metadata.as_ref().and_then(|(_, header)| header.metadata().as_ref()?.get(ORDER));
        let goes = match order.map(String::as_str) {
            Some(HIGHEST) => Goes::Highest,
            _ => Goes::Lowest,
        };
        Ok(Scores { goes, ..Scores::lowest(values) })
    }
}
