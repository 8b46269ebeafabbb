//! A study of many short trials.

/// 20 base models and 180 prunings, which take some hundredths of a second each.
pub const STUDY: &str = "
[data]
reber = { count = 1200 }
[base]
layers = [12, 12]
epochs = 2
retrain_epochs = 1
[axes]
seed = { from = 0, to = 9 }
cell = ['rnn_tanh', 'gru']
scope = ['both', 'ih', 'hh']
percent = [50, 80, 90]
";
/// The number of its trials.
pub const TRIALS: usize = 200;
