//! Pictures of masks: of each gate of each weight matrix, what is kept.

use std::fmt::Write;

use rarefy::network::{Network, Part, Weight};

/// A side of more weights is drawn in squares of several.
const MOST_SQUARES: usize = 96;
/// Side of a square where there is room, in CSS pixels.
const LARGEST: f64 = 10.0;
/// Shades of a square, from hardly anything kept to everything.
const SHADES: usize = 4;
/// Networks of more recurrent weights are not drawn.
pub const MOST_WEIGHTS: usize = 4_000_000;

/// The gates of one weight matrix.
pub struct Picture {
    /// Which.
    pub title: String,
    /// Name, what is kept, and drawing of each gate.
    pub gates: Vec<(&'static str, String, String)>,
}

/// Every recurrent weight matrix of `network` of which something is masked.
pub fn pictures(network: &Network) -> Vec<Picture> {
    let masked = |weight: &Weight| network.masks().count_in(weight.range.clone()) > 0;
    let weights = network.layout().weights().filter(masked);
    weights.map(|weight| picture(network, &weight)).collect()
}

/// `Layer 2, input to hidden, block 1`
pub fn title(weight: &Weight) -> String {
    let part = match weight.part {
        Part::Ih => "input to hidden",
        Part::Hh => "hidden to hidden",
    };
    let block = match weight.block {
        0 => String::new(),
        block => format!(", skip {block}"),
    };
    format!("Layer {}, {part}{block}", weight.layer + 1)
}

fn picture(network: &Network, weight: &Weight) -> Picture {
    let cell = network.layout().layers[weight.layer][weight.block].cell;
    let (rows, columns) = (weight.rows / weight.gates, weight.columns);
    let gates = cell.gate_names().iter().enumerate().map(|(gate, &name)| {
        let start = weight.range.start + gate * rows * columns;
        let masked = network.masks().masked_in(start..start + rows * columns);
        let kept = format!("{} of {} kept", rows * columns - masked.len(), rows * columns);
        let masked = masked.iter().map(|place| place - start);
        let label = format!("{}, {name} gate: {kept}", title(weight));
        (name, kept, drawn(&label, rows, columns, masked))
    });
    Picture { title: title(weight), gates: gates.collect() }
}

/// A square for each weight, or for each few; dark what is kept.
fn drawn(label: &str, rows: usize, columns: usize, masked: impl Iterator<Item = usize>) -> String {
    let side = rows.max(columns).div_ceil(MOST_SQUARES).max(1);
    let (height, width) = (rows.div_ceil(side), columns.div_ceil(side));
    let mut gone = vec![0_usize; height * width];
    for place in masked {
        gone[place / columns / side * width + place % columns / side] += 1;
    }
    let mut paths = vec![String::new(); SHADES + 1];
    let shade = |y: usize, x: usize| {
        let of = side.min(rows - y * side) * side.min(columns - x * side);
        ((of - gone[y * width + x]) * SHADES).div_ceil(of)
    };
    for y in 0..height {
        let mut x = 0;
        while x < width {
            let (start, level) = (x, shade(y, x));
            while x < width && shade(y, x) == level {
                x += 1;
            }
            if level > 0 {
                let run = x - start;
                write!(paths[level], "M{start} {y}h{run}v1h-{run}z").expect("a String takes all");
            }
        }
    }
    let mut svg = format!(
        "<svg class=\"mask\" viewBox=\"0 0 {width} {height}\" width=\"{}\" height=\"{}\" role=\"img\" \
         aria-label=\"{}\"><rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>",
        width as f64 * LARGEST,
        height as f64 * LARGEST,
        crate::chart::escape(label)
    );
    for (level, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
        write!(svg, "<path class=\"kept-{level}\" d=\"{path}\"/>").expect("a String takes all");
    }
    svg + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::drawn;

    #[test]
    fn what_is_kept_is_drawn_in_runs() {
        let svg = drawn("a < b", 2, 3, [1, 3, 4, 5].into_iter());
        assert!(svg.contains("viewBox=\"0 0 3 2\"") && svg.contains("a &lt; b"), "{svg}");
        assert!(svg.contains("<path class=\"kept-4\" d=\"M0 0h1v1h-1zM2 0h1v1h-1z\"/>"), "{svg}");
        assert!(!drawn("", 2, 2, 0..4).contains("<path"));
    }

    #[test]
    fn a_large_matrix_is_drawn_in_squares_of_several() {
        // 200 x 10: squares of 3 x 3, the last ones smaller.
        let svg = drawn("", 200, 10, 1..2000);
        assert!(svg.contains("viewBox=\"0 0 4 67\""), "{svg}");
        assert!(svg.contains("<path class=\"kept-1\" d=\"M0 0h1v1h-1z\"/></svg>"), "{svg}");
    }
}
