//! Line charts and scatters: axes, lines, bands, markers, and a text for each point.

use std::fmt::Write;

use super::axis::Axis;
use super::drawing::Drawing;
use super::marker::Marker;
use super::text::{escape, round};

const LEFT: f64 = 32.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 34.0;
/// Points closer together than this have no visible marker, because markers would touch.
const MARKER_ROOM: f64 = 9.0;
/// Height of the plot without its axes when the chart is redrawn at another width.
const PLOT: std::ops::RangeInclusive<f64> = 80.0..=300.0;
/// Width of a character of a tick label, and the gap between two labels.
const CHARACTER: f64 = 5.6;
const BETWEEN: f64 = 5.0;

/// One line chart or scatter plot.
#[derive(Clone)]
pub struct Chart {
    /// The text alternative for screen readers.
    pub label: String,
    /// Width in drawing units; one unit is about one CSS pixel.
    pub width: f64,
    /// Height, in the same units.
    pub height: f64,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// A value on the vertical axis, marked by a thin line across the chart.
    pub level: Option<f64>,
    /// The lines, drawn in this order, later ones on top.
    pub lines: Vec<Line>,
}

/// One line of a chart.
#[derive(Clone)]
pub struct Line {
    /// CSS class that sets the colour, `--line`.
    pub class: String,
    /// Shape of the points.
    pub marker: Marker,
    /// A published line, for comparison: dashed, thinner, without markers.
    pub dashed: bool,
    /// Whether the points are joined by a stroke; in a scatter plot they are not.
    pub joined: bool,
    /// Its points, in order of x.
    pub points: Vec<Point>,
}

/// One point of a line.
#[derive(Clone)]
pub struct Point {
    /// Horizontal position, in units of the axis.
    pub x: f64,
    /// Vertical position, in units of the axis.
    pub y: f64,
    /// Lower end of the band at this point.
    pub low: f64,
    /// Upper end of the band at this point.
    pub high: f64,
    /// Tooltip text.
    pub text: String,
}

impl Drawing for Chart {
    fn width(&self) -> f64 {
        self.width
    }

    fn least(&self) -> f64 {
        148.0
    }

    /// Keeps the proportions of the plot as far as the limits on its height allow.
    fn at(&self, width: f64) -> String {
        let scale = (width - LEFT - RIGHT) / (self.width - LEFT - RIGHT);
        let plot = (self.height - TOP - BOTTOM) * scale;
        let height = (TOP + BOTTOM + plot.clamp(*PLOT.start(), *PLOT.end())).round();
        Self { width, height, ..self.clone() }.svg()
    }
}

impl Chart {
    /// The drawing as an `<svg>` element.
    pub fn svg(&self) -> String {
        let mut out = String::new();
        self.write(&mut out).expect("writing to a String does not fail");
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let (width, height, label) = (self.width, self.height, escape(&self.label));
        writeln!(
            out,
            r#"<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">"#
        )?;
        self.write_axes(out)?;
        for line in &self.lines {
            self.write_line(out, line)?;
        }
        out.push_str("</svg>");
        Ok(())
    }

    fn write_axes(&self, out: &mut String) -> std::fmt::Result {
        let (right, bottom) = (self.width - RIGHT, self.height - BOTTOM);
        out.push_str(r#"<g class="axes">"#);
        for &tick in &self.y.ticks {
            let (y, text) = (round(self.y(tick)), self.y.tick_label(tick));
            write!(out, r#"<line x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}"/>"#)?;
            let (x, y) = (LEFT - 6.0, round(y + 3.5));
            write!(out, r#"<text x="{x}" y="{y}" text-anchor="end">{text}</text>"#)?;
        }
        let texts: Vec<String> = self.x.ticks.iter().map(|&tick| self.x.tick_label(tick)).collect();
        let every = self.every(&texts);
        for (at, (&tick, text)) in self.x.ticks.iter().zip(&texts).enumerate() {
            let x = round(self.x(tick));
            let (foot, y) = (bottom + 4.0, bottom + 15.0);
            write!(out, r#"<line class="tick" x1="{x}" y1="{bottom}" x2="{x}" y2="{foot}"/>"#)?;
            if at % every == 0 {
                write!(out, r#"<text x="{x}" y="{y}" text-anchor="middle">{text}</text>"#)?;
            }
        }
        write!(
            out,
            r#"<line class="base" x1="{LEFT}" y1="{bottom}" x2="{right}" y2="{bottom}"/>"#
        )?;
        if let Some(level) = self.level.filter(|level| level.is_finite()) {
            let y = round(self.y(level));
            write!(out, r#"<line class="level" x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}"/>"#)?;
        }
        let (x, y, name) = (round((LEFT + right) / 2.0), self.height - 5.0, escape(&self.x.name));
        write!(out, r#"<text class="name" x="{x}" y="{y}" text-anchor="middle">{name}</text>"#)?;
        let name = escape(&self.y.name);
        writeln!(out, r#"<text class="name" x="4" y="10">{name}</text></g>"#)
    }

    /// Every how many ticks the horizontal axis has a label, so that no two labels touch; 1 labels
    /// all.
    fn every(&self, texts: &[String]) -> usize {
        let widest = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0) as f64;
        let apart = self.x.ticks.windows(2).map(|pair| self.x(pair[1]) - self.x(pair[0]));
        let apart = apart.fold(f64::INFINITY, f64::min);
        ((CHARACTER * widest + BETWEEN) / apart).ceil().max(1.0) as usize
    }

    fn write_line(&self, out: &mut String, line: &Line) -> std::fmt::Result {
        let points: Vec<&Point> =
            line.points.iter().filter(|p| p.x.is_finite() && p.y.is_finite()).collect();
        if points.is_empty() {
            return Ok(());
        }
        let dashed = if line.dashed { " dashed" } else { "" };
        write!(out, r#"<g class="line {}{dashed}">"#, escape(&line.class))?;
        if points.iter().any(|p| p.high > p.low) {
            let upper = points.iter().map(|p| (p.x, p.high));
            let lower = points.iter().rev().map(|p| (p.x, p.low));
            write!(out, r#"<path class="band" d="{}Z"/>"#, self.path(upper.chain(lower)))?;
        }
        if line.joined {
            let path = self.path(points.iter().map(|p| (p.x, p.y)));
            write!(out, r#"<path class="stroke" d="{path}"/>"#)?;
        }
        let near = |p: &[&Point]| self.x(p[1].x) - self.x(p[0].x) < MARKER_ROOM;
        let crowded = line.joined && points.windows(2).any(near);
        let class = if line.dashed || crowded { "point quiet" } else { "point" };
        for point in points {
            let shape = line.marker.path(round(self.x(point.x)), round(self.y(point.y)));
            let text = escape(&point.text);
            write!(out, r#"<path class="{class}" d="{shape}"><title>{text}</title></path>"#)?;
        }
        out.push_str("</g>\n");
        Ok(())
    }

    fn path(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let mut path = String::new();
        for (index, (x, y)) in points.enumerate() {
            let command = if index == 0 { 'M' } else { 'L' };
            let (x, y) = (round(self.x(x)), round(self.y(y)));
            write!(path, "{command}{x} {y}").expect("writing to a String does not fail");
        }
        path
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (self.width - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let room = self.height - TOP - BOTTOM;
        self.height - BOTTOM - self.y.place(value) * room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<Point>) -> Chart {
        Chart {
            label: "a < b & \"c\"".to_owned(),
            width: 300.0,
            height: 200.0,
            x: Axis::new("epoch", 0.0, 10.0, 5),
            y: Axis::new("accuracy", 0.5, 1.0, 4),
            level: None,
            lines: vec![Line {
                class: "cell-gru".to_owned(),
                marker: Marker::Circle,
                dashed: false,
                joined: true,
                points,
            }],
        }
    }

    fn point(x: f64, y: f64, low: f64, high: f64) -> Point {
        Point { x, y, low, high, text: format!("<{y}>") }
    }

    #[test]
    fn a_drawing_is_well_formed_whatever_its_texts_are() {
        let svg = chart(vec![point(0.0, 0.5, 0.4, 0.6), point(10.0, 1.0, 1.0, 1.0)]).svg();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("aria-label"), Some("a < b & \"c\""));
        let titles: Vec<_> =
            root.descendants().filter(|n| n.has_tag_name("title")).map(|n| n.text()).collect();
        assert_eq!(titles, [Some("<0.5>"), Some("<1>")]);
    }

    #[test]
    fn a_level_is_a_line_across() {
        assert!(!chart(vec![]).svg().contains("level"));
        let marked = Chart { level: Some(0.75), ..chart(vec![]) };
        assert!(marked.svg().contains(r#"class="level" x1="32" y1="93" x2="290" y2="93""#));
    }

    #[test]
    fn points_of_a_scatter_stand_alone_and_all_of_them_show() {
        let mut scatter =
            chart((0..50).map(|x| point(0.1 * f64::from(x), 0.5, 0.5, 0.5)).collect());
        assert!(scatter.svg().contains("stroke") && scatter.svg().contains("quiet"));
        scatter.lines[0].joined = false;
        assert!(!scatter.svg().contains("stroke") && !scatter.svg().contains("quiet"));
        assert_eq!(scatter.svg().matches(r#"class="point""#).count(), 50);
    }

    #[test]
    fn a_band_is_drawn_only_where_values_differ() {
        let flat = chart(vec![point(0.0, 0.5, 0.5, 0.5)]).svg();
        assert!(!flat.contains("band"));
        let wide = chart(vec![point(0.0, 0.5, 0.4, 0.6), point(1.0, 0.5, 0.5, 0.5)]).svg();
        assert!(wide.contains("band"));
    }

    #[test]
    fn a_point_that_is_not_a_number_is_left_out() {
        let svg = chart(vec![point(0.0, f64::NAN, 0.0, 0.0), point(1.0, 0.9, 0.9, 0.9)]).svg();
        assert!(!svg.contains("NaN"));
        assert_eq!(svg.matches("<title>").count(), 1);
    }

    #[test]
    fn crowded_points_have_quiet_markers() {
        let points = (0..=100).map(|i| point(f64::from(i) / 10.0, 0.9, 0.9, 0.9)).collect();
        assert_eq!(chart(points).svg().matches("point quiet").count(), 101);
    }
}
