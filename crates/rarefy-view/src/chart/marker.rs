//! Shapes of points, so that lines differ by more than colour.

/// Shape of a point. All shapes cover about the same area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// A disc.
    Circle,
    /// A square standing on a side.
    Square,
    /// A triangle standing on its base.
    Triangle,
    /// A square standing on a corner.
    Diamond,
}

impl Marker {
    /// All shapes, in the order in which they are assigned to lines.
    pub const ALL: [Marker; 4] =
        [Marker::Circle, Marker::Square, Marker::Triangle, Marker::Diamond];

    /// SVG path data of the shape, centred at (`x`, `y`).
    pub fn path(self, x: f64, y: f64) -> String {
        match self {
            Marker::Circle => format!("M{x} {y}m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z"),
            Marker::Square => format!("M{x} {y}m-2.7 -2.7h5.4v5.4h-5.4Z"),
            Marker::Triangle => format!("M{x} {y}m0 -3.7l3.6 6.3h-7.2Z"),
            Marker::Diamond => format!("M{x} {y}m0 -3.9l3.9 3.9l-3.9 3.9l-3.9 -3.9Z"),
        }
    }
}
