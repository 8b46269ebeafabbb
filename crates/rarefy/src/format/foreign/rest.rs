//! What a state dict leaves open: the cell, tokens or numbers, the classes, which weights are
//! masked, and where the answer is read. The user can specify each of these; otherwise it is
//! assumed, with a note.
//!
//! The assumptions are those of the thesis: characters are ASCII codes, classes are named `0`, `1`,
//! ..., and the answer is read at the last padded step. A network without an embedding is assumed
//! to read unscaled series of numbers, with the answer at the last step of each series, as is
//! usual. If a file has no masks, zeros count as masked, because PyTorch's `prune.remove` leaves
//! nothing else.

use std::collections::HashMap;
use std::path::Path;

use crate::cell::Cell;
use crate::data::{Encoding, Labels, Scaling, Task, TaskKind, Vocabulary};
use crate::format::hints::{Hints, Opened, TokensOf};
use crate::format::model::{History, Model, ModelError, Origin, Tensor, Values, Zeros, assemble};
use crate::network::{Activation, Architecture, Head, Input, Layout, Pooling, Readout};

/// Embeddings with more rows exceed the characters below the surrogates.
const MOST_CODE_POINTS: usize = 0xd800;

/// A network being assembled from a state dict.
pub(super) struct Rest<'a> {
    pub(super) path: &'a Path,
    pub(super) hints: &'a Hints<'a>,
    pub(super) notes: Vec<String>,
    pub(super) origin: Origin,
    /// Tensors with our names, in the shapes of the file.
    pub(super) named: HashMap<String, Tensor>,
}

impl<'a> Rest<'a> {
    pub(super) fn new(path: &'a Path, hints: &'a Hints<'a>) -> Self {
        let origin = Origin {
            zeros: hints.zeros.unwrap_or_default(),
            state_dict: hints.state_dict.map(str::to_owned),
            ..Origin::default()
        };
        Self { path, hints, notes: Vec::new(), origin, named: HashMap::new() }
    }

    /// Assigns our name to a tensor called `theirs`.
    pub(super) fn name(&mut self, ours: String, theirs: &str, tensor: Tensor) {
        self.origin.names.insert(ours.clone(), theirs.to_owned());
        self.named.insert(ours, tensor);
    }

    /// The cell whose hidden-to-hidden weights in the first layer have this shape.
    pub(super) fn cell(&mut self, (rows, columns): (usize, usize)) -> Result<Cell, ModelError> {
        let gates = rows.checked_div(columns).filter(|gates| gates * columns == rows);
        let fits = |cell: &Cell| Some(cell.gates()) == gates;
        if let Some(told) = self.hints.cell {
            if fits(&told) {
                return Ok(told);
            }
            let reason = format!(
                "weight_hh of the first layer is {rows} x {columns}, which does not fit --cell \
                 {told}: expected {} times as many rows as columns",
                told.gates()
            );
            return Err(ModelError::ambiguous(self.path, reason));
        }
        let candidates: Vec<Cell> = Cell::ALL.into_iter().filter(fits).collect();
        match candidates[..] {
            [only] => return Ok(only),
            [] => {
                let reason = format!(
                    "weight_hh of the first layer is {rows} x {columns}: expected 1 (RNN), 3 (GRU) \
                     or 4 (LSTM) times as many rows as columns"
                );
                return Err(ModelError::ambiguous(self.path, reason));
            }
            _ => {}
        }
        if let Some((word, cell)) = cell_in_name(self.path) {
            self.notes.push(format!(
                "a state dict does not record the activation of an RNN: assumed {cell}, from \
                 '{word}' in the file name (--cell overrides)"
            ));
            return Ok(cell);
        }
        let reason = "a state dict does not record the activation of an RNN: give --cell rnn_tanh \
                      or --cell rnn_relu";
        Err(ModelError::ambiguous(self.path, reason))
    }

    /// The input of a network whose embedding `name` has this shape.
    pub(super) fn tokens(
        &mut self,
        name: &str,
        (rows, width): (usize, usize),
    ) -> Result<(Input, Encoding), ModelError> {
        let vocabulary = match self.hints.tokens {
            Some(TokensOf::File(ids)) => {
                let numbered = ids.number(rows)?;
                self.notes.push(numbered.note);
                self.origin.rows = Some(numbered.rows);
                numbered.vocabulary
            }
            Some(TokensOf::Rows(vocabulary, theirs)) => {
                let last = theirs.iter().flatten().max();
                if last.is_some_and(|&last| last as usize >= rows) {
                    let last = last.expect("one is too large");
                    let reason = format!(
                        "the embedding {name} has {rows} rows, but the known tokens have ids up \
                         to {last}"
                    );
                    return Err(ModelError::ambiguous(self.path, reason));
                }
                self.origin.rows = Some(theirs.to_vec());
                vocabulary.clone()
            }
            None => self.assumed_tokens(name, rows)?,
        };
        let input = Input::Tokens { vocabulary: vocabulary.len(), embedding: width };
        Ok((input, Encoding::Vocabulary(vocabulary)))
    }

    /// The tokens of an embedding about which nothing is known: code points, if the number of rows
    /// allows that.
    fn assumed_tokens(&mut self, name: &str, rows: usize) -> Result<Vocabulary, ModelError> {
        let advice = "--vocabulary FILE gives the token of each row: one per line, or a JSON \
                      object";
        let ascii = Vocabulary::ascii();
        if rows == ascii.len() {
            return Ok(ascii);
        }
        self.origin.guessed.tokens = rows > ascii.len() && rows != 256;
        if rows > MOST_CODE_POINTS {
            let reason = format!(
                "the embedding {name} has {rows} rows, too many for token ids that are character \
                 codes (at most {MOST_CODE_POINTS}); {advice}"
            );
            return Err(ModelError::ambiguous(self.path, reason));
        }
        let last = rows.saturating_sub(1);
        if self.origin.guessed.tokens {
            self.notes.push(format!(
                "no text can be read: {name} has {rows} rows, too many for character codes, and \
                 their tokens are unknown; {advice}"
            ));
        } else {
            self.notes.push(format!(
                "token ids are assumed to be character codes, 1 to {last}, and 0 the padding; \
                 {advice}"
            ));
        }
        let characters = (1..rows as u32).map(|code| char::from_u32(code).expect("a character"));
        Ok(Vocabulary::try_from(characters.collect::<String>()).expect("code points rise"))
    }

    /// The input of a network without an embedding.
    pub(super) fn numbers(&mut self, channels: usize) -> (Input, Encoding) {
        if self.hints.tokens.is_some() {
            self.notes.push("--vocabulary is ignored: the network has no embedding".to_owned());
        }
        self.notes.push(format!(
            "it has no embedding: assumed to read series of {channels} numbers per step, unscaled"
        ));
        (Input::Series { channels }, Encoding::Scaling(Scaling::none(channels)))
    }

    /// The number of classes of a readout with this many rows.
    pub(super) fn classes(&mut self, name: &str, rows: usize) -> usize {
        if rows != 1 {
            return rows;
        }
        self.origin.one_logit = true;
        self.notes.push(format!(
            "the readout {name} has one row: its output z is assumed to be the logit of class 1 of \
             two, P(class 1) = sigmoid(z) (data whose labels are numbers take z itself)"
        ));
        2
    }

    /// Hidden linear layers of these sizes.
    pub(super) fn head(&mut self, sizes: Vec<usize>) -> Head {
        let activation = self.hints.activation.unwrap_or_default();
        if !sizes.is_empty() && self.hints.activation.is_none() {
            let other = Activation::Tanh;
            self.notes.push(format!(
                "a state dict does not record what follows its hidden linear layers: assumed \
                 {activation} (--activation {other} for the other)"
            ));
        }
        Head { sizes, activation }
    }

    /// The steps that the readout reads, of which each answer takes `steps` side by side.
    ///
    /// # Errors
    /// If something else was said.
    pub(super) fn pooling(&mut self, steps: usize) -> Result<Pooling, ModelError> {
        let refuse = |reason: String| Err(ModelError::ambiguous(self.path, reason));
        match (steps, self.hints.read_at) {
            (1, Some(Readout::All)) => {
                refuse("its linear layer reads one step, but --readout is all".to_owned())
            }
            (1, Some(Readout::LastStep)) => Ok(Pooling::LastStep),
            (1, Some(Readout::Mean)) => Ok(Pooling::Mean),
            (1, _) => Ok(Pooling::Last),
            (_, None | Some(Readout::All)) => {
                self.notes.push(format!(
                    "its linear layer reads {steps} steps side by side (nn.Flatten): sequences \
                     need {steps} steps"
                ));
                Ok(Pooling::All { steps })
            }
            (_, Some(readout)) => refuse(format!(
                "its linear layer reads {steps} steps side by side, but --readout is {readout}"
            )),
        }
    }

    /// The model, once every tensor has its name. `has_masks` says whether the file contains masks
    /// itself, and `absent` which biases its modules do not have.
    pub(super) fn finish(
        mut self,
        architecture: Architecture,
        encoding: Encoding,
        has_masks: bool,
        absent: &[String],
    ) -> Result<Opened, ModelError> {
        let source = |source| ModelError::Architecture { path: self.path.to_owned(), source };
        architecture.validate().map_err(source)?;
        let layout = Layout::new(&architecture);
        if self.hints.zeros.unwrap_or_default() == Zeros::Masked {
            self.mask_zeros(&layout, has_masks);
        }
        self.number_tokens();
        if self.origin.one_logit {
            self.read_one_logit();
        }
        for named in layout.parameter_names() {
            if absent.contains(&named.name) {
                let (shape, size) = (named.shape, named.range.len());
                let values = Values::Keep(vec![false; size]);
                let mask = Tensor { shape: shape.clone(), values };
                self.named.insert(format!("{}_mask", named.name), mask);
                let values = Values::Numbers(vec![0.0; size]);
                self.named.insert(named.name, Tensor { shape, values });
            }
        }
        let classes = architecture.classes;
        self.origin.guessed.task = true;
        let labels = match self.hints.labels(self.path, classes)? {
            Some(labels) => labels,
            None => {
                self.origin.guessed.labels = true;
                let names: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
                Labels::of(names.iter().map(String::as_str))
            }
        };
        let flattened = matches!(architecture.pooling, Pooling::All { .. });
        let told = self.hints.read_at.or(flattened.then_some(Readout::All));
        let readout = told.unwrap_or_else(|| {
            let (readout, how, other) = match encoding {
                Encoding::Vocabulary(_) => {
                    (Readout::Padded, "the last step of the padded batch", "last")
                }
                Encoding::Scaling(_) => (Readout::Last, "the last step of each sequence", "padded"),
            };
            if !matches!(self.hints.asked, Some(TaskKind::Next | TaskKind::Steps)) {
                self.notes.push(format!(
                    "a state dict does not record at which step the answer is read: assumed {how} \
                     (--readout {other} for the other)"
                ));
            }
            readout
        });
        let network = assemble(self.path, architecture, self.named)?;
        let history = History { origin: Some(self.origin), ..History::default() };
        let task = Task::Class(labels);
        let model = Model { network, encoding, task, readout, history, int8: None };
        Ok(Opened { model, notes: self.notes })
    }

    /// Assigns each token its row of the embedding; a token without a row gets zeros that stay
    /// zero.
    fn number_tokens(&mut self) {
        let Some(rows) = &self.origin.rows else { return };
        let Some(embedding) = self.named.get_mut("embedding.weight") else { return };
        let (shape, size) = (embedding.shape.clone(), embedding.values.len());
        embedding.pick_rows(rows, 0.0);
        let mask = "embedding.weight_mask";
        if rows.contains(&None) && !self.named.contains_key(mask) {
            let values = Values::Keep(vec![true; size]);
            self.named.insert(mask.to_owned(), Tensor { shape, values });
        }
        if let Some(mask) = self.named.get_mut(mask) {
            mask.pick_rows(rows, 0.0);
        }
    }

    /// Makes the only row of the readout that of class 1; class 0 gets a row of zeros.
    fn read_one_logit(&mut self) {
        for name in ["out.weight", "out.bias"] {
            let Some(tensor) = self.named.get_mut(name) else { continue };
            let (shape, size) = (tensor.shape.clone(), tensor.values.len());
            tensor.with_empty_row();
            let mask = self.named.entry(format!("{name}_mask"));
            let whole = Tensor { shape, values: Values::Keep(vec![true; size]) };
            mask.or_insert(whole).with_empty_row();
        }
    }

    /// Masks weights that are exactly zero if the file has no masks. Biases and the readout may be
    /// initialised with zeros, so theirs are only masked if they have other values as well.
    fn mask_zeros(&mut self, layout: &Layout, has_masks: bool) {
        let mut count = (0, 0);
        for ((weight, place), (mask, _)) in
            layout.weight_names().into_iter().zip(layout.mask_names())
        {
            count.0 += self.mask_zeros_of(&weight, mask).unwrap_or(0);
            count.1 += place.range.len();
        }
        let mut parts = Vec::new();
        if count.0 > 0 {
            parts.push(format!("{} of {} recurrent weights", count.0, count.1));
        }
        if !has_masks {
            for mask in layout.other_mask_names() {
                let name = mask.name.trim_end_matches("_mask").to_owned();
                let some = |tensor: &Tensor| match &tensor.values {
                    Values::Numbers(numbers) => numbers.iter().any(|&number| number != 0.0),
                    _ => false,
                };
                if self.named.get(&name).is_none_or(|tensor| !some(tensor)) {
                    continue;
                }
                let size = self.named.get(&name).map_or(0, |tensor| tensor.values.len());
                // A padding row of zeros also stays zero in PyTorch (`padding_idx`), and is not due
                // to pruning.
                let is_padding = name == "embedding.weight"
                    && self.named.get(&name).is_some_and(has_zeros_in_its_first_row_alone);
                match self.mask_zeros_of(&name, mask.name) {
                    None | Some(0) => {}
                    Some(_) if is_padding => {}
                    Some(zeros) => {
                        parts.push(format!("{zeros} of {size} numbers of {name}"));
                    }
                }
            }
        }
        if !parts.is_empty() {
            self.notes.push(format!(
                "assumed to be pruned, and kept at 0, because they are exactly 0: {} (--zeros \
                 dense treats them as ordinary weights)",
                parts.join(", ")
            ));
        }
    }

    /// Masks the zeros of one weight if it has no mask, and returns how many there are.
    fn mask_zeros_of(&mut self, name: &str, mask: String) -> Option<usize> {
        if self.named.contains_key(&mask) {
            return None;
        }
        let tensor = self.named.get(name)?;
        let Values::Numbers(numbers) = &tensor.values else { return None };
        let keep: Vec<bool> = numbers.iter().map(|&number| number != 0.0).collect();
        let zeros = keep.iter().filter(|keep| !**keep).count();
        if zeros > 0 {
            let shape = tensor.shape.clone();
            self.named.insert(mask, Tensor { shape, values: Values::Keep(keep) });
        }
        Some(zeros)
    }
}

/// Whether the first row of a matrix is zero, and nothing else is.
fn has_zeros_in_its_first_row_alone(matrix: &Tensor) -> bool {
    let (Values::Numbers(numbers), &[_, width]) = (&matrix.values, &matrix.shape[..]) else {
        return false;
    };
    let (first, others) = numbers.split_at(width.min(numbers.len()));
    first.iter().all(|&number| number == 0.0) && others.iter().all(|&number| number != 0.0)
}

/// The word in the file's name that says what a plain cell computes, if there is one.
fn cell_in_name(path: &Path) -> Option<(String, Cell)> {
    let stem = path.file_stem()?.to_string_lossy().to_lowercase();
    let words = stem.split(|character: char| !character.is_alphanumeric());
    let found = words.filter_map(|word| match word.strip_prefix("rnn").unwrap_or(word) {
        "relu" => Some((word.to_owned(), Cell::RnnRelu)),
        "tanh" => Some((word.to_owned(), Cell::RnnTanh)),
        _ => None,
    });
    let mut found: Vec<(String, Cell)> = found.collect();
    let first = found.pop()?;
    // If both words occur, they say nothing.
    found.iter().all(|other| other.1 == first.1).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cell_is_told_by_whole_words_of_the_files_own_name() {
        let cell = |path: &str| cell_in_name(Path::new(path)).map(|found| found.1);
        for path in ["prelude/rnn.pt", "relu/rnn.pt", "RNN_TANH/a.pt", "prelu.pt", "relu_tanh.pt"] {
            assert_eq!(cell(path), None, "{path}");
        }
        for path in ["rnn_relu.pt", "my-ReLU.pth", "rnnrelu.bin", "best.relu.pt", "relu"] {
            assert_eq!(cell(path), Some(Cell::RnnRelu), "{path}");
        }
        assert_eq!(cell("relu/rnn tanh 2.safetensors"), Some(Cell::RnnTanh));
    }
}
