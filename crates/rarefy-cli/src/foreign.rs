//! Where data meets a model that was read from a state dict, which says neither what its classes
//! are called nor which token each row of its embedding is.

use std::path::Path;

use anyhow::bail;
use rarefy::data::{DataError, Labels, Rows};
use rarefy::format::Model;

use crate::output::note;

/// Labels that a note lists.
const MOST_LISTED: usize = 10;

/// Gives the classes of `model` the labels of these files, where it only knows their numbers and
/// the labels are others; in their order.
///
/// # Errors
/// When there are more or fewer labels than classes, and when texts would be read by tokens that
/// nobody named.
pub fn meet(model: &mut Model, files: &[(&Path, &Rows)]) -> anyhow::Result<()> {
    let guessed = model.history.origin.as_ref().map(|origin| origin.guessed).unwrap_or_default();
    if guessed.tokens && files.iter().any(|(_, rows)| matches!(rows, Rows::Texts(_))) {
        let rows = model.encoding.vocabulary().map_or(0, |vocabulary| vocabulary.len());
        bail!(
            "the model's embedding has {rows} rows, too many for codes of characters, and nothing \
             says which token each of them is: give --vocabulary FILE with the state dict: one \
             token per line, whose place from 0 is its number, or a JSON object of tokens and \
             their numbers"
        );
    }
    let found = || files.iter().flat_map(|(_, rows)| rows.labels());
    if !guessed.labels || found().all(|label| model.labels.index(label).is_some()) {
        return Ok(());
    }
    let labels = Labels::of(found());
    let names = labels.names();
    let mut listed = names.iter().take(MOST_LISTED).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST_LISTED {
        listed += ", ...";
    }
    let classes = model.labels.names().len();
    if names.len() != classes {
        bail!(
            "the model has {classes} classes, and {} has {} labels ({listed}): say with --labels \
             which class is which, in the order of the readout's rows",
            files[0].0.display(),
            names.len(),
        );
    }
    note(&format!(
        "the model does not say what its classes are called: the data's labels, in order ({listed}), \
         are taken for classes 0 to {} (--labels gives another order)",
        classes - 1
    ));
    model.labels = labels;
    if let Some(origin) = &mut model.history.origin {
        origin.guessed.labels = false;
    }
    Ok(())
}

/// What to do about a text that `model` cannot read, if its tokens were assumed.
pub fn advised(error: DataError, model: &Model) -> anyhow::Error {
    let is_assumed = model.history.origin.as_ref().is_some_and(|origin| origin.rows.is_none());
    match error {
        DataError::UnknownCharacter { .. } if is_assumed => anyhow::anyhow!(
            "{error}; token ids of the state dict were taken for codes of characters: if they are \
             not, --vocabulary FILE tells which token each is"
        ),
        other => other.into(),
    }
}
