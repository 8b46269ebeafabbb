//! How long a step of one network takes relative to a step of another. The ratio is measured within
//! one process, because machines are shared and clock rates change.

/// Seconds per step of a dense and of a sparse network.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Seconds per step of the dense network.
    pub dense: f64,
    /// Seconds per step of the sparse network.
    pub sparse: f64,
}

impl Pair {
    /// How many times faster the sparse network is.
    pub fn speedup(self) -> f64 {
        self.dense / self.sparse
    }
}

/// The fastest of several steps.
#[derive(Clone, Copy, Debug)]
pub struct Fastest {
    seconds: f64,
    /// Seconds of all steps together.
    total: f64,
}

impl Default for Fastest {
    fn default() -> Self {
        Self { seconds: f64::INFINITY, total: 0.0 }
    }
}

impl Fastest {
    /// Measures several steps in a row, because the first step after another network's finds the
    /// caches full of that network's weights.
    fn stretch<T>(&mut self, steps: &mut T, measure: impl Fn(&mut T) -> f64) {
        const ROUND: f64 = 0.005;
        let end = self.total + ROUND;
        while {
            let seconds = measure(steps);
            self.seconds = self.seconds.min(seconds);
            self.total += seconds;
            self.total < end
        } {}
    }
}

/// The fastest step of each network in seconds; `measure` runs them in turn. One dense network may
/// be compared with several sparse ones: `fastest_dense` is kept between calls, and a dense network
/// that has been measured long enough is not measured again.
pub fn in_turn<T>(
    dense: &mut T,
    sparse: &mut T,
    fastest_dense: &mut Fastest,
    measure: impl Fn(&mut T) -> f64,
) -> Pair {
    const SECONDS: f64 = 0.1;
    const ENOUGH: f64 = 2.0;
    let start = std::time::Instant::now();
    let mut fastest_sparse = Fastest::default();
    // Not measured, because the first step of each network allocates memory.
    measure(dense);
    measure(sparse);
    while {
        if fastest_dense.total < ENOUGH {
            fastest_dense.stretch(dense, &measure);
        }
        fastest_sparse.stretch(sparse, &measure);
        start.elapsed().as_secs_f64() < SECONDS
    } {}
    Pair { dense: fastest_dense.seconds, sparse: fastest_sparse.seconds }
}
