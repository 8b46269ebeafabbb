//! Changes of a network's masks while it is being trained: weights are dropped, grown, or
//! rewound to earlier values.
//!
//! A criterion makes a [`Revision`], [`Trainer::revise`](super::Trainer::revise) carries it out.

use thiserror::Error;

use crate::named;
use crate::network::{Masks, Network};

/// What becomes of the masks and weights of a network in training. Its parts happen in this
/// order: rewind, drop, grow.
///
/// Places are those of the network's [`Layout`](crate::network::Layout).
///
/// ```
/// # use rarefy::cell::Cell;
/// # use rarefy::network::{Architecture, Network};
/// # use rarefy::random::Stream;
/// # use rarefy::train::{Revision, Trainer, Training};
/// let network = Network::initialise(Architecture::stacked(9, Cell::Gru, &[4], 2)?, 1);
/// let hidden = network.layout().layers[0][0].weight_hh.clone();
/// let mut trainer = Trainer::new(network, Training::default(), Stream::new(1, "shuffle"));
/// trainer.revise(&Revision::new().drop(hidden.clone()))?;
/// trainer.revise(&Revision::new().grow(hidden.clone().take(3)))?;
/// assert_eq!(trainer.network().masks().count(), hidden.len() - 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Revision {
    rewind: Option<(Vec<f32>, Moments)>,
    drop: Vec<usize>,
    grow: Vec<(usize, f32)>,
}

named! {
    /// What becomes of the optimiser's moments when weights are rewound or masks change.
    #[derive(Default, PartialOrd)]
    pub enum Moments: "treatment of moments" {
        /// They stay, and so does the count of steps.
        #[default]
        Kept = "kept",
        /// The optimiser starts again: moments 0, no steps.
        Reset = "reset",
    }
}

/// Why a [`Revision`] does not fit a network. The network is then as it was.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevisionError {
    /// A place that the network does not have.
    #[error("there is no parameter {place}: expected 0 to {}", len - 1)]
    NoSuchParameter {
        /// The place.
        place: usize,
        /// The number of parameters.
        len: usize,
    },
    /// Growth where a weight already is.
    #[error("parameter {place} cannot grow because it is not masked; drop it first to restart it")]
    NotMasked {
        /// The place.
        place: usize,
    },
    /// Values to go back to that are another network's.
    #[error("cannot rewind to {found} parameters: the network has {expected}")]
    OtherParameters {
        /// How many were given.
        found: usize,
        /// How many the network has.
        expected: usize,
    },
}

impl Revision {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What leads from the masks `now` to those `wanted`; what grows starts at 0.
    ///
    /// # Panics
    /// When they are of different networks.
    pub fn between(now: &Masks, wanted: &Masks) -> Self {
        assert_eq!(now.len(), wanted.len(), "masks of another network");
        let only = |of: &Masks, other: &Masks| {
            let places = of.masked_in(0..of.len()).iter().copied();
            places.filter(|&place| !other.is_masked(place)).collect::<Vec<_>>()
        };
        Self::new().drop(only(wanted, now)).grow(only(now, wanted))
    }

    /// What leads from a network with the masks `now` to `network`: to its masks and its weights.
    /// The optimiser keeps its moments, but for those of weights that one of the two has masked.
    ///
    /// # Panics
    /// When they are of different networks.
    pub(super) fn towards(now: &Masks, network: &Network) -> Self {
        let mut revision = Self::between(now, network.masks());
        let values = network.parameters();
        revision.grow.iter_mut().for_each(|(place, value)| *value = values[*place]);
        revision.rewind(values.to_vec(), Moments::Kept)
    }

    /// Masks the parameters at `places` too; they lose value and moments.
    #[must_use]
    pub fn drop(mut self, places: impl IntoIterator<Item = usize>) -> Self {
        self.drop.extend(places);
        self
    }

    /// Unmasks the parameters at `places`, which start at 0 with moments 0. Those that are
    /// dropped in the same revision start again.
    #[must_use]
    pub fn grow(self, places: impl IntoIterator<Item = usize>) -> Self {
        self.grow_at(places.into_iter().map(|place| (place, 0.0)))
    }

    /// [`Revision::grow`] from given values.
    #[must_use]
    pub fn grow_at(mut self, values: impl IntoIterator<Item = (usize, f32)>) -> Self {
        self.grow.extend(values);
        self
    }

    /// Sets every parameter that is not masked back to that of `parameters`, all of a network.
    #[must_use]
    pub fn rewind(mut self, parameters: Vec<f32>, moments: Moments) -> Self {
        self.rewind = Some((parameters, moments));
        self
    }

    /// Whether the optimiser starts again.
    pub(super) fn resets(&self) -> bool {
        matches!(self.rewind, Some((_, Moments::Reset)))
    }

    /// Zero where `values`, one for each parameter, are of weights that were dropped or grown.
    pub(super) fn forget(&self, values: &mut [f32]) {
        let grown = self.grow.iter().map(|(place, _)| place);
        self.drop.iter().chain(grown).for_each(|&place| values[place] = 0.0);
    }

    /// Revises masks and weights, and says whether masks changed.
    pub(super) fn apply(&self, network: &mut Network) -> Result<bool, RevisionError> {
        self.check(network.masks())?;
        let mut masks = network.masks().clone();
        masks.join(&Masks::at(masks.len(), self.drop.clone()));
        masks.clear(self.grow.iter().map(|(place, _)| *place).collect());
        if let Some((parameters, _)) = &self.rewind {
            network.update(|values| values.copy_from_slice(parameters));
        }
        let changed = masks != *network.masks();
        network.set_masks(masks);
        network.update(|values| self.grow.iter().for_each(|&(place, x)| values[place] = x));
        Ok(changed)
    }

    fn check(&self, masks: &Masks) -> Result<(), RevisionError> {
        let len = masks.len();
        let grown = self.grow.iter().map(|(place, _)| *place);
        if let Some(place) = self.drop.iter().copied().chain(grown.clone()).find(|&at| at >= len) {
            return Err(RevisionError::NoSuchParameter { place, len });
        }
        let dropped = Masks::at(len, self.drop.clone());
        if let Some(place) =
            { grown }.find(|&place| !masks.is_masked(place) && !dropped.is_masked(place))
        {
            return Err(RevisionError::NotMasked { place });
        }
        match &self.rewind {
            Some((parameters, _)) if parameters.len() != len => {
                Err(RevisionError::OtherParameters { found: parameters.len(), expected: len })
            }
            _ => Ok(()),
        }
    }
}
