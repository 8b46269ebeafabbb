//! What stands and what falls: sentences that a paper says or that follow from it, each judged by a
//! contrast of a study.

use std::fmt;

use rarefy::study::{Answer, Findings, SIGNIFICANT};

/// A sentence, and the contrast that judges it.
#[derive(Debug)]
pub struct Claim {
    /// The sentence.
    pub sentence: &'static str,
    /// The contrast's question.
    pub question: &'static str,
    /// What the sentence says of the contrast's later level.
    pub says: Says,
}

/// What a claim says of the later level of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// That the compared column is higher.
    Higher,
    /// That both are alike.
    Alike,
    /// That the compared column is not lower: something costs nothing.
    NotLower,
}

/// The smallest number of pairs with which `comparisons` comparisons can be clear. If all pairs agree,
/// the sign-flip test gives p = 2 / 2^pairs, and Holm's correction multiplies the smallest p by the
/// number of comparisons. With fewer pairs, a bootstrap interval alone is too narrow to decide.
fn fewest_pairs(comparisons: usize) -> usize {
    let least = |pairs: &usize| 2.0 * comparisons as f64 / 2f64.powi(*pairs as i32) < SIGNIFICANT;
    (1..64).find(least).expect("powers of 2 grow")
}

/// Differences of accuracies, or of other shares, that nobody needs to care about.
const ALIKE: f64 = 0.01;

impl Claim {
    /// The claim, judged by what was found; `None` if its contrast has no comparison. P-values are
    /// corrected for the comparisons that judge it, and not for all else that the study compares.
    pub fn judged(&'static self, findings: &Findings) -> Option<Claimed> {
        let asked = |answer: &&Answer| answer.question.as_deref() == Some(self.question);
        let mut answers: Vec<Answer> = findings.contrasts.iter().filter(asked).cloned().collect();
        Answer::correct(&mut answers);
        let each = Stands::each(self.says, &answers);
        let stands = Stands::of(self.says, &each)?;
        Some(Claimed { claim: self, stands, answers: each.into_iter().zip(answers).collect() })
    }
}

/// A claim and its verdict.
pub struct Claimed {
    /// The claim.
    pub claim: &'static Claim,
    /// The verdict.
    pub stands: Stands,
    /// The comparisons that it rests on, and what each says on its own.
    pub answers: Vec<(Stands, Answer)>,
}

/// Whether a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Every comparison says what it says.
    Stands,
    /// Some do, others do not.
    InPart,
    /// One says the opposite, or none leaves room for it.
    Falls,
    /// The comparisons do not decide it.
    Open,
}

impl Stands {
    /// What each comparison says.
    fn each(says: Says, answers: &[Answer]) -> Vec<Self> {
        let fewest = fewest_pairs(answers.len());
        answers.iter().map(|answer| Self::one(says, answer, fewest)).collect()
    }

    /// What they say together; `None` without any.
    fn of(says: Says, each: &[Self]) -> Option<Self> {
        let count = |stands| each.iter().filter(|one| **one == stands).count();
        let (stand, fall) = (count(Self::Stands), count(Self::Falls));
        (!each.is_empty()).then(|| match (stand, fall) {
            _ if stand == each.len() => Self::Stands,
            (0, 0) => Self::Open,
            (0, fall) if fall == each.len() => Self::Falls,
            (0, _) if says != Says::Higher => Self::Falls,
            (0, _) => Self::Open,
            _ => Self::InPart,
        })
    }

    /// What one comparison says.
    fn one(says: Says, answer: &Answer, fewest: usize) -> Self {
        let found = &answer.difference;
        let (Some(low), Some(high)) = (found.low, found.high) else { return Self::Open };
        if found.pairs < fewest {
            return Self::Open;
        }
        let alike = -ALIKE <= low && high <= ALIKE;
        match says {
            Says::Higher if answer.is_clear() && low > 0.0 => Self::Stands,
            // Even the upper end is a difference that nobody needs to care about.
            Says::Higher if high <= ALIKE => Self::Falls,
            Says::Alike if alike => Self::Stands,
            Says::Alike if answer.is_clear() => Self::Falls,
            Says::NotLower if -ALIKE <= low => Self::Stands,
            Says::NotLower if answer.is_clear() && high < 0.0 => Self::Falls,
            _ => Self::Open,
        }
    }

    /// The verdict in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::InPart => "stands in part",
            Self::Falls => "falls",
            Self::Open => "open",
        }
    }

    /// CSS class of the verdict.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Stands => "holds",
            Self::Falls => "fails",
            Self::InPart | Self::Open => "undecided",
        }
    }
}

impl fmt::Display for Stands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use rarefy::study::Difference;

    use super::*;

    /// A comparison with this interval, p-value and number of pairs.
    fn answer((low, high, p, pairs): (f64, f64, f64, usize)) -> Answer {
        let difference = Difference {
            vary: "method",
            by: Vec::new(),
            level_a: "a".to_owned(),
            level_b: "b".to_owned(),
            column: "last_test_acc".to_owned(),
            pairs,
            effect: Some((low + high) / 2.0),
            low: Some(low),
            high: Some(high),
            detectable: None,
            paired: vec!["seed"],
            averaged: Vec::new(),
            pairs_planned: pairs,
            unpaired: 0,
            missing: 0,
            diverged: 0,
            without_value: 0,
        };
        let question = Some("which?".to_owned());
        Answer { question, difference, p: Some(p), p_holm: Some(p), expect: None, verdict: None }
    }

    const CLEARLY_HIGHER: (f64, f64, f64, usize) = (0.02, 0.05, 0.01, 10);
    const CLEARLY_LOWER: (f64, f64, f64, usize) = (-0.05, -0.02, 0.01, 10);
    const NOT_KNOWN: (f64, f64, f64, usize) = (-0.03, 0.04, 0.6, 10);
    const ALIKE_INDEED: (f64, f64, f64, usize) = (-0.004, 0.003, 0.6, 10);

    #[test]
    fn a_claim_stands_or_falls_with_its_intervals_and_is_open_otherwise() {
        use Says::*;
        for (says, found, expected) in [
            (Higher, &[CLEARLY_HIGHER][..], Stands::Stands),
            (Higher, &[ALIKE_INDEED], Stands::Falls),
            (Higher, &[CLEARLY_LOWER], Stands::Falls),
            (Higher, &[NOT_KNOWN], Stands::Open),
            (Higher, &[CLEARLY_HIGHER, NOT_KNOWN], Stands::InPart),
            (Higher, &[CLEARLY_LOWER, NOT_KNOWN], Stands::Open),
            // The interval lies above zero, but not by more than chance.
            (Higher, &[(0.02, 0.05, 0.2, 10)], Stands::Open),
            (Alike, &[ALIKE_INDEED, ALIKE_INDEED], Stands::Stands),
            (Alike, &[CLEARLY_HIGHER, NOT_KNOWN], Stands::Falls),
            (Alike, &[CLEARLY_LOWER, ALIKE_INDEED], Stands::InPart),
            (Alike, &[NOT_KNOWN], Stands::Open),
            (NotLower, &[CLEARLY_HIGHER, ALIKE_INDEED], Stands::Stands),
            (NotLower, &[CLEARLY_LOWER, NOT_KNOWN], Stands::Falls),
            (NotLower, &[NOT_KNOWN], Stands::Open),
        ] {
            let answers: Vec<Answer> = found.iter().copied().map(answer).collect();
            let stands = Stands::of(says, &Stands::each(says, &answers));
            assert_eq!(stands, Some(expected), "{says:?} of {found:?}");
        }
        assert_eq!(Stands::of(Higher, &[]), None);
        // Clear, and yet smaller than a point: it stands, and does not fall.
        let small = answer((0.001, 0.008, 0.01, 10));
        assert_eq!(Stands::each(Higher, std::slice::from_ref(&small)), [Stands::Stands]);
        // Six pairs can decide one comparison, but not two.
        let six = answer((0.02, 0.05, 0.03, 6));
        assert_eq!(Stands::each(Higher, std::slice::from_ref(&six)), [Stands::Stands]);
        assert_eq!(Stands::each(Higher, &[six.clone(), six]), [Stands::Open; 2]);
    }

    #[test]
    fn the_more_comparisons_the_more_pairs_it_takes() {
        assert_eq!([1, 2, 4, 36].map(fewest_pairs), [6, 7, 8, 11]);
    }
}
