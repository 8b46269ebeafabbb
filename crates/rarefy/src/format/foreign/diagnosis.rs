//! What an unsupported state dict contains, recognised by the names and shapes of the tensors that
//! PyTorch's modules and parametrisations save.

use std::collections::BTreeSet;

/// What is supported, in words.
pub(super) const SUPPORTED: &str = "supported are networks of one nn.RNN, nn.GRU or nn.LSTM, followed by \
     one or several linear layers, with or without an embedding";

/// Names of tensors, and their shapes.
pub(super) type Shapes<'a> = [(&'a str, &'a [usize])];

/// Parametrisations that change the weights used in a forward pass, which are not supported.
pub(super) fn parametrised(tensors: &Shapes) -> Option<String> {
    let names: BTreeSet<&str> = tensors.iter().map(|tensor| tensor.0).collect();
    let pair = |name: &str, suffix: &str, other: &str| {
        let stem = name.strip_suffix(suffix)?;
        names.contains(format!("{stem}{other}").as_str()).then(|| stem.to_owned())
    };
    names.iter().find_map(|name| {
        if let Some(weight) = pair(name, "_g", "_v") {
            return Some(format!(
                "{weight} uses weight_norm (the file has {name} and {weight}_v): call \
                 torch.nn.utils.remove_weight_norm(module, name) before state_dict()"
            ));
        }
        if let Some(weight) = pair(name, "_orig", "_u") {
            return Some(format!(
                "{weight} uses spectral_norm (the file has {name} and {weight}_u): call \
                 torch.nn.utils.remove_spectral_norm(module, name) before state_dict()"
            ));
        }
        let (module, rest) = name.split_once("parametrizations.")?;
        let weight = rest.split('.').next().unwrap_or_default();
        let what = if pair(name, ".original0", ".original1").is_some() {
            "weight_norm"
        } else if names.contains(format!("{module}parametrizations.{weight}.0._u").as_str()) {
            "spectral_norm"
        } else {
            "a parametrization"
        };
        Some(format!(
            "{module}{weight} uses {what} (the file has {name}): call \
             torch.nn.utils.parametrize.remove_parametrizations(module, \"{weight}\") before \
             state_dict()"
        ))
    })
}

/// What a state dict without a recurrent module is probably of.
pub(super) fn no_module(tensors: &Shapes) -> String {
    let cells: Vec<&(&str, &[usize])> =
        tensors.iter().filter(|(name, _)| is_part(name, "weight_hh")).collect();
    if let [(name, shape), ..] = cells[..] {
        let gates = match shape {
            &[rows, columns] if *columns > 0 => rows / columns,
            _ => 0,
        };
        let cell = match gates {
            4 => "nn.LSTMCell",
            3 => "nn.GRUCell",
            _ => "nn.RNNCell",
        };
        let module = name.trim_end_matches("weight_hh");
        return format!(
            "it has {} ({name} has no layer number), and the loop over the steps is not in the \
             file. A plain loop over one cell computes the same as one layer of an {}: if yours \
             does, rename {module}weight_ih to {module}weight_ih_l0, and so on",
            if cells.len() == 1 {
                format!("an {cell}")
            } else {
                format!("{} cells like {cell}", cells.len())
            },
            cell.trim_end_matches("Cell"),
        );
    }
    if tensors
        .iter()
        .any(|(name, _)| name.contains("_packed_params") || name.contains("zero_point"))
    {
        return "it is quantised: save the model before quantisation".to_owned();
    }
    let count = tensors.len();
    let named = match tensors {
        [] => return "it has no tensors".to_owned(),
        _ => tensors.iter().take(4).map(|tensor| tensor.0).collect::<Vec<_>>().join(", "),
    };
    let more = if count > 4 { format!(" and {} more", count - 4) } else { String::new() };
    format!("it has no recurrent module (no weight_ih_l0); its tensors are {named}{more}")
}

/// Whether `name` is the tensor `part` of any module.
pub(super) fn is_part(name: &str, part: &str) -> bool {
    name.strip_suffix(part).is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('.'))
}

/// The module that has the tensor `name`, for which there was no place.
pub(super) fn left_over(name: &str, tensors: &Shapes) -> String {
    let (module, _) = name.rsplit_once('.').unwrap_or(("", name));
    let part = |part: &str| {
        let full = if module.is_empty() { part.to_owned() } else { format!("{module}.{part}") };
        tensors.iter().find(|tensor| tensor.0 == full).map(|tensor| tensor.1)
    };
    let shown = if module.is_empty() { name } else { module };
    if part("running_mean").is_some() {
        return format!("{shown} is a batch normalisation");
    }
    if part("in_proj_weight").is_some() || module.contains("attn") || module.contains("attention") {
        return format!("{shown} is an attention layer");
    }
    match part("weight") {
        Some(shape) if shape.len() > 2 => format!("{shown} is a convolution with weight {shape:?}"),
        Some(shape) if shape.len() == 1 => {
            format!("{shown} is a normalisation layer or a loss with weight {shape:?}")
        }
        Some(shape) => {
            format!("{shown} is another linear layer or embedding with weight {shape:?}")
        }
        None => {
            let shape = tensors.iter().find(|tensor| tensor.0 == name).map_or(&[][..], |t| t.1);
            format!("{name} {shape:?} belongs to no known layer")
        }
    }
}
