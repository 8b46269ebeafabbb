//! Our runs against the thesis's where the outcome is contested, and the agreement expected by
//! chance.
//!
//! Contested are networks pruned by [`FROM`] to [`TO`] percent. At smaller percentages nearly every
//! network is unharmed; at 100 % almost none works. No network is left out for what became of it:
//! without those that both leave unharmed, agreement would look rarer than it is.
//!
//! Chance is measured by permuting the thesis's curves, where a curve is one cell and scope with
//! all its percentages. The 12 curves come from 4 base models, so they are less independent than
//! the permutations assume.

use rarefy::cell::Cell;
use rarefy::prune::Scope;

use crate::darji2021::report::outcome::Recovery;
use crate::darji2021::report::questions::agreement::{Agreement, DRAWS, Tally};
use crate::darji2021::report::questions::pruning::sides::{Harm, Network, Run, Side};

/// The smallest contested percentage.
pub const FROM: f64 = 50.0;
/// The largest contested percentage.
pub const TO: f64 = 90.0;

/// Both, as stated on the page.
pub const CONTESTED: (f64, f64) = (FROM, TO);

/// The networks of one cell and scope by contested percentage; `None` for one without a run.
pub type Curve<'a> = [Option<&'a Run>];

/// Compares two curves and returns one entry per comparison; `None` if one side is unknown.
pub type Comparison = fn(&Curve, &Curve) -> Vec<Option<bool>>;

/// The known runs of one seed.
#[derive(Clone, Debug)]
struct Known {
    /// `[curve][percent]`
    curves: Vec<Vec<Option<Run>>>,
}

/// The contested networks of both experiments.
pub struct Contested {
    /// Our runs, one entry per seed.
    ours: Vec<Known>,
    theirs: Known,
}

impl Contested {
    /// Of these networks, at the contested percentages that both experiments have.
    pub fn new(networks: &[Network], ours: &Side, theirs: &Side) -> Self {
        let mut curves: Vec<(Cell, Scope)> = networks.iter().map(|n| (n.cell, n.scope)).collect();
        curves.dedup();
        let mut percents: Vec<f64> = theirs.runs().map(|(network, _)| network.percent).collect();
        percents.retain(|percent| (FROM..=TO).contains(percent));
        percents.sort_by(f64::total_cmp);
        percents.dedup();
        let known = |side: &Side, seed: u64| {
            let run = |&(cell, scope): &(Cell, Scope)| {
                let at = |&percent: &f64| {
                    side.of(Network { cell, scope, percent }).find(|run| run.seed == seed).cloned()
                };
                percents.iter().map(at).collect()
            };
            Known { curves: curves.iter().map(run).collect() }
        };
        Self {
            ours: ours.all_seeds().into_iter().map(|seed| known(ours, seed)).collect(),
            theirs: known(theirs, 0),
        }
    }

    /// How well our runs and the thesis's agree, run by run.
    pub fn agreement(&self, purpose: &str, compare: Comparison) -> Agreement {
        self.drawn(purpose, DRAWS, compare)
    }

    fn drawn(&self, purpose: &str, draws: usize, compare: Comparison) -> Agreement {
        Agreement::drawn(purpose, draws, self.theirs.curves.len(), |order| {
            self.tally(compare, |at| &self.theirs.curves[order[at]])
        })
    }

    /// The share that comes out the same between two of our own seeds, over all pairs of seeds.
    pub fn between_seeds(&self, compare: Comparison) -> Option<f64> {
        let mut all = Vec::new();
        for (at, one) in self.ours.iter().enumerate() {
            for other in &self.ours[at + 1..] {
                let curves = one.curves.iter().zip(&other.curves);
                all.extend(curves.flat_map(|(a, b)| compare(&borrowed(a), &borrowed(b))));
            }
        }
        Tally::of(all).share()
    }

    fn tally<'a>(
        &'a self,
        compare: Comparison,
        theirs: impl Fn(usize) -> &'a Vec<Option<Run>>,
    ) -> Tally {
        let of = |at: usize| {
            let theirs = borrowed(theirs(at));
            let has_run = |run: &&Known| run.curves[at].iter().any(Option::is_some);
            let runs: Vec<&Known> = self.ours.iter().filter(has_run).collect();
            match runs.as_slice() {
                // A curve that no seed has counts as unknown once.
                [] => compare(&vec![None; theirs.len()], &theirs),
                runs => runs
                    .iter()
                    .flat_map(|run| compare(&borrowed(&run.curves[at]), &theirs))
                    .collect(),
            }
        };
        Tally::of((0..self.theirs.curves.len()).flat_map(of))
    }
}

fn borrowed(curve: &[Option<Run>]) -> Vec<Option<&Run>> {
    curve.iter().map(Option::as_ref).collect()
}

/// For each contested network: whether it is harmed to the same degree.
pub fn harm(ours: &Curve, theirs: &Curve) -> Vec<Option<bool>> {
    pairs(ours, theirs).map(|pair| pair.map(|(a, b)| a.harm() == b.harm())).collect()
}

/// For each curve: whether it is safe up to the same percentage.
pub fn safe(ours: &Curve, theirs: &Curve) -> Vec<Option<bool>> {
    vec![safe_up_to(ours).zip(safe_up_to(theirs)).map(|(a, b)| a == b)]
}

/// For each contested network that is harmed in both experiments: whether it recovered after the
/// same number of epochs, or in neither.
pub fn epochs(ours: &Curve, theirs: &Curve) -> Vec<Option<bool>> {
    let harmed = |pair: &Option<(&Run, &Run)>| match pair {
        Some((a, b)) => [a, b].iter().all(|run| run.recovery != Recovery::After(0)),
        None => true,
    };
    let pairs = pairs(ours, theirs).filter(harmed);
    pairs.map(|pair| pair.map(|(a, b)| a.recovery == b.recovery)).collect()
}

/// The pairs of runs; `None` if one side is unknown.
fn pairs<'a>(
    ours: &'a Curve,
    theirs: &'a Curve,
) -> impl Iterator<Item = Option<(&'a Run, &'a Run)>> {
    ours.iter().zip(theirs).map(|(ours, theirs)| (*ours).zip(*theirs))
}

/// How many percentages, starting with the smallest, do no harm; `None` if that depends on an
/// unknown run.
fn safe_up_to(curve: &Curve) -> Option<usize> {
    for (at, run) in curve.iter().enumerate() {
        if run.as_ref()?.harm() != Harm::None {
            return Some(at);
        }
    }
    Some(curve.len())
}

#[cfg(test)]
mod tests {
    use rarefy::random::Stream;

    use super::*;
    use crate::darji2021::report::findings::Findings;
    use crate::darji2021::report::questions::agreement::{BY_CHANCE, Verdict};
    use crate::darji2021::report::tests::synthetic;
    use crate::darji2021::report::thesis;

    fn run(accuracy: f64, after: u32) -> Run {
        Run {
            seed: 0,
            unpruned: 1.0,
            accuracies: vec![accuracy],
            recovery: if after > 9 { Recovery::Beyond(9) } else { Recovery::After(after) },
        }
    }

    /// The thesis's curves against themselves, as if they came from another experiment.
    fn published() -> Contested {
        let study = synthetic::full(1);
        let findings = Findings::new(&study, &[], true);
        let networks: Vec<Network> = Cell::ALL
            .into_iter()
            .flat_map(|cell| Scope::ALL.map(|scope| (cell, scope)))
            .flat_map(|(cell, scope)| {
                thesis::percents().map(move |percent| Network { cell, scope, percent })
            })
            .collect();
        let theirs = || Side::theirs(&findings, &networks, thesis::RETRAINING_EPOCHS);
        Contested::new(&networks, &theirs(), &theirs())
    }

    #[test]
    fn curves_of_other_cells_and_scopes_rarely_agree() {
        const TRIALS: usize = 200;
        // Four standard deviations of a count with p = BY_CHANCE.
        let most = TRIALS as f64 * BY_CHANCE + 4.0 * (TRIALS as f64 * BY_CHANCE).sqrt();
        let mut contested = published();
        let mut stream = Stream::new(0, "other curves");
        let kinds: [(&str, Comparison); 3] = [("harm", harm), ("safe", safe), ("epochs", epochs)];
        let mut verdicts = [[0; 4]; 3];
        for _ in 0..TRIALS {
            stream.shuffle(&mut contested.ours[0].curves);
            for (counts, (purpose, compare)) in verdicts.iter_mut().zip(kinds) {
                counts[contested.drawn(purpose, 200, compare).verdict() as usize] += 1;
            }
        }
        for ([agrees, ..], (purpose, _)) in verdicts.iter().zip(kinds) {
            assert!(f64::from(*agrees) <= most, "{purpose}: {verdicts:?} of {TRIALS}");
        }
    }

    #[test]
    fn a_constant_agrees_with_nothing() {
        // 70 % is safe for every curve, which is within a step of everything that the thesis
        // published.
        let mut contested = published();
        for curve in &mut contested.ours[0].curves {
            let at = |at: u32| Some(if at < 3 { run(1.0, 0) } else { run(0.9, 1) });
            *curve = (0..5).map(at).collect();
        }
        for compare in [harm as Comparison, safe, epochs] {
            let found = contested.drawn("constant", 200, compare);
            assert!(matches!(found.verdict(), Verdict::Unsaid | Verdict::Differs), "{found:?}");
        }
    }

    #[test]
    fn no_network_is_left_out_for_what_became_of_it() {
        let (whole, partly, lost) = (run(1.0, 0), run(0.9, 1), run(0.5, 1));
        let ours = [&whole, &whole, &partly, &partly, &lost].map(Some);
        let theirs = [&whole, &partly, &partly, &lost, &lost].map(Some);
        assert_eq!(harm(&ours, &theirs), [true, false, true, false, true].map(Some));
        assert_eq!(safe(&ours, &theirs), [Some(false)]);
        assert_eq!(safe(&ours[2..], &theirs[2..]), [Some(true)]);
        assert_eq!(safe(&ours[..1], &theirs[..1]), [Some(true)]);
        // Harmed in both experiments.
        assert_eq!(epochs(&ours, &theirs), [Some(true); 3]);
        let never = run(0.9, 10);
        assert_eq!(epochs(&[Some(&never)], &[Some(&partly)]), [Some(false)]);
        assert_eq!(epochs(&[Some(&never)], &[Some(&never)]), [Some(true)]);
        assert_eq!(harm(&[None], &[Some(&partly)]), [None]);
        assert_eq!(safe(&[Some(&whole), None], &[Some(&whole), Some(&partly)]), [None]);
    }
}
