//! Horizontal bars, each with a name and optionally a mark for a value to compare with.

use std::fmt::Write;

use super::drawing::Drawing;
use super::text::{escape, round};

/// Bars that extend from zero to the right.
#[derive(Clone)]
pub struct Bars {
    /// The text alternative for screen readers.
    pub label: String,
    /// Width in drawing units; one unit is about one CSS pixel.
    pub width: f64,
    /// Width reserved for the names, left of the bars.
    pub names: f64,
    /// CSS class that sets the colour.
    pub class: String,
    /// The bars, from top to bottom.
    pub bars: Vec<Bar>,
}

/// One bar.
#[derive(Clone)]
pub struct Bar {
    /// Name of what the bar measures.
    pub name: String,
    /// Its length: 0 or more.
    pub value: f64,
    /// The value as text, written next to the bar.
    pub shown: String,
    /// A value to compare with, marked by a thin line.
    pub mark: Option<f64>,
    /// Tooltip text.
    pub text: String,
}

/// Width that fits the names of graph properties.
pub const LONG_NAMES: f64 = 154.0;
/// Width reserved for the values, right of the bars.
const VALUES: f64 = 44.0;
const STEP: f64 = 14.0;
const THICKNESS: f64 = 9.0;
/// Least width of the bars: on a smaller one their lengths could not be compared.
const SHORTEST: f64 = 60.0;

/// Bars with a scale that other drawings can share.
pub struct ScaledBars {
    bars: Bars,
    longest: f64,
}

impl Drawing for ScaledBars {
    fn width(&self) -> f64 {
        self.bars.width
    }

    fn least(&self) -> f64 {
        self.bars.names + VALUES + SHORTEST
    }

    fn at(&self, width: f64) -> String {
        Bars { width, ..self.bars.clone() }.svg(self.longest)
    }
}

impl Bars {
    /// Scales the bars to an axis that ends at `longest`.
    pub fn to(self, longest: f64) -> ScaledBars {
        ScaledBars { bars: self, longest }
    }

    /// The drawing as an `<svg>` element. Drawings with the same `longest` have the same scale.
    pub fn svg(&self, longest: f64) -> String {
        let mut out = String::new();
        self.write(&mut out, longest).expect("writing to a String does not fail");
        out
    }

    fn write(&self, out: &mut String, longest: f64) -> std::fmt::Result {
        let (width, height) = (self.width, STEP * self.bars.len() as f64 + 4.0);
        let (label, class) = (escape(&self.label), escape(&self.class));
        write!(
            out,
            r#"<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{label}"><g class="line {class}">"#
        )?;
        let left = self.names;
        let room = width - left - VALUES;
        let length = |value: f64| round(room * (value / longest).clamp(0.0, 1.0));
        for (at, bar) in self.bars.iter().enumerate() {
            let y = STEP * at as f64 + 3.0;
            let (name, text, shown) = (escape(&bar.name), escape(&bar.text), escape(&bar.shown));
            let (end, base) = (left - 5.0, y + 8.0);
            let shape = format!("M{left} {y}h{}v{THICKNESS}H{left}Z", length(bar.value));
            write!(
                out,
                r#"<text class="bar-name" x="{end}" y="{base}" text-anchor="end">{name}</text><path class="point" d="{shape}"><title>{text}</title></path><text class="bar-name" x="{width}" y="{base}" text-anchor="end">{shown}</text>"#
            )?;
            if let Some(mark) = bar.mark {
                let (x, top, foot) = (round(left + length(mark)), y - 2.0, y + THICKNESS + 2.0);
                write!(out, r#"<line class="mark" x1="{x}" y1="{top}" x2="{x}" y2="{foot}"/>"#)?;
            }
        }
        out.push_str("</g></svg>");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_values() {
        let bar = |value: f64, mark| Bar {
            name: "a < b".to_owned(),
            value,
            shown: format!("{value} %"),
            mark,
            text: "t".to_owned(),
        };
        let bars = vec![bar(0.5, Some(0.25)), bar(0.0, None)];
        let (label, class) = ("l".to_owned(), "cell-gru".to_owned());
        let svg = Bars { label, width: 398.0, names: LONG_NAMES, class, bars }.svg(1.0);
        let document = roxmltree::Document::parse(&svg).unwrap();
        let paths = document.descendants().filter_map(|node| node.attribute("d"));
        assert_eq!(paths.collect::<Vec<_>>(), ["M154 3h100v9H154Z", "M154 17h0v9H154Z"]);
        assert!(svg.contains(r#"class="mark" x1="204""#));
        assert!(svg.contains(r#"text-anchor="end">0.5 %</text>"#));
    }
}
