//! A penalty that drives whole units to zero.

use super::Watched;
use crate::network::{Batch, Network};
use crate::prune::unit_places;
use crate::train::{Moved, Progress, Reviser, Revision, Trainer, Turn};

/// Keeps the root of a group of zeros differentiable.
const SMOOTHING: f64 = 1e-8;
/// What is smaller after training is masked: no weight becomes exactly 0 by itself.
const NOTHING: f32 = 1e-4;

/// The penalty `strength * sum of sqrt(sum of squares + 1e-8)` over units, each with all that it
/// reads and all that reads it (Wen et al. 2018).
pub(super) struct GroupLasso {
    strength: f64,
    units: Vec<Vec<usize>>,
    /// All parameters, and what the penalty adds to their gradient.
    weights: Vec<f32>,
    penalty: Vec<f32>,
    watched: Watched,
}

impl GroupLasso {
    pub fn new(strength: f64, network: &Network, watched: Watched) -> Self {
        let layers = network.architecture().layers.iter().enumerate();
        let units = layers.flat_map(|(layer, of)| {
            (0..of.size).map(move |unit| unit_places(network, layer, unit))
        });
        let zeros = vec![0.0; network.layout().len()];
        let (weights, penalty) = (zeros.clone(), zeros);
        Self { strength, units: units.collect(), weights, penalty, watched }
    }
}

impl Reviser for GroupLasso {
    fn before_update(&mut self, trainer: &mut Trainer, batch: &Batch, _: Progress) -> Turn {
        let Self { strength, units, weights, penalty, .. } = self;
        let loss = trainer.step_with(batch, |packing, parameters, gradient| {
            packing.unpack(parameters, weights);
            penalty.fill(0.0);
            for unit in units {
                let squares = unit.iter().map(|&place| f64::from(weights[place]).powi(2));
                let norm = (squares.sum::<f64>() + SMOOTHING).sqrt();
                let factor = (*strength / norm) as f32;
                unit.iter().for_each(|&place| penalty[place] += factor * weights[place]);
            }
            let packed = packing.pack(penalty);
            gradient.iter_mut().zip(packed).for_each(|(all, added)| *all += added);
        });
        Turn::Done(loss)
    }

    fn after_epoch(&mut self, trainer: &mut Trainer, at: Progress) -> Option<Moved> {
        if at.updates == at.of {
            let weights = trainer.network().parameters();
            let small = |place: &usize| weights[*place].abs() < NOTHING;
            let small: Vec<usize> = self.units.iter().flatten().copied().filter(small).collect();
            trainer.revise(&Revision::new().drop(small)).expect("it only drops");
        }
        Some(self.watched.moved(trainer.network()))
    }
}
