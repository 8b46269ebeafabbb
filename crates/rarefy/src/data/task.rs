//! What is asked of a network.

use serde::{Deserialize, Serialize};

use super::Labels;
use crate::named;

named! {
    /// The kind of task: what the targets of sequences are.
    #[derive(Hash)]
    pub enum TaskKind: "task" {
        /// One class for each sequence.
        Class = "class",
        /// A class at each step; steps without one are left out.
        Steps = "steps",
        /// Numbers for each sequence, or at each step.
        Numbers = "numbers",
        /// The next token of a text, at each step: language modelling.
        Next = "next",
    }
}

impl TaskKind {
    /// The task in words, asked at each step or once for each sequence.
    pub(super) fn words(self, each_step: bool) -> &'static str {
        match (self, each_step) {
            (Self::Class, _) => "a label for each sequence",
            (Self::Steps, _) => "a label at each step",
            (Self::Numbers, false) => "numbers for each sequence",
            (Self::Numbers, true) => "numbers at each step",
            (Self::Next, _) => "the next token at each step",
        }
    }
}

/// What is asked of a network, with what its outputs stand for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
#[non_exhaustive]
pub enum Task {
    /// The class of each sequence: an output for each.
    Class(Labels),
    /// The class at each step that has one: an output for each.
    Steps(Labels),
    /// Numbers.
    Numbers {
        /// `K`: how many at once.
        outputs: usize,
        /// Whether they are asked at each step, rather than once for each sequence.
        each_step: bool,
    },
    /// The next token of a text at each step: an output for each token of the vocabulary.
    Next {
        /// `V`
        tokens: usize,
    },
}

impl Task {
    /// The same labels, asked for each sequence or at each step; numbers stay as they are.
    #[must_use]
    pub fn of_kind(self, kind: TaskKind) -> Self {
        match (self, kind) {
            (Self::Class(labels) | Self::Steps(labels), TaskKind::Steps) => Self::Steps(labels),
            (Self::Class(labels) | Self::Steps(labels), _) => Self::Class(labels),
            (other, _) => other,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> TaskKind {
        match self {
            Self::Class(_) => TaskKind::Class,
            Self::Steps(_) => TaskKind::Steps,
            Self::Numbers { .. } => TaskKind::Numbers,
            Self::Next { .. } => TaskKind::Next,
        }
    }

    /// The names of the classes, in the order of the network's outputs; empty for numbers and
    /// tokens.
    pub fn labels(&self) -> &[String] {
        self.classes().map_or(&[], Labels::names)
    }

    /// The classes; `None` for numbers and tokens.
    pub fn classes(&self) -> Option<&Labels> {
        match self {
            Self::Class(labels) | Self::Steps(labels) => Some(labels),
            Self::Numbers { .. } | Self::Next { .. } => None,
        }
    }

    /// Whether an answer is asked at each step.
    pub fn each_step(&self) -> bool {
        matches!(self, Self::Steps(_) | Self::Numbers { each_step: true, .. } | Self::Next { .. })
    }

    /// The number of the network's outputs.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Numbers { outputs, .. } => *outputs,
            Self::Next { tokens } => *tokens,
            Self::Class(labels) | Self::Steps(labels) => labels.names().len(),
        }
    }

    /// The noun for what has a target of its own, and its plural.
    pub fn asked_of(&self) -> (&'static str, &'static str) {
        match self {
            Self::Class(_) | Self::Numbers { each_step: false, .. } => ("sequence", "sequences"),
            Self::Steps(_) | Self::Numbers { each_step: true, .. } => ("step", "steps"),
            Self::Next { .. } => ("token", "tokens"),
        }
    }

    /// The task in words.
    pub fn words(&self) -> &'static str {
        self.kind().words(self.each_step())
    }
}

/// A task in files. At first there were only classes of sequences: their labels stand alone.
#[derive(Clone, Serialize, Deserialize)]
struct Wire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    task: Option<TaskKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels: Option<Labels>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outputs: Option<usize>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    each_step: bool,
}

impl From<Task> for Wire {
    fn from(task: Task) -> Self {
        let kind = Some(task.kind()).filter(|kind| *kind != TaskKind::Class);
        let (labels, outputs, each_step) = match task {
            Task::Class(labels) | Task::Steps(labels) => (Some(labels), None, false),
            Task::Numbers { outputs, each_step } => (None, Some(outputs), each_step),
            Task::Next { tokens } => (None, Some(tokens), false),
        };
        Self { task: kind, labels, outputs, each_step }
    }
}

impl TryFrom<Wire> for Task {
    type Error = String;

    fn try_from(wire: Wire) -> Result<Self, String> {
        let Wire { task, labels, outputs, each_step } = wire;
        match (task.unwrap_or(TaskKind::Class), labels, outputs) {
            (TaskKind::Class, Some(labels), None) => Ok(Self::Class(labels)),
            (TaskKind::Steps, Some(labels), None) => Ok(Self::Steps(labels)),
            (TaskKind::Numbers, None, Some(outputs)) => Ok(Self::Numbers { outputs, each_step }),
            (TaskKind::Next, None, Some(tokens)) => Ok(Self::Next { tokens }),
            (kind @ (TaskKind::Numbers | TaskKind::Next), ..) => {
                Err(format!("the task {kind} has outputs"))
            }
            (kind, ..) => Err(format!("the task {kind} has labels")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_read_as_it_was_written_and_classes_stand_alone() {
        let labels = || Labels::of(["no", "yes"]);
        let numbers = |each_step| Task::Numbers { outputs: 2, each_step };
        for (task, text) in [
            (Task::Class(labels()), r#"{"labels":["no","yes"]}"#),
            (Task::Steps(labels()), r#"{"task":"steps","labels":["no","yes"]}"#),
            (numbers(false), r#"{"task":"numbers","outputs":2}"#),
            (numbers(true), r#"{"task":"numbers","outputs":2,"each_step":true}"#),
            (Task::Next { tokens: 2 }, r#"{"task":"next","outputs":2}"#),
        ] {
            assert_eq!(serde_json::to_string(&task).unwrap(), text);
            assert_eq!(serde_json::from_str::<Task>(text).unwrap(), task);
            assert_eq!(task.outputs(), 2);
        }
        for wrong in
            ["{}", r#"{"task":"numbers","labels":["a","b"]}"#, r#"{"task":"class","outputs":1}"#]
        {
            assert!(serde_json::from_str::<Task>(wrong).is_err(), "{wrong}");
        }
    }
}
