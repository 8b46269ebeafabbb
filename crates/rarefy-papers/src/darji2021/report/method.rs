//! How the numbers were obtained: who judged, what differs from the thesis, every setting, and the
//! command that repeats the study.

use std::path::Path;

use askama::Template;
use rarefy::cell::Cell;
use rarefy::data::{Columns, Drawing, ReadOptions, ReberSettings};
use rarefy::network::Readout;
use rarefy::study::{DataSource, Files};
use rarefy::train::Judge;
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use crate::darji2021::report::design::{Design, GraphSample, Networks};
use crate::darji2021::report::findings::Findings;
use crate::darji2021::report::input::StudyReport;
use crate::darji2021::report::outcome::FELL_AGAIN;
use crate::darji2021::report::thesis;

/// The section that holds all settings.
#[derive(Template)]
#[template(path = "darji2021/templates/settings.html")]
struct SettingsSection {
    /// Unique within the page.
    anchor: &'static str,
    differences: Option<String>,
    settings: Table,
    facts: Vec<(&'static str, String)>,
    command: String,
}

/// A setting with our value and the thesis's.
struct Setting {
    name: &'static str,
    here: String,
    thesis: String,
    /// Whether a difference can affect results.
    matters: bool,
}

impl Setting {
    fn differs(&self) -> bool {
        self.matters && self.here != self.thesis
    }
}

/// What the networks were trained and tested on, in one line.
pub fn strings(report: &StudyReport) -> String {
    format!(
        "{} training and {} test strings {}",
        wording::grouped(report.data.train_strings),
        wording::grouped(report.data.test_strings),
        report.data.source,
    )
}

/// How each number was judged, one entry per paragraph.
pub fn judging(findings: &Findings) -> Vec<String> {
    let study = findings.study;
    let judge = match study.judge {
        Judge::Validation => format!(
            "Whether a network has recovered was judged on held-out strings: {} of the training file, \
                which no network was trained on. So the test strings only measure, and choose nothing.",
            wording::share(study.validation_share)
        ),
        Judge::Test => format!(
            "Whether a network has recovered was judged on the test strings{}. So the number of epochs is \
                chosen on the strings that should only measure it.",
            if findings.beside_thesis { ", as the thesis did" } else { "" }
        ),
    };
    let epochs = wording::count(study.recovery_epochs as usize, "epoch");
    let rule = format!(
        "A network has recovered when its accuracy on those strings is at most {} below that of the \
            unpruned model after its last epoch. Epochs to recover is the first epoch of retraining for \
            which that holds: “0” means that pruning alone did no such harm, “>{}{}” that it did not \
            happen within the {epochs} run, {FELL_AGAIN} that the network was below the level again after \
            the last epoch. A percent is safe when it and every smaller percent of the study have 0 \
            epochs to recover.",
        wording::points(study.tolerance),
        wording::NBSP,
        study.recovery_epochs,
    );
    let longer =
        "A pruned network was also trained for longer than the unpruned one it is compared \
        with. Part of a recovery may be plain further training. Networks that pruning hardly harmed show \
        how much: the table of accuracies after retraining has what they gain."
            .to_owned();
    let curves =
        "All curves, and every test accuracy, are measured on the test strings.".to_owned();
    let mut paragraphs = vec![judge, rule, longer, curves];
    if findings.beside_thesis {
        paragraphs.push(format!(
            "The thesis’s curves are its published test accuracies: one run, no seed. Its epochs to \
                recover, and its safe percents under “thesis curves”, are computed here from those curves \
                by the same rule and tolerance: safe percents at the percents of this study, epochs to \
                recover over all its {} of retraining. It judged on the test strings only, so ours are \
                given on the test strings too. “Thesis text” is what its text states.",
            wording::count(thesis::RETRAINING_EPOCHS as usize, "epoch"),
        ));
    }
    paragraphs
}

/// The section with the differences from the thesis, every setting, and the command.
pub fn settings_section(report: &StudyReport, findings: &Findings, anchor: &'static str) -> String {
    let section = SettingsSection {
        anchor,
        differences: differences(report),
        settings: settings_table(report),
        facts: facts(report, findings),
        command: command(report),
    };
    section.render().expect("the template writes to a String")
}

fn facts(report: &StudyReport, findings: &Findings) -> Vec<(&'static str, String)> {
    let mut sets: Vec<&str> = findings.records().map(|r| r.instruction_set.as_str()).collect();
    sets.sort_unstable();
    sets.dedup();
    let sets = if sets.is_empty() { "no record yet".to_owned() } else { sets.join(", ") };
    vec![
        ("Trials", format!("{} of {}", findings.done(), findings.planned())),
        ("Data", strings(report)),
        ("Training time, all trials added", wording::duration(findings.seconds())),
        ("Instruction set", sets),
        ("Version", format!("rarefy {}", report.version)),
    ]
}

/// The differences from the thesis in one sentence; `None` if it is not compared.
fn differences(report: &StudyReport) -> Option<String> {
    if !report.data.reber {
        return None;
    }
    let settings = settings(report);
    let names: Vec<&str> = settings.iter().filter(|s| s.differs()).map(|s| s.name).collect();
    Some(match names.as_slice() {
        [] => "Every setting is the thesis’s.".to_owned(),
        names => format!(
            "{} from the thesis: {}.",
            match names.len() {
                1 => "One setting differs".to_owned(),
                count => format!("{count} settings differ"),
            },
            wording::list(names)
        ),
    })
}

/// All settings, with the thesis's where it is compared.
fn settings_table(report: &StudyReport) -> Table {
    let beside = report.data.reber;
    let row = |setting: Setting| {
        let class = if beside && setting.differs() { "differs" } else { "" };
        let mut cells = vec![Entry { here: setting.here, class, ..Entry::default() }];
        if beside {
            cells.push(Entry { here: setting.thesis, class: "theirs", ..Entry::default() });
        }
        Row { headings: vec![Heading::new(setting.name, 1)], cells }
    };
    let mut columns = Heading::each(["setting", "this study"]);
    if beside {
        columns.push(Heading::new("thesis", 1));
    }
    Table {
        title: "Settings".to_owned(),
        note: if beside { "What differs from the thesis is marked ≠." } else { "" }.to_owned(),
        head: vec![columns],
        rows: settings(report).into_iter().map(row).collect(),
    }
}

/// The command that repeats this study.
fn command(report: &StudyReport) -> String {
    let study = report.study;
    let cells: Vec<&str> = study.cells.iter().map(|cell| cell.name()).collect();
    let mut command = format!(
        "rarefy reproduce --scale {} --parts {} --cells {} --seeds {}",
        study.scale,
        match study.networks {
            Networks::Stacked(_) => "pruning",
            Networks::Wired(_) => "structure",
        },
        cells.join(","),
        study.seeds.len()
    );
    if let Some(first) = study.seeds.first().filter(|&&first| first != 0) {
        command += &format!(" --seed {first}");
    }
    // Only a study of pruning has a judge.
    command += match (&study.networks, study.judge) {
        (Networks::Wired(_), _) => "",
        (Networks::Stacked(_), Judge::Validation) => " --judge validation",
        (Networks::Stacked(_), Judge::Test) => " --judge test",
    };
    if let DataSource::Files(Files { train, options: ReadOptions { columns, .. }, .. }) =
        &study.data
    {
        let folder = train.parent().unwrap_or(Path::new("."));
        command += &format!(" --data {}", quoted(&folder.display().to_string()));
        let usual = Columns::default();
        for (option, name, usual) in [
            ("--text-column", &columns.text, &usual.text),
            ("--label-column", &columns.label, &usual.label),
        ] {
            if name != usual {
                command += &format!(" {option} {}", quoted(name));
            }
        }
    }
    command + " --out DIR"
}

/// A word of a shell command, quoted if necessary.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn settings(report: &StudyReport) -> Vec<Setting> {
    let study = report.study;
    let (asked, trained, thesis_batch) = match &study.networks {
        Networks::Stacked(units) => (prunings(study), stacks(study, units), "32"),
        Networks::Wired(sample) => (graphs(study, sample), epochs_on_graphs(study), "128"),
    };
    let training = &study.training;
    let cells: Vec<&str> = study.cells.iter().map(|&cell| wording::cell(cell)).collect();
    let mut ordered = study.cells.clone();
    ordered.sort();
    let every_cell = ordered == Cell::ALL;
    let mut all = vec![
        Setting {
            name: "scale",
            here: study.scale.clone(),
            thesis: "full".to_owned(),
            matters: false,
        },
        differing(
            "cells",
            cells.join(", "),
            &if every_cell { cells.join(", ") } else { "tanh RNN, ReLU RNN, LSTM, GRU".to_owned() },
        ),
    ];
    all.extend(asked);
    all.extend([
        Setting {
            name: "data",
            here: data(report),
            thesis: "strings of the Reber grammar, its own draw".to_owned(),
            // Another sample of as many sequences from the same grammar is not a different
            // experiment.
            matters: !report.data.reber || !thesis_counts(report),
        },
        differing(
            "training strings",
            wording::grouped(report.data.train_strings),
            &wording::grouped(thesis::TRAIN_STRINGS),
        ),
        differing(
            "test strings",
            wording::grouped(report.data.test_strings),
            &wording::grouped(thesis::TEST_STRINGS),
        ),
    ]);
    all.extend(trained);
    all.extend([
        Setting {
            name: "seeds",
            here: seeds(&study.seeds),
            thesis: "one run, not seeded".to_owned(),
            matters: study.seeds.len() > 1,
        },
        differing("batch size", training.batch.to_string(), thesis_batch),
        differing("learning rate (Adam)", training.learning_rate.to_string(), "0.001"),
        differing("largest gradient norm", training.clip.to_string(), "5"),
        differing("readout", readout(training.readout).to_owned(), readout(Readout::Padded)),
    ]);
    all
}

fn differing(name: &'static str, here: String, thesis: &str) -> Setting {
    Setting { name, here, thesis: thesis.to_owned(), matters: true }
}

/// The settings of pruning, and of judging recovery.
fn prunings(study: &Design) -> Vec<Setting> {
    let percents: Vec<String> = study.percents.iter().map(f64::to_string).collect();
    let published: Vec<String> = thesis::percents().map(|percent| percent.to_string()).collect();
    let scopes: Vec<&str> = study.scopes.iter().map(|scope| scope.name()).collect();
    vec![
        differing("scopes", scopes.join(", "), "both, ih, hh"),
        differing("percents pruned", percents.join(", "), &published.join(", ")),
        differing("judge of recovery", judge(study.judge).to_owned(), judge(Judge::Test)),
        Setting {
            name: "held out for validation",
            here: wording::share(study.validation_share),
            thesis: "nothing".to_owned(),
            matters: study.validation_share > 0.0,
        },
        Setting {
            name: "tolerance of recovery",
            here: study.tolerance.to_string(),
            thesis: "–".to_owned(),
            matters: false,
        },
    ]
}

/// The settings of stacked networks and of their training.
fn stacks(study: &Design, units: &[usize]) -> Vec<Setting> {
    vec![
        differing("recurrent layers", listed(units), &listed(&thesis::LAYERS)),
        differing(
            "epochs of the base model",
            study.base_epochs.to_string(),
            &thesis::BASE_EPOCHS.to_string(),
        ),
        differing(
            "epochs of retraining",
            study.recovery_epochs.to_string(),
            &thesis::RETRAINING_EPOCHS.to_string(),
        ),
    ]
}

/// The settings of the sample of graphs, and of the gate masks.
fn graphs(study: &Design, sample: &GraphSample) -> Vec<Setting> {
    let families: Vec<&str> = sample.families.iter().map(|&family| family.title()).collect();
    let every_family = families.join(", ");
    let (fewest, most) = sample.nodes;
    let mut settings = vec![
        differing("families of graphs", every_family, "Barabasi-Albert, Watts-Strogatz"),
        differing("graphs of each family", sample.graphs.to_string(), "100"),
        differing("nodes", format!("{fewest} to {most}"), "10 to 50"),
    ];
    if study.cells.iter().any(|cell| cell.gates() > 1) {
        let also = match sample.interleaved {
            0 => String::new(),
            count => format!("; interleaved too for {count} graphs of each family"),
        };
        settings.push(differing("gate masks", format!("tiled{also}"), "interleaved"));
    }
    settings
}

fn epochs_on_graphs(study: &Design) -> Vec<Setting> {
    vec![differing("epochs", study.base_epochs.to_string(), "15")]
}

fn data(report: &StudyReport) -> String {
    let what = if report.data.reber { "strings of the Reber grammar" } else { "own strings" };
    match &report.study.data {
        DataSource::Reber(ReberSettings { seed, .. })
        | DataSource::Problem { drawing: Drawing { seed, .. }, .. } => {
            format!("{what}, generated with seed {seed}")
        }
        DataSource::Files(files) => {
            format!("{what}, in {} and {}", files.train.display(), files.test.display())
        }
    }
}

fn thesis_counts(report: &StudyReport) -> bool {
    let counts = (report.data.train_strings, report.data.test_strings);
    counts == (thesis::TRAIN_STRINGS, thesis::TEST_STRINGS)
}

/// `0 to 4`, or the seeds one by one.
fn seeds(seeds: &[u64]) -> String {
    let consecutive = seeds.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1));
    match seeds {
        [first, .., last] if consecutive && seeds.len() > 2 => format!("{first} to {last}"),
        _ => seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn listed(units: &[usize]) -> String {
    units.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

const fn judge(judge: Judge) -> &'static str {
    match judge {
        Judge::Validation => "held-out part of the training strings",
        Judge::Test => "test strings",
    }
}

const fn readout(readout: Readout) -> &'static str {
    match readout {
        Readout::Padded => "after the padding of the batch",
        Readout::Last | Readout::LastStep => "at each string's last character",
        Readout::Mean => "as the mean over each string's characters",
        Readout::All => "at all characters side by side",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_seeds_are_written_as_a_range() {
        assert_eq!(seeds(&[0, 1, 2]), "0 to 2");
        assert_eq!(seeds(&[3, 9]), "3, 9");
        assert_eq!(seeds(&[7]), "7");
    }

    #[test]
    fn a_folder_with_a_space_is_quoted_in_the_command() {
        assert_eq!(quoted("../shared/thesis"), "../shared/thesis");
        assert_eq!(quoted("my data"), "'my data'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
