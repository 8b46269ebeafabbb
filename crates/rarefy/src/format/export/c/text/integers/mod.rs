//! The functions of C files in integers. Each computes to the bit what `crate::quantize` does.
//! Shifts of negative numbers to the right round down, as every compiler for C does it.

use crate::cell::Cell;

/// A float as a fixed-point number, by its bits.
pub(crate) const FIXED: &str = include_str!("fixed.c");
/// Loads a row of the embedding.
pub(crate) const LOAD_BYTES: &str = include_str!("load_bytes.c");
/// What products read of states.
pub(crate) const NARROW: &str = include_str!("narrow.c");
pub(crate) const CLEAR: &str = include_str!("clear.c");
/// Adds states.
pub(crate) const ADD: &str = include_str!("add.c");
/// The sum of several blocks as a state.
pub(crate) const LOWER: &str = include_str!("lower.c");
/// A sum times its row's scale.
pub(crate) const SCALED: &str = include_str!("scaled.c");
/// Four products at once, where the processor has them.
pub(crate) const ADD_FOUR: &str = include_str!("add_four.c");
pub(crate) const TANH: &str = include_str!("tanh.c");
pub(crate) const SIGMOID: &str = include_str!("sigmoid.c");

/// Loads biases, constants of this number of bits.
pub(crate) fn load(bits: usize) -> String {
    include_str!("load.c").replace("BITS", &bits.to_string())
}

/// The function that turns a cell's sums into its next state.
pub(crate) fn cell(cell: Cell) -> &'static str {
    match cell {
        Cell::RnnTanh => include_str!("rnn_tanh.c"),
        Cell::RnnRelu => include_str!("rnn_relu.c"),
        Cell::Gru => include_str!("gru.c"),
        Cell::Lstm => include_str!("lstm.c"),
    }
}
