//! Golden files of networks in both directions, with MLP heads, and with other readouts than the
//! last step.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Oracle, REFERENCE_TOLERANCE, SINGLE_TOLERANCE, numbers, training};
use rarefy::cell::Cell;
use rarefy::data::{Dataset, Scaling, Sequences, Targets};
use rarefy::network::{Activation, Architecture, Batch, Head, Input, Layout, Masks, Readout};
use safetensors::SafeTensors;

impl Oracle {
    pub fn read_network(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(path).unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let said = header.metadata().clone().unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let mut tensors: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (name, view) in file.tensors() {
            let (prefix, rest) = name.split_once('.').unwrap_or(("", &name));
            let name = match prefix {
                "param" | "grad" | "step5" => {
                    format!("{prefix}.{}", ours(rest, said["both"] == "true"))
                }
                _ => name.clone(),
            };
            tensors.insert(name, numbers(view.dtype(), view.data()));
        }

        let cell = *Cell::ALL.iter().find(|cell| name.contains(cell.name())).unwrap();
        let (outputs, depth) = (said["outputs"].parse().unwrap(), said["layers"].parse().unwrap());
        let input = match tensors.contains_key("tokens") {
            true => Input::Tokens { vocabulary: 11, embedding: 4 },
            false => Input::Series { channels: 3 },
        };
        let build = match said["both"] == "true" {
            true => Architecture::bidirectional,
            false => Architecture::stack,
        };
        let mut architecture = build(input, cell, &vec![5; depth], outputs).unwrap();
        let sizes = said["head"].split(',').filter_map(|size| size.parse().ok()).collect();
        let activation: Activation = said["activation"].parse().unwrap();
        architecture.head = Head { sizes, activation };

        let lengths: Vec<usize> = tensors["lengths"].iter().map(|&steps| steps as usize).collect();
        let count = lengths.len();
        let of = |name: &str, width: usize, column: usize, step: usize| {
            tensors[name][(step * count + column) * width..][..width].to_vec()
        };
        let rows = || (0..count).map(|column| (column, 0..lengths[column]));
        let sequences = match input {
            Input::Tokens { .. } => Sequences::Tokens(
                rows()
                    .map(|(c, steps)| steps.map(|t| of("tokens", 1, c, t)[0] as u32).collect())
                    .collect(),
            ),
            Input::Series { channels } => {
                let row = |(c, steps): (usize, std::ops::Range<usize>)| {
                    let values = steps.flat_map(|t| of("series", channels, c, t));
                    values.map(|x| x as f32).collect()
                };
                let scaling = Scaling::none(channels);
                Sequences::Series { scaling, values: rows().map(row).collect() }
            }
        };
        let readout = match said["readout"].as_str() {
            "steps" => Readout::Last,
            other => other.parse().unwrap(),
        };
        architecture.pooling = readout.pooling(Some(lengths[0])).unwrap();
        let targets = &tensors["targets"];
        let (targets, logits) = match said["readout"].as_str() {
            "steps" => {
                let label = |label: f64| (label >= 0.0).then_some(label as u32);
                let row = |(c, steps): (usize, std::ops::Range<usize>)| {
                    steps.map(|t| label(of("targets", 1, c, t)[0])).collect()
                };
                let logits = rows().flat_map(|(c, steps)| {
                    let asked = steps.filter(|&t| of("targets", 1, c, t)[0] >= 0.0);
                    asked
                        .collect::<Vec<_>>()
                        .into_iter()
                        .flat_map(|t| of("outputs", outputs, c, t))
                        .collect::<Vec<_>>()
                });
                (Targets::StepClasses(rows().map(row).collect()), logits.collect())
            }
            _ if targets.len() == count => {
                let classes = targets.iter().map(|&class| class as u32).collect();
                (Targets::Classes(classes), tensors["outputs"].clone())
            }
            _ => {
                let values = targets.iter().map(|&x| x as f32).collect();
                (Targets::Numbers { outputs, values }, tensors["outputs"].clone())
            }
        };
        tensors.insert("logits".to_owned(), logits);
        let data = Dataset { sequences, targets };
        let mut batch = Batch::new();
        batch.fill((0..count).map(|row| data.get(row)), readout);
        let is_exact = matches!(data.targets, Targets::Classes(_) | Targets::StepClasses(_))
            && matches!(input, Input::Tokens { .. });
        let tolerance = if is_exact { REFERENCE_TOLERANCE } else { SINGLE_TOLERANCE };
        let masks = Masks::none(Layout::new(&architecture).len());
        let (shown, training) = (batch.clone(), training(&said));
        Self { name, architecture, masks, batch, shown, training, tolerance, tensors }
    }
}

/// Our name of a parameter of `nn.Embedding`, a recurrent module, `nn.Sequential` or `nn.Linear`.
fn ours(name: &str, both: bool) -> String {
    if let Some(name) = name.strip_prefix("rnn.") {
        let (name, reversed) = match name.strip_suffix("_reverse") {
            Some(name) => (name, 1),
            None => (name, 0),
        };
        let (parameter, layer) = name.rsplit_once("_l").unwrap();
        let layer: usize = layer.parse().unwrap();
        let number = if both { 2 * layer + reversed } else { layer };
        return format!("recurrent.recurrent_layers.{number}.{parameter}");
    }
    match name.strip_prefix("head.").and_then(|rest| rest.split_once('.')) {
        Some((number, part)) => format!("head.{}.{part}", number.parse::<usize>().unwrap() / 2),
        None => name.to_owned(),
    }
}
