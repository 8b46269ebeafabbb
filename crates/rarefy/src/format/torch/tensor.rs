//! The tensors of a state dict.

/// The limit on the size of a file's tensor values, as a multiple of the file's size. A factor of
/// eight occurs without any repetition, when a storage of bytes becomes 64-bit integers; a few
/// tensors that share a storage must fit as well.
pub const MAX_EXPANSION: usize = 16;

/// A tensor of a state dict.
#[derive(Clone, Debug, PartialEq)]
pub struct TorchTensor {
    /// Its key in the state dict, such as `recurrent.recurrent_layers.0.weight_ih`.
    pub name: String,
    /// The sizes of its dimensions, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// The values in row-major order, whatever their order in the file; as many as the product of
    /// `shape`.
    pub values: Values,
}

impl TorchTensor {
    /// Its values as single precision, each rounded to the nearest.
    pub fn to_f32(&self) -> Vec<f32> {
        match &self.values {
            Values::F32(values) => values.clone(),
            Values::F64(values) => values.iter().map(|&value| value as f32).collect(),
            Values::I64(values) => values.iter().map(|&value| value as f32).collect(),
            Values::U8(values) => values.iter().map(|&value| value.into()).collect(),
            Values::Bool(values) => values.iter().map(|&value| value.into()).collect(),
        }
    }

    /// Its values as a mask: true where a value is 1. `None` if a value is neither 0 nor 1.
    pub fn to_mask(&self) -> Option<Vec<bool>> {
        if let Values::Bool(values) = &self.values {
            return Some(values.clone());
        }
        let bit = |value| match value {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        };
        match &self.values {
            Values::F64(values) => values.iter().map(|&value| bit(value)).collect(),
            Values::I64(values) => values.iter().map(|&value| bit(value as f64)).collect(),
            _ => self.to_f32().into_iter().map(|value| bit(value.into())).collect(),
        }
    }
}

/// The values of a tensor. Each of torch's types converts to one of these without loss.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// From `float32`, `float16` and `bfloat16`.
    F32(Vec<f32>),
    /// From `float64`.
    F64(Vec<f64>),
    /// From `int64`, `int32`, `int16` and `int8`.
    I64(Vec<i64>),
    /// From `uint8`, which torch before 1.2 used for masks.
    U8(Vec<u8>),
    /// From `bool`.
    Bool(Vec<bool>),
}

impl Values {
    /// The number of values.
    #[allow(clippy::len_without_is_empty)] // A tensor of no values is nothing special.
    pub fn len(&self) -> usize {
        match self {
            Values::F32(values) => values.len(),
            Values::F64(values) => values.len(),
            Values::I64(values) => values.len(),
            Values::U8(values) => values.len(),
            Values::Bool(values) => values.len(),
        }
    }
}
