//! From arguments to the study that answers the question.

use anyhow::Context;
use rarefy::cell::Cell;
use rarefy::data::{Corpus, Encoding};
use rarefy::format::Model;
use rarefy::limits::{Manner, Question, SmallDense};
use rarefy::network::{Network, Readout};
use rarefy::study::{Begins, Folder, Settings, Topic};
use rarefy::train::{HoldOut, Judge, Progress};

use super::{FreshArguments, LimitsArguments};
use crate::arguments::WrongUse;
use crate::output::note;

/// Defaults for the model that is trained: cell, layers and epochs.
const CELL: Cell = Cell::Gru;
const LAYERS: [usize; 3] = [50, 50, 50];
const EPOCHS: u32 = 50;
/// Share of the training file to hold out. It is larger than elsewhere because a choice is based on
/// it.
const VALIDATION: f64 = 0.2;

/// `None` for the default, so that sweeps that were started before this option existed can resume.
fn said<T: Default + PartialEq>(choice: T) -> Option<T> {
    (choice != T::default()).then_some(choice)
}

impl LimitsArguments {
    /// The question about `model`, or about a model that is trained on `corpus`.
    pub(super) fn question(
        &self,
        model: Option<&Model>,
        corpus: &Corpus,
        folder: &Folder,
    ) -> anyhow::Result<Question> {
        self.training.check()?;
        let pruning = self.pruning()?;
        let first = Settings { percent: self.percents.first().copied(), ..pruning.clone() };
        let sparse = first.sparse(Begins::Retrained);
        let sparse = sparse.map_err(|wrong| WrongUse::error(format!("--{wrong}")))?;
        let check = |network: &Network| {
            Manner::asked(&pruning).check(&self.scopes, &self.percents, network)
        };
        model.map_or(Ok(()), |model| check(&model.network))?;
        let mut base = match model {
            Some(model) => self.given(model, folder)?,
            None => self.fresh(&corpus.encoding)?,
        };
        base.overlay(&self.retraining(model, corpus)?);
        base.overlay(&pruning);
        if self.int8 && base.bidirectional == Some(true) {
            return Err(WrongUse::error(
                "--int8 goes through a sequence from its beginning, and a layer reads it from its end: \
                 leave it out",
            ));
        }
        if model.is_none() {
            let (_, fixed) = base.split(Topic::Sparsifying);
            let dense = Settings { percent: Some(0.0), ..fixed };
            let trial = dense.trial().map_err(anyhow::Error::msg)?;
            check(&trial.network(None, corpus.into(), trial.seed)?)?;
        }
        if let Some(sparsify) = sparse.sparsify {
            let share = base.validation_share.unwrap_or(0.0);
            let held_out = HoldOut::new(&corpus.train, share, self.run.seed)?;
            let per_epoch = base.training().updates_per_epoch(&held_out.train);
            let of = per_epoch * u64::from(self.retrain_epochs);
            let fits = sparsify.fits(Progress { updates: 0, of, per_epoch });
            fits.map_err(|error| {
                WrongUse::error(format!("--sparsify {}: {error}", sparsify.method()))
            })?;
        }
        let first = self.run.seed;
        let Some(last) = first.checked_add(self.seeds.get() as u64 - 1) else {
            return Err(WrongUse::error(format!(
                "--seed {first} leaves no room for --seeds {}",
                self.seeds
            )));
        };
        Ok(Question {
            base,
            seeds: first..=last,
            scopes: self.scopes.clone(),
            percents: self.percents.clone(),
            random: !self.no_random,
            tolerance: self.tolerance,
        })
    }

    /// The settings of pruning that are not the default.
    fn pruning(&self) -> anyhow::Result<Settings> {
        if self.samples.is_some() && !self.criterion.needs_sequences() {
            return Err(WrongUse::error(format!(
                "--samples is about criteria that score weights on sequences, and {} does not",
                self.criterion
            )));
        }
        Ok(Settings {
            criterion: said(self.criterion),
            samples: self.samples.map(Into::into),
            ranking: said(self.ranking),
            grain: said(self.grain),
            int8: said(self.int8),
            ..self.masks.settings()
        })
    }

    /// Smaller dense networks to compare with the models that `question` prunes.
    pub(super) fn dense(
        &self,
        model: Option<&Model>,
        corpus: &Corpus,
        question: &Question,
    ) -> Option<SmallDense> {
        let epochs = self.epochs.unwrap_or(EPOCHS);
        let dense = || SmallDense::beside(question, model, &corpus.encoding, epochs);
        (!self.no_dense).then(dense).flatten()
    }

    /// The settings of models if one is given. Copies the model to the folder.
    fn given(&self, model: &Model, folder: &Folder) -> anyhow::Result<Settings> {
        let FreshArguments { layers, shape, encoding } = &self.fresh;
        let epochs = self.epochs.is_some() && self.no_dense;
        if layers.is_some() || encoding.are_said() || epochs || shape.is_said() {
            return Err(WrongUse::error(
                "--layers, --bidirectional, --head, --embedding, --tokens, --min-count and --scaling are \
                 about a model that is trained here (--vocabulary says which tokens a state dict reads), \
                 and --epochs about smaller dense networks: leave out --no-dense",
            ));
        }
        let architecture = model.network.architecture();
        let cell = architecture.cell().context("a network of different cells cannot be swept")?;
        Ok(Settings {
            cell: Some(cell),
            model: Some(folder.give(model)?),
            layers: Some(architecture.stacked_sizes()),
            bidirectional: architecture.reads_backwards().then_some(true),
            head: (!architecture.head.is_empty()).then(|| architecture.head.sizes.clone()),
            activation: (!architecture.head.is_empty()).then_some(architecture.head.activation),
            readout: Some(model.readout),
            ..Settings::default()
        })
    }

    /// The settings of models if they are trained here.
    fn fresh(&self, encoding: &Encoding) -> anyhow::Result<Settings> {
        if self.hints.graph.is_some() {
            return Err(WrongUse::error(
                "--graph is about a MODEL that is a .pt: train a network wired as a graph by \
                 `rarefy train --graph`, and give that",
            ));
        }
        if self.hints.are_of_a_state_dict() {
            return Err(WrongUse::error(
                "--embedding-name, --readout-name, --state-dict, --zeros, --labels and --vocabulary \
                 are about a MODEL that is a state dict: give that",
            ));
        }
        let FreshArguments { layers, shape, .. } = &self.fresh;
        let readout = self.hints.readout;
        shape.check(encoding)?;
        Ok(Settings {
            cell: Some(self.hints.cell.unwrap_or(CELL)),
            layers: Some(layers.clone().unwrap_or_else(|| LAYERS.to_vec())),
            epochs: Some(self.epochs.unwrap_or(EPOCHS)),
            readout: Some(readout.unwrap_or_else(|| Readout::usual(encoding))),
            ..shape.settings(self.hints.activation)?
        })
    }

    /// The settings of training and retraining. The tolerance is not among them, because it only
    /// affects how the records are read.
    fn retraining(&self, model: Option<&Model>, corpus: &Corpus) -> anyhow::Result<Settings> {
        let judge = self.judge;
        let trained_with = model.map_or(0.0, |model| model.history.validation_share);
        let share = judge.held_out(self.validation, trained_with, VALIDATION);
        if share == 0.0 && judge == Judge::Validation {
            return Err(WrongUse::error(
                "nothing is held out to judge by: give a --validation above 0, or --judge test",
            ));
        }
        if share == 0.0 && self.training.may_stop() {
            return Err(WrongUse::error(
                "--patience needs held-out sequences to tell when to stop: give a --validation",
            ));
        }
        if let Some(model) = model
            && share > 0.0
            && !model.history.has_not_seen(share, &corpus.train)
        {
            note(
                "the model may have learnt from the sequences held out here; one that was trained \
                 on this very file with --validation has not",
            );
        }
        Ok(Settings {
            judge: Some(judge),
            validation_share: Some(share),
            retrain_epochs: Some(self.retrain_epochs),
            ..self.training.settings()
        })
    }
}
