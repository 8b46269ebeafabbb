//! The confusion matrix: how often the sequences of each class got each answer.

use super::argmax;
use crate::data::{Dataset, Task};

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

/// The answers as CSV, a row for each read of `data`: with classes the label, the answer and the
/// probability of each label; with numbers what is asked and what is answered. `outputs` are
/// `[reads][C]`, as from [`Evaluator::logits`](super::Evaluator::logits).
///
/// # Panics
/// If the outputs are not those of `data`, or `task` is another.
pub fn answers_csv(task: &Task, outputs: &[f32], data: &Dataset) -> Vec<u8> {
    let labels = task.labels();
    let each_step = (0..data.len()).any(|row| data.targets.get(row).steps().is_some());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |row: Vec<String>| writer.write_record(row).expect("a Vec takes everything");
    let mut header = vec!["row".to_owned()];
    header.extend(each_step.then(|| "step".to_owned()));
    match task.classes() {
        Some(_) => {
            header.extend(["label", "answer", "probability"].map(str::to_owned));
            header.extend(labels.iter().map(|label| format!("probability_{label}")));
        }
        None => {
            let each =
                |name: &'static str| (0..task.outputs()).map(move |at| format!("{name}_{at}"));
            header.extend(each("asked").chain(each("answer")));
        }
    }
    write(header);
    // As precise as the outputs that they come from.
    let shown = |number: f64| format!("{:?}", number as f32);
    let mut outputs = outputs.chunks_exact(task.outputs());
    for row in 0..data.len() {
        let target = data.targets.get(row);
        let classes = target.classes().map(|class| (Some(class), &[][..]));
        let numbers = target.numbers().chunks(task.outputs()).map(|numbers| (None, numbers));
        for (step, (class, numbers)) in target.read_steps().zip(classes.chain(numbers)) {
            let outputs = outputs.next().expect("an output for each read");
            let mut cells = vec![(row + 1).to_string()];
            cells.extend(step.map(|step| (step + 1).to_string()));
            match class {
                Some(class) => {
                    let (best, shares) = (argmax(outputs), softmax(outputs));
                    cells.extend([labels[class as usize].clone(), labels[best].clone()]);
                    cells.push(shown(shares[best]));
                    cells.extend(shares.into_iter().map(shown));
                }
                None => cells.extend(numbers.iter().chain(outputs).map(|x| shown((*x).into()))),
            }
            write(cells);
        }
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
