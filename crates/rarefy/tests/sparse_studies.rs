//! Studies of networks that become sparse during training, and of lottery tickets.

use std::path::Path;
use std::sync::Mutex;

use rarefy::data::{Corpus, ReberSettings, generate};
use rarefy::recipe::Ticket;
use rarefy::sparsify::Method;
use rarefy::study::{Folder, Format, Observer, Record, Session, Study, collect};

fn parsed(text: &str) -> Study {
    Study::parse(text, "study.toml".as_ref()).unwrap()
}

#[derive(Default)]
struct Done(Mutex<Vec<String>>);

impl Observer for Done {
    fn done(&self, record: &Record) {
        self.0.lock().unwrap().push(record.trial.label());
    }
}

/// All records, and the labels of those that this run computed.
fn run(folder: &Path, study: &Study) -> (Vec<Record>, Vec<String>) {
    let data = generate(&ReberSettings { count: 200, ..ReberSettings::default() }).unwrap();
    let corpus = Corpus::try_from(data).unwrap();
    let (folder, done) = (Folder::new(folder), Done::default());
    let session = Session::begin(study, &corpus, &folder).unwrap();
    session.run(2, None, &done).unwrap();
    collect(&folder, session.file(), &[Format::Csv]).unwrap();
    (folder.records(session.file()), done.0.into_inner().unwrap())
}

#[test]
fn methods_are_levels_of_a_study_beside_pruning_after_training() {
    let study = parsed(
        "[data]\nreber = { count = 200 }\n[base]\ncell = 'gru'\nlayers = [8, 8]\n\
         ranking = 'matrix'\n[axes]\npercent = [75]\n\
         [[lists.method]]\nmethod = 'pruned'\nepochs = 2\nretrain_epochs = 1\n\
         [[lists.method]]\nmethod = 'snip'\nepochs = 3\nsparsify = 'static'\ncriterion = 'snip'\n\
         samples = 20\n\
         [[lists.method]]\nmethod = 'rigl'\nepochs = 3\nsparsify = 'rigl'\nevery = 2\n\
         [[lists.method]]\nmethod = 'set'\nepochs = 3\nsparsify = 'set'\n\
         [[lists.method]]\nmethod = 'gradual'\nepochs = 3\nsparsify = 'gradual'\nevery = 2\n\
         [[contrast]]\nvary = 'method'\nlevels = ['snip', 'rigl', 'pruned']\n",
    );
    let folder = tempfile::tempdir().unwrap();
    let (records, done) = run(folder.path(), &study);
    // One more than declared: pruning after training needs a trained network to start from.
    assert_eq!((records.len(), done.len()), (6, 6));
    let methods: Vec<Option<Method>> = records.iter().map(|r| r.trial.method()).collect();
    let later = [Method::Static, Method::Rigl, Method::Set, Method::Gradual].map(Some);
    assert_eq!(methods, [&[None, None][..], &later].concat());
    for record in &records[1..] {
        let pruned = record.pruned.as_ref().unwrap();
        assert_eq!(pruned.sparsity, 0.75, "{}", record.trial.label());
        assert_eq!(record.trial.selection().unwrap().percent, 75.0);
    }
    for record in &records[2..] {
        assert_eq!(record.trial.parent(), None);
        assert_eq!(record.epochs.len(), 3);
        let moves = record.trial.sparsify.is_some();
        assert!(record.epochs.iter().all(|epoch| epoch.moved.is_some() == moves));
    }
    let table = std::fs::read_to_string(folder.path().join("records.csv")).unwrap();
    let heading: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let at = heading.iter().position(|&name| name == "sparsify").unwrap();
    let column: Vec<&str> = table.lines().skip(1).map(|l| l.split(',').nth(at).unwrap()).collect();
    assert_eq!(column, ["", "", "static", "rigl", "set", "gradual"]);
    // Each matrix of 24 rows and 8 columns keeps 48 weights; of a gate the mean over both layers.
    assert_eq!(records[0].connections, None);
    let connections = records[1].connections.as_ref().unwrap();
    let gates = connections.values();
    let edges: f64 = gates.map(|of| of["edges"].unwrap() + of["self_loops"].unwrap()).sum();
    assert_eq!((connections.len(), edges), (3, 48.0));
    let value = |row: usize, name: &str| -> Option<f64> {
        let at = heading.iter().position(|&column| column == name).unwrap();
        table.lines().nth(row + 1).unwrap().split(',').nth(at).unwrap().parse().ok()
    };
    let update = &records[2].connections.as_ref().unwrap()["update"];
    assert_eq!(value(2, "hh_balanced_share_update"), update["balanced_share"]);
    assert_eq!((value(2, "hh_nodes"), value(0, "hh_nodes")), (Some(8.0), None));
    let moved = records[4].epochs[2].moved.as_ref().unwrap();
    let curves = std::fs::read_to_string(folder.path().join("curves.csv")).unwrap();
    let balanced = moved.balanced.map_or(String::new(), |share| share.to_string());
    assert!(curves.lines().any(|line| line.ends_with(&format!(",{},{balanced}", moved.magnitude))));
    let at = heading.iter().position(|&name| name == "method").unwrap();
    let column: Vec<&str> = table.lines().skip(1).map(|l| l.split(',').nth(at).unwrap()).collect();
    assert_eq!(column, ["", "pruned", "snip", "rigl", "set", "gradual"]);
    let contrasts = std::fs::read_to_string(folder.path().join("contrasts.csv")).unwrap();
    let pairs: Vec<&str> = contrasts.lines().skip(1).collect();
    assert_eq!(pairs.len(), 3, "{contrasts}");
    for (line, levels) in pairs.iter().zip(["snip,rigl", "snip,pruned", "rigl,pruned"]) {
        assert!(line.contains(&format!("method,{levels},")), "{line}");
    }
    let heading = curves.lines().next().unwrap();
    let of_masks = "sparsity,replaced,kept_of_first,shared_with_magnitude,hh_balanced_share";
    assert!(heading.ends_with(of_masks), "{heading}");
    // Nothing is computed twice.
    assert_eq!(run(folder.path(), &study).1.len(), 0);
}

#[test]
fn the_rounds_of_tickets_are_trained_once_and_shared_by_their_controls() {
    let study = parsed(
        "[data]\nreber = { count = 200 }\n[base]\ncell = 'gru'\nlayers = [8]\nepochs = 2\n\
         retrain_epochs = 2\npercent = 20\nrewind = '1 epoch'\n[axes]\n\
         rounds = [1, 2, 3]\nticket = ['found', 'reinitialized', 'shuffled']\n\
         [[contrast]]\nvary = 'ticket'\n",
    );
    let folder = tempfile::tempdir().unwrap();
    let (records, done) = run(folder.path(), &study);
    // One dense training, three rounds, and two controls per round.
    assert_eq!((records.len(), done.len()), (10, 10));
    let left = |record: &Record| 1.0 - record.pruned.as_ref().map_or(0.0, |p| p.sparsity);
    for record in &records {
        let rounds = record.trial.rounds() as i32;
        assert!((left(record) - 0.8_f64.powi(rounds)).abs() < 0.01, "{}", record.trial.label());
    }
    assert!(folder.path().join("contrasts.csv").exists());
    // As if killed in the middle of the chain: only what is lost is computed again.
    let lost = |record: &&Record| record.trial.rounds() == 2;
    let stored = Folder::new(folder.path());
    let lost: Vec<&Record> = records.iter().filter(lost).collect();
    for record in &lost {
        std::fs::remove_file(stored.record_path(&record.trial)).unwrap();
    }
    let (again, done) = run(folder.path(), &study);
    assert_eq!(done.len(), lost.len());
    let hashes = |all: &[Record]| all.iter().map(Record::results_hash).collect::<Vec<_>>();
    assert_eq!(hashes(&again), hashes(&records));
}

#[test]
fn a_trained_network_can_become_sparse_as_it_is_retrained() {
    let study = parsed(
        "[data]\nreber = { count = 200 }\n[base]\ncell = 'gru'\nlayers = [8, 8]\nepochs = 2\n\
         retrain_epochs = 3\npercent = 75\nranking = 'matrix'\n\
         [[lists.method]]\nmethod = 'at once'\n[[lists.method]]\nmethod = 'gradual'\n\
         sparsify = 'gradual'\nevery = 2\n[[lists.method]]\nmethod = 'rigl'\nsparsify = 'rigl'\n\
         every = 2\n[[contrast]]\nvary = 'method'\n",
    );
    let folder = tempfile::tempdir().unwrap();
    let (records, _) = run(folder.path(), &study);
    let [base, at_once, gradual, rigl] = &records[..] else {
        panic!("one training, three prunings")
    };
    for record in [at_once, gradual, rigl] {
        assert_eq!(record.trial.parent().as_ref(), Some(&base.trial));
        assert_eq!(record.trial.pruning().unwrap().percent, 75.0);
        assert_eq!(record.pruned.as_ref().unwrap().sparsity, 0.75, "{}", record.trial.label());
        assert_eq!(record.epochs.len(), 4);
        let text = serde_json::to_string(&record.trial).unwrap();
        assert_eq!(serde_json::from_str::<rarefy::study::Trial>(&text).unwrap(), record.trial);
    }
    let tested = |record: &Record, epoch: usize| record.epochs[epoch].test.merit();
    // Nothing is pruned yet, or all that will be.
    assert_eq!(tested(gradual, 0), tested(base, 1));
    assert_eq!(tested(rigl, 0), tested(at_once, 0));
    let sparsity =
        |record: &Record, epoch: usize| record.epochs[epoch].moved.as_ref().map(|m| m.sparsity);
    assert!(sparsity(gradual, 1) < sparsity(gradual, 3));
    assert_eq!((sparsity(rigl, 1), sparsity(at_once, 1)), (Some(0.75), None));
    // It cannot have recovered before it was sparse.
    let sparse = (1..4).find(|&epoch| sparsity(gradual, epoch) == Some(0.75)).unwrap() as u32;
    assert!(gradual.epochs_to_recover.is_none_or(|epoch| epoch >= sparse));
}

/// Ten rounds are ten trainings after the first, whichever trials share them.
#[test]
fn the_shipped_studies_plan_each_training_once() {
    let shipped = |name: String| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../studies");
        let path = folder.join(format!("{name}.toml"));
        Study::parse(&std::fs::read_to_string(&path).unwrap(), &path).unwrap()
    };
    // A seed's trials: one training that is pruned later, 17 methods at each percent, and one network
    // that is never pruned.
    for (name, seeds, percents) in
        [("smoke", 2, 2), ("laptop", 20, 4), ("full", 20, 4), ("vowels", 20, 4), ("mnist", 20, 4)]
    {
        let study = shipped(format!("methods-{name}"));
        assert_eq!(study.trials().count(), seeds * (1 + 17 * percents + 1), "{name}");
    }
    assert_eq!(shipped("zhang-stadie".to_owned()).trials().count(), 3 * 5);
    for scale in ["laptop", "full"] {
        let study = shipped(format!("tickets-{scale}"));
        let trials: Vec<_> = study.trials().filter(|trial| trial.seed == 0).collect();
        assert_eq!(trials.len(), 1 + 10 + 2 * 10, "{scale}");
        let found = |trial: &&rarefy::study::Trial| {
            trial
                .pruning()
                .and_then(|pruning| pruning.rewind)
                .is_none_or(|r| r.ticket == Ticket::Found)
        };
        assert_eq!(trials.iter().filter(found).count(), 11, "{scale}");
    }
}

#[test]
fn what_a_study_cannot_ask_for_is_refused_with_the_key() {
    for (keys, names) in [
        ("sparsify = 'rigl'", "density"),
        ("density = 0.1", "sparsify"),
        ("sparsify = 'rigl'\npercent = 80\ndensity = 0.2", "percent and density"),
        ("sparsify = 'static'\npercent = 80\nretrain_epochs = 2", "untrained"),
        ("sparsify = 'rigl'\npercent = 80\nretrain_epochs = 2\nrounds = 2", "rounds"),
        ("sparsify = 'rigl'\npercent = 80\ntolerance = 0.1", "tolerance"),
        ("sparsify = 'static'\npercent = 80\nfraction = 0.2", "fraction"),
        ("sparsify = 'rigl'\npercent = 80\nevery = '3 weeks'", "every"),
        ("percent = 80\nretrain_epochs = 1\nticket = 'shuffled'", "rewind"),
        ("percent = 80\nretrain_epochs = 1\nrewind = '9 epochs'", "rewind"),
        ("percent = 80\nretrain_epochs = 1\nrewind = -1", "1 epoch"),
        ("percent = 80\nretrain_epochs = 1\nrewind = 3\npatience = 2", "patience"),
        (
            "percent = 80\nretrain_epochs = 1\nrewind = 0\nticket = 'shuffled'\ngrain = 'unit'",
            "grain",
        ),
        ("sparsify = 'gradual'\npercent = 80\npatience = 2", "patience"),
        ("sparsify = 'narang'\npercent = 80\nranking = 'gate'", "ranking"),
        ("sparsify = 'set'\npercent = 80\ngrain = 'block'", "grain"),
    ] {
        let text = format!(
            "[data]\nreber = {{ count = 200 }}\n[base]\ncell = 'gru'\nepochs = 3\n{keys}\n"
        );
        let error = Study::parse(&text, "study.toml".as_ref()).unwrap_err().to_string();
        assert!(error.contains(names), "{keys}: {error}");
    }
}
