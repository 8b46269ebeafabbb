//! Contrasts through the built command: what `study collect` answers, compared with pandas.

#[allow(dead_code)]
#[path = "export/peers.rs"]
mod peers;
mod support;

use std::path::Path;
use std::process::Command;

use rarefy::analysis::Records;
use serde_json::Value;
use support::rarefy;

/// 2 learning rates x 3 seeds x 3 percentages x 2 scopes; takes a second or two.
const STUDY: &str = "
name = 'rates'
[data]
reber = { count = 400 }
[base]
cell = 'rnn_tanh'
layers = [12]
epochs = 3
retrain_epochs = 1
[axes]
learning_rate = [0.001, 0.01]
seed = { from = 0, to = 2 }
scope = ['both', 'hh']
percent = [50, 80, 95]
[[contrast]]
question = 'Does pruning the recurrent weights alone cost less?'
vary = 'scope'
expect = 'higher'
[[contrast]]
vary = 'learning_rate'
column = 'first_test_acc'
[[contrast]]
vary = 'percent'
paired = ['learning_rate', 'seed']
column = 'last_test_acc'
expect = 'equal within 0.5'
";

fn run(folder: &Path, study: &str) -> Value {
    std::fs::write(folder.join("study.toml"), study).unwrap();
    rarefy(folder, &["study", "run", "study.toml", "--out", "out", "--quiet", "--json"]).json()
}

fn answers(folder: &Path) -> Records {
    Records::read(&folder.join("out/contrasts.csv")).unwrap()
}

/// For sums in another order.
const ROUNDING: f64 = 1e-12;
/// For ends of bootstrap intervals, which are drawn independently: a share of the interval's width.
const DRAWN: f64 = 0.05;

#[test]
fn contrasts_are_answered_as_pandas_does() {
    let here = tempfile::tempdir().unwrap();
    let found = run(here.path(), STUDY);
    assert_eq!((&found["done"], found["tables"].as_array().unwrap().len()), (&42.into(), 4));
    let answers = answers(here.path());
    assert_eq!(
        answers.texts("vary").unwrap(),
        ["scope", "learning_rate", "percent", "percent", "percent"]
    );
    assert_eq!(answers.numbers("pairs").unwrap(), [18.0, 18.0, 6.0, 6.0, 6.0]);
    assert_eq!(answers.texts("level_b").unwrap(), ["hh", "0.01", "80", "95", "95"]);
    assert_eq!(answers.texts("averaged").unwrap()[2], "scope");
    let verdicts = answers.texts("verdict").unwrap();
    assert_eq!((verdicts[1], verdicts[2]), ("", "holds"));
    // The contrasts are saved with the study, and adding them changes no trial.
    let kept = std::fs::read_to_string(here.path().join("out/study.toml")).unwrap();
    assert!(kept.contains("[[contrast]]") && kept.contains("equal within 0.5"), "{kept}");
    let unasked = STUDY.split("[[contrast]]").next().unwrap();
    assert_eq!(run(here.path(), unasked)["computed"], 0);
    // A study file without contrasts leaves the saved ones unchanged.
    assert_eq!(
        answers.rows(),
        Records::read(&here.path().join("out/contrasts.csv")).unwrap().rows()
    );

    the_report_shows_the_rates_apart(here.path(), &answers);

    let Some(python) = peers::python(&["pandas"]) else {
        return support::skip("a Python with pandas (just export-peers)");
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contrasts/paired.py");
    let output = Command::new(python).arg(script).arg(here.path().join("out")).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let theirs: Vec<Value> = serde_json::from_slice(&output.stdout).expect(&errors);
    assert_eq!(theirs.len(), answers.rows());
    for (row, theirs) in theirs.iter().enumerate() {
        let number = |name: &str| answers.numbers(name).unwrap()[row];
        let expected = |name: &str| theirs[name].as_f64().unwrap();
        for name in ["pairs", "effect", "p", "p_holm"] {
            let error = (number(name) - expected(name)).abs();
            assert!(error < ROUNDING, "{theirs}, {name}: {}", number(name));
        }
        let width = expected("high") - expected("low");
        for end in ["low", "high"] {
            let error = (number(end) - expected(end)).abs();
            assert!(error <= DRAWN * width, "{theirs}, {end}: {}", number(end));
        }
    }
}

/// Checks what `rarefy report` says about the study that was run in `out`.
fn the_report_shows_the_rates_apart(here: &Path, answers: &Records) {
    let found = rarefy(here, &["report", "out", "--figures", "figures", "--json"]).json();
    let study = &found["study"];
    assert_eq!((&study["progress"]["done"], &study["compared"]), (&42.into(), &36.into()));
    let varied = study["varied"].as_array().unwrap();
    let keys: Vec<&Value> = varied.iter().map(|varied| &varied["key"]).collect();
    assert_eq!(keys, ["learning_rate", "seed", "scope", "percent"]);
    let fixed = study["fixed"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap());
    let fixed: Vec<&str> = fixed.collect();
    assert!(fixed.contains(&"layers") && !fixed.contains(&"learning_rate"), "{fixed:?}");
    // Twelve groups of three seeds, each with its own learning rate.
    let groups = study["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 12);
    let records = Records::read(&here.join("out/records.csv")).unwrap();
    for group in groups {
        assert_eq!((&group["seeds"], &group["planned"]), (&3.into(), &3.into()));
        let mut rows = records.clone();
        for setting in group["settings"].as_array().unwrap() {
            let text = |name: &str| setting[name].as_str().unwrap().to_owned();
            rows = rows.with(&text("key"), &text("value")).unwrap();
        }
        let values = rows.numbers("last_validation_acc").unwrap();
        let mean = values.iter().sum::<f64>() / 3.0;
        assert_eq!(values.len(), 3);
        assert!((group["mean"].as_f64().unwrap() - mean).abs() < ROUNDING, "{group}");
        let last = group["curve"].as_array().unwrap().last().unwrap();
        assert!((last["mean"].as_f64().unwrap() - mean).abs() < ROUNDING, "{group}");
    }
    // The table of levels equals a contrast between the same levels.
    let scope = &varied[2]["differences"][0];
    let number = |name: &str| answers.numbers(name).unwrap()[0];
    for name in ["pairs", "effect", "low", "high"] {
        assert_eq!(scope[name].as_f64().unwrap(), number(name), "{name}");
    }
    assert_eq!(varied[3]["differences"].as_array().unwrap().len(), 3);
    let page = std::fs::read_to_string(here.join("out/report.html")).unwrap();
    let text = [
        "Does pruning the recurrent weights alone cost less?",
        "figure-3",
        "learning_rate 0.01, scope hh",
    ];
    assert!(text.iter().all(|text| page.contains(text)));
    assert!(!page.contains("trials done.</strong>"), "nothing is missing");
    assert!(here.join("figures/fig-curves-learning-rate-0-001-scope-both.svg").exists());
}

#[test]
fn a_study_that_grows_keeps_its_questions_and_a_partial_one_says_what_is_missing() {
    let here = tempfile::tempdir().unwrap();
    let small = STUDY.replace("to = 2", "to = 0");
    assert_eq!(run(here.path(), &small)["done"], 14);
    assert_eq!(answers(here.path()).numbers("pairs").unwrap()[..2], [6.0, 6.0]);
    std::fs::write(here.path().join("wide.toml"), STUDY).unwrap();
    let share =
        ["study", "run", "wide.toml", "--out", "out", "--shard", "1/3", "--quiet", "--json"];
    let done = rarefy(here.path(), &share).json()["done"].as_u64().unwrap();
    rarefy(here.path(), &["study", "collect", "out", "--json"]).json();
    let partial = answers(here.path());
    assert_eq!(partial.numbers("pairs_planned").unwrap()[0], 18.0);
    let number = |name: &str| partial.numbers(name).unwrap()[0];
    assert!(number("pairs") >= 6.0 && number("missing") > 0.0, "{done} done");
    assert_eq!(2.0 * number("pairs") + number("unpaired") + number("missing"), 36.0);
    let report = rarefy(here.path(), &["report", "out"]);
    assert!(report.stdout.starts_with("rates: ") && report.code == 0, "{}", report.stderr);
    let page = std::fs::read_to_string(here.path().join("out/report.html")).unwrap();
    assert!(page.contains("of 42\u{a0}trials done.</strong>"), "{}", report.stdout);
    run(here.path(), STUDY);
    assert_eq!(answers(here.path()).numbers("pairs").unwrap()[0], 18.0);
}

#[test]
fn a_contrast_without_pairs_is_refused_before_anything_is_run() {
    let here = tempfile::tempdir().unwrap();
    let study = STUDY.replace("vary = 'scope'", "vary = 'cell'");
    std::fs::write(here.path().join("study.toml"), &study).unwrap();
    for command in [&["plan", "study.toml"][..], &["run", "study.toml", "--out", "out"]] {
        let outcome = rarefy(here.path(), &[&["study"], command].concat());
        let reason = "study.toml, line 15: vary is \"cell\", but every trial has cell rnn_tanh";
        assert!(outcome.failure(1).contains(reason), "{}", outcome.stderr);
    }
    assert!(!here.path().join("out").exists());
}
