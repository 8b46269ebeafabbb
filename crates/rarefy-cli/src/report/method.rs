//! How the numbers came about: who judged, what differs from the thesis, every
//! setting, and the command that does it again.

use rarefy::network::Readout;
use rarefy::study::DataSource;
use rarefy::train::Judge;

use super::findings::Findings;
use super::table::{Entry, Heading, Row, Table};
use super::{Report, thesis, wording};

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

/// How each number was judged, a paragraph an entry.
pub fn judging(findings: &Findings) -> Vec<String> {
    let study = findings.study;
    let judge = match study.judge {
        Judge::Validation => format!(
            "Whether a network has recovered was judged on a part of the training file that was \
                held out of training ({} of it), so that the test strings measure and never \
                choose.",
            wording::share(study.validation_share)
        ),
        Judge::Test => "Whether a network has recovered was judged on the test strings \
            themselves, as the thesis did: the number of epochs is then chosen on the strings \
            that should only measure it."
            .to_owned(),
    };
    let rule = format!(
        "Recovered means: accuracy on the judging strings is at least that of the unpruned model \
            after its last epoch, minus {}. Epochs to recover is the first epoch of retraining \
            for which that holds; “0” means that pruning alone did no such harm, “never” that \
            it did not happen within {}. A percent is safe when it and every smaller percent of the \
            study has 0 epochs to recover.",
        wording::points(study.tolerance),
        wording::count(study.recovery_epochs as usize, "epoch"),
    );
    let curves =
        "All curves, and every accuracy called test accuracy, are of the test strings.".to_owned();
    let theirs = format!(
        "The thesis’s curves are its published test accuracies (one run, no seed). Its epochs to \
            recover, and its safe percents under “thesis curves”, are computed here from those curves \
            with the tolerance above, at the percents of this study and looking at no more than \
            {} of retraining; “thesis text” is what its text states.",
        wording::count(study.recovery_epochs.min(thesis::RETRAINING_EPOCHS) as usize, "epoch"),
    );
    vec![judge, rule, curves, theirs]
}

/// What differs from the thesis, in one sentence.
pub fn differences(report: &Report) -> String {
    let settings = settings(report);
    let names: Vec<&str> = settings.iter().filter(|s| s.differs()).map(|s| s.name).collect();
    match names.as_slice() {
        [] => "Every setting is the thesis’s.".to_owned(),
        names => format!(
            "{} from the thesis: {}.",
            if names.len() == 1 {
                "One setting differs".to_owned()
            } else {
                format!(
                    "{} settings \
                differ",
                    names.len()
                )
            },
            wording::list(names)
        ),
    }
}

/// All settings, beside the thesis's.
pub fn settings_table(report: &Report) -> Table {
    let row = |setting: Setting| {
        let class = if setting.differs() { "differs" } else { "" };
        Row {
            headings: vec![Heading::new(setting.name, 1)],
            cells: vec![
                Entry { here: setting.here, class, ..Entry::default() },
                Entry { here: setting.thesis, class: "theirs", ..Entry::default() },
            ],
        }
    };
    Table {
        caption: "Settings; what differs from the thesis is marked ≠".to_owned(),
        head: vec![Heading::each(["setting", "this study", "thesis"])],
        rows: settings(report).into_iter().map(row).collect(),
    }
}

/// The command that runs this study again.
pub fn command(report: &Report) -> String {
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
    if let DataSource::Folder { path: folder, .. } = &study.data {
        command += &format!(" --data {}", quoted(&folder.display().to_string()));
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

fn settings(report: &Report) -> Vec<Setting> {
    let study = report.study;
    let training = &study.training;
    let differing =
        |name, here, thesis: &str| Setting { name, here, thesis: thesis.to_owned(), matters: true };
    let numbers = |values: &[usize]| values.iter().map(usize::to_string).collect::<Vec<_>>();
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
            numbers(&study.layers).join(", "),
            &numbers(&thesis::LAYERS).join(", "),
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

/// `0 to 4`, or the seeds one by one.
fn seeds(seeds: &[u64]) -> String {
    let consecutive = seeds.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1));
    match seeds {
        [first, .., last] if consecutive && seeds.len() > 2 => format!("{first} to {last}"),
        _ => seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
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
