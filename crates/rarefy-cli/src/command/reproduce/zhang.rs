//! `rarefy reproduce zhang2023`: sparse networks on the paper's tasks and on the thesis's, and the graphs
//! that training leaves.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::bail;
use rarefy::data::Columns;
use rarefy_papers::Paper;
use rarefy_papers::zhang2023::{Part, Results, Setting};
use serde_json::{Value, json};

use super::arguments::{ReproduceArguments, about, seconds_trained};
use crate::arguments::WrongUse;
use crate::output::{note_loaded, print_json, print_text};
use crate::results::{claims_json, text};

/// Runs `rarefy reproduce zhang2023`.
pub fn run(arguments: &ReproduceArguments) -> anyhow::Result<()> {
    let start = Instant::now();
    let asked = arguments.parts(&Part::ALL)?;
    if arguments.judge.is_some() {
        return Err(WrongUse::error(
            "--judge is for darji2021: zhang2023 judges by test sequences",
        ));
    }
    if arguments.columns.columns() != Columns::default() {
        let why = "--text-column and --label-column are for darji2021: zhang2023 reads arrays";
        return Err(WrongUse::error(why));
    }
    let out = arguments.out()?;
    let setting = Setting {
        cells: arguments.cells.cells.clone(),
        seed: arguments.run.seed,
        seeds: arguments.seeds,
        data: arguments.data.clone(),
    };
    let (mut parts, mut left_out, mut trained, mut written) = (Vec::new(), Vec::new(), 0.0, None);
    for part in asked {
        if let Some(missing) = arguments.missing(part.name(), &part.shipped()) {
            left_out.push(missing);
            continue;
        }
        let (study, folder) = (part.study(arguments.scale, &setting), part.folder(&out));
        let sequences = study.data.read(folder.path(), &mut note_loaded)?;
        let records = arguments.trained(&study, &sequences, &folder, &out)?.1;
        trained += seconds_trained(&records);
        parts.push(about(part.name(), &records, &folder, &["records", "curves", "contrasts"]));
        // Written after each part, so that results can be read while the next part runs.
        written = Some(write(&out)?);
    }
    if Paper::of(&out).is_none() {
        bail!("nothing was run, because no part has its data");
    }
    // Parts that are left out now may have been run before.
    let (results, report) = written.map_or_else(|| write(&out), Ok)?;
    let seconds = start.elapsed().as_secs_f64();
    if arguments.json {
        let claims: Vec<Value> = results.judged().flat_map(claims_json).collect();
        return print_json(&json!({
            "report": report,
            "claims": claims,
            "rows": results.rows(),
            "parts": parts,
            "left_out": left_out,
            "seconds_trained": trained,
            "seconds": seconds,
        }));
    }
    let summary: String = results.summary().iter().map(text).collect();
    print_text(&format!(
        "{summary}the report is {}; this run took {seconds:.0} s\n",
        report.display()
    ))
}

/// Writes the tables and the report of what is in `out`; the results, and the path of the report.
fn write(out: &Path) -> anyhow::Result<(Results, PathBuf)> {
    let results = Results::read(out)?;
    results.write_tables()?;
    let report = results.write_report(out)?;
    Ok((results, report))
}
