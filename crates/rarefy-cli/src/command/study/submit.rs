//! `rarefy study submit`: run a study on a cluster whose machines share its folder.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rarefy::study::{SbatchOption, Session, Slurm, Submitted, shell_word};
use serde_json::json;

use super::named::study_and_folder;
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
#[command(after_help = include_str!("../../help/study_submit.txt"))]
pub struct SubmitArguments {
    /// Folder of a study, or a study file
    #[arg(value_name = "DIR")]
    study: PathBuf,
    /// What runs the jobs
    #[arg(long)]
    engine: Engine,
    /// Number of tasks that share the work
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
    /// Time limit of a task, as for Slurm: 90 (minutes), 02:00:00, 1-12
    #[arg(long = "time", value_name = "TIME")]
    time_limit: Option<String>,
    /// Memory of a task, as for Slurm: 2G
    #[arg(long, value_name = "SIZE")]
    mem: Option<String>,
    /// Other option of sbatch, such as exclusive; can be repeated
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    sbatch_option: Vec<SbatchOption>,
    /// Cores of a task
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    cores: u32,
    /// Folder for results [default: DIR]
    #[arg(long, value_name = "DIR", value_parser = destination::folder())]
    out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl SubmitArguments {
    fn slurm(&self) -> Slurm {
        let named = [
            ("partition", &self.partition),
            ("account", &self.account),
            ("qos", &self.qos),
            ("time", &self.time_limit),
            ("mem", &self.mem),
        ];
        let named =
            named.iter().filter_map(|(key, value)| Some(SbatchOption::new(key, value.as_ref()?)));
        let options = named.chain(self.sbatch_option.iter().cloned()).collect();
        Slurm { shards: self.shards, cores: self.cores, options }
    }
}

/// Runs `rarefy study submit`.
pub fn run(arguments: &SubmitArguments) -> anyhow::Result<()> {
    let (study, folder, given) = study_and_folder(&arguments.study, arguments.out.as_ref())?;
    let Engine::Slurm = arguments.engine;
    let slurm = arguments.slurm();
    let most = slurm.most_of_array()?;
    // Rejects a study that cannot run here and not in every task. After this, the folder holds the
    // study.
    let sequences = study.data.read(folder.path(), &mut note_loaded)?;
    folder.give_graphs(&given)?;
    Session::begin(&study, &sequences.corpus, &folder)?;
    sequences.write()?;
    let folder = folder.path().canonicalize()?;
    let submitted = slurm.submit(&std::env::current_exe()?, &folder, most)?;
    let Submitted { arrays, collect, scripts } = submitted;
    if arguments.json {
        return print_json(&json!({
            "array_job": arrays[0],
            "array_jobs": arrays,
            "collect_job": collect,
            "shards": arguments.shards,
            "scripts": scripts,
            "records": folder.join("records.csv"),
        }));
    }
    let several = match arrays.len() {
        1 => String::new(),
        count => format!(" in {count} arrays, as the cluster allows {most} tasks per array"),
    };
    print_whole(&format!(
        "submitted job {}, {}{several}, and job {collect}, which makes the tables\n\
         rarefy study status {}\n",
        arrays.join(", "),
        counted(arguments.shards, "task"),
        String::from_utf8_lossy(&shell_word(folder.as_os_str().as_encoded_bytes())),
    ))
}
