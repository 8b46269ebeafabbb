//! `rarefy report`: write the report again from the records.

mod figures;
mod study;

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use rarefy::study::Folder;
use rarefy_papers::{Paper, darji2021, zhang2023};
use serde_json::{Value, json};

use crate::output::{note, print_json, print_text};
use crate::results::{Written, claims_json, text};
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
    match Paper::of(&arguments.folder) {
        Some(Paper::Darji2021) => of_thesis(arguments),
        Some(Paper::Zhang2023) => of_zhang(arguments),
        None => bail!(
            "{} holds no study.toml, and no results of `rarefy reproduce`",
            arguments.folder.display()
        ),
    }
}

fn of_thesis(arguments: &ReportArguments) -> anyhow::Result<()> {
    let results = darji2021::Results::read(&arguments.folder, note)?;
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

fn of_zhang(arguments: &ReportArguments) -> anyhow::Result<()> {
    let results = zhang2023::Results::read(&arguments.folder)?;
    results.write_tables()?;
    let path = results.write_report(&arguments.folder)?;
    let figures = arguments.figures.write(&results.figures())?;
    if arguments.json {
        let claims: Vec<Value> = results.judged().flat_map(claims_json).collect();
        return print_json(&json!({ "report": path, "claims": claims, "figures": figures }));
    }
    let summary: String = results.summary().iter().map(text).collect();
    print_text(&format!("{summary}the report is {}\n", path.display()))
}
