//! The tensors of any `.safetensors` file, in the types of those in a state dict.

use std::path::Path;

use safetensors::{Dtype, SafeTensors};

use super::ModelError;
use super::torch::{TorchTensor, Values, widen_half};

/// The tensors in `bytes`, by name. `path` is for messages.
pub(super) fn read_tensors(path: &Path, bytes: &[u8]) -> Result<Vec<TorchTensor>, ModelError> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|source| ModelError::NotSafetensors { path: path.to_owned(), source })?;
    let mut tensors = Vec::new();
    for (name, view) in file.tensors() {
        let data = view.data();
        let values = match view.dtype() {
            Dtype::F32 => Values::F32(numbers(data, f32::from_le_bytes)),
            Dtype::F64 => Values::F64(numbers(data, f64::from_le_bytes)),
            Dtype::F16 => Values::F32(numbers(data, |b| widen_half(u16::from_le_bytes(b)))),
            // A bfloat16 is the upper half of an `f32`.
            Dtype::BF16 => {
                Values::F32(numbers(data, |[low, high]| f32::from_le_bytes([0, 0, low, high])))
            }
            Dtype::I64 => Values::I64(numbers(data, i64::from_le_bytes)),
            Dtype::U8 => Values::U8(data.to_vec()),
            Dtype::BOOL => Values::Bool(data.iter().map(|&value| value != 0).collect()),
            other => {
                let found = format!("{other:?}");
                let expected = "floats of 64, 32 or 16 bits, or a mask";
                return Err(ModelError::Type { path: path.to_owned(), name, found, expected });
            }
        };
        tensors.push(TorchTensor { name, shape: view.shape().to_vec(), values });
    }
    Ok(tensors)
}

fn numbers<const N: usize, T>(data: &[u8], decode: impl Fn([u8; N]) -> T) -> Vec<T> {
    data.as_chunks().0.iter().map(|&bytes| decode(bytes)).collect()
}
