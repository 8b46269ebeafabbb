//! `rarefy shrink`: remove units without use from a model.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use rarefy::format::check_writable;
use rarefy::prune::sparsity;
use serde::Serialize;

use crate::arguments::{ModelArguments, in_floats, is_same_file};
use crate::destination;
use crate::output::{note, print_json, print_text};
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy shrink`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../help/shrink.txt"))]
pub struct ShrinkArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// File to write the smaller model to (.safetensors)
    #[arg(long, value_name = "MODEL", value_parser = destination::file(destination::MODEL))]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    layers: Vec<Layer>,
    parameters_before: usize,
    parameters_after: usize,
    /// Sparsity of the recurrent weights of the smaller model: the share that is masked.
    sparsity: f64,
    model: &'a Path,
}

#[derive(Serialize)]
struct Layer {
    units_before: usize,
    units_after: usize,
    /// Indices of the remaining units in the original layer.
    units: Vec<usize>,
}

/// Runs `rarefy shrink`.
pub fn run(arguments: &ShrinkArguments) -> anyhow::Result<()> {
    check_writable(&arguments.out)?;
    if is_same_file(&arguments.model.path, &arguments.out) {
        bail!("--out {} is the model itself: choose another name", arguments.out.display());
    }
    let mut model = arguments.model.open()?;
    in_floats(&mut model);
    let (network, left) = model.network.shrink();
    let sizes = model.network.architecture().layers.iter().map(|layer| layer.size);
    let layers: Vec<Layer> = sizes
        .zip(left)
        .map(|(before, units)| Layer { units_before: before, units_after: units.len(), units })
        .collect();
    let parameters_before = model.network.parameters().len();
    model.network = network;
    model.write(&arguments.out)?;
    let report = Report {
        parameters_before,
        parameters_after: model.network.parameters().len(),
        sparsity: sparsity(&model.network).sparsity,
        model: &arguments.out,
        layers,
    };
    if report.layers.iter().all(|layer| layer.units_before == layer.units_after) {
        note(
            "every unit is needed: the model stays as it is. `rarefy prune --grain unit` prunes \
             whole units",
        );
    }
    if arguments.json {
        return print_json(&report);
    }
    let columns = [words("layer"), numbers("units before"), numbers("units after")];
    let mut table = Table::new(1, columns);
    for (number, Layer { units_before, units_after, .. }) in report.layers.iter().enumerate() {
        table.row([number.to_string(), units_before.to_string(), units_after.to_string()]);
    }
    print_text(&format!(
        "{}{} parameters instead of {}, {:.1} % of the recurrent weights masked; wrote {}\n",
        table.text(),
        report.parameters_after,
        report.parameters_before,
        100.0 * report.sparsity,
        arguments.out.display()
    ))
}
