//! `rarefy report`: write the report again, from the records.

mod figures;
mod study;

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use rarefy::study::Folder;
use rarefy_papers::darji2021::Results;
use serde_json::json;

use crate::destination;
use crate::output::{note, print_json, print_text};
use crate::results::Written;

/// Arguments of `rarefy report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Writes DIR/report.html and the tables of `rarefy study collect` from the records of a study, finished or \
not: what varied, the answers to the study's contrasts, the effect of each setting, means over seeds, and \
curves. For a folder of `rarefy reproduce` it writes the report on the thesis. Nothing is trained.

Examples:
  rarefy report sweep
  rarefy report rarefy-results/laptop --figures figures")]
pub struct ReportArguments {
    /// Folder of a study, or of `rarefy reproduce`
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Folder to write each figure and each of its panels to, as SVG and PNG
    #[arg(long, value_name = "OUT", value_parser = destination::folder())]
    figures: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy report`.
pub fn run(arguments: &ReportArguments) -> anyhow::Result<()> {
    let folder = Folder::new(&arguments.folder);
    if folder.exists() {
        return study::run(&folder, arguments.figures.as_deref(), arguments.json);
    }
    let results = Results::read(&arguments.folder, note)
        .with_context(|| format!("{} holds no study.toml", arguments.folder.display()))?;
    let written = Written::of(&results, &arguments.folder)?;
    if let Some(folder) = &arguments.figures {
        figures::write(results.figures(), folder)?;
    }
    if arguments.json {
        return print_json(
            &json!({ "report": written.path, "questions": written.questions_json() }),
        );
    }
    print_text(&format!("{}the report is {}\n", written.summary, written.path.display()))
}
