//! Epochs of training in the form shown to people and to programs.

use serde_json::{Value, json};

use super::EpochResult;
use crate::data::Task;

impl EpochResult {
    /// The epoch as a line; `of` is the largest possible number of epochs.
    pub fn line(&self, of: u32, task: &Task) -> String {
        let mut line = format!("epoch {:>3}/{of}", self.epoch);
        let scores = [
            ("train", self.train.as_ref()),
            ("validation", self.validation.as_ref()),
            ("test", Some(&self.test)),
        ];
        for (name, score) in scores {
            if let Some(score) = score {
                line += &format!("   {name} {:.5}", score.merit());
            }
        }
        let (one, _) = task.asked_of();
        line + &format!("   (test loss {:.6} per {one})", self.test.loss_mean)
    }

    /// The epoch as an object of merits (`test_accuracy`, or `test_r2` if targets are numbers) and
    /// losses; a missing score is `null`. Losses are sums of the batches' means.
    pub fn json(&self) -> Value {
        let merit = self.test.merit_is();
        let mut result = json!({
            "epoch": self.epoch,
            format!("train_{merit}"): self.train.map(|score| score.merit()),
            "train_loss": self.train.map(|score| score.loss_sum),
            format!("validation_{merit}"): self.validation.map(|score| score.merit()),
            "validation_loss": self.validation.map(|score| score.loss_sum),
            format!("test_{merit}"): self.test.merit(),
            "test_loss": self.test.loss_sum,
        });
        if let Some(moved) = &self.moved {
            result["moved"] = json!(moved);
        }
        result
    }
}
