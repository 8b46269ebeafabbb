//! Reduces a model to fewer characters.
//!
//! The embedding of 128 ASCII codes makes up half of a small pruned network. A program that only
//! reads a few characters does not need the other rows.

use super::ExportError;
use crate::data::{Encoding, UnknownCharacter};
use crate::format::Model;
use crate::network::{Input, Masks, Network};

/// `model` with only the embedding rows of the padding and of `characters`. For texts of these
/// characters its results stay the same to the bit.
///
/// # Errors
/// If the model does not know one of the characters, or knows none at all.
pub fn keep_characters(model: &Model, characters: &str) -> Result<Model, ExportError> {
    let known = model.encoding.vocabulary().filter(|known| known.characters().is_some());
    let known = known.ok_or(ExportError::NoCharacters)?;
    let mut kept: Vec<char> = characters.chars().collect();
    kept.sort_unstable();
    kept.dedup();
    let kept: String = kept.into_iter().collect();
    let tokens = known.encode(&kept)?;
    if let Some(at) = tokens.iter().position(|&token| Some(token) == known.unknown()) {
        let character = kept.chars().nth(at).expect("there is a token for each");
        return Err(UnknownCharacter { character, position: at + 1 }.into());
    }

    let network = &model.network;
    let (layout, width) = (network.layout(), network.layout().embedding_width);
    let embedding = &network.parameters()[layout.embedding.clone()];
    // The padding, and the unknown token.
    let special = [0].into_iter().chain(known.unknown());
    let rows: Vec<usize> =
        special.chain(tokens.iter().copied()).map(|token| token as usize).collect();
    let mut parameters: Vec<f32> = Vec::new();
    let mut masked: Vec<usize> = Vec::new();
    for row in &rows {
        let places = row * width..(row + 1) * width;
        let of_row = network.masks().masked_in(places.clone()).iter();
        masked.extend(of_row.map(|place| parameters.len() + place - places.start));
        parameters.extend(&embedding[places]);
    }
    let gone = embedding.len() - parameters.len();
    parameters.extend(&network.parameters()[layout.embedding.end..]);
    let of_others = network.masks().masked_in(layout.embedding.end..layout.len()).iter();
    masked.extend(of_others.map(|place| place - gone));
    let masks = Masks::at(parameters.len(), masked);

    let mut architecture = network.architecture().clone();
    architecture.input = Input::Tokens { vocabulary: rows.len(), embedding: width };
    let vocabulary = known.with_characters(&kept).expect("they are sorted, without the padding");
    let mut history = model.history.clone();
    if let Some(theirs) = history.origin.as_mut().and_then(|origin| origin.rows.as_mut()) {
        *theirs = rows.iter().map(|&row| theirs.get(row).copied().flatten()).collect();
    }
    Ok(Model {
        network: Network::new(architecture, parameters, masks),
        encoding: Encoding::Vocabulary(vocabulary),
        task: model.task.clone(),
        readout: model.readout,
        history,
        int8: model.int8.clone(),
    })
}
