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
use crate::network::{Batch, Network};
use crate::prune::{Criterion, Grain, PruneError, Ranking, Scope, Selection};
use crate::train::{Progress, Reviser};

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
        /// Sparse from the start, with masks that stay.
        Static = "static",
        /// Pruned step by step to the density: fast at first, then slower (Zhu and Gupta 2017).
        Gradual = "gradual",
        /// Pruned by a threshold that rises, up to that of the density (Narang et al. 2017).
        Narang = "narang",
        /// Sparse from the start; the smallest weights are replaced where the gradient is largest (Evci et al. 2020).
        Rigl = "rigl",
        /// Sparse from the start; the weights closest to zero are replaced at random (Mocanu et al. 2018).
        Set = "set",
        /// As set, but sparsity may move between gates (Selfish-RNN, Liu et al. 2021).
        Selfish = "selfish",
        /// A penalty drives whole units to zero; `rarefy shrink` takes them out (Wen et al. 2018).
        GroupLasso = "group-lasso",
        /// A control that is not sparse: narrower layers, which have as many weights in all.
        Dense = "dense",
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

    /// Whether weights are replaced by as many others.
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
        /// When the first pruning is.
        begin: Period,
        /// When the last is; after three quarters of training if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end: Option<Period>,
        /// Between two prunings.
        every: Period,
    },
    /// [`Method::Narang`]: the threshold rises from `begin` on, faster in the second half, to `end`.
    Narang {
        /// What would be pruned of the network as it is, each time.
        selection: Selection,
        /// When the threshold begins to rise.
        begin: Period,
        /// When the threshold stops rising; after half of training if `None`.
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
    /// [`Method::Dense`]: nothing is masked. A recipe has fewer units instead.
    Dense {
        /// Percent of the recurrent weights that the network does without.
        percent: f64,
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
        "masks cannot move: no weight is masked but those that the network's graph leaves out. Prune \
         the model first, or choose a smaller density"
    )]
    NothingMasked,
    #[error("masks cannot move: the network has weights that the initial network lacks")]
    OtherNetwork,
    #[error("{method} replaces single weights: leave out the grain, or choose another method")]
    Grain { method: Method },
    #[error(
        "gradual pruning of units that compete over all layers could remove a layer: let them compete \
         within each (ranking = layer)"
    )]
    Units,
    #[error("{wanted:.1} % of the weights should be masked in the end, but {now:.1} % are already")]
    Denser { wanted: f64, now: f64 },
    #[error("masks change every {every} updates, but training has {of}: give a smaller every")]
    Never { every: u64, of: u64 },
    #[error("pruning begins at {begin} and ends at {end}: it must end later than it begins")]
    Span { begin: u64, end: u64 },
    #[error("{method} prunes by magnitude: it cannot use the criterion {criterion}")]
    Criterion { method: Method, criterion: Criterion },
    #[error(
        "narang prunes single weights that compete over all layers, a layer or a matrix: choose the \
         grain weight, and the ranking global, layer or matrix"
    )]
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
            Self::Dense { .. } => Method::Dense,
        }
    }

    /// What will be pruned in the end, where it prunes; of a dense network, what it does without.
    pub fn selection(&self) -> Option<Selection> {
        match *self {
            Self::Dense { percent } => Some(Selection::new(Scope::Both, percent)),
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
            Self::GroupLasso { .. } | Self::Dense { .. } => None,
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

    /// Checks what does not depend on a network.
    ///
    /// # Errors
    /// The first setting that cannot be; `patience` among them, where it could keep a network of
    /// another density.
    pub fn check(&self, patience: Option<u32>) -> Result<(), SparsifyError> {
        let method = self.method();
        if patience.is_some() && !method.moves() && method != Method::Dense {
            return Err(SparsifyError::Patience);
        }
        let Some(Selection { criterion, grain, ranking, .. }) = self.selection() else {
            return Ok(());
        };
        if criterion != Criterion::Magnitude {
            return Err(SparsifyError::Criterion { method, criterion });
        }
        let ranks = matches!(ranking, Ranking::Global | Ranking::Layer | Ranking::Matrix);
        match method {
            Method::Gradual if grain == Grain::Unit && ranking == Ranking::Global => {
                Err(SparsifyError::Units)
            }
            Method::Narang if grain != Grain::Weight || !ranks => Err(SparsifyError::Threshold),
            _ => Ok(()),
        }
    }

    /// Checks that masks change in a training of this length.
    ///
    /// # Errors
    /// If they would never, or pruning would end before it begins.
    pub fn fits(&self, length: Progress) -> Result<(), SparsifyError> {
        let (of, updates) = (length.of, |period: Period| period.updates(length.per_epoch));
        let changes = |every: Period, of: u64| match updates(every) {
            every if every >= of => Err(SparsifyError::Never { every, of }),
            _ => Ok(()),
        };
        let span = |begin: Period, end: u64| match updates(begin) {
            begin if begin >= end => Err(SparsifyError::Span { begin, end }),
            begin => Ok(end - begin),
        };
        match *self {
            Self::Rigl { every, .. } | Self::Set { every, .. } | Self::Selfish { every, .. } => {
                changes(every, of)
            }
            // Otherwise all would be pruned at once, at the end.
            Self::Gradual { begin, end, every, .. } => {
                let end = end.map_or(of * 3 / 4, updates).min(of);
                changes(every, span(begin, end)?)
            }
            Self::Narang { begin, end, every, .. } => {
                let end = end.map_or(of / 2, updates).min(of);
                changes(every, end)?;
                span(begin, end).map(drop)
            }
            Self::GroupLasso { .. } | Self::Dense { .. } => Ok(()),
        }
    }

    /// What revises `network` in its training, of which `length` says how long it is. What is
    /// masked in `initial`, the network before anything was done to it, stays masked. Chance is that
    /// of `seed`.
    ///
    /// # Errors
    /// When the network cannot become as sparse, masks would never change or have no room to, or a
    /// setting cannot be ([`Sparsify::check`]).
    pub fn reviser(
        &self,
        initial: &Network,
        network: &Network,
        length: Progress,
        patience: Option<u32>,
        seed: u64,
    ) -> Result<Box<dyn Reviser>, SparsifyError> {
        self.check(patience)?;
        let masks = network.masks();
        let watched = || Watched::new(initial, masks);
        self.fits(length)?;
        let moving = |rule, every, fraction| -> Result<Box<dyn Reviser>, SparsifyError> {
            let mut all = masks.clone();
            all.join(initial.masks());
            if all.count() > masks.count() {
                return Err(SparsifyError::OtherNetwork);
            }
            if masks.count() == initial.masks().count() {
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
                let initial = match selection.grain {
                    Grain::Weight => masked_share(network, selection.scope),
                    _ => 0.0,
                };
                let (now, wanted) = (100.0 * initial, selection.percent);
                if now > wanted {
                    return Err(SparsifyError::Denser { wanted, now });
                }
                Ok(Box::new(Gradual { selection, initial, begin, end, every, watched: watched() }))
            }
            Self::Narang { selection, begin, end, every } => {
                selection.check()?;
                Ok(Box::new(Narang::new(network, selection, (begin, end, every), watched())))
            }
            Self::GroupLasso { strength } => {
                Ok(Box::new(GroupLasso::new(strength, network, watched())))
            }
            Self::Dense { .. } => Ok(Box::new(|_: &Batch| {})),
        }
    }
}

/// The share of the weights of `scope` that are masked.
fn masked_share(network: &Network, scope: Scope) -> f64 {
    let weights = network.layout().weights().filter(|weight| scope.has(weight.part));
    let (mut masked, mut all) = (0, 0);
    for weight in weights {
        masked += network.masks().count_in(weight.range.clone());
        all += weight.range.len();
    }
    masked as f64 / all as f64
}
