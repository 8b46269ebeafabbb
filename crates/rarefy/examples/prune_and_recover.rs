//! Train a GRU on strings of the Reber grammar, prune it, and count the epochs until it is as
//! good as before.
//!
//!     cargo run --release --example prune_and_recover

use std::error::Error;

use rarefy::cell::Cell;
use rarefy::data::{Corpus, ReberSettings, generate};
use rarefy::prune::{Scope, sparsity};
use rarefy::recipe::Recipe;
use rarefy::train::Training;

/// Runs the example. A test runs it, too.
pub fn main() -> Result<(), Box<dyn Error>> {
    let corpus =
        Corpus::try_from(generate(&ReberSettings { count: 3_000, ..ReberSettings::default() })?)?;
    // A fifth of the training strings is held out and decides when the network has recovered.
    let recipe = Recipe::new(Cell::Gru, &[20, 20])
        .training(Training { learning_rate: 3e-3, ..Training::default() })
        .hold_out(0.2)
        .train(6)
        .prune(Scope::Both, 80.0)
        .retrain(3);
    let run = recipe.run(&corpus, 0, |epoch| println!("epoch {}: {}", epoch.epoch, epoch.test))?;
    println!("{:.0} % of its weights are gone", 100.0 * sparsity(&run.model.network).sparsity);
    match run.epochs_to_recover {
        Some(epochs) => println!("as good as before after {epochs} epochs of retraining"),
        None => println!("not as good as before"),
    }
    Ok(())
}
