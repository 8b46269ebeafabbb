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
Reads the records of a study in DIR, finished or not, and writes DIR/report.html and the tables of \
`rarefy study collect`: what varied, the answers to the study's contrasts, the differences that each setting \
makes, means over seeds, curves. DIR may also be what `rarefy reproduce` left: then the report is the one on \
the thesis. Nothing is trained.

With --figures OUT also each figure (OUT/figure-2.svg) and each of its panels (OUT/figure-2-gru.svg), \
light on white with title and legend, as SVG and as PNG of two pixels a unit.")]
pub struct ReportArguments {
    /// Folder of a study, or of what `reproduce` left
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Write each figure and each of its panels as SVG and PNG into this folder too
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
    let results = Results::read(&arguments.folder, note).with_context(|| {
        format!("{} is the folder of no study that has begun", arguments.folder.display())
    })?;
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
