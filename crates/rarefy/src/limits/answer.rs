//! The answer: what the model that is kept costs, and all of it as a sentence, as JSON and as CSV.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use super::{AsGood, Kept, Point, State, Sweep};
use crate::bench::{Fastest, Pair, in_turn, instruction_set};
use crate::data::{Dataset, Sequence};
use crate::format::Model;
use crate::format::export::{Cost, ExportError, c_source};
use crate::network::Stepper;
use crate::prune::Scope;
use crate::train::Judge;

/// What a sweep answers.
#[derive(Debug)]
pub struct Answer<'a> {
    /// What was found.
    pub sweep: &'a Sweep,
    /// The model that is kept; `None` where no point is within the tolerance.
    pub chosen: Option<Chosen<'a>>,
    /// What judges.
    pub judge: Judge,
    /// How far below the unpruned model's accuracy is as good.
    pub tolerance: f64,
    /// Epochs of retraining.
    pub retrain_epochs: u32,
    /// The file that the kept model is written to.
    pub path: &'a Path,
}

/// The sparsest model that is as good, and what it costs.
#[derive(Debug)]
pub struct Chosen<'a> {
    /// The model.
    pub kept: &'a Kept<'a>,
    /// Its own accuracy, on what judges.
    pub judged: f64,
    /// The same on the test data.
    pub test: f64,
    /// As `rarefy export --format c` counts them.
    pub cost: Cost,
    /// The same before pruning.
    pub dense: Cost,
    /// Seconds of a step of our own stepper, before and after. The C is not compiled here.
    pub step: Pair,
}

impl<'a> Chosen<'a> {
    /// `kept`, a step of which is measured on the first sequence of `test`.
    ///
    /// # Errors
    /// When the models cannot be written as C.
    pub fn new(kept: &'a Kept<'a>, test: &Dataset) -> Result<Self, ExportError> {
        let sequence = test.get(0).0;
        let steps = |model: &Model| Steps { stepper: Stepper::new(&model.network), sequence };
        let (mut dense, mut sparse) = (steps(&kept.unpruned), steps(&kept.model));
        let step = in_turn(&mut dense, &mut sparse, &mut Fastest::default(), Steps::measure);
        let cost = |model: &Model| c_source(model, "model").map(|source| source.cost);
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
            cost: cost(&kept.model)?,
            dense: cost(&kept.unpruned)?,
            step,
        })
    }
}

struct Steps<'a> {
    stepper: Stepper,
    sequence: Sequence<'a>,
}

impl Steps<'_> {
    /// Seconds of a streaming step, on average over the sequence.
    fn measure(&mut self) -> f64 {
        let start = Instant::now();
        match self.sequence {
            Sequence::Tokens(tokens) => {
                tokens.iter().for_each(|&token| self.stepper.step(token));
            }
            Sequence::Series { channels, values } => {
                values.chunks_exact(channels).for_each(|step| self.stepper.step_numbers(step));
            }
        }
        start.elapsed().as_secs_f64() / self.sequence.len() as f64
    }
}

impl Answer<'_> {
    /// What judges, in words.
    pub fn judged(&self) -> &'static str {
        match self.judge {
            Judge::Validation => "held-out data",
            Judge::Test => "test data",
        }
    }

    /// The table as CSV, the control first.
    pub fn csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for point in [&self.sweep.control].into_iter().chain(&self.sweep.points) {
            writer.serialize(point).expect("a Vec takes everything");
        }
        writer.into_inner().expect("a Vec takes everything")
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let bytes = |cost: Cost| cost.weight_bytes + cost.other_bytes;
        let sweep = self.sweep;
        let chosen = self.chosen.as_ref();
        json!({
            "weights": sweep.control.weights,
            "tolerance": self.tolerance,
            "judged_on": self.judged(),
            "reference": sweep.reference,
            "test_unpruned": sweep.test_unpruned,
            "control": sweep.control,
            "seeds_left_out": sweep.left_out,
            "without_retraining": sweep.sparsest(AsGood::after_pruning),
            "with_retraining": sweep.sparsest(AsGood::after_retraining),
            "kept": chosen.map(|chosen| json!({
                "scope": chosen.kept.point.scope,
                "percent": chosen.kept.point.percent,
                "state": chosen.kept.state,
                "seed": chosen.kept.record.trial.seed,
                "accuracy": chosen.judged,
                "test_accuracy": chosen.test,
                "bytes": bytes(chosen.cost),
                "unpruned_bytes": bytes(chosen.dense),
                "step_microseconds": chosen.step.sparse * 1e6,
                "unpruned_step_microseconds": chosen.step.dense * 1e6,
                "step_measured": format!(
                    "rarefy's own stepper, one core, {}; not the exported C",
                    instruction_set()
                ),
                "model": self.path,
            })),
            "sentence": self.sentence(),
            "rows": sweep.points,
        })
    }

    /// The answer in one sentence.
    pub fn sentence(&self) -> String {
        let share = |point: &Point| {
            let of = match point.scope {
                Scope::Both => "",
                Scope::Ih => " (input-to-hidden alone)",
                Scope::Hh => " (hidden-to-hidden alone)",
            };
            format!("{:.0} % of the recurrent weights{of}", 100.0 * point.share)
        };
        let nothing = || "nothing of what was tried".to_owned();
        let can_go =
            |holds: fn(AsGood) -> bool| self.sweep.sparsest(holds).map_or_else(nothing, share);
        let epochs = match self.retrain_epochs {
            1 => "1 epoch".to_owned(),
            epochs => format!("{epochs} epochs"),
        };
        let Some(Chosen { kept, cost, dense, step, .. }) = &self.chosen else {
            return format!(
                "Neither without retraining nor with {epochs} of it was anything tried within {} of \
                 accuracy on {}: nothing was kept. Smaller --percents or more --retrain-epochs \
                 may find something.",
                self.tolerance,
                self.judged()
            );
        };
        let mut text = format!(
            "Without retraining {} can go, with {epochs} of it {}, within {} of accuracy on {}",
            can_go(AsGood::after_pruning),
            can_go(AsGood::after_retraining),
            self.tolerance,
            self.judged()
        );
        let control = &self.sweep.control;
        let Kept { point, state, .. } = kept;
        let (here, test) = match state {
            State::Pruned => (Some(point.pruned), Some(point.test_pruned)),
            State::Retrained => (point.retrained, point.test_retrained),
        };
        if *state == State::Pruned {
            text += "; the first, which is sparser, is kept, not retrained";
        }
        let bytes = |cost: &Cost| cost.weight_bytes + cost.other_bytes;
        text + &format!(
            ": {:.4} there, {:.4} before, {:.4} after the same retraining without pruning, and on test \
             data {:.4}, {:.4} and {:.4}; as C it takes {} bytes instead of {} ({:.1} times less). A step in \
             rarefy itself takes {:.2} microseconds instead of {:.2} ({:.1} times as fast, one core, {}); \
             the C was not timed.",
            here.unwrap_or(f64::NAN),
            control.unpruned,
            control.retrained.unwrap_or(f64::NAN),
            test.unwrap_or(f64::NAN),
            self.sweep.test_unpruned,
            control.test_retrained.unwrap_or(f64::NAN),
            bytes(cost),
            bytes(dense),
            bytes(dense) as f64 / bytes(cost) as f64,
            step.sparse * 1e6,
            step.dense * 1e6,
            step.speedup(),
            instruction_set(),
        )
    }
}
