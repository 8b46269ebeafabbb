//! The colour and shape of each cell and scope, the same in every drawing.

use rarefy::cell::Cell;
use rarefy::prune::Scope;

use super::marker::Marker;

/// Class of a line that belongs to no particular cell or percentage.
pub const NEUTRAL: &str = "neutral";

/// How many lines of one chart are distinguishable.
pub const SERIES: usize = 8;

/// Class of the line at this position in a chart.
pub const fn series_class(place: usize) -> &'static str {
    const CLASSES: [&str; SERIES] = [
        "series-0", "series-1", "series-2", "series-3", "series-4", "series-5", "series-6",
        "series-7",
    ];
    CLASSES[place % SERIES]
}

/// Class of everything drawn for a cell.
pub const fn cell_class(cell: Cell) -> &'static str {
    match cell {
        Cell::RnnTanh => "cell-rnn-tanh",
        Cell::RnnRelu => "cell-rnn-relu",
        Cell::Gru => "cell-gru",
        Cell::Lstm => "cell-lstm",
    }
}

/// Shape of the points for a cell.
pub const fn cell_marker(cell: Cell) -> Marker {
    match cell {
        Cell::RnnTanh => Marker::Circle,
        Cell::RnnRelu => Marker::Square,
        Cell::Gru => Marker::Triangle,
        Cell::Lstm => Marker::Diamond,
    }
}

/// Class of everything drawn for a scope.
pub const fn scope_class(scope: Scope) -> &'static str {
    match scope {
        Scope::Both => "scope-both",
        Scope::Ih => "scope-ih",
        Scope::Hh => "scope-hh",
    }
}

/// Shape of the points for a scope.
pub const fn scope_marker(scope: Scope) -> Marker {
    match scope {
        Scope::Both => Marker::Circle,
        Scope::Ih => Marker::Triangle,
        Scope::Hh => Marker::Diamond,
    }
}
