//! Shipped studies at smaller scales, with the cells and seeds that a user chooses.

use rarefy::cell::Cell;
use rarefy::sparsify::Period;
use rarefy::study::{DataSource, Design, Settings, Study};

/// How much of a study is done at a smaller scale: its first seeds, graphs and cells, on fewer strings,
/// with shorter training.
#[derive(Clone, Copy, Debug)]
pub struct Reduced {
    /// Number of strings, if they are drawn.
    pub strings: usize,
    /// Number of seeds.
    pub seeds: usize,
    /// Number of graphs of each family.
    pub graphs: usize,
    /// At most this many of the cells that the user chooses.
    pub cells: usize,
    /// How long networks are trained.
    pub training: Shorter,
}

/// How training is shortened.
#[derive(Clone, Copy, Debug)]
pub enum Shorter {
    /// At most so many epochs at first, and after pruning.
    AtMost([u32; 2]),
    /// This share of all epochs, and of the time at which pruning in training begins and ends.
    Share(f64),
}

/// What a user chooses in addition to the scale.
#[derive(Clone, Copy, Debug)]
pub struct Chosen<'c> {
    /// The cells, in any order.
    pub cells: &'c [Cell],
    /// The first seed of the networks, and the seed of what is drawn.
    pub seed: u64,
    /// Number of seeds, counted from the first; by default that of the study file.
    pub seeds: Option<u64>,
}

impl Chosen<'_> {
    /// Gives `study` these cells and seeds, and leaves out what `reduced` does not have; without it
    /// nothing is left out. Studies of one cell keep it.
    pub fn apply(&self, study: &mut Study, reduced: Option<&Reduced>) {
        if let DataSource::Reber(settings) = &mut study.data {
            settings.seed = self.seed;
            settings.count = reduced.map_or(settings.count, |reduced| reduced.strings);
        }
        for axis in &mut study.axes {
            let all = axis.steps.len();
            let first = |most: Option<usize>| most.unwrap_or(all);
            match &*axis.name {
                "seed" => {
                    let file = first(reduced.map(|reduced| reduced.seeds));
                    let count = self.seeds.unwrap_or(file as u64);
                    let each = (0..count).map(|offset| self.seed.wrapping_add(offset));
                    let step = |seed| Settings { seed: Some(seed), ..Settings::default() };
                    axis.steps = each.map(step).collect();
                }
                "graph" => axis.steps.truncate(first(reduced.map(|reduced| reduced.graphs))),
                "cell" => {
                    let is_asked = |step: &Settings| {
                        step.cell.is_some_and(|cell: Cell| self.cells.contains(&cell))
                    };
                    if axis.steps.iter().any(is_asked) {
                        axis.steps.retain(is_asked);
                    }
                    axis.steps.truncate(first(reduced.map(|reduced| reduced.cells)));
                }
                _ => {}
            }
        }
        if let Some(Reduced { training, .. }) = reduced {
            let all = study.axes.iter_mut().flat_map(|axis| &mut axis.steps);
            all.chain([&mut study.base]).for_each(|settings| training.shorten(settings));
        }
        keep_tried(study);
    }
}

/// Leaves out of contrasts what no trial has: some methods are tried with some cells only.
fn keep_tried(study: &mut Study) {
    let design = Design::of(study);
    study.contrasts.retain_mut(|contrast| {
        let Some(tried) = design.factor(contrast.vary) else { return false };
        let is_tried = |level: &Settings| {
            let name = level.method.as_deref();
            name.is_none_or(|name| tried.levels.iter().any(|other| other == name))
        };
        let all = contrast.levels.is_empty();
        contrast.levels.retain(is_tried);
        all || contrast.levels.len() > 1
    });
}

impl Shorter {
    fn shorten(self, settings: &mut Settings) {
        match self {
            Self::AtMost([first, then]) => {
                let least = |epochs: &mut Option<u32>, most: u32| {
                    *epochs = epochs.map(|epochs| epochs.min(most));
                };
                least(&mut settings.epochs, first);
                least(&mut settings.retrain_epochs, then);
                // A single epoch of few strings may have fewer updates than the file says.
                if first == 1 {
                    settings.every = settings.every.map(|_| Period::Updates(1));
                }
            }
            Self::Share(share) => {
                let scaled = |number: u64| (number as f64 * share).round() as u64;
                // No training vanishes; a network that is not retrained stays one.
                let epochs = |number: u32| match number {
                    0 => 0,
                    number => scaled(u64::from(number)).max(1) as u32,
                };
                settings.epochs = settings.epochs.map(epochs);
                settings.retrain_epochs = settings.retrain_epochs.map(epochs);
                for period in [&mut settings.begin, &mut settings.end].into_iter().flatten() {
                    *period = match *period {
                        Period::Updates(updates) => Period::Updates(scaled(updates)),
                        Period::Epochs(number) => match scaled(u64::from(number)) {
                            // As files have it.
                            0 => Period::Updates(0),
                            number => Period::Epochs(number as u32),
                        },
                    };
                }
            }
        }
    }
}
