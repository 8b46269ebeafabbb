//! Claims decide which process computes a trial when several share a folder.
//!
//! A claim is a small file next to the record of a trial, `NAME.claim-1`, that states who made it.
//! It appears whole or not at all, and only if there was none. (It is created by a hard link or an
//! equivalent operation, which is reliable on network file systems too.) So only one of several
//! processes gets the claim. That process writes to it every few seconds. Other processes judge
//! whether its owner is alive:
//!
//! - An owner on the same machine is alive if its process is; this is immediate and exact.
//! - An owner on another machine is dead if it has not written for [`PATIENCE`]. Both times are
//!   those of the file system, one from a file just written and one from the claim, so machines
//!   whose clocks differ still agree.
//!
//! - Anything else in the place of a claim, or a claim that this user may not read, is judged only
//!   by its time and never opened.
//!
//! A process that takes over never removes a dead claim. Between looking and removing, another
//! process may have taken over, and the removed claim would be that process's. Instead it claims
//! the next generation, `NAME.claim-2`, which again only one process gets. All generations are
//! removed by the process that finishes, after writing the record. Therefore a process that got a
//! claim looks for the record once more before computing.
//!
//! If an owner is suspended for longer than the patience and then continues, nothing is lost: its
//! record has the same bytes as that of the process that took over.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::format::{PREFIX, SUFFIX, temporary};
use crate::random::fnv1a;

/// How often an owner writes to its claims.
const BEAT: Duration = Duration::from_secs(5);
/// An owner on another machine is considered dead if it has not written for this long.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// Most bytes of a claim.
const LONGEST: u64 = 4096;

/// The owner of a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Owner {
    /// The environment in which its process number is unique; `None` if unknown.
    place: Option<String>,
    pid: u32,
    /// When the process started, in the system's own unit, because process numbers are reused.
    started: Option<String>,
    /// Unique to this owner.
    token: String,
}

/// The claims of this process in a folder, kept alive until this is dropped.
#[derive(Debug)]
pub struct Claims {
    shared: Arc<Shared>,
    heart: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    owner: Owner,
    text: Vec<u8>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    held: BTreeSet<PathBuf>,
    closed: bool,
}

/// What a claim shows about its owner.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// Whether the owner is alive; `None` if it runs elsewhere.
    pub alive: Option<bool>,
    /// When it last wrote to the claim, by the file system's time.
    pub written: SystemTime,
}

/// A trial claimed by this process, until this is dropped.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    claims: &'a Claims,
    /// The path without the generation.
    stem: PathBuf,
    generation: u32,
}

impl Claims {
    /// Without claims.
    pub fn new() -> Self {
        let owner = Owner::this();
        let mut text = serde_json::to_vec(&owner).expect("an owner is plain data");
        text.push(b'\n');
        let shared = Arc::new(Shared {
            owner,
            text,
            state: Mutex::new(State::default()),
            changed: Condvar::new(),
        });
        let beating = Arc::clone(&shared);
        let heart = std::thread::Builder::new().spawn(move || beating.beat()).ok();
        Self { shared, heart }
    }

    /// Claims what `stem` names, such as `trials/ab/NAME.claim`; `None` while another process has
    /// the claim.
    ///
    /// # Errors
    /// If the folder is not writable, or the thread that writes to claims does not exist.
    pub(super) fn take(&self, stem: &Path) -> io::Result<Option<Claim<'_>>> {
        if self.heart.is_none() {
            // Nothing would write to the claim, so others would consider its owner dead.
            return Err(io::Error::other(
                "cannot start the thread that renews claims (see `ulimit -u`)",
            ));
        }
        let mut generation = 1;
        loop {
            let path = of_generation(stem, generation);
            if create_whole(&path, &self.shared.text)? {
                self.shared.lock().held.insert(path);
                return Ok(Some(Claim { claims: self, stem: stem.to_owned(), generation }));
            }
            if !self.is_dead(&path)? {
                return Ok(None);
            }
            generation += 1;
        }
    }

    /// Whether what `stem` names is claimed by a living process.
    pub(super) fn is_taken(&self, stem: &Path) -> io::Result<bool> {
        for generation in 1.. {
            let path = of_generation(stem, generation);
            if path.symlink_metadata().is_err() {
                return Ok(false);
            }
            if !self.is_dead(&path)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the file at `path` is an unfinished write whose process is gone.
    pub(super) fn is_litter(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let old = || {
            let written = fs::symlink_metadata(path)?.modified()?;
            let now = file_system_time(path.parent().unwrap_or(Path::new(".")))?;
            Ok::<_, io::Error>(now.duration_since(written).is_ok_and(|age| age > 10 * PATIENCE))
        };
        name.starts_with(PREFIX) && name.ends_with(SUFFIX) && old().unwrap_or(false)
    }

    /// Releases all claims, for a process that is about to end in the middle of a trial.
    pub fn abandon(&self) {
        let mut state = self.shared.lock();
        for path in std::mem::take(&mut state.held) {
            // If a claim remains, it is that of a dead process.
            drop(fs::remove_file(path));
        }
    }

    /// Whether the owner of the claim at `path` is dead.
    fn is_dead(&self, path: &Path) -> io::Result<bool> {
        let sight = match self.sight(path) {
            Ok(sight) => sight,
            // The claim was just released, so its trial will be examined again.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        if let Some(alive) = sight.alive {
            return Ok(!alive);
        }
        let now = file_system_time(path.parent().unwrap_or(Path::new(".")))?;
        Ok(now.duration_since(sight.written).is_ok_and(|age| age > PATIENCE))
    }

    /// What can be learned about the claim at `path` without writing anything.
    pub(super) fn sight(&self, path: &Path) -> io::Result<Sight> {
        let data = fs::symlink_metadata(path)?;
        let mut text = Vec::new();
        if data.is_file() {
            match File::open(path) {
                Ok(file) => drop(file.take(LONGEST).read_to_end(&mut text)?),
                // A claim of another user who does not share it.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
                Err(error) => return Err(error),
            }
        }
        let written = data.modified()?;
        let here = |owner: &Owner| {
            let same = owner.place.is_some() && owner.place == self.shared.owner.place;
            same && owner.started.is_some()
        };
        let owner = serde_json::from_slice::<Owner>(&text).ok().filter(here);
        // On some clusters users see only their own processes. There, another user's living process
        // would look dead.
        let alive = owner
            .map(|owner| process_start(owner.pid) == owner.started)
            .filter(|&alive| alive || process_start(1).is_some());
        Ok(Sight { alive, written })
    }
}

impl Default for Claims {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        if let Some(heart) = self.heart.take() {
            // It does not panic in any case that would matter here.
            drop(heart.join());
        }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let own = of_generation(&self.stem, self.generation);
        if !self.claims.shared.lock().held.remove(&own) {
            // Abandoned: the present claim may belong to another process.
            return;
        }
        for generation in 1..=self.generation {
            // If a claim remains, it is that of a dead process.
            drop(fs::remove_file(of_generation(&self.stem, generation)));
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding claims")
    }

    /// Writes to every claim at regular intervals.
    fn beat(&self) {
        let mut state = self.lock();
        while !state.closed {
            let waited = self.changed.wait_timeout(state, BEAT);
            state = waited.expect("nobody panics while holding claims").0;
            // The lock is held, so that no claim is released and taken by another process before it
            // is written to.
            for path in &state.held {
                // The same bytes again, so a reader never sees a partial claim. If the disk is full
                // now, the next beat may succeed.
                let file = OpenOptions::new().write(true).open(path);
                drop(file.and_then(|mut file| file.write_all(&self.text)));
            }
        }
    }
}

impl Owner {
    fn this() -> Self {
        let pid = std::process::id();
        let started = process_start(pid);
        let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let place = place();
        // One process may have several owners, each with its own token.
        static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let unique = format!("{place:?} {pid} {started:?} {} {count}", clock.as_nanos());
        let token = format!("{:016x}", fnv1a(unique.as_bytes()));
        Self { place, pid, started, token }
    }
}

/// Identifies this boot of the machine and its process namespace: a container may have the same
/// host name but its own process numbers.
fn place() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let numbers = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), numbers.display()))
}

/// When a process of this machine started; `None` if it does not exist, or there is no `/proc`.
fn process_start(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The 20th field after the name, which is in parentheses and may contain anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    // A process that was killed but not yet waited for computes nothing any more.
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

fn of_generation(stem: &Path, generation: u32) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(format!("-{generation}"));
    name.into()
}

/// Creates a file with this content if none exists; returns `false` otherwise.
fn create_whole(path: &Path, content: &[u8]) -> io::Result<bool> {
    // Most of the claims encountered are taken, and checking is cheaper than trying.
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = temporary(folder, None)?;
    file.write_all(content)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(failure) if failure.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(failure) => Err(failure.error),
    }
}

/// The present time according to the file system.
fn file_system_time(folder: &Path) -> io::Result<SystemTime> {
    let mut probe = temporary(folder, None)?;
    probe.write_all(b"now")?;
    probe.as_file().sync_all()?;
    probe.as_file().metadata()?.modified()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A claim as another owner would leave it, last written `ago`.
    fn foreign(path: &Path, change: impl FnOnce(&mut Owner), ago: Duration) {
        let mut owner = Owner { token: "another".to_owned(), ..Owner::this() };
        change(&mut owner);
        fs::write(path, serde_json::to_vec(&owner).unwrap()).unwrap();
        let file = OpenOptions::new().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - ago).unwrap();
    }

    fn elsewhere(owner: &mut Owner) {
        owner.place = Some("another machine".to_owned());
    }

    #[test]
    fn one_has_it_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("x.claim");
        let (one, other) = (Claims::new(), Claims::new());
        let claim = one.take(&stem).unwrap().unwrap();
        assert!(other.take(&stem).unwrap().is_none());
        assert!(other.is_taken(&stem).unwrap());
        drop(claim);
        assert!(!other.is_taken(&stem).unwrap());
        let _claim = other.take(&stem).unwrap().unwrap();
        assert!(one.take(&stem).unwrap().is_none());
    }

    #[test]
    fn a_dead_process_of_this_machine_loses_it_at_once_and_a_live_one_never() {
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("x.claim");
        let first = folder.path().join("x.claim-1");
        let claims = Claims::new();
        foreign(&first, |_| {}, 10 * PATIENCE);
        assert!(claims.take(&stem).unwrap().is_none(), "this process is alive");
        foreign(&first, |owner| owner.started = Some("1".to_owned()), Duration::ZERO);
        let claim = claims.take(&stem).unwrap().expect("the number is another process's now");
        drop(claim);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_process_elsewhere_loses_it_when_it_has_not_written_for_long() {
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("x.claim");
        let first = folder.path().join("x.claim-1");
        let claims = Claims::new();
        foreign(&first, elsewhere, PATIENCE / 2);
        assert!(claims.take(&stem).unwrap().is_none());
        foreign(&first, elsewhere, 2 * PATIENCE);
        assert!(claims.take(&stem).unwrap().is_some());
        // An unreadable claim has no known owner.
        fs::write(&first, b"{").unwrap();
        assert!(claims.take(&stem).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_claim_is_judged_by_its_time_and_never_opened() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("x.claim");
        let first = folder.path().join("x.claim-1");
        let claims = Claims::new();
        symlink("/nowhere/at/all", &first).unwrap();
        assert!(claims.take(&stem).unwrap().is_none(), "it is new");
        assert!(claims.is_taken(&stem).unwrap());
        // The standard library cannot change the time of a link itself.
        let old = ["-h", "-d", "2001-01-01"];
        assert!(
            std::process::Command::new("touch").args(old).arg(&first).status().unwrap().success()
        );
        drop(claims.take(&stem).unwrap().expect("nobody writes to it"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        // Opening it would wait for a writer.
        assert!(std::process::Command::new("mkfifo").arg(&first).status().unwrap().success());
        assert!(claims.take(&stem).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_claim_is_for_whom_the_umask_says() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (stem, like) = (folder.path().join("x.claim"), folder.path().join("like"));
        let claims = Claims::new();
        let _claim = claims.take(&stem).unwrap();
        File::create(&like).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&folder.path().join("x.claim-1")), mode(&like));
    }

    #[test]
    fn of_many_that_steal_a_dead_claim_one_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..50 {
            let stem = folder.path().join(format!("{round}.claim"));
            foreign(&of_generation(&stem, 1), elsewhere, 2 * PATIENCE);
            foreign(&of_generation(&stem, 2), elsewhere, 2 * PATIENCE);
            let all: Vec<Claims> = (0..8).map(|_| Claims::new()).collect();
            let barrier = std::sync::Barrier::new(all.len());
            let taken: Vec<bool> = std::thread::scope(|scope| {
                let (barrier, stem) = (&barrier, &stem);
                let take = move |claims: &Claims| {
                    barrier.wait();
                    let claim = claims.take(stem).unwrap();
                    // Held until all threads have tried.
                    barrier.wait();
                    claim.is_some()
                };
                let threads: Vec<_> =
                    all.iter().map(|one| scope.spawn(move || take(one))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert_eq!(taken.iter().filter(|&&taken| taken).count(), 1, "round {round}");
        }
    }

    #[test]
    fn what_is_abandoned_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("x.claim");
        let (one, other) = (Claims::new(), Claims::new());
        let claim = one.take(&stem).unwrap();
        one.abandon();
        assert!(other.take(&stem).unwrap().is_some());
        drop(claim);
    }
}
