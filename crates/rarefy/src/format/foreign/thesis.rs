//! State dicts with the names of the thesis's modules, which rarefy uses as well. They include
//! masks. A network wired as a graph also needs its graph, which says which block reads which
//! layer.

use std::collections::HashMap;
use std::path::Path;

use super::rest::Rest;
use crate::format::hints::{Hints, Opened};
use crate::format::model::{ModelError, Tensor};
use crate::format::torch::TorchTensor;
use crate::graph::{Layering, Orientation};
use crate::network::Architecture;
use crate::wiring::Wiring;

const LAYERS: &str = "recurrent.recurrent_layers.";

/// The prefix that wrappers of modules put before our names.
fn prefix(tensors: &[TorchTensor]) -> Option<&str> {
    let mut prefixes = tensors.iter().filter_map(|tensor| {
        let prefix = &tensor.name[..tensor.name.find(LAYERS)?];
        (prefix.is_empty() || prefix.ends_with('.')).then_some(prefix)
    });
    prefixes.next()
}

/// Whether the tensors have the names of the thesis.
pub(super) fn is_so_named(tensors: &[TorchTensor]) -> bool {
    prefix(tensors).is_some()
}

/// The network that these tensors form.
pub(super) fn open(
    path: &Path,
    tensors: Vec<TorchTensor>,
    hints: &Hints,
) -> Result<Opened, ModelError> {
    let mut rest = Rest::new(path, hints);
    let prefix = prefix(&tensors).unwrap_or_default().to_owned();
    for (name, tensor) in tensors.into_iter().map(Tensor::named) {
        let ours = name.strip_prefix(&prefix).unwrap_or(&name).to_owned();
        rest.name(ours, &name, tensor);
    }
    let shapes: HashMap<String, Vec<usize>> =
        rest.named.iter().map(|(name, tensor)| (name.clone(), tensor.shape.clone())).collect();
    let shape = |name: &str| shapes.get(name).map(Vec::as_slice);
    let matrix = |name: &str| match shape(name) {
        Some(&[rows, columns]) => Ok((rows, columns)),
        Some(found) => {
            let reason = format!("tensor {name} has shape {found:?}, expected a matrix");
            Err(ModelError::ambiguous(path, reason))
        }
        None => Err(ModelError::Missing { path: path.to_owned(), name: name.to_owned() }),
    };
    let has_masks = shapes.keys().any(|name| name.contains(".mask_"));
    let classes = rest.classes("out.weight", matrix("out.weight")?.0);
    if hints.graph.is_none() && shapes.keys().any(|name| name.contains("skip_layers")) {
        let reason = "its network is wired as a graph (it has skip_layers), which is not in a \
                      state dict: give the graph with --graph";
        return Err(ModelError::ambiguous(path, reason));
    }
    let first = matrix("recurrent.recurrent_layers.0.weight_hh")?;
    let mut sizes = vec![first.1];
    while let Some(&[_, hidden]) = shape(&format!("{LAYERS}{}.weight_hh", sizes.len())) {
        sizes.push(hidden);
    }
    let cell = rest.cell(first)?;
    let (input, encoding) = if shape("embedding.weight").is_some() {
        rest.tokens("embedding.weight", matrix("embedding.weight")?)?
    } else {
        let is_part =
            |name: &&String| ["recurrent.", "out."].iter().any(|part| name.starts_with(part));
        if let Some(other) = shapes.keys().filter(|name| !is_part(name)).min() {
            let reason = format!(
                "unexpected tensor {other}: without embedding.weight, only tensors of recurrent \
                 and out are expected; an embedding must be named embedding.weight"
            );
            return Err(ModelError::ambiguous(path, reason));
        }
        let (_, channels) = matrix("recurrent.recurrent_layers.0.weight_ih")?;
        rest.numbers(channels)
    };
    let source = |source| ModelError::Architecture { path: path.to_owned(), source };
    let architecture = match hints.graph {
        None => Architecture::stack(input, cell, &sizes, classes).map_err(source)?,
        Some(graph) => {
            let layering = Layering::new(graph, Orientation::Number, 0).expect("leads forward");
            let wired: Vec<usize> = layering.layers().iter().map(Vec::len).collect();
            if wired != sizes {
                let reason =
                    format!("its layers have sizes {sizes:?}, but the graph's have {wired:?}");
                return Err(ModelError::ambiguous(path, reason));
            }
            Wiring::new(cell).architecture(&layering, input, classes).map_err(source)?
        }
    };
    rest.finish(architecture, encoding, has_masks, &[])
}
