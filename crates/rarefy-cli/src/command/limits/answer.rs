//! The answer: a table, a sentence, and what the chosen model costs.

use std::path::Path;
use std::time::Instant;

use rarefy::data::{Dataset, Sequence};
use rarefy::format::Model;
use rarefy::format::export::{Cost, c_source};
use rarefy::kernel::instruction_set;
use rarefy::network::{Network, Stepper};
use rarefy::prune::Scope;
use rarefy::study::Record;
use serde::Serialize;
use serde_json::{Value, json};

use super::sweep::{Point, Sweep};
use crate::measure::{Fastest, Pair, in_turn};

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
    point: &'a Point,
    /// Whose model is kept, and its own accuracies.
    seed: u64,
    judged: f64,
    test: f64,
    /// As `rarefy export --format c` counts them.
    cost: Cost,
    dense: Cost,
    /// Seconds of a streaming step, before and after.
    step: Pair,
}

impl<'a> Chosen<'a> {
    /// `pruned` of `unpruned`, as `record` has it; a step is measured on the first sequence of `test`.
    pub fn new(
        point: &'a Point,
        record: &Record,
        unpruned: &Model,
        pruned: &Model,
        test: &Dataset,
    ) -> Self {
        let sequence = test.get(0).0;
        let steps = |network: &Network| Steps { stepper: Stepper::new(network), sequence };
        let (mut dense, mut sparse) = (steps(&unpruned.network), steps(&pruned.network));
        let step = in_turn(&mut dense, &mut sparse, &mut Fastest::default(), Steps::measure);
        let cost = |model: &Model| c_source(model, "model").cost;
        let kept = record.kept().expect("a point's records have epochs");
        let judge = record.trial.pruning.expect("it prunes").judge;
        Self {
            point,
            seed: record.trial.seed,
            judged: kept.judged(judge).accuracy(),
            test: kept.test.accuracy(),
            cost: cost(pruned),
            dense: cost(unpruned),
            step,
        }
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

/// One line of `limits.csv`.
#[derive(Serialize)]
struct Line<'a> {
    scope: Scope,
    percent: f64,
    sparsity: f64,
    weights: usize,
    unpruned: f64,
    pruned: f64,
    retrained: f64,
    retrained_sd: Option<f64>,
    test_unpruned: f64,
    test_pruned: f64,
    test_retrained: f64,
    epochs_to_recover: Option<f64>,
    seeds: usize,
    as_good: &'a str,
}

impl Answer<'_> {
    /// The table as CSV.
    pub fn csv(&self) -> anyhow::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for point in [&self.sweep.control].into_iter().chain(&self.sweep.points) {
            writer.serialize(Line {
                scope: point.scope,
                percent: point.percent,
                sparsity: point.sparsity,
                weights: point.weights,
                unpruned: point.unpruned,
                pruned: point.pruned,
                retrained: point.retrained,
                retrained_sd: point.retrained_sd,
                test_unpruned: self.sweep.test_unpruned,
                test_pruned: point.test_pruned,
                test_retrained: point.test_retrained,
                epochs_to_recover: point.epochs_to_recover,
                seeds: point.seeds,
                as_good: as_good(point),
            })?;
        }
        Ok(writer.into_inner()?)
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let bytes = |cost: Cost| cost.weight_bytes + cost.other_bytes;
        let without = self.sweep.sparsest(|point| point.holds_pruned);
        json!({
            "weights": self.sweep.weights,
            "tolerance": self.tolerance,
            "judged_on": self.judged,
            "test_unpruned": self.sweep.test_unpruned,
            "control": self.sweep.control,
            "without_retraining": without,
            "with_retraining": self.chosen.as_ref().map(|chosen| chosen.point),
            "bytes": self.chosen.as_ref().map(|chosen| bytes(chosen.cost)),
            "unpruned_bytes": self.chosen.as_ref().map(|chosen| bytes(chosen.dense)),
            "step_microseconds": self.chosen.as_ref().map(|chosen| chosen.step.sparse * 1e6),
            "unpruned_step_microseconds":
                self.chosen.as_ref().map(|chosen| chosen.step.dense * 1e6),
            "sentence": self.sentence(),
            "seed": self.chosen.as_ref().map(|chosen| chosen.seed),
            "model": self.chosen.as_ref().map(|_| self.out.join("pruned.safetensors")),
            "rows": self.sweep.points,
        })
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{:<6} {:>7} {:>9}   {:^25}   {:>9}   {:>8}   as good\n\
             {:<6} {:>7} {:>9}   {:>8} {:>16}   {:>9}   {:>8}   when\n",
            "",
            "pruned",
            "weights",
            format!("accuracy on {}", self.judged),
            "on test",
            "epochs",
            "scope",
            "%",
            "left",
            "pruned",
            "retrained",
            "retrained",
            "needed",
        );
        let retrained = |point: &Point| match point.retrained_sd {
            Some(sd) => format!("{:.4} ± {sd:.4}", point.retrained),
            None => format!("{:.4}", point.retrained),
        };
        let control = &self.sweep.control;
        text += &format!(
            "{:<6} {:>7} {:>9}   {:>8.4} {:>16}   {:>9.4}   {:>8}   (retrained without pruning)\n",
            "none",
            0,
            self.sweep.weights,
            control.unpruned,
            retrained(control),
            control.test_retrained,
            "",
        );
        for point in &self.sweep.points {
            let retrained = retrained(point);
            let epochs = point.epochs_to_recover.map_or("-".to_owned(), |epochs| {
                if point.seeds == 1 { format!("{epochs}") } else { format!("{epochs:.1}") }
            });
            let here = self.chosen.as_ref().is_some_and(|chosen| std::ptr::eq(chosen.point, point));
            text += &format!(
                "{:<6} {:>7} {:>9}   {:>8.4} {retrained:>16}   {:>9.4}   {epochs:>8}   {}{}\n",
                point.scope.to_string(),
                point.percent,
                point.weights,
                point.pruned,
                point.test_retrained,
                as_good(point),
                if here { "  <- kept" } else { "" },
            );
        }
        text += &format!("\n{}\n", self.sentence());
        let pruned = match &self.chosen {
            None => String::new(),
            Some(chosen) if chosen.point.seeds == 1 => "pruned.safetensors, ".to_owned(),
            Some(Chosen { seed, judged, test, .. }) => format!(
                "pruned.safetensors (of seed {seed}, {judged:.4} on {}, {test:.4} on test data), ",
                self.judged
            ),
        };
        text + &format!("wrote {pruned}limits.csv, limits.svg in {}\n", self.out.display())
    }

    /// The answer in one sentence.
    fn sentence(&self) -> String {
        let share = |point: &Point| {
            let of = match point.scope {
                Scope::Both => "",
                Scope::Ih => " (input-to-hidden alone)",
                Scope::Hh => " (hidden-to-hidden alone)",
            };
            format!("{:.0} % of the recurrent weights{of}", 100.0 * point.sparsity)
        };
        let without = match self.sweep.sparsest(|point| point.holds_pruned) {
            Some(point) => format!("Without retraining {} can go", share(point)),
            None => "Without retraining no share of the sweep can go".to_owned(),
        };
        let epochs = match self.retrain_epochs {
            1 => "1 epoch".to_owned(),
            epochs => format!("{epochs} epochs"),
        };
        let Some(Chosen { point, cost, dense, step, .. }) = &self.chosen else {
            return format!(
                "{without}, and with {epochs} of retraining none either, within {} of accuracy on {}: \
                 nothing was kept.",
                self.tolerance, self.judged
            );
        };
        let bytes = |cost: &Cost| cost.weight_bytes + cost.other_bytes;
        format!(
            "{without}, with {epochs} of retraining {}, within {} of accuracy on {}: {:.4} there, {:.4} \
             before, {:.4} after the same retraining without pruning, and on test data {:.4}, {:.4} and \
             {:.4}; as C it takes {} bytes in place of {} ({:.1} \
             times less), and a step {:.2} microseconds in place of {:.2} ({:.1} times as fast, one \
             core, {}).",
            share(point),
            self.tolerance,
            self.judged,
            point.retrained,
            point.unpruned,
            self.sweep.control.retrained,
            point.test_retrained,
            self.sweep.test_unpruned,
            self.sweep.control.test_retrained,
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

fn as_good(point: &Point) -> &'static str {
    match (point.holds_pruned, point.holds_retrained) {
        (true, true) => "pruned",
        (false, true) => "retrained",
        // Retraining made it worse.
        (true, false) => "only pruned",
        (false, false) => "no",
    }
}
