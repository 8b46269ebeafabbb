//! Pictures of masks: what is kept of each gate of each weight matrix.

use rarefy::network::{Network, Part, Weight};

use crate::chart::{Mask, escape};

/// Largest side of a square, in CSS pixels.
const LARGEST: f64 = 10.0;
/// Bytes of the largest model file whose masks are drawn: about four million weights.
pub const LARGEST_MODEL: u64 = 16_000_000;

/// The gates of one weight matrix.
pub struct Picture {
    /// Name of the matrix.
    pub title: String,
    /// For each gate its name, what is kept, and the drawing.
    pub gates: Vec<(&'static str, String, String)>,
}

/// A picture of each recurrent weight matrix of `network` with masked weights.
pub fn pictures(network: &Network) -> Vec<Picture> {
    let masked = |weight: &Weight| network.masks().count_in(weight.range.clone()) > 0;
    let weights = network.layout().weights().filter(masked);
    weights.map(|weight| picture(network, &weight)).collect()
}

/// `Layer 2, input to hidden`; or `Layer 2, input to hidden, skip 1` for the first block that reads
/// an earlier layer than the previous one.
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
    let gates = cell.gate_names().iter().enumerate().map(|(gate, &name)| {
        let mask = Mask::of(network, weight, gate);
        let kept = format!("{} of {} kept", mask.kept, mask.count);
        let drawing = drawn(&mask, &format!("{}, {name} gate: {kept}", title(weight)));
        (name, kept, drawing)
    });
    Picture { title: title(weight), gates: gates.collect() }
}

/// The drawing as an `<svg>` element.
fn drawn(Mask { width, height, svg, .. }: &Mask, label: &str) -> String {
    format!(
        "<svg class=\"mask\" viewBox=\"0 0 {width} {height}\" width=\"{}\" height=\"{}\" role=\"img\" \
         aria-label=\"{}\"><rect class=\"matrix\" width=\"{width}\" height=\"{height}\"/>{svg}</svg>",
        *width as f64 * LARGEST,
        *height as f64 * LARGEST,
        escape(label)
    )
}

#[cfg(test)]
mod tests {
    use rarefy::network::{Part, Weight};

    use super::{Mask, drawn, title};

    #[test]
    fn titles_count_from_one_and_name_what_skips_a_layer() {
        let weight = |layer, block, part| Weight {
            layer,
            block,
            part,
            rows: 1,
            columns: 1,
            gates: 1,
            range: 0..1,
        };
        assert_eq!(title(&weight(1, 0, Part::Ih)), "Layer 2, input to hidden");
        assert_eq!(title(&weight(2, 1, Part::Hh)), "Layer 3, hidden to hidden, skip 1");
    }

    #[test]
    fn a_picture_has_a_name_and_a_ground() {
        let mask = Mask { height: 1, width: 2, count: 2, kept: 0, svg: String::new() };
        let svg = drawn(&mask, "a < b");
        assert!(svg.contains("aria-label=\"a &lt; b\"") && svg.contains("width=\"2\""), "{svg}");
    }
}
