//! Which colour and shape stand for a cell or a scope, in every drawing.

use rarefy::cell::Cell;
use rarefy::prune::Scope;

use super::marker::Marker;

/// Class of a line that stands for no cell and no percent in particular.
pub const NEUTRAL: &str = "neutral";

/// Class of what is drawn of a cell.
pub const fn cell_class(cell: Cell) -> &'static str {
    match cell {
        Cell::RnnTanh => "cell-rnn-tanh",
        Cell::RnnRelu => "cell-rnn-relu",
        Cell::Gru => "cell-gru",
        Cell::Lstm => "cell-lstm",
    }
}

/// Shape of the points of a cell.
pub const fn cell_marker(cell: Cell) -> Marker {
    match cell {
        Cell::RnnTanh => Marker::Circle,
        Cell::RnnRelu => Marker::Square,
        Cell::Gru => Marker::Triangle,
        Cell::Lstm => Marker::Diamond,
    }
}

/// Class of what is drawn of a scope.
pub const fn scope_class(scope: Scope) -> &'static str {
    match scope {
        Scope::Both => "scope-both",
        Scope::Ih => "scope-ih",
        Scope::Hh => "scope-hh",
    }
}

/// Shape of the points of a scope.
pub const fn scope_marker(scope: Scope) -> Marker {
    match scope {
        Scope::Both => Marker::Circle,
        Scope::Ih => Marker::Triangle,
        Scope::Hh => Marker::Diamond,
    }
}
