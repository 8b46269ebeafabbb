//! `rarefy study submit`: have a cluster run a study over a folder that its machines share.
//!
//! Two jobs are submitted: an array whose tasks run one share each, and one that waits for
//! all of them, however they end, and makes the tables. Their scripts and logs are kept in
//! the study's folder; submitting again runs what has no record.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use rarefy::format::write_atomically;
use rarefy::study::{Session, Study};
use serde_json::json;

use super::study_and_folder;
use crate::arguments::UnusedRunArguments;
use crate::destination;
use crate::output::{counted, print_json, print_whole};
use crate::strings::Strings;

/// What runs jobs.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Engine {
    /// `sbatch` of Slurm
    Slurm,
}

/// Arguments of `rarefy study submit`.
#[derive(Debug, Args)]
#[command(after_help = "\
DIR and this program must lie where all machines of the cluster see them. Ends when the jobs are \
submitted; `rarefy study status DIR` says how far they are, and DIR/records.csv is there when all have \
ended. If some of them died, submit again: only what has no record is run.

docs/cluster.md has the same for Kubernetes and GNU parallel.

Examples:
  rarefy study submit sweep.toml --out /shared/sweep --engine slurm --shards 20 --time 02:00:00
  rarefy study submit /shared/sweep --engine slurm --shards 20")]
pub struct SubmitArguments {
    /// The folder of a study, which holds its study.toml; or a study file
    #[arg(value_name = "DIR")]
    study: PathBuf,
    /// Folder for results [default: DIR]
    #[arg(long, value_name = "DIR", value_parser = destination::folder())]
    out: Option<PathBuf>,
    /// What runs the jobs
    #[arg(long)]
    engine: Engine,
    /// How many tasks share the work
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    shards: u32,
    /// Partition to run in [default: Slurm's]
    #[arg(long, value_name = "NAME", value_parser = one_word)]
    partition: Option<String>,
    /// Longest time of a task, in Slurm's notation: 90 (minutes), 02:00:00, 1-12
    #[arg(long, value_name = "TIME", value_parser = one_word)]
    time: Option<String>,
    /// Memory of a task, in Slurm's notation: 2G
    #[arg(long, value_name = "SIZE", value_parser = one_word)]
    mem: Option<String>,
    /// Cores of a task
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    cores: u32,
    #[command(flatten)]
    _unused: UnusedRunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn one_word(text: &str) -> Result<String, String> {
    match !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:,".contains(c))
    {
        true => Ok(text.to_owned()),
        false => Err("expected one word, as Slurm takes it".to_owned()),
    }
}

/// Runs `rarefy study submit`.
pub fn run(arguments: &SubmitArguments) -> anyhow::Result<()> {
    let (study, folder) = study_and_folder(&arguments.study, arguments.out.as_ref())?;
    begin(&study, &folder)?;
    let folder = folder.path().canonicalize()?;
    let program = std::env::current_exe()?;
    let Engine::Slurm = arguments.engine;
    let jobs = folder.join("slurm");
    let (share, tables) = scripts(arguments, &program, &folder);
    let [share_path, tables_path] = ["share.sh", "collect.sh"].map(|name| jobs.join(name));
    write_atomically(&share_path, share.as_bytes())?;
    write_atomically(&tables_path, tables.as_bytes())?;
    let array = format!("--array=1-{}", arguments.shards);
    let array_job = sbatch(&[&array], &share_path)?;
    // However they ended: what there is is collected, and says what is missing.
    let after = format!("--dependency=afterany:{array_job}");
    let collect_job = sbatch(&[&after], &tables_path)
        .with_context(|| format!("job {array_job} runs, but nothing will make its tables"))?;
    if arguments.json {
        return print_json(&json!({
            "array_job": array_job,
            "collect_job": collect_job,
            "shards": arguments.shards,
            "scripts": [share_path, tables_path],
            "records": folder.join("records.csv"),
        }));
    }
    print_whole(&format!(
        "submitted job {array_job}, {}, and job {collect_job}, which makes the tables\n\
         rarefy study status {}\n",
        counted(arguments.shards, "task"),
        folder.display(),
    ))
}

/// Refuses here, and not in every task, what cannot run; then the folder holds the study.
fn begin(study: &Study, folder: &rarefy::study::Folder) -> anyhow::Result<()> {
    let strings = Strings::read(&study.data, folder.path())?;
    Session::begin(study, &strings.corpus, folder)?;
    Ok(strings.write()?)
}

/// What a task of the array does, and what comes after all.
fn scripts(arguments: &SubmitArguments, program: &Path, folder: &Path) -> (String, String) {
    let mut options = String::new();
    for (name, value) in
        [("partition", &arguments.partition), ("time", &arguments.time), ("mem", &arguments.mem)]
    {
        if let Some(value) = value {
            options += &format!("#SBATCH --{name}={value}\n");
        }
    }
    let script = |log: &str, cores: u32, command: &str| {
        format!(
            "#!/bin/sh\n\
             #SBATCH --job-name=rarefy\n\
             #SBATCH --ntasks=1\n\
             #SBATCH --cpus-per-task={cores}\n\
             {options}\
             #SBATCH --output={}\n\
             exec {} study {command}\n",
            // A percent sign is a placeholder there.
            folder.display().to_string().replace('%', "%%") + "/slurm/" + log,
            quoted(program),
        )
    };
    let folder_word = quoted(folder);
    let share = format!(
        "run {folder_word} --shard \"$SLURM_ARRAY_TASK_ID/{}\" --jobs {}",
        arguments.shards, arguments.cores
    );
    (
        script("share-%A_%a.log", arguments.cores, &share),
        script("collect-%j.log", 1, &format!("collect {folder_word}")),
    )
}

/// A path as one word of a shell command.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// Submits a script and returns the number of its job.
fn sbatch(options: &[&str], script: &Path) -> anyhow::Result<String> {
    let output = Command::new("sbatch").arg("--parsable").args(options).arg(script).output();
    let output = output.context(
        "cannot run sbatch: it must be on the path, as it is on a login machine of a cluster",
    )?;
    if !output.status.success() {
        bail!("sbatch refused: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    // `JOB` or `JOB;CLUSTER`
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim().split(';').next().unwrap_or_default().to_owned())
}
