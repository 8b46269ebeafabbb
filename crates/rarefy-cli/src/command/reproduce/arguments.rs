//! The arguments of `rarefy reproduce`, and what every paper does with them.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use rarefy::named::Named;
use rarefy::study::{Folder, Record, Sequences, Session, Study, StudyFile};
use rarefy::train::Judge;
use rarefy_papers::{Paper, Scale, Shipped, darji2021, zhang2023};
use serde_json::{Value, json};

use crate::arguments::{
    CellsArguments, ColumnArguments, JobsArguments, RunArguments, WrongUse, names, one_of,
};
use crate::destination;
use crate::output::note;
use crate::session::{self, ended_early};
use crate::watch::Watch;

/// Arguments of `rarefy reproduce`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/reproduce.txt"))]
pub struct ReproduceArguments {
    /// Paper to reproduce; by default the thesis
    #[arg(value_name = "PAPER", value_parser = one_of::<Paper>(), default_value = "darji2021", hide_default_value = true)]
    pub paper: Paper,
    /// Size of the experiments
    #[arg(long, value_parser = one_of::<Scale>(), default_value = "laptop")]
    pub scale: Scale,
    /// Experiments to run [default: all but open]
    ///
    /// The thesis has pruning, structure, prediction and open; zhang2023 has gesture, mnist and reber.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "PART,...",
        value_parser = names(all_parts(), str::to_owned)
    )]
    parts: Vec<String>,
    /// Folder with the data [default: newly drawn]
    ///
    /// For the thesis train_data.csv and test_data.csv, and for its part open JapaneseVowels and MNIST;
    /// for zhang2023 the files of Gesture and MNIST. Studies without their files are left out.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub columns: ColumnArguments,
    #[command(flatten)]
    pub cells: CellsArguments,
    /// Sequences that judge recovery after pruning [default: validation]
    #[arg(long, value_parser = one_of::<Judge>())]
    pub judge: Option<Judge>,
    /// Number of seeds [default: 1; at the full scale 3 for pruning]
    ///
    /// They are --seed, --seed + 1, and so on. Data and graphs are always those of --seed. For
    /// zhang2023 the default is 10, 12 for its part reber, and 1 at the scale smoke.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub seeds: Option<u64>,
    #[command(flatten)]
    pub jobs: JobsArguments,
    /// Folder for results [default: rarefy-results/SCALE]
    ///
    /// By default rarefy-results/zhang2023-SCALE for zhang2023.
    #[arg(long, value_name = "DIR", value_parser = destination::folder())]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// The parts of all papers.
fn all_parts() -> impl Iterator<Item = (&'static str, &'static str)> {
    fn of<T: Named>() -> impl Iterator<Item = (&'static str, &'static str)> {
        T::CHOICES.iter().map(|part| (part.name(), part.help()))
    }
    of::<darji2021::Part>().chain(of::<zhang2023::Part>())
}

impl ReproduceArguments {
    /// The parts that are asked for, each once and in the paper's order; `usual` if none is named.
    pub fn parts<T: Named + Ord>(&self, usual: &[T]) -> anyhow::Result<Vec<T>> {
        let named = |name: &String| {
            T::named(name).map_err(|error| WrongUse::error(format!("--parts: {error}")))
        };
        let mut parts = self.parts.iter().map(named).collect::<anyhow::Result<Vec<T>>>()?;
        if parts.is_empty() {
            parts = usual.to_vec();
        }
        parts.sort_unstable();
        parts.dedup();
        Ok(parts)
    }

    /// The folder for results, which must not hold those of another paper.
    pub fn out(&self) -> anyhow::Result<PathBuf> {
        let scale = self.scale.name();
        let usual = match self.paper {
            Paper::Darji2021 => scale.to_owned(),
            paper => format!("{paper}-{scale}"),
        };
        let usual = || Path::new("rarefy-results").join(usual);
        let out = self.out.clone().unwrap_or_else(usual);
        if let Some(other) = Paper::of(&out).filter(|paper| *paper != self.paper) {
            bail!("{} holds results of {other}: choose another folder (--out)", out.display());
        }
        Ok(out)
    }

    /// Runs what is left of a study, and gives all its records.
    pub fn trained(
        &self,
        study: &Study,
        sequences: &Sequences,
        folder: &Folder,
        out: &Path,
    ) -> anyhow::Result<(StudyFile, Vec<Record>)> {
        let session = Session::begin(study, &sequences.corpus, folder)?;
        // Only now is it certain that the folder belongs to this study.
        sequences.write()?;
        let watch = Watch::new(study, self.run.quiet);
        let outcome = session::run(&session, self.jobs.threads(), None, watch, out)?;
        ended_early(&outcome, folder)?;
        Ok((session.file().clone(), folder.records(session.file())))
    }

    /// Notes which files of a study are missing, and says it as `--json` prints it; `None` if all are
    /// there.
    pub fn missing(&self, study: &str, shipped: &Shipped) -> Option<Value> {
        let missing = shipped.missing(self.data.as_deref());
        if missing.is_empty() {
            return None;
        }
        let files: Vec<String> = missing.iter().map(|file| file.display().to_string()).collect();
        let source = shipped.source.unwrap_or_default();
        note(&format!(
            "{study} is left out: --data DIR has to hold {} ({source})",
            files.join(", ")
        ));
        Some(json!({ "part": study, "missing": files, "source": source }))
    }
}

/// The seconds of training in `records`.
pub fn seconds_trained(records: &[Record]) -> f64 {
    records.iter().flat_map(|record| &record.seconds).sum()
}

/// A part as `--json` prints it, with the paths of its tables.
pub fn about(part: &str, records: &[Record], folder: &Folder, tables: &[&str]) -> Value {
    let mut about = json!({ "part": part, "seconds_trained": seconds_trained(records) });
    for name in tables {
        about[name] = json!(folder.path().join(format!("{name}.csv")));
    }
    about
}
