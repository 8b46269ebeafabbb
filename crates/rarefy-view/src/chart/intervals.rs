//! Effects with their intervals, one row each, around a line at zero.

use std::fmt::Write;

use super::axis::Axis;
use super::drawing::Drawing;
use super::marker::Marker;
use super::text::{escape, round};

/// Effects on a common scale.
#[derive(Clone)]
pub struct Intervals {
    /// The text alternative for screen readers.
    pub label: String,
    /// Width in drawing units; one unit is about one CSS pixel.
    pub width: f64,
    /// The scale of the effects, which other drawings can share.
    pub axis: Axis,
    /// The effects, from top to bottom.
    pub rows: Vec<IntervalRow>,
}

/// One effect.
#[derive(Clone)]
pub struct IntervalRow {
    /// Name of the effect.
    pub name: String,
    /// Size of the effect.
    pub value: f64,
    /// Lower and upper end of its interval, if it has one.
    pub interval: Option<(f64, f64)>,
    /// CSS class that sets the colour.
    pub class: String,
    /// Tooltip text.
    pub text: String,
}

/// Width reserved for names.
const NAMES: f64 = 132.0;
/// Characters that fit into that width; longer names are cut.
const NAME: usize = 23;
const RIGHT: f64 = 10.0;
const TOP: f64 = 4.0;
const BOTTOM: f64 = 34.0;
const STEP: f64 = 20.0;

impl Drawing for Intervals {
    fn width(&self) -> f64 {
        self.width
    }

    fn least(&self) -> f64 {
        NAMES + RIGHT + 120.0
    }

    fn at(&self, width: f64) -> String {
        Self { width, ..self.clone() }.svg()
    }
}

impl Intervals {
    /// The drawing as an `<svg>` element.
    pub fn svg(&self) -> String {
        let mut out = String::new();
        self.write(&mut out).expect("writing to a String does not fail");
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let bottom = TOP + STEP * self.rows.len() as f64;
        let (width, height, right) = (self.width, bottom + BOTTOM, self.width - RIGHT);
        let axis = &self.axis;
        let x = |value: f64| round(NAMES + axis.place(value) * (right - NAMES));
        let label = escape(&self.label);
        write!(
            out,
            r#"<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{label}"><g class="axes">"#
        )?;
        for &tick in &axis.ticks {
            let (x, text, y) = (x(tick), axis.tick_label(tick), bottom + 15.0);
            write!(out, r#"<line x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>"#)?;
            write!(out, r#"<text x="{x}" y="{y}" text-anchor="middle">{text}</text>"#)?;
        }
        let (zero, middle, y) = (x(0.0), round((NAMES + right) / 2.0), height - 5.0);
        let unit = escape(&axis.name);
        write!(out, r#"<line class="base" x1="{zero}" y1="{TOP}" x2="{zero}" y2="{bottom}"/>"#)?;
        writeln!(
            out,
            r#"<text class="name" x="{middle}" y="{y}" text-anchor="middle">{unit}</text></g>"#
        )?;
        for (at, row) in self.rows.iter().enumerate() {
            let y = TOP + STEP * (at as f64 + 0.5);
            let (base, end) = (y + 3.5, NAMES - 8.0);
            let (name, text) = (escape(&shortened(&row.name)), escape(&row.text));
            write!(out, r#"<g class="line {}">"#, escape(&row.class))?;
            write!(
                out,
                r#"<text class="bar-name" x="{end}" y="{base}" text-anchor="end">{name}</text>"#
            )?;
            if let Some((low, high)) = row.interval {
                let (low, high) = (x(low), x(high));
                write!(out, r#"<path class="stroke" d="M{low} {y}L{high} {y}"/>"#)?;
            }
            let shape = Marker::Circle.path(x(row.value), y);
            writeln!(out, r#"<path class="point" d="{shape}"><title>{text}</title></path></g>"#)?;
        }
        out.push_str("</svg>");
        Ok(())
    }

    /// An axis for effects in this unit, with room for zero and for all intervals of `rows`.
    pub fn axis<'r>(unit: &str, rows: impl Iterator<Item = &'r IntervalRow>) -> Axis {
        let of = |row: &IntervalRow| row.interval.map_or([row.value; 2], |(low, high)| [low, high]);
        let ends: Vec<f64> = rows.flat_map(of).filter(|end| end.is_finite()).collect();
        let low = ends.iter().copied().fold(0.0, f64::min);
        let high = ends.iter().copied().fold(0.0, f64::max);
        let room = 0.04 * if high > low { high - low } else { 1.0 };
        Axis::new(unit, low - room, high + room, 5)
    }
}

fn shortened(name: &str) -> String {
    match name.chars().count() > NAME {
        true => name.chars().take(NAME - 1).chain(['…']).collect(),
        false => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: f64, interval: Option<(f64, f64)>) -> IntervalRow {
        let (name, class) = ("a < b, at greater length".to_owned(), "series-0".to_owned());
        IntervalRow { name, value, interval, class, text: "t".to_owned() }
    }

    #[test]
    fn intervals_lie_on_one_scale_that_has_zero() {
        let rows = vec![row(0.2, Some((0.1, 0.3))), row(0.4, None)];
        let (label, axis) = ("l".to_owned(), Intervals::axis("accuracy", rows.iter()));
        let svg = Intervals { label, width: 398.0, axis, rows }.svg();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let of = |class: &str| {
            let nodes = document.descendants().filter(|n| n.attribute("class") == Some(class));
            nodes.map(|node| node.attribute("d").unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!((of("stroke").len(), of("point").len(), of("base").len()), (1, 2, 1));
        let zero = document.descendants().find(|n| n.attribute("class") == Some("base")).unwrap();
        let zero: f64 = zero.attribute("x1").unwrap().parse().unwrap();
        let start: f64 = of("stroke")[0][1..].split(' ').next().unwrap().parse().unwrap();
        assert!((NAMES..start).contains(&zero), "{svg}");
    }
}
