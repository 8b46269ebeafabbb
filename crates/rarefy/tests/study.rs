//! Studies: the same records whatever the number of threads, resumed where they
//! stopped, and never mixed with other settings.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use rarefy::cell::Cell;
use rarefy::data::{Corpus, ReberSettings, generate};
use rarefy::prune::Scope;
use rarefy::study::{
    DataSource, Folder, Networks, Observer, Record, Session, Study, StudyError, collect,
};
use rarefy::train::{Judge, Training};

fn reber() -> ReberSettings {
    ReberSettings { count: 200, ..ReberSettings::default() }
}

fn study() -> Study {
    Study {
        scale: "test".to_owned(),
        cells: Cell::ALL.to_vec(),
        seeds: vec![0, 1],
        scopes: Scope::ALL.to_vec(),
        percents: vec![50.0, 100.0],
        networks: Networks::Stacked(vec![5, 4]),
        base_epochs: 2,
        recovery_epochs: 1,
        tolerance: 0.01,
        judge: Judge::Validation,
        validation_share: 0.2,
        training: Training::default(),
        data: DataSource::Reber(reber()),
    }
}

fn corpus() -> Corpus {
    let data = generate(&reber()).unwrap();
    Corpus::encode(("train".as_ref(), &data.train), ("test".as_ref(), &data.test)).unwrap()
}

/// Keeps the records of the trials that were computed.
#[derive(Default)]
struct Keep(Mutex<Vec<Record>>);

impl Observer for Keep {
    fn done(&self, record: &Record) {
        self.0.lock().unwrap().push(record.clone());
    }
}

/// All records of the folder, and how many of them were computed now.
fn run_in(folder: &Path, study: &Study, jobs: usize) -> Result<(Vec<Record>, usize), StudyError> {
    let (corpus, folder, computed) = (corpus(), Folder::new(folder), Keep::default());
    let session = Session::begin(study, &corpus, &folder)?;
    let records = session.run(jobs, &computed)?;
    collect(&folder, study, &records)?;
    let computed = computed.0.into_inner().unwrap();
    // What comes from disk is what was computed, to the last bit of every number.
    for record in &computed {
        assert!(records.contains(record), "{record:?}");
    }
    Ok((records, computed.len()))
}

/// Every file of the folder but the lock and the times in the trials' records.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for name in ["study.json", "records.csv", "curves.csv"] {
        files.insert(name.to_owned(), std::fs::read(folder.join(name)).unwrap());
    }
    for sub in ["trials", "models"] {
        for entry in std::fs::read_dir(folder.join(sub)).unwrap() {
            let path = entry.unwrap().path();
            let mut bytes = std::fs::read(&path).unwrap();
            if sub == "trials" {
                let mut record: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                record.as_object_mut().unwrap().remove("seconds").unwrap();
                bytes = serde_json::to_vec(&record).unwrap();
            }
            files.insert(format!("{sub}/{}", path.file_name().unwrap().display()), bytes);
        }
    }
    files
}

#[test]
fn records_are_the_same_bytes_with_one_thread_and_with_four() {
    let folders = [1, 4].map(|jobs| {
        let folder = tempfile::tempdir().unwrap();
        let (records, computed) = run_in(folder.path(), &study(), jobs).unwrap();
        assert_eq!((records.len(), computed), (56, 56));
        folder
    });
    let [one, four] = folders.each_ref().map(|folder| contents(folder.path()));
    assert_eq!(one.keys().collect::<Vec<_>>(), four.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert_eq!(bytes, &four[name], "{name}");
    }
}

#[test]
fn a_study_goes_on_where_it_stopped_and_mends_what_was_spoilt() {
    let folder = tempfile::tempdir().unwrap();
    let whole = tempfile::tempdir().unwrap();
    run_in(whole.path(), &study(), 2).unwrap();
    let fewer = Study { cells: vec![Cell::Gru], seeds: vec![0], ..study() };
    assert_eq!(run_in(folder.path(), &fewer, 2).unwrap().1, 7);
    // Widened to more cells and seeds, it keeps what it has; asked for less, too.
    assert_eq!(run_in(folder.path(), &study(), 2).unwrap().1, 49);
    let (records, computed) = run_in(folder.path(), &fewer, 2).unwrap();
    assert_eq!((records.len(), computed), (56, 0));
    assert_eq!(run_in(folder.path(), &study(), 2).unwrap().1, 0);

    let trials = folder.path().join("trials");
    std::fs::write(trials.join("gru-seed0-hh-50.json"), b"{\"trial\":").unwrap();
    std::fs::remove_file(trials.join("lstm-seed1.json")).unwrap();
    let models = folder.path().join("models");
    std::fs::remove_file(models.join("rnn_tanh-seed0.safetensors")).unwrap();
    std::fs::write(models.join("gru-seed1.safetensors"), b"cut short").unwrap();
    std::fs::copy(models.join("gru-seed0.safetensors"), models.join("rnn_relu-seed1.safetensors"))
        .unwrap();
    assert_eq!(run_in(folder.path(), &study(), 2).unwrap().1, 5);
    assert_eq!(contents(folder.path()), contents(whole.path()));
}

#[test]
fn a_folder_of_other_settings_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let small = Study { cells: vec![Cell::RnnTanh], seeds: vec![0], ..study() };
    run_in(folder.path(), &small, 1).unwrap();
    let before = contents(folder.path());
    let others = [
        Study { base_epochs: 3, ..small.clone() },
        Study { judge: Judge::Test, ..small.clone() },
        Study { training: Training { batch: 7, ..Training::default() }, ..small.clone() },
    ];
    for other in others {
        let error = run_in(folder.path(), &other, 1).unwrap_err().to_string();
        assert!(error.contains("holds results of other settings"), "{error}");
        assert_eq!(contents(folder.path()), before);
    }
}

#[test]
fn two_processes_do_not_run_in_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, held) = (corpus(), Folder::new(folder.path()));
    let study = study();
    let _session = Session::begin(&study, &corpus, &held).unwrap();
    let error = run_in(folder.path(), &study, 1).unwrap_err();
    assert!(matches!(error, StudyError::Locked { .. }), "{error}");
}

#[test]
fn a_base_model_that_diverges_is_a_result() {
    let folder = tempfile::tempdir().unwrap();
    let training = Training { learning_rate: 1e30, ..Training::default() };
    let wild = Study { cells: vec![Cell::RnnRelu], seeds: vec![0], training, ..study() };
    let (records, computed) = run_in(folder.path(), &wild, 2).unwrap();
    assert_eq!((records.len(), computed), (7, 7));
    let base = &records[0];
    assert_eq!(base.diverged.unwrap().epoch, 1);
    for record in &records[1..] {
        assert_eq!(record.diverged, base.diverged);
        assert_eq!((record.epochs.len(), record.epochs_to_recover), (0, None));
    }
    // It reads back as what it was, and is not computed again.
    assert_eq!(run_in(folder.path(), &wild, 2).unwrap(), (records, 0));
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
    let run = std::panic::AssertUnwindSafe(|| session.run(2, &Panic).map(drop));
    assert!(std::panic::catch_unwind(run).is_err());
}

#[test]
fn too_little_to_judge_by_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let study = Study { validation_share: 0.001, ..study() };
    let error = run_in(folder.path(), &study, 1).unwrap_err().to_string();
    assert!(error.contains("leaves 0 to judge by"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
