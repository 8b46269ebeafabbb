//! The history of a model, as stored in its file.

use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::origin::Origin;
use crate::data::Dataset;
use crate::format::atomic::target_file;

/// The history of a model: enough to judge its recovery fairly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Share of its training file that was held out from training.
    pub validation_share: f64,
    /// The seed that selected that share.
    pub validation_seed: u64,
    /// [`Dataset::fingerprint`] of that file; `None` in models without this information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_data: Option<String>,
    /// The model before pruning, if it was pruned.
    pub unpruned: Option<Unpruned>,
    /// The state dict of other code that it was read from, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl History {
    /// Whether the model has never been trained on a `share` held out from `train` by the model's
    /// own seed, as far as is known.
    pub fn has_not_seen(&self, share: f64, train: &Dataset) -> bool {
        let same = self.training_data.as_ref().is_none_or(|data| *data == train.fingerprint());
        same && share <= self.validation_share
    }

    /// Expresses the path of the unpruned model for a file at `path`: relative to its folder.
    pub fn as_seen_from(&mut self, path: &Path) {
        if let Some(unpruned) = &mut self.unpruned
            && let (Ok(there), Some(folder)) = (absolute(&unpruned.path), folder_of(path))
        {
            unpruned.path = way(&folder, &there);
        }
    }

    /// Whether tokens have other numbers than in the state dict that the model was read from.
    pub fn is_renumbered(&self) -> bool {
        let rows = self.origin.as_ref().and_then(|origin| origin.rows.as_ref());
        rows.is_some_and(|rows| (0..).zip(rows).any(|(ours, theirs)| *theirs != Some(ours)))
    }

    /// Records that the model was trained again, on all of its training file except this share.
    pub fn trained_again(&mut self, share: f64) {
        self.validation_share = self.validation_share.min(share);
    }
}

/// The model that a pruned one was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unpruned {
    /// Its file. Model files store its path relative to their own folder, so that both can be moved
    /// together and the bytes do not depend on their location. Here it is the absolute path.
    pub path: PathBuf,
    /// Its [`Model::fingerprint`](super::Model::fingerprint), to notice if the file has changed.
    pub fingerprint: String,
}

/// The folder that really contains a file, existing or not, after resolving links.
pub(super) fn folder_of(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok().or_else(|| target_file(path))?;
    absolute(path.parent()?).ok()
}

/// A path with links resolved, if it exists.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize().or_else(|_| std::path::absolute(path))
}

/// The relative path from a folder to a file, both given as absolute paths.
fn way(folder: &Path, file: &Path) -> PathBuf {
    let shared = folder.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        // The file is on another drive.
        return file.to_owned();
    }
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(file.components().skip(shared)).collect()
}

/// An absolute path without `..`, given one without links.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}
