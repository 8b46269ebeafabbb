//! A C file, and the names in it.

use super::matrix::Cost;
use crate::cell::Cell;
use crate::network::Activation;

/// A model in C.
#[derive(Clone, Debug, PartialEq)]
pub struct CSource {
    /// The file's content.
    pub text: String,
    /// The cost of the network.
    pub cost: Cost,
    /// The cost of the same network without masked weights.
    pub dense: Cost,
    /// Bytes of the state that the caller keeps.
    pub state_bytes: usize,
}

/// `name` as a valid C identifier.
pub(super) fn identifier(name: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = name.chars().map(fits).collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("model_{name}"),
    }
}

/// The function of an activation: that of the plain cell with it.
pub(super) fn activation(activation: Activation) -> Cell {
    match activation {
        Activation::Relu => Cell::RnnRelu,
        Activation::Tanh => Cell::RnnTanh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_into_identifiers() {
        assert_eq!(
            ["gru-90", "90", "_x", ""].map(identifier),
            [
                "gru_90".to_owned(),
                "model_90".to_owned(),
                "model__x".to_owned(),
                "model_".to_owned(),
            ]
        );
    }
}
