//! The state of each trial of a folder, kept up to date while other processes run the study.
//!
//! Records are read once, and a few numbers of each are kept. After that, the modification times of
//! the 256 folders show where something has changed, and only new or changed files are read again.
//! Nothing is written. So the time of the file system is not available, and the owner of a claim
//! that runs elsewhere counts as alive as long as it keeps writing.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::claim::PATIENCE;
use super::folder::Found;
use super::{Claims, DataSummary, Folder, Progress, Record, Study, StudyError, Trial};
use crate::parallel;

/// A folder is listed again for this long after its last change, whatever its time says: a clock
/// may be coarse, and several changes within one tick leave the same time.
const SETTLING: Duration = Duration::from_secs(2);

/// The state of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// A living process computes it.
    Running,
    /// It has a record.
    Done,
    /// It could not be computed.
    Failed,
    /// The file that should be its record is damaged.
    Damaged,
    /// It has not been begun.
    Waiting,
}

impl State {
    /// All states.
    pub const ALL: [State; 5] =
        [State::Running, State::Done, State::Failed, State::Damaged, State::Waiting];

    /// The state in one word.
    pub const fn name(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Done => "done",
            State::Failed => "failed",
            State::Damaged => "damaged",
            State::Waiting => "waiting",
        }
    }
}

/// What is known of a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The trial.
    pub trial: Trial,
    /// [`Trial::hash`] of it.
    pub hash: u64,
    /// Its state.
    pub state: State,
    /// Merit on the sequences that judge it: of the final network or, for a running trial, after
    /// its last known epoch.
    pub merit: Option<f64>,
    /// The last epoch.
    pub epoch: Option<u32>,
    /// Total seconds of all epochs, for a trial that is done.
    pub seconds: f64,
    /// The reason why it failed, is damaged, or ended early.
    pub why: Option<String>,
    /// Grows with each change of any trial of the index.
    pub revision: u64,
}

/// All trials of a folder.
#[derive(Debug)]
pub struct Index {
    folder: Folder,
    claims: Arc<Claims>,
    study: Study,
    /// `None` if no trial has begun yet.
    data: Option<DataSummary>,
    /// The versions of `study.toml` and `study.json` that were read.
    asked: [Option<Stamp>; 2],
    known: Vec<Arc<Known>>,
    files: Vec<Files>,
    /// Indices of trials in `known`, by hash.
    places: HashMap<u64, usize>,
    fans: Vec<Fan>,
    /// Claims of owners elsewhere: when they last wrote, and since when that time is known.
    beats: HashMap<PathBuf, (SystemTime, Instant)>,
    revision: u64,
}

/// A version of a file: its modification time and length.
type Stamp = (SystemTime, u64);

/// The files of a trial in its folder.
#[derive(Clone, Debug, Default, PartialEq)]
struct Files {
    record: Option<Stamp>,
    failure: Option<Stamp>,
    progress: Option<Stamp>,
    claims: Vec<PathBuf>,
}

/// One of the 256 folders.
#[derive(Debug)]
struct Fan {
    path: PathBuf,
    /// The trials whose files are in this folder.
    places: Vec<usize>,
    written: Option<SystemTime>,
    /// When a change was last seen.
    changed: Instant,
}

impl Index {
    /// For the study in `folder`. All trials are waiting until [`Index::refresh`].
    ///
    /// # Errors
    /// If there is no study, or its files cannot be read.
    pub fn open(folder: &Folder, claims: &Arc<Claims>) -> Result<Self, StudyError> {
        let asked = stamps(folder);
        let study = folder.asked()?;
        let data = if folder.exists() { Some(folder.study()?.data) } else { None };
        let fan = |number: usize| Fan {
            path: folder.path().join("trials").join(format!("{number:02x}")),
            places: Vec::new(),
            written: None,
            changed: Instant::now(),
        };
        let mut fans: Vec<Fan> = (0..256).map(fan).collect();
        let mut known = Vec::new();
        let mut places = HashMap::new();
        for trial in study.trials() {
            let hash = trial.hash();
            fans[(hash >> 56) as usize].places.push(known.len());
            places.insert(hash, known.len());
            known.push(Arc::new(Known::waiting(trial, hash)));
        }
        Ok(Self {
            folder: folder.clone(),
            claims: Arc::clone(claims),
            study,
            data,
            asked,
            files: vec![Files::default(); known.len()],
            known,
            places,
            fans,
            beats: HashMap::new(),
            revision: 0,
        })
    }

    /// The study.
    pub fn study(&self) -> &Study {
        &self.study
    }

    /// Its data; `None` if no trial has begun yet.
    pub fn data(&self) -> Option<&DataSummary> {
        self.data.as_ref()
    }

    /// Every trial, in the study's order.
    pub fn known(&self) -> &[Arc<Known>] {
        &self.known
    }

    /// Grows with each change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Looks for changes, on `jobs` threads if there are many.
    ///
    /// # Errors
    /// If the study has changed and its files cannot be read.
    pub fn refresh(&mut self, jobs: usize) -> Result<(), StudyError> {
        if stamps(&self.folder) != self.asked {
            // The study has begun, or has been widened.
            let fresh = Self::open(&self.folder, &self.claims)?;
            *self = Self { revision: self.revision + 1, ..fresh };
        }
        if self.data.is_none() {
            return Ok(());
        }
        let mut other = Vec::new();
        for number in 0..self.fans.len() {
            if self.fans[number].has_changed() {
                self.list(number, &mut other);
            }
        }
        // A process that ends does not change a folder.
        let claimed = self.files.iter().enumerate().filter(|(_, files)| !files.claims.is_empty());
        other.extend(claimed.map(|(place, _)| place));
        other.sort_unstable();
        other.dedup();
        let taken: Vec<bool> = other.iter().map(|&place| self.is_taken(place)).collect();
        let look = |at: usize| self.look(other[at], taken[at]);
        // Starting threads takes longer than reading a few records.
        let jobs = if other.len() < 64 { 1 } else { jobs };
        let seen = parallel::map(jobs, other.len(), look);
        let mut revision = self.revision;
        for (&place, seen) in other.iter().zip(seen) {
            let known = &mut self.known[place];
            let seen = Known { revision: known.revision, ..seen };
            if **known != seen {
                revision = self.revision + 1;
                *known = Arc::new(Known { revision, ..seen });
            }
        }
        self.revision = revision;
        let held = self.files.iter().flat_map(|files| &files.claims);
        let held: std::collections::HashSet<&PathBuf> = held.collect();
        self.beats.retain(|path, _| held.contains(path));
        Ok(())
    }

    /// Lists one of the folders, and adds the trials whose files have changed to `other`.
    fn list(&mut self, number: usize, other: &mut Vec<usize>) {
        let fan = &self.fans[number];
        let mut found: HashMap<usize, Files> = HashMap::new();
        let entries = fs::read_dir(&fan.path).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name();
            let Some((trial, kind)) = name.to_str().and_then(named) else { continue };
            let hash = trial.rsplit_once('-').map(|(_, hash)| u64::from_str_radix(hash, 16));
            let hash = hash.and_then(Result::ok);
            let Some(&place) = hash.and_then(|hash| self.places.get(&hash)) else { continue };
            // A link could lead anywhere, and no run creates one.
            let Some(data) = entry.metadata().ok().filter(fs::Metadata::is_file) else { continue };
            let stamp = data.modified().ok().map(|written| (written, data.len()));
            let files = found.entry(place).or_default();
            match kind {
                Kind::Record => files.record = stamp,
                Kind::Failure => files.failure = stamp,
                Kind::Progress => files.progress = stamp,
                Kind::Claim => files.claims.push(entry.path()),
            }
        }
        for &place in &fan.places {
            let mut files = found.remove(&place).unwrap_or_default();
            files.claims.sort();
            if files != self.files[place] {
                self.files[place] = files;
                other.push(place);
            }
        }
    }

    /// Whether a living process computes the trial, as far as can be judged without writing.
    fn is_taken(&mut self, place: usize) -> bool {
        let files = &self.files[place];
        let mut taken = false;
        for path in &files.claims {
            let Ok(sight) = self.claims.sight(path) else { continue };
            taken |= sight.alive.unwrap_or_else(|| {
                let now = Instant::now();
                match self.beats.get_mut(path) {
                    Some((written, since)) if *written == sight.written => {
                        since.elapsed() < PATIENCE
                    }
                    Some(beat) => {
                        *beat = (sight.written, now);
                        true
                    }
                    None => {
                        // Seen for the first time: clocks may differ, but usually they do not.
                        let age = SystemTime::now().duration_since(sight.written);
                        let fresh = age.is_ok_and(|age| age < PATIENCE);
                        let since =
                            if fresh { now } else { now.checked_sub(PATIENCE).unwrap_or(now) };
                        self.beats.insert(path.clone(), (sight.written, since));
                        fresh
                    }
                }
            });
        }
        taken
    }

    /// The state of a trial according to its files.
    fn look(&self, place: usize, taken: bool) -> Known {
        let (files, known) = (&self.files[place], &self.known[place]);
        let nothing = Known::waiting(known.trial.clone(), known.hash);
        let (trial, judge) = (&nothing.trial, nothing.trial.judge());
        let data = self.data.as_ref().expect("nothing is looked at before it has begun");
        let found = match files.record {
            Some(_) => self.folder.record(trial, data),
            None => Found::Nothing,
        };
        match found {
            Found::Record(record) => {
                let merit = record.kept().map(|kept| kept.judged(judge).merit());
                let epoch = record.epochs.last().map(|last| last.epoch);
                let why = record.diverged.map(|diverged| diverged.to_string());
                let seconds = record.seconds.iter().sum();
                Known { state: State::Done, merit, epoch, seconds, why, ..nothing }
            }
            _ if taken => {
                let progress = files.progress.and_then(|_| self.folder.progress(trial));
                let last = progress.as_ref().and_then(|progress| progress.epochs.last());
                let merit = last.map(|last| last.judged(judge).merit());
                let epoch = last.map(|last| last.epoch);
                Known { state: State::Running, merit, epoch, ..nothing }
            }
            Found::Damaged(_, why) => Known { state: State::Damaged, why: Some(why), ..nothing },
            Found::Nothing => {
                let failure = files.failure.and_then(|_| self.folder.failure(trial));
                match failure {
                    Some(failure) => {
                        Known { state: State::Failed, why: Some(failure.error), ..nothing }
                    }
                    None => nothing,
                }
            }
        }
    }
}

impl Known {
    fn waiting(trial: Trial, hash: u64) -> Self {
        Self {
            trial,
            hash,
            state: State::Waiting,
            merit: None,
            epoch: None,
            seconds: 0.0,
            why: None,
            revision: 0,
        }
    }

    /// The name of its files.
    pub fn name(&self) -> String {
        self.trial.name_with(self.hash)
    }

    /// Its record, if it is done.
    pub fn record(&self, folder: &Folder, data: &DataSummary) -> Option<Record> {
        if self.state == State::Done { folder.record_of(&self.trial, data) } else { None }
    }

    /// Its progress, if it is running.
    pub fn progress(&self, folder: &Folder) -> Option<Progress> {
        if self.state == State::Running { folder.progress(&self.trial) } else { None }
    }
}

impl Fan {
    /// Whether the folder has to be listed again.
    fn has_changed(&mut self) -> bool {
        // Links are not followed.
        let data = fs::symlink_metadata(&self.path).ok().filter(fs::Metadata::is_dir);
        let written = data.and_then(|data| data.modified().ok());
        if written != self.written {
            self.written = written;
            self.changed = Instant::now();
            return true;
        }
        written.is_some() && self.changed.elapsed() < SETTLING
    }
}

/// The kind of a file in such a folder.
enum Kind {
    Record,
    Failure,
    Progress,
    Claim,
}

/// The name of the trial that a file belongs to, and the kind of the file. The name may contain
/// dots.
fn named(file: &str) -> Option<(&str, Kind)> {
    if let Some((trial, _)) = file.split_once(".claim-") {
        return Some((trial, Kind::Claim));
    }
    let endings =
        [(".failed.json", Kind::Failure), (".json", Kind::Record), (".progress", Kind::Progress)];
    endings.into_iter().find_map(|(ending, kind)| Some((file.strip_suffix(ending)?, kind)))
}

fn stamps(folder: &Folder) -> [Option<Stamp>; 2] {
    let stamp = |path: &Path| {
        let data = fs::metadata(path).ok()?;
        Some((data.modified().ok()?, data.len()))
    };
    [folder.study_path(), folder.begun_path()].map(|path| stamp(&path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Corpus, ReberSettings, generate};
    use crate::study::{Observer, Session, status};

    const STUDY: &str = "
[data]
reber = { count = 80 }
[base]
layers = [2]
epochs = 1
retrain_epochs = 1
cell = 'rnn_tanh'
[axes]
seed = [0, 1]
percent = [50, 99.5]
";

    struct Nobody;
    impl Observer for Nobody {}

    fn counts(index: &Index) -> [usize; 5] {
        State::ALL.map(|state| index.known().iter().filter(|known| known.state == state).count())
    }

    /// Looks again after any change, as if some time had passed.
    fn look(index: &mut Index) -> [usize; 5] {
        let before = index.revision();
        index.refresh(2).unwrap();
        let revision = index.revision();
        index.refresh(2).unwrap();
        assert_eq!(index.revision(), revision, "nothing has changed since");
        assert!(revision >= before);
        counts(index)
    }

    #[test]
    fn an_index_follows_what_happens_in_its_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        let study = Study::parse(STUDY, "study.toml".as_ref()).unwrap();
        fs::write(folder.study_path(), STUDY).unwrap();
        let claims = Arc::new(Claims::new());
        let mut index = Index::open(&folder, &claims).unwrap();
        assert_eq!(look(&mut index), [0, 0, 0, 0, 6], "nothing has begun");

        let data = generate(&ReberSettings { count: 80, ..ReberSettings::default() }).unwrap();
        let corpus = Corpus::try_from(data).unwrap();
        let session = Session::begin(&study, &corpus, &folder).unwrap();
        session.run(1, None, &Nobody).unwrap();
        assert_eq!(look(&mut index), [0, 6, 0, 0, 0]);
        assert_eq!(status(&folder).unwrap().done, 6);
        let trial = index.known()[5].trial.clone();
        assert!(trial.name().contains("99.5"), "a name with a dot in it");
        let record = index.known()[5].record(&folder, index.data().unwrap()).unwrap();
        let judged = record.epochs.last().unwrap().judged(trial.judge()).merit();
        assert_eq!((index.known()[5].merit, index.known()[5].epoch), (Some(judged), Some(1)));

        // It is computed again, and its progress is shown.
        fs::remove_file(folder.record_path(&trial)).unwrap();
        assert_eq!(look(&mut index), [0, 5, 0, 0, 1]);
        let claim = folder.claim(&trial, &claims).unwrap().unwrap();
        let progress = Progress { epochs: record.epochs[..1].to_vec() };
        fs::write(folder.progress_path(&trial), serde_json::to_vec(&progress).unwrap()).unwrap();
        assert_eq!(look(&mut index), [1, 5, 0, 0, 0]);
        assert_eq!(index.known()[5].epoch, Some(0));
        assert_eq!(index.known()[5].progress(&folder), Some(progress));
        // Its process is gone, so its progress no longer counts.
        drop(claim);
        assert_eq!(look(&mut index), [0, 5, 0, 0, 1]);
        assert_eq!(index.known()[5].epoch, None);

        fs::write(folder.record_path(&trial), "{").unwrap();
        assert_eq!(look(&mut index), [0, 5, 0, 1, 0]);
        assert!(index.known()[5].why.is_some());
        folder.store(&record).unwrap();
        let opening = place.path().join("study.claim-1");
        let file = fs::File::create(&opening).unwrap();
        file.set_modified(SystemTime::now() - 2 * PATIENCE).unwrap();
        folder.tidy(&claims);
        assert!(!folder.progress_path(&trial).exists(), "litter of a trial that is done");
        assert!(!opening.exists(), "whoever opened the folder is dead");
        assert_eq!(look(&mut index), [0, 6, 0, 0, 0]);

        // The study has been widened.
        let more = STUDY.replace("[50, 99.5]", "[50, 60, 99.5]");
        fs::write(folder.study_path(), more).unwrap();
        assert_eq!(look(&mut index), [0, 6, 0, 0, 2]);
    }

    #[test]
    fn a_process_elsewhere_runs_as_long_as_it_writes_and_nothing_is_written_to_learn_that() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        let study = Study::parse(STUDY, "study.toml".as_ref()).unwrap();
        let data = generate(&ReberSettings { count: 80, ..ReberSettings::default() }).unwrap();
        let corpus = Corpus::try_from(data).unwrap();
        let _session = Session::begin(&study, &corpus, &folder).unwrap();
        let trial = study.trials().next().unwrap();
        let claim = folder.record_path(&trial).with_extension("claim-1");
        fs::create_dir_all(claim.parent().unwrap()).unwrap();
        fs::write(&claim, "of another machine").unwrap();
        let written = |ago: Duration| {
            let file = fs::OpenOptions::new().write(true).open(&claim).unwrap();
            file.set_modified(SystemTime::now() - ago).unwrap();
        };
        let mut index = Index::open(&folder, &Arc::new(Claims::new())).unwrap();
        assert_eq!(look(&mut index), [1, 0, 0, 0, 5]);
        let listed = fs::metadata(claim.parent().unwrap()).unwrap().modified().unwrap();

        // An old claim, seen for the first time.
        written(10 * PATIENCE);
        let mut index = Index::open(&folder, &Arc::new(Claims::new())).unwrap();
        assert_eq!(look(&mut index), [0, 0, 0, 0, 6]);
        // The owner is alive after all, on a machine whose clock is slow.
        written(9 * PATIENCE);
        assert_eq!(look(&mut index), [1, 0, 0, 0, 5]);
        // Silent for longer than the patience.
        let long_ago = Instant::now().checked_sub(2 * PATIENCE).unwrap();
        index.beats.values_mut().for_each(|beat| beat.1 = long_ago);
        assert_eq!(look(&mut index), [0, 0, 0, 0, 6]);
        let now = fs::metadata(claim.parent().unwrap()).unwrap().modified().unwrap();
        assert_eq!(listed, now, "no file was made there");
    }
}
