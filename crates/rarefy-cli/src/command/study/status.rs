//! `rarefy study status`

use std::path::PathBuf;

use clap::Args;
use rarefy::study::{Folder, status};
use serde_json::json;

use crate::output::{print_json, print_text};

/// Arguments of `rarefy study status`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/study_status.txt"))]
pub struct StatusArguments {
    /// Folder of a study
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Number of reasons to list; further ones are only counted.
const LISTED: usize = 10;

/// Runs `rarefy study status`.
pub fn run(arguments: &StatusArguments) -> anyhow::Result<()> {
    let status = status(&Folder::new(&arguments.folder))?;
    if arguments.json {
        let failed = status.failed.iter().map(|(trial, why)| json!({ "trial": trial, "why": why }));
        let damaged = status.damaged.iter().map(|(path, why)| json!({ "path": path, "why": why }));
        return print_json(&json!({
            "trials": status.trials,
            "done": status.done,
            "diverged": status.diverged,
            "running": status.running,
            "waiting": status.waiting(),
            "failed": failed.collect::<Vec<_>>(),
            "damaged": damaged.collect::<Vec<_>>(),
        }));
    }
    let mut text = format!("{} of {} trials done", status.done, status.trials);
    if status.diverged > 0 {
        text += &format!(" ({} diverged)", status.diverged);
    }
    text += &format!(", {} running, {} waiting", status.running, status.waiting());
    for (count, what) in [(status.failed.len(), "failed"), (status.damaged.len(), "damaged")] {
        if count > 0 {
            text += &format!(", {count} {what}");
        }
    }
    text.push('\n');
    for (trial, why) in status.failed.iter().take(LISTED) {
        text += &format!("failed: {trial}: {why}\n");
    }
    for (path, why) in status.damaged.iter().take(LISTED) {
        text += &format!("damaged, will be computed again: {}: {why}\n", path.display());
    }
    print_text(&text)
}
