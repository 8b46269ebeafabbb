//! Epochs of training as people and programs are shown them.

use serde_json::{Value, json};

use super::EpochResult;

impl EpochResult {
    /// It as a line; `of` epochs are the most that there will be.
    pub fn line(&self, of: u32) -> String {
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
        line + &format!("   (test loss {:.6} per sequence)", self.test.loss_mean)
    }

    /// It as an object of accuracies and losses, `null` where there is no score. Losses are sums
    /// over batches of their means.
    pub fn json(&self) -> Value {
        json!({
            "epoch": self.epoch,
            "train_accuracy": self.train.map(|score| score.accuracy()),
            "train_loss": self.train.map(|score| score.loss_sum),
            "validation_accuracy": self.validation.map(|score| score.accuracy()),
            "validation_loss": self.validation.map(|score| score.loss_sum),
            "test_accuracy": self.test.accuracy(),
            "test_loss": self.test.loss_sum,
        })
    }
}
