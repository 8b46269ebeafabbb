//! Criteria: which weights are pruned first.
//!
//! Each criterion is a file here that computes a score for each weight, and an entry in the list
//! below that gives its name, its explanation and its requirements.

#[cfg(test)]
mod goldens;
mod grasp;
mod jacobian;
mod magnitude;
mod movement;
mod obs;
mod random;
mod shuffled;
mod snip;
mod wanda;

use super::Ranking;
use super::scores::{Evidence, Rule, ScoreError, Scores};
use crate::named;
use crate::network::Network;

pub use obs::compensate;

/// What a criterion computes scores from.
enum Method {
    /// The network alone, and which weights compete with each other. The seed is for random draws.
    Weights(fn(&Network, Ranking, u64) -> Scores),
    /// The network and sequences. The seed is for random draws.
    Sequences(fn(&Network, Evidence, u64) -> Scores),
}

macro_rules! criteria {
    ($($(#[$($attribute:tt)*])* $variant:ident = $name:literal => $kind:ident($scores:path),)+) => {
        named! {
            /// What makes a weight one of the first to go.
            #[derive(Default, PartialOrd)]
            pub enum Criterion: "criterion" {
                $($(#[$($attribute)*])* $variant = $name,)+
            }
        }

        impl Criterion {
            fn method(self) -> Method {
                match self {
                    $(Self::$variant => Method::$kind($scores),)+
                }
            }
        }
    };
}

criteria! {
    /// The smallest magnitude (Han et al. 2015), as in the thesis.
    #[default]
    Magnitude = "magnitude" => Weights(magnitude::scores),
    /// Chance: the control that any other criterion must beat.
    Random = "random" => Weights(random::scores),
    /// As many of each matrix as by magnitude, at random places: a control for where they are.
    Shuffled = "shuffled" => Weights(shuffled::scores),
    /// The smallest change of the loss, |w g| (Lee et al. 2019).
    Snip = "snip" => Sequences(snip::scores),
    /// The smallest loss of gradient flow (Wang et al. 2020).
    Grasp = "grasp" => Sequences(grasp::scores),
    /// The smallest effect on the spectrum of the state's Jacobian (Zhang and Stadie 2020). For
    /// networks before training.
    Jacobian = "jacobian" => Sequences(jacobian::scores),
    /// Weights that a few updates move towards zero (Sanh et al. 2020).
    Movement = "movement" => Sequences(movement::scores),
    /// The smallest magnitude times the norm of what enters (Sun et al. 2023).
    Wanda = "wanda" => Sequences(wanda::scores),
    /// The smallest error of the layer's sums (optimal brain surgeon, Hassibi and Stork 1993).
    Obs = "obs" => Sequences(obs::scores),
}

impl Criterion {
    /// Whether it scores weights on sequences.
    pub fn needs_sequences(self) -> bool {
        matches!(self.method(), Method::Sequences(_))
    }

    /// A score for each recurrent weight of `network`. Random draws depend on `seed`, and not on
    /// which weights are masked. `ranking` says which weights compete; only [`Criterion::Shuffled`]
    /// uses it.
    ///
    /// ```
    /// use rarefy::cell::Cell;
    /// use rarefy::network::{Architecture, Network};
    /// use rarefy::prune::{Criterion, Ranking};
    ///
    /// let architecture = Architecture::stacked(128, Cell::Gru, &[10], 2)?;
    /// let network = Network::initialise(architecture, 0);
    /// let scores = Criterion::Magnitude.scores(&network, Ranking::Global, None, 0)?;
    /// assert_eq!(scores.values[0], f64::from(network.parameters()[0].abs()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If it needs sequences and there are none, or the network cannot read them.
    pub fn scores(
        self,
        network: &Network,
        ranking: Ranking,
        evidence: Option<Evidence>,
        seed: u64,
    ) -> Result<Scores, ScoreError> {
        match (self.method(), evidence) {
            (Method::Weights(scores), _) => {
                Ok(Scores { rule: Rule::Percentile, ..scores(network, ranking, seed) })
            }
            (Method::Sequences(scores), Some(evidence)) if !evidence.sequences.is_empty() => {
                network.check(evidence.sequences)?;
                Ok(scores(network, evidence, seed))
            }
            (Method::Sequences(_), _) => Err(ScoreError::NoData { criterion: self.name() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::network::{Architecture, Part};
    use crate::prune::{Scope, Selection, prune, prune_by, sparsity};

    #[test]
    fn chance_prunes_as_many_as_magnitude_elsewhere_and_more_of_the_same_at_a_larger_percent() {
        let architecture = Architecture::stacked(9, Cell::Lstm, &[12, 10], 2).unwrap();
        let network = Network::initialise(architecture, 3);
        let by_chance = |seed: u64, scope: Scope, percent: f64, ranking: Ranking| {
            let mut pruned = network.clone();
            let criterion = Criterion::Random;
            let selection = Selection { ranking, criterion, ..Selection::new(scope, percent) };
            let scores = selection.scores(&pruned, None, seed).unwrap();
            prune_by(&mut pruned, &scores, &selection).unwrap();
            pruned
        };
        for scope in Scope::ALL {
            for ranking in Ranking::ALL {
                let random = by_chance(1, scope, 70.0, ranking);
                let mut smallest = network.clone();
                prune(&mut smallest, scope, 70.0, ranking).unwrap();
                assert_eq!(random.masks().count(), smallest.masks().count(), "{scope} {ranking}");
                assert_ne!(random.masks(), smallest.masks());
                assert_ne!(random.masks(), by_chance(2, scope, 70.0, ranking).masks());
                let more = by_chance(1, scope, 90.0, ranking);
                for weight in network.layout().weights() {
                    let within = match weight.part {
                        Part::Ih => scope.has_ih(),
                        Part::Hh => scope.has_hh(),
                    };
                    let masked = |place: &usize| random.masks().is_masked(*place);
                    assert!(within || !weight.range.clone().any(|place| masked(&place)));
                    assert!(weight.range.filter(masked).all(|place| more.masks().is_masked(place)));
                }
            }
        }
        // Uniform over places: each matrix loses its share, within five standard deviations.
        for weight in sparsity(&by_chance(1, Scope::Both, 70.0, Ranking::Global)).weights {
            let (count, lost) = (weight.count as f64, weight.masked as f64);
            assert!((lost - 0.7 * count).abs() < 5.0 * (0.21 * count).sqrt(), "{}", weight.name);
        }
    }

    #[test]
    fn a_shuffled_mask_has_magnitudes_counts_at_other_places() {
        let architecture = Architecture::stacked(9, Cell::Gru, &[12, 10], 2).unwrap();
        let network = Network::initialise(architecture, 3);
        for ranking in Ranking::ALL {
            let pruned = |criterion| {
                let mut pruned = network.clone();
                let selection =
                    Selection { ranking, criterion, ..Selection::new(Scope::Both, 70.0) };
                let scores = selection.scores(&network, None, 5).unwrap();
                prune_by(&mut pruned, &scores, &selection).unwrap();
                pruned
            };
            let [shuffled, smallest] = [Criterion::Shuffled, Criterion::Magnitude].map(pruned);
            assert_ne!(shuffled.masks(), smallest.masks());
            let [shuffled, smallest] = [shuffled, smallest].map(|network| sparsity(&network));
            for (shuffled, smallest) in shuffled.weights.iter().zip(&smallest.weights) {
                assert_eq!(shuffled.masked, smallest.masked, "{ranking}: {}", smallest.name);
                if matches!(ranking, Ranking::Gate | Ranking::Row) {
                    assert_eq!(shuffled.gates, smallest.gates, "{ranking}");
                }
            }
        }
    }
}
