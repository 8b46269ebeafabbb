//! Networks around PyTorch's own recurrent modules: an `nn.Embedding` if they read tokens, an
//! `nn.RNN`, `nn.GRU` or `nn.LSTM` of any depth, in one direction or both, and one `nn.Linear` or
//! several. The state dict may have any names.
//!
//! The recurrent module is recognised by its names (`weight_ih_l0`); its layers and sizes follow
//! from shapes. `roles.rs` decides which matrix is the embedding, and in which order linear layers
//! follow each other. Weights
//! pruned by `torch.nn.utils.prune` come in pairs, `_orig` and `_mask`, which become
//! [`Masks`](crate::network::Masks).
//!
//! What the network type does not support is rejected: projections, and any other layer.

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
    let both = parts.has(&format!("{module}weight_ih_l0_reverse"));
    let directions = if both { &["", "_reverse"][..] } else { &[""] };
    let width = hidden.1 * directions.len();
    let Roles { embedding, linears } = roles(&parts, &module, first.1, width, hints)?;

    let (input, encoding) = match &embedding {
        None => rest.numbers(first.1),
        Some(embedding) => {
            let shape = parts.matrix(embedding)?;
            parts.give(embedding, "embedding.weight", &[shape.0, shape.1], &mut rest)?;
            rest.tokens(embedding, shape)?
        }
    };
    let shapes = linears.iter().map(|name| parts.matrix(name)).collect::<Result<Vec<_>, _>>()?;
    let [hidden_linears @ .., (rows, _)] = &shapes[..] else { unreachable!("there is a readout") };
    let classes = rest.classes(&linears[linears.len() - 1], *rows);
    let source = |source| ModelError::Architecture { path: path.to_owned(), source };
    let build = if both { Architecture::bidirectional } else { Architecture::stack };
    let mut architecture = build(input, cell, &vec![hidden.1; depth], classes).map_err(source)?;
    architecture.head = rest.head(hidden_linears.iter().map(|shape| shape.0).collect());
    architecture.pooling = rest.pooling(shapes[0].1 / width)?;

    let mut absent = Vec::new();
    for layer in 0..depth {
        for (direction, suffix) in directions.iter().enumerate() {
            let number = layer * directions.len() + direction;
            let ours = format!("recurrent.recurrent_layers.{number}");
            let inputs = if layer == 0 { first.1 } else { width };
            for (part, columns) in [("weight_ih", inputs), ("weight_hh", hidden.1)] {
                let name = format!("{module}{part}_l{layer}{suffix}");
                parts.give(&name, &format!("{ours}.{part}"), &[hidden.0, columns], &mut rest)?;
            }
            for part in ["bias_ih", "bias_hh"] {
                let name = format!("{module}{part}_l{layer}{suffix}");
                let ours = format!("{ours}.{part}");
                parts.give_bias(&name, ours, hidden.0, &mut rest, &mut absent)?;
            }
        }
    }
    let mut inputs = shapes[0].1;
    for (at, (name, &(rows, _))) in linears.iter().zip(&shapes).enumerate() {
        let ours = match at + 1 == linears.len() {
            true => "out".to_owned(),
            false => format!("head.{at}"),
        };
        let bias = format!("{}bias", name.strip_suffix("weight").unwrap_or("\0"));
        parts.give(name, &format!("{ours}.weight"), &[rows, inputs], &mut rest)?;
        parts.give_bias(&bias, format!("{ours}.bias"), rows, &mut rest, &mut absent)?;
        inputs = rows;
    }
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
