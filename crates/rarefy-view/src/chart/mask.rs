//! Pictures of masks: which weights of a gate are kept.

use std::fmt::Write;

use rarefy::network::{Network, Weight};

/// Most squares per side; a larger matrix has several weights per square.
const MOST_SQUARES: usize = 96;
/// Shades of a square, from almost nothing kept to everything kept.
const SHADES: usize = 4;

/// The weights of one gate of a weight matrix as squares. Rows are units and columns are their
/// inputs; in a large matrix one square covers several of each.
pub struct Mask {
    /// Number of rows of squares.
    pub height: usize,
    /// Number of columns of squares.
    pub width: usize,
    /// Number of weights.
    pub count: usize,
    /// Number of weights that are not masked.
    pub kept: usize,
    /// SVG with one unit per square. All squares of one shade share a path of class `kept`; squares
    /// of which only some weights are kept also have the class `kept-1`, `kept-2` and so on.
    pub svg: String,
}

impl Mask {
    /// The mask of one gate of `weight`.
    pub fn of(network: &Network, weight: &Weight, gate: usize) -> Self {
        let (rows, columns) = (weight.rows / weight.gates, weight.columns);
        let start = weight.range.start + gate * rows * columns;
        let masked = network.masks().masked_in(start..start + rows * columns);
        Self::drawn(rows, columns, masked.iter().map(|place| place - start))
    }

    fn drawn(rows: usize, columns: usize, masked: impl Iterator<Item = usize>) -> Self {
        let side = rows.max(columns).div_ceil(MOST_SQUARES).max(1);
        let (height, width) = (rows.div_ceil(side), columns.div_ceil(side));
        let mut gone = vec![0_usize; height * width];
        for place in masked {
            gone[place / columns / side * width + place % columns / side] += 1;
        }
        let shade = |y: usize, x: usize| {
            let of = side.min(rows - y * side) * side.min(columns - x * side);
            ((of - gone[y * width + x]) * SHADES).div_ceil(of)
        };
        let mut paths = vec![String::new(); SHADES + 1];
        for y in 0..height {
            let mut x = 0;
            while x < width {
                let (start, level) = (x, shade(y, x));
                while x < width && shade(y, x) == level {
                    x += 1;
                }
                if level > 0 {
                    // A stroke along the middle of the row of squares.
                    write!(paths[level], "M{start} {y}.5h{}", x - start).expect("a String");
                }
            }
        }
        let mut svg = String::new();
        for (level, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
            let shade = if level < SHADES { format!(" kept-{level}") } else { String::new() };
            write!(svg, "<path class=\"kept{shade}\" d=\"{path}\"/>").expect("a String");
        }
        let count = rows * columns;
        Self { height, width, count, kept: count - gone.iter().sum::<usize>(), svg }
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn what_is_kept_is_drawn_in_runs() {
        let mask = Mask::drawn(2, 3, [1, 3, 4, 5].into_iter());
        assert_eq!((mask.width, mask.height, mask.kept, mask.count), (3, 2, 2, 6));
        assert_eq!(mask.svg, "<path class=\"kept\" d=\"M0 0.5h1M2 0.5h1\"/>");
        assert_eq!(Mask::drawn(2, 2, 0..4).svg, "");
    }

    #[test]
    fn a_large_matrix_is_drawn_in_squares_of_several() {
        // A 200 × 10 matrix is drawn in squares of 3 × 3 weights; the last ones are smaller.
        let mask = Mask::drawn(200, 10, 1..2000);
        assert_eq!((mask.width, mask.height, mask.kept), (4, 67, 1));
        assert_eq!(mask.svg, "<path class=\"kept kept-1\" d=\"M0 0.5h1\"/>");
    }
}
