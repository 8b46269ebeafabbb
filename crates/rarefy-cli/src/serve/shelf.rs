//! The studies of a folder, as they are now.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail};
use rarefy::study::{Claims, DataSummary, Folder, Index, Known};

use crate::arguments::cores;

/// Folders are not looked through more often, whoever asks.
const PAUSE: Duration = Duration::from_millis(500);
/// Nor is it looked more often whether there are other studies.
const LISTING: Duration = Duration::from_secs(3);

/// The studies below one folder. Nothing outside it is read.
pub struct Shelf {
    /// Without links.
    root: PathBuf,
    claims: Arc<Claims>,
    /// Other in each run of the program, so that no page takes one run's version for
    /// another's.
    token: String,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    looked: Option<Instant>,
    listed: Option<Instant>,
    /// By what they are called in addresses.
    studies: BTreeMap<String, Study>,
}

struct Study {
    index: Option<Index>,
    view: Arc<View>,
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
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let root = folder.canonicalize();
        let root = root.with_context(|| format!("cannot read {}", folder.display()))?;
        if !root.is_dir() {
            bail!("{} is no folder", folder.display());
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let token = format!("{:x}", now.as_nanos());
        Ok(Self { root, claims: Arc::default(), token, inner: Mutex::default() })
    }

    /// What the studies are called in addresses.
    pub fn names(&self) -> Vec<String> {
        self.folders().into_keys().collect()
    }

    /// All studies.
    pub fn look(&self) -> Vec<Arc<View>> {
        self.looked().studies.values().map(|study| Arc::clone(&study.view)).collect()
    }

    /// One of them.
    pub fn view(&self, key: &str) -> Option<Arc<View>> {
        self.looked().studies.get(key).map(|study| Arc::clone(&study.view))
    }

    /// The study, where the folder is that of a study itself.
    pub fn only(&self) -> Option<Arc<View>> {
        let all = self.look();
        all.into_iter().find(|view| view.folder.path() == self.root)
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
        format!("{}.{}", self.token, super::encoded(revision))
    }

    /// Whether `path` is there, and in the folder, wherever links lead.
    pub fn holds(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|path| path.starts_with(&self.root))
    }

    /// The content of a file that [`Shelf::holds`].
    pub fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let path = path.canonicalize().ok().filter(|path| path.starts_with(&self.root))?;
        fs::read(path).ok()
    }

    /// Brings everything up to date, unless it just was.
    fn looked(&self) -> MutexGuard<'_, Inner> {
        // Who panicked while looking left an older state, which the next look mends.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let is_past =
            |when: Option<Instant>, pause| when.is_none_or(|when| when.elapsed() >= pause);
        if is_past(inner.looked, PAUSE) {
            if is_past(inner.listed, LISTING) {
                let folders = self.folders();
                inner.studies.retain(|key, _| folders.contains_key(key));
                for (key, folder) in folders {
                    let new = || Study { index: None, view: Arc::new(View::nothing(&key, folder)) };
                    inner.studies.entry(key.clone()).or_insert_with(new);
                }
                inner.listed = Some(Instant::now());
            }
            for study in inner.studies.values_mut() {
                self.refresh(study);
            }
            inner.looked = Some(Instant::now());
        }
        inner
    }

    fn refresh(&self, study: &mut Study) {
        let view = &study.view;
        let result = self.refreshed(study.index.take(), &view.folder);
        let broken = result.as_ref().err().map(ToString::to_string);
        let revision = view.revision + 1;
        match result {
            Ok((index, changed)) => {
                if changed || view.broken.is_some() {
                    let name = index.study().name.clone();
                    let varied = index.study().varied();
                    let (key, folder) = (view.key.clone(), view.folder.clone());
                    let (data, known) = (index.data().cloned(), index.known().to_vec());
                    let new = View { key, name, folder, varied, data, known, broken, revision };
                    study.view = Arc::new(new);
                }
                study.index = Some(index);
            }
            // The index is made anew next time.
            Err(_) if view.broken == broken => {}
            Err(_) => {
                let nothing = View::nothing(&view.key, view.folder.clone());
                study.view = Arc::new(View { broken, revision, ..nothing });
            }
        }
    }

    /// The index as it is now, and whether it is another.
    fn refreshed(&self, index: Option<Index>, folder: &Folder) -> anyhow::Result<(Index, bool)> {
        for part in ["study.toml", "study.json", "trials"] {
            let path = folder.path().join(part);
            if path.exists() && !self.holds(&path) {
                bail!("{part} is a link that leads out of the folder that is served");
            }
        }
        let before = index.as_ref().map(Index::revision);
        let mut index = match index {
            Some(index) => index,
            None => Index::open(folder, &self.claims)?,
        };
        index.refresh(cores(None))?;
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
            let (name, path) = (entry.file_name().into_string().ok()?, entry.path());
            has_study(&path).then(|| (name, Folder::new(&path)))
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
            broken: None,
            revision: 0,
        }
    }
}
