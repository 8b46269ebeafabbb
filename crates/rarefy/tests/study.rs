//! Studies have the same records whatever the number of threads and processes, resume where they
//! stopped, and are never mixed with other settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rarefy::cell::Cell;
use rarefy::data::{Corpus, ReberSettings, generate};
use rarefy::prune::{Ranking, Scope, sparsity};
use rarefy::recipe::Recipe;
use rarefy::study::{
    Folder, Format, Observer, Outcome, Record, Session, Shard, Study, StudyError, Trial, collect,
    status,
};

const STUDY: &str = "
    name = 'test'
    [data]
    reber = { count = 200 }
    [base]
    layers = [5, 4]
    epochs = 2
    retrain_epochs = 1
    validation_share = 0.2
    [axes]
    seed = [0, 1]
    cell = ['rnn_tanh', 'rnn_relu', 'gru', 'lstm']
    scope = ['both', 'ih', 'hh']
    percent = [50, 100]
";

fn parsed(text: &str) -> Study {
    Study::parse(text, "study.toml".as_ref()).unwrap()
}

fn study() -> Study {
    parsed(STUDY)
}

/// The study with parts of its text replaced.
fn changed(changes: &[(&str, &str)]) -> Study {
    let mut text = STUDY.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    parsed(&text)
}

const CELLS: &str = "['rnn_tanh', 'rnn_relu', 'gru', 'lstm']";
const SEEDS: &str = "seed = [0, 1]";

fn corpus() -> Corpus<'static> {
    let data = generate(&ReberSettings { count: 200, ..ReberSettings::default() }).unwrap();
    Corpus::try_from(data).unwrap()
}

/// Collects the records that were computed.
#[derive(Default)]
struct Keep {
    records: Mutex<Vec<Record>>,
    failed: Mutex<Vec<(String, String)>>,
    damaged: Mutex<Vec<PathBuf>>,
}

impl Observer for Keep {
    fn done(&self, record: &Record) {
        self.records.lock().unwrap().push(record.clone());
    }

    fn failed(&self, trial: &Trial, error: &str) {
        self.failed.lock().unwrap().push((trial.label(), error.to_owned()));
    }

    fn damaged(&self, path: &Path, _: &str) {
        self.damaged.lock().unwrap().push(path.to_owned());
    }
}

/// All records of the folder, and how many of them this run computed.
fn run_in(folder: &Path, study: &Study, jobs: usize) -> Result<(Vec<Record>, usize), StudyError> {
    let (corpus, folder, kept) = (corpus(), Folder::new(folder), Keep::default());
    let session = Session::begin(study, &corpus, &folder)?;
    session.run(jobs, None, &kept)?;
    collect(&folder, session.file(), &[Format::Csv])?;
    let records = folder.records(session.file());
    let computed = kept.records.into_inner().unwrap();
    // Records from disk equal those computed, to the last bit of every number.
    for record in &computed {
        assert!(records.contains(record), "{record:?}");
    }
    Ok((records, computed.len()))
}

/// Every file below the folder, with times removed from the trials' records.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn add(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                add(root, &path, files);
                continue;
            }
            let mut bytes = std::fs::read(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if name.starts_with("trials") {
                let mut record: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                record.as_object_mut().unwrap().remove("seconds").unwrap();
                bytes = serde_json::to_vec(&record).unwrap();
            }
            if name != "times.csv" {
                files.insert(name, bytes);
            }
        }
    }
    let mut files = BTreeMap::new();
    add(folder, folder, &mut files);
    files
}

fn assert_same(one: &Path, other: &Path) {
    let [one, other] = [one, other].map(contents);
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(bytes == &other[name], "{name}");
    }
}

/// The trial of the test study with this label.
fn trial(label: &str) -> Trial {
    let study = study();
    study.trials().find(|trial| trial.label() == label).unwrap_or_else(|| panic!("no {label}"))
}

#[test]
fn records_are_the_same_bytes_with_one_thread_and_with_four() {
    let folders = [1, 4].map(|jobs| {
        let folder = tempfile::tempdir().unwrap();
        let (records, computed) = run_in(folder.path(), &study(), jobs).unwrap();
        assert_eq!((records.len(), computed), (56, 56));
        folder
    });
    assert_same(folders[0].path(), folders[1].path());
}

#[test]
fn a_study_goes_on_where_it_stopped_and_mends_what_was_spoilt() {
    let folder = tempfile::tempdir().unwrap();
    let whole = tempfile::tempdir().unwrap();
    run_in(whole.path(), &study(), 2).unwrap();
    let fewer = changed(&[(CELLS, "['gru']"), (SEEDS, "seed = [0]")]);
    assert_eq!(run_in(folder.path(), &fewer, 2).unwrap().1, 7);
    // Extended to more cells and seeds, it keeps its results; reduced again, as well.
    assert_eq!(run_in(folder.path(), &study(), 2).unwrap().1, 49);
    let (records, computed) = run_in(folder.path(), &fewer, 2).unwrap();
    assert_eq!((records.len(), computed), (56, 0));
    assert_eq!(run_in(folder.path(), &study(), 2).unwrap().1, 0);

    let here = Folder::new(folder.path());
    let record = |label| here.record_path(&trial(label));
    std::fs::write(record("gru-seed0-hh-50"), b"{\"trial\":").unwrap();
    std::fs::copy(record("gru-seed0-ih-50"), record("gru-seed1-ih-50")).unwrap();
    std::fs::remove_file(record("lstm-seed1")).unwrap();
    let model = |label| here.model_path(&trial(label));
    std::fs::remove_file(model("rnn_tanh-seed0")).unwrap();
    std::fs::write(model("gru-seed1"), b"cut short").unwrap();
    std::fs::copy(model("gru-seed0"), model("rnn_relu-seed1")).unwrap();

    let now = status(&here).unwrap();
    assert_eq!((now.trials, now.done, now.damaged.len(), now.waiting()), (56, 53, 2, 1));
    let file = here.study().unwrap();
    let collected = collect(&here, &file, &[Format::Csv]).unwrap();
    assert_eq!((collected.records, collected.damaged.len()), (53, 2));
    assert_eq!(run_in(folder.path(), &study(), 2).unwrap().1, 6);
    assert_same(folder.path(), whole.path());
}

#[test]
fn a_folder_of_other_settings_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let small = [(CELLS, "['rnn_tanh']"), (SEEDS, "seed = [0]")];
    run_in(folder.path(), &changed(&small), 1).unwrap();
    let before = contents(folder.path());
    for (old, new, says) in [
        ("\n    epochs = 2", "\n    epochs = 3", "epochs is 2 there but 3 here"),
        ("[base]", "[base]\nbatch = 7", "batch is not given there but 7 here"),
        ("layers = [5, 4]", "layers = [5]", "layers is [5, 4] there but [5] here"),
        ("percent = [50, 100]", "percent = [50]\ntolerance = [0.1]", "tolerance is not given"),
    ] {
        let error = run_in(folder.path(), &changed(&[&small[..], &[(old, new)]].concat()), 1);
        let error = error.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert_eq!(contents(folder.path()), before);
    }
    // Declared differently, but all existing trials are still part of it.
    let more = "\n[[lists.more]]\nbatch = 32\n[[lists.more]]\nbatch = 16\n";
    let text = STUDY.replace(CELLS, "['rnn_tanh']").replace(SEEDS, "seed = [0]") + more;
    assert_eq!(run_in(folder.path(), &parsed(&text), 1).unwrap().1, 7);
}

#[test]
fn sessions_side_by_side_share_the_work_and_leave_what_one_alone_leaves() {
    let [shared, whole] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    run_in(whole.path(), &study(), 2).unwrap();
    let (corpus, folder, study) = (corpus(), Folder::new(shared.path()), study());
    let kept: Vec<Keep> = (0..3).map(|_| Keep::default()).collect();
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let (corpus, folder, study) = (&corpus, &folder, &study);
        let run = move |kept| Session::begin(study, corpus, folder).unwrap().run(2, None, kept);
        let threads: Vec<_> = kept.iter().map(|kept| scope.spawn(move || run(kept))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
    });
    for outcome in &outcomes {
        assert_eq!((outcome.done, outcome.failed, outcome.stopped), (56, 0, false));
    }
    let mut names: Vec<String> = kept
        .iter()
        .flat_map(|kept| kept.records.lock().unwrap().clone())
        .map(|record| record.trial.name())
        .collect();
    names.sort();
    let all = names.len();
    names.dedup();
    assert_eq!((all, names.len()), (56, 56), "none twice, none missing");
    collect(&folder, &folder.study().unwrap(), &[Format::Csv]).unwrap();
    assert_same(shared.path(), whole.path());
}

#[test]
fn shards_in_one_folder_make_the_whole_and_train_each_base_model_once() {
    let shared = tempfile::tempdir().unwrap();
    let (corpus, folder, study) = (corpus(), Folder::new(shared.path()), study());
    let mut computed = 0;
    for number in 1..=3 {
        let session = Session::begin(&study, &corpus, &folder).unwrap();
        let shard = Shard { number, count: 3 };
        let outcome = session.run(2, Some(shard), &Keep::default()).unwrap();
        assert_eq!(outcome.done, outcome.asked);
        computed += outcome.computed;
    }
    assert_eq!(computed, 56);
    assert_eq!(status(&folder).unwrap().done, 56);
}

#[test]
fn a_trial_that_fails_leaves_a_record_of_that_and_the_study_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    // A connected graph has at least as many edges as a tree.
    let text = "
        [data]
        reber = { count = 200 }
        [base]
        epochs = 1
        retrain_epochs = 1
        nodes = 20
        cell = 'rnn_tanh'
        family = 'gnm'
        percent = 50
        [axes]
        edges = [30, 191]
    ";
    let (corpus, here, kept) = (corpus(), Folder::new(folder.path()), Keep::default());
    let study = parsed(text);
    let session = Session::begin(&study, &corpus, &here).unwrap();
    let outcome = session.run(2, None, &kept).unwrap();
    assert_eq!((outcome.done, outcome.failed, outcome.stopped), (2, 2, false));
    let failed = kept.failed.into_inner().unwrap();
    assert!(failed[0].1.contains("191 edges: 20 nodes have at most 190"), "{failed:?}");
    assert!(failed[1].1.contains("its base model rnn_tanh-gnm-0-seed0 failed"), "{failed:?}");
    let collected = collect(&here, session.file(), &[Format::Csv]).unwrap();
    assert_eq!((collected.records, collected.failed), (2, 2));
    let failures = std::fs::read_to_string(folder.path().join("failures.csv")).unwrap();
    assert_eq!(failures.lines().count(), 3, "{failures}");
    assert_eq!(status(&here).unwrap().failed.len(), 2);
    // A failed trial is run again on request, and the records of the others are kept.
    let again = session.run(2, None, &Keep::default()).unwrap();
    assert_eq!((again.computed, again.failed), (0, 2));
}

#[test]
fn a_run_that_is_stopped_finishes_what_is_under_way_and_goes_on_later() {
    struct StopAt(Mutex<usize>, rarefy::study::Stop);
    impl Observer for StopAt {
        fn done(&self, _: &Record) {
            let mut left = self.0.lock().unwrap();
            *left -= 1;
            if *left == 0 {
                self.1.finish();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let (corpus, here, study) = (corpus(), Folder::new(folder.path()), study());
    let session = Session::begin(&study, &corpus, &here).unwrap();
    let outcome = session.run(1, None, &StopAt(Mutex::new(5), session.stop())).unwrap();
    assert_eq!((outcome.computed, outcome.stopped), (5, true));
    assert_eq!(run_in(folder.path(), &study, 2).unwrap().1, 51);
}

#[test]
fn a_base_model_that_diverges_is_a_result() {
    let folder = tempfile::tempdir().unwrap();
    let wild = changed(&[
        (CELLS, "['rnn_relu']"),
        (SEEDS, "seed = [0]"),
        ("[base]", "[base]\nlearning_rate = 1e30"),
    ]);
    let (records, computed) = run_in(folder.path(), &wild, 2).unwrap();
    assert_eq!((records.len(), computed), (7, 7));
    let base = &records[0];
    assert_eq!(base.diverged.unwrap().epoch, 1);
    for record in &records[1..] {
        assert_eq!(record.diverged, base.diverged);
        assert_eq!((record.epochs.len(), record.epochs_to_recover), (0, None));
    }
    // It is read back unchanged, and is not computed again.
    assert_eq!(run_in(folder.path(), &wild, 2).unwrap(), (records, 0));
}

#[test]
fn with_patience_a_base_model_is_that_of_its_best_epoch_and_so_is_what_it_is_pruned_from() {
    let folder = tempfile::tempdir().unwrap();
    let restless = changed(&[
        (CELLS, "['gru']"),
        (SEEDS, "seed = [0]"),
        ("\n    epochs = 2", "\n    epochs = 30"),
        ("retrain_epochs = 1", "retrain_epochs = 3"),
        ("[base]", "[base]\nlearning_rate = 0.05\npatience = 2\nclass_weights = 'balanced'"),
    ]);
    let (records, _) = run_in(folder.path(), &restless, 2).unwrap();
    let base = &records[0];
    assert!(base.epochs.len() < 30, "it never stopped");
    let lowest = |record: &Record| {
        let loss = |at: &usize| record.epochs[*at].validation.unwrap().loss_mean;
        let best = (0..record.epochs.len()).min_by(|a, b| loss(a).total_cmp(&loss(b)));
        record.epochs[best.unwrap()].epoch
    };
    for record in &records {
        assert_eq!(record.kept_epoch, Some(lowest(record)), "{}", record.trial.label());
    }
    let kept = base.kept().unwrap();
    assert_eq!(records[1].unpruned_accuracy, Some(kept.validation.unwrap().accuracy()));
    assert_ne!(kept, base.epochs.last().unwrap());
    let table = std::fs::read_to_string(folder.path().join("records.csv")).unwrap();
    let columns: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let row: Vec<&str> = table.lines().nth(1).unwrap().split(',').collect();
    let value = |name| row[columns.iter().position(|column| *column == name).unwrap()];
    assert_eq!(value("kept_epoch"), kept.epoch.to_string());
    assert_eq!(value("kept_test_acc"), kept.test.accuracy().to_string());
    // If nothing stops early, there are no such columns.
    let plain = tempfile::tempdir().unwrap();
    run_in(plain.path(), &changed(&[(CELLS, "['gru']"), (SEEDS, "seed = [0]")]), 2).unwrap();
    let table = std::fs::read_to_string(plain.path().join("records.csv")).unwrap();
    assert!(!table.contains("kept"), "{table}");
}

#[test]
fn a_worker_that_panics_does_not_keep_the_others_waiting() {
    struct Panic;
    impl Observer for Panic {
        fn done(&self, _: &Record) {
            panic!("nobody listens");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let (corpus, folder) = (corpus(), Folder::new(folder.path()));
    let study = study();
    let session = Session::begin(&study, &corpus, &folder).unwrap();
    let run = std::panic::AssertUnwindSafe(|| session.run(2, None, &Panic).map(drop));
    assert!(std::panic::catch_unwind(run).is_err());
}

#[test]
fn too_little_to_judge_by_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let study = changed(&[("validation_share = 0.2", "validation_share = 0.001")]);
    let error = run_in(folder.path(), &study, 1).unwrap_err().to_string();
    assert!(error.contains("0.001"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn models_that_nothing_needs_are_kept_unless_told_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let text = "
        keep_models = false
        [data]
        reber = { count = 200 }
        [base]
        layers = [3]
        epochs = 1
        cell = 'rnn_tanh'
    ";
    assert_eq!(run_in(folder.path(), &parsed(text), 1).unwrap().1, 1);
    assert!(!folder.path().join("models").exists());
    assert_eq!(run_in(folder.path(), &parsed(text), 1).unwrap().1, 0);
}

#[test]
fn a_model_that_is_given_is_pruned_as_it_is_and_nothing_else_is_taken_for_it() {
    let path = tempfile::tempdir().unwrap();
    // A model trained by one study is used in another.
    let trained = changed(&[(CELLS, "['gru']"), (SEEDS, "seed = 3")]);
    run_in(path.path(), &trained, 1).unwrap();
    let folder = Folder::new(path.path());
    let file = folder.study().unwrap();
    let base = folder.records(&file).into_iter().find(|r| r.trial.is_base()).unwrap();
    let model = folder.model(&base).unwrap();

    let other = tempfile::tempdir().unwrap();
    let folder = Folder::new(other.path());
    let fingerprint = folder.give(&model).unwrap();
    let given = format!("model = '{fingerprint}'");
    let cells = "cell = ['rnn_tanh', 'rnn_relu', 'gru', 'lstm']";
    let study = changed(&[
        ("epochs = 2\n    retrain", &format!("{given}\n    retrain")),
        (cells, "cell = ['gru']"),
        (SEEDS, "seed = [3, 4]"),
    ]);
    let (records, computed) = run_in(other.path(), &study, 1).unwrap();
    assert_eq!(computed, 2 * (1 + 6));
    // With the seed that trained it, its prunings equal those of the original study.
    let same = |a: &Record, b: &Record| {
        a.trial.seed == b.trial.seed && a.trial.pruning() == b.trial.pruning()
    };
    for ours in records.iter().filter(|r| r.trial.seed == 3 && r.trial.pruning().is_some()) {
        let theirs = Folder::new(path.path()).records(&file);
        let theirs = theirs.iter().find(|theirs| same(ours, theirs)).unwrap();
        assert_eq!((&ours.epochs, &ours.pruned), (&theirs.epochs, &theirs.pruned));
    }
    // What is computed again is checked against its record.
    let corpus = corpus();
    let session = Session::begin(&study, &corpus, &folder).unwrap();
    let mut record = records.iter().find(|r| r.trial.pruning().is_some()).unwrap().clone();
    assert!(session.pruned_model(&record, true).is_ok());
    assert!(session.pruned_model(&record, false).is_ok());
    let score = &mut record.epochs[1].test;
    score.answers = rarefy::train::Answers::Classes { correct: score.correct().unwrap() + 1 };
    let error = session.pruned_model(&record, true).unwrap_err();
    assert!(error.contains("its record"), "{error}");

    // Another file under the same name is not mistaken for it.
    let empty = tempfile::tempdir().unwrap();
    let wrong = Folder::new(empty.path()).given_path(&fingerprint);
    std::fs::create_dir_all(wrong.parent().unwrap()).unwrap();
    let mut changed = model.clone();
    changed.network.update(|parameters| parameters[0] += 1.0);
    changed.write(&wrong).unwrap();
    let kept = Keep::default();
    let folder = Folder::new(empty.path());
    let session = Session::begin(&study, &corpus, &folder).unwrap();
    let outcome = session.run(1, None, &kept).unwrap();
    assert_eq!(outcome.failed, outcome.asked);
    let failed = kept.failed.into_inner().unwrap();
    assert!(failed.iter().any(|(_, why)| why.contains("given-")), "{failed:?}");
}

#[test]
fn what_is_said_of_a_given_model_must_fit() {
    let refusal = |lines: &str| {
        let text = STUDY.replace("epochs = 2\n", lines);
        Study::parse(&text, "study.toml".as_ref()).unwrap_err().to_string()
    };
    let both = refusal("epochs = 2\n    model = '0123456789abcdef'\n");
    assert!(both.contains("epochs and model are both given"), "{both}");
    let drawn = refusal("model = '0123456789abcdef'\n    init = 'pytorch'\n");
    assert!(drawn.contains("init and model are both given"), "{drawn}");
    let odd = refusal("model = 'gru.safetensors'\n");
    assert!(odd.contains("expected a fingerprint"), "{odd}");
}

#[test]
fn a_pruned_network_is_had_again_from_its_own_base_model_alone() {
    let folder = tempfile::tempdir().unwrap();
    let study = parsed(
        "[data]\nreber = { count = 200 }\n[base]\ncell = 'gru'\nlayers = [8]\nepochs = 1\n\
         retrain_epochs = 1\nscope = 'hh'\npercent = 50\n[axes]\nseed = [0, 1]\n",
    );
    let (records, _) = run_in(folder.path(), &study, 2).unwrap();
    let here = Folder::new(folder.path());
    let pruned: Vec<&Record> = records.iter().filter(|r| r.trial.pruning().is_some()).collect();
    for record in &pruned {
        let network = here.network(record).unwrap();
        assert_eq!(network.masks().count(), record.pruned.as_ref().unwrap().pruned_hh);
        let left = network.parameters().len() - network.masks().count();
        assert_eq!(record.parameters, Some(left));
    }
    // The same number of its weights would be pruned, but different ones.
    let [of, other] = [0, 1].map(|at| here.model_path(&pruned[at].trial.parent().unwrap()));
    std::fs::copy(other, of).unwrap();
    assert!(here.network(pruned[0]).is_none() && here.network(pruned[1]).is_some());
}

#[test]
fn rounds_of_pruning_are_a_chain_of_trials_and_what_the_whole_recipe_gives() {
    let study = parsed(
        "[data]\nreber = { count = 200 }\n[base]\ncell = 'gru'\nlayers = [8]\nepochs = 1\n\
         retrain_epochs = 1\npercent = 50\nseed = 3\nreadout = 'last'\n[axes]\nrounds = [3]\n",
    );
    let path = tempfile::tempdir().unwrap();
    let (records, computed) = run_in(path.path(), &study, 2).unwrap();
    let labels: Vec<String> = records.iter().map(|record| record.trial.label()).collect();
    let pruned = "gru-seed3-both-50".to_owned();
    let rounds = [2, 3].map(|round| format!("{pruned}-round{round}"));
    assert_eq!(labels, ["gru-seed3".to_owned(), pruned, rounds[0].clone(), rounds[1].clone()]);
    assert_eq!(computed, 4);

    let recipe = (0..3).fold(Recipe::new(Cell::Gru, &[8]).hold_out(0.1).train(1), |recipe, _| {
        recipe.prune(Scope::Both, 50.0).retrain(1)
    });
    assert_eq!(records[3].trial.recipe, recipe);
    let run = recipe.run(&corpus(), 3, |_| ()).unwrap();
    assert_eq!(run.epochs_to_recover, records[3].epochs_to_recover);
    let folder = Folder::new(path.path());
    for (round, ((pruned, fit), record)) in run.rounds.iter().zip(&records).enumerate() {
        assert_eq!(fit.epochs, record.epochs, "round {round}");
        assert_eq!(pruned.is_some(), record.pruned.is_some());
        let network = folder.network(record).unwrap();
        let count = network.layout().weights().map(|weight| weight.range.len()).sum::<usize>();
        let left = (count as f64 * 0.5_f64.powi(round as i32)) as usize;
        assert!((count - network.masks().count()).abs_diff(left) <= 1, "round {round}");
    }
    let last = folder.network(&records[3]).unwrap();
    assert_eq!(last.masks(), run.model.network.masks());
    // Later rounds are compared with the network before any pruning.
    let before = records[0].kept().unwrap().validation.unwrap().merit();
    assert!(records[1..].iter().all(|record| record.unpruned_accuracy == Some(before)));
    let table = std::fs::read_to_string(path.path().join("records.csv")).unwrap();
    let rounds = |line: &str| line.split(',').nth(6).unwrap().to_owned();
    assert_eq!(table.lines().map(rounds).collect::<Vec<_>>(), ["rounds", "", "1", "2", "3"]);
    // The last round starts from the model of a pruned trial. If lost, the model is computed again.
    std::fs::remove_file(folder.model_path(&records[2].trial)).unwrap();
    let (again, computed) = run_in(path.path(), &study, 1).unwrap();
    let results =
        |records: &[Record]| -> Vec<String> { records.iter().map(Record::results_hash).collect() };
    assert_eq!((results(&again), computed), (results(&records), 1));
}

#[test]
fn a_folder_that_kept_no_masks_still_shows_them() {
    let path = tempfile::tempdir().unwrap();
    let study = changed(&[(CELLS, "'gru'"), (SEEDS, "seed = 0"), ("[50, 100]", "50")]);
    let (records, _) = run_in(path.path(), &study, 1).unwrap();
    let folder = Folder::new(path.path());
    let networks = || records.iter().map(|record| folder.network(record)).collect::<Vec<_>>();
    let kept = networks();
    std::fs::remove_dir_all(path.path().join("masks")).unwrap();
    assert_eq!(networks(), kept);
    assert!(kept.iter().all(Option::is_some));
}

#[test]
fn a_study_can_rank_the_weights_of_each_layer_alone() {
    let mut study = changed(&[
        (CELLS, "'gru'"),
        (SEEDS, "seed = 0"),
        ("['both', 'ih', 'hh']", "'both'"),
        ("percent = [50, 100]", "percent = 50\nranking = ['global', 'layer']"),
    ]);
    study.keep_models = true;
    let folder = tempfile::tempdir().unwrap();
    let folder = Folder::new(folder.path());
    let corpus = corpus();
    let session = Session::begin(&study, &corpus, &folder).unwrap();
    let keep = Keep::default();
    session.run(1, None, &keep).unwrap();
    let mut shares = BTreeMap::new();
    for record in keep.records.into_inner().unwrap() {
        let Some(pruning) = record.trial.pruning() else { continue };
        let summary = record.pruned.as_ref().unwrap();
        assert_eq!(summary.threshold.is_none(), pruning.ranking == Ranking::Layer);
        let account = sparsity(&folder.network(&record).expect("the masks of the record"));
        let layers = [0, 1].map(|layer| {
            let weights = account.weights.iter().filter(|weight| weight.layer == layer);
            let (masked, count) =
                weights.fold((0, 0), |sum, one| (sum.0 + one.masked, sum.1 + one.count));
            masked as f64 / count as f64
        });
        shares.insert(record.trial.name(), (pruning.ranking, layers));
    }
    assert_eq!(shares.len(), 2);
    for (ranking, layers) in shares.into_values() {
        let same = layers.iter().all(|share| (share - 0.5).abs() < 0.01);
        assert_eq!(same, ranking == Ranking::Layer, "{ranking:?}: {layers:?}");
    }
}
