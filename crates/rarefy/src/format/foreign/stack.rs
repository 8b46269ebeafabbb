//! Networks around PyTorch's own recurrent modules: an `nn.Embedding` if they read tokens, an
//! `nn.RNN`, `nn.GRU` or `nn.LSTM` of any depth, and an `nn.Linear`. The state dict may have any
//! names.
//!
//! The recurrent module is recognised by its names (`weight_ih_l0`); its layers and sizes follow
//! from shapes. `roles.rs` decides which matrix is the embedding and which the readout. Weights
//! pruned by `torch.nn.utils.prune` come in pairs, `_orig` and `_mask`, which become
//! [`Masks`](crate::network::Masks).
//!
//! What the network type does not support is rejected: two directions, projections, and any layer
//! between the three parts.

use std::path::Path;

use super::diagnosis::{SUPPORTED, left_over};
use super::parts::{Parts, prefix};
use super::rest::Rest;
use super::roles::{Roles, roles};
use crate::format::hints::{Hints, Opened};
use crate::format::model::ModelError;
use crate::format::torch::TorchTensor;
use crate::network::Architecture;

/// Whether the names of the tensors include a PyTorch recurrent module.
pub(super) fn has_module(tensors: &[TorchTensor]) -> bool {
    tensors.iter().any(|tensor| prefix(&tensor.name).is_some())
}

/// The network that these tensors form.
pub(super) fn open(
    path: &Path,
    tensors: Vec<TorchTensor>,
    hints: &Hints,
) -> Result<Opened, ModelError> {
    let mut parts = Parts::new(path, tensors);
    let module = parts.module()?;
    parts.fold_pruned()?;
    let (depth, first, hidden) = parts.stack(&module)?;
    let mut rest = Rest::new(path, hints);
    if hints.graph.is_some() {
        rest.notes.push("--graph is ignored: PyTorch's modules are not wired as graphs".to_owned());
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
    let shapes = parts.shapes();
    if let Some((name, _)) = shapes.first() {
        let expected = format!("{}; {SUPPORTED}", left_over(name, &shapes));
        return Err(ModelError::Unexpected {
            path: path.to_owned(),
            name: (*name).to_owned(),
            expected,
        });
    }
    rest.finish(architecture, encoding, false, &absent)
}
