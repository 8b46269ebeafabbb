//! Train a GRU on strings of the Reber grammar, prune it, and count the epochs until it is as
//! good as before.
//!
//!     cargo run --release --example prune_and_recover

use std::error::Error;

use rarefy::cell::Cell;
use rarefy::data::{Corpus, ReberSettings, generate};
use rarefy::network::{Architecture, Input, Network};
use rarefy::prune::{Ranking, Scope, prune, sparsity};
use rarefy::random::Stream;
use rarefy::train::{Judge, Strings, Trainer, Training, epochs_to_recover, fit, hold_out};

/// Runs the example; a test does, too.
pub fn main() -> Result<(), Box<dyn Error>> {
    let data = generate(&ReberSettings { count: 3_000, ..ReberSettings::default() })?;
    let corpus = Corpus::try_from(data)?;
    // A fifth of the training strings, never trained on, says when the network has recovered.
    let (train, validation) = hold_out(&corpus.train, 0.2, 0);
    let strings = Strings { train: &train, validation: Some(&validation), test: &corpus.test };

    let input = Input::of(&corpus.encoding, 20);
    let classes = corpus.labels.names().len();
    let architecture = Architecture::stack(input, Cell::Gru, &[20, 20], classes)?;
    let training = Training { learning_rate: 3e-3, ..Training::default() };
    let shuffle = Stream::new(0, "shuffle");
    let mut trainer = Trainer::new(Network::initialise(architecture, 0), training.clone(), shuffle);
    let result = fit(&mut trainer, &training, strings, 6, false, |_| ());
    let unpruned = result.epochs.last().ok_or("training diverged")?;
    let before = unpruned.judged(Judge::Validation).accuracy();
    println!("unpruned: validation {before:.3}, test {:.3}", unpruned.test.accuracy());

    let mut network = trainer.into_network();
    prune(&mut network, Scope::Both, 80.0, Ranking::Global)?;
    let account = sparsity(&network);
    println!("pruned: {} of {} input weights", account.masked_ih, account.count_ih);
    println!("        {} of {} hidden weights", account.masked_hh, account.count_hh);

    // Retraining is training of a network that has masks: what is masked stays 0.
    let shuffle = Stream::new(0, "retraining shuffle");
    let mut trainer = Trainer::new(network, training.clone(), shuffle);
    let result = fit(&mut trainer, &training, strings, 3, true, |epoch| {
        let accuracy = epoch.judged(Judge::Validation).accuracy();
        println!("after {} epochs of retraining: validation {accuracy:.3}", epoch.epoch);
    });
    match epochs_to_recover(&result.epochs, Judge::Validation, before, 0.01) {
        Some(epochs) => println!("as good as before after {epochs}"),
        None => println!("not as good as before"),
    }
    Ok(())
}
