//! Which matrix of a state dict is the embedding, and which are the linear layers after the
//! recurrent module, in their order. The user's choice comes first, then the names. If neither
//! decides, the shapes do, provided that only one reading forms a network. A linear layer before
//! the recurrent module must never be read as an embedding or as one after it, so unclear cases are
//! rejected.

use super::names::{Called, called};
use super::parts::Parts;
use crate::format::hints::Hints;
use crate::format::model::ModelError;

/// The matrices, by their names in the file.
pub(super) struct Roles {
    pub(super) embedding: Option<String>,
    /// Linear layers in their order; the last is the readout.
    pub(super) linears: Vec<String>,
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
    let one = one_linear(parts, module, inputs, hidden, hints);
    one.or_else(|refused| {
        let shapes = parts.shapes();
        let matrices = others(parts, module, &shapes);
        chained(&matrices, inputs, hidden, hints).ok_or(refused)
    })
}

/// An embedding, if there is one, and several linear layers that use up all other matrices; or one
/// that reads several steps side by side. `None` if it is unclear which.
fn chained(matrices: &[Matrix], inputs: usize, hidden: usize, hints: &Hints) -> Option<Roles> {
    let may_embed = |matrix: &Matrix| match hints.embedding {
        Some(told) => matrix.is(told),
        None => {
            let fits = matrix.columns == inputs && !matrix.has_bias;
            fits && called(matrix.name) != Called::Linear
        }
    };
    let embeddings = matrices.iter().filter(|matrix| may_embed(matrix)).map(Some);
    let none = hints.embedding.is_none().then_some(None);
    let mut found = embeddings.chain(none).filter_map(|embedding| {
        let is_other = |matrix: &&Matrix| embedding.is_none_or(|used| used.name != matrix.name);
        let rest: Vec<Matrix> = matrices.iter().filter(is_other).copied().collect();
        let chain = chain(rest, hidden)?;
        let parent = |matrix: &Matrix| {
            let module = matrix.name.strip_suffix(".weight")?;
            Some(module.rsplit_once('.')?.0.to_owned())
        };
        // One module holds them all; else one could stand before the recurrent module.
        let together = chain.len() > 1
            && parent(&chain[0]).is_some()
            && chain.iter().all(|matrix| parent(matrix) == parent(&chain[0]));
        let is_last = |told: &str| chain.last().is_some_and(|last| last.is(told));
        // One layer that reads one step is no chain: its fault was found before.
        let is_chain = chain.len() > 1 || chain[0].columns != hidden;
        let is_linear = chain.iter().all(|matrix| called(matrix.name) != Called::Embedding);
        let behind = together || chain.iter().all(|matrix| matrix.rows != inputs);
        let is_clear = is_chain && is_linear && behind;
        (is_clear && hints.readout.is_none_or(is_last)).then(|| Roles {
            embedding: embedding.map(|matrix| matrix.name.to_owned()),
            linears: chain.iter().map(|matrix| matrix.name.to_owned()).collect(),
        })
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// All matrices in an order in which each reads what the one before it gives; the first reads
/// `width` values, or several times as many. If several orders are possible, that of the names.
fn chain(mut matrices: Vec<Matrix>, width: usize) -> Option<Vec<Matrix>> {
    matrices.sort_by_key(|matrix| natural(matrix.name));
    fn extend<'a>(chain: &mut Vec<Matrix<'a>>, rest: &[Matrix<'a>], width: usize) -> bool {
        if rest.is_empty() {
            return !chain.is_empty();
        }
        let fits = |matrix: &Matrix| match chain.last() {
            Some(last) => matrix.columns == last.rows,
            None => matrix.columns > 0 && matrix.columns.is_multiple_of(width),
        };
        let next: Vec<usize> = (0..rest.len()).filter(|&at| fits(&rest[at])).collect();
        next.into_iter().any(|at| {
            let mut others = rest.to_vec();
            chain.push(others.remove(at));
            extend(chain, &others, width) || {
                chain.pop();
                false
            }
        })
    }
    /// More linear layers than these are no head of a recurrent network.
    const MOST: usize = 8;
    let mut chain = Vec::new();
    (matrices.len() <= MOST && extend(&mut chain, &matrices, width)).then_some(chain)
}

/// A key that sorts names by their parts, numbers by their value.
fn natural(name: &str) -> Vec<(usize, String)> {
    let mut parts = vec![String::new()];
    for character in name.chars() {
        let last = parts.last_mut().expect("one");
        let breaks = last
            .chars()
            .next_back()
            .is_some_and(|before| before.is_ascii_digit() != character.is_ascii_digit());
        if breaks {
            parts.push(String::new());
        }
        parts.last_mut().expect("one").push(character);
    }
    parts.into_iter().map(|part| (part.parse().unwrap_or(0), part)).collect()
}

/// The roles if there is one linear layer.
fn one_linear(
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
            linears: vec![readout.name.to_owned()],
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
                    "it has {} linear layers ({}), of which it is unclear that each reads what the \
                     one before it gives, after the recurrent module",
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
