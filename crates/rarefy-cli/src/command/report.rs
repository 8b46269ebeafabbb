//! `rarefy report`: write the report again, from the records.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use rarefy::format::write_atomically;
use rarefy_papers::darji2021::Results;
use rarefy_view::figure::FigureFile;
use rarefy_view::raster::Painter;
use serde_json::json;

use crate::destination;
use crate::output::{note, print_json, print_text};
use crate::results::Written;

/// Arguments of `rarefy report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads what `rarefy reproduce` left in DIR, finished or not, and writes DIR/report.html and the tables \
(records.csv, curves.csv, times.csv) of each part, and prints what `reproduce` prints at its end. Nothing is \
trained.

With --figures OUT also each figure (OUT/figure-2.svg) and each of its panels (OUT/figure-2-gru.svg), \
light on white with title and legend, as SVG and as PNG of two pixels a unit.")]
pub struct ReportArguments {
    /// Folder of results
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
    let results = Results::read(&arguments.folder, note)?;
    let written = Written::of(&results, &arguments.folder)?;
    if let Some(folder) = &arguments.figures {
        write_figures(&results, folder)?;
    }
    if arguments.json {
        return print_json(
            &json!({ "report": written.path, "questions": written.questions_json() }),
        );
    }
    print_text(&format!("{}the report is {}\n", written.summary, written.path.display()))
}

/// Figures for papers: SVG, and PNG of twice the size.
fn write_figures(results: &Results, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let painter = Painter::new().map_err(|why| note(&format!("only SVG is written: {why}")));
    for FigureFile { name, svg } in results.figures() {
        write_atomically(&folder.join(format!("{name}.svg")), svg.as_bytes())?;
        if let Ok(painter) = &painter {
            let png = painter.png(&svg).with_context(|| format!("cannot draw {name}"))?;
            write_atomically(&folder.join(format!("{name}.png")), &png)?;
        }
    }
    Ok(())
}
