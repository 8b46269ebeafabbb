//! `rarefy recover`: retrain a pruned model with its masks fixed.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use rarefy::data::Corpus;
use rarefy::format::{LARGEST_NAMED, Model, ModelError, check_regular, check_writable};
use rarefy::prune::sparsity;
use rarefy::recipe::{Ran, Round, Stage};
use rarefy::study::Begins;
use rarefy::train::{EpochResult, Evaluator, HoldOut, Judge};
use rarefy_view::wording::judged_on;
use serde_json::json;

use crate::arguments::{
    FileArguments, JobsArguments, ModelArguments, RunArguments, SparsifyArguments,
    TrainingArguments, WrongUse, in_floats, one_of, share, tolerance,
};
use crate::destination;
use crate::interrupt;
use crate::log::{Log, LogTo};
use crate::output::{counted, note, note_loaded, print_json, print_text};
use crate::progress::Progress;

/// Arguments of `rarefy recover`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../help/recover.txt"))]
pub struct RecoverArguments {
    #[command(flatten)]
    files: FileArguments,
    #[command(flatten)]
    model: ModelArguments,
    /// Model before pruning [default: the file that `rarefy prune` read]
    #[arg(long, value_name = "MODEL")]
    baseline: Option<PathBuf>,
    #[command(flatten)]
    sparsify: SparsifyArguments,
    /// Epochs of retraining
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: u32,
    /// Retrain for integers of 8 bits
    ///
    /// The model that is written computes in them. Each update is computed with the weights rounded as `rarefy quantize` would round them. Masks
    /// are kept. Ranges are measured on the training file.
    #[arg(long)]
    int8: bool,
    /// Accuracy that may be lost: recovered is the unpruned accuracy minus this
    #[arg(long, value_name = "A", default_value_t = 0.01, value_parser = tolerance)]
    tolerance: f64,
    /// Sequences that judge recovery
    #[arg(long, value_parser = one_of::<Judge>(), default_value_t = Judge::Validation)]
    judge: Judge,
    /// Share of the training file to hold out [default: as in training, else 0.1]
    ///
    /// With --judge test the default is 0.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    validation: Option<f64>,
    #[command(flatten)]
    training: TrainingArguments,
    /// File to write the retrained model to (.safetensors) [default: not kept]
    #[arg(long, value_name = "MODEL", value_parser = destination::file(destination::MODEL))]
    out: Option<PathBuf>,
    /// Log each epoch: tensorboard[=DIR] or jsonl[=FILE]
    ///
    /// Event files of TensorBoard go to DIR/MODEL, by default to runs/MODEL: tensorboard --logdir runs.
    /// Lines of JSON, an epoch each, go to FILE, by default to MODEL.jsonl. MODEL is that of --out.
    #[arg(long, value_name = "KIND")]
    log: Option<LogTo>,
    #[command(flatten)]
    jobs: JobsArguments,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Share of the training file held out when neither the user nor the model says.
const DEFAULT_VALIDATION: f64 = 0.1;

/// Runs `rarefy recover`.
pub fn run(arguments: &RecoverArguments) -> anyhow::Result<()> {
    arguments.jobs.team().install(|| recover(arguments))
}

fn recover(arguments: &RecoverArguments) -> anyhow::Result<()> {
    if let Some(out) = &arguments.out {
        check_writable(out)?;
    }
    arguments.training.check()?;
    let sparse = arguments.sparsify.sparse(Begins::Trained)?;
    let mut model = arguments.model.open_for(arguments.files.test.task())?;
    in_floats(&mut model);
    let mut unpruned = unpruned(arguments, &model)?;
    let judge = arguments.judge;
    let trained_with = model.history.validation_share;
    let share = judge.held_out(arguments.validation, trained_with, DEFAULT_VALIDATION);
    let split_seed =
        if trained_with > 0.0 { model.history.validation_seed } else { arguments.run.seed };
    let Corpus { train: all, test, task, .. } =
        arguments.files.files(None)?.read(Some(&mut model), &mut note_loaded)?;
    let baseline = arguments.baseline.clone();
    let baseline = baseline.or(model.history.unpruned.as_ref().map(|model| model.path.clone()));
    unpruned.answer_as(&model, &baseline.unwrap_or_default())?;
    let held_out = HoldOut::new(&all, share, split_seed)?;
    let strings = held_out.strings(&test);
    let validation = strings.validation;
    if validation.is_none() && judge == Judge::Validation {
        return Err(WrongUse::error(
            "no sequences are held out to judge by: give a --validation above 0, or --judge test",
        ));
    }
    if arguments.training.may_stop() && validation.is_none() {
        return Err(WrongUse::error(
            "--patience needs held-out sequences to decide when to stop: add --validation SHARE",
        ));
    }
    let unseen = model.history.has_not_seen(share, &all);
    if validation.is_some() && !unseen {
        note(
            "the unpruned model may have learnt from the sequences held out here; train it with \
             --validation to avoid that",
        );
    }

    let training = arguments.training.training(model.readout);
    let mut evaluator = Evaluator::new(&unpruned.network, training.batch, model.readout);
    let judging = validation.filter(|_| judge == Judge::Validation).unwrap_or(&test);
    let before = evaluator.score(&unpruned.network, judging);
    let merit = before.merit_is();

    let (epochs, tolerance) = (arguments.epochs, arguments.tolerance);
    let stage = [Stage::Retrain { epochs, tolerance, judge }];
    let round = Round::of_retraining(&training, &stage, sparse.sparsify.as_ref());
    let round = Round { int8: arguments.int8, ..round };
    let progress = Progress::of_equals(arguments.epochs, arguments.run.quiet);
    let log = Log::begin(arguments.log.as_ref(), arguments.out.as_deref(), false)?;
    interrupt::keeps_nothing()?;
    let same = unpruned.network.architecture() == model.network.architecture();
    if !same && sparse.sparsify.is_some_and(|how| how.method().moves()) {
        bail!(
            "masks can move only where the unpruned model has weights, and it has other layers than {}: \
             leave out --sparsify, or name another --baseline",
            arguments.model.path.display()
        );
    }
    let initial = same.then_some(&unpruned.network);
    let mut observe = |epoch: &EpochResult| {
        if epoch.epoch > 0 {
            progress.advance(1, 1);
        }
        log.iter().for_each(|log| log.epoch(arguments.run.seed, epoch));
        progress.line(&epoch.line(arguments.epochs, &task));
    };
    let ran = round.run(model.network.clone(), initial, strings, arguments.run.seed, &mut observe);
    drop(progress);
    log.into_iter().for_each(Log::end);
    let Ran { network, fit: result, ranges: int8, .. } = ran?;
    if let Some(diverged) = result.diverged {
        bail!("{diverged} (--lr {:?}, --clip {:?})", training.learning_rate, training.clip);
    }
    let recovered = round.epochs_to_recover(&result.epochs, before.merit());
    let mut retrained = Model { network, int8, ..model };
    retrained.history.trained_again(share);
    if let Some(out) = &arguments.out {
        retrained.write(out)?;
    }
    let kept = result.kept().expect("epoch 0 at least");
    if arguments.json {
        let mut report = json!({
            "epochs_to_recover": recovered,
            format!("unpruned_{merit}"): before.merit(),
            "tolerance": arguments.tolerance,
            "judge": judge,
            "validation_unseen": validation.map(|_| unseen),
            format!("judged_{merit}"): kept.judged(judge).merit(),
            format!("test_{merit}"): kept.test.merit(),
            "sparsity": sparsity(&retrained.network).sparsity,
            "curve": result.epochs.iter().map(EpochResult::json).collect::<Vec<_>>(),
            "seconds": result.seconds,
            "model": arguments.out,
        });
        if let Some(epoch) = result.kept_epoch {
            report["kept_epoch"] = json!(epoch);
        }
        return print_json(&report);
    }
    let verdict = match recovered {
        Some(0) => "nothing to recover: pruning did no harm".to_owned(),
        Some(epochs) => format!("recovered after {}", counted(epochs, "epoch")),
        None => match result.epochs.last().map_or(0, |last| last.epoch) {
            last if last < arguments.epochs => {
                format!("not recovered: --patience stopped it after epoch {last}")
            }
            _ => format!("not recovered within --epochs {}", arguments.epochs),
        },
    };
    let of_epoch = match result.kept_epoch {
        Some(epoch) => format!(" after epoch {epoch}, the best"),
        None => String::new(),
    };
    if arguments.out.is_none() {
        note("the retrained model was not kept; --out MODEL keeps it");
    }
    print_text(&format!(
        "{verdict}: {} {:.5} on {} {} {}{of_epoch}, {:.5} before pruning (tolerance {})\n",
        merit.noun(),
        kept.judged(judge).merit(),
        kept.judged(judge).count,
        judged_on(judge),
        task.asked_of().1,
        before.merit(),
        arguments.tolerance,
    ))
}

/// The model whose accuracy is to be regained.
fn unpruned(arguments: &RecoverArguments, model: &Model) -> anyhow::Result<Model> {
    if let Some(path) = &arguments.baseline {
        return arguments.model.hints.open_like(path, model, false);
    }
    let Some(unpruned) = &model.history.unpruned else {
        if arguments.int8 {
            // What integers lose is to be recovered.
            return Ok(model.clone());
        }
        bail!(
            "{} does not say which model it was pruned from: give that model with --baseline MODEL",
            arguments.model.path.display()
        );
    };
    let advice = || {
        format!(
            "{} was pruned from {}, whose accuracy is the target: if that model is elsewhere now, give \
             it with --baseline MODEL",
            arguments.model.path.display(),
            unpruned.path.display()
        )
    };
    // Named by a file, not by the user.
    let regular = check_regular(&unpruned.path, LARGEST_NAMED);
    regular
        .map_err(|source| ModelError::Unreadable { path: unpruned.path.clone(), source })
        .with_context(advice)?;
    let hints = &arguments.model.hints;
    let opened = hints.open_like(&unpruned.path, model, true).with_context(advice)?;
    if opened.fingerprint() != unpruned.fingerprint {
        bail!("{}; the file there has changed since", advice());
    }
    Ok(opened)
}
