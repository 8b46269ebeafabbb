//! How sparse a network is at which update, and which weights are too small then.

/// The cubic schedule of gradual pruning (Zhu and Gupta 2017).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cubic {
    /// Update of the first pruning.
    pub begin: u64,
    /// Update of the last.
    pub end: u64,
    /// Updates between them.
    pub every: u64,
    /// Sparsity at the first, 0 to 1.
    pub initial: f64,
    /// Sparsity at the last, 0 to 1.
    pub last: f64,
}

impl Cubic {
    /// The sparsity wanted at an update: that of the first pruning before it, that of the last after
    /// it.
    pub fn sparsity(&self, update: u64) -> f64 {
        let Self { begin, end, initial, last, .. } = *self;
        let done = match end > begin {
            true => (update.clamp(begin, end) - begin) as f64 / (end - begin) as f64,
            false => 1.0,
        };
        last + (initial - last) * (1.0 - done).powi(3)
    }

    /// Whether weights are pruned at an update.
    pub fn prunes_at(&self, update: u64) -> bool {
        let Self { begin, end, every, .. } = *self;
        update == end || (begin..end).contains(&update) && (update - begin).is_multiple_of(every)
    }
}

/// A threshold that rises with training (Narang et al. 2017): weights below it are pruned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rising {
    /// The magnitude at the wanted sparsity in a dense network that was trained.
    pub magnitude: f64,
    /// Updates between prunings.
    pub every: u64,
    /// The update after which it rises.
    pub start: u64,
    /// The update from which it rises faster.
    pub ramp: u64,
    /// The update from which nothing is pruned any more.
    pub end: u64,
}

impl Rising {
    /// Whether weights are pruned at an update.
    pub fn prunes_at(&self, update: u64) -> bool {
        (self.start + 1..self.end).contains(&update) && update.is_multiple_of(self.every)
    }

    /// The threshold at an update, which is not before `start`.
    pub fn threshold(&self, update: u64) -> f64 {
        let Self { magnitude, every, start, ramp, end } = *self;
        let span = 2.0 * (ramp - start) as f64 + 3.0 * (end - ramp) as f64;
        let slope = 2.0 * magnitude * every as f64 / span;
        let steep = 1.5 * slope;
        let risen = match update < ramp {
            true => slope * (update - start + 1) as f64,
            false => slope * (ramp - start + 1) as f64 + steep * (update - ramp + 1) as f64,
        };
        risen / every as f64
    }
}

/// The share of live weights that move at an update of dynamic sparse training: half a cosine from
/// `first` to 0 at three quarters of all updates, and 0 from then on (Evci et al. 2020).
pub fn cosine_share(first: f64, update: u64, updates: u64) -> f64 {
    let end = 0.75 * updates as f64;
    match (update as f64) < end {
        true => first / 2.0 * (1.0 + (std::f64::consts::PI * update as f64 / end).cos()),
        false => 0.0,
    }
}

/// The same as Selfish-RNN has it (Liu et al. 2021): half a cosine over all of training, from
/// `first` to 0.005.
pub fn selfish_share(first: f64, update: u64, updates: u64) -> f64 {
    let done = std::f64::consts::PI * update as f64 / updates as f64;
    0.005 + (first - 0.005) / 2.0 * (1.0 + done.cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goldens(of: &str) -> Vec<serde_json::Value> {
        let goldens = include_str!("../../tests/methods/sparse_training.json");
        let goldens: serde_json::Value = serde_json::from_str(goldens).unwrap();
        goldens[of].as_array().unwrap().clone()
    }

    #[test]
    fn sparsities_and_thresholds_are_those_of_the_goldens() {
        for golden in goldens("gradual") {
            let whole = |key: &str| golden[key].as_u64().unwrap();
            let real = |key: &str| golden[key].as_f64().unwrap();
            let (initial, last) = (real("initial"), real("final"));
            let cubic = Cubic { begin: whole("begin"), end: whole("end"), every: 1, initial, last };
            assert!((cubic.sparsity(whole("step")) - real("sparsity")).abs() < 1e-14);
        }
        for golden in goldens("narang") {
            let whole = |key: &str| golden[key].as_u64().unwrap();
            let real = |key: &str| golden[key].as_f64().unwrap();
            let (start, ramp, end) = (whole("start"), whole("ramp"), whole("end"));
            let every = whole("freq");
            let rising = Rising { magnitude: real("q"), every, start, ramp, end };
            let threshold = rising.threshold(whole("iteration"));
            assert!((threshold - real("threshold")).abs() < 1e-12, "{golden}: {threshold}");
        }
    }

    #[test]
    fn gradual_pruning_prunes_first_every_and_last() {
        let cubic = Cubic { begin: 10, end: 33, every: 10, initial: 0.0, last: 0.9 };
        let at: Vec<u64> = (0..50).filter(|&update| cubic.prunes_at(update)).collect();
        assert_eq!(at, [10, 20, 30, 33]);
    }

    #[test]
    fn shares_fall_along_a_cosine() {
        assert_eq!(cosine_share(0.3, 0, 1000), 0.3);
        assert!((cosine_share(0.3, 375, 1000) - 0.15).abs() < 1e-15);
        assert_eq!((cosine_share(0.3, 750, 1000), cosine_share(0.3, 900, 1000)), (0.0, 0.0));
        assert_eq!(selfish_share(0.5, 0, 10), 0.5);
        assert!((selfish_share(0.5, 10, 10) - 0.005).abs() < 1e-15);
    }
}
