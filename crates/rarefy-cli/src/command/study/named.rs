//! The study that a command names, and the folder for its results.

use std::path::{Path, PathBuf};

use anyhow::Context;
use rarefy::study::{Folder, Given, Study};

use crate::arguments::WrongUse;
use crate::output::note;

/// The study in a file, or in a folder with a `study.toml`, and the folder for its results.
pub fn study_and_folder(
    path: &Path,
    out: Option<&PathBuf>,
) -> anyhow::Result<(Study, Folder, Given)> {
    let (mut study, folder) = named(path, out)?;
    let given = graphs(&mut study, path)?;
    let before = folder.asked().ok();
    for (name, fingerprint) in study.graph_files() {
        let before = before.iter().flat_map(Study::graph_files);
        let of_name: Vec<&str> = before.filter(|(n, _)| *n == name).map(|(_, f)| f).collect();
        if !of_name.is_empty() && !of_name.contains(&fingerprint) {
            note(&format!(
                "{name} holds another graph than when {} was begun: its trials are run again, and the \
                 records of the old graph stay",
                folder.path().display()
            ));
        }
    }
    Ok((study, folder, given))
}

/// Reads the graph files that the study at `path` names.
pub fn graphs(study: &mut Study, path: &Path) -> anyhow::Result<Given> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    Ok(Given::find(study, folder)?)
}

fn named(path: &Path, out: Option<&PathBuf>) -> anyhow::Result<(Study, Folder)> {
    match (path.is_dir(), out) {
        (true, None) => {
            let folder = Folder::new(path);
            Ok((folder.asked()?, folder))
        }
        (true, Some(out)) => Ok((Folder::new(path).asked()?, Folder::new(out))),
        (false, Some(out)) => Ok((read(path)?, Folder::new(out))),
        (false, None) => Err(WrongUse::error(match path.exists() {
            true => format!("--out DIR is missing: {} is not a folder", path.display()),
            false => format!("{} does not exist, and --out DIR is missing", path.display()),
        })),
    }
}

/// Reads the study in a file.
pub fn read(path: &Path) -> anyhow::Result<Study> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the study file {}", path.display()))?;
    Ok(Study::parse(&text, path)?)
}
