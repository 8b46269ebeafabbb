//! How a model came to be, as its file says.

use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::origin::Origin;
use crate::data::Dataset;
use crate::format::atomic::target_file;

/// How a model came to be: enough to judge its recovery fairly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Share of its training file that it was never trained on.
    pub validation_share: f64,
    /// The seed that picked that share.
    pub validation_seed: u64,
    /// [`Dataset::fingerprint`] of that file; `None` in models that do not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_data: Option<String>,
    /// The model before it was pruned, if it was.
    pub unpruned: Option<Unpruned>,
    /// The state dict of other code that it was read from, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl History {
    /// Whether the model was never trained on a `share` that is held out of `train` by its own
    /// seed, as far as it knows.
    pub fn has_not_seen(&self, share: f64, train: &Dataset) -> bool {
        let same = self.training_data.as_ref().is_none_or(|data| *data == train.fingerprint());
        same && share <= self.validation_share
    }

    /// Names the unpruned model as a file at `path` does: by the way from its folder.
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

    /// Notes that the model was trained again, on all of its training file but this share.
    pub fn trained_again(&mut self, share: f64) {
        self.validation_share = self.validation_share.min(share);
    }
}

/// The model that a pruned one comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unpruned {
    /// Its file. Model files name it by the way from their own folder, so that both can be moved
    /// together, and their bytes do not depend on where they lie; here it is the whole path.
    pub path: PathBuf,
    /// [`Model::fingerprint`](super::Model::fingerprint) of it, to notice when the file has changed.
    pub fingerprint: String,
}

/// The folder in which a file really lies, or will, whatever links lead to it.
pub(super) fn folder_of(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok().or_else(|| target_file(path))?;
    absolute(path.parent()?).ok()
}

/// A path without links, where it is there.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize().or_else(|_| std::path::absolute(path))
}

/// The way from a folder to a file, both whole paths.
fn way(folder: &Path, file: &Path) -> PathBuf {
    let shared = folder.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        // Of another drive.
        return file.to_owned();
    }
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(file.components().skip(shared)).collect()
}

/// A whole path without `..`, for one without links.
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
