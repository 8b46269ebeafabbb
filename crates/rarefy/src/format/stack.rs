//! Networks around PyTorch's own recurrent modules: an `nn.Embedding`, if they read tokens, an
//! `nn.RNN`, `nn.GRU` or `nn.LSTM` of any depth, and an `nn.Linear`, in a state dict of
//! whatever names.
//!
//! The recurrent module is known by its names (`weight_ih_l0`); its layers and sizes follow
//! from shapes. Embedding and readout are the matrices that fit on either side of it, or are
//! told by name; where one matrix fits the readout and there is no other, the network reads
//! series of numbers. Weights that `torch.nn.utils.prune` has pruned come in pairs, `_orig` and
//! `_mask`: those of recurrent weights become [`Masks`](crate::network::Masks).
//!
//! What the one network type cannot say is refused: both directions, projections, anything
//! between the three parts.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::ModelError;
use super::model::{Tensor, Values, assemble};
use super::open::{
    Hints, Opened, ambiguous, decide_cell, joined, numeric, several, tensor, with_usual_settings,
};
use super::torch::TorchTensor;
use crate::data::{Encoding, Vocabulary};
use crate::network::{Architecture, Input};

const FIRST: &str = "weight_ih_l0";

const SUPPORTED: &str = "supported is one embedding or none, one nn.RNN, nn.GRU or nn.LSTM of one direction, and one linear \
     layer";

/// Words by which people call an embedding, and a readout.
const EMBEDDING_WORDS: [&str; 2] = ["emb", "encoder"];
const READOUT_WORDS: [&str; 7] = ["out", "fc", "linear", "head", "decoder", "classifier", "dense"];

/// Whether a name has one of these words in it.
fn is_called(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase();
    words.iter().any(|word| name.contains(word))
}

/// Whether tensors of these names have a recurrent module of PyTorch's among them.
pub(super) fn has_module(tensors: &[TorchTensor]) -> bool {
    tensors.iter().any(|tensor| prefix(&tensor.name).is_some())
}

/// What stands before the name of the first input weights.
fn prefix(name: &str) -> Option<&str> {
    let prefix = name.strip_suffix("_orig").unwrap_or(name).strip_suffix(FIRST)?;
    (prefix.is_empty() || prefix.ends_with('.')).then_some(prefix)
}

/// The network that these tensors make.
pub(super) fn open_stack(
    path: &Path,
    tensors: Vec<TorchTensor>,
    hints: &Hints,
) -> Result<Opened, ModelError> {
    let mut parts = Parts { path, tensors: BTreeMap::new(), masks: HashMap::new() };
    parts.tensors.extend(tensors.into_iter().map(tensor));
    let module = parts.module()?;
    parts.fold_pruned()?;
    let (depth, first, hidden) = parts.stack(&module)?;
    let gates = hidden.0.checked_div(hidden.1).filter(|gates| gates * hidden.1 == hidden.0);
    let (cell, note) = decide_cell(path, gates, hidden, hints.cell)?;

    let others = parts.others(&module);
    if others.is_empty() {
        return parts.refuse(
            "it has a recurrent module alone: of matrices to be its readout, or its embedding, there \
             are none"
                .to_owned(),
        );
    }
    // A network that reads numbers has one matrix beside the recurrent ones: its readout.
    let embedding = match (&others[..], hints.embedding) {
        ([(only, _)], None) => {
            if hints.readout.is_none() && is_called(only, &EMBEDDING_WORDS) {
                let reason = format!(
                    "its only matrix beside the recurrent ones, {only}, is called like an \
                     embedding: it has no readout, unless that is it (--readout-name)"
                );
                return parts.refuse(reason);
            }
            None
        }
        _ => Some(parts.choose("embedding", first.1, hints.embedding, hints.readout, &module)?),
    };
    let taken = embedding.as_deref();
    let readout = parts.choose("readout", hidden.1, hints.readout, taken, &module)?;
    let classes = several(path, &readout, parts.matrix(&readout)?.0)?;
    let mut named = HashMap::new();
    let (input, encoding, told) = match embedding {
        None => {
            let (input, encoding, told) = numeric(first.1);
            (input, encoding, Some(told))
        }
        Some(embedding) => {
            let vocabulary = parts.matrix(&embedding)?.0;
            let known = code_points(path, &embedding, vocabulary)?;
            let told = (known != Vocabulary::ascii()).then(|| {
                format!(
                    "token ids are taken for code points of characters: 1 to {}, and 0 for the \
                     padding",
                    vocabulary.saturating_sub(1)
                )
            });
            let shape = [vocabulary, first.1];
            named.insert("embedding.weight".to_owned(), parts.numbers(&embedding, &shape)?);
            let input = Input::Tokens { vocabulary, embedding: first.1 };
            (input, Encoding::Vocabulary(known), told)
        }
    };
    let note = joined(note, told);

    let source = |source| ModelError::Architecture { path: path.to_owned(), source };
    let architecture =
        Architecture::stack(input, cell, &vec![hidden.1; depth], classes).map_err(source)?;

    for layer in 0..depth {
        let ours = format!("recurrent.recurrent_layers.{layer}");
        let inputs = if layer == 0 { first.1 } else { hidden.1 };
        for (part, mask, columns) in
            [("weight_ih", "mask_i2h", inputs), ("weight_hh", "mask_h2h", hidden.1)]
        {
            let name = format!("{module}{part}_l{layer}");
            let weight = parts.numbers(&name, &[hidden.0, columns])?;
            named.insert(format!("{ours}.{part}"), weight);
            if let Some(keep) = parts.masks.remove(&name) {
                named.insert(format!("{ours}.{mask}"), keep);
            }
        }
        for part in ["bias_ih", "bias_hh"] {
            let bias = parts.bias(&format!("{module}{part}_l{layer}"), hidden.0)?;
            named.insert(format!("{ours}.{part}"), bias);
        }
    }
    let bias = readout.strip_suffix("weight").map(|name| format!("{name}bias"));
    let bias = parts.bias(&bias.unwrap_or_default(), classes)?;
    named.insert("out.weight".to_owned(), parts.numbers(&readout, &[classes, hidden.1])?);
    named.insert("out.bias".to_owned(), bias);
    if let Some(name) = parts.tensors.into_keys().next() {
        let expected = format!("no place for it: {SUPPORTED}");
        return Err(ModelError::Unexpected { path: path.to_owned(), name, expected });
    }

    let network = assemble(path, architecture, named)?;
    Ok(Opened { model: with_usual_settings(network, encoding), note })
}

/// The vocabulary of this many tokens when tokens are code points, as ASCII's are.
fn code_points(path: &Path, name: &str, tokens: usize) -> Result<Vocabulary, ModelError> {
    /// The first code point that is no character.
    const SURROGATES: usize = 0xd800;
    if tokens > SURROGATES {
        let reason = format!(
            "the embedding {name} has {tokens} rows; token ids are taken for code points of \
             characters, of which at most {SURROGATES} are supported"
        );
        return Err(ambiguous(path, reason));
    }
    let characters = (1..tokens as u32).map(|code| char::from_u32(code).expect("a character"));
    Ok(Vocabulary::try_from(characters.collect::<String>()).expect("code points rise"))
}

/// The tensors that have found no place yet.
struct Parts<'p> {
    path: &'p Path,
    tensors: BTreeMap<String, Tensor>,
    /// What `torch.nn.utils.prune` keeps, by the name of the weight.
    masks: HashMap<String, Tensor>,
}

impl Parts<'_> {
    fn refuse<T>(&self, reason: String) -> Result<T, ModelError> {
        Err(ambiguous(self.path, format!("{reason}; {SUPPORTED}")))
    }

    /// The prefix of the one recurrent module, of a kind that is supported.
    fn module(&self) -> Result<String, ModelError> {
        let prefixes: Vec<&str> = self.tensors.keys().filter_map(|name| prefix(name)).collect();
        if prefixes.len() > 1 {
            let modules: Vec<String> = prefixes.iter().map(|p| format!("{p}{FIRST}")).collect();
            return self
                .refuse(format!("it has several recurrent modules: {}", modules.join(", ")));
        }
        for name in self.tensors.keys() {
            if name.contains("_l0_reverse") {
                return self.refuse(format!("it is bidirectional (it has {name})"));
            }
            if name.contains("weight_hr_l") {
                return self.refuse(format!("it is an LSTM with projections (it has {name})"));
            }
        }
        Ok(prefixes[0].to_owned())
    }

    /// Replaces each pair of `_orig` and `_mask` by the weight that PyTorch computes with.
    fn fold_pruned(&mut self) -> Result<(), ModelError> {
        let pruned: Vec<String> = self
            .tensors
            .keys()
            .flat_map(|name| [name.strip_suffix("_orig"), name.strip_suffix("_mask")])
            .flatten()
            .map(str::to_owned)
            .collect();
        for name in pruned {
            let (orig, mask) = (format!("{name}_orig"), format!("{name}_mask"));
            if self.tensors.contains_key(&name) || self.masks.contains_key(&name) {
                continue;
            }
            let mut weight = self.take(&orig)?;
            let keep = self.take(&mask)?;
            let path = self.path.to_owned();
            if weight.shape != keep.shape {
                let (found, expected) = (keep.shape, weight.shape);
                return Err(ModelError::Shape { path, name: mask, found, expected });
            }
            let Values::Keep(keep) = keep.values else {
                let reason = format!("tensor {mask} is no mask: expected zeros and ones");
                return Err(ambiguous(self.path, reason));
            };
            if let Values::Numbers(values) = &mut weight.values {
                for (value, keep) in values.iter_mut().zip(&keep) {
                    *value = if *keep { *value } else { 0.0 };
                }
            }
            let shape = weight.shape.clone();
            self.masks.insert(name.clone(), Tensor { shape, values: Values::Keep(keep) });
            self.tensors.insert(name, weight);
        }
        Ok(())
    }

    /// How many layers the module has, and the shapes of its first input and
    /// hidden-to-hidden weights.
    #[expect(clippy::type_complexity, reason = "shapes are pairs")]
    fn stack(&self, module: &str) -> Result<(usize, (usize, usize), (usize, usize)), ModelError> {
        let first = self.matrix(&format!("{module}{FIRST}"))?;
        let hidden = self.matrix(&format!("{module}weight_hh_l0"))?;
        let there =
            |layer: &usize| self.tensors.contains_key(&format!("{module}weight_ih_l{layer}"));
        Ok(((0..).take_while(there).count(), first, hidden))
    }

    fn matrix(&self, name: &str) -> Result<(usize, usize), ModelError> {
        match self.tensors.get(name).map(|tensor| tensor.shape.as_slice()) {
            Some(&[rows, columns]) => Ok((rows, columns)),
            Some(found) => {
                let reason = format!("tensor {name} has shape {found:?}, expected a matrix");
                Err(ambiguous(self.path, reason))
            }
            None => Err(ModelError::Missing { path: self.path.to_owned(), name: name.to_owned() }),
        }
    }

    fn take(&mut self, name: &str) -> Result<Tensor, ModelError> {
        let missing = || ModelError::Missing { path: self.path.to_owned(), name: name.to_owned() };
        self.tensors.remove(name).ok_or_else(missing)
    }

    /// Takes weights of this shape.
    fn numbers(&mut self, name: &str, expected: &[usize]) -> Result<Tensor, ModelError> {
        let Tensor { shape, values } = self.take(name)?;
        let (path, name) = (self.path.to_owned(), name.to_owned());
        if shape != expected {
            let expected = expected.to_vec();
            return Err(ModelError::Shape { path, name, found: shape, expected });
        }
        match values {
            Values::Numbers(ref numbers) => match numbers.iter().find(|n| !n.is_finite()) {
                Some(&value) => Err(ModelError::NotFinite { path, name, value }),
                None => Ok(Tensor { shape, values }),
            },
            values => {
                let expected = "floats of 64, 32 or 16 bits";
                Err(ModelError::Type { path, name, found: values.describe(), expected })
            }
        }
    }

    /// A bias; zeros where a layer has none.
    fn bias(&mut self, name: &str, size: usize) -> Result<Tensor, ModelError> {
        if self.tensors.contains_key(name) {
            return self.numbers(name, &[size]);
        }
        Ok(Tensor { shape: vec![size], values: Values::Numbers(vec![0.0; size]) })
    }

    /// Name and shape of each matrix that is no recurrent weight.
    fn others(&self, module: &str) -> Vec<(&str, &[usize])> {
        let recurrent = |name: &str| {
            let part = name.strip_prefix(module).unwrap_or_default();
            part.starts_with("weight_ih_l") || part.starts_with("weight_hh_l")
        };
        let all = self.tensors.iter();
        let all = all.map(|(name, tensor)| (name.as_str(), tensor.shape.as_slice()));
        all.filter(|(name, shape)| shape.len() == 2 && !recurrent(name)).collect()
    }

    /// The name of the weight that is the network's `what`: the one that was told, or the only
    /// one whose rows are `columns` long, or among several the one that is called like one.
    fn choose(
        &self,
        what: &str,
        columns: usize,
        told: Option<&str>,
        taken: Option<&str>,
        module: &str,
    ) -> Result<String, ModelError> {
        let is = |name: &str, told: &str| {
            name == told || name.strip_suffix(".weight").is_some_and(|module| module == told)
        };
        let mut candidates = self.others(module);
        candidates.retain(|(name, _)| taken.is_none_or(|taken| !is(name, taken)));
        let list = |names: &[(&str, &[usize])]| {
            let names = names.iter().map(|(name, shape)| format!("{name} {shape:?}"));
            let names = names.collect::<Vec<_>>().join(", ");
            if names.is_empty() { "none".to_owned() } else { names }
        };
        if let Some(told) = told {
            let Some((name, shape)) = candidates.iter().find(|(name, _)| is(name, told)) else {
                let found = list(&candidates);
                return self.refuse(format!("it has no {what} {told}: its matrices are {found}"));
            };
            if shape[1] != columns {
                return self.refuse(format!(
                    "{name} has shape {shape:?}, but the {what} needs {columns} columns"
                ));
            }
            return Ok((*name).to_owned());
        }
        let fitting: Vec<_> =
            candidates.iter().copied().filter(|(_, shape)| shape[1] == columns).collect();
        let words: &[&str] = if what == "embedding" { &EMBEDDING_WORDS } else { &READOUT_WORDS };
        let called: Vec<_> =
            fitting.iter().copied().filter(|(name, _)| is_called(name, words)).collect();
        match (&fitting[..], &called[..]) {
            ([only], _) | (_, [only]) => Ok(only.0.to_owned()),
            ([], _) => self.refuse(format!(
                "no matrix of {columns} columns to be the {what}: its matrices are {}",
                list(&candidates)
            )),
            _ => self.refuse(format!(
                "which of its matrices is the {what}, is not clear: tell it with --{what}-name; \
                 candidates are {}",
                list(&fitting)
            )),
        }
    }
}
