//! Which matrix of a state dict is the embedding, and which the readout. The user's choice comes
//! first, then the names. If neither decides, the shapes do, provided that only one reading forms a
//! network. A linear layer before the recurrent module, or a second one after it, must never be
//! read as an embedding, so unclear cases are rejected.

use super::names::{Called, called};
use super::parts::Parts;
use crate::format::hints::Hints;
use crate::format::model::ModelError;

/// The two matrices, by their names in the file.
pub(super) struct Roles {
    pub(super) embedding: Option<String>,
    pub(super) readout: String,
}

/// A matrix that is not a recurrent weight.
#[derive(Clone, Copy)]
struct Matrix<'a> {
    name: &'a str,
    rows: usize,
    columns: usize,
    /// An `nn.Embedding` never has a bias.
    has_bias: bool,
}

impl Matrix<'_> {
    fn is(&self, told: &str) -> bool {
        let module = self.name.strip_suffix(".weight");
        self.name == told || module.is_some_and(|module| module == told)
    }

    fn shown(&self) -> String {
        format!("{} [{}, {}]", self.name, self.rows, self.columns)
    }
}

fn list(matrices: &[Matrix]) -> String {
    match matrices {
        [] => "none".to_owned(),
        _ => matrices.iter().map(Matrix::shown).collect::<Vec<_>>().join(", "),
    }
}

/// The roles of the matrices of a network whose recurrent module, called `module`, has `inputs`
/// inputs per step and `hidden` outputs.
pub(super) fn roles(
    parts: &Parts,
    module: &str,
    inputs: usize,
    hidden: usize,
    hints: &Hints,
) -> Result<Roles, ModelError> {
    let shapes = parts.shapes();
    let matrices = others(parts, module, &shapes);
    let find = |what: &str, told: Option<&str>, columns: usize| {
        let Some(told) = told else { return Ok(None) };
        let Some(matrix) = matrices.iter().find(|matrix| matrix.is(told)) else {
            let found = list(&matrices);
            return parts
                .refuse(format!("it has no matrix {told} to be the {what}; there are {found}"));
        };
        if matrix.columns != columns {
            let Matrix { name, rows, columns: found, .. } = matrix;
            return parts.refuse(format!(
                "{name} has shape [{rows}, {found}], but the {what} needs {columns} columns"
            ));
        }
        Ok(Some(*matrix))
    };
    let embedding = find("embedding", hints.embedding, inputs)?;
    let readout = find("readout", hints.readout, hidden)?;
    if let Some(matrix) = embedding.filter(|matrix| matrix.has_bias) {
        let name = matrix.name;
        return parts.refuse(format!("{name} has a bias, so it is not an nn.Embedding"));
    }
    let found = |embedding: Option<Matrix>, readout: Matrix| {
        Ok(Roles {
            embedding: embedding.map(|matrix| matrix.name.to_owned()),
            readout: readout.name.to_owned(),
        })
    };
    // A network that reads numbers has only one other matrix: its readout.
    match matrices[..] {
        [] => {
            return parts.refuse(
                "it has only a recurrent module, and no matrix that could be the readout"
                    .to_owned(),
            );
        }
        [only] if embedding.is_none() => {
            if readout.is_none() && called(only.name) == Called::Embedding {
                return parts.refuse(format!(
                    "it has no readout: its only other matrix, {name}, is named like an embedding; \
                     if it is the readout, give --readout-name {name}",
                    name = only.name
                ));
            }
            if only.columns != hidden {
                return parts.refuse(format!(
                    "it has no matrix with {hidden} columns to be the readout; there is {}",
                    only.shown()
                ));
            }
            return found(None, only);
        }
        _ => {}
    }
    let may_embed = |matrix: &&Matrix| match embedding {
        Some(told) => matrix.name == told.name,
        None => {
            let fits = matrix.columns == inputs && !matrix.has_bias;
            fits && called(matrix.name) != Called::Linear
        }
    };
    let may_read = |matrix: &&Matrix| match readout {
        Some(told) => matrix.name == told.name,
        None => matrix.columns == hidden && called(matrix.name) != Called::Embedding,
    };
    let mut pairs: Vec<(Matrix, Matrix)> = Vec::new();
    for first in matrices.iter().filter(may_embed) {
        let second = matrices.iter().filter(|other| other.name != first.name);
        pairs.extend(second.filter(may_read).map(|second| (*first, *second)));
    }
    // An informative name takes precedence over an uninformative one.
    let prefer = |pairs: &mut Vec<(Matrix, Matrix)>, fits: &dyn Fn(&(Matrix, Matrix)) -> bool| {
        if pairs.iter().any(fits) {
            pairs.retain(fits);
        }
    };
    prefer(&mut pairs, &|pair| called(pair.0.name) == Called::Embedding);
    prefer(&mut pairs, &|pair| called(pair.1.name) == Called::Linear);
    match pairs[..] {
        [(first, second)] => {
            let is_clear = embedding.is_some()
                || called(first.name) == Called::Embedding
                // It cannot be a linear layer before the module, whose outputs would have to fit,
                // nor one after the readout.
                || (first.rows != inputs && first.columns != second.rows);
            if is_clear {
                return found(Some(first), second);
            }
            parts.refuse(format!(
                "{} could be an embedding or a linear layer; if it is an embedding, give \
                 --embedding-name {}",
                first.shown(),
                first.name
            ))
        }
        [] => {
            let linear: Vec<Matrix> = matrices
                .iter()
                .filter(|matrix| matrix.has_bias || called(matrix.name) == Called::Linear)
                .copied()
                .collect();
            let what = if matrices.iter().all(|matrix| !may_read(&matrix)) {
                format!("it has no matrix with {hidden} columns to be the readout")
            } else {
                format!("it has no matrix with {inputs} columns to be the embedding")
            };
            if linear.len() > 1 {
                return parts.refuse(format!(
                    "it has {} linear layers ({}), but only one, the readout, is supported",
                    linear.len(),
                    list(&linear)
                ));
            }
            parts.refuse(format!("{what}; there are {}", list(&matrices)))
        }
        _ => {
            let is_sure = pairs.iter().all(|pair| pair.0.name == pairs[0].0.name);
            let what = if is_sure { "readout" } else { "embedding" };
            parts.refuse(format!(
                "it is unclear which matrix is the {what}: give --{what}-name; there are {}",
                list(&matrices)
            ))
        }
    }
}

/// All matrices that are not recurrent weights.
fn others<'a>(parts: &Parts, module: &str, shapes: &[(&'a str, &[usize])]) -> Vec<Matrix<'a>> {
    let recurrent = |name: &str| {
        let part = name.strip_prefix(module).unwrap_or_default();
        part.starts_with("weight_ih_l") || part.starts_with("weight_hh_l")
    };
    let matrix = |&(name, shape): &(&'a str, &[usize])| match *shape {
        [rows, columns] if !recurrent(name) => {
            let bias = name.strip_suffix("weight").map(|prefix| format!("{prefix}bias"));
            let has_bias = bias.is_some_and(|bias| parts.has(&bias));
            Some(Matrix { name, rows, columns, has_bias })
        }
        _ => None,
    };
    shapes.iter().filter_map(matrix).collect()
}
