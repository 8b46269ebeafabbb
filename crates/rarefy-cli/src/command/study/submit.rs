//! `rarefy study submit`: have a cluster run a study over a folder that its machines share.
//!
//! An array is submitted whose tasks run one share each, or several where the cluster takes
//! no such large one, and a job that waits for all of them, however they end, and makes the
//! tables. Their scripts and logs are kept in the study's folder; submitting again runs what
//! has no record.
//!
//! Options are arguments of `sbatch` and not lines of the scripts, which themselves say where
//! the logs go: Slurm's own ways to quote, and its placeholders in names of logs, have no part
//! in what the folder is called.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use rarefy::format::write_atomically;
use rarefy::study::{Folder, Given, Session, Study};
use serde_json::json;

use super::study_and_folder;
use crate::destination;
use crate::output::{counted, note_loaded, print_json, print_whole};

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

Limits of the cluster that it tells of are kept: more --shards than one array may have become several \
arrays; more jobs than you may submit are refused.

docs/cluster.md has the same for Kubernetes and GNU parallel.

Examples:
  rarefy study submit sweep.toml --out /shared/sweep --engine slurm --shards 20 --time 02:00:00
  rarefy study submit /shared/sweep --engine slurm --shards 20
  rarefy study submit /shared/sweep --engine slurm --shards 20 --account mine \
    --sbatch-option constraint=avx2 --sbatch-option exclusive")]
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
    #[arg(long, value_name = "NAME")]
    partition: Option<String>,
    /// Account to charge [default: Slurm's]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Quality of service [default: Slurm's]
    #[arg(long, value_name = "NAME")]
    qos: Option<String>,
    /// Longest time of a task, in Slurm's notation: 90 (minutes), 02:00:00, 1-12
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// Memory of a task, in Slurm's notation: 2G
    #[arg(long, value_name = "SIZE")]
    mem: Option<String>,
    /// Any further option of sbatch, such as constraint=avx2 or exclusive; can be given several
    /// times
    #[arg(long, value_name = "KEY=VALUE", value_parser = sbatch_option, allow_hyphen_values = true)]
    sbatch_option: Vec<String>,
    /// Cores of a task
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    cores: u32,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// An option of sbatch, without its dashes, that is left to the user.
fn sbatch_option(text: &str) -> Result<String, String> {
    let option = text.trim_start_matches('-');
    let key = option.split(['=', ' ']).next().unwrap_or_default();
    let ours = [
        ("array", "--shards"),
        ("cpus-per-task", "--cores"),
        ("dependency", "what the tables wait for"),
        ("output", "where the logs are"),
        ("error", "where the logs are"),
        ("parsable", "what this command reads"),
        ("wrap", "what a task does"),
    ];
    if let Some((key, what)) = ours.iter().find(|(ours, _)| *ours == key) {
        return Err(format!("{key} is set by this command: {what}"));
    }
    let is_key = |c: char| c.is_ascii_alphanumeric() || c == '-';
    match !key.is_empty() && key.chars().all(is_key) && !option[key.len()..].starts_with(' ') {
        true => Ok(option.to_owned()),
        false => Err("expected KEY=VALUE, or KEY alone, as in sbatch --KEY=VALUE".to_owned()),
    }
}

/// Runs `rarefy study submit`.
pub fn run(arguments: &SubmitArguments) -> anyhow::Result<()> {
    let (study, folder, given) = study_and_folder(&arguments.study, arguments.out.as_ref())?;
    let Engine::Slurm = arguments.engine;
    let most = Limits::of_cluster(arguments).most_of_array(arguments.shards)?;
    begin(&study, &folder, &given)?;
    let folder = folder.path().canonicalize()?;
    let program = std::env::current_exe()?;
    let jobs = folder.join("slurm");
    let [share_path, tables_path] = ["share.sh", "collect.sh"].map(|name| jobs.join(name));
    let (share, tables) = scripts(arguments, &program, &folder);
    write_atomically(&share_path, &share)?;
    write_atomically(&tables_path, &tables)?;

    let mut arrays: Vec<String> = Vec::new();
    for first in (0..arguments.shards).step_by(most as usize) {
        let tasks = most.min(arguments.shards - first);
        let own = [format!("--array=1-{tasks}"), format!("--cpus-per-task={}", arguments.cores)];
        match sbatch(arguments, &own, &share_path, Some(first)) {
            Ok(job) => arrays.push(job),
            Err(error) => {
                cancel(&arrays);
                return Err(error);
            }
        }
    }
    // However they ended: what there is is collected, and says what is missing.
    let after = format!("--dependency=afterany:{}", arrays.join(":"));
    let own = [after, "--cpus-per-task=1".to_owned()];
    let collect_job = sbatch(arguments, &own, &tables_path, None).with_context(|| {
        format!("job {} runs, but nothing will make its tables", arrays.join(", "))
    })?;
    if arguments.json {
        return print_json(&json!({
            "array_job": arrays[0],
            "array_jobs": arrays,
            "collect_job": collect_job,
            "shards": arguments.shards,
            "scripts": [share_path, tables_path],
            "records": folder.join("records.csv"),
        }));
    }
    let several = match arrays.len() {
        1 => String::new(),
        count => format!(" in {count} arrays, for the cluster takes none of more than {most}"),
    };
    print_whole(&format!(
        "submitted job {}, {}{several}, and job {collect_job}, which makes the tables\n\
         rarefy study status {}\n",
        arrays.join(", "),
        counted(arguments.shards, "task"),
        String::from_utf8_lossy(&word(folder.as_os_str().as_encoded_bytes())),
    ))
}

/// What a cluster takes, as far as it says so.
#[derive(Debug, Default, PartialEq)]
struct Limits {
    /// Tasks of an array.
    array: Option<u32>,
    /// Jobs of everybody, a task being one.
    jobs: Option<u32>,
    /// Jobs of this user.
    submit: Option<u32>,
}

impl Limits {
    fn of_cluster(arguments: &SubmitArguments) -> Self {
        // Where accounts have no limits, or nobody may ask, there is no answer.
        let user = std::env::var("USER").unwrap_or_default();
        let mut ask = vec!["--noheader", "--parsable2", "show", "associations"];
        let user = format!("user={user}");
        let account = arguments.account.as_ref().map(|account| format!("account={account}"));
        ask.push(&user);
        ask.extend(account.as_deref());
        ask.push("format=MaxSubmitJobs");
        Self::parse(&answer("scontrol", &["show", "config"]), &answer("sacctmgr", &ask))
    }

    fn parse(config: &str, submit: &str) -> Self {
        let lines = || config.lines().filter_map(|line| line.split_once('='));
        let value = |key: &str| lines().find(|(name, _)| name.trim() == key)?.1.trim().parse().ok();
        // Of several accounts the job may run under any; an empty line has no limit.
        let rows: Option<Vec<u32>> = submit.lines().map(|line| line.trim().parse().ok()).collect();
        Self {
            // The largest number of a task is one less, and tasks are counted from 1.
            array: value("MaxArraySize").map(|size: u32| size.saturating_sub(1)),
            jobs: value("MaxJobCount"),
            submit: rows.and_then(|rows| rows.into_iter().max()),
        }
    }

    /// How many tasks an array may have, of so many.
    fn most_of_array(&self, shards: u32) -> anyhow::Result<u32> {
        for (limit, name) in [(self.submit, "MaxSubmitJobs"), (self.jobs, "MaxJobCount")] {
            // The tables are one more.
            if let Some(limit) = limit.filter(|&limit| shards >= limit) {
                bail!(
                    "--shards {shards} are {shards} tasks and a job for the tables, but the cluster \
                     takes {limit} jobs at a time ({name}): give at most --shards {}",
                    limit.saturating_sub(1).max(1)
                );
            }
        }
        match self.array {
            Some(0) => bail!("the cluster takes no arrays of jobs (its MaxArraySize is 1 or less)"),
            most => Ok(most.unwrap_or(shards).min(shards)),
        }
    }
}

/// What a command prints; nothing where it cannot.
fn answer(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output().ok();
    let output = output.filter(|output| output.status.success());
    output.map_or_else(String::new, |o| String::from_utf8_lossy(&o.stdout).into_owned())
}

/// Refuses here, and not in every task, what cannot run; then the folder holds the study.
fn begin(study: &Study, folder: &Folder, given: &Given) -> anyhow::Result<()> {
    let strings = study.data.read(folder.path(), &mut note_loaded)?;
    folder.give_graphs(given)?;
    Session::begin(study, &strings.corpus, folder)?;
    Ok(strings.write()?)
}

/// What a task of an array does, which is told how many come before its array, and what
/// comes after all.
fn scripts(arguments: &SubmitArguments, program: &Path, folder: &Path) -> (Vec<u8>, Vec<u8>) {
    let logs = word(folder.join("slurm").as_os_str().as_encoded_bytes());
    let [program, folder] = [program, folder].map(|path| word(path.as_os_str().as_encoded_bytes()));
    let script = |log: &str, command: &str, rest: &str| {
        let log = format!("/{log}.log 2>&1\nexec ");
        let middle = format!(" study {command} ");
        let start: &[u8] = b"#!/bin/sh\n#SBATCH --job-name=rarefy\n#SBATCH --ntasks=1\nexec >>";
        let parts: [&[u8]; 8] = [
            start,
            &logs,
            log.as_bytes(),
            &program,
            middle.as_bytes(),
            &folder,
            rest.as_bytes(),
            b"\n",
        ];
        parts.concat()
    };
    let share = format!(
        " --shard \"$((${{1:-0}} + SLURM_ARRAY_TASK_ID))/{}\" --jobs {}",
        arguments.shards, arguments.cores
    );
    (
        script("share-\"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\"", "run", &share),
        script("collect-\"$SLURM_JOB_ID\"", "collect", ""),
    )
}

/// Anything as one word of a shell command.
fn word(text: &[u8]) -> Vec<u8> {
    let mut word = vec![b'\''];
    for &byte in text {
        match byte {
            b'\'' => word.extend(br"'\''"),
            byte => word.push(byte),
        }
    }
    word.push(b'\'');
    word
}

/// Submits a script and returns the number of its job.
fn sbatch(
    arguments: &SubmitArguments,
    own: &[String],
    script: &Path,
    argument: Option<u32>,
) -> anyhow::Result<String> {
    let mut command = Command::new("sbatch");
    for (name, value) in [
        ("partition", &arguments.partition),
        ("account", &arguments.account),
        ("qos", &arguments.qos),
        ("time", &arguments.time),
        ("mem", &arguments.mem),
    ] {
        command.args(value.as_ref().map(|value| format!("--{name}={value}")));
    }
    command.args(arguments.sbatch_option.iter().map(|option| format!("--{option}")));
    command.arg("--parsable").arg("--output=/dev/null").args(own).arg(script);
    let output = command.args(argument.map(|number| number.to_string())).output();
    let output = output.context(
        "cannot run sbatch: it must be on the path, as it is on a login machine of a cluster",
    )?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let advice = match why.contains("SubmitJob") || why.contains("job submit limit") {
            true => "; fewer --shards are fewer jobs",
            false => "",
        };
        bail!("sbatch refused: {why}{advice}");
    }
    // `JOB` or `JOB;CLUSTER`
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim().split(';').next().unwrap_or_default().to_owned())
}

/// Takes back what was submitted, where the rest was refused.
fn cancel(jobs: &[String]) {
    if !jobs.is_empty() {
        drop(Command::new("scancel").args(jobs).output());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_kept_where_the_cluster_tells_them() {
        let config = "Configuration data\nMaxArraySize            = 1001\nMaxJobCount = 10000\n";
        let limits = Limits::parse(config, "500\n2000\n");
        assert_eq!(limits, Limits { array: Some(1000), jobs: Some(10_000), submit: Some(2000) });
        assert_eq!(limits.most_of_array(20).unwrap(), 20);
        assert_eq!(limits.most_of_array(1500).unwrap(), 1000);
        let error = limits.most_of_array(2000).unwrap_err().to_string();
        assert!(error.contains("MaxSubmitJobs") && error.contains("--shards 1999"), "{error}");
        // One account without a limit.
        assert_eq!(Limits::parse("", "500\n\n"), Limits::default());
        assert_eq!(Limits::default().most_of_array(70_000).unwrap(), 70_000);
    }

    #[test]
    fn options_that_this_command_sets_are_refused() {
        for good in ["exclusive", "--constraint=a&b", "comment=two words", "-wn1"] {
            assert!(sbatch_option(good).is_ok(), "{good}");
        }
        for wrong in ["array=1-3", "--output=x", "", "=x", "constraint avx2"] {
            assert!(sbatch_option(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn whatever_a_path_holds_is_one_word() {
        assert_eq!(word(b"a b"), b"'a b'");
        assert_eq!(word(b"it's $HOME\n"), b"'it'\\''s $HOME\n'");
    }
}
