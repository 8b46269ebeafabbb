//! Running a study on a Slurm cluster, in a folder shared by its machines.
//!
//! A job array is submitted in which each task runs one share; if the cluster does not accept
//! arrays that large, there are several. Another job waits for all tasks, however they end, and
//! makes the tables. Scripts and logs are kept in the study's folder. Submitting again runs the
//! trials without a record.
//!
//! Options are passed to `sbatch` as arguments rather than lines of the scripts, and the scripts
//! themselves redirect their output to the logs. So Slurm's rules for quoting, and its placeholders
//! in the names of logs, do not affect how the folder may be named.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use crate::format::{WriteError, write_atomically};

/// How Slurm runs a study.
#[derive(Clone, Debug)]
pub struct Slurm {
    /// Number of tasks that share the work.
    pub shards: u32,
    /// Cores per task.
    pub cores: u32,
    /// Further options of `sbatch`, for the tasks and for the job that makes the tables.
    pub options: Vec<SbatchOption>,
}

/// The submitted jobs.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The jobs whose tasks run the study.
    pub arrays: Vec<String>,
    /// The job that makes the tables.
    pub collect: String,
    /// The scripts of the tasks and of that job.
    pub scripts: [PathBuf; 2],
}

/// Why Slurm does not run a study.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SlurmError {
    /// The study needs more jobs than may be submitted.
    #[error(
        "--shards {shards} are {shards} tasks and a job for the tables, but the cluster takes \
         {limit} jobs at a time ({name}): give at most --shards {}",
        limit.saturating_sub(1).max(1)
    )]
    TooManyJobs {
        /// Number of tasks.
        shards: u32,
        /// The largest number of jobs.
        limit: u32,
        /// Slurm's name for the limit.
        name: &'static str,
    },
    /// The cluster accepts no arrays.
    #[error("the cluster accepts no job arrays (its MaxArraySize is 1 or less)")]
    NoArrays,
    /// `sbatch` does not run.
    #[error("cannot run sbatch: expected it on the PATH, as on a cluster's login node")]
    NoSbatch(#[source] io::Error),
    /// `sbatch` rejects a job.
    #[error("sbatch refused: {why}{}", advice(why))]
    Refused {
        /// Its message.
        why: String,
    },
    /// The tasks run, but the job that waits for them was rejected.
    #[error("job {} runs, but the job that makes its tables failed: {source}", jobs.join(", "))]
    NoTables {
        /// The jobs of the tasks.
        jobs: Vec<String>,
        /// The reason.
        source: Box<SlurmError>,
    },
    /// The scripts cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

fn advice(why: &str) -> &'static str {
    match why.contains("SubmitJob") || why.contains("job submit limit") {
        true => "; fewer --shards are fewer jobs",
        false => "",
    }
}

/// An option of `sbatch`, without dashes, that is not set by this module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SbatchOption(String);

/// Why a text is not such an option.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SbatchOptionError {
    /// The option is already set.
    #[error("{key} is set by this command: {what}")]
    Ours {
        /// The option.
        key: &'static str,
        /// Its purpose.
        what: &'static str,
    },
    /// It is not an option.
    #[error("expected KEY=VALUE, or KEY alone, as in sbatch --KEY=VALUE")]
    NoOption,
}

impl SbatchOption {
    /// `--key=value`
    pub fn new(key: &str, value: &str) -> Self {
        Self(format!("{key}={value}"))
    }
}

impl FromStr for SbatchOption {
    type Err = SbatchOptionError;

    fn from_str(text: &str) -> Result<Self, SbatchOptionError> {
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
        if let Some(&(key, what)) = ours.iter().find(|(ours, _)| *ours == key) {
            return Err(SbatchOptionError::Ours { key, what });
        }
        let is_key = |c: char| c.is_ascii_alphanumeric() || c == '-';
        match !key.is_empty() && key.chars().all(is_key) && !option[key.len()..].starts_with(' ') {
            true => Ok(Self(option.to_owned())),
            false => Err(SbatchOptionError::NoOption),
        }
    }
}

impl Slurm {
    /// Most tasks per array.
    ///
    /// # Errors
    /// If the cluster's limits do not allow the study.
    pub fn most_of_array(&self) -> Result<u32, SlurmError> {
        Limits::of_cluster(self).most_of_array(self.shards)
    }

    /// Submits the study in `folder`, an absolute path, to be run by `program`, in arrays of at
    /// most `most` tasks.
    ///
    /// # Errors
    /// If a script cannot be written, or a job is rejected. Jobs submitted before are cancelled,
    /// except if only the job for the tables is missing.
    pub fn submit(
        &self,
        program: &Path,
        folder: &Path,
        most: u32,
    ) -> Result<Submitted, SlurmError> {
        let jobs = folder.join("slurm");
        let paths = ["share.sh", "collect.sh"].map(|name| jobs.join(name));
        let (share, tables) = scripts(self, program, folder);
        write_atomically(&paths[0], &share)?;
        write_atomically(&paths[1], &tables)?;
        let mut arrays: Vec<String> = Vec::new();
        for first in (0..self.shards).step_by(most as usize) {
            let tasks = most.min(self.shards - first);
            let own = [format!("--array=1-{tasks}"), format!("--cpus-per-task={}", self.cores)];
            match self.sbatch(&own, &paths[0], Some(first)) {
                Ok(job) => arrays.push(job),
                Err(error) => {
                    cancel(&arrays);
                    return Err(error);
                }
            }
        }
        // However the tasks end, the existing records are collected, and the tables show what is
        // missing.
        let after = format!("--dependency=afterany:{}", arrays.join(":"));
        let own = [after, "--cpus-per-task=1".to_owned()];
        match self.sbatch(&own, &paths[1], None) {
            Ok(collect) => Ok(Submitted { arrays, collect, scripts: paths }),
            Err(source) => Err(SlurmError::NoTables { jobs: arrays, source: source.into() }),
        }
    }

    /// Submits a script and returns the job's number.
    fn sbatch(
        &self,
        own: &[String],
        script: &Path,
        argument: Option<u32>,
    ) -> Result<String, SlurmError> {
        let mut command = Command::new("sbatch");
        command.args(self.options.iter().map(|SbatchOption(option)| format!("--{option}")));
        command.arg("--parsable").arg("--output=/dev/null").args(own).arg(script);
        command.args(argument.map(|number| number.to_string()));
        let output = command.output().map_err(SlurmError::NoSbatch)?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(SlurmError::Refused { why });
        }
        // The output is `JOB` or `JOB;CLUSTER`.
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.trim().split(';').next().unwrap_or_default().to_owned())
    }

    /// The account to charge, if one is given.
    fn account(&self) -> Option<&str> {
        self.options.iter().find_map(|SbatchOption(option)| option.strip_prefix("account="))
    }
}

/// The limits of a cluster, as far as they are known.
#[derive(Debug, Default, PartialEq)]
struct Limits {
    /// Most tasks in an array.
    array: Option<u32>,
    /// Most jobs of all users, where a task counts as a job.
    jobs: Option<u32>,
    /// Most jobs of this user.
    submit: Option<u32>,
}

impl Limits {
    fn of_cluster(slurm: &Slurm) -> Self {
        // There is no answer if accounts have no limits, or if this user may not query them.
        let user = std::env::var("USER").unwrap_or_default();
        let mut ask = vec!["--noheader", "--parsable2", "show", "associations"];
        let user = format!("user={user}");
        let account = slurm.account().map(|account| format!("account={account}"));
        ask.push(&user);
        ask.extend(account.as_deref());
        ask.push("format=MaxSubmitJobs");
        Self::parse(&answer("scontrol", &["show", "config"]), &answer("sacctmgr", &ask))
    }

    fn parse(config: &str, submit: &str) -> Self {
        let lines = || config.lines().filter_map(|line| line.split_once('='));
        let value = |key: &str| lines().find(|(name, _)| name.trim() == key)?.1.trim().parse().ok();
        // With several accounts the job may run under any of them; an empty line means no limit.
        let rows: Option<Vec<u32>> = submit.lines().map(|line| line.trim().parse().ok()).collect();
        Self {
            // The largest task number is one less, and tasks are numbered from 1.
            array: value("MaxArraySize").map(|size: u32| size.saturating_sub(1)),
            jobs: value("MaxJobCount"),
            submit: rows.and_then(|rows| rows.into_iter().max()),
        }
    }

    /// Most tasks per array for this many shards.
    fn most_of_array(&self, shards: u32) -> Result<u32, SlurmError> {
        for (limit, name) in [(self.submit, "MaxSubmitJobs"), (self.jobs, "MaxJobCount")] {
            // The job for the tables is one more.
            if let Some(limit) = limit.filter(|&limit| shards >= limit) {
                return Err(SlurmError::TooManyJobs { shards, limit, name });
            }
        }
        match self.array {
            Some(0) => Err(SlurmError::NoArrays),
            most => Ok(most.unwrap_or(shards).min(shards)),
        }
    }
}

/// The output of a command; empty if it fails.
fn answer(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output().ok();
    let output = output.filter(|output| output.status.success());
    output.map_or_else(String::new, |o| String::from_utf8_lossy(&o.stdout).into_owned())
}

/// The scripts of a task of an array, which receives the number of tasks before its array, and of
/// the job that follows all tasks.
fn scripts(slurm: &Slurm, program: &Path, folder: &Path) -> (Vec<u8>, Vec<u8>) {
    let logs = shell_word(folder.join("slurm").as_os_str().as_encoded_bytes());
    let [program, folder] =
        [program, folder].map(|path| shell_word(path.as_os_str().as_encoded_bytes()));
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
        slurm.shards, slurm.cores
    );
    (
        script("share-\"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\"", "run", &share),
        script("collect-\"$SLURM_JOB_ID\"", "collect", ""),
    )
}

/// Quotes any text as one word of a shell command.
pub fn shell_word(text: &[u8]) -> Vec<u8> {
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

/// Cancels submitted jobs after a later one was rejected.
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
        // One account has no limit.
        assert_eq!(Limits::parse("", "500\n\n"), Limits::default());
        assert_eq!(Limits::default().most_of_array(70_000).unwrap(), 70_000);
    }

    #[test]
    fn options_that_this_command_sets_are_refused() {
        for good in ["exclusive", "--constraint=a&b", "comment=two words", "-wn1"] {
            assert!(good.parse::<SbatchOption>().is_ok(), "{good}");
        }
        for wrong in ["array=1-3", "--output=x", "", "=x", "constraint avx2"] {
            assert!(wrong.parse::<SbatchOption>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn whatever_a_path_holds_is_one_word() {
        assert_eq!(shell_word(b"a b"), b"'a b'");
        assert_eq!(shell_word(b"it's $HOME\n"), b"'it'\\''s $HOME\n'");
    }
}
