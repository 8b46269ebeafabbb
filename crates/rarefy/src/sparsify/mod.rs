//! Sparsity that changes while a network is trained: pruning step by step, weights that make room
//! for others, and a penalty that empties units.
//!
//! [`Sparsify`] says how, and makes the [`Reviser`] that a
//! [`Trainer`](crate::train::Trainer) asks before each update.

mod exchange;
mod gradual;
mod group_lasso;
mod moving;
mod period;
mod schedule;
#[cfg(test)]
mod tests;
mod watched;

use serde::{Deserialize, Serialize};

use crate::named;
use crate::network::Network;
use crate::prune::{Criterion, Grain, PruneError, Ranking, Selection};
use crate::train::Reviser;

pub use exchange::{Exchange, rigl, selfish, set};
pub use period::{Period, PeriodError};
pub use schedule::{Cubic, Rising, cosine_share, selfish_share};

use gradual::{Gradual, Narang, prune_now};
use group_lasso::GroupLasso;
use moving::{Moving, Rule};
use watched::Watched;

named! {
    /// How a network becomes sparse in its training.
    #[derive(PartialOrd)]
    pub enum Method: "method" {
        /// Pruned before training, with masks that stay. The criterion is random unless said otherwise.
        Static = "static",
        /// Pruned step by step to the density: fast at first, then slower (Zhu and Gupta 2017).
        Gradual = "gradual",
        /// Pruned by a threshold that rises, which meets the density roughly (Narang et al. 2017).
        Narang = "narang",
        /// Pruned before training. Then the smallest weights make room for those of the largest gradient (Evci et al. 2020).
        Rigl = "rigl",
        /// Pruned before training. Then the smallest weights make room for random ones (Mocanu et al. 2018).
        Set = "set",
        /// As set, but sparsity may move between gates (Selfish-RNN, Liu et al. 2021).
        Selfish = "selfish",
        /// A penalty drives whole units to zero; `rarefy shrink` takes them out (Wen et al. 2018).
        GroupLasso = "group-lasso",
    }
}

impl Method {
    /// Whether the network is pruned before its training.
    pub fn prunes_first(self) -> bool {
        matches!(self, Self::Static | Self::Rigl | Self::Set | Self::Selfish)
    }

    /// Whether the network is pruned while it is trained.
    pub fn prunes_later(self) -> bool {
        matches!(self, Self::Gradual | Self::Narang)
    }

    /// Whether as many weights make room for others.
    pub fn moves(self) -> bool {
        matches!(self, Self::Rigl | Self::Set | Self::Selfish)
    }
}

/// What changes masks in a training, and when.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Sparsify {
    /// [`Method::Gradual`]: at `begin`, every so often, and for the last time at `end`.
    Gradual {
        /// What is pruned in the end.
        selection: Selection,
        /// The first pruning.
        begin: Period,
        /// The last; after three quarters of training if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end: Option<Period>,
        /// Between two of them.
        every: Period,
    },
    /// [`Method::Narang`]: the threshold rises from `begin` on, faster in the second half, to `end`.
    Narang {
        /// What would be pruned of the network as its training begins.
        selection: Selection,
        /// When the threshold begins to rise.
        begin: Period,
        /// When it stops; after half of training if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end: Option<Period>,
        /// Between two prunings.
        every: Period,
    },
    /// [`Method::Rigl`].
    Rigl {
        /// Between two exchanges.
        every: Period,
        /// The share of live weights that go at first, 0 to 1. It falls to 0 at three quarters of
        /// training.
        fraction: f64,
    },
    /// [`Method::Set`].
    Set {
        /// Between two exchanges.
        every: Period,
        /// The share of live weights that go, 0 to 1.
        fraction: f64,
    },
    /// [`Method::Selfish`].
    Selfish {
        /// Between two exchanges.
        every: Period,
        /// The share of live weights that go at first, 0 to 1. It falls to 0.005.
        fraction: f64,
    },
    /// [`Method::GroupLasso`].
    GroupLasso {
        /// What the sum of norms of units is multiplied by in the loss.
        strength: f64,
    },
}

/// Why a network cannot become sparse in this way.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum SparsifyError {
    #[error(transparent)]
    Prune(#[from] PruneError),
    #[error(
        "masks move, but nothing is masked outside the network's graph: \
         prune it first, or give a density below 1"
    )]
    NothingMasked,
    #[error("{method} prunes by magnitude: it cannot use the criterion {criterion}")]
    Criterion { method: Method, criterion: Criterion },
    #[error("narang prunes single weights that compete over all layers, a layer or a matrix")]
    Threshold,
    #[error(
        "early stopping could keep a network from before it is sparse: leave out patience, \
         or choose a method whose density does not change"
    )]
    Patience,
}

impl Sparsify {
    /// Which method it is.
    pub fn method(&self) -> Method {
        match self {
            Self::Gradual { .. } => Method::Gradual,
            Self::Narang { .. } => Method::Narang,
            Self::Rigl { .. } => Method::Rigl,
            Self::Set { .. } => Method::Set,
            Self::Selfish { .. } => Method::Selfish,
            Self::GroupLasso { .. } => Method::GroupLasso,
        }
    }

    /// What will be pruned in the end, where it prunes.
    pub fn selection(&self) -> Option<Selection> {
        match *self {
            Self::Gradual { selection, .. } | Self::Narang { selection, .. } => Some(selection),
            _ => None,
        }
    }

    /// How often masks change; `None` where they change with each update.
    pub fn every(&self) -> Option<Period> {
        match *self {
            Self::Gradual { every, .. }
            | Self::Narang { every, .. }
            | Self::Rigl { every, .. }
            | Self::Set { every, .. }
            | Self::Selfish { every, .. } => Some(every),
            Self::GroupLasso { .. } => None,
        }
    }

    /// The share of weights that make room for others at first, where they do.
    pub fn fraction(&self) -> Option<f64> {
        match *self {
            Self::Rigl { fraction, .. }
            | Self::Set { fraction, .. }
            | Self::Selfish { fraction, .. } => Some(fraction),
            _ => None,
        }
    }

    /// When pruning begins, and ends if that is not the usual moment.
    pub fn span(&self) -> Option<(Period, Option<Period>)> {
        match *self {
            Self::Gradual { begin, end, .. } | Self::Narang { begin, end, .. } => {
                Some((begin, end))
            }
            _ => None,
        }
    }

    /// The factor of its penalty, if it has one.
    pub fn strength(&self) -> Option<f64> {
        match *self {
            Self::GroupLasso { strength } => Some(strength),
            _ => None,
        }
    }

    /// What revises `network` in its training. What is masked in `initial`, the network before
    /// anything was done to it, stays masked. Chance is that of `seed`.
    ///
    /// # Errors
    /// When the network cannot become as sparse, masks have no room to move, or training with
    /// `patience` could keep another density.
    pub fn reviser(
        &self,
        initial: &Network,
        network: &Network,
        patience: Option<u32>,
        seed: u64,
    ) -> Result<Box<dyn Reviser>, SparsifyError> {
        let masks = network.masks();
        let method = self.method();
        if patience.is_some() && !method.moves() {
            return Err(SparsifyError::Patience);
        }
        if let Some(Selection { criterion, .. }) = self.selection()
            && criterion != Criterion::Magnitude
        {
            return Err(SparsifyError::Criterion { method, criterion });
        }
        let watched = Watched::new(initial, masks);
        let moving = |rule, every, fraction| -> Result<Box<dyn Reviser>, SparsifyError> {
            if masks.count() <= initial.masks().count() {
                return Err(SparsifyError::NothingMasked);
            }
            Ok(Box::new(Moving::new(rule, (every, fraction), initial, masks, seed)))
        };
        match *self {
            Self::Rigl { every, fraction } => moving(Rule::Rigl, every, fraction),
            Self::Set { every, fraction } => moving(Rule::Set, every, fraction),
            Self::Selfish { every, fraction } => moving(Rule::Selfish, every, fraction),
            Self::Gradual { selection, begin, end, every } => {
                prune_now(&mut network.clone(), &selection)?;
                Ok(Box::new(Gradual { selection, begin, end, every, watched }))
            }
            Self::Narang { selection, begin, end, every } => {
                let Selection { grain, ranking, .. } = selection;
                if grain != Grain::Weight
                    || !matches!(ranking, Ranking::Global | Ranking::Layer | Ranking::Matrix)
                {
                    return Err(SparsifyError::Threshold);
                }
                selection.check()?;
                Ok(Box::new(Narang::new(network, selection, (begin, end, every), watched)))
            }
            Self::GroupLasso { strength } => {
                Ok(Box::new(GroupLasso::new(strength, network, watched)))
            }
        }
    }
}
