//! `rarefy study plan`

use std::path::PathBuf;

use clap::Args;
use indicatif::HumanDuration;
use rarefy::cell::Cell;
use rarefy::study::{Folder, Forecast, Speed, Work};
use serde_json::json;

use super::named::{graphs, read};
use crate::arguments::JobsArguments;
use crate::output::{counted, note_loaded, print_json, print_text, print_whole};
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy study plan`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/study_plan.txt"))]
pub struct PlanArguments {
    /// Study file, or folder of a study
    #[arg(value_name = "STUDY")]
    study: PathBuf,
    /// Print the names of all trials, one per line, and measure nothing
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    jobs: JobsArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy study plan`.
pub fn run(arguments: &PlanArguments) -> anyhow::Result<()> {
    let mut study = match arguments.study.is_dir() {
        true => Folder::new(&arguments.study).asked()?,
        false => read(&arguments.study)?,
    };
    let given = graphs(&mut study, &arguments.study)?;
    if arguments.list && !arguments.json {
        return study.trials().try_for_each(|trial| print_whole(&format!("{}\n", trial.name())));
    }
    let strings = study.data.read(&arguments.study, &mut note_loaded)?;
    let speed = Speed::measure(&study, &strings.corpus, &|wired| {
        let kept = || Folder::new(&arguments.study).graph(wired).ok();
        given.of(wired).cloned().or_else(kept)
    });
    let forecast = Forecast::new(&study, &speed);
    let Forecast { total, prunings, .. } = forecast;
    let cores = arguments.jobs.threads();
    let wall = forecast.seconds(cores);
    let excluded = study.excluded();
    if arguments.json {
        let row = |(cell, work): &(Cell, Work)| {
            json!({
                "cell": cell, "trials": work.trials, "epochs": work.epochs, "seconds": work.seconds,
            })
        };
        return print_json(&json!({
            "name": study.name,
            "trials": total.trials,
            "prunings": prunings,
            "excluded": excluded,
            "epochs": total.epochs,
            "seconds_trained": total.seconds,
            "cores": cores,
            "seconds": wall,
            "rows": forecast.cells.iter().map(row).collect::<Vec<_>>(),
        }));
    }
    let columns = [words("cell"), numbers("trials"), numbers("epochs"), numbers("core-seconds")];
    let mut table = Table::new(1, columns);
    for (cell, Work { trials, epochs, seconds }) in &forecast.cells {
        let seconds = format!("{seconds:.1}");
        table.row([cell.to_string(), trials.to_string(), epochs.to_string(), seconds]);
    }
    let left = HumanDuration(std::time::Duration::from_secs_f64(wall));
    print_text(&format!(
        "{}: {} ({}, {}; {} excluded)\n{}about {left} on {}, at the speed just measured\n",
        study.name,
        counted(total.trials, "trial"),
        counted(total.trials - prunings, "training"),
        counted(prunings, "pruning"),
        counted(excluded, "combination"),
        table.text(),
        counted(cores, "core")
    ))
}
