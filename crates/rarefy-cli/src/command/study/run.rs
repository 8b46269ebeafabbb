//! `rarefy study run`

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use rarefy::study::{Format, Session, Shard, collect};
use serde_json::json;

use super::named::study_and_folder;
use crate::arguments::JobsArguments;
use crate::destination;
use crate::output::{counted, note, note_loaded, print_json, print_text};
use crate::session::{self, ended_early};
use crate::watch::Watch;

/// Arguments of `rarefy study run`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/study_run.txt"))]
pub struct RunStudyArguments {
    /// Study file, or folder of a study
    #[arg(value_name = "STUDY")]
    study: PathBuf,
    /// Run only share I of N shares of the trials
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    #[command(flatten)]
    jobs: JobsArguments,
    /// Random seed, if the study gives none
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Folder for results [default: STUDY, if that is a folder]
    #[arg(long, value_name = "DIR", value_parser = destination::folder())]
    out: Option<PathBuf>,
    /// Print no progress
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy study run`.
pub fn run(arguments: &RunStudyArguments) -> anyhow::Result<()> {
    let start = Instant::now();
    let (mut study, folder, given) = study_and_folder(&arguments.study, arguments.out.as_ref())?;
    if arguments.seed != 0 && !study.says(|settings| settings.seed.is_some()) {
        study.base.seed = Some(arguments.seed);
    }
    let strings = study.data.read(folder.path(), &mut note_loaded)?;
    folder.give_graphs(&given)?;
    let session = Session::begin(&study, &strings.corpus, &folder)?;
    strings.write()?;
    if session.file().study != study {
        let [all, asked] = [&session.file().study, &study].map(|study| study.trials().count());
        if all > asked {
            note(&format!(
                "{} holds {} that this file does not ask for: `rarefy study run {}` runs those of both",
                folder.path().display(),
                counted(all - asked, "trial"),
                folder.path().display()
            ));
        }
    }
    let watch = Watch::new(&study, arguments.quiet);
    let outcome =
        session::run(&session, arguments.jobs.threads(), arguments.shard, watch, folder.path())?;
    let mut tables = Vec::new();
    if arguments.shard.is_none() && !outcome.stopped {
        tables = collect(&folder, session.file(), &[Format::Csv])?.tables;
    }
    // Results are printed even if some trials failed.
    let seconds = start.elapsed().as_secs_f64();
    if arguments.json {
        print_json(&json!({
            "trials": outcome.asked,
            "done": outcome.done,
            "computed": outcome.computed,
            "failed": outcome.failed,
            "tables": tables,
            "seconds": seconds,
        }))?;
    } else {
        let mut text = format!(
            "{} of {} trials done, {} of them now, in {seconds:.0} s\n",
            outcome.done, outcome.asked, outcome.computed
        );
        for table in tables {
            text += &format!("{}\n", table.display());
        }
        print_text(&text)?;
    }
    ended_early(&outcome, &folder)
}
