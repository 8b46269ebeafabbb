//! `rarefy prune`: set a model's smallest recurrent weights to zero, for good.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use rarefy::format::{Unpruned, check_writable};
use rarefy::prune::{Criterion, Ranking, Scope, Sparsity, prune_by, sparsity};
use serde::Serialize;

use crate::arguments::{ModelArguments, is_same_file, one_of, percent};
use crate::destination;
use crate::output::{print_json, print_text};
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy prune`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../help/prune.txt"))]
pub struct PruneArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Percent of the weights to prune, 0 to 100
    #[arg(long, value_name = "P", value_parser = percent, allow_negative_numbers = true)]
    percent: f64,
    /// Weights to prune: input-to-hidden (ih), hidden-to-hidden (hh) or both
    #[arg(long, default_value_t = Scope::Both, value_parser = one_of::<Scope>())]
    scope: Scope,
    /// Weights that compete with each other
    #[arg(long, value_parser = one_of::<Ranking>(), default_value_t)]
    ranking: Ranking,
    /// Which weights go
    #[arg(long, value_parser = one_of::<Criterion>(), default_value_t)]
    criterion: Criterion,
    /// Seed of random pruning
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// File to write the pruned model to (.safetensors)
    #[arg(long, value_name = "MODEL", value_parser = destination::file(destination::MODEL))]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    /// `null` when each layer has its own.
    threshold: Option<f32>,
    thresholds: &'a [f32],
    newly_pruned: usize,
    #[serde(flatten)]
    account: &'a Sparsity,
    model: &'a Path,
}

/// Runs `rarefy prune`.
pub fn run(arguments: &PruneArguments) -> anyhow::Result<()> {
    check_writable(&arguments.out)?;
    if is_same_file(&arguments.model.path, &arguments.out) {
        bail!(
            "--out {} is the model itself, which `rarefy recover` still needs: choose another name",
            arguments.out.display()
        );
    }
    let mut model = arguments.model.open()?;
    // What is pruned twice is still to recover what it could before the first time.
    if model.history.unpruned.is_none() {
        let path = std::path::absolute(&arguments.model.path)?;
        model.history.unpruned = Some(Unpruned { path, fingerprint: model.fingerprint() });
    }
    let PruneArguments { scope, percent, ranking, criterion, seed, .. } = *arguments;
    let scores = criterion.scores(&model.network, seed);
    let pruned = prune_by(&mut model.network, &scores, scope, percent, ranking)?;
    let account = sparsity(&model.network);
    model.write(&arguments.out)?;

    if arguments.json {
        let threshold = match pruned.thresholds[..] {
            [only] => Some(only),
            _ => None,
        };
        return print_json(&Report {
            threshold,
            thresholds: &pruned.thresholds,
            newly_pruned: pruned.newly_masked,
            account: &account,
            model: &arguments.out,
        });
    }
    let thresholds: Vec<String> = pruned.thresholds.iter().map(f32::to_string).collect();
    print_text(&format!(
        "{}threshold {}; wrote {}\n",
        table(&account).text(),
        thresholds.join(", "),
        arguments.out.display()
    ))
}

/// Each weight and its gates, then the sums.
fn table(account: &Sparsity) -> Table {
    let columns = [words("weight"), numbers("count"), numbers("pruned"), numbers("sparsity")];
    let mut table = Table::new(1, columns);
    let mut row = |name: &str, count: usize, pruned: usize| {
        let percent = 100.0 * pruned as f64 / count as f64;
        let cells = [name.to_owned(), count.to_string(), pruned.to_string()];
        table.row(cells.into_iter().chain([format!("{percent:.1} %")]));
    };
    for weight in &account.weights {
        row(weight.name.trim_start_matches("recurrent."), weight.count, weight.masked);
        if weight.gates.len() > 1 {
            for gate in &weight.gates {
                row(&format!("  {}", gate.name), gate.count, gate.masked);
            }
        }
    }
    row("input-to-hidden", account.count_ih, account.masked_ih);
    row("hidden-to-hidden", account.count_hh, account.masked_hh);
    row("all", account.count_ih + account.count_hh, account.masked_ih + account.masked_hh);
    table
}
