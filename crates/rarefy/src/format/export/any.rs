//! All formats of models behind a single function.

use serde::Serialize;

use super::{
    Cost, ExportError, Naming, c_source, dense_cost, onnx_bytes, safetensors_bytes, torch_bytes,
};
use crate::format::Model;
use crate::named;

named! {
    /// The format of an exported model.
    #[derive(Hash)]
    #[non_exhaustive]
    pub enum ExportFormat: "format" {
        /// A model file of rarefy.
        Safetensors = "safetensors",
        /// A PyTorch state dict.
        Pt = "pt",
        /// ONNX with standard operators.
        Onnx = "onnx",
        /// A C99 file.
        C = "c",
    }
}

/// How a model is exported.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExportOptions<'a> {
    /// The names of tensors; by default those of the state dict that the model was read from, or else
    /// the thesis's.
    pub naming: Option<Naming>,
    /// What functions in C begin with.
    pub prefix: &'a str,
    /// Whether ONNX takes and gives the states ([`onnx_bytes`]). C always goes step by step.
    pub stream: bool,
}

/// A model as a file, with its cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exported {
    /// The content of the file.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// The cost of computing with it.
    #[serde(flatten)]
    pub cost: Cost,
    /// Bytes of the state that the caller keeps, in C.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_bytes: Option<usize>,
    /// The cost of the same network without pruning.
    pub dense: Cost,
}

impl ExportFormat {
    /// The extensions of its files in lower case, the usual one first.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Safetensors => &["safetensors"],
            Self::Pt => &["pt", "pth", "ckpt", "bin"],
            Self::Onnx => &["onnx"],
            // C++ compilers accept the file unchanged.
            Self::C => &["c", "h", "cc", "cpp", "hpp"],
        }
    }

    /// Exports `model`.
    ///
    /// # Errors
    /// If the format cannot represent the model.
    pub fn export(self, model: &Model, options: ExportOptions) -> Result<Exported, ExportError> {
        let ExportOptions { naming, prefix, stream } = options;
        if stream && !matches!(self, Self::Onnx | Self::C) {
            return Err(ExportError::NoStream { format: self.name() });
        }
        // rarefy's own files have the thesis's names already.
        let own = model.history.origin.as_ref();
        let own = own.filter(|origin| self != Self::Safetensors || !origin.has_our_names());
        let naming = naming.unwrap_or(if own.is_some() { Naming::Own } else { Naming::Thesis });
        let dense = |bytes, scaling| {
            let cost = dense_cost(&model.network, scaling);
            Exported { bytes, cost, state_bytes: None, dense: cost }
        };
        Ok(match self {
            Self::Safetensors => dense(safetensors_bytes(model, naming)?, 0),
            Self::Pt => dense(torch_bytes(model, naming)?, 0),
            Self::Onnx => {
                // A mean and a factor for each channel; they do not count as weights.
                let scaling = model.encoding.scaling().map_or(0, |scaling| 8 * scaling.channels());
                dense(onnx_bytes(model, stream)?, scaling)
            }
            Self::C => {
                let source = c_source(model, prefix)?;
                Exported {
                    bytes: source.text.into_bytes(),
                    cost: source.cost,
                    state_bytes: Some(source.state_bytes),
                    dense: source.dense,
                }
            }
        })
    }
}
