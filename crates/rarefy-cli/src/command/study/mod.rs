//! `rarefy study`: experiments that a file declares.

mod collect;
mod plan;
mod run;
mod status;
mod submit;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use rarefy::study::{Folder, Given, Study};

use crate::arguments::WrongUse;
use crate::output::note;

/// What can be done with a study.
#[derive(Debug, Subcommand)]
pub enum StudyCommand {
    /// Run the trials of a study file that have no record yet; processes in the same folder share them
    Run(run::RunStudyArguments),
    /// Say what a study file would run, and how long it should take
    Plan(plan::PlanArguments),
    /// Say how far a study is
    Status(status::StatusArguments),
    /// Make tables of the records that there are
    Collect(collect::CollectArguments),
    /// Have a cluster run a study
    Submit(submit::SubmitArguments),
}

/// Runs `rarefy study`.
pub fn run(command: StudyCommand) -> anyhow::Result<()> {
    match command {
        StudyCommand::Run(arguments) => run::run(&arguments),
        StudyCommand::Plan(arguments) => plan::run(&arguments),
        StudyCommand::Status(arguments) => status::run(&arguments),
        StudyCommand::Collect(arguments) => collect::run(&arguments),
        StudyCommand::Submit(arguments) => submit::run(&arguments),
    }
}

/// The study of a file, or of a folder that holds a `study.toml`, and the folder for its
/// results.
fn study_and_folder(path: &Path, out: Option<&PathBuf>) -> anyhow::Result<(Study, Folder, Given)> {
    let (mut study, folder) = named(path, out)?;
    let given = graphs(&mut study, path)?;
    let before = folder.asked().ok();
    for (name, fingerprint) in study.graph_files() {
        let before = before.iter().flat_map(Study::graph_files);
        let of_name: Vec<&str> = before.filter(|(n, _)| *n == name).map(|(_, f)| f).collect();
        if !of_name.is_empty() && !of_name.contains(&fingerprint) {
            note(&format!(
                "{name} holds another graph than when {} was begun: its trials are new ones, those of \
                 the graph that it held stay",
                folder.path().display()
            ));
        }
    }
    Ok((study, folder, given))
}

/// The graphs that the study at `path` names as files.
fn graphs(study: &mut Study, path: &Path) -> anyhow::Result<Given> {
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
            true => format!("--out DIR is missing: {} is no folder", path.display()),
            false => format!("--out DIR is missing, and there is no {}", path.display()),
        })),
    }
}

/// The study of a file.
fn read(path: &Path) -> anyhow::Result<Study> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the study file {}", path.display()))?;
    Ok(Study::parse(&text, path)?)
}
