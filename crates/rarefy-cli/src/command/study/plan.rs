//! `rarefy study plan`

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use indicatif::HumanDuration;
use rarefy::cell::Cell;
use rarefy::study::{Folder, Speed};
use serde_json::json;

use super::{graphs, read};
use crate::arguments::{at_least_one, cores};
use crate::output::{counted, note_loaded, print_json, print_text, print_whole};
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy study plan`.
#[derive(Debug, Args)]
#[command(after_help = "\
Trains one or two networks of each kind for a moment and reckons from that how long the study takes on \
this machine. Nothing is written.

Examples:
  rarefy study plan sweep.toml
  rarefy study plan sweep.toml --list        the names of all trials, one a line")]
pub struct PlanArguments {
    /// A study file, or the folder of a study
    #[arg(value_name = "STUDY")]
    study: PathBuf,
    /// Print the names of all trials, in their order, and measure nothing
    #[arg(long)]
    list: bool,
    /// Threads to reckon with [default: all cores]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    jobs: Option<NonZeroUsize>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What the trials of one cell come to.
#[derive(Clone, Copy, Default)]
struct Sum {
    trials: usize,
    epochs: u64,
    seconds: f64,
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
    let mut sums: Vec<(Cell, Sum)> = Vec::new();
    let (mut total, mut prunings) = (Sum::default(), 0);
    // A pruned network waits for its base model: no number of cores makes it sooner.
    let (mut bases, mut longest) = (HashMap::new(), 0.0_f64);
    for trial in study.trials() {
        let seconds = speed.seconds(&trial);
        let before = match trial.base() {
            None => {
                bases.insert(trial.hash(), seconds);
                0.0
            }
            Some(base) => bases.get(&base.hash()).copied().unwrap_or(0.0),
        };
        longest = longest.max(before + seconds);
        prunings += usize::from(trial.pruning.is_some());
        let at = sums.iter().position(|(cell, _)| *cell == trial.cell).unwrap_or(sums.len());
        if at == sums.len() {
            sums.push((trial.cell, Sum::default()));
        }
        for sum in [&mut sums[at].1, &mut total] {
            sum.trials += 1;
            sum.epochs += u64::from(trial.run_epochs());
            sum.seconds += seconds;
        }
    }
    let cores = cores(arguments.jobs);
    let wall = (total.seconds / cores as f64).max(longest);
    let excluded = study.excluded();
    if arguments.json {
        let row = |(cell, sum): &(Cell, Sum)| {
            json!({
                "cell": cell, "trials": sum.trials, "epochs": sum.epochs, "seconds": sum.seconds,
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
            "rows": sums.iter().map(row).collect::<Vec<_>>(),
        }));
    }
    let columns = [words("cell"), numbers("trials"), numbers("epochs"), numbers("core-seconds")];
    let mut table = Table::new(1, columns);
    for (cell, Sum { trials, epochs, seconds }) in &sums {
        let seconds = format!("{seconds:.1}");
        table.row([cell.to_string(), trials.to_string(), epochs.to_string(), seconds]);
    }
    let left = HumanDuration(std::time::Duration::from_secs_f64(wall));
    print_text(&format!(
        "{}: {} ({}, {}; {} excluded)\n{}about {left} on {}, by the speed just measured\n",
        study.name,
        counted(total.trials, "trial"),
        counted(total.trials - prunings, "base model"),
        counted(prunings, "pruning"),
        counted(excluded, "combination"),
        table.text(),
        counted(cores, "core")
    ))
}
