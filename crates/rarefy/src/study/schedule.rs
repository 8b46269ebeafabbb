//! Which trial next: several workers, trials that wait for others.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard};

use super::Trial;

/// Hands out trials to workers: a base model before its prunings, and the dearest
/// first, so that no long trial is left for the end.
pub(super) struct Schedule {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// In order of preference, best last.
    waiting: Vec<Trial>,
    /// Names of base trials that are not done.
    missing: BTreeSet<String>,
    stopped: bool,
}

impl Schedule {
    /// A schedule of `trials` of which each costs `cost`; a base that is not among them
    /// counts as done.
    pub(super) fn new(mut trials: Vec<Trial>, cost: impl Fn(&Trial) -> u64) -> Self {
        let missing =
            trials.iter().filter(|trial| trial.pruning.is_none()).map(Trial::name).collect();
        // Stable, so that equals keep the study's order.
        trials.sort_by_cached_key(|trial| (trial.pruning.is_some(), Reverse(cost(trial))));
        trials.reverse();
        let state = State { waiting: trials, missing, stopped: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The next trial; waits while all that are left need a base that is running.
    /// `None` when there is nothing left to do.
    pub(super) fn next(&self) -> Option<Trial> {
        let mut state = self.lock();
        loop {
            if state.stopped || state.waiting.is_empty() {
                return None;
            }
            let ready = |trial: &Trial| {
                trial.base().is_none_or(|base| !state.missing.contains(&base.name()))
            };
            match state.waiting.iter().rposition(ready) {
                Some(at) => return Some(state.waiting.remove(at)),
                None => state = self.changed.wait(state).expect("no worker panicked"),
            }
        }
    }

    /// Notes that `trial` is done.
    pub(super) fn done(&self, trial: &Trial) {
        if self.lock().missing.remove(&trial.name()) {
            self.changed.notify_all();
        }
    }

    /// Hands out nothing more.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no worker panicked")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::prune::Scope;
    use crate::study::Pruning;

    fn trial(cell: Cell, percent: Option<f64>) -> Trial {
        let pruning = percent.map(|percent| Pruning { scope: Scope::Both, percent });
        Trial { cell, seed: 0, wired: None, pruning }
    }

    fn gates(trial: &Trial) -> u64 {
        trial.cell.gates() as u64
    }

    #[test]
    fn prunings_wait_for_their_base_and_the_dearest_base_comes_first() {
        let trials = vec![
            trial(Cell::RnnTanh, None),
            trial(Cell::RnnTanh, Some(50.0)),
            trial(Cell::Lstm, None),
            trial(Cell::Lstm, Some(50.0)),
        ];
        let schedule = Schedule::new(trials, gates);
        let [lstm, tanh] = [schedule.next().unwrap(), schedule.next().unwrap()];
        assert_eq!([lstm.name(), tanh.name()], ["lstm-seed0", "rnn_tanh-seed0"]);
        schedule.done(&tanh);
        assert_eq!(schedule.next().unwrap().name(), "rnn_tanh-seed0-both-50");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| schedule.next().unwrap().name());
            schedule.done(&lstm);
            assert_eq!(waiting.join().unwrap(), "lstm-seed0-both-50");
        });
        assert_eq!(schedule.next(), None);
    }

    #[test]
    fn a_base_that_is_done_already_holds_nothing_up() {
        let schedule = Schedule::new(vec![trial(Cell::Gru, Some(10.0))], gates);
        assert!(schedule.next().is_some());
    }
}
