//! A study of many trials with made-up records.

use std::fs;

use rarefy::data::{Corpus, ReberSettings, generate};
use rarefy::study::{EpochResult, Folder, Observer, Record, Session, Study};

/// A base model and nine prunings for every ten trials.
fn study(trials: usize) -> Study {
    let text = format!(
        "keep_models = false
        [data]
        reber = {{ count = 80 }}
        [base]
        layers = [2]
        epochs = 1
        retrain_epochs = 9
        cell = 'rnn_tanh'
        [axes]
        seed = {{ from = 1, to = {} }}
        percent = [10, 20, 30, 40, 50, 60, 70, 80, 90]",
        trials / 10
    );
    Study::parse(&text, "many.toml".as_ref()).unwrap()
}

/// Fills `folder` with a record for every trial, each like a computed one, and with base models if
/// `models` is true.
pub fn make_up(folder: &Folder, trials: usize, models: bool) {
    let data = generate(&ReberSettings { count: 80, ..ReberSettings::default() }).unwrap();
    let corpus = Corpus::try_from(data).unwrap();
    struct Nobody;
    impl Observer for Nobody {}
    let elsewhere = tempfile::tempdir().unwrap();
    let here = Folder::new(elsewhere.path());
    let template = {
        let few = study(10);
        let session = Session::begin(&few, &corpus, &here).unwrap();
        session.run(1, None, &Nobody).unwrap();
        here.records(session.file())
    };
    let many = study(trials);
    let session = Session::begin(&many, &corpus, folder).unwrap();
    let data = &session.file().data;
    for (number, trial) in many.trials().enumerate() {
        let like = &template[number % 10];
        let mut record: Record = like.clone();
        record.fingerprint = trial.fingerprint(data, &like.instruction_set);
        // Ten epochs each, so that records have a usual length.
        let one: EpochResult = record.epochs[0].clone();
        record.epochs = (1..=10).map(|epoch| EpochResult { epoch, ..one.clone() }).collect();
        record.seconds = vec![0.1; 10];
        let path = folder.record_path(&trial);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if models && trial.is_base() {
            let model = folder.model_path(&trial);
            fs::create_dir_all(model.parent().unwrap()).unwrap();
            fs::copy(here.model_path(&like.trial), model).unwrap();
        }
        record.trial = trial;
        let record = record.sealed();
        // Not with the code of a run, which waits for the disk each time.
        fs::write(path, serde_json::to_vec_pretty(&record).unwrap()).unwrap();
    }
}
