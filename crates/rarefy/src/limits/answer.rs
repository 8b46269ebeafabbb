//! The answer: the cost of the model that is kept, and the whole result as short lines, JSON and
//! CSV.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use super::{AsGood, Kept, Manner, Point, State, Sweep};
use crate::bench::{Fastest, Pair, in_turn, instruction_set};
use crate::data::{Dataset, Sequence};
use crate::format::Model;
use crate::format::export::{Cost, ExportError, c_cost};
use crate::network::{Batch, Engine, Readout};
use crate::parallel::Team;
use crate::prune::{Grain, Scope};
use crate::quantize::{QuantizeError, StepByStep};
use crate::sparsify::Method;
use crate::train::Judge;

/// Sizes that differ by at most this share count as equal.
const ALIKE: f64 = 0.05;

/// The answer of a sweep.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The results of the sweep.
    pub sweep: &'a Sweep,
    /// The model to keep; `None` if no point is within the tolerance.
    pub chosen: Option<Chosen<'a>>,
    /// Which sequences judge.
    pub judge: Judge,
    /// A merit this far below that of the unpruned model still counts as equally good.
    pub tolerance: f64,
    /// Epochs of retraining.
    pub retrain_epochs: u32,
    /// The file that the kept model is written to.
    pub path: &'a Path,
}

/// The sparsest model that is equally good, with its cost.
#[derive(Debug)]
pub struct Chosen<'a> {
    /// The model.
    pub kept: &'a Kept<'a>,
    /// Its own merit on the sequences that judge.
    pub judged: f64,
    /// Its merit on the test data.
    pub test: f64,
    /// Its size as counted by `rarefy export --format c`.
    pub cost: Cost,
    /// The same before pruning.
    pub dense: Cost,
    /// Seconds per step of rarefy's own stepper, before and after pruning; of a whole pass if the
    /// network reads in both directions. The C code is not compiled here.
    pub step: Pair,
}

impl<'a> Chosen<'a> {
    /// Chooses `kept`, and measures its time per step on the first sequence of `test`.
    ///
    /// # Errors
    /// If the models cannot be written as C.
    pub fn new(kept: &'a Kept<'a>, test: &Dataset) -> Result<Self, ExportError> {
        let sequence = test.get(0).0;
        let (mut dense, mut sparse) = (Steps::of(&kept.unpruned)?, Steps::of(&kept.model)?);
        let step =
            in_turn(&mut dense, &mut sparse, &mut Fastest::default(), |steps: &mut Steps| {
                steps.measure(sequence)
            });
        let epoch = match kept.state {
            State::Pruned => kept.record.epochs.first(),
            State::Retrained => kept.record.kept(),
        };
        let epoch = epoch.expect("a point's records have epochs");
        let (judged, test) = (epoch.judged(kept.record.trial.judge()), epoch.test);
        let (judged, test) = (judged.merit(), test.merit());
        Ok(Self {
            kept,
            judged,
            test,
            cost: c_cost(&kept.model)?,
            dense: c_cost(&kept.unpruned)?,
            step,
        })
    }
}

/// How a network takes steps.
enum Steps {
    One(Box<dyn StepByStep + Send + Sync>),
    /// Of a network that reads in both directions.
    Whole(Box<Engine>, Vec<f32>),
}

impl Steps {
    fn of(model: &Model) -> Result<Self, QuantizeError> {
        let network = &model.network;
        if !network.architecture().reads_backwards() {
            return model.stepper().map(Self::One);
        }
        // Compared with one thread's steps.
        let engine = Team::default().install(|| Engine::new(network));
        let parameters = engine.packing().pack(network.parameters());
        Ok(Self::Whole(Box::new(engine), parameters))
    }

    /// Mean seconds per step over the sequence.
    fn measure(&mut self, sequence: Sequence) -> f64 {
        let start = Instant::now();
        match self {
            Self::One(stepper) => stepper.read(sequence),
            Self::Whole(engine, parameters) => {
                let mut batch = Batch::new();
                batch.fill(std::iter::once((sequence, 0)), Readout::Last);
                engine.forward(parameters, &batch);
            }
        }
        start.elapsed().as_secs_f64() / sequence.len() as f64
    }
}

impl Answer<'_> {
    /// The sequences that judge, in words.
    pub fn judged(&self) -> &'static str {
        match self.judge {
            Judge::Validation => "held-out data",
            Judge::Test => "test data",
        }
    }

    /// The table as CSV: the control, the pruned networks, the randomly pruned ones, and smaller
    /// dense ones.
    pub fn csv(&self) -> Vec<u8> {
        let Sweep { control, points, random, dense, .. } = self.sweep;
        let mut writer = csv::Writer::from_writer(Vec::new());
        for point in [control].into_iter().chain(points).chain(random).chain(dense) {
            writer.serialize(point).expect("a Vec takes everything");
        }
        writer.into_inner().expect("a Vec takes everything")
    }

    /// The answer for programs.
    pub fn json(&self) -> Value {
        let sweep = self.sweep;
        let merit = sweep.merit;
        let chosen = self.chosen.as_ref();
        json!({
            "criterion": sweep.manner.criterion,
            "ranking": sweep.manner.ranking,
            "grain": sweep.manner.grain,
            "sparsify": sweep.manner.sparsify,
            "int8": sweep.int8,
            "weights": sweep.control.weights,
            "tolerance": self.tolerance,
            "merit": merit,
            "judged_on": self.judged(),
            "reference": sweep.reference,
            "test_unpruned": sweep.test_unpruned,
            "control": sweep.control,
            "seeds_left_out": sweep.left_out,
            "without_retraining": sweep.sparsest(AsGood::after_pruning),
            "with_retraining": sweep.sparsest(AsGood::after_retraining),
            "smallest_dense": sweep.smallest_dense(),
            "kept": chosen.map(|chosen| json!({
                "scope": chosen.kept.point.scope,
                "percent": chosen.kept.point.percent,
                "state": chosen.kept.state,
                "seed": chosen.kept.record.trial.seed,
                merit.name(): chosen.judged,
                format!("test_{merit}"): chosen.test,
                "bytes": chosen.cost.bytes(),
                "unpruned_bytes": chosen.dense.bytes(),
                "step_microseconds": chosen.step.sparse * 1e6,
                "unpruned_step_microseconds": chosen.step.dense * 1e6,
                "step_measured": format!(
                    "rarefy's own stepper, one core, {}; not the exported C",
                    instruction_set()
                ),
                "model": self.path,
            })),
            "sentence": self.lines().join(" "),
            "lines": self.lines(),
            "rows": sweep.points,
            "random": sweep.random,
            "dense": sweep.dense,
            "by_size": sweep.by_size(self.tolerance),
        })
    }

    /// The answer in a few short lines, the finding first.
    pub fn lines(&self) -> Vec<String> {
        let epochs = match self.retrain_epochs {
            1 => "1 epoch".to_owned(),
            epochs => format!("{epochs} epochs"),
        };
        let can_go = |holds: fn(AsGood) -> bool| match self.sweep.sparsest(holds) {
            Some(point) => format!("{} can be pruned.", share(point, self.sweep.manner)),
            None => "nothing of what was tried can be pruned.".to_owned(),
        };
        let method = self.sweep.manner.sparsify;
        let how = method.map_or(String::new(), |method| format!(" ({method})"));
        let mut lines = vec![
            format!("Without retraining: {}", can_go(AsGood::after_pruning)),
            format!("With {epochs} of retraining{how}: {}", can_go(AsGood::after_retraining)),
        ];
        if method.is_some_and(Method::prunes_later) {
            lines.remove(0);
        }
        if self.sweep.int8 {
            lines.push(
                "Retrained networks, the unpruned control included, answer in 8-bit integers; the model \
                 before pruning answers in floats."
                    .to_owned(),
            );
        }
        let Some(Chosen { kept, cost, dense, step, .. }) = &self.chosen else {
            lines.push(format!(
                "Nothing was kept: no pruned network is within {} of the unpruned one's {} on {}. \
                 Try smaller --percents, or more --retrain-epochs.",
                self.tolerance,
                self.sweep.merit.noun(),
                self.judged()
            ));
            lines.extend(self.dense_line(None));
            return lines;
        };
        let control = &self.sweep.control;
        let Kept { point, state, .. } = kept;
        let (here, test) = match state {
            State::Pruned => (point.pruned, point.test_pruned),
            State::Retrained => (point.retrained, point.test_retrained),
        };
        let four = |merit: Option<f64>| format!("{:.4}", merit.unwrap_or(f64::NAN));
        lines.push(format!(
            "On {}: {} {} before, {} after (test data: {}, {}). The same retraining without pruning: \
             {} ({}).",
            self.judged(),
            self.sweep.merit.noun(),
            four(Some(control.unpruned)),
            four(here),
            four(Some(self.sweep.test_unpruned)),
            four(test),
            four(control.retrained),
            four(control.test_retrained),
        ));
        lines.push(format!(
            "Size as C: {} bytes instead of {}. A step takes {:.2} microseconds instead of {:.2} (in \
             rarefy, one core, {}; the C was not timed).",
            thousands(cost.bytes()),
            thousands(dense.bytes()),
            step.sparse * 1e6,
            step.dense * 1e6,
            instruction_set(),
        ));
        lines.extend(self.dense_line(Some(cost.bytes())));
        lines.extend(self.random_line(point));
        lines
    }

    /// Whether a smaller dense network does as well with at most as many bytes as `kept`.
    fn dense_line(&self, kept: Option<usize>) -> Option<String> {
        let dense = &self.sweep.dense;
        let told = |point: &Point| {
            let bytes = point.bytes.map(thousands).unwrap_or_default();
            let (units, merit) = (&point.layers, point.merit().0);
            format!("{units} units, {bytes} bytes, {} {merit:.4}", self.sweep.merit.noun())
        };
        let best = || dense.iter().max_by(|a, b| a.merit().0.total_cmp(&b.merit().0));
        let smallest = self.sweep.smallest_dense().and_then(|point| Some((point, point.bytes?)));
        Some(match (smallest, kept) {
            (Some((point, bytes)), Some(kept)) => {
                let told = told(point);
                match bytes as f64 / kept as f64 {
                    share if share < 1.0 - ALIKE => {
                        format!("A smaller dense network does as well in fewer bytes: {told}.")
                    }
                    share if share <= 1.0 + ALIKE => {
                        format!("A smaller dense network does as well at the same size: {told}.")
                    }
                    _ => format!(
                        "Pruning wins: the smallest dense network that does as well is larger \
                         ({told})."
                    ),
                }
            }
            (Some((point, _)), None) => {
                format!("A smaller dense network does as well: {}.", told(point))
            }
            (None, Some(_)) => format!(
                "Pruning wins: no smaller dense network does as well (the best: {}).",
                told(best()?)
            ),
            (None, None) => {
                format!("No smaller dense network does as well (the best: {}).", told(best()?))
            }
        })
    }

    /// The effect of pruning as many weights at random.
    fn random_line(&self, point: &Point) -> Option<String> {
        let twin = self.sweep.random_twin(point)?;
        let (merit, retrained) = twin.merit();
        let when = if retrained { "retrained as long" } else { "not retrained" };
        let candidates = self.sweep.manner.candidates();
        let verdict = match twin.as_good {
            AsGood::No => "that is not as good".to_owned(),
            _ => format!("that is as good: which {candidates} go does not matter here"),
        };
        Some(format!(
            "As many {candidates} pruned at random, {when}: {} {merit:.4}; {verdict}.",
            self.sweep.merit.noun()
        ))
    }
}

/// How much is pruned at a point, in words.
fn share(point: &Point, manner: Manner) -> String {
    let all = 100.0 * point.share;
    let (percent, candidates) = (point.percent, manner.candidates());
    match point.scope {
        Scope::Both if manner.grain == Grain::Unit => {
            format!("{percent} % of the units ({all:.0} % of the recurrent weights)")
        }
        Scope::Both => format!("{all:.0} % of the recurrent weights"),
        Scope::Ih => format!(
            "{percent} % of the input-to-hidden {candidates} ({all:.0} % of all recurrent weights)"
        ),
        Scope::Hh => format!(
            "{percent} % of the hidden-to-hidden {candidates} ({all:.0} % of all recurrent weights)"
        ),
    }
}

/// `14,098`.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_have_commas() {
        let all = [0, 7, 999, 1000, 14_098, 1_234_567].map(thousands);
        assert_eq!(all, ["0", "7", "999", "1,000", "14,098", "1,234,567"]);
    }
}
