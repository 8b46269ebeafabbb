//! The same computation for many items, on several threads.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// `f(0), f(1), ..., f(count - 1)` in this order, computed on `jobs` threads. The result does not
/// depend on the number of threads. If the system starts fewer threads (`ulimit -u`, a container's
/// limit), those do all the work.
///
/// # Panics
/// If `f` panics.
pub fn map<T: Send>(jobs: usize, count: usize, f: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    if jobs < 2 || count < 2 {
        return (0..count).map(f).collect();
    }
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

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_stand_in_order_whatever_computed_them() {
        let squares: Vec<usize> = (0..100).map(|n| n * n).collect();
        for jobs in [0, 1, 2, 7, 1000] {
            assert_eq!(map(jobs, 100, |n| n * n), squares);
        }
        assert!(map(4, 0, |n| n).is_empty());
    }
}
