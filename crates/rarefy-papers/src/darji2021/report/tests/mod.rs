//! The whole page, made from synthetic records.

mod kept;
mod prediction;
mod questions;
mod structure;
pub mod synthetic;
mod wording;

use rarefy::cell::Cell;
use rarefy::data::{Columns, ReadOptions};
use rarefy::prune::Scope;
use rarefy::study::{DataSource, Files, Record};
use rarefy::train::{Answers, Diverged, Judge};
use roxmltree::{Document, Node};
use synthetic::{back_after, pruned};

use crate::darji2021::report::input::{DataDescription, Report, StudyReport};
use crate::darji2021::report::{Design, render};

/// The largest page that is still convenient to send around.
const LARGEST_PAGE: usize = 5_000_000;

const DATA: DataDescription = DataDescription {
    train_strings: 18_750,
    test_strings: 6_250,
    source: "made up <here>",
    reber: true,
};

fn page(study: &Design, records: &[Record]) -> String {
    page_of(DATA, study, records)
}

fn page_of(data: DataDescription, study: &Design, records: &[Record]) -> String {
    let pruning = StudyReport { study, records, data, version: "9.9.9" };
    render(&Report { pruning: Some(pruning), ..Report::default() })
}

/// The page without style and script, which are not XML.
fn markup(page: &str) -> String {
    let mut rest = page.strip_prefix("<!DOCTYPE html>\n").expect("a doctype");
    let mut markup = String::new();
    for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let (before, after) = rest.split_once(open).expect("style, then script");
        markup += before;
        rest = after.split_once(close).expect("a closing tag").1;
    }
    markup + rest
}

/// All text of the page, with single spaces.
fn text(page: &str) -> String {
    let markup = markup(page);
    let document = Document::parse(&markup).expect("well-formed markup");
    let words: String =
        document.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The column headings and the body of the table whose name starts with `name`: the cells of each
/// row, row headings first, our value followed by the thesis's.
fn whole_table(page: &str, name: &str) -> Vec<Vec<String>> {
    let markup = markup(page);
    let document = Document::parse(&markup).expect("well-formed markup");
    let named = |node: &Node| {
        node.has_tag_name("table")
            && node.attribute("aria-label").is_some_and(|label| label.starts_with(name))
    };
    let found = document.descendants().find(named).expect("a table of that name");
    let cell = |cell: Node| -> String {
        let words: String =
            cell.descendants().filter_map(|n| n.is_text().then_some(n.text()?)).collect();
        words.replace('\u{a0}', " ").trim().to_owned()
    };
    found
        .descendants()
        .filter(|row| row.has_tag_name("tr"))
        .map(|row| row.children().filter(Node::is_element).map(cell).collect())
        .collect()
}

/// The same without the single row of column headings.
fn table(page: &str, name: &str) -> Vec<Vec<String>> {
    whole_table(page, name).split_off(1)
}

/// The settings that are marked as different from the thesis's.
fn differing(page: &str) -> Vec<String> {
    let markup = markup(page);
    let document = Document::parse(&markup).expect("well-formed markup");
    let differs = |cell: &Node| {
        cell.has_tag_name("td")
            && cell.attribute("class").is_some_and(|class| class.split(' ').any(|c| c == "differs"))
    };
    let cells = document.descendants().filter(differs);
    let name = |cell: Node| Some(cell.parent()?.first_element_child()?.text()?.to_owned());
    cells.filter_map(name).collect()
}

#[test]
fn the_markup_is_well_formed_at_every_scale() {
    for study in [synthetic::smoke(), synthetic::laptop(), synthetic::full(5)] {
        let markup = markup(&page(&study, &synthetic::records(&study)));
        Document::parse(&markup).unwrap_or_else(|error| panic!("{}: {error}", study.scale));
        assert!(!markup.contains("NaN"), "{}", study.scale);
    }
}

#[test]
fn the_page_asks_for_nothing_from_outside() {
    let study = synthetic::full(1);
    let page = page(&study, &synthetic::records(&study));
    for address in ["http://", "https://", "url(", "@import", "src=\"", "fetch("] {
        assert!(!page.contains(address), "{address}");
    }
}

#[test]
fn the_page_stays_small_with_five_seeds_at_full_scale() {
    let study = synthetic::full(5);
    let page = page(&study, &synthetic::records(&study));
    assert!(page.len() < LARGEST_PAGE, "{} bytes", page.len());
}

#[test]
fn what_survives_is_drawn_and_counted_by_gate() {
    let study = synthetic::full(1);
    let records = synthetic::records(&study);
    let survivors = synthetic::survivors();
    let pruning = Some(StudyReport { study: &study, records: &records, data: DATA, version: "9" });
    let report = Report { pruning, survivors: &survivors, ..Report::default() };
    let page = render(&report);
    let markup = markup(&page);
    let document = Document::parse(&markup).unwrap();
    let all = document.descendants().filter(|n| n.attribute("class") == Some("kept"));
    // Runs of weights: their lengths add up to the number of kept weights.
    let run = |stroke: &str| stroke.rsplit('h').next()?.parse::<usize>().ok();
    let runs = all.filter_map(|n| n.attribute("d")).flat_map(|d| d.split('M').filter_map(run));
    let left: usize = survivors
        .iter()
        .map(|s| 3 * s.cell.gates() * 2 * 50 * 50 - s.network.masks().count())
        .sum();
    assert_eq!(runs.sum::<usize>(), left);
    let rows = whole_table(&page, "Share of each gate");
    assert_eq!(rows[0][..3], ["cell and gate", "layer 1, ih", "layer 1, hh"]);
    assert_eq!(rows[3][0], "GRU, reset");
    assert_eq!(rows.len(), 1 + 2 + 3 + 4);
    let numbers: Vec<&str> =
        document.descendants().filter_map(|n| n.attribute("id")?.strip_prefix("figure-")).collect();
    assert_eq!(numbers, ["1", "2", "3", "4", "5"]);
    let print = rarefy_view::figure::Print::default();
    let figures = super::figures(&report);
    let files: Vec<_> = figures.iter().flat_map(|figure| figure.files(&print)).collect();
    assert!(files.iter().any(|file| file.name == "appendix/fig-masks-lstm-layer-3"));
    for file in &files {
        Document::parse(&file.svg).unwrap_or_else(|error| panic!("{}: {error}", file.name));
        assert!(!file.svg.contains("var("), "{}", file.name);
    }
    let without = self::page(&study, &records);
    assert!(!without.contains("figure-4"));
}

#[test]
fn safe_percents_stand_beside_both_figures_of_the_thesis() {
    let study = synthetic::full(1);
    let mut records = synthetic::records(&study);
    for (cell, scope, percent) in [
        (Cell::RnnTanh, Scope::Both, 80.0),
        (Cell::Gru, Scope::Hh, 80.0),
        (Cell::Gru, Scope::Hh, 90.0),
    ] {
        back_after(pruned(&mut records, cell, scope, percent, 0), 0);
    }
    let page = page(&study, &records);
    let rows = whole_table(&page, "Safe percent");
    let columns = ["pruned together", "cell", "test strings"];
    assert_eq!(rows[0][..3], columns);
    assert_eq!(rows[0][3..], ["thesis curves (test strings)", "thesis text"]);
    assert_eq!(rows[1], ["Both together", "tanh RNN", "80 %", "70 %", "80 %"]);
    assert_eq!(rows[3], ["GRU", "80 %", "80 %", "80 %"]);
    assert_eq!(rows[11], ["GRU", "90 %", "70 %", "90 %"]);
    wording::opening("safe percents", &page);
}

#[test]
fn the_thesis_is_compared_on_test_strings_on_both_sides() {
    let study = synthetic::laptop();
    let mut records = synthetic::records(&study);
    // The held-out sequences show no harm; on the test sequences, recovery took an epoch.
    let record = pruned(&mut records, Cell::Gru, Scope::Both, 80.0, 0);
    record.epochs[0].test.answers = Answers::Classes { correct: 6_000 };
    let page = page(&study, &records);
    let rows = whole_table(&page, "Safe percent");
    assert_eq!(rows[0][2..4], ["held-out strings", "test strings"]);
    assert_eq!(rows[3], ["GRU", "80 %", "60 %", "80 %", "80 %"]);
    let rows = whole_table(&page, "Epochs of retraining");
    assert_eq!(rows[3][4], "0; test 1; thesis 0");
    wording::opening("two judges", &page);
}

#[test]
fn own_data_gets_a_page_without_the_thesis() {
    let data = DataDescription { train_strings: 900, reber: false, ..DATA };
    let study = synthetic::laptop();
    let page = page_of(data, &study, &synthetic::records(&study));
    let shown = text(&page).to_lowercase();
    assert!(!shown.contains("thesis"), "{shown}");
    assert!(!markup(&page).contains("dashed"), "{}", markup(&page));
    let settings = table(&page, "Settings");
    assert!(settings.iter().all(|row| row.len() == 2));
    assert!(settings.iter().any(|row| row[0] == "data" && row[1].starts_with("own strings")));
}

#[test]
fn data_of_other_counts_is_marked_in_the_settings() {
    let study = synthetic::full(1);
    let records = synthetic::records(&study);
    let marked = |data: DataDescription| differing(&page_of(data, &study, &records));
    let other = DataDescription { train_strings: 900, test_strings: 100, ..DATA };
    assert_eq!(marked(other), ["data", "training strings", "test strings"]);
    assert!(marked(DATA).is_empty());
}

#[test]
fn the_thesis_s_base_models_are_dated() {
    let study = synthetic::laptop();
    let head = &whole_table(&page(&study, &synthetic::records(&study)), "Base models")[0];
    let head: Vec<String> = head.iter().map(|text| text.replace('\u{a0}', " ")).collect();
    let columns = ["held-out accuracy", "test accuracy", "test loss, mean per string (nats)"];
    assert_eq!(head[2..5], columns);
    let theirs =
        ["thesis, after 8 epochs: test accuracy", "thesis, after 50 epochs: test accuracy"];
    assert_eq!(head[5..], theirs);
}

#[test]
fn a_network_that_retraining_makes_worse_is_flagged_and_named() {
    let study = synthetic::full(1);
    let mut records = synthetic::records(&study);
    let record = pruned(&mut records, Cell::Gru, Scope::Both, 50.0, 0);
    record.epochs.last_mut().expect("epochs").test.answers = Answers::Classes { correct: 3_000 };
    let page = page(&study, &records);
    assert_eq!(table(&page, "Epochs of retraining")[2][5], "0 ▼; thesis 0");
    // Two of the published runs ended that way, too.
    wording::opening("retraining did harm", &page);
}

#[test]
fn the_smoke_scale_says_that_it_is_only_a_check_and_what_it_tested() {
    let study = synthetic::smoke();
    wording::opening("smoke", &page(&study, &synthetic::records(&study)));
}

#[test]
fn two_seeds_are_listed_not_averaged() {
    let study = synthetic::full(2);
    let mut records = synthetic::records(&study);
    for cell in Cell::ALL {
        pruned(&mut records, cell, Scope::Both, 10.0, 1).epochs_to_recover = Some(1);
    }
    let page = page(&study, &records);
    assert_eq!(table(&page, "Safe percent")[2][1], "< 10 %, 80 %");
    assert_eq!(table(&page, "Epochs of retraining")[2][1], "0, 1; thesis 0");
    wording::opening("two seeds", &page);
}

#[test]
fn figures_show_the_level_that_is_safe() {
    let study = synthetic::smoke();
    let markup = markup(&page(&study, &synthetic::records(&study)));
    // Two panels of figure 2 and two of figure 3, with a legend each.
    assert_eq!(markup.matches("class=\"level\"").count(), 6);
}

#[test]
fn epochs_to_recover_stand_beside_the_thesis_s() {
    let study = synthetic::full(1);
    let mut records = synthetic::records(&study);
    back_after(pruned(&mut records, Cell::RnnTanh, Scope::Both, 90.0, 0), 1);
    let page = page(&study, &records);
    let rows = table(&page, "Epochs of retraining");
    assert_eq!(rows.len(), 12);
    // The first row of a scope has the scope's heading.
    let both_tanh = &rows[0];
    assert_eq!(both_tanh[..3], ["Both together", "tanh RNN", "0; thesis 0"]);
    assert_eq!(both_tanh[10..], ["1; thesis 2", "> 10; thesis > 10"]);
    let hh_gru = &rows[10];
    assert_eq!(hh_gru[0], "GRU");
    assert_eq!(hh_gru[10], "2; thesis 2");
}

#[test]
fn the_summary_says_who_recovers_without_its_weights() {
    let study = synthetic::full(1);
    let mut records = synthetic::records(&study);
    for cell in [Cell::Gru, Cell::Lstm] {
        back_after(pruned(&mut records, cell, Scope::Hh, 90.0, 0), 0);
    }
    let page = page(&study, &records);
    wording::opening("recovery", &page);
    assert!(differing(&page).is_empty());
}

#[test]
fn near_misses_at_100_percent_have_their_accuracy_and_the_thesis_its_own_epochs() {
    let study = synthetic::planned(Design { recovery_epochs: 1, ..synthetic::full(1) });
    let page = page(&study, &synthetic::records(&study));
    // results/prune/{gru,lstm}.csv, hh, 100, epoch 1: 6172 of 6250 for the LSTM, 98.8 %
    wording::opening("near misses", &page);
    assert_eq!(table(&page, "Epochs of retraining")[10][10], "> 1; thesis 2");
    assert_eq!(table(&page, "Epochs of retraining")[9][10], "> 1; thesis > 10");
}

#[test]
fn several_seeds_are_shown_as_median_and_range() {
    let study = synthetic::full(3);
    let mut records = synthetic::records(&study);
    for (seed, epochs) in [(0, Some(1)), (1, Some(3)), (2, None)] {
        let record = pruned(&mut records, Cell::Gru, Scope::Both, 90.0, seed);
        record.epochs_to_recover = epochs;
    }
    let page = page(&study, &records);
    let rows = table(&page, "Epochs of retraining");
    assert_eq!(rows[2][9], "3 (1 to > 10); thesis 1");
    wording::opening("several seeds", &page);
    assert!(page.contains("class=\"band\""));
}

#[test]
fn a_figure_s_table_holds_mean_range_and_the_thesis_s_value() {
    let study = synthetic::full(1);
    let one = page(&study, &synthetic::records(&study));
    let rows = table(&one, "GRU: test accuracy right after pruning");
    assert_eq!(rows[0][0], "0 %");
    // results/prune/gru.csv, gru_prune, 80, epoch 0
    assert_eq!(rows[8][1], "0.9936; thesis 0.9936");

    let study = synthetic::full(2);
    let mut records = synthetic::records(&study);
    for (seed, correct) in [(0, 5_000), (1, 6_250)] {
        let record = pruned(&mut records, Cell::Gru, Scope::Both, 80.0, seed);
        record.epochs[0].test.answers = Answers::Classes { correct };
    }
    let rows = table(&page(&study, &records), "GRU: test accuracy right after pruning");
    assert_eq!(rows[8][1], "0.9000, range 0.8000–1.0000; thesis 0.9936");
}

#[test]
fn records_the_study_does_not_ask_for_change_nothing() {
    let study = synthetic::smoke();
    let without = synthetic::records(&study);
    let with: Vec<Record> = without
        .iter()
        .cloned()
        .chain(synthetic::records(&synthetic::full(2)).split_off(200))
        .collect();
    assert_eq!(page(&study, &with), page(&study, &without));
}

#[test]
fn a_study_still_running_says_what_is_missing() {
    let study = synthetic::full(2);
    let mut records = synthetic::records(&study);
    records.retain(|record| {
        let trial = &record.trial;
        let hard = trial.pruning().is_some_and(|p| p.scope == Scope::Both && p.percent > 40.0);
        trial.seed == 0 && !(trial.cell == Cell::Gru && hard)
    });
    let page = page(&study, &records);
    assert!(text(&page).contains("118 of 248 trials"), "{page}");
    assert_eq!(table(&page, "Safe percent")[2][1], "≥ 40 %");
    wording::opening("still running", &page);
    assert_eq!(table(&page, "Epochs of retraining")[2][9], "…; thesis 1");
}

#[test]
fn a_study_without_records_has_a_page_too() {
    let study = synthetic::smoke();
    let page = page(&study, &[]);
    wording::opening("no records", &page);
    assert_eq!(table(&page, "Safe percent")[0][2], "…");
}

#[test]
fn a_base_model_at_chance_is_not_praised_for_its_safe_percent() {
    let study = synthetic::smoke();
    let mut records = synthetic::records(&study);
    for record in records.iter_mut().filter(|r| r.trial.cell == Cell::RnnRelu) {
        synthetic::at_chance(record);
    }
    let page = page(&study, &records);
    wording::opening("a base model at chance", &page);
    assert_eq!(table(&page, "Safe percent")[0][1], "ReLU RNN †");
}

#[test]
fn training_that_diverged_is_reported() {
    let study = synthetic::laptop();
    let mut records = synthetic::records(&study);
    let [first, second, ..] = &mut records[..] else { panic!("records") };
    for epoch in &mut first.epochs {
        epoch.test.loss_sum = f64::NAN;
        epoch.test.loss_mean = f64::NAN;
    }
    second.epochs.truncate(1);
    second.diverged = Some(Diverged { epoch: 1, batch: Some(7) });
    let page = page(&study, &records);
    wording::opening("diverged", &page);
    assert!(!markup(&page).contains("NaN"));
}

#[test]
fn a_base_model_that_diverged_at_once_leaves_empty_curves() {
    let study = synthetic::smoke();
    let mut records = synthetic::records(&study);
    for record in records.iter_mut().filter(|r| r.trial.cell == Cell::Gru) {
        record.epochs.clear();
        record.unpruned_accuracy = None;
        record.epochs_to_recover = None;
        record.diverged = Some(Diverged { epoch: 1, batch: Some(1) });
    }
    let page = page(&study, &records);
    Document::parse(&markup(&page)).expect("well-formed markup");
    assert_eq!(table(&page, "Epochs of retraining")[1][1], "diverged; thesis 0");
    wording::opening("diverged at once", &page);
}

#[test]
fn the_judge_and_every_difference_from_the_thesis_are_named() {
    let mut study = synthetic::full(1);
    study.judge = Judge::Validation;
    study.validation_share = 0.1;
    study.training.batch = 64;
    let page = page(&study, &synthetic::records(&study));
    let expected = ["judge of recovery", "held out for validation", "batch size"];
    assert_eq!(differing(&page), expected);
}

#[test]
fn settings_name_the_command_that_runs_the_study_again() {
    let mut study = synthetic::smoke();
    study.seeds = vec![4, 5];
    let study = synthetic::planned(study);
    let text = text(&page(&study, &synthetic::records(&study)));
    assert!(
        text.contains(
            "rarefy reproduce --scale smoke --parts pruning --cells rnn_relu,gru \
        --seeds 2 --seed 4 --judge test --out DIR"
        ),
        "{text}"
    );
}

#[test]
fn the_command_names_columns_that_are_not_the_usual_ones() {
    let command = |text: &str, label: &str| {
        let columns = Columns { text: text.to_owned(), label: label.to_owned() };
        let options = ReadOptions { columns, ..ReadOptions::default() };
        let data = DataSource::Files(Files::in_folder("my data".as_ref(), options));
        let study = Design { data, ..synthetic::smoke() };
        let shown = super::tests::text(&page(&study, &[]));
        shown.split("--judge test").last().expect("a command").to_owned()
    };
    assert!(command("string", "valid").starts_with(" --data 'my data' --out DIR"));
    let other = command("phrase", "is it");
    let options = " --data 'my data' --text-column phrase --label-column 'is it' --out DIR";
    assert!(other.starts_with(options), "{other}");
}

#[test]
fn text_from_outside_is_escaped() {
    let mut study = synthetic::smoke();
    study.scale = "<b>&\"'".to_owned();
    let page = page(&study, &synthetic::records(&study));
    assert!(!page.contains("<b>"));
    assert!(text(&page).contains("<b>&\"'"));
    assert!(text(&page).contains("made up <here>"));
}

#[test]
fn every_figure_has_a_caption_and_every_drawing_a_name() {
    let study = synthetic::laptop();
    let markup = markup(&page(&study, &synthetic::records(&study)));
    let document = Document::parse(&markup).expect("well-formed markup");
    let all = |name: &'static str| document.descendants().filter(move |n| n.has_tag_name(name));
    for figure in all("figure") {
        assert!(figure.children().any(|n| n.has_tag_name("figcaption")));
        assert!(figure.descendants().any(|n| n.has_tag_name("table")));
    }
    for drawing in all("svg").filter(|n| n.attribute("aria-hidden").is_none()) {
        assert_eq!(drawing.attribute("role"), Some("img"));
        assert!(!drawing.attribute("aria-label").unwrap_or_default().is_empty());
    }
    for table in all("table") {
        assert!(!table.attribute("aria-label").unwrap_or_default().is_empty());
        let before = table.parent().and_then(|scroll| scroll.prev_sibling_element());
        assert_eq!(before.and_then(|n| n.attribute("class")), Some("caption"));
    }
    assert_eq!(all("h1").count(), 1);
}
