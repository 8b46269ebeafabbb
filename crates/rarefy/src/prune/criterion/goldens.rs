//! Scores of every criterion compared with PyTorch's, in double precision
//! (`tests/methods/README.md`).

use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors};

use super::jacobian;
use crate::cell::Cell;
use crate::data::{Dataset, Sequences, Targets};
use crate::network::{Architecture, Masks, Network, Readout, State};
use crate::prune::{Criterion, Evidence, Grain, Ranking, Scope, Scores, Selection, prune_by};

/// Tolerance relative to a tensor's largest value, for scores computed in double precision from
/// weights in single precision.
const DOUBLE: f64 = 1e-5;
/// For scores computed in single precision.
const SINGLE: f64 = 1e-4;

struct Golden {
    tensors: BTreeMap<String, Vec<f64>>,
    shapes: BTreeMap<String, Vec<usize>>,
    network: Network,
    data: Dataset<'static>,
}

impl Golden {
    fn read(cell: Cell) -> Self {
        let path =
            format!("{}/tests/methods/criteria_{cell}.safetensors", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let number = |dtype: Dtype, bytes: &[u8]| match dtype {
            Dtype::F64 => f64::from_le_bytes(bytes.try_into().unwrap()),
            Dtype::I64 => i64::from_le_bytes(bytes.try_into().unwrap()) as f64,
            other => panic!("{other:?}"),
        };
        let (mut tensors, mut shapes) = (BTreeMap::new(), BTreeMap::new());
        for (name, view) in file.tensors() {
            let values = view.data().chunks_exact(8).map(|bytes| number(view.dtype(), bytes));
            tensors.insert(name.clone(), values.collect::<Vec<f64>>());
            shapes.insert(name, view.shape().to_vec());
        }
        let architecture = Architecture::stacked(11, cell, &[6, 5], 3).unwrap();
        let mut input = architecture.input;
        if let crate::network::Input::Tokens { embedding, .. } = &mut input {
            *embedding = 4;
        }
        let architecture = Architecture { input, ..architecture };
        let mut parameters: Vec<f32> = Vec::new();
        let mut take = |name: &str| parameters.extend(tensors[name].iter().map(|&x| x as f32));
        take("param.embedding");
        for layer in 0..2 {
            for of in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] {
                take(&format!("param.layers.{layer}.{of}"));
            }
        }
        take("param.out.weight");
        take("param.out.bias");
        let masks = Masks::none(parameters.len());
        let network = Network::new(architecture, parameters, masks);
        let columns = shapes["tokens"][1];
        let column = |b: usize| tensors["tokens"].iter().skip(b).step_by(columns);
        let sequences = (0..columns).map(|b| column(b).map(|&token| token as u32).collect());
        let targets = tensors["targets"].iter().map(|&class| class as u32);
        let data = Dataset {
            sequences: Sequences::Tokens(sequences.collect()),
            targets: Targets::Classes(targets.collect()),
        };
        Self { tensors, shapes, network, data }
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence { sequences: &self.data, readout: Readout::Last }
    }

    /// Checks that the scores of all recurrent weights equal those of `key`.
    fn check(&self, key: &str, scores: &Scores, tolerance: f64) {
        for (layer, weight) in self.network.layout().weights().enumerate() {
            let part = ["weight_ih", "weight_hh"][layer % 2];
            let name = format!("{key}.layers.{}.{part}", weight.layer);
            let golden = &self.tensors[&name];
            let largest = golden.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
            for (at, (ours, golden)) in scores.values[weight.range].iter().zip(golden).enumerate() {
                let error = (ours - golden).abs();
                assert!(error <= tolerance * largest, "{name}[{at}]: {ours}, {golden}");
            }
        }
    }

    /// The dummies of the Jacobian criterion for the block of `layer`.
    fn dummies(&self, layer: usize) -> Vec<(Vec<f64>, State<f64>)> {
        let [inputs, states] = ["input", "state"].map(|of| format!("dummy.layers.{layer}.{of}"));
        let (width, state) = (self.shapes[&inputs][1], self.shapes[&states][1]);
        let units = self.network.layout().layers[layer][0].hidden;
        let rows = self.tensors[&inputs].chunks(width).zip(self.tensors[&states].chunks(state));
        let dummy = |(input, state): (&[f64], &[f64])| {
            let memory = if state.len() > units { &state[units..] } else { &state[..units] };
            (input.to_vec(), State { hidden: state[..units].to_vec(), memory: memory.to_vec() })
        };
        rows.map(dummy).collect()
    }
}

#[test]
fn scores_are_pytorchs() {
    let criteria = [
        (Criterion::Magnitude, DOUBLE),
        (Criterion::Snip, SINGLE),
        (Criterion::Grasp, DOUBLE),
        (Criterion::Movement, SINGLE),
        (Criterion::Wanda, DOUBLE),
        (Criterion::Obs, DOUBLE),
    ];
    for cell in Cell::ALL {
        let golden = Golden::read(cell);
        for (criterion, tolerance) in criteria {
            let evidence = Some(golden.evidence());
            let scores = criterion.scores(&golden.network, Ranking::Global, evidence, 0).unwrap();
            golden.check(criterion.name(), &scores, tolerance);
        }
        let mut layer = 0;
        let scores = jacobian::scores_with(&golden.network, golden.evidence(), |_| {
            layer += 1;
            golden.dummies(layer - 1)
        });
        golden.check(Criterion::Jacobian.name(), &scores, DOUBLE);
    }
}

/// Compares what both define alike: single weights of a matrix by magnitude, the number of random
/// ones, and whole rows, which equal units if the unit has no other weights.
#[test]
fn masks_are_those_of_torchs_pruning() {
    let goldens = include_str!("../../../tests/methods/torch_prune.json");
    let goldens: serde_json::Value = serde_json::from_str(goldens).unwrap();
    let mut compared = 0;
    for cell in Cell::ALL {
        let Golden { network, .. } = Golden::read(cell);
        for amount in ["0.3", "0.5", "0.8"] {
            let percent = 100.0 * amount.parse::<f64>().unwrap();
            let pruned = |network: &Network, criterion, ranking, grain| {
                let both = Selection::new(Scope::Both, percent);
                let selection = Selection { criterion, ranking, grain, ..both };
                let scores = selection.scores(network, None, 0).unwrap();
                let mut network = network.clone();
                prune_by(&mut network, &scores, &selection).unwrap();
                network
            };
            let [smallest, random] = [Criterion::Magnitude, Criterion::Random]
                .map(|by| pruned(&network, by, Ranking::Matrix, Grain::Weight));
            for (at, weight) in network.layout().weights().enumerate() {
                let part = ["weight_ih", "weight_hh"][at % 2];
                let golden =
                    &goldens[cell.name()][format!("layers.{}.{part}", weight.layer)][amount];
                let mask =
                    |of: &str| -> Vec<u8> { serde_json::from_value(golden[of].clone()).unwrap() };
                let ours = |network: &Network| -> Vec<u8> {
                    let kept = network.masks().kept_in(weight.range.clone());
                    kept.into_iter().map(u8::from).collect()
                };
                // At 4.5, torch rounds to the even 4, and rarefy to 5.
                let half = (weight.range.len() as f64 * percent / 100.0).fract() == 0.5;
                if !half {
                    assert_eq!(ours(&smallest), mask("l1_unstructured"), "{cell} {part} {amount}");
                    let left = ours(&random).iter().filter(|&&kept| kept == 1).count();
                    assert_eq!(left as u64, golden["random_count"].as_u64().unwrap());
                    compared += 1;
                }
                if cell.gates() > 1 || weight.layer > 0 || part == "weight_hh" {
                    continue;
                }
                // A single layer, of which only the input weights are not zero.
                let architecture = Architecture::stacked(11, cell, &[6], 3).unwrap();
                let input = network.architecture().input;
                let mut alone = Network::initialise(Architecture { input, ..architecture }, 0);
                let place = alone.layout().layers[0][0].weight_ih.clone();
                alone.update(|parameters| {
                    parameters.fill(0.0);
                    let values = &network.parameters()[weight.range.clone()];
                    parameters[place.clone()].copy_from_slice(values);
                });
                let units = pruned(&alone, Criterion::Magnitude, Ranking::Global, Grain::Unit);
                let kept = units.masks().kept_in(place);
                let kept: Vec<u8> = kept.into_iter().map(u8::from).collect();
                assert_eq!(kept, mask("ln_structured"), "{cell} {amount}");
            }
        }
    }
    assert!(compared >= 40, "{compared}");
}
