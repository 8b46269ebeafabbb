//! Whether two sets of answers agree by more than chance: the rule of every verdict.
//!
//! Similar experiments agree on much that is undisputed. So agreement is compared with what it
//! would be if the thesis's answers were unrelated to ours: the same comparisons are repeated many
//! times with randomly drawn pairings ([`Agreement::of`]). Each question documents what it pairs.

use std::fmt;

use rarefy::analysis::wilson;
use rarefy::random::Stream;
use rarefy_view::wording;

/// Number of random pairings for each estimate of chance.
pub const DRAWS: usize = 5_000;
/// Agreement exceeds chance if at most this share of random pairings agree as well as the true one.
pub const BY_CHANCE: f64 = 0.05;
/// Both agree from this share of the way between chance and full agreement.
pub const AGREES_FROM: f64 = 0.6;
/// A verdict requires that at least this share of all comparisons is known.
pub const KNOWN_FROM: f64 = 0.5;
/// A verdict requires at least this many comparisons.
pub const FEWEST: usize = 4;

/// Whether our answer agrees with the thesis's.
///
/// No verdict is given with fewer than [`FEWEST`] comparisons, if less than a share [`KNOWN_FROM`]
/// of them is known, for other data, for a part that was not run, or at the smoke scale. Each
/// question documents what it compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Above chance ([`BY_CHANCE`]), and at least [`AGREES_FROM`] of the way to full agreement.
    Agrees,
    /// Above chance, but further from full agreement.
    InPart,
    /// Not above chance, and clearly less than half of the comparisons come out the same: the 95 %
    /// interval of their share (Wilson) ends below one half.
    Differs,
    /// Not above chance, but perhaps half come out the same; or too little is known.
    Unsaid,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agrees => "agrees",
            Self::InPart => "agrees in part",
            Self::Differs => "differs",
            Self::Unsaid => "cannot be said",
        })
    }
}

impl Verdict {
    /// CSS class.
    pub fn class(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::InPart => "in-part",
            Self::Differs => "differs",
            Self::Unsaid => "unsaid",
        }
    }
}

/// Counts of comparisons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The same in both.
    pub same: usize,
    /// Not the same.
    pub other: usize,
    /// Not known yet.
    pub open: usize,
}

impl Tally {
    /// Counts comparisons; `None` means that one side is unknown.
    pub fn of(comparisons: impl IntoIterator<Item = Option<bool>>) -> Self {
        let mut tally = Self::default();
        for same in comparisons {
            match same {
                Some(true) => tally.same += 1,
                Some(false) => tally.other += 1,
                None => tally.open += 1,
            }
        }
        tally
    }

    /// Number of comparisons with both sides known.
    pub fn known(self) -> usize {
        self.same + self.other
    }

    /// The share of known comparisons that come out the same.
    pub fn share(self) -> Option<f64> {
        (self.known() > 0).then(|| self.same as f64 / self.known() as f64)
    }
}

/// How well two sets of answers agree, and how well they would by chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Ours against the thesis's.
    pub tally: Tally,
    /// The mean share that comes out the same with random pairings. `None` if nothing is compared.
    pub chance: Option<f64>,
    /// The share of random pairings that agree at least as well as the true one.
    pub p: Option<f64>,
}

impl Agreement {
    /// `compare` makes the comparisons with the thesis's answers in the given order, of which
    /// `0, 1, ..., answers - 1` is the true one.
    pub fn of(purpose: &str, answers: usize, compare: impl Fn(&[usize]) -> Tally) -> Self {
        Self::drawn(purpose, DRAWS, answers, compare)
    }

    /// The same with `draws` random pairings.
    pub fn drawn(
        purpose: &str,
        draws: usize,
        answers: usize,
        compare: impl Fn(&[usize]) -> Tally,
    ) -> Self {
        let mut order: Vec<usize> = (0..answers).collect();
        let tally = compare(&order);
        let mut stream = Stream::new(0, purpose);
        let shares = (0..draws).filter_map(|_| {
            stream.shuffle(&mut order);
            compare(&order).share()
        });
        Self::against(tally, &shares.collect::<Vec<_>>())
    }

    /// Given the shares that come out the same by chance.
    pub fn against(tally: Tally, by_chance: &[f64]) -> Self {
        let Some(share) = tally.share().filter(|_| !by_chance.is_empty()) else {
            return Self { tally, chance: None, p: None };
        };
        let count = by_chance.len() as f64;
        let as_good = by_chance.iter().filter(|&&other| other >= share - 1e-9).count();
        Self {
            tally,
            chance: Some(by_chance.iter().sum::<f64>() / count),
            // The true pairing counts as one of the possible draws.
            p: Some((1 + as_good) as f64 / (1.0 + count)),
        }
    }

    /// The position between chance (0) and full agreement (1), as Cohen's kappa measures it.
    pub fn kappa(&self) -> Option<f64> {
        let (share, chance) = (self.tally.share()?, self.chance?);
        Some(if chance < 1.0 { (share - chance) / (1.0 - chance) } else { 0.0 })
    }

    /// The verdict by the rules of each [`Verdict`].
    pub fn verdict(&self) -> Verdict {
        let Some((kappa, p)) = self.kappa().zip(self.p).filter(|_| self.is_enough()) else {
            return Verdict::Unsaid;
        };
        let most = wilson(self.tally.same, self.tally.known()).map(|interval| interval.high);
        match p <= BY_CHANCE {
            true if kappa >= AGREES_FROM => Verdict::Agrees,
            true => Verdict::InPart,
            false if most.is_some_and(|most| most < 0.5) => Verdict::Differs,
            false => Verdict::Unsaid,
        }
    }

    fn is_enough(&self) -> bool {
        let (known, open) = (self.tally.known(), self.tally.open);
        known >= FEWEST && known as f64 >= KNOWN_FROM * (known + open) as f64
    }

    /// `7 of 27 (26 %; by chance 23 %; kappa 0.04)`
    pub fn shares(&self) -> String {
        let Tally { same, .. } = self.tally;
        let known = self.tally.known();
        match self.tally.share().zip(self.chance).zip(self.kappa()) {
            None => format!("{same} of {known}"),
            Some(((share, chance), kappa)) => {
                let [share, chance] = [share, chance].map(whole_percent);
                // No zero with a sign.
                let kappa = (100.0 * kappa).round() / 100.0 + 0.0;
                let kappa = format!("{kappa:.2}").replacen('-', "−", 1);
                format!("{same} of {known} ({share}; by chance {chance}; kappa {kappa})")
            }
        }
    }

    /// The reason for the verdict.
    pub fn reason(&self) -> String {
        let as_good = self.p.map(whole_percent).unwrap_or_default();
        match self.verdict() {
            Verdict::Agrees => "That is more than chance, and close to full agreement.".to_owned(),
            Verdict::InPart => "That is more than chance, but far from full agreement.".to_owned(),
            Verdict::Differs => {
                format!("Of random draws {as_good} do as well, and most comparisons differ.")
            }
            Verdict::Unsaid if !self.is_enough() => "Too few comparisons are known.".to_owned(),
            Verdict::Unsaid => {
                format!("Of random draws {as_good} do as well, so no verdict follows.")
            }
        }
    }
}

/// `26 %`
pub fn whole_percent(share: f64) -> String {
    wording::percent((100.0 * share).round())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreement(same: usize, other: usize, open: usize, by_chance: &[f64]) -> Agreement {
        Agreement::against(Tally { same, other, open }, by_chance)
    }

    #[test]
    fn a_verdict_needs_more_than_chance_and_is_never_given_on_little() {
        let half = [0.5; 100];
        assert_eq!(agreement(8, 2, 0, &half).verdict(), Verdict::Agrees);
        assert_eq!(agreement(8, 2, 10, &half).verdict(), Verdict::Agrees);
        assert_eq!(agreement(8, 2, 11, &half).verdict(), Verdict::Unsaid);
        assert_eq!(agreement(7, 3, 0, &half).verdict(), Verdict::InPart);
        assert_eq!(agreement(3, 0, 0, &half).verdict(), Verdict::Unsaid);
        assert_eq!(agreement(0, 0, 0, &half).verdict(), Verdict::Unsaid);
        // Both agree fully, but so does every random pairing.
        assert_eq!(agreement(10, 0, 0, &[1.0; 100]).verdict(), Verdict::Unsaid);
        assert_eq!(agreement(5, 5, 0, &half).verdict(), Verdict::Unsaid);
        // Less than half, but perhaps by chance.
        assert_eq!(agreement(4, 6, 0, &half).verdict(), Verdict::Unsaid);
        assert_eq!(agreement(1, 9, 0, &half).verdict(), Verdict::Differs);
    }

    #[test]
    fn kappa_is_zero_at_chance_and_one_at_full_agreement() {
        let beyond = |same, other| agreement(same, other, 0, &[0.25, 0.75]).kappa();
        assert_eq!(beyond(10, 0), Some(1.0));
        assert_eq!(beyond(5, 5), Some(0.0));
        assert_eq!(beyond(0, 10), Some(-1.0));
        assert_eq!(beyond(0, 0), None);
        let p = agreement(5, 5, 0, &[0.25, 0.5, 0.75]).p.unwrap();
        assert!((p - 0.75).abs() < 1e-12, "{p}");
    }

    #[test]
    fn answers_that_say_nothing_about_each_other_rarely_agree() {
        const TRIALS: usize = 400;
        // Five standard deviations of a count with p = BY_CHANCE.
        let most = TRIALS as f64 * BY_CHANCE + 5.0 * (TRIALS as f64 * BY_CHANCE).sqrt();
        for (kinds, answers) in [(2, 12), (3, 12), (3, 30), (2, 60)] {
            let mut stream = Stream::new(kinds, "unrelated");
            let mut draw =
                || (0..answers).map(|_| stream.index(kinds as usize)).collect::<Vec<_>>();
            let verdict = |_| {
                let (ours, theirs) = (draw(), draw());
                Agreement::drawn("test", 200, answers, |order| {
                    Tally::of((0..answers).map(|at| Some(ours[at] == theirs[order[at]])))
                })
                .verdict()
            };
            let agrees = (0..TRIALS).map(verdict).filter(|&v| v == Verdict::Agrees).count();
            assert!(agrees as f64 <= most, "{agrees} of {TRIALS} agree");
        }
    }
}
