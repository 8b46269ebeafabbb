//! The answer: a table, a sentence, and what the chosen model costs.

use std::path::Path;
use std::time::Instant;

use rarefy::bench::{Fastest, Pair, in_turn, instruction_set};
use rarefy::data::{Dataset, Sequence};
use rarefy::format::Model;
use rarefy::format::export::{Cost, c_source};
use rarefy::limits::{AsGood, Kept, Point, State, Sweep};
use rarefy::network::Stepper;
use rarefy::prune::Scope;
use serde_json::{Value, json};

use crate::output::counted;
use crate::table::{Table, numbers, words};

/// What a sweep answers.
pub struct Answer<'a> {
    pub sweep: &'a Sweep,
    /// None where no point is within the tolerance.
    pub chosen: Option<Chosen<'a>>,
    /// What judges, in words.
    pub judged: &'a str,
    pub tolerance: f64,
    pub retrain_epochs: u32,
    pub out: &'a Path,
}

/// The sparsest model that is as good, and what it costs.
pub struct Chosen<'a> {
    kept: &'a Kept<'a>,
    /// Its own accuracies.
    judged: f64,
    test: f64,
    /// As `rarefy export --format c` counts them.
    cost: Cost,
    dense: Cost,
    /// Seconds of a step of our own stepper, before and after. The C is not compiled here.
    step: Pair,
}

impl<'a> Chosen<'a> {
    /// `kept`, a step of which is measured on the first sequence of `test`.
    ///
    /// # Errors
    /// When the models cannot be written as C.
    pub fn new(kept: &'a Kept<'a>, test: &Dataset) -> anyhow::Result<Self> {
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
        let (judged, test) = (judged.accuracy(), test.accuracy());
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
    /// The table as CSV, the control first.
    pub fn csv(&self) -> anyhow::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for point in [&self.sweep.control].into_iter().chain(&self.sweep.points) {
            writer.serialize(point)?;
        }
        Ok(writer.into_inner()?)
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let bytes = |cost: Cost| cost.weight_bytes + cost.other_bytes;
        let sweep = self.sweep;
        let chosen = self.chosen.as_ref();
        json!({
            "weights": sweep.control.weights,
            "tolerance": self.tolerance,
            "judged_on": self.judged,
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
                "step_measured": measured(),
                "model": self.out.join(super::KEPT),
            })),
            "sentence": self.sentence(),
            "rows": sweep.points,
        })
    }

    /// For people.
    pub fn text(&self) -> String {
        let judged = self.judged;
        let columns = [
            words("scope"),
            numbers("pruned\n%"),
            numbers("weights\nleft"),
            numbers(format!("on {judged}:\npruned")),
            numbers("retrained").tied(),
            numbers("on test:\nretrained"),
            numbers("epochs\nneeded"),
            words("as good\nwhen"),
        ];
        let mut table = Table::new(2, columns);
        table.row(row(&self.sweep.control, "none", "(retrained without pruning)".to_owned()));
        for point in &self.sweep.points {
            let here =
                self.chosen.as_ref().is_some_and(|chosen| std::ptr::eq(chosen.kept.point, point));
            let mut when = point.as_good.name().to_owned();
            if point.diverged > 0 {
                when += &format!(" ({} of {} diverged)", point.diverged, point.seeds);
            }
            if here {
                when += "  <- kept";
            }
            table.row(row(point, point.scope.name(), when));
        }
        let pruned = match &self.chosen {
            None => String::new(),
            Some(chosen) if chosen.kept.point.seeds == 1 => format!("{}, ", super::KEPT),
            Some(Chosen { kept, judged, test, .. }) => format!(
                "{} (of seed {}, {judged:.4} on {}, {test:.4} on test data), ",
                super::KEPT,
                kept.record.trial.seed,
                self.judged
            ),
        };
        format!(
            "accuracies\n{}\n{}\nwrote {pruned}limits.csv, limits.svg in {}\n",
            table.text(),
            self.sentence(),
            self.out.display()
        )
    }

    /// The answer in one sentence.
    fn sentence(&self) -> String {
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
        let epochs = counted(self.retrain_epochs, "epoch");
        let Some(Chosen { kept, cost, dense, step, .. }) = &self.chosen else {
            return format!(
                "Neither without retraining nor with {epochs} of it was anything tried within {} of \
                 accuracy on {}: nothing was kept. Smaller --percents or more --retrain-epochs \
                 may find something.",
                self.tolerance, self.judged
            );
        };
        let mut text = format!(
            "Without retraining {} can go, with {epochs} of it {}, within {} of accuracy on {}",
            can_go(AsGood::after_pruning),
            can_go(AsGood::after_retraining),
            self.tolerance,
            self.judged
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

/// What the times of a step are of.
fn measured() -> String {
    format!("rarefy's own stepper, one core, {}; not the exported C", instruction_set())
}

/// A point of the sweep as a row of the table.
fn row(point: &Point, scope: &str, when: String) -> [String; 8] {
    let four = |accuracy: Option<f64>| accuracy.map_or("-".to_owned(), |a| format!("{a:.4}"));
    let retrained = match point.retrained_sd {
        Some(sd) => format!("{} ± {sd:.4}", four(point.retrained)),
        None => four(point.retrained),
    };
    let epochs = match (point.epochs, point.seeds) {
        _ if point.percent == 0.0 => String::new(),
        (None, _) => "-".to_owned(),
        (Some(epochs), 1) => epochs.to_string(),
        (Some(epochs), seeds) if seeds == point.came => format!("{epochs:.1}"),
        (Some(epochs), seeds) => format!("{epochs:.1} ({}/{seeds})", point.came),
    };
    [
        scope.to_owned(),
        point.percent.to_string(),
        point.weights.to_string(),
        four(Some(point.pruned)),
        retrained,
        four(point.test_retrained),
        epochs,
        when,
    ]
}
