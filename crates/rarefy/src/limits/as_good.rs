//! When a pruned network is as good as the model before, and in which state it is kept.

use serde::Serialize;

/// When a point is as good as the model before: within the tolerance on the mean over seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AsGood {
    /// After pruning, compared with the unpruned model; and after retraining, compared with the
    /// better of that model and the control.
    Pruned,
    /// Only after retraining.
    Retrained,
    /// After pruning, but not after retraining: that made it worse, or improved it less than the
    /// control.
    OnlyPruned,
    /// Neither after pruning nor after retraining.
    No,
}

impl AsGood {
    /// From whether it is equally good after pruning and after retraining.
    pub(super) fn of(after_pruning: bool, after_retraining: bool) -> Self {
        match (after_pruning, after_retraining) {
            (true, true) => Self::Pruned,
            (false, true) => Self::Retrained,
            (true, false) => Self::OnlyPruned,
            (false, false) => Self::No,
        }
    }

    /// The result in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pruned => "pruned",
            Self::Retrained => "retrained",
            Self::OnlyPruned => "only pruned",
            Self::No => "no",
        }
    }

    /// Whether it is equally good after pruning alone.
    pub fn after_pruning(self) -> bool {
        matches!(self, Self::Pruned | Self::OnlyPruned)
    }

    /// Whether it is equally good after retraining.
    pub fn after_retraining(self) -> bool {
        matches!(self, Self::Pruned | Self::Retrained)
    }
}

/// Whether a model is kept as pruned, or as retrained after pruning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As pruned.
    Pruned,
    /// As retrained after pruning.
    Retrained,
}
