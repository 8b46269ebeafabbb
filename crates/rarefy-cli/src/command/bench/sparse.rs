//! `rarefy bench sparse`: the speed of a pruned network, compared with a dense one of its size.

use std::num::NonZeroUsize;

use clap::Args;
use rarefy::bench::{BreakEven, Pair, SparseSteps, StepCosts, instruction_set};
use serde_json::json;

use crate::arguments::{CellsArguments, RunArguments, at_least_one, percent};
use crate::output::{print_json, print_text};
use crate::progress::Progress;
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy bench sparse`.
#[derive(Debug, Args)]
#[command(mut_arg("cells", |cells| {
    cells.default_value("gru,lstm").hide_default_value(false).help("Recurrent cells")
}), after_help = include_str!("../../help/bench_sparse.txt"))]
pub struct BenchSparseArguments {
    #[command(flatten)]
    cells: CellsArguments,
    /// Units per layer
    #[arg(long, value_delimiter = ',', value_name = "N,...", default_value = "50,128,256,512,1024", value_parser = at_least_one)]
    hidden: Vec<NonZeroUsize>,
    /// Percentages of the recurrent weights to prune
    #[arg(long, value_delimiter = ',', value_name = "P,...", default_value = "0,50,70,80,90,95,99", value_parser = percent)]
    sparsity: Vec<f64>,
    /// Sequences in a training batch
    #[arg(long, value_name = "N", default_value = "32", value_parser = at_least_one)]
    batch: NonZeroUsize,
    /// Numbers of threads to train with
    #[arg(long, value_delimiter = ',', value_name = "N,...", default_value = "1", value_parser = at_least_one)]
    jobs: Vec<NonZeroUsize>,
    #[command(flatten)]
    run: RunArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy bench sparse`.
pub fn run(arguments: &BenchSparseArguments) -> anyhow::Result<()> {
    let [hidden, jobs] = [&arguments.hidden, &arguments.jobs]
        .map(|all| all.iter().map(|one| one.get()).collect::<Vec<_>>());
    let work = SparseSteps {
        cells: &arguments.cells.cells,
        hidden: &hidden,
        sparsity: &arguments.sparsity,
        batch: arguments.batch.get(),
        jobs: &jobs,
        seed: arguments.run.seed,
    };
    let progress = Progress::new("network", work.count(), work.cost(), arguments.run.quiet);
    let measured = work.measure(|cost| progress.advance(1, cost))?;
    drop(progress);
    let break_even = work.break_even(&measured);
    if arguments.json {
        let rows: Vec<_> = measured.iter().flat_map(StepCosts::rows).collect();
        let set = instruction_set();
        return print_json(&json!({
            "instruction_set": set, "rows": rows, "break_even": break_even
        }));
    }
    let mut text = "training step\n".to_owned();
    text += &training_table(&measured).text();
    text += "\nstreaming step\n";
    text += &streaming_table(&measured, jobs[0]).text();
    text += "\nbreak-even, pruned %\n";
    text += &break_even_table(&break_even).text();
    print_text(&(text + &format!("streaming on one core, {}\n", instruction_set())))
}

fn break_even_table(found: &[BreakEven]) -> Table {
    let columns = [
        words("cell"),
        numbers("hidden"),
        numbers("threads"),
        numbers("training"),
        numbers("streaming"),
    ];
    let mut table = Table::new(3, columns);
    for BreakEven { cell, hidden, jobs, training, streaming } in found {
        let [training, streaming] = [training, streaming]
            .map(|percent| percent.map_or("none".to_owned(), |percent| percent.to_string()));
        let keys = [cell.to_string(), hidden.to_string(), jobs.to_string()];
        table.row(keys.into_iter().chain([training, streaming]));
    }
    table
}

fn training_table(measured: &[StepCosts]) -> Table {
    let columns = [
        words("cell"),
        numbers("hidden"),
        numbers("pruned %"),
        numbers("threads"),
        numbers("dense, ms"),
        numbers("sparse, ms").tied(),
        numbers("faster").tied(),
        numbers("RigL, faster"),
        numbers("SET, faster").tied(),
    ];
    let mut table = Table::new(4, columns);
    for one in measured {
        let moving = one.moving.map(|pair| match pair {
            Some(pair) => faster(pair),
            None => "-".to_owned(),
        });
        let [dense, sparse] =
            [one.training.dense, one.training.sparse].map(|time| format!("{:.2}", 1e3 * time));
        let keys = [
            one.cell.to_string(),
            one.hidden.to_string(),
            one.sparsity.to_string(),
            one.jobs.to_string(),
        ];
        table.row(keys.into_iter().chain([dense, sparse, faster(one.training)]).chain(moving));
    }
    table
}

/// Of a step, microseconds; of weights, KiB; of several threads, the first number only, since one
/// streams.
fn streaming_table(measured: &[StepCosts], jobs: usize) -> Table {
    let columns = [
        words("cell"),
        numbers("hidden"),
        numbers("pruned %"),
        numbers("dense, us"),
        numbers("sparse").tied(),
        numbers("faster").tied(),
        numbers("blocks"),
        numbers("int8").tied(),
        numbers("int8 blocks").tied(),
        numbers("faster").tied(),
        numbers("reading, us:\ndense"),
        numbers("sparse").tied(),
        numbers("weights, KiB:\ndense"),
        numbers("sparse").tied(),
        numbers("int8 blocks").tied(),
    ];
    let mut table = Table::new(3, columns);
    for one in measured.iter().filter(|one| one.jobs == jobs) {
        let time = |seconds: f64| format!("{:.1}", 1e6 * seconds);
        let bytes = |bytes: usize| format!("{:.0}", bytes as f64 / 1024.0);
        let StepCosts { streaming, reading, variants, .. } = one;
        let variant =
            |at: usize| variants[at].map_or("-".to_owned(), |variant| time(variant.step.sparse));
        let keys = [one.cell.to_string(), one.hidden.to_string(), one.sparsity.to_string()];
        let figures = [
            time(streaming.dense),
            time(streaming.sparse),
            faster(*streaming),
            variant(0),
            variant(1),
            variant(2),
            variants[2].map_or("-".to_owned(), |variant| faster(variant.step)),
            time(reading.dense),
            time(reading.sparse),
            bytes(one.streaming_bytes[0]),
            bytes(one.streaming_bytes[1]),
            variants[2].map_or("-".to_owned(), |variant| bytes(variant.bytes)),
        ];
        table.row(keys.into_iter().chain(figures));
    }
    table
}

fn faster(pair: Pair) -> String {
    format!("{:.2}x", pair.speedup())
}
