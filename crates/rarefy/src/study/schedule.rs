//! The order of trials for several workers: some trials wait for others, and some are computed by
//! other processes.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::{Stop, Trial};

/// Hands out trials to workers. Trials that others start from come first, then the longest, so that
/// no long trial is left for the end.
pub(super) struct Schedule {
    trials: Vec<Trial>,
    /// The rank of each trial.
    ranks: Vec<Rank>,
    stop: Stop,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Trials that can be computed; the first to run is on top.
    ready: BinaryHeap<Rank>,
    /// Trials that start from one that is not done, by the hash of that one.
    waiting: HashMap<u64, Vec<Rank>>,
    /// Trials computed by other processes: when to look again, and how long to wait after that.
    elsewhere: Vec<(Instant, Duration, Rank)>,
    /// Number of trials handed out and not yet done.
    running: usize,
    stopped: bool,
}

/// Base models and other trials that some start from come first, then the most expensive, then in
/// the study's order. The last element is the trial's index.
type Rank = (bool, u64, Reverse<usize>);

/// Initial pause before looking again at a trial of another process.
const SOON: Duration = Duration::from_millis(50);
/// Longest such pause.
const LATER: Duration = Duration::from_secs(2);

impl Schedule {
    /// A schedule of `trials`, until `stop`. A parent that is not among them counts as done.
    pub(super) fn new(trials: Vec<Trial>, stop: Stop) -> Self {
        // A hash serialises the whole trial, so each is computed once for a trial and once for its
        // parent.
        let hashes: Vec<u64> = trials.iter().map(Trial::hash).collect();
        let parent = |trial: &Trial| trial.parent().map(|parent| parent.hash());
        let parents: Vec<Option<u64>> = trials.iter().map(parent).collect();
        let missing: HashSet<u64> = hashes.iter().copied().collect();
        let awaited: HashSet<u64> = parents.iter().copied().flatten().collect();
        let rank = |(place, trial): (usize, &Trial)| {
            (trial.is_base() || awaited.contains(&hashes[place]), trial.cost(), Reverse(place))
        };
        let ranks: Vec<Rank> = trials.iter().enumerate().map(rank).collect();
        let (mut ready, mut waiting) = (BinaryHeap::new(), HashMap::<u64, Vec<Rank>>::new());
        for (parent, &rank) in parents.into_iter().zip(&ranks) {
            match parent.filter(|parent| missing.contains(parent)) {
                Some(parent) => waiting.entry(parent).or_default().push(rank),
                None => ready.push(rank),
            }
        }
        let state = State { ready, waiting, elsewhere: Vec::new(), running: 0, stopped: false };
        Self { trials, ranks, stop, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The next trial with its index. Waits while all remaining trials depend on one that is not
    /// done, or are computed by other processes. `None` if nothing is left to do.
    pub(super) fn next(&self) -> Option<(usize, &Trial)> {
        let mut state = self.lock();
        loop {
            if state.stopped || self.stop.is_asked() {
                return None;
            }
            let mut best = state.ready.pop();
            if best.is_none() {
                let now = Instant::now();
                let due = state.elsewhere.iter().position(|(when, ..)| *when <= now);
                best = due.map(|at| state.elsewhere[at].2);
            }
            if let Some(rank) = best {
                state.running += 1;
                let Reverse(place) = rank.2;
                if let Some(entry) = state.elsewhere.iter_mut().find(|entry| entry.2 == rank) {
                    // Not to be handed out again until `elsewhere` puts it back or it is done.
                    entry.0 = Instant::now() + Duration::from_secs(u64::from(u32::MAX));
                }
                return Some((place, &self.trials[place]));
            }
            let first = state.elsewhere.iter().map(|(when, ..)| *when).min();
            if first.is_none() && state.running == 0 {
                return None;
            }
            let wait = first.map_or(LATER, |when| when.saturating_duration_since(Instant::now()));
            let waited = self.changed.wait_timeout(state, wait.min(LATER));
            state = waited.expect("no worker panicked").0;
        }
    }

    /// Notes that another process computes the trial at index `place`. It is handed out again when
    /// nothing else is left to do, to see whether it is done.
    pub(super) fn elsewhere(&self, place: usize) {
        let mut state = self.lock();
        state.running -= 1;
        let now = Instant::now();
        match state.elsewhere.iter_mut().find(|(.., rank)| rank.2.0 == place) {
            Some((when, wait, _)) => {
                *wait = (*wait * 2).min(LATER);
                *when = now + *wait;
            }
            None => {
                let rank = self.ranks[place];
                state.elsewhere.push((now + SOON, SOON, rank));
            }
        }
        self.changed.notify_all();
    }

    /// Notes that the trial at index `place` is done, here or elsewhere.
    pub(super) fn done(&self, place: usize) {
        let mut state = self.lock();
        state.running -= 1;
        state.elsewhere.retain(|(.., rank)| rank.2.0 != place);
        let waiting = state.waiting.remove(&self.trials[place].hash());
        state.ready.extend(waiting.into_iter().flatten());
        self.changed.notify_all();
    }

    /// Stops handing out trials.
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
    use crate::study::Settings;

    fn trial(cell: Cell, percent: Option<f64>) -> Trial {
        let retrain_epochs = percent.map(|_| 1);
        let settings = Settings {
            cell: Some(cell),
            epochs: Some(2),
            percent,
            retrain_epochs,
            ..Settings::default()
        };
        settings.trial().unwrap()
    }

    fn label(next: Option<(usize, &Trial)>) -> String {
        next.unwrap().1.label()
    }

    #[test]
    fn prunings_wait_for_their_base_and_the_longest_base_comes_first() {
        let trials = vec![
            trial(Cell::RnnTanh, None),
            trial(Cell::RnnTanh, Some(50.0)),
            trial(Cell::Lstm, None),
            trial(Cell::Lstm, Some(50.0)),
        ];
        let schedule = Schedule::new(trials, Stop::new());
        assert_eq!(label(schedule.next()), "lstm-seed0");
        assert_eq!(label(schedule.next()), "rnn_tanh-seed0");
        schedule.done(0);
        assert_eq!(label(schedule.next()), "rnn_tanh-seed0-both-50");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| label(schedule.next()));
            schedule.done(2);
            assert_eq!(waiting.join().unwrap(), "lstm-seed0-both-50");
        });
        schedule.done(1);
        schedule.done(3);
        assert!(schedule.next().is_none());
    }

    #[test]
    fn a_base_that_is_done_already_holds_nothing_up() {
        let schedule = Schedule::new(vec![trial(Cell::Gru, Some(10.0))], Stop::new());
        assert!(schedule.next().is_some());
    }

    #[test]
    fn what_another_process_has_comes_last_and_again_until_it_is_done() {
        let trials = vec![trial(Cell::Lstm, None), trial(Cell::Gru, None)];
        let schedule = Schedule::new(trials, Stop::new());
        let (lstm, _) = schedule.next().unwrap();
        schedule.elsewhere(lstm);
        let (gru, _) = schedule.next().unwrap();
        assert_ne!(gru, lstm);
        schedule.done(gru);
        for _ in 0..2 {
            assert_eq!(schedule.next().unwrap().0, lstm);
            schedule.elsewhere(lstm);
        }
        assert_eq!(schedule.next().unwrap().0, lstm);
        schedule.done(lstm);
        assert!(schedule.next().is_none());
    }
}
