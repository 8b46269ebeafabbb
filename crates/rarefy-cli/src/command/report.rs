//! `rarefy report`: write the report again, from the records.

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
#[command(after_help = "\
Writes DIR/report.html and the tables of `rarefy study collect` from the records in DIR, whether the study \
is finished or not. The report shows what varied, the answers to the study's contrasts, the effect of each \
setting, means over seeds, and curves. If DIR comes from `rarefy reproduce`, it is the report on the thesis. \
Nothing is trained.

Figures are named after what they show: OUT/fig-recovery.svg, its panel OUT/fig-recovery-both-together-gru.svg, \
and OUT/appendix/ for those on which no answer rests. They are dark on white. Text is at least 7 pt high at the \
printed width, so a narrow figure has fewer panels per row. A figure taller than 240 mm continues in \
fig-recovery-page-2.svg.

Examples:
  rarefy report thesis
  rarefy report thesis --figures figures --format pdf --width 85mm --no-title")]
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
