//! `rarefy report`: write the report again from the records.

mod figures;
mod study;

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use rarefy::study::Folder;
use rarefy_papers::darji2021::Results;
use serde_json::json;

use crate::output::{note, print_json, print_text};
use crate::results::Written;
use figures::FiguresArguments;

/// Arguments of `rarefy report`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../help/report.txt"))]
pub struct ReportArguments {
    /// Folder of a study, or of `rarefy reproduce`
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    figures: FiguresArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy report`.
pub fn run(arguments: &ReportArguments) -> anyhow::Result<()> {
    let folder = Folder::new(&arguments.folder);
    if folder.exists() {
        return study::run(&folder, &arguments.figures, arguments.json);
    }
    let results = Results::read(&arguments.folder, note)
        .with_context(|| format!("{} holds no study.toml", arguments.folder.display()))?;
    let written = Written::of(&results, &arguments.folder)?;
    let figures = arguments.figures.write(&results.figures())?;
    if arguments.json {
        return print_json(&json!({
            "report": written.path,
            "questions": written.questions_json(),
            "figures": figures,
        }));
    }
    print_text(&format!("{}the report is {}\n", written.summary, written.path.display()))
}
