//! The results of studies whose contrasts judge claims, in a folder, as a section of a report and as
//! lines.

use std::collections::HashMap;

use rarefy::analysis::{Interval, Summary};
use rarefy::cell::Cell;
use rarefy::study::{
    Answer, Counts, Design, Factor, Findings, Folder, Format, Record, StudyError, StudyFile,
    collect,
};
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::{study, wording};
use serde_json::Value;

use crate::arm::{Arm, LEARNED, RECALL};
use crate::claim::{Claim, Claimed};

/// Keys that draw another network of the same kind.
const REPEATED: [&str; 4] = ["seed", "cell", "family", "graph"];

/// The results of one study whose contrasts judge claims.
#[derive(Debug)]
pub struct Judged {
    /// The study's name within its paper.
    pub name: &'static str,
    /// Its folder.
    pub folder: Folder,
    /// What it found.
    pub findings: Findings,
    /// Its networks by cell and method.
    pub arms: Vec<Arm>,
    /// What it is about, as a heading.
    pub title: &'static str,
    claims: &'static [Claim],
    file: StudyFile,
}

impl Judged {
    /// The results in `folder` so far, which judge `claims`. `None` if the study was never begun.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(
        name: &'static str,
        title: &'static str,
        claims: &'static [Claim],
        folder: Folder,
    ) -> Result<Option<Self>, StudyError> {
        if !folder.exists() {
            return Ok(None);
        }
        let file = folder.study()?;
        let findings = Findings::of(&folder, &file)?;
        let arms = arms(&folder, &file);
        Ok(Some(Self { name, folder, findings, arms, title, claims, file }))
    }

    /// The study as it is in its folder.
    pub fn file(&self) -> &StudyFile {
        &self.file
    }

    /// Writes the study's tables.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write_tables(&self) -> Result<(), StudyError> {
        collect(&self.folder, &self.file, &[Format::Csv]).map(drop)
    }

    /// The claims that this study judges.
    pub fn claims(&self) -> impl Iterator<Item = Claimed> {
        self.claims.iter().filter_map(|claim| claim.judged(&self.findings))
    }

    /// Its section of the page: its heading, how much of it is done, which levels are
    /// highest where there are many, `more`, and its contrasts.
    pub fn section(&self, more: &str) -> String {
        let Findings { progress, fixed, data, .. } = &self.findings;
        let fixed: Vec<String> = fixed.iter().map(|setting| setting.to_string()).collect();
        let settings = format!(
            "{} {} training and {} test sequences. In all networks: {}.",
            study::progress(progress),
            wording::grouped(data.train_strings),
            wording::grouped(data.test_strings),
            fixed.join(", "),
        );
        let orders =
            study::orders(&self.findings.contrasts).into_iter().map(|(question, orders)| {
                format!("<p><strong>{question}</strong> {}</p>\n", orders.join(" "))
            });
        let orders: String = orders.collect();
        let contrasts = study::contrasts(&self.findings).map(|table| {
            format!("<details><summary>All comparisons</summary>\n{}</details>\n", table.html())
        });
        let contrasts = contrasts.unwrap_or_default();
        format!("<h3>{}</h3>\n<p>{settings}</p>\n{orders}{more}{contrasts}", self.title)
    }

    /// How good the networks of each arm are; `None` before the first record.
    pub fn accuracies(&self) -> Option<Table> {
        let row = |arm: &Arm| {
            let count = |found: Option<Summary>| {
                let mean = found.map(|found| found.mean.round() as usize);
                Entry::or_dash(mean.map(wording::grouped))
            };
            let learned = arm.learned().map(|found| {
                let Interval { low, high } = found.interval();
                Entry {
                    range: Some(format!("{low:.2} to {high:.2}")),
                    ..Entry::new(Some(format!("{:.2}", found.share())))
                }
            });
            vec![
                Entry::mean(arm.accuracy(), share),
                learned.unwrap_or_else(|| Entry::or_dash(None)),
                Entry::mean(arm.log_error(), |value| format!("{value:.2}")),
                count(arm.weights()),
                count(arm.parameters()),
                Entry::or_dash(Some(arm.records.len().to_string())),
            ]
        };
        let heads =
            ["test accuracy", "learned", "log error", "weights", "all parameters", "networks"];
        let note = format!(
            "After the last epoch: means with 95 % intervals. An accuracy of at least {} counts as learned. The \
             log error is the natural logarithm of the share of wrong answers, of the networks that \
             learned: 0.7 less is half as many. Weights are the recurrent ones that are left.",
            wording::share(LEARNED)
        );
        self.by_arm("Accuracy by method", note, &heads, row)
    }

    /// Of Reber strings, the recall of each kind; `None` for other data.
    pub fn recall(&self) -> Option<Table> {
        let kinds = self.arms.iter().map(Arm::kinds).max_by_key(Vec::len)?;
        let row = |arm: &Arm| {
            let share = |value: f64| format!("{:.2}", value.clamp(0.0, 1.0));
            kinds.iter().map(|kind| Entry::mean(arm.recall(kind), share)).collect::<Vec<Entry>>()
        };
        let table = || self.by_arm("Recall by method", RECALL.to_owned(), &kinds, row);
        (!kinds.is_empty()).then(table).flatten()
    }

    /// A table with a row for each arm.
    fn by_arm(
        &self,
        title: &str,
        note: String,
        heads: &[&str],
        row: impl Fn(&Arm) -> Vec<Entry>,
    ) -> Option<Table> {
        let row = |arm: &Arm| Row {
            headings: Heading::each([wording::cell(arm.cell).to_owned(), arm.method.clone()]),
            cells: row(arm),
        };
        (!self.arms.is_empty()).then(|| Table {
            title: title.to_owned(),
            note,
            head: vec![Heading::each(["cell", "method"].into_iter().chain(heads.iter().copied()))],
            rows: self.arms.iter().map(row).collect(),
        })
    }

    /// How much of it is done and where its answers are, and the verdicts on its claims, as lines.
    pub fn lines(&self) -> String {
        let Counts { done, planned, .. } = self.findings.progress;
        let path = self.folder.path().join("contrasts.csv");
        let claims = self
            .claims()
            .map(|claimed| format!("  {}: {}\n", claimed.stands, claimed.claim.sentence));
        format!(
            "{}: {done} of {planned} trials, in {}\n{}",
            self.title,
            path.display(),
            claims.collect::<String>()
        )
    }
}

/// A share. Of few networks, Student's interval may leave what a share can be.
fn share(value: f64) -> String {
    wording::accuracy(value.clamp(0.0, 1.0))
}

/// The networks of each cell and method, in the study's order. Diverged networks are left out.
/// What varies besides the method belongs to its name; other seeds and other graphs are other
/// networks of the same arm.
fn arms(folder: &Folder, file: &StudyFile) -> Vec<Arm> {
    let design = Design::of(&file.study);
    let tells = |factor: &&Factor| !REPEATED.contains(&factor.key) && !design.is_named(factor);
    let mut factors: Vec<&Factor> = design.varied.iter().filter(tells).collect();
    factors.sort_by_key(|factor| !factor.is_name());
    let records = folder.records(file).into_iter();
    let mut records: HashMap<u64, Record> =
        records.map(|record| (record.trial.hash(), record)).collect();
    let mut arms: Vec<Arm> = Vec::new();
    for (at, trial) in design.trials.iter().enumerate() {
        let record = records.remove(&trial.hash());
        let Some(record) = record.filter(|record| record.diverged.is_none()) else { continue };
        let names = factors.iter().filter_map(|factor| named(factor, at));
        let (cell, method) = (trial.cell, names.collect::<Vec<String>>().join(", "));
        match arms.iter_mut().find(|arm| arm.cell == cell && arm.method == method) {
            Some(arm) => arm.records.push(record),
            None => arms.push(Arm { cell, method, records: vec![record] }),
        }
    }
    arms.sort_by_key(|arm| Cell::ALL.iter().position(|cell| *cell == arm.cell));
    arms
}

/// The level of a factor in a trial; `None` where it does not apply.
fn named(factor: &Factor, trial: usize) -> Option<String> {
    let text = match &factor.levels[factor.of[trial]] {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.as_f64().map_or_else(|| other.to_string(), wording::value),
    };
    Some(if factor.is_name() { text } else { format!("{} {text}", factor.key) })
}

/// How claims are judged, for readers.
pub const RULES: &str = "<ul>\n\
    <li>A difference is clear if its 95 % interval does not hold zero and p is below 0.05. P is corrected for the \
    comparisons that a claim rests on. A claim that two things are alike, or that something costs nothing, allows for 0.01, one point.</li>\n\
    <li>A claim of a difference <em>stands</em> if the difference is clear, however small. If it does not stand, it \
    <em>falls</em> if the whole interval lies below 0.01.</li>\n\
    <li>A claim that two things are alike stands if the interval lies within ±0.01. If not, it falls if the \
    difference is clear.</li>\n\
    <li>A claim that something costs nothing stands if the interval begins above −0.01: a loss of less than a point \
    is none. If not, it falls if the loss is clear.</li>\n\
    <li>All else is <em>open</em>. Where a claim rests on several comparisons that do not agree, it stands in \
    part.</li>\n\
    <li>A verdict takes at least 6 pairs, 7 for two comparisons, 8 for four, 9 for eight: with fewer, p cannot \
    be below 0.05.</li>\n\
    <li>The tables of all comparisons correct p for all of them, so it is larger there. Their column of what \
    can be detected is for one comparison, without correction.</li>\n\
    </ul>\n";

/// The verdicts on the claims of each study, each with the comparisons that it rests on.
pub fn verdicts<'s>(studies: impl Iterator<Item = &'s Judged>) -> String {
    let verdict = |claimed: Claimed| {
        let answers: Vec<(&str, &Answer)> =
            claimed.answers.iter().map(|(stands, answer)| (stands.name(), answer)).collect();
        let comparisons =
            study::comparisons("What it rests on", &answers).map(|table| table.html());
        format!(
            "<p class=\"verdict {}\"><strong>{}</strong> {}</p>\n<details><summary>Why</summary>\n{}</details>\n",
            claimed.stands.class(),
            claimed.stands,
            claimed.claim.sentence,
            comparisons.unwrap_or_default(),
        )
    };
    let of = |study: &Judged| {
        let verdicts: String = study.claims().map(verdict).collect();
        let Counts { done, planned, .. } = study.findings.progress;
        let not_final = match done < planned {
            true => {
                format!("<p class=\"note\">Not final: {done} of {planned} trials are done.</p>\n")
            }
            false => String::new(),
        };
        format!("<h3>{}</h3>\n{not_final}{verdicts}", study.title)
    };
    studies.filter(|study| study.claims().next().is_some()).map(of).collect()
}
