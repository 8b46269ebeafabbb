//! The results of `reproduce`: the report, and the parts of it that `reproduce` and `report` print.

use std::path::{Path, PathBuf};

use rarefy_papers::darji2021::{Question, Results};
use rarefy_papers::{Found, FoundColumn, Judged};
use serde_json::{Value, json};

use crate::output::note;
use crate::table::{Table, numbers, words};

/// A report that has been written.
#[derive(Default)]
pub struct Written {
    /// Its path.
    pub path: PathBuf,
    /// The five questions that it opens with.
    pub questions: Vec<Question>,
    /// What stands and what falls of what the thesis left open, as `--json` prints it.
    pub open: Vec<Value>,
    /// The results in a few tables.
    pub summary: String,
}

impl Written {
    /// Writes the report, and the tables of all parts that have results in `out`.
    pub fn read(out: &Path) -> anyhow::Result<Self> {
        Self::of(&Results::read(out, note)?, out)
    }

    /// The same for results that have already been read.
    pub fn of(results: &Results, out: &Path) -> anyhow::Result<Self> {
        results.write_tables()?;
        let path = results.write_report(out)?;
        let questions = results.questions();
        let summary = results.summary(&questions).iter().map(text).collect();
        let open = results.open.iter().flat_map(|open| claims_json(&open.judged));
        Ok(Self { path, questions, open: open.collect(), summary })
    }

    /// The questions as `--json` prints them.
    pub fn questions_json(&self) -> Vec<Value> {
        self.questions.iter().map(Question::json).collect()
    }
}

/// The claims that a study judges, as `--json` prints them.
pub fn claims_json(judged: &Judged) -> impl Iterator<Item = Value> {
    judged.claims().map(|claimed| {
        json!({
            "claim": claimed.claim.sentence,
            "study": judged.name,
            "verdict": claimed.stands.to_string(),
            "contrasts": claimed.answers.iter().map(|(_, answer)| answer).collect::<Vec<_>>(),
            "each": claimed.answers.iter().map(|(stands, _)| stands.to_string()).collect::<Vec<_>>(),
        })
    })
}

/// The results, in lines that fit the terminal.
pub fn text(found: &Found) -> String {
    let table = found.table.as_ref().map(|table| {
        let columns = table.columns.iter().map(|column| match column {
            FoundColumn::Words(heading) => words(heading),
            FoundColumn::Numbers(heading) => numbers(heading),
        });
        let mut text = Table::new(table.keys, columns);
        table.rows.iter().for_each(|row| text.row(row));
        text.text()
    });
    format!("{}{}{}", found.title, table.unwrap_or_default(), found.below)
}
