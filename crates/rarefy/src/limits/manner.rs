//! How a sweep prunes, except how much.

use std::fmt;

use serde::Serialize;

use crate::network::Network;
use crate::prune::{
    Criterion, Grain, PruneError, Ranking, Rule, Scope, Scores, Selection, prune_by,
};
use crate::sparsify::Method;
use crate::study::{Settings, Trial};

/// Which weights go first, which of them compete, and what goes as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Manner {
    /// Which weights go first.
    pub criterion: Criterion,
    /// Which of them compete.
    pub ranking: Ranking,
    /// What goes as one.
    pub grain: Grain,
    /// How masks change in retraining; `None` if they stay fixed.
    pub sparsify: Option<Method>,
}

/// Why a network cannot be pruned in a manner.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MannerError {
    /// Its shape does not allow it.
    #[error(transparent)]
    Prune(#[from] PruneError),
    /// Percentages would count masked weights, which those of the random control do not.
    #[error(
        "{count} weights of the model are masked already, and percents by {manner} are of all \
         weights, masked or not: use the model as it was before pruning, or the default criterion, \
         ranking and grain"
    )]
    Masked {
        /// How many.
        count: usize,
        /// How it would be pruned.
        manner: Manner,
    },
}

impl Manner {
    /// The manner that these settings ask for.
    pub fn asked(settings: &Settings) -> Self {
        Self {
            criterion: settings.criterion.unwrap_or_default(),
            ranking: settings.ranking.unwrap_or_default(),
            grain: settings.grain.unwrap_or_default(),
            sparsify: settings.sparsify,
        }
    }

    /// The manner in which `trial` prunes, if it does.
    pub(super) fn of(trial: &Trial) -> Option<Self> {
        let Selection { criterion, ranking, grain, .. } = trial.selection()?;
        Some(Self { criterion, ranking, grain, sparsify: trial.method() })
    }

    /// Whether a network of the shape of `network` can be pruned so. What can go depends on no score,
    /// except which layer loses its last unit, so it is known before anything is trained.
    ///
    /// # Errors
    /// What cannot be pruned, and why.
    pub fn check(
        self,
        scopes: &[Scope],
        percents: &[f64],
        network: &Network,
    ) -> Result<(), MannerError> {
        let most = percents.iter().copied().fold(0.0, f64::max);
        for &scope in scopes {
            let percent = match (self.grain, self.ranking) {
                (Grain::Unit, Ranking::Global) => 0.0,
                _ => most,
            };
            let selection = self.selection(scope, percent);
            if selection.is_of_what_is_left() {
                continue;
            }
            let count = network.masks().count();
            if count > 0 {
                return Err(MannerError::Masked { count, manner: self });
            }
            let places = (0..network.parameters().len()).map(|place| place as f64);
            let scores = Scores { rule: Rule::Count, ..Scores::lowest(places.collect()) };
            prune_by(&mut network.clone(), &scores, &selection)?;
        }
        Ok(())
    }

    fn selection(self, scope: Scope, percent: f64) -> Selection {
        let Self { criterion, ranking, grain, .. } = self;
        Selection { criterion, ranking, grain, ..Selection::new(scope, percent) }
    }

    /// What is counted in percent, in the plural.
    pub(super) fn candidates(self) -> &'static str {
        match self.grain {
            Grain::Weight => "weights",
            Grain::Block => "blocks",
            Grain::Unit => "units",
        }
    }
}

/// `magnitude`; with the names of what is not the default, `obs, ranking gate, grain block`.
impl fmt::Display for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { criterion, ranking, grain, sparsify } = *self;
        write!(f, "{criterion}")?;
        if ranking != Ranking::default() {
            write!(f, ", ranking {}", ranking.name())?;
        }
        if grain != Grain::default() {
            write!(f, ", grain {}", grain.name())?;
        }
        sparsify.map_or(Ok(()), |method| write!(f, ", sparsify {method}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::network::Architecture;
    use crate::prune::prune;

    #[test]
    fn what_cannot_be_pruned_is_known_before_anything_is_trained() {
        let network = |layers: &[usize]| {
            Network::initialise(Architecture::stacked(8, Cell::Gru, layers, 2).unwrap(), 0)
        };
        let check = |ranking, grain, network: &Network| {
            let manner = Manner { ranking, grain, ..Manner::default() };
            manner.check(&[Scope::Both], &[70.0, 20.0], network)
        };
        let error = |ranking, grain, layers: &[usize]| {
            check(ranking, grain, &network(layers)).unwrap_err().to_string()
        };
        assert_eq!(check(Ranking::Gate, Grain::Block, &network(&[16, 8])), Ok(()));
        assert_eq!(check(Ranking::Global, Grain::Unit, &network(&[16, 1])), Ok(()));
        assert!(error(Ranking::Gate, Grain::Block, &[12]).contains("weight_ih"));
        assert!(error(Ranking::Matrix, Grain::Unit, &[16]).contains("matrix"));
        assert!(error(Ranking::Layer, Grain::Unit, &[16, 1]).contains("layer 1"));
        let mut pruned = network(&[16, 8]);
        prune(&mut pruned, Scope::Both, 50.0, Ranking::Global).unwrap();
        assert_eq!(check(Ranking::Global, Grain::Weight, &pruned), Ok(()));
        let masked = check(Ranking::Row, Grain::Weight, &pruned);
        let manner = Manner { ranking: Ranking::Row, ..Manner::default() };
        let count = pruned.masks().count();
        assert_eq!(masked, Err(MannerError::Masked { count, manner }));
    }
}
