//! How the numbers came about: who judged, what differs from the thesis, every
//! setting, and the command that does it again.

use rarefy::data::Columns;
use rarefy::network::Readout;
use rarefy::study::{DataSource, Networks};
use rarefy::train::Judge;

use super::findings::Findings;
use super::outcome::FELL_AGAIN;
use super::table::{Entry, Heading, Row, Table};
use super::{StudyReport, thesis, wording};

/// A setting, ours and the thesis's.
struct Setting {
    name: &'static str,
    here: String,
    thesis: String,
    /// Whether a difference can change results.
    matters: bool,
}

impl Setting {
    fn differs(&self) -> bool {
        self.matters && self.here != self.thesis
    }
}

/// What the networks were trained and tested on, in a line.
pub fn strings(report: &StudyReport) -> String {
    format!(
        "{} training and {} test strings {}",
        wording::grouped(report.data.train_strings),
        wording::grouped(report.data.test_strings),
        report.data.source,
    )
}

/// How each number was judged, a paragraph an entry.
pub fn judging(findings: &Findings) -> Vec<String> {
    let study = findings.study;
    let judge = match study.judge {
        Judge::Validation => format!(
            "Whether a network has recovered was judged on the held-out strings: a part of the \
                training file that was held out of training ({} of it), so that the test strings \
                measure and never choose.",
            wording::share(study.validation_share)
        ),
        Judge::Test => format!(
            "Whether a network has recovered was judged on the test strings themselves{}: the \
                number of epochs is then chosen on the strings that should only measure it.",
            if findings.beside_thesis { ", as the thesis did" } else { "" }
        ),
    };
    let epochs = wording::count(study.recovery_epochs as usize, "epoch");
    let rule = format!(
        "Recovered means: accuracy on those strings is at least that of the unpruned model after \
            its last epoch, minus {}. Epochs to recover is the first epoch of retraining for which \
            that holds; “0” means that pruning alone did no such harm, “>{}{}” that it did not \
            happen within the {epochs} run, {FELL_AGAIN} that the network was below \
            the level again after the last of them. A percent is safe when it and every smaller \
            percent of the study has 0 epochs to recover.",
        wording::points(study.tolerance),
        wording::NBSP,
        study.recovery_epochs,
    );
    let longer = "A pruned network was also trained for longer than the unpruned one it is \
        measured against, so part of a recovery may be plain further training; nothing here \
        separates the two."
        .to_owned();
    let curves =
        "All curves, and every accuracy called test accuracy, are of the test strings.".to_owned();
    let mut paragraphs = vec![judge, rule, longer, curves];
    if findings.beside_thesis {
        paragraphs.push(format!(
            "The thesis’s curves are its published test accuracies (one run, no seed). Its epochs \
                to recover, and its safe percents under “thesis curves”, are computed here from \
                those curves by the rule and with the tolerance above: safe percents at the \
                percents of this study, epochs to recover over all its {} of retraining. Its only \
                judge was the test strings, so our side of each comparison is given on the test \
                strings too, where they are not the judge here. “Thesis text” is what its text \
                states.",
            wording::count(thesis::RETRAINING_EPOCHS as usize, "epoch"),
        ));
    }
    paragraphs
}

/// What differs from the thesis, in one sentence. `None` when its figures do not stand
/// beside.
pub fn differences(report: &StudyReport) -> Option<String> {
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

/// All settings, beside the thesis's where its figures stand beside ours.
pub fn settings_table(report: &StudyReport) -> Table {
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

/// The command that runs this study again.
pub fn command(report: &StudyReport) -> String {
    let study = report.study;
    let cells: Vec<&str> = study.cells.iter().map(|cell| cell.name()).collect();
    let mut command = format!(
        "rarefy reproduce --scale {} --parts pruning --cells {} --seeds {}",
        study.scale,
        cells.join(","),
        study.seeds.len()
    );
    if let Some(first) = study.seeds.first().filter(|&&first| first != 0) {
        command += &format!(" --seed {first}");
    }
    command += match study.judge {
        Judge::Validation => " --judge validation",
        Judge::Test => " --judge test",
    };
    if let DataSource::Folder { path: folder, columns } = &study.data {
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

/// A word of a shell command, in quotes where it needs them.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn settings(report: &StudyReport) -> Vec<Setting> {
    let study = report.study;
    let training = &study.training;
    let differing =
        |name, here, thesis: &str| Setting { name, here, thesis: thesis.to_owned(), matters: true };
    let percents: Vec<String> = study.percents.iter().map(f64::to_string).collect();
    let published: Vec<String> = thesis::percents().map(|percent| percent.to_string()).collect();
    let cells: Vec<&str> = study.cells.iter().map(|&cell| wording::cell(cell)).collect();
    let mut ordered = study.cells.clone();
    ordered.sort();
    let every_cell = ordered == rarefy::cell::Cell::ALL;
    let scopes: Vec<&str> = study.scopes.iter().map(|scope| scope.name()).collect();
    vec![
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
        differing("scopes", scopes.join(", "), "both, ih, hh"),
        differing("percents pruned", percents.join(", "), &published.join(", ")),
        Setting {
            name: "data",
            here: data(report),
            thesis: "strings of the Reber grammar, its own draw".to_owned(),
            // Another draw of as many strings of the same grammar is no other experiment.
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
        differing(
            "recurrent layers",
            networks(&study.networks),
            &networks(&Networks::Stacked(thesis::LAYERS.to_vec())),
        ),
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
        Setting {
            name: "seeds",
            here: seeds(&study.seeds),
            thesis: "one run, not seeded".to_owned(),
            matters: study.seeds.len() > 1,
        },
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
        differing("batch size", training.batch.to_string(), "32"),
        differing("learning rate (Adam)", training.learning_rate.to_string(), "0.001"),
        differing("largest gradient norm", training.clip.to_string(), "5"),
        differing("readout", readout(training.readout).to_owned(), readout(Readout::Padded)),
    ]
}

fn data(report: &StudyReport) -> String {
    let what = if report.data.reber { "strings of the Reber grammar" } else { "own strings" };
    match &report.study.data {
        DataSource::Reber(settings) => format!("{what}, generated with seed {}", settings.seed),
        DataSource::Folder { path, .. } => format!("{what}, in {}", path.display()),
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

fn networks(networks: &Networks) -> String {
    match networks {
        Networks::Stacked(units) => {
            units.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
        }
        Networks::Wired(sample) => format!("{} graphs", sample.graphs),
    }
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
        Readout::Last => "at each string's last character",
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
