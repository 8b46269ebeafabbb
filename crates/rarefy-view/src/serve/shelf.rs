//! The studies of a folder in their current state.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rarefy::format::{LARGEST_NAMED, read_regular};
use rarefy::study::{Claims, DataSummary, Folder, Index, Known, StudyError};
use rarefy::train::Merit;

use super::address::encoded;

/// Shortest time between two reads of a study's folder, however many requests there are.
const PAUSE: Duration = Duration::from_millis(500);
/// Shortest time between two searches for new studies.
const LISTING: Duration = Duration::from_secs(3);

/// Longest wait for a study to be read; after that its previous state is shown and reading goes on.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same for the study whose page is requested.
const PATIENCE_WITH_ONE: Duration = Duration::from_secs(30);
/// Most characters shown of the reason why a study cannot be read.
const LONGEST_REASON: usize = 300;

/// Why studies cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShelfError {
    /// The named folder does not exist or may not be read.
    #[error("cannot read {}", .folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// It is a file.
    #[error("{} is no folder", .0.display())]
    NoFolder(PathBuf),
    /// A part of a study lies outside the folder.
    #[error("{0} is a link that leads out of the folder that is served")]
    LeadsOut(&'static str),
    /// A study is damaged.
    #[error(transparent)]
    Study(#[from] StudyError),
}

/// The studies in one folder; nothing outside it is read. Each is read by its own thread without
/// holding a lock, so a study that is unreadable or hangs does not block the others.
pub struct Shelf {
    place: Arc<Place>,
    /// Differs between runs of the program, so that a page cannot confuse versions of two runs.
    token: String,
    listed: Mutex<Listed>,
}

/// The folder with the studies.
struct Place {
    /// The path after resolving links.
    root: PathBuf,
    claims: Arc<Claims>,
}

#[derive(Default)]
struct Listed {
    at: Option<Instant>,
    /// Studies by their name in addresses.
    studies: BTreeMap<String, Arc<Study>>,
}

struct Study {
    looking: Mutex<Looking>,
    looked: Condvar,
}

struct Looking {
    view: Arc<View>,
    index: Option<Index>,
    /// When the last read ended.
    ended: Option<Instant>,
    /// When the current read began, if there is one.
    since: Option<Instant>,
}

/// The state of a study at one moment.
pub struct View {
    /// Name in addresses: that of the study's folder.
    pub key: String,
    /// The name that the study gives itself.
    pub name: String,
    pub folder: Folder,
    /// The settings that vary.
    pub varied: Vec<&'static str>,
    /// `None` if no trial has begun yet.
    pub data: Option<DataSummary>,
    pub known: Vec<Arc<Known>>,
    /// The reason why it cannot be read, if so.
    pub broken: Option<String>,
    /// Grows with each change.
    pub revision: u64,
}

impl View {
    /// What answers are measured by.
    pub fn merit(&self) -> Merit {
        self.data.as_ref().map(|data| data.merit).unwrap_or_default()
    }

    /// The trial whose files have this name.
    pub fn find(&self, name: &str) -> Option<&Arc<Known>> {
        let hash = u64::from_str_radix(name.rsplit_once('-')?.1, 16).ok()?;
        self.known.iter().find(|known| known.hash == hash && known.name() == name)
    }
}

impl Shelf {
    /// Opens the study in `folder`, or all studies in its subfolders.
    ///
    /// # Errors
    /// If `folder` is not a folder or cannot be read.
    pub fn open(folder: &Path) -> Result<Self, ShelfError> {
        let failed = |source| ShelfError::Unreadable { folder: folder.to_owned(), source };
        let root = folder.canonicalize().map_err(failed)?;
        if !root.is_dir() {
            return Err(ShelfError::NoFolder(folder.to_owned()));
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let token = format!("{:x}", now.as_nanos());
        let place = Arc::new(Place { root, claims: Arc::default() });
        Ok(Self { place, token, listed: Mutex::default() })
    }

    /// The names of the studies in addresses.
    pub fn names(&self) -> Vec<String> {
        self.place.folders().into_keys().collect()
    }

    /// The current state of all studies.
    pub fn look(&self) -> Vec<Arc<View>> {
        let studies: Vec<Arc<Study>> = self.listed().studies.values().cloned().collect();
        studies.iter().for_each(|study| study.begin_look(&self.place));
        studies.iter().map(|study| study.view(PATIENCE)).collect()
    }

    /// The current state of one study.
    pub fn view(&self, key: &str) -> Option<Arc<View>> {
        let study = self.listed().studies.get(key).cloned()?;
        study.begin_look(&self.place);
        Some(study.view(PATIENCE_WITH_ONE))
    }

    /// The study, if the folder itself is a study.
    pub fn only(&self) -> Option<Arc<View>> {
        let key = match &self.listed().studies {
            one if one.len() == 1 => one.keys().next().cloned(),
            _ => None,
        };
        self.view(&key?).filter(|view| view.folder.path() == self.place.root)
    }

    /// Names the version of what is shown: all studies, one study, or one of its trials.
    pub fn key(&self, study: Option<&str>, trial: Option<&str>) -> String {
        let revision = match (study, trial) {
            (None, _) => {
                let all = self.look();
                all.iter().map(|view| format!("{}.{}", view.key, view.revision)).collect()
            }
            (Some(study), trial) => self.view(study).map_or(String::new(), |view| {
                let known = trial.and_then(|trial| view.find(trial));
                known.map_or(view.revision, |known| known.revision).to_string()
            }),
        };
        self.version(&revision)
    }

    /// The version of a page that shows this revision.
    pub fn version(&self, revision: &str) -> String {
        // An event is one line, so line breaks are encoded.
        format!("{}.{}", self.token, encoded(revision))
    }

    /// Whether `path` exists and, after resolving links, lies in the folder.
    pub fn holds(&self, path: &Path) -> bool {
        self.place.holds(path)
    }

    /// The content of a file that [`Shelf::holds`].
    pub fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let path = path.canonicalize().ok().filter(|path| path.starts_with(&self.place.root))?;
        read_regular(&path, LARGEST_NAMED).ok()
    }

    /// The list of studies, searched for again unless that just happened.
    fn listed(&self) -> MutexGuard<'_, Listed> {
        let mut listed = locked(&self.listed);
        if is_past(listed.at, LISTING) {
            // Set first, so that no other thread searches as well.
            let folders = match listed.at.replace(Instant::now()) {
                // Whoever asks now waits: there is no list to show yet.
                None => self.place.folders(),
                Some(_) => {
                    drop(listed);
                    let folders = self.place.folders();
                    listed = locked(&self.listed);
                    folders
                }
            };
            listed.studies.retain(|key, _| folders.contains_key(key));
            for (key, folder) in folders {
                let new = || Arc::new(Study::new(View::nothing(&key, folder)));
                listed.studies.entry(key.clone()).or_insert_with(new);
            }
        }
        listed
    }
}

fn is_past(when: Option<Instant>, pause: Duration) -> bool {
    when.is_none_or(|when| when.elapsed() >= pause)
}

/// A panic of another thread left an older state behind; the next read replaces it.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Study {
    fn new(view: View) -> Self {
        let looking = Looking { view: Arc::new(view), index: None, ended: None, since: None };
        Self { looking: Mutex::new(looking), looked: Condvar::new() }
    }

    /// Starts a thread that reads the study, unless it was just read or a thread is reading it.
    fn begin_look(self: &Arc<Self>, place: &Arc<Place>) {
        let mut looking = locked(&self.looking);
        if looking.since.is_some() || !is_past(looking.ended, PAUSE) {
            return;
        }
        looking.since = Some(Instant::now());
        drop(looking);
        let (study, place) = (Arc::clone(self), Arc::clone(place));
        let look = move || {
            let _ended = Ended(&study);
            study.look(&place);
        };
        if std::thread::Builder::new().spawn(look).is_err() {
            // No further thread is possible at the moment; the next look tries again.
            drop(Ended(self));
        }
    }

    fn look(&self, place: &Place) {
        let mut looking = locked(&self.looking);
        let (index, view) = (looking.index.take(), Arc::clone(&looking.view));
        drop(looking);
        let result = place.refreshed(index, &view.folder);
        let broken = result.as_ref().err().map(|error| one_line(&error.to_string()));
        let revision = view.revision + 1;
        let new = match &result {
            Ok((index, changed)) if *changed || view.broken.is_some() => {
                let name = index.study().name.clone();
                let varied = index.study().varied();
                let (key, folder) = (view.key.clone(), view.folder.clone());
                let (data, known) = (index.data().cloned(), index.known().to_vec());
                Some(View { key, name, folder, varied, data, known, broken, revision })
            }
            Err(_) if view.broken != broken => {
                let nothing = View::nothing(&view.key, view.folder.clone());
                Some(View { broken, revision, ..nothing })
            }
            _ => None,
        };
        looking = locked(&self.looking);
        // After an error the index is rebuilt at the next read.
        looking.index = result.ok().map(|(index, _)| index);
        if let Some(new) = new {
            looking.view = Arc::new(new);
        }
    }

    /// The current state, or the previous one if reading takes longer than `patience`.
    fn view(&self, patience: Duration) -> Arc<View> {
        let mut looking = locked(&self.looking);
        while let Some(since) = looking.since {
            let Some(left) = patience.checked_sub(since.elapsed()) else { break };
            let waited = self.looked.wait_timeout(looking, left);
            looking = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Arc::clone(&looking.view)
    }
}

/// Marks the end of a read when dropped, even after a panic.
struct Ended<'s>(&'s Study);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let mut looking = locked(&self.0.looking);
        looking.since = None;
        looking.ended = Some(Instant::now());
        self.0.looked.notify_all();
    }
}

/// A reason as a single line of limited length.
fn one_line(reason: &str) -> String {
    let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_REASON) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

impl Place {
    fn holds(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|path| path.starts_with(&self.root))
    }

    /// The current index, and whether it has changed.
    fn refreshed(
        &self,
        index: Option<Index>,
        folder: &Folder,
    ) -> Result<(Index, bool), ShelfError> {
        for part in ["study.toml", "study.json", "trials"] {
            let path = folder.path().join(part);
            if path.exists() && !self.holds(&path) {
                return Err(ShelfError::LeadsOut(part));
            }
        }
        let before = index.as_ref().map(Index::revision);
        let mut index = match index {
            Some(index) => index,
            None => Index::open(folder, &self.claims)?,
        };
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        index.refresh(threads)?;
        let changed = before != Some(index.revision());
        Ok((index, changed))
    }

    fn folders(&self) -> BTreeMap<String, Folder> {
        let has_study = |folder: &Path| self.holds(&folder.join("study.toml"));
        if has_study(&self.root) {
            let name = self.root.file_name().and_then(|name| name.to_str()).unwrap_or("study");
            return BTreeMap::from([(name.to_owned(), Folder::new(&self.root))]);
        }
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let folder = |entry: fs::DirEntry| {
            let (name, path) = (entry.file_name(), entry.path());
            has_study(&path).then(|| (name.to_string_lossy().into_owned(), Folder::new(&path)))
        };
        entries.filter_map(folder).collect()
    }
}

impl View {
    fn nothing(key: &str, folder: Folder) -> Self {
        Self {
            key: key.to_owned(),
            name: key.to_owned(),
            folder,
            varied: Vec::new(),
            data: None,
            known: Vec::new(),
            broken: Some("It is still being read.".to_owned()),
            revision: 0,
        }
    }
}
