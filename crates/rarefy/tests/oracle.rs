//! Both implementations of the network compared with golden numbers from PyTorch (double
//! precision): logits, gradients, and five training steps. Initial weights compared with PyTorch's
//! and Keras's. See oracle/README.md.

#[path = "oracle/initial.rs"]
mod initial;
#[path = "oracle/networks.rs"]
mod networks;
#[path = "oracle/text.rs"]
mod text;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use num_traits::Float;
use rarefy::cell::Cell;
use rarefy::data::{Dataset, Scaling, Sequences, Targets};
use rarefy::network::{
    Architecture, Batch, Block, Engine, Head, Input, Layer, Layout, Masks, Network, Pooling,
    Readout, Reads, Reference, Source,
};
use rarefy::random::Stream;
use rarefy::train::{ClipBy, Descent, Objective, Trainer, Training, clip_global_norm, clip_values};
use safetensors::{Dtype, SafeTensors};

/// Both in double precision: only the order of sums differs.
const REFERENCE_TOLERANCE: f64 = 1e-9;
/// The same for series and numeric targets, which a batch holds in single precision.
const SINGLE_TOLERANCE: f64 = 1e-6;
/// Single precision through up to nine steps and five updates.
const FAST_TOLERANCE: f64 = 2e-4;

/// Smaller numbers are compared as if they had this size. If all of a tensor is tiny, both sides
/// hold only the rounding errors of much larger numbers.
const SMALLEST_SCALE: f64 = 1e-6;

const VOCABULARY: usize = 11;
const CLASSES: usize = 3;

/// One golden file.
struct Oracle {
    name: String,
    architecture: Architecture,
    masks: Masks,
    batch: Batch,
    /// The same sequences, with a read wherever there is a golden output.
    shown: Batch,
    training: Training,
    /// The tolerance of the reference.
    tolerance: f64,
    tensors: BTreeMap<String, Vec<f64>>,
}

impl Oracle {
    fn read(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(path).unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let metadata = header.metadata().clone().unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let tensors: BTreeMap<String, Vec<f64>> = file
            .tensors()
            .into_iter()
            .map(|(name, view)| (name, numbers(view.dtype(), view.data())))
            .collect();
        let cell = *Cell::ALL.iter().find(|cell| name.contains(cell.name())).unwrap();
        let architecture = match metadata.get("layers") {
            None => Architecture::stacked(VOCABULARY, cell, &[5, 7, 6], CLASSES).unwrap(),
            Some(layers) => wired(cell, layers, &metadata["skip_layers"]),
        };
        let shape = file.tensor("tokens").unwrap().shape().to_vec();
        let batch = batch(&tensors["tokens"], &tensors["targets"], shape[1]);
        let layout = Layout::new(&architecture);
        let masked = layout.mask_names().into_iter().flat_map(|(name, weight)| {
            let mask = tensors.get(&format!("param.{name}")).cloned().unwrap_or_default();
            let zeros =
                move |(at, keep): (usize, f64)| (keep == 0.0).then_some(weight.range.start + at);
            mask.into_iter().enumerate().filter_map(zeros)
        });
        let masks = Masks::at(layout.len(), masked.collect());
        let training = training(&metadata);
        let tolerance = REFERENCE_TOLERANCE;
        let shown = batch.clone();
        Self { name, architecture, masks, shown, batch, training, tolerance, tensors }
    }

    /// Other training steps of the network of another file.
    fn read_steps(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let metadata = header.metadata().clone().unwrap();
        let network = format!("{}.safetensors", metadata["network"]);
        let mut oracle = Self::read(&path.parent().unwrap().with_file_name(network));
        for (name, view) in SafeTensors::deserialize(&bytes).unwrap().tensors() {
            oracle.tensors.insert(name, numbers(view.dtype(), view.data()));
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        Self { name, training: training(&metadata), ..oracle }
    }

    /// A golden file of a network whose targets are classes at each step, or numbers.
    fn read_task(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(path).unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let training = training(header.metadata().as_ref().unwrap());
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let by_steps = name.starts_with("steps");
        let cell = *Cell::ALL.iter().find(|cell| name.contains(cell.name())).unwrap();
        let (input, outputs) = match by_steps {
            true => (Input::Tokens { vocabulary: VOCABULARY, embedding: 4 }, VOCABULARY),
            false => (Input::Series { channels: 3 }, 2),
        };
        let architecture = Architecture::stack(input, cell, &[6, 5], outputs).unwrap();
        let layout = Layout::new(&architecture);

        // The networks consist of modules of one layer each.
        let names = layout.weight_names().into_iter().map(|(name, _)| name);
        let mut renamed: BTreeMap<String, String> = BTreeMap::new();
        for (at, name) in names.enumerate().filter(|(at, _)| at % 2 == 0) {
            let block = name.strip_suffix(".weight_ih").unwrap();
            for parameter in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] {
                let module = format!("rnn.{}.{parameter}_l0", at / 2);
                renamed.insert(module, format!("{block}.{parameter}"));
            }
        }
        let mut tensors: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (name, view) in file.tensors() {
            let (prefix, rest) = name.split_once('.').unwrap_or(("", &name));
            let name = renamed.get(rest).map_or(name.clone(), |name| format!("{prefix}.{name}"));
            tensors.insert(name, numbers(view.dtype(), view.data()));
        }
        let masked = layout.weight_names().into_iter().flat_map(|(name, weight)| {
            let mask = tensors.get(&format!("mask.{name}")).cloned().unwrap_or_default();
            let zeros =
                move |(at, keep): (usize, f64)| (keep == 0.0).then_some(weight.range.start + at);
            mask.into_iter().enumerate().filter_map(zeros)
        });
        let masks = Masks::at(layout.len(), masked.collect());

        let lengths: Vec<usize> =
            tensors["lengths"].iter().map(|&length| length as usize).collect();
        let count = lengths.len();
        // The values at one step of a sequence, in a tensor `[T][B][width]`.
        let of = |name: &str, width: usize, column: usize, step: usize| {
            tensors[name][(step * count + column) * width..][..width].to_vec()
        };
        let steps = |column: usize| 0..lengths[column];
        let sequences = match by_steps {
            true => Sequences::Tokens(
                (0..count)
                    .map(|column| {
                        steps(column).map(|t| of("tokens", 1, column, t)[0] as u32).collect()
                    })
                    .collect(),
            ),
            false => Sequences::Series {
                scaling: Scaling::none(3),
                values: (0..count)
                    .map(|column| {
                        let numbers = steps(column).flat_map(|t| of("series", 3, column, t));
                        numbers.map(|x| x as f32).collect()
                    })
                    .collect(),
            },
        };
        let label = |column, t| {
            let label = of("targets", 1, column, t)[0];
            (label >= 0.0).then_some(label as u32)
        };
        let targets = match by_steps {
            true => Targets::StepClasses(
                (0..count)
                    .map(|column| steps(column).map(|t| label(column, t)).collect())
                    .collect(),
            ),
            false => {
                let values = tensors["targets"].iter().map(|&x| x as f32).collect();
                Targets::Numbers { outputs: 2, values }
            }
        };
        let everywhere =
            (0..count).map(|column| vec![0.0; outputs * lengths[column]]).collect::<Vec<_>>();
        let everywhere = Targets::StepNumbers { outputs, values: everywhere };
        let [batch, shown] = [targets, everywhere].map(|targets| {
            let data = Dataset { sequences: sequences.clone(), targets };
            let mut batch = Batch::new();
            batch.fill((0..count).map(|row| data.get(row)), Readout::Last);
            batch
        });
        let logits = shown.reads().iter();
        let logits = logits.flat_map(|read| of("outputs", outputs, read.column, read.step));
        let logits = logits.collect();
        tensors.insert("logits".to_owned(), logits);
        let tolerance = if by_steps { REFERENCE_TOLERANCE } else { SINGLE_TOLERANCE };
        Self { name, architecture, masks, batch, shown, training, tolerance, tensors }
    }

    /// The numbers named `{prefix}{parameter}`, in the layout's order. Pruned weights keep their
    /// value in these files; rarefy's masks set them to zero.
    fn parameters(&self, prefix: &str) -> Vec<f64> {
        let layout = Layout::new(&self.architecture);
        let mut values: Vec<f64> = layout
            .parameter_names()
            .iter()
            .flat_map(|named| {
                let values = &self.tensors[&format!("{prefix}{}", named.name)];
                assert_eq!(values.len(), named.range.len(), "{}: {}", self.name, named.name);
                values.clone()
            })
            .collect();
        self.masks.apply(&mut values);
        values
    }

    fn assert_close<F: Float>(&self, what: &str, ours: &[F], golden: &[f64], tolerance: f64) {
        assert_eq!(ours.len(), golden.len(), "{}: {what}", self.name);
        // Relative to the largest golden number, so that zeros are compared as well.
        let scale = golden.iter().fold(SMALLEST_SCALE, |largest, x| largest.max(x.abs()));
        for (at, (ours, golden)) in ours.iter().zip(golden).enumerate() {
            let ours = ours.to_f64().unwrap();
            let error = (ours - golden).abs() / scale;
            assert!(
                error <= tolerance,
                "{}: {what}[{at}] is {ours}, PyTorch says {golden} (error {error:e})",
                self.name
            );
        }
    }

    /// Compares tensor by tensor, so that errors of a small tensor are not hidden by the large
    /// numbers of another.
    fn assert_tensors_close<F: Float>(&self, prefix: &str, ours: &[F], tolerance: f64) {
        let golden = self.parameters(prefix);
        for named in Layout::new(&self.architecture).parameter_names() {
            let what = format!("{prefix}{}", named.name);
            self.assert_close(&what, &ours[named.range.clone()], &golden[named.range], tolerance);
        }
    }

    fn scalar(&self, name: &str) -> f64 {
        self.tensors[name][0]
    }
}

/// What a golden file's metadata say of its training steps; those of Adam say only `clip`.
fn training(metadata: &HashMap<String, String>) -> Training {
    let number = |key: &str| metadata.get(key).map(|text| text.parse().unwrap());
    let usual = Training::default();
    let training = Training {
        learning_rate: number("lr").unwrap_or(usual.learning_rate),
        clip: number("clip").unwrap(),
        clip_by: metadata.get("clip_by").map_or(usual.clip_by, |name| name.parse().unwrap()),
        optimizer: metadata.get("optimizer").map_or(usual.optimizer, |name| name.parse().unwrap()),
        weight_decay: number("weight_decay").unwrap_or(usual.weight_decay),
        momentum: number("momentum").unwrap_or(usual.momentum),
        ..usual
    };
    training.check().unwrap();
    training
}

fn numbers(dtype: Dtype, data: &[u8]) -> Vec<f64> {
    match dtype {
        Dtype::F64 => {
            data.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect()
        }
        Dtype::I64 => {
            data.chunks_exact(8).map(|b| i64::from_le_bytes(b.try_into().unwrap()) as f64).collect()
        }
        Dtype::U8 => data.iter().map(|&b| f64::from(b)).collect(),
        other => panic!("no golden file holds {other:?}"),
    }
}

fn batch(tokens: &[f64], targets: &[f64], count: usize) -> Batch {
    let strings: Vec<Vec<u32>> = (0..count)
        .map(|column| tokens.iter().skip(column).step_by(count).map(|&t| t as u32).collect())
        .collect();
    let mut batch = Batch::new();
    let strings = strings.iter().zip(targets);
    batch.fill(strings.map(|(tokens, &target)| (&tokens[..], target as u32)), Readout::Padded);
    batch
}

/// A network made from a graph: each layer has one block that reads the layer before it, and one
/// more per skip connection.
fn wired(cell: Cell, layers: &str, skips: &str) -> Architecture {
    let layers: Vec<Vec<usize>> = serde_json::from_str(layers).unwrap();
    let skips: Vec<(usize, usize)> = serde_json::from_str(skips).unwrap();
    let layer = |(index, nodes): (usize, &Vec<usize>)| {
        let below = index.checked_sub(1).map_or(Source::Input, Source::Layer);
        let skips = skips.iter().filter(|(_, target)| *target == index);
        let sources = [below].into_iter().chain(skips.map(|(source, _)| Source::Layer(*source)));
        Layer {
            size: nodes.len(),
            blocks: sources.map(|source| Block::new(source, cell)).collect(),
            reversed: false,
        }
    };
    let embedding = layers[0].len();
    let layers = layers.iter().enumerate().map(layer).collect();
    let reads = Reads::LastLayer;
    let input = Input::Tokens { vocabulary: VOCABULARY, embedding };
    let (pooling, head) = (Pooling::Last, Head::default());
    Architecture { input, layers, reads, pooling, head, classes: CLASSES }
}

fn oracles() -> Vec<Oracle> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
    let files = |folder: &Path, count: usize| {
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "safetensors"))
            .collect();
        paths.sort();
        assert_eq!(paths.len(), count, "golden files are missing");
        paths
    };
    let tasks = files(&folder.join("tasks"), 16);
    let tasks = tasks.iter().map(|path| Oracle::read_task(path));
    let networks = files(&folder.join("networks"), 8);
    let networks = networks.iter().map(|path| Oracle::read_network(path));
    let steps = files(&folder.join("optimizers"), 5);
    let steps = steps.iter().map(|path| Oracle::read_steps(path));
    let stacks = files(&folder, 20);
    let stacks = stacks.iter().map(|path| Oracle::read(path));
    stacks.chain(tasks).chain(networks).chain(steps).collect()
}

#[test]
fn the_reference_computes_what_pytorch_does_in_double_precision() {
    for oracle in oracles() {
        let tolerance = oracle.tolerance;
        let reference = Reference::new(&oracle.architecture);
        let mut parameters = oracle.parameters("param.");
        let logits = reference.forward(&parameters, &oracle.shown);
        oracle.assert_close("logits", &logits, &oracle.tensors["logits"], tolerance);
        let training = &oracle.training;
        let mut descent = Descent::new(parameters.len(), training);
        let objective = Objective::new(oracle.batch.targets(), None);
        let mut doutputs = Vec::new();
        for step in 1..=5 {
            let outputs = reference.forward(&parameters, &oracle.batch);
            let reads = 0..oracle.batch.reads().len();
            let loss = objective.differentiate(&outputs, reads, &mut doutputs).mean();
            let mut gradient = reference.backward(&parameters, &oracle.batch, &doutputs);
            oracle.masks.apply(&mut gradient);
            if step == 1 {
                oracle.assert_tensors_close("grad.", &gradient, tolerance);
            }
            // Measured only, whatever clips.
            let norm = clip_global_norm(&mut gradient, f64::INFINITY);
            match training.clip_by {
                ClipBy::Norm => _ = clip_global_norm(&mut gradient, training.clip),
                ClipBy::Value => clip_values(&mut gradient, training.clip),
            }
            descent.step(&mut parameters, &gradient);
            let golden = [
                oracle.scalar(&format!("step{step}.loss")),
                oracle.scalar(&format!("step{step}.grad_norm")),
            ];
            oracle.assert_close(
                &format!("loss and norm of step {step}"),
                &[loss, norm],
                &golden,
                tolerance,
            );
        }
        oracle.assert_tensors_close("step5.", &parameters, tolerance);
    }
}

#[test]
fn the_engine_computes_what_pytorch_does() {
    for oracle in oracles() {
        let tolerance = FAST_TOLERANCE;
        let parameters = oracle.parameters("param.").iter().map(|&p| p as f32).collect();
        let network = Network::new(oracle.architecture.clone(), parameters, oracle.masks.clone());

        let mut engine = Engine::new(&network);
        let parameters = engine.packing().pack(network.parameters());
        let logits = engine.forward(&parameters, &oracle.shown).to_vec();
        oracle.assert_close("logits", &logits, &oracle.tensors["logits"], tolerance);
        let objective = Objective::new(oracle.batch.targets(), None);
        let mut packed = vec![f32::NAN; parameters.len()];
        engine.gradient(&parameters, &oracle.batch, &mut packed, |outputs, reads, d| {
            objective.differentiate(outputs, reads, d);
        });
        let mut gradient = vec![0.0; network.layout().len()];
        engine.packing().unpack(&packed, &mut gradient);
        oracle.assert_tensors_close("grad.", &gradient, tolerance);

        let mut trainer = Trainer::new(network, oracle.training.clone(), Stream::new(0, "unused"));
        for step in 1..=5 {
            let loss = trainer.step(&oracle.batch).mean();
            let golden = oracle.scalar(&format!("step{step}.loss"));
            oracle.assert_close(&format!("loss of step {step}"), &[loss], &[golden], tolerance);
        }
        let [mean, square] = trainer.moments();
        let trained = trainer.network().parameters();
        oracle.assert_tensors_close("step5.", trained, tolerance);
        for place in oracle.masks.masked_in(0..trained.len()) {
            assert_eq!(
                [trained[*place], mean[*place], square[*place]],
                [0.0; 3],
                "{}",
                oracle.name
            );
        }
    }
}
