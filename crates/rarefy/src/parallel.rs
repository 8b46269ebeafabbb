//! The same computation for many items, on several threads.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// `f(0), f(1), ..., f(count - 1)` in this order, computed on `jobs` threads. The result does not
/// depend on the number of threads. If the system starts fewer threads (`ulimit -u`, a container's
/// limit), those do all the work. Where fewer items than threads are left, the threads that have
/// nothing to do help with networks ([`Team::install`]).
///
/// # Panics
/// If `f` panics.
pub fn map<T: Send>(jobs: usize, count: usize, f: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    let team = Team::new(jobs);
    let f = |at| team.install(|| f(at));
    match threads(jobs.min(count)) {
        Some(threads) => threads.install(|| (0..count).into_par_iter().map(f).collect()),
        None => (0..count).map(f).collect(),
    }
}

/// As many threads as the system starts, up to `most`; `None` if there are fewer than two.
fn threads(most: usize) -> Option<ThreadPool> {
    std::iter::successors(Some(most), |&count| Some(count / 2))
        .take_while(|&count| count > 1)
        .find_map(|count| ThreadPoolBuilder::new().num_threads(count).build().ok())
}

thread_local! {
    static INSTALLED: RefCell<Team> = RefCell::default();
}

/// Threads that compute one network together: the one that calls, and others that it wakes. A team
/// may be installed on several threads, which compute a network each: they share the others.
#[derive(Clone, Debug, Default)]
pub struct Team {
    /// The number of threads; 0 if the caller is alone.
    all: usize,
    /// How many threads it is installed on.
    busy: Arc<AtomicUsize>,
    /// The others, started when they are first needed; `None` if the system starts none.
    others: Arc<OnceLock<Option<ThreadPool>>>,
}

impl Team {
    /// `jobs` threads, if the system starts as many.
    pub fn new(jobs: usize) -> Self {
        Self { all: jobs, ..Self::default() }
    }

    /// Runs `f`, in which this is the team of the thread: networks that are made there compute with
    /// it. Results do not depend on the team.
    pub fn install<R>(&self, f: impl FnOnce() -> R) -> R {
        /// Also after a panic.
        struct Restore(Team);
        impl Drop for Restore {
            fn drop(&mut self) {
                let was = INSTALLED.replace(std::mem::take(&mut self.0));
                was.busy.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.busy.fetch_add(1, Ordering::Relaxed);
        let _before = Restore(INSTALLED.replace(self.clone()));
        f()
    }

    /// The team of this thread: the thread alone, unless one is installed.
    pub fn installed() -> Self {
        INSTALLED.with_borrow(Self::clone)
    }

    /// The number of threads for each network now.
    pub fn jobs(&self) -> usize {
        (self.all / self.busy.load(Ordering::Relaxed).max(1)).max(1)
    }

    /// Calls `f` for each item. Which thread does it, and when, is left to chance.
    ///
    /// # Panics
    /// If `f` panics.
    pub fn each<T: Send>(&self, items: impl IntoIterator<Item = T>, f: impl Fn(T) + Sync) {
        let items = items.into_iter();
        let jobs = self.jobs();
        let others = match jobs {
            1 => None,
            _ => self
                .others
                .get_or_init(|| ThreadPoolBuilder::new().num_threads(self.all - 1).build().ok())
                .as_ref(),
        };
        let Some(others) = others else { return items.for_each(f) };
        let items: Vec<T> = items.collect();
        let helpers = (jobs - 1).min(items.len().saturating_sub(1));
        let queue = Mutex::new(items.into_iter());
        let next = || queue.lock().expect("no panic while it is locked").next();
        let work = || {
            while let Some(item) = next() {
                f(item);
            }
        };
        others.in_place_scope(|scope| {
            for _ in 0..helpers {
                scope.spawn(|_| work());
            }
            work();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Team, map};

    #[test]
    fn a_team_does_everything_once() {
        for jobs in [0, 1, 2, 5] {
            let team = Team::new(jobs);
            assert_eq!(team.jobs(), jobs.max(1));
            for count in [0, 1, 3, 100] {
                let mut done = vec![0; count];
                team.each(&mut done, |done| *done += 1);
                assert_eq!(done, vec![1; count]);
            }
        }
    }

    #[test]
    fn teams_share_threads_as_long_as_they_work() {
        let (team, other) = (Team::new(4), Team::new(4));
        assert_eq!((team.jobs(), Team::installed().jobs()), (4, 1));
        team.install(|| {
            assert_eq!(Team::installed().jobs(), 4);
            team.install(|| assert_eq!((team.jobs(), Team::installed().jobs()), (2, 2)));
            assert_eq!((team.jobs(), other.jobs()), (4, 4));
            Team::default().install(|| assert_eq!(Team::installed().jobs(), 1));
        });
        assert_eq!(Team::installed().jobs(), 1);
        // All items run at the same time, on a thread each.
        let barrier = std::sync::Barrier::new(2);
        let jobs = map(4, 2, |_| {
            barrier.wait();
            let jobs = Team::installed().jobs();
            barrier.wait();
            jobs
        });
        assert_eq!(jobs, [2, 2]);
    }

    #[test]
    #[should_panic(expected = "third")]
    fn a_panic_of_any_thread_is_passed_on() {
        Team::new(3).each(0..9, |at| assert!(at != 2, "third"));
    }

    #[test]
    fn results_stand_in_order_whatever_computed_them() {
        let squares: Vec<usize> = (0..100).map(|n| n * n).collect();
        for jobs in [0, 1, 2, 7, 1000] {
            assert_eq!(map(jobs, 100, |n| n * n), squares);
        }
        assert!(map(4, 0, |n| n).is_empty());
    }
}
