//! A share of a study's trials, for one of several machines.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use super::{Study, Trial};

/// Share number `number`, from 1, of `count` shares: `2/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The number of the share.
    pub number: usize,
    /// The number of shares.
    pub count: usize,
}

/// A text that is not a shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no shard: expected I/N, such as 1/4 for the first of four")]
pub struct UnknownShard(String);

impl FromStr for Shard {
    type Err = UnknownShard;

    fn from_str(text: &str) -> Result<Self, UnknownShard> {
        let shard = text.split_once('/').and_then(|(number, count)| {
            Some(Self { number: number.parse().ok()?, count: count.parse().ok()? })
        });
        let fits = shard.filter(|shard| (1..=shard.count).contains(&shard.number));
        fits.ok_or_else(|| UnknownShard(text.to_owned()))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

impl Shard {
    /// The trials of this share and those that they start from, in the study's order.
    ///
    /// Trials are sorted by cost and dealt back and forth, so that all shares take about equally
    /// long. A base model may belong to several shares; in a common folder, the first process to
    /// claim it trains it.
    pub(super) fn trials(self, study: &Study) -> Vec<Trial> {
        let costs = study.trials().map(|trial| trial.cost()).enumerate();
        let mut order: Vec<(Reverse<u64>, usize)> =
            costs.map(|(place, cost)| (Reverse(cost), place)).collect();
        order.sort_unstable();
        let holder = |turn: usize| {
            let (round, at) = (turn / self.count, turn % self.count);
            if round.is_multiple_of(2) { at } else { self.count - 1 - at }
        };
        let dealt = order.iter().enumerate().filter(|(turn, _)| holder(*turn) == self.number - 1);
        let own: HashSet<usize> = dealt.map(|(_, (_, place))| *place).collect();
        let is_own = |place: usize| own.contains(&place);
        let needed: HashSet<u64> = study
            .trials()
            .enumerate()
            .filter(|(place, _)| is_own(*place))
            .flat_map(|(_, trial)| trial.lineage().map(|before| before.hash()))
            .collect();
        let all = study.trials().enumerate();
        let taken = all.filter(|(place, trial)| is_own(*place) || needed.contains(&trial.hash()));
        taken.map(|(_, trial)| trial).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_counted_from_one() {
        assert_eq!("2/4".parse(), Ok(Shard { number: 2, count: 4 }));
        for wrong in ["0/4", "5/4", "2", "a/b", "1/0", "-1/2", ""] {
            let error = wrong.parse::<Shard>().unwrap_err().to_string();
            assert!(error.contains("expected I/N"), "{error}");
        }
    }

    #[test]
    fn every_trial_is_in_one_share_and_its_base_model_too() {
        let text = "[base]\nepochs = 2\nretrain_epochs = 1\n[axes]\nseed = [0, 1]\n\
            cell = ['rnn_tanh', 'lstm']\npercent = { from = 10, to = 100, step = 10 }\n";
        let study = Study::parse(text, "test.toml".as_ref()).unwrap();
        let shares: Vec<_> =
            (1..=3).map(|number| Shard { number, count: 3 }.trials(&study)).collect();
        for trial in study.trials() {
            let holders: Vec<_> = shares.iter().filter(|share| share.contains(&trial)).collect();
            match trial.parent() {
                Some(base) => {
                    assert_eq!(holders.len(), 1, "{}", trial.label());
                    assert!(holders[0].contains(&base));
                }
                None => assert!(!holders.is_empty()),
            }
        }
        let cost = |share: &Vec<Trial>| {
            share.iter().filter(|t| !t.is_base()).map(|t| t.cost()).sum::<u64>()
        };
        let costs: Vec<u64> = shares.iter().map(cost).collect();
        let (least, most) = (costs.iter().min().unwrap(), costs.iter().max().unwrap());
        assert!(most * 10 <= least * 13, "{costs:?}");
    }

    #[test]
    fn a_share_has_all_rounds_that_its_own_start_from() {
        let text = "[base]\ncell = 'gru'\nepochs = 1\nretrain_epochs = 1\npercent = 50\nrounds = 3\n\
            [axes]\nseed = [0, 1, 2]\n";
        let study = Study::parse(text, "test.toml".as_ref()).unwrap();
        for number in 1..=2 {
            let share = Shard { number, count: 2 }.trials(&study);
            for (place, trial) in share.iter().enumerate() {
                let parent = trial.parent();
                assert!(parent.is_none_or(|parent| share[..place].contains(&parent)));
            }
        }
    }
}
