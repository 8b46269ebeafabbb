//! All formats of models under one name.

use serde::Serialize;

use super::{
    Cost, ExportError, Naming, c_source, dense_cost, onnx_bytes, safetensors_bytes, torch_bytes,
};
use crate::format::Model;
use crate::named;

named! {
    /// What a model is written as.
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

/// A model as a file, and what the model costs there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exported {
    /// The file.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// What computing with it takes.
    #[serde(flatten)]
    pub cost: Cost,
    /// Bytes of the caller's state, in C.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_bytes: Option<usize>,
    /// What the same network would take if nothing were pruned.
    pub dense: Cost,
}

impl ExportFormat {
    /// What the names of its files end in, in lower case, the usual one first.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Safetensors => &["safetensors"],
            Self::Pt => &["pt", "pth", "ckpt", "bin"],
            Self::Onnx => &["onnx"],
            // C++ takes the file as it is.
            Self::C => &["c", "h", "cc", "cpp", "hpp"],
        }
    }

    /// Writes `model`. Tensors are called as `naming` says, or as in the state dict that the model
    /// was read from; functions in C begin with `prefix`.
    ///
    /// # Errors
    /// When this format cannot hold the model.
    pub fn export(
        self,
        model: &Model,
        naming: Option<Naming>,
        prefix: &str,
    ) -> Result<Exported, ExportError> {
        // A file of ours is in the thesis's names as it is.
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
                // A mean and a factor for each channel: of the other formats, they are no weights.
                let scaling = model.encoding.scaling().map_or(0, |scaling| 8 * scaling.channels());
                dense(onnx_bytes(model)?, scaling)
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
