//! The studies of a folder, as they are now.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rarefy::format::{LARGEST_NAMED, read_regular};
use rarefy::study::{Claims, DataSummary, Folder, Index, Known, StudyError};

use super::address::encoded;

/// Folders are not looked through more often, whoever asks.
const PAUSE: Duration = Duration::from_millis(500);
/// Nor is it looked more often whether there are other studies.
const LISTING: Duration = Duration::from_secs(3);

/// What takes longer to read is shown as it was before, and read on meanwhile.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same of the study whose page is asked for.
const PATIENCE_WITH_ONE: Duration = Duration::from_secs(30);
/// Characters of the longest reason why a study cannot be read.
const LONGEST_REASON: usize = 300;

/// Why studies cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShelfError {
    /// The folder that was named is not there, or may not be read.
    #[error("cannot read {}", .folder.display())]
    Unreadable {
        /// Which.
        folder: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is a file.
    #[error("{} is no folder", .0.display())]
    NoFolder(PathBuf),
    /// A part of a study lies elsewhere.
    #[error("{0} is a link that leads out of the folder that is served")]
    LeadsOut(&'static str),
    /// A study is damaged.
    #[error(transparent)]
    Study(#[from] StudyError),
}

/// The studies below one folder. Nothing outside it is read. Each is read by a thread of its
/// own, and no lock is held meanwhile: one that cannot be read, or that hangs, keeps nobody
/// from the others.
pub struct Shelf {
    place: Arc<Place>,
    /// Other in each run of the program, so that no page takes one run's version for
    /// another's.
    token: String,
    listed: Mutex<Listed>,
}

/// Where studies are looked for.
struct Place {
    /// Without links.
    root: PathBuf,
    claims: Arc<Claims>,
}

#[derive(Default)]
struct Listed {
    at: Option<Instant>,
    /// By what they are called in addresses.
    studies: BTreeMap<String, Arc<Study>>,
}

struct Study {
    looking: Mutex<Looking>,
    looked: Condvar,
}

struct Looking {
    view: Arc<View>,
    index: Option<Index>,
    /// When reading it last ended.
    ended: Option<Instant>,
    /// Since when a thread reads it.
    since: Option<Instant>,
}

/// A study at one moment.
pub struct View {
    /// What it is called in addresses: its folder's name.
    pub key: String,
    /// What it calls itself.
    pub name: String,
    pub folder: Folder,
    /// The keys that vary.
    pub varied: Vec<&'static str>,
    /// `None` where nothing has begun yet.
    pub data: Option<DataSummary>,
    pub known: Vec<Arc<Known>>,
    /// Why it cannot be read.
    pub broken: Option<String>,
    /// Grows with each change.
    pub revision: u64,
}

impl View {
    /// The trial whose files are called so.
    pub fn find(&self, name: &str) -> Option<&Arc<Known>> {
        let hash = u64::from_str_radix(name.rsplit_once('-')?.1, 16).ok()?;
        self.known.iter().find(|known| known.hash == hash && known.name() == name)
    }
}

impl Shelf {
    /// Of the study in `folder`, or of all those in folders in it.
    ///
    /// # Errors
    /// When it is no folder, or cannot be read.
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

    /// What the studies are called in addresses.
    pub fn names(&self) -> Vec<String> {
        self.place.folders().into_keys().collect()
    }

    /// All studies.
    pub fn look(&self) -> Vec<Arc<View>> {
        let studies: Vec<Arc<Study>> = self.listed().studies.values().cloned().collect();
        studies.iter().for_each(|study| study.begin_look(&self.place));
        studies.iter().map(|study| study.view(PATIENCE)).collect()
    }

    /// One of them.
    pub fn view(&self, key: &str) -> Option<Arc<View>> {
        let study = self.listed().studies.get(key).cloned()?;
        study.begin_look(&self.place);
        Some(study.view(PATIENCE_WITH_ONE))
    }

    /// The study, where the folder is that of a study itself.
    pub fn only(&self) -> Option<Arc<View>> {
        let key = match &self.listed().studies {
            one if one.len() == 1 => one.keys().next().cloned(),
            _ => None,
        };
        self.view(&key?).filter(|view| view.folder.path() == self.place.root)
    }

    /// Names the version of what is shown of all studies, of one, or of one of its trials.
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

    /// The version of a page that shows what has this revision.
    pub fn version(&self, revision: &str) -> String {
        // Events are lines.
        format!("{}.{}", self.token, encoded(revision))
    }

    /// Whether `path` is there, and in the folder, wherever links lead.
    pub fn holds(&self, path: &Path) -> bool {
        self.place.holds(path)
    }

    /// The content of a file that [`Shelf::holds`].
    pub fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let path = path.canonicalize().ok().filter(|path| path.starts_with(&self.place.root))?;
        read_regular(&path, LARGEST_NAMED).ok()
    }

    /// The studies that there are, looked for unless they just were.
    fn listed(&self) -> MutexGuard<'_, Listed> {
        let mut listed = locked(&self.listed);
        if is_past(listed.at, LISTING) {
            // Nobody else looks meanwhile, nor waits for this.
            listed.at = Some(Instant::now());
            drop(listed);
            let folders = self.place.folders();
            listed = locked(&self.listed);
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

/// Who panicked while looking left an older state, which the next look mends.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Study {
    fn new(view: View) -> Self {
        let looking = Looking { view: Arc::new(view), index: None, ended: None, since: None };
        Self { looking: Mutex::new(looking), looked: Condvar::new() }
    }

    /// Has a thread bring it up to date, unless it just was or one does already.
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
            // As many threads as there may be: next time, then.
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
        // Where it is broken the index is made again next time.
        looking.index = result.ok().map(|(index, _)| index);
        if let Some(new) = new {
            looking.view = Arc::new(new);
        }
    }

    /// As it is now, or as it was where that takes too long.
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

/// That a thread reads a study no more, even if it panicked.
struct Ended<'s>(&'s Study);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let mut looking = locked(&self.0.looking);
        looking.since = None;
        looking.ended = Some(Instant::now());
        self.0.looked.notify_all();
    }
}

/// A reason in one line of a sane length.
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

    /// The index as it is now, and whether it is another.
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
