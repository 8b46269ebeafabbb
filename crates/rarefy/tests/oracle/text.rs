//! Language models of a running text, trained by truncated back-propagation through time, compared
//! with PyTorch.

use std::collections::BTreeMap;
use std::path::Path;

use super::{FAST_TOLERANCE, numbers};
use rarefy::cell::Cell;
use rarefy::data::{Dataset, Sequences, Targets};
use rarefy::network::{Architecture, Input, Layout, Masks, Network, Readout};
use rarefy::random::Stream;
use rarefy::train::{Evaluator, Merit, Trainer, Training};
use safetensors::SafeTensors;

#[test]
fn a_running_text_is_learnt_as_in_pytorch_and_its_state_goes_on() {
    for (cell, file) in [(Cell::Gru, "gru"), (Cell::Lstm, "lstm")] {
        let path = format!("tests/oracle/text/{file}.safetensors");
        let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        let tensors: BTreeMap<String, Vec<f64>> = SafeTensors::deserialize(&bytes)
            .unwrap()
            .tensors()
            .into_iter()
            .map(|(name, view)| (name, numbers(view.dtype(), view.data())))
            .collect();
        let tokens: Vec<u32> = tensors["tokens"].iter().map(|&token| token as u32).collect();
        let data = Dataset {
            sequences: Sequences::Tokens(vec![tokens[..tokens.len() - 1].to_vec()]),
            targets: Targets::Next(vec![tokens[1..].to_vec()]),
        };
        let input = Input::Tokens { vocabulary: 9, embedding: 4 };
        let architecture = Architecture::stack(input, cell, &[6, 6], 9).unwrap();
        let layout = Layout::new(&architecture);
        let of = |prefix: &str| -> Vec<f32> {
            let names = layout.parameter_names().into_iter().flat_map(|named| {
                let layer = named.name.strip_prefix("recurrent.recurrent_layers.");
                let theirs = match layer.and_then(|rest| rest.split_once('.')) {
                    Some((layer, part)) => format!("rnn.{part}_l{layer}"),
                    None => named.name,
                };
                tensors[&format!("{prefix}.{theirs}")].clone()
            });
            names.map(|x| x as f32).collect()
        };
        let masks = Masks::none(layout.len());
        let network = Network::new(architecture, of("param"), masks);
        let training =
            Training { batch: 4, bptt: 7, learning_rate: 0.01, clip: 0.5, ..Training::default() };
        assert_eq!(training.updates_per_epoch(&data), 6);
        let mut trainer = Trainer::new(network, training, Stream::new(0, "unused"));
        for epoch in 1..=3 {
            let loss = trainer.epoch(&data).unwrap().loss_mean;
            let golden = tensors[&format!("epoch{epoch}.loss")][0];
            let error = (loss - golden).abs() / golden;
            assert!(error < FAST_TOLERANCE, "{cell}, epoch {epoch}: {loss}, PyTorch says {golden}");
        }
        let trained = trainer.into_network();
        for (at, (ours, golden)) in trained.parameters().iter().zip(of("after")).enumerate() {
            assert!((ours - golden).abs() < 2e-4, "{cell}[{at}]: {ours}, PyTorch says {golden}");
        }
        let score = Evaluator::new(&trained, 4, Readout::Last).score(&trained, &data);
        let golden = tensors["score.loss"][0];
        assert!((score.loss_mean - golden).abs() < 1e-4 * golden, "{score:?}, {golden}");
        assert_eq!((score.count, score.merit_is()), (tokens.len() - 1, Merit::Likelihood));
        assert!((score.bits_per_token().unwrap() - golden / 2_f64.ln()).abs() < 1e-3);
    }
}
