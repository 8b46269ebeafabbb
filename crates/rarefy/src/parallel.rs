//! The same work for many things, on several threads.

use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// `f(0), f(1), ..., f(count - 1)`, on `jobs` threads; in this order, whoever computed
/// what, so that the result does not depend on how many there are.
///
/// # Panics
/// When `f` does, or when the system can start no threads.
pub fn map<T: Send>(jobs: usize, count: usize, f: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    if jobs < 2 || count < 2 {
        return (0..count).map(f).collect();
    }
    let threads = ThreadPoolBuilder::new().num_threads(jobs.min(count)).build();
    let threads = threads.expect("the system can start threads");
    threads.install(|| (0..count).into_par_iter().map(f).collect())
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
