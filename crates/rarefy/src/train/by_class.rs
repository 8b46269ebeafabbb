//! The confusion matrix: how often the sequences of each class got each answer.

use super::argmax;

/// How often the sequences of each class got each answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    counts: Vec<Vec<usize>>,
}

impl Confusion {
    /// From `logits` `[n][classes]` of sequences with the classes `targets` `[n]`.
    pub fn new(classes: usize, logits: &[f32], targets: &[u32]) -> Self {
        let mut counts = vec![vec![0; classes]; classes];
        for (logits, &target) in logits.chunks_exact(classes).zip(targets) {
            counts[target as usize][argmax(logits)] += 1;
        }
        Self { counts }
    }

    /// `[class][answer]`
    pub fn counts(&self) -> &[Vec<usize>] {
        &self.counts
    }

    /// Number of sequences of `class`.
    pub fn count(&self, class: usize) -> usize {
        self.counts[class].iter().sum()
    }

    /// How many of them are answered with their class.
    pub fn correct(&self, class: usize) -> usize {
        self.counts[class][class]
    }

    /// The share of the sequences of `class` that are answered with their class; `None` if there
    /// are none.
    pub fn recall(&self, class: usize) -> Option<f64> {
        let count = self.count(class);
        (count > 0).then(|| self.correct(class) as f64 / count as f64)
    }

    /// The mean recall of the classes that occur.
    pub fn balanced_accuracy(&self) -> f64 {
        let recalls = (0..self.counts.len()).filter_map(|class| self.recall(class));
        let recalls: Vec<f64> = recalls.collect();
        recalls.iter().sum::<f64>() / recalls.len() as f64
    }
}

/// The softmax of `logits`.
pub(crate) fn softmax(logits: &[f32]) -> Vec<f64> {
    let largest = f64::from(logits[argmax(logits)]);
    let weights: Vec<f64> =
        logits.iter().map(|&logit| (f64::from(logit) - largest).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// The answers as CSV: for each sequence its label, the answer, and the probability of each label.
/// `logits` are `[n][classes]`, and `targets` `[n]` the true classes.
pub fn answers_csv(labels: &[String], logits: &[f32], targets: &[u32]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |row: Vec<String>| writer.write_record(row).expect("a Vec takes everything");
    let header = ["row", "label", "answer", "probability"].map(str::to_owned).into_iter();
    write(header.chain(labels.iter().map(|label| format!("probability_{label}"))).collect());
    for (at, (logits, &target)) in logits.chunks_exact(labels.len()).zip(targets).enumerate() {
        let (best, shares) = (argmax(logits), softmax(logits));
        // As precise as the logits that the probabilities come from.
        let shown = |share: f64| format!("{:?}", share as f32);
        let (label, answer) = (labels[target as usize].clone(), labels[best].clone());
        let row = [(at + 1).to_string(), label, answer, shown(shares[best])];
        write(row.into_iter().chain(shares.iter().copied().map(shown)).collect());
    }
    writer.into_inner().expect("a Vec takes everything")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recall_is_counted_class_by_class_and_its_mean_leaves_out_what_is_not_there() {
        let logits = [2.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 9.0];
        let found = Confusion::new(3, &logits, &[0, 0, 0, 1]);
        assert_eq!(found.counts(), [[2, 1, 0], [0, 0, 1], [0, 0, 0]]);
        assert_eq!(
            [0, 1, 2].map(|class| (found.count(class), found.correct(class))),
            [(3, 2), (1, 0), (0, 0)]
        );
        assert_eq!(found.balanced_accuracy(), (2.0 / 3.0 + 0.0) / 2.0);
    }
}
