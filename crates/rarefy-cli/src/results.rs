//! What `reproduce` found: the report, and what both `reproduce` and `report` print of it.

use std::path::{Path, PathBuf};

use rarefy_papers::darji2021::{Found, FoundColumn, Question, Results};
use serde_json::Value;

use crate::output::note;
use crate::table::{Table, numbers, words};

/// A report that was written.
#[derive(Default)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// The five questions that it opens with.
    pub questions: Vec<Question>,
    /// What was found, in a few tables.
    pub summary: String,
}

impl Written {
    /// Writes the tables of all parts that there are results of in `out`, and the report.
    pub fn read(out: &Path) -> anyhow::Result<Self> {
        Self::of(&Results::read(out, note)?, out)
    }

    /// The same of results that were read.
    pub fn of(results: &Results, out: &Path) -> anyhow::Result<Self> {
        results.write_tables()?;
        let path = results.write_report(out)?;
        let questions = results.questions();
        let summary = results.summary(&questions).iter().map(text).collect();
        Ok(Self { path, questions, summary })
    }

    /// The questions as under `--json`.
    pub fn questions_json(&self) -> Vec<Value> {
        self.questions.iter().map(Question::json).collect()
    }
}

/// What was found, in lines that fit the terminal.
fn text(found: &Found) -> String {
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
