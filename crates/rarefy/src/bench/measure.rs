//! How long a step of one network takes relative to a step of another: a ratio within one process,
//! because machines are shared and clocks change.

/// Seconds a step: dense, sparse.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Of the dense network.
    pub dense: f64,
    /// Of the sparse one.
    pub sparse: f64,
}

impl Pair {
    /// How many times as fast the sparse network is.
    pub fn speedup(self) -> f64 {
        self.dense / self.sparse
    }
}

/// The fastest of some steps.
#[derive(Clone, Copy, Debug)]
pub struct Fastest {
    seconds: f64,
    /// Of all steps together.
    total: f64,
}

impl Default for Fastest {
    fn default() -> Self {
        Self { seconds: f64::INFINITY, total: 0.0 }
    }
}

impl Fastest {
    /// Measures several steps at a stretch: the first after another network's finds the
    /// caches full of the other's weights.
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

/// The fastest step of each, measured in turn by `measure`, in seconds. The dense network may
/// be the same beside several sparse ones, and so is what is known of it; a large one is not
/// measured for ever.
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
    // What is allocated at the first step is not part of any other.
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
