//! The recurrent cells: what each computes in one step, forward and backward.
//!
//! A step works on `slots`: pre-activations `[S * H][N]`, batch innermost, which the network has
//! filled with the matrix products. The first `G * H` rows receive the products of `weight_ih`, its
//! gates in the order of [`Cell::input_gates`]; the `G * H` rows from [`Cell::hidden_start`] on
//! receive those of `weight_hh`. Only the GRU needs more slots than gates (`S = G + 1`), because its
//! new gate multiplies the hidden part by the reset gate before adding the input part.
//!
//! [`Cell::forward`] replaces pre-activations by activations; [`Cell::backward`] replaces
//! activations by the loss's gradient at the pre-activations. The network adds the two biases,
//! computes the matrix products and steps through time. The same equations, one number at a time
//! and in any precision, are in [`crate::network::Reference`].

mod gru;
mod lstm;
mod rnn;
mod step;

use crate::kernel::dispatch;
use crate::named;

pub use step::{Backward, Forward};

named! {
    /// A kind of recurrent cell.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum Cell: "cell" {
        /// Elman network with tanh. `h' = tanh(W_ih x + b_ih + W_hh h + b_hh)` (Elman 1990).
        RnnTanh = "rnn_tanh",
        /// Elman network with ReLU. The same with `max(0, .)` for tanh.
        RnnRelu = "rnn_relu",
        /// Gated recurrent unit. Cho et al. 2014, in the variant of cuDNN and PyTorch.
        Gru = "gru",
        /// Long short-term memory. Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000.
        Lstm = "lstm",
    }
}

impl Cell {
    /// `G`: the number of row blocks of `weight_ih` and of `weight_hh`, each with `H` rows.
    pub const fn gates(self) -> usize {
        match self {
            Cell::RnnTanh | Cell::RnnRelu => 1,
            Cell::Gru => 3,
            Cell::Lstm => 4,
        }
    }

    /// The names of its gates, in the order of the row blocks.
    pub const fn gate_names(self) -> &'static [&'static str] {
        match self {
            Cell::RnnTanh | Cell::RnnRelu => &["hidden"],
            Cell::Gru => &["reset", "update", "new"],
            Cell::Lstm => &["input", "forget", "cell", "output"],
        }
    }

    /// The gate that computes what enters the state. The others only scale it or what it is made
    /// of, so a negative weight inhibits the unit here and nowhere else.
    pub const fn content_gate(self) -> usize {
        match self {
            Cell::RnnTanh | Cell::RnnRelu => 0,
            Cell::Gru | Cell::Lstm => 2,
        }
    }

    /// `S`: the number of row blocks of pre-activations in one step.
    pub const fn slots(self) -> usize {
        match self {
            Cell::Gru => 4,
            _ => self.gates(),
        }
    }

    /// The gates of `weight_ih` in an order in which `weight_ih` and `weight_hh`, whose gates stay
    /// in order, each add to one contiguous range of slots: from the first on, and from
    /// [`Cell::hidden_start`] on.
    pub const fn input_gates(self) -> &'static [usize] {
        match self {
            Cell::RnnTanh | Cell::RnnRelu => &[0],
            Cell::Gru => &[2, 0, 1],
            Cell::Lstm => &[0, 1, 2, 3],
        }
    }

    /// The first slot that `weight_hh` adds to.
    pub const fn hidden_start(self) -> usize {
        match self {
            Cell::Gru => 1,
            _ => 0,
        }
    }

    /// Whether it carries a memory (`c` of the LSTM) in addition to its hidden state.
    pub const fn has_memory(self) -> bool {
        matches!(self, Cell::Lstm)
    }

    /// Computes one step forward.
    ///
    /// # Panics
    /// If the sizes of the buffers in `step` do not match.
    pub fn forward(self, step: Forward) {
        step.check(self);
        match self {
            Cell::RnnTanh => dispatch(rnn::TanhForward(step)),
            Cell::RnnRelu => dispatch(rnn::ReluForward(step)),
            Cell::Gru => dispatch(gru::GruForward(step)),
            Cell::Lstm => dispatch(lstm::LstmForward(step)),
        }
    }

    /// Computes one step backward.
    ///
    /// # Panics
    /// If the sizes of the buffers in `step` do not match.
    pub fn backward(self, step: Backward) {
        step.check(self);
        match self {
            Cell::RnnTanh => dispatch(rnn::TanhBackward(step)),
            Cell::RnnRelu => dispatch(rnn::ReluBackward(step)),
            Cell::Gru => dispatch(gru::GruBackward(step)),
            Cell::Lstm => dispatch(lstm::LstmBackward(step)),
        }
    }
}

impl Forward<'_> {
    fn check(&self, cell: Cell) {
        let state = self.hidden.len();
        let memory = if cell.has_memory() { state } else { 0 };
        assert_eq!(self.slots.len(), cell.slots() * state, "{cell}: slots are not [S * H][N]");
        assert_eq!(self.hidden_before.len(), state, "{cell}: hidden_before is not [H][N]");
        assert_eq!(self.memory_before.len(), memory, "{cell}: length of memory_before");
        assert_eq!(self.memory.len(), memory, "{cell}: length of memory");
    }
}

impl Backward<'_> {
    fn check(&self, cell: Cell) {
        let state = self.hidden.len();
        let memory = if cell.has_memory() { state } else { 0 };
        assert_eq!(self.slots.len(), cell.slots() * state, "{cell}: slots are not [S * H][N]");
        assert_eq!(self.hidden_before.len(), state, "{cell}: hidden_before is not [H][N]");
        assert_eq!(self.output_gradient.len(), state, "{cell}: output_gradient is not [H][N]");
        assert_eq!(self.hidden_gradient.len(), state, "{cell}: hidden_gradient is not [H][N]");
        assert_eq!(self.memory_before.len(), memory, "{cell}: length of memory_before");
        assert_eq!(self.memory.len(), memory, "{cell}: length of memory");
        assert_eq!(self.memory_gradient.len(), memory, "{cell}: length of memory_gradient");
    }
}
