//! Random initial weights, by name.

use std::ops::Range;

use super::{Architecture, Layout, Masks, Network};
use crate::named;
use crate::random::Stream;

named! {
    /// How the weights of a network are drawn before training.
    ///
    /// A block has `I` columns of `weight_ih`, `H` units and `G` gates; a linear layer has `inputs`
    /// and `outputs`, and the last one is the readout. The second number of N is the variance.
    #[derive(Default, PartialOrd)]
    pub enum Initialisation: "initialisation" {
        /// PyTorch's defaults, as in the thesis.
        ///
        /// Embedding N(0, 1). Weights and biases of blocks U(-1/sqrt(H), 1/sqrt(H)), of linear
        /// layers U(-1/sqrt(inputs), 1/sqrt(inputs)).
        #[default]
        PyTorch = "pytorch",
        /// Keras's defaults: Glorot uniform, and orthogonal between hidden units.
        ///
        /// Embedding U(-0.05, 0.05). `weight_ih`, all gates together, and linear layers U(-a, a),
        /// where a is sqrt(6 / (I + G H)) and sqrt(6 / (inputs + outputs)) (Glorot and Bengio
        /// 2010). The `H` columns of `weight_hh`, all gates together, are orthonormal (Saxe et al.
        /// 2014). Biases are 0, except `bias_ih` of the LSTM's forget gate, which is 1 (Jozefowicz
        /// et al. 2015).
        Keras = "keras",
        /// Normal with variance 1/n, where n is the number of the layer's units; biases 0.
        ///
        /// Embedding N(0, 1), `weight_ih` and `weight_hh` N(0, 1/H), readout N(0, 1), as in Zhang et
        /// al. 2023. Their networks have no hidden linear layers; ours are N(0, 1/inputs).
        Normal = "normal",
        /// Like `normal`, but input-to-hidden weights have variance 1.
        ///
        /// Zhang et al. 2023 draw networks that read few numbers like this.
        NormalInputs = "normal-inputs",
    }
}

impl Network {
    /// A network with random weights of [`Initialisation::PyTorch`].
    pub fn initialise(architecture: Architecture, seed: u64) -> Self {
        Self::initialise_as(Initialisation::PyTorch, architecture, seed)
    }

    /// A network with random weights, drawn from the stream `parameters` of `seed` in the order of
    /// the layout.
    ///
    /// ```
    /// use rarefy::cell::Cell;
    /// use rarefy::network::{Architecture, Initialisation, Network};
    ///
    /// let architecture = Architecture::stacked(9, Cell::Lstm, &[4], 2)?;
    /// let network = Network::initialise_as(Initialisation::Keras, architecture, 0);
    /// let biases = &network.parameters()[network.layout().layers[0][0].bias_ih.clone()];
    /// assert_eq!(biases[4..8], [1.0; 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn initialise_as(how: Initialisation, architecture: Architecture, seed: u64) -> Self {
        let layout = Layout::new(&architecture);
        let stream = Stream::new(seed, "parameters");
        let mut draw = Draw { stream, parameters: vec![0.0; layout.len()] };
        let embedding = layout.embedding.clone();
        let blocks = layout.layers.iter().flatten();
        match how {
            Initialisation::PyTorch => {
                draw.normal(embedding, 1.0);
                for block in blocks {
                    draw.uniform(block.weight_ih.start..block.bias_hh.end, root(1, block.hidden));
                }
                for linear in &layout.linears {
                    draw.uniform(linear.weight.start..linear.bias.end, root(1, linear.inputs));
                }
            }
            Initialisation::Keras => {
                draw.uniform(embedding, 0.05);
                for block in blocks {
                    draw.uniform(block.weight_ih.clone(), root(6, block.inputs + block.rows()));
                    draw.orthonormal(block.weight_hh.clone(), block.hidden);
                    let gates = block.cell.gate_names().iter();
                    let biases = draw.parameters[block.bias_ih.clone()].chunks_mut(block.hidden);
                    for (_, biases) in gates.zip(biases).filter(|(gate, _)| **gate == "forget") {
                        biases.fill(1.0);
                    }
                }
                for linear in &layout.linears {
                    draw.uniform(linear.weight.clone(), root(6, linear.inputs + linear.outputs));
                }
            }
            Initialisation::Normal | Initialisation::NormalInputs => {
                draw.normal(embedding, 1.0);
                for block in blocks {
                    let recurrent = root(1, block.hidden);
                    let input = if how == Initialisation::Normal { recurrent } else { 1.0 };
                    draw.normal(block.weight_ih.clone(), input);
                    draw.normal(block.weight_hh.clone(), recurrent);
                }
                let (readout, hidden) = layout.linears.split_last().expect("a readout");
                for linear in hidden {
                    draw.normal(linear.weight.clone(), root(1, linear.inputs));
                }
                draw.normal(readout.weight.clone(), 1.0);
            }
        }
        let masks = Masks::none(layout.len());
        Self::new(architecture, draw.parameters, masks)
    }
}

/// The square root of a fraction. As a quotient of roots, because it always gave these bits.
fn root(numerator: usize, denominator: usize) -> f64 {
    (numerator as f64).sqrt() / (denominator as f64).sqrt()
}

/// Parameters that are drawn one after another. Those not drawn are 0.
struct Draw {
    stream: Stream,
    parameters: Vec<f32>,
}

impl Draw {
    /// N(0, `deviation`^2).
    fn normal(&mut self, places: Range<usize>, deviation: f64) {
        for value in &mut self.parameters[places] {
            *value = (deviation * self.stream.normal()) as f32;
        }
    }

    /// U(-`bound`, `bound`).
    fn uniform(&mut self, places: Range<usize>, bound: f64) {
        for value in &mut self.parameters[places] {
            *value = self.stream.uniform_in(-bound, bound) as f32;
        }
    }

    /// A matrix whose columns are orthonormal, each such matrix equally likely. It has no more
    /// columns than rows.
    ///
    /// It is Q of the QR decomposition of normal numbers whose R has a positive diagonal (Mezzadri
    /// 2007), by the modified Gram-Schmidt method in f64. Its error grows with the condition number
    /// of the numbers, about the number of columns, so it is far below the rounding to f32.
    /// O(rows columns^2).
    fn orthonormal(&mut self, places: Range<usize>, columns: usize) {
        let mut matrix: Vec<f64> = places.clone().map(|_| self.stream.normal()).collect();
        for at in 0..columns {
            // The products of this column with itself and the later ones.
            let mut products = vec![0.0; columns - at];
            for row in matrix.chunks_exact(columns) {
                for (product, value) in products.iter_mut().zip(&row[at..]) {
                    *product += row[at] * value;
                }
            }
            let (square, later) = products.split_first().expect("this column");
            for row in matrix.chunks_exact_mut(columns) {
                let [this, rest @ ..] = &mut row[at..] else { unreachable!("it has columns") };
                for (value, product) in rest.iter_mut().zip(later) {
                    *value -= *this * product / square;
                }
                *this /= square.sqrt();
            }
        }
        for (value, drawn) in self.parameters[places].iter_mut().zip(matrix) {
            *value = drawn as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::network::{Activation, Head, Input};

    /// Whether these are draws of mean 0 and this variance, up to five standard errors. `squared` is
    /// the variance of their squares.
    fn assert_moments(what: &str, values: &[f64], variance: f64, squared: f64) {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        assert!(mean.abs() < 5.0 * (variance / count).sqrt(), "{what}: mean {mean}");
        let square = values.iter().map(|value| value * value).sum::<f64>() / count;
        let error = 5.0 * (squared / count).sqrt();
        assert!((square - variance).abs() < error, "{what}: variance {square}, not {variance}");
    }

    // PyTorch's and Keras's distributions are compared with theirs in tests/oracle/initial.rs.
    #[test]
    fn normal_weights_have_the_variance_1_over_n_and_there_are_no_biases() {
        let input = Input::Tokens { vocabulary: 7, embedding: 3 };
        let head = Head { sizes: vec![6], activation: Activation::Relu };
        let kinds = [Initialisation::Normal, Initialisation::NormalInputs];
        for (cell, how) in Cell::ALL.into_iter().flat_map(|cell| kinds.map(|how| (cell, how))) {
            let stack = Architecture::bidirectional(input, cell, &[5, 4], 2).unwrap();
            let architecture = Architecture { head: head.clone(), ..stack };
            let networks: Vec<_> = (0..500)
                .map(|seed| Network::initialise_as(how, architecture.clone(), seed))
                .collect();
            let of = |range: &Range<usize>| -> Vec<f64> {
                let values =
                    networks.iter().flat_map(|network| &network.parameters()[range.clone()]);
                values.map(|&value| f64::from(value)).collect()
            };
            let layout = networks[0].layout();
            let assert_normal = |what, range: &Range<usize>, variance: f64| {
                assert_moments(what, &of(range), variance, 2.0 * variance * variance);
            };
            assert_normal("embedding", &layout.embedding, 1.0);
            for block in layout.layers.iter().flatten() {
                let variance = 1.0 / block.hidden as f64;
                let of_input = if how == Initialisation::Normal { variance } else { 1.0 };
                assert_normal("weight_ih", &block.weight_ih, of_input);
                assert_normal("weight_hh", &block.weight_hh, variance);
                assert!(of(&(block.bias_ih.start..block.bias_hh.end)).iter().all(|&b| b == 0.0));
            }
            assert_normal("hidden", &layout.linears[0].weight, 1.0 / 8.0);
            assert_normal("readout", &layout.linears[1].weight, 1.0);
            for linear in &layout.linears {
                assert!(of(&linear.bias).iter().all(|&bias| bias == 0.0));
            }
        }
    }

    fn orthonormal(seed: u64, rows: usize, columns: usize) -> Vec<f32> {
        let len = rows * columns;
        let mut draw = Draw { stream: Stream::new(seed, "axes"), parameters: vec![0.0; len] };
        draw.orthonormal(0..len, columns);
        draw.parameters
    }

    #[test]
    fn columns_are_orthonormal_also_of_large_square_matrices() {
        for (rows, columns) in [(1, 1), (3, 3), (12, 3), (200, 200), (400, 100)] {
            let matrix = orthonormal(4, rows, columns);
            let column = |at: usize| matrix.iter().skip(at).step_by(columns).map(|&v| f64::from(v));
            for one in 0..columns {
                for other in 0..=one {
                    let product: f64 = column(one).zip(column(other)).map(|(a, b)| a * b).sum();
                    let expected = f64::from(u8::from(one == other));
                    // The entries are rounded to 24 bits.
                    assert!((product - expected).abs() < 1e-6, "{one}, {other}: {product}");
                }
            }
        }
    }

    /// A plain QR decomposition prefers one sign, for it chooses that of the diagonal.
    #[test]
    fn no_direction_is_more_likely_than_another() {
        let matrices: Vec<_> = (0..20_000).map(|seed| orthonormal(seed, 3, 2)).collect();
        for at in 0..6 {
            let values: Vec<f64> = matrices.iter().map(|matrix| f64::from(matrix[at])).collect();
            // The square of a coordinate on the sphere has the mean 1/3 and the variance 4/45.
            assert_moments(&format!("entry {at}"), &values, 1.0 / 3.0, 4.0 / 45.0);
        }
    }
}
