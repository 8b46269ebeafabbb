//! Epochs of gradient descent.

use std::ops::Range;

use super::pieces::Batches;
use super::score::Tally;
use super::{
    ClassWeights, Descent, Loss, Moments, Moved, Objective, Readout, Revision, RevisionError,
    Score, Training,
};
use crate::data::{Dataset, Target};
use crate::network::{Batch, Dropout, Dropped, Engine, Network, Packing};
use crate::quantize;
use crate::random::Stream;

/// A network being trained, and what its training remembers.
#[derive(Clone, Debug)]
pub struct Trainer {
    /// The network as of the last call of [`Trainer::network`].
    network: Network,
    training: Training,
    engine: Engine,
    /// Its packed parameters as they are now.
    parameters: Vec<f32>,
    descent: Descent<f32>,
    shuffle: Stream,
    dropout: Stream,
    batch: Batch,
    gradient: Vec<f32>,
    lesson: Lesson,
}

/// How many batches' sequences are sorted by length together.
const POOL: usize = 64;

impl Trainer {
    /// Training of `network` from its present weights with a fresh optimiser; each
    /// epoch's order comes from `shuffle`.
    pub fn new(network: Network, training: Training, shuffle: Stream) -> Self {
        let engine = Engine::new(&network);
        let parameters = engine.packing().pack(network.parameters());
        let len = parameters.len();
        Self {
            engine,
            parameters,
            descent: Descent::new(len, &training),
            gradient: vec![0.0; len],
            batch: Batch::new(),
            lesson: Lesson {
                tally: Tally::default(),
                class_weights: match training.class_weights {
                    ClassWeights::None => None,
                    ClassWeights::Balanced => Some(Vec::new()),
                },
            },
            network,
            training,
            dropout: shuffle.beside("dropout"),
            shuffle,
        }
    }

    /// How it trains.
    pub fn training(&self) -> &Training {
        &self.training
    }

    /// The network as it is now.
    pub fn network(&mut self) -> &Network {
        self.network.update(|all| self.engine.packing().unpack(&self.parameters, all));
        &self.network
    }

    /// The network, done with training.
    pub fn into_network(mut self) -> Network {
        self.network();
        self.network
    }

    /// How many parameters it computes with: without masked ones where only what is left of
    /// a matrix is multiplied.
    pub fn parameters(&self) -> usize {
        self.engine.packing().len()
    }

    /// Bytes of all that training keeps: parameters, their gradient, the optimiser's moments, and the
    /// activations of the last batch ([`Engine::bytes`]).
    pub fn bytes(&self) -> usize {
        let (mean, square) = self.descent.moments();
        let packed = [&self.parameters, &self.gradient, mean, square];
        let all = packed.iter().map(|values| size_of_val(&values[..])).sum::<usize>();
        size_of_val(self.network.parameters()) + all + self.engine.bytes()
    }

    /// The optimiser's moments ([`Descent::moments`]), each with one value per parameter of the
    /// network; 0 where it has none.
    pub fn moments(&self) -> [Vec<f32>; 2] {
        let (mean, square) = self.descent.moments();
        [mean, square].map(|packed| {
            let mut moments = vec![0.0; self.network.parameters().len()];
            self.engine.packing().unpack(packed, &mut moments);
            moments
        })
    }

    /// Other steps from now on than `Training::learning_rate`; the optimiser's moments stay.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.descent.set_learning_rate(learning_rate);
    }

    /// Drops, grows or rewinds weights. What the revision does not mention keeps its value and
    /// its moments, and the optimiser's count of steps goes on, unless the revision or
    /// `Training::moments` resets it.
    ///
    /// What depends on masks is built again, in a time that grows with the network's size. A
    /// weight that only units use which nothing reads any more (see
    /// [`Trainer::parameters`]) keeps its value but not its moments.
    ///
    /// # Errors
    /// When the revision does not fit the network, which is then as it was.
    pub fn revise(&mut self, revision: &Revision) -> Result<(), RevisionError> {
        self.network();
        let [mut mean, mut square] = self.moments();
        let changed = revision.apply(&mut self.network)?;
        if changed {
            let state = self.engine.state().clone();
            self.engine = Engine::new(&self.network);
            self.engine.set_state(state);
        }
        let packing = self.engine.packing();
        self.parameters = packing.pack(self.network.parameters());
        self.gradient.resize(packing.len(), 0.0);
        if revision.resets() || (changed && self.training.moments == Moments::Reset) {
            self.descent.reset(packing.len());
        } else {
            revision.forget(&mut mean);
            revision.forget(&mut square);
            self.descent.set_moments(packing.pack(&mean), packing.pack(&square));
        }
        Ok(())
    }

    /// Back to what [`Trainer::network`] was. The optimiser's moments stay, but for those of weights
    /// that one of the two networks has masked.
    pub(super) fn restore(&mut self, network: &Network) {
        let revision = Revision::towards(self.network.masks(), network);
        self.revise(&revision).expect("it is this network, as it was");
    }

    /// Makes one update on one batch and returns the loss before it. Classes have their weights of
    /// the last epoch. A batch without reads changes nothing.
    ///
    /// # Panics
    /// If classes are to be balanced, but no epoch has set their weights yet or the targets are
    /// numbers; if the network's outputs do not match the batch's targets.
    pub fn step(&mut self, batch: &Batch) -> Loss {
        self.step_with(batch, |_, _, _| ())
    }

    /// The same where `penalize` may add to the gradient before it is clipped. It is given what
    /// unpacks parameters, the parameters, and the gradient, both packed.
    ///
    /// # Panics
    /// As [`Trainer::step`].
    pub fn step_with(
        &mut self,
        batch: &Batch,
        penalize: impl FnOnce(&Packing, &[f32], &mut [f32]),
    ) -> Loss {
        if batch.reads().is_empty() {
            return Loss::default();
        }
        let (rates, architecture) = (self.training.dropout, self.network.architecture());
        let dropped = match rates == Dropout::default() {
            true => Dropped::default(),
            false => Dropped::draw(rates, architecture, batch, &mut self.dropout),
        };
        let exact = self.round();
        let Self { engine, parameters, gradient, lesson, .. } = self;
        let loss = lesson.differentiate(engine, parameters, batch, &dropped, gradient);
        penalize(engine.packing(), parameters, gradient);
        self.training.clip_by.clip(gradient, self.training.clip as f32);
        let rounded = exact.is_some().then(|| parameters.clone());
        self.descent.step(parameters, gradient);
        if let (Some(exact), Some(rounded)) = (exact, rounded) {
            let before = exact.into_iter().zip(rounded);
            for (parameter, (exact, rounded)) in parameters.iter_mut().zip(before) {
                *parameter = exact + (*parameter - rounded);
            }
        }
        loss
    }

    /// Rounds the parameters, if `Training::int8` says so, and returns them as they were.
    fn round(&mut self) -> Option<Vec<f32>> {
        let ranges = self.training.int8.take()?;
        let rounded = quantize::rounded(self.network(), &ranges);
        self.training.int8 = Some(ranges);
        let packed = self.engine.packing().pack(&rounded?);
        Some(std::mem::replace(&mut self.parameters, packed))
    }

    /// The gradient of a batch's loss at the weights as they are, for each parameter of the
    /// network, and that loss. `engine` computes it: one of the same network with fewer masks gives
    /// the gradient at masked places, too. Nothing is dropped.
    ///
    /// # Panics
    /// As [`Trainer::step`]; when the engine is of another architecture.
    pub fn gradient_by(&mut self, engine: &mut Engine, batch: &Batch) -> (Loss, Vec<f32>) {
        engine.set_state(self.engine.state().clone());
        let parameters = engine.packing().pack(self.network().parameters());
        let mut packed = vec![0.0; parameters.len()];
        let nothing = Dropped::default();
        let loss = self.lesson.differentiate(engine, &parameters, batch, &nothing, &mut packed);
        let mut gradient = vec![0.0; self.network.parameters().len()];
        engine.packing().unpack(&packed, &mut gradient);
        (loss, gradient)
    }

    /// One pass over `strings` in a fresh random order. Balanced class weights are computed from
    /// `strings`.
    ///
    /// # Errors
    /// The number, from 0, of the first batch whose loss is not finite. Training stops there, and
    /// the weights are useless.
    pub fn epoch(&mut self, strings: &Dataset) -> Result<Score, usize> {
        self.epoch_with(strings, Progress::default(), &mut |_: &Batch| {})
    }

    /// Shuffles `strings` into the order in which batches take them.
    ///
    /// If each sequence is read at its own last step, sequences of similar length share a batch, so
    /// that little of it is padding: the sequences of [`POOL`] batches are drawn at random, sorted
    /// by length and cut into batches, which are taken in random order.
    fn order(&mut self, strings: &Dataset) -> Vec<usize> {
        let mut order: Vec<usize> = (0..strings.len()).collect();
        self.shuffle.shuffle(&mut order);
        if self.training.readout == Readout::Padded {
            return order;
        }
        let size = self.training.batch;
        for pool in order.chunks_mut(size.saturating_mul(POOL)) {
            pool.sort_by_key(|&at| strings.get(at).0.len());
        }
        // Only the last batch may be smaller, and cutting finds it at the end only.
        let mut batches: Vec<&[usize]> = order.chunks(size).collect();
        let last = batches.pop();
        self.shuffle.shuffle(&mut batches);
        batches.into_iter().chain(last).flatten().copied().collect()
    }

    /// [`Trainer::epoch`] that begins `at` some update, with a reviser that is asked before each.
    pub fn epoch_with(
        &mut self,
        strings: &Dataset,
        mut at: Progress,
        reviser: &mut dyn Reviser,
    ) -> Result<Score, usize> {
        let training = self.training.clone();
        let batches = Batches::of(strings, &training, || self.order(strings));
        let targets = (0..strings.len()).map(|at| strings.targets.get(at));
        let targets = targets.flat_map(Target::classes);
        let classes = self.network.architecture().classes;
        self.lesson.class_weights = self.training.class_weights.of(targets, classes);
        let mut batch = std::mem::take(&mut self.batch);
        self.lesson.tally.begin(&strings.targets);
        let mut failed = None;
        for number in 0.. {
            if !batches.fill(number, strings, &training, &mut batch) {
                break;
            }
            let loss = match reviser.before_update(self, &batch, at) {
                Turn::Update => self.step(&batch),
                Turn::Done(loss) => loss,
                Turn::Stop => break,
            };
            if !loss.sum.is_finite() {
                failed = Some(number);
                break;
            }
            self.lesson.tally.add(loss);
            at.updates += 1;
        }
        self.batch = batch;
        match failed {
            Some(number) => Err(number),
            None => Ok(self.lesson.tally.score()),
        }
    }
}

/// Where a training stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Updates so far.
    pub updates: u64,
    /// Updates in all; with patience the most.
    pub of: u64,
    /// Updates per epoch.
    pub per_epoch: u64,
}

/// What becomes of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    /// An update of the weights.
    Update,
    /// No further update: the batch was dealt with, and had this loss.
    Done(Loss),
    /// The epoch ends before it.
    Stop,
}

/// Something that is asked before each update, and may revise the network instead of it or as well:
/// gradual pruning, dynamic sparse training, a penalty. A closure that looks at the batch is one,
/// which changes nothing.
///
/// ```
/// # use rarefy::cell::Cell;
/// # use rarefy::data::{Corpus, ReberSettings, generate};
/// # use rarefy::network::{Architecture, Batch, Input, Network};
/// # use rarefy::random::Stream;
/// # use rarefy::train::{Progress, Trainer, Training};
/// # let settings = ReberSettings { count: 100, ..ReberSettings::default() };
/// # let corpus = Corpus::try_from(generate(&settings)?)?;
/// # let input = Input::of(&corpus.encoding, 4);
/// # let network = Network::initialise(Architecture::stack(input, Cell::Gru, &[4], 2)?, 1);
/// let mut trainer = Trainer::new(network, Training::default(), Stream::new(1, "shuffle"));
/// let mut sequences = 0;
/// let mut count = |batch: &Batch| sequences += batch.count();
/// trainer.epoch_with(&corpus.train, Progress::default(), &mut count).unwrap();
/// assert_eq!(sequences, corpus.train.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Reviser {
    /// Called before the update with each batch.
    fn before_update(&mut self, trainer: &mut Trainer, batch: &Batch, at: Progress) -> Turn;

    /// Called after each epoch, before the network is scored. The returned value becomes part of the
    /// epoch's result.
    fn after_epoch(&mut self, trainer: &mut Trainer, at: Progress) -> Option<Moved> {
        let _ = (trainer, at);
        None
    }
}

impl<F: FnMut(&Batch)> Reviser for F {
    fn before_update(&mut self, _: &mut Trainer, batch: &Batch, _: Progress) -> Turn {
        self(batch);
        Turn::Update
    }
}

/// What batches are learnt by.
#[derive(Clone, Debug)]
struct Lesson {
    /// Of the epoch so far.
    tally: Tally,
    /// Of each class, if they differ; of none before the sequences are known.
    class_weights: Option<Vec<f32>>,
}

impl Lesson {
    /// The loss of a batch, and its `gradient`, both as `engine` packs parameters.
    fn differentiate(
        &mut self,
        engine: &mut Engine,
        parameters: &[f32],
        batch: &Batch,
        dropped: &Dropped,
        gradient: &mut [f32],
    ) -> Loss {
        let mut loss = Loss::default();
        let targets = batch.targets();
        // What the batch weighs is known before its first strip is differentiated.
        let objective = Objective::new(targets, self.class_weights.as_deref());
        let mut differentiate = |outputs: &[f32], reads: Range<usize>, d: &mut Vec<f32>| {
            self.tally.see(outputs, targets.of(reads.clone()));
            loss += objective.differentiate(outputs, reads, d);
        };
        engine.gradient_with(parameters, batch, dropped, gradient, &mut differentiate);
        loss
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::network::{Architecture, Masks};
    use crate::prune::{Ranking, Scope, prune};
    use crate::train::{Moments, Optimizer};

    /// Two batches that bring every weight a gradient.
    fn batches() -> [Batch; 2] {
        let strings: [&[u32]; 4] = [&[1, 2, 3, 4], &[5], &[0, 3], &[4, 4, 1]];
        [0, 1].map(|first| {
            let mut batch = Batch::new();
            let labelled = strings.iter().zip(first..).map(|(string, at)| (*string, at % 2));
            batch.fill(labelled, Readout::Last);
            batch
        })
    }

    fn trained(cell: Cell, percent: f64) -> Trainer {
        trained_as(&Training::default(), cell, percent)
    }

    fn trained_as(training: &Training, cell: Cell, percent: f64) -> Trainer {
        let architecture = Architecture::stacked(6, cell, &[6, 5], 2).unwrap();
        let mut network = Network::initialise(architecture, 4);
        prune(&mut network, Scope::Both, percent, Ranking::Global).unwrap();
        let mut trainer = Trainer::new(network, training.clone(), Stream::new(0, "unused"));
        batches().iter().for_each(|batch| _ = trainer.step(batch));
        trainer
    }

    fn bits(trainer: &mut Trainer) -> Vec<u32> {
        let [mean, square] = trainer.moments();
        let all = [trainer.network().parameters(), &mean, &square].concat();
        all.iter().map(|value| value.to_bits()).collect()
    }

    /// To the bit: the same masks pack the same parameters in the same order.
    #[test]
    fn a_revised_trainer_goes_on_as_one_made_by_hand() {
        let sgd = Training { optimizer: Optimizer::Sgd, momentum: 0.9, ..Training::default() };
        let sgd = Training { weight_decay: 0.1, learning_rate: 0.1, ..sgd };
        // Few and many weights left: matrices multiplied whole and by their entries.
        let sparse = Cell::ALL.into_iter().flat_map(|cell| [(cell, 30.0), (cell, 80.0)]);
        let cases = sparse.map(|(cell, percent)| (cell, percent, Training::default()));
        let reset = Training { moments: Moments::Reset, ..Training::default() };
        let more = [(Cell::Gru, 80.0, sgd), (Cell::Lstm, 80.0, reset)];
        for (cell, percent, training) in cases.chain(more) {
            let mut revised = trained_as(&training, cell, percent);
            let masks = revised.network().masks().clone();
            let weights = revised.network.layout().weights().flat_map(|weight| weight.range);
            let (masked, left): (Vec<usize>, Vec<usize>) =
                weights.partition(|&place| masks.is_masked(place));
            let dropped: Vec<usize> = left.iter().copied().step_by(3).collect();
            let grown: Vec<usize> = masked.iter().copied().step_by(4).collect();

            let mut values = revised.network().parameters().to_vec();
            let [mut mean, mut square] = revised.moments();
            let masked = masked.iter().filter(|place| !grown.contains(place)).chain(&dropped);
            let wanted = Masks::at(values.len(), masked.copied().collect());
            for &place in dropped.iter().chain(&grown) {
                (values[place], mean[place], square[place]) = (0.0, 0.0, 0.0);
            }
            grown.iter().step_by(2).for_each(|&place| values[place] = 0.125);
            let architecture = revised.network.architecture().clone();
            let network = Network::new(architecture, values.clone(), wanted.clone());
            let mut fresh = Trainer::new(network, training.clone(), Stream::new(0, "unused"));
            if training.moments == Moments::Kept {
                let packing = fresh.engine.packing().clone();
                fresh.descent = revised.descent.clone();
                fresh.descent.set_moments(packing.pack(&mean), packing.pack(&square));
            }

            let values = grown.iter().step_by(2).map(|&place| (place, 0.125));
            let revision = Revision::between(&masks, &wanted).grow_at(values);
            revised.revise(&revision).unwrap();
            assert_eq!(*revised.network().masks(), wanted);
            assert_eq!(bits(&mut revised), bits(&mut fresh), "{cell}, {percent} % pruned");
            for batch in batches().iter().cycle().take(6) {
                assert_eq!(revised.step(batch), fresh.step(batch));
            }
            assert_eq!(bits(&mut revised), bits(&mut fresh), "{cell}, {percent} % pruned");
        }
    }

    #[test]
    fn a_revision_without_change_changes_no_bit() {
        let mut trainer = trained(Cell::Lstm, 60.0);
        let mut other = trainer.clone();
        let masks = trainer.network().masks().clone();
        let masked = masks.masked_in(0..masks.len()).to_vec();
        for revision in [Revision::new(), Revision::new().drop(masked)] {
            other.revise(&revision).unwrap();
            assert_eq!(bits(&mut trainer), bits(&mut other));
            assert_eq!(trainer.step(&batches()[0]), other.step(&batches()[0]));
            assert_eq!(bits(&mut trainer), bits(&mut other));
        }
    }

    #[test]
    fn rewinding_brings_weights_back_and_moments_if_asked() {
        let mut trainer = trained(Cell::Gru, 50.0);
        let early = trainer.network().clone();
        let [mean, _] = trainer.moments();
        batches().iter().for_each(|batch| _ = trainer.step(batch));
        let moved = trainer.moments();
        let first = early.layout().layers[0][0].weight_hh.start;
        let place = (first..).find(|&place| !early.masks().is_masked(place)).unwrap();
        let rewind =
            |moments| Revision::new().rewind(early.parameters().to_vec(), moments).drop([place]);

        let mut kept = trainer.clone();
        kept.revise(&rewind(Moments::Kept)).unwrap();
        let mut expected = early.clone();
        expected.mask(&Masks::at(mean.len(), vec![place]));
        assert_eq!(*kept.network(), expected);
        let [after, _] = kept.moments();
        assert!(
            (0..mean.len()).all(|at| after[at] == if at == place { 0.0 } else { moved[0][at] })
        );

        let mut reset = trainer;
        reset.revise(&rewind(Moments::Reset)).unwrap();
        let mut fresh = Trainer::new(expected, Training::default(), Stream::new(0, "unused"));
        reset.step(&batches()[0]);
        fresh.step(&batches()[0]);
        assert_eq!(bits(&mut reset), bits(&mut fresh));
    }

    #[test]
    fn a_revision_that_does_not_fit_says_so_and_changes_nothing() {
        let mut trainer = trained(Cell::RnnTanh, 50.0);
        let before = bits(&mut trainer);
        let network = trainer.network();
        let (len, masks) = (network.parameters().len(), network.masks().clone());
        let first = network.layout().layers[0][0].weight_ih.start;
        let place = (first..).find(|&place| !masks.is_masked(place)).unwrap();
        for (revision, expected) in [
            (Revision::new().drop([len]), RevisionError::NoSuchParameter { place: len, len }),
            (Revision::new().grow([place]), RevisionError::NotMasked { place }),
            (
                Revision::new().drop([place]).rewind(vec![0.0], Moments::Kept),
                RevisionError::OtherParameters { found: 1, expected: len },
            ),
        ] {
            assert_eq!(trainer.revise(&revision), Err(expected));
            assert_eq!(bits(&mut trainer), before);
        }
        // What is dropped in the same revision may grow: it starts again.
        trainer.revise(&Revision::new().drop([place]).grow([place])).unwrap();
        assert_eq!(trainer.network().parameters()[place], 0.0);
        assert!(!trainer.network().masks().is_masked(place));
    }
}
