//! `rarefy study collect`

use std::path::PathBuf;

use clap::Args;
use rarefy::study::{Collected, Folder, Format, collect};
use serde_json::json;

use crate::output::{note, print_json, print_text};

/// Arguments of `rarefy study collect`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/study_collect.txt"))]
pub struct CollectArguments {
    /// Folder of a study
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Also write the tables as Parquet
    #[arg(long)]
    parquet: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy study collect`.
pub fn run(arguments: &CollectArguments) -> anyhow::Result<()> {
    let folder = Folder::new(&arguments.folder);
    let file = folder.study()?;
    let formats: &[Format] = match arguments.parquet {
        true => &[Format::Csv, Format::Parquet],
        false => &[Format::Csv],
    };
    let collected = collect(&folder, &file, formats)?;
    let Collected { trials, records, failed, damaged, tables } = &collected;
    for (path, why) in damaged {
        note(&format!(
            "{} is damaged and left out ({why}): `rarefy study run` computes its trial again",
            path.display()
        ));
    }
    if arguments.json {
        return print_json(&json!({
            "trials": trials,
            "records": records,
            "failed": failed,
            "damaged": damaged.iter().map(|(path, _)| path).collect::<Vec<_>>(),
            "tables": tables,
        }));
    }
    let mut text = format!("{records} of {trials} trials");
    if *failed > 0 {
        text += &format!(", {failed} failed");
    }
    text.push('\n');
    for table in tables {
        text += &format!("{}\n", table.display());
    }
    print_text(&text)
}
